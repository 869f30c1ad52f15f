package proc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const poll = 50 * time.Millisecond

// Command says what to start.
type Command struct {
	// Name is the component, for messages.
	Name string
	// Path is the program; its base name becomes the process's name.
	Path string
	Args []string
	// Env is added to the environment of the starter.
	Env []string
	// LogFile receives standard output and error; it is appended to.
	LogFile string
}

// Process identifies a started process for good.
type Process struct {
	Name string `json:"name"`
	PID  int    `json:"pid"`
	// StartTicks is the start time in clock ticks since the machine started.
	StartTicks uint64 `json:"startTicks"`
	LogFile    string `json:"logFile"`
}

// Start starts the command in a session of its own, so that neither the end
// of the caller nor a Ctrl-C in its terminal ends it.
func Start(cmd Command) (Process, error) {
	if err := os.MkdirAll(filepath.Dir(cmd.LogFile), 0o755); err != nil {
		return Process{}, fmt.Errorf("folder of the log of %s: %w", cmd.Name, err)
	}
	log, err := os.OpenFile(cmd.LogFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return Process{}, fmt.Errorf("log of %s: %w", cmd.Name, err)
	}
	defer log.Close()
	c := exec.Command(cmd.Path, cmd.Args...)
	c.Env = append(os.Environ(), cmd.Env...)
	c.Dir = "/"
	c.Stdout, c.Stderr = log, log
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := c.Start(); err != nil {
		return Process{}, fmt.Errorf("start %s: %w", cmd.Name, err)
	}
	p := Process{Name: cmd.Name, PID: c.Process.Pid, LogFile: cmd.LogFile}
	if stat, err := readStat(p.PID); err == nil {
		p.StartTicks = stat.startTicks
	}
	// Nobody waits for the process; init takes it over when the caller ends.
	return p, c.Process.Release()
}

// Alive says whether this very process still runs.
func (p Process) Alive() bool {
	stat, err := readStat(p.PID)
	return err == nil && stat.startTicks == p.StartTicks && stat.state != "Z"
}

// Stop asks the process to end, and kills it when it has not after grace.
func (p Process) Stop(ctx context.Context, grace time.Duration) error {
	for _, step := range []struct {
		signal syscall.Signal
		wait   time.Duration
	}{{syscall.SIGTERM, grace}, {syscall.SIGKILL, 5 * time.Second}} {
		if !p.Alive() {
			return nil
		}
		if err := syscall.Kill(p.PID, step.signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("signal %s (pid %d): %w", p.Name, p.PID, err)
		}
		if p.waitGone(ctx, step.wait) {
			return nil
		}
	}
	return fmt.Errorf("%s (pid %d) does not end", p.Name, p.PID)
}

func (p Process) waitGone(ctx context.Context, limit time.Duration) bool {
	deadline := time.Now().Add(limit)
	for p.Alive() {
		if time.Now().After(deadline) || ctx.Err() != nil {
			return false
		}
		time.Sleep(poll)
	}
	return true
}

// Tail returns the last lines of the process's log.
func (p Process) Tail(lines int) string {
	data, err := os.ReadFile(p.LogFile)
	if err != nil {
		return err.Error()
	}
	all := bytes.Split(bytes.TrimSpace(data), []byte("\n"))
	return string(bytes.Join(all[max(0, len(all)-lines):], []byte("\n")))
}

type stat struct {
	state      string
	startTicks uint64
}

func readStat(pid int) (stat, error) {
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return stat{}, err
	}
	return parseStat(string(data))
}

// parseStat reads /proc/PID/stat. The program's name is in parentheses and may
// itself hold blanks and parentheses, so fields are counted after the last one.
func parseStat(line string) (stat, error) {
	const stateField, startField = 0, 19 // fields 3 and 22 of proc(5)
	fields := strings.Fields(line[strings.LastIndex(line, ")")+1:])
	if len(fields) <= startField {
		return stat{}, fmt.Errorf("process status %q is too short", line)
	}
	ticks, err := strconv.ParseUint(fields[startField], 10, 64)
	if err != nil {
		return stat{}, fmt.Errorf("start time in process status %q: %w", line, err)
	}
	return stat{state: fields[stateField], startTicks: ticks}, nil
}
