package gitserver

import (
	"fmt"
	"net/http"
	"net/http/cgi"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// Setting is a line of Git configuration, such as uploadpack.allowFilter=true.
type Setting struct{ Key, Value string }

// Handler serves all repositories below dir read-only, each at its path. It
// fails if git is not installed.
func Handler(dir string, settings ...Setting) (http.Handler, error) {
	git, err := exec.LookPath("git")
	if err != nil {
		return nil, fmt.Errorf("git is required to serve repositories (on Debian: apt-get install git): %w", err)
	}
	root, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("repositories below %q: %w", dir, err)
	}
	// Repositories of another owner are served on purpose: dir is what was asked for.
	settings = append([]Setting{{"safe.directory", "*"}, {"http.receivepack", "false"}}, settings...)
	return &cgi.Handler{
		Path:   git,
		Args:   []string{"http-backend"},
		Dir:    root,
		Env:    append(isolated(settings), "GIT_PROJECT_ROOT="+root, "GIT_HTTP_EXPORT_ALL=1"),
		Stderr: os.Stderr,
	}, nil
}

// isolated is an environment in which git reads no configuration of this machine.
func isolated(settings []Setting) []string {
	env := []string{
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_TERMINAL_PROMPT=0",
		"GIT_CONFIG_COUNT=" + strconv.Itoa(len(settings)),
	}
	for i, s := range settings {
		env = append(env,
			fmt.Sprintf("GIT_CONFIG_KEY_%d=%s", i, s.Key),
			fmt.Sprintf("GIT_CONFIG_VALUE_%d=%s", i, s.Value))
	}
	return env
}
