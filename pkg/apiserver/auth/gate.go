package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
)

const (
	// maxToken is the longest token that is looked at.
	maxToken = 16 << 10
	// retryAfter is how many seconds a client should wait for the verifier.
	retryAfter = "5"
)

// Verifier judges tokens. It must be safe for concurrent use.
type Verifier interface {
	// Verify returns until when token is valid, an [*InvalidError] if it is not,
	// and any other error if that cannot be found out now.
	Verify(ctx context.Context, token string) (until time.Time, err error)
}

// InvalidError says why a token is not valid.
type InvalidError struct {
	// Description is for the client. It has no quotes and tells nothing secret.
	Description string
}

// Error implements error.
func (e *InvalidError) Error() string { return e.Description }

// Gate lets requests with a valid token pass. It implements [apiserver.Gate].
type Gate struct {
	// Verifier judges the tokens; see [Remember].
	Verifier Verifier
	// Resource is what is protected.
	Resource Resource
	// Failed, if set, is told when a failure to judge begins or changes; nil when
	// it is over.
	Failed func(error)

	mu   sync.Mutex
	told string
}

var _ apiserver.Gate = (*Gate)(nil)

// Check implements [apiserver.Gate].
func (g *Gate) Check(r *http.Request) *apiserver.Refusal {
	token, problem := bearer(r.Header)
	if problem != "" {
		return g.refuse(r, http.StatusBadRequest, "invalid_request", problem)
	}
	if token == "" {
		return g.refuse(r, http.StatusUnauthorized, "", "this registry wants a bearer token in the Authorization header")
	}
	if len(token) > maxToken {
		return g.refuse(r, http.StatusUnauthorized, "invalid_token", "the token is too long")
	}
	_, err := g.Verifier.Verify(r.Context(), token)
	var invalid *InvalidError
	switch {
	case err == nil:
		g.tell(nil)
		return nil
	case errors.As(err, &invalid):
		g.tell(nil)
		return g.refuse(r, http.StatusUnauthorized, "invalid_token", invalid.Description)
	case r.Context().Err() == nil: // a client that has gone is no failure
		g.tell(err)
	}
	return &apiserver.Refusal{
		Status: http.StatusServiceUnavailable,
		Detail: "tokens cannot be checked at the moment; try again later",
		Header: http.Header{"Retry-After": {retryAfter}},
	}
}

// bearer returns the token of a request; "" if it has none. A problem is for
// requests that are not as RFC 6750 wants them.
func bearer(h http.Header) (token, problem string) {
	values := h["Authorization"]
	if len(values) > 1 {
		return "", "there is more than one Authorization header"
	}
	if len(values) == 0 {
		return "", ""
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", ""
	}
	return strings.TrimSpace(token), ""
}

// refuse answers with a challenge. RFC 6750 wants no code for a request that did
// not try.
func (g *Gate) refuse(r *http.Request, status int, code, description string) *apiserver.Refusal {
	parameters := g.Resource.challenge(r)
	if code != "" {
		parameters = append(parameters, fmt.Sprintf(`error="%s"`, code), fmt.Sprintf(`error_description="%s"`, description))
	}
	challenge := "Bearer"
	if len(parameters) > 0 {
		challenge += " " + strings.Join(parameters, ", ")
	}
	return &apiserver.Refusal{
		Status: status,
		Detail: description,
		Header: http.Header{
			"Www-Authenticate":              {challenge},
			"Access-Control-Expose-Headers": {"WWW-Authenticate"},
		},
	}
}

// tell reports err if it differs from what was reported last.
func (g *Gate) tell(err error) {
	text := ""
	if err != nil {
		text = short(err)
	}
	g.mu.Lock()
	changed := text != g.told
	g.told = text
	g.mu.Unlock()
	if !changed || g.Failed == nil {
		return
	}
	if err == nil {
		g.Failed(nil)
		return
	}
	g.Failed(errors.New(text))
}

// short keeps what an issuer answers from flooding the log.
func short(err error) string {
	const limit = 300
	text := strings.Join(strings.Fields(err.Error()), " ")
	if len(text) > limit {
		return strings.ToValidUTF8(text[:limit], "") + "…"
	}
	return text
}
