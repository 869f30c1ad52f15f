package selftest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"k8s.io/apimachinery/pkg/util/wait"
)

// maxAnswer bounds what is read of an answer.
const maxAnswer = 1 << 20

// ask asks the API service for its servers. A Service needs a moment until all
// nodes know it, so that the first connections may fail.
func (t Test) ask(ctx context.Context, endpoint string) error {
	url := endpoint + "/v0.1/servers"
	var last error
	err := wait.PollUntilContextCancel(ctx, pause, true, func(ctx context.Context) (bool, error) {
		names, err := t.servers(ctx, url)
		if err == nil && (len(names) != 1 || names[0] != server) {
			return false, fmt.Errorf("GET %s lists the servers %q; want only %q", url, names, server)
		}
		if err != nil && ctx.Err() == nil {
			last = err
		}
		return err == nil, nil
	})
	if wait.Interrupted(err) {
		return fmt.Errorf("the API service did not answer in time (a NetworkPolicy may be in the way): %w", errors.Join(last, ctx.Err()))
	}
	return err
}

// servers are the names on the first page.
func (t Test) servers(ctx context.Context, url string) ([]string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	response, err := t.HTTP.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("GET %s: %s", url, response.Status)
	}
	var page struct {
		Servers []struct {
			Server struct {
				Name string `json:"name"`
			} `json:"server"`
		} `json:"servers"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxAnswer)).Decode(&page); err != nil {
		return nil, fmt.Errorf("GET %s: reading the answer: %w", url, err)
	}
	names := make([]string, 0, len(page.Servers))
	for _, s := range page.Servers {
		names = append(names, s.Server.Name)
	}
	return names, nil
}
