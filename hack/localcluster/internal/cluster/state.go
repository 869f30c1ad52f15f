package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/mcp-registry-operator/mcp-registry-operator/hack/localcluster/internal/node"
	"github.com/mcp-registry-operator/mcp-registry-operator/hack/localcluster/internal/plan"
	"github.com/mcp-registry-operator/mcp-registry-operator/hack/localcluster/internal/proc"
)

const stateFile = "cluster.json"

// state is what is remembered of a cluster between two calls.
type state struct {
	Plan      plan.Cluster   `json:"plan"`
	Host      node.Host      `json:"host"`
	Processes []proc.Process `json:"processes"`
	// Ready is set once the cluster has been ready as a whole.
	Ready bool `json:"ready"`
}

// load returns nil when there is no such cluster.
func load(home, name string) (*state, error) {
	path := plan.Cluster{Home: home, Name: name}.State(stateFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("state of cluster %q: %w", name, err)
	}
	s := &state{}
	if err := json.Unmarshal(data, s); err != nil {
		return nil, fmt.Errorf("state of cluster %q in %q: %w", name, path, err)
	}
	return s, nil
}

// save replaces the file as a whole, so that a reader never sees half of it.
func (s *state) save() error {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("state of cluster %q: %w", s.Plan.Name, err)
	}
	if err := os.MkdirAll(s.Plan.StateDir(), 0o755); err != nil {
		return fmt.Errorf("state of cluster %q: %w", s.Plan.Name, err)
	}
	path := s.Plan.State(stateFile)
	if err := os.WriteFile(path+".new", data, 0o600); err != nil {
		return fmt.Errorf("state of cluster %q: %w", s.Plan.Name, err)
	}
	return os.Rename(path+".new", path)
}

// start starts a process and remembers it.
func (s *state) start(cmd proc.Command) error {
	p, err := proc.Start(cmd)
	if err != nil {
		return err
	}
	s.Processes = append(s.Processes, p)
	return s.save()
}

// dead returns the first process that ended by itself.
func (s *state) dead() (proc.Process, bool) {
	for _, p := range s.Processes {
		if !p.Alive() {
			return p, true
		}
	}
	return proc.Process{}, false
}

// fault says what keeps the cluster from working, or nil.
func (s *state) fault() error {
	if p, found := s.dead(); found {
		return fmt.Errorf("%s has ended, see %q", p.Name, p.LogFile)
	}
	if !s.Ready {
		return errors.New("it never became ready")
	}
	return nil
}
