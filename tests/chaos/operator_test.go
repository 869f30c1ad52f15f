package chaos

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/tests/program"
)

// operator is the real program, started again whenever it ends.
type operator struct {
	program string
	env     []string
	log     *os.File
	scratch string
	chance  *chance

	starts, kills atomic.Int64

	mu      sync.Mutex
	running *exec.Cmd
	stopped bool
	ended   chan struct{}
}

// startOperator runs it until the test ends. authorities are whom it trusts.
func startOperator(t *testing.T, programs program.Folder, kubeconfig string, chance *chance, authorities []byte) *operator {
	t.Helper()
	dir := t.TempDir()
	bundle := filepath.Join(dir, "authorities.pem")
	require.NoError(t, os.WriteFile(bundle, authorities, 0o600))
	scratch := filepath.Join(dir, "scratch")
	require.NoError(t, os.Mkdir(scratch, 0o700))
	output, err := os.Create(filepath.Join(dir, "operator.log"))
	require.NoError(t, err)
	o := &operator{
		program: programs.Path(program.Operator), log: output, scratch: scratch, chance: chance, ended: make(chan struct{}),
		env: append(os.Environ(), "KUBECONFIG="+kubeconfig, "SSL_CERT_FILE="+bundle, "POD_NAMESPACE="+namespace),
	}
	go o.run()
	t.Cleanup(func() {
		if t.Failed() {
			o.explain()
		}
		o.stop()
		_ = output.Close()
		if keep := os.Getenv("CHAOS_LOG"); keep != "" {
			_ = exec.Command("cp", output.Name(), keep).Run()
		}
	})
	return o
}

// run keeps one process going. The kernel kills it with this thread, so that
// a test that is killed itself leaves none behind.
func (o *operator) run() {
	runtime.LockOSThread()
	defer close(o.ended)
	for {
		o.mu.Lock()
		if o.stopped {
			o.mu.Unlock()
			return
		}
		command := exec.Command(o.program, "manager", "--leader-election=off", "--api-image=ghcr.io/acme/operator:test",
			"--health-address=0", "--metrics-address=0", "--allow-loopback", "--concurrent=16", "--scratch-dir="+o.scratch, "--log-level=info")
		command.Env, command.Stderr, command.Stdout = o.env, o.log, o.log
		command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		err := command.Start()
		o.running = command
		o.mu.Unlock()
		o.starts.Add(1)
		if err == nil {
			_ = command.Wait()
		}
		time.Sleep(o.chance.between(time.Millisecond, 500*time.Millisecond))
	}
}

// kill ends the process at once.
func (o *operator) kill() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.running != nil && o.running.Process != nil && o.running.Process.Kill() == nil {
		o.kills.Add(1)
	}
}

// explain makes the process write what all its goroutines do into its log.
func (o *operator) explain() {
	o.mu.Lock()
	o.stopped = true
	if o.running != nil && o.running.Process != nil {
		_ = o.running.Process.Signal(syscall.SIGQUIT)
	}
	o.mu.Unlock()
	select {
	case <-o.ended:
	case <-time.After(10 * time.Second):
	}
}

func (o *operator) stop() {
	o.mu.Lock()
	o.stopped = true
	o.mu.Unlock()
	o.kill()
	<-o.ended
}

// killAtRandom kills the operator again and again until ctx ends: in the middle
// of a write, or, where there is none, at any time.
func (o *operator) killAtRandom(ctx context.Context, through *proxy) {
	for ctx.Err() == nil {
		before := o.kills.Load()
		within, cancel := context.WithTimeout(ctx, o.chance.between(3*time.Second, 20*time.Second))
		if o.chance.in(70) {
			through.killAt(600, o.kill)
		}
		<-within.Done()
		cancel()
		if ctx.Err() == nil && o.kills.Load() == before {
			o.kill()
		}
	}
	through.killAt(1, nil)
}
