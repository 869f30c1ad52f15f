package oracle

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/tests/conformance/program"
)

// database is a PostgreSQL of its own, reached through a socket in its folder.
type database struct {
	folder string
	// programs is the folder of PostgreSQL's programs.
	programs string
	as       *syscall.Credential
}

const databaseUser = "conformance"

// startDatabase starts an empty database until the test ends. The test is
// skipped where there is no PostgreSQL.
func startDatabase(tb testing.TB) *database {
	tb.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if len(found) == 0 {
		tb.Skip("there is no PostgreSQL; `make conformance` installs it")
	}
	folder, err := os.MkdirTemp("", "conformance-")
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = os.RemoveAll(folder) })
	d := &database{folder: folder, programs: filepath.Dir(found[len(found)-1]), as: unprivileged(tb)}
	if d.as != nil {
		require.NoError(tb, os.Chown(folder, int(d.as.Uid), int(d.as.Gid)))
	}
	data := filepath.Join(folder, "data")
	// The C collation compares bytes, as the order of our lists does.
	output, err := d.command(tb.Context(), "initdb", "--pgdata", data, "--username", databaseUser,
		"--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync").CombinedOutput()
	require.NoError(tb, err, "%s", output)
	program.Start(tb, d.command(context.WithoutCancel(tb.Context()), "postgres", "-D", data, "-k", folder,
		"-c", "listen_addresses=", "-c", "fsync=off", "-c", "timezone=UTC"))
	require.Eventually(tb, func() bool { return d.try(tb.Context(), "SELECT 1") == nil }, time.Minute, 50*time.Millisecond)
	return d
}

// unprivileged is who runs the database: it refuses to run as root.
func unprivileged(tb testing.TB) *syscall.Credential {
	tb.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	account, err := user.Lookup("postgres")
	require.NoError(tb, err, "PostgreSQL does not run as root")
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	require.NoError(tb, err)
	gid, err := strconv.ParseUint(account.Gid, 10, 32)
	require.NoError(tb, err)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

func (d *database) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, filepath.Join(d.programs, name), args...)
	command.Dir = d.folder
	command.SysProcAttr = &syscall.SysProcAttr{Credential: d.as}
	return command
}

// run runs statements in one transaction.
func (d *database) run(tb testing.TB, statements string) {
	tb.Helper()
	require.NoError(tb, d.try(tb.Context(), statements))
}

func (d *database) try(ctx context.Context, statements string) error {
	command := d.command(ctx, "psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set", "ON_ERROR_STOP=1",
		"--host", d.folder, "--username", databaseUser, "--dbname", "postgres")
	command.Stdin = strings.NewReader(statements)
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, output)
	}
	return nil
}

// url is where the official registry finds the database.
func (d *database) url() string {
	return "postgres:///postgres?sslmode=disable&user=" + databaseUser + "&host=" + d.folder
}

// quote makes a text a literal.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
