package auth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/time/rate"
	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	// reviewTimeout bounds one review.
	reviewTimeout = 10 * time.Second
	// atOnce, perSecond and burst keep a flood of made-up tokens from becoming a
	// flood of reviews.
	atOnce    = 16
	perSecond = 100
	burst     = 200
)

// errBusy is what is beyond these bounds.
var errBusy = errors.New("too many tokens to review")

// TokenReviews is what a [Reviewer] needs of Kubernetes; the typed client of
// client-go is one.
type TokenReviews interface {
	Create(ctx context.Context, review *authenticationv1.TokenReview, options metav1.CreateOptions) (*authenticationv1.TokenReview, error)
}

// Reviewer accepts the tokens that Kubernetes accepts. It implements [Verifier].
type Reviewer struct {
	reviews   TokenReviews
	audiences []string
	slots     chan struct{}
	limiter   *rate.Limiter
}

// NewReviewer returns a reviewer for tokens that name one of audiences or,
// without any, the Kubernetes API itself.
func NewReviewer(reviews TokenReviews, audiences []string) *Reviewer {
	return &Reviewer{
		reviews: reviews, audiences: audiences,
		slots: make(chan struct{}, atOnce), limiter: rate.NewLimiter(perSecond, burst),
	}
}

// Verify implements [Verifier].
func (r *Reviewer) Verify(ctx context.Context, token string) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, reviewTimeout)
	defer cancel()
	select {
	case r.slots <- struct{}{}:
		defer func() { <-r.slots }()
	case <-ctx.Done():
		return time.Time{}, errBusy
	}
	if !r.limiter.Allow() {
		return time.Time{}, errBusy
	}
	review, err := r.reviews.Create(ctx, &authenticationv1.TokenReview{
		Spec: authenticationv1.TokenReviewSpec{Token: token, Audiences: r.audiences},
	}, metav1.CreateOptions{})
	if err != nil {
		return time.Time{}, fmt.Errorf("creating a TokenReview: %w", err)
	}
	return r.judge(review.Status, token)
}

func (r *Reviewer) judge(status authenticationv1.TokenReviewStatus, token string) (time.Time, error) {
	if !status.Authenticated {
		return time.Time{}, &InvalidError{"the token is not valid in this cluster, or not for this audience"}
	}
	// An authenticator that knows no audiences names none; then the token is one
	// for the Kubernetes API.
	shared := func(a string) bool { return slices.Contains(r.audiences, a) }
	if len(r.audiences) > 0 && !slices.ContainsFunc(status.Audiences, shared) {
		return time.Time{}, &InvalidError{"the token is not for this audience"}
	}
	return expiryOf(token), nil
}

// expiryOf reads when a token expires that Kubernetes has found valid. For those
// that do not tell it is a day: [Remember] asks again much sooner.
func expiryOf(token string) time.Time {
	unknown := time.Now().Add(24 * time.Hour)
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return unknown
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return unknown
	}
	var claims struct {
		Expiry *float64 `json:"exp"`
	}
	if json.Unmarshal(payload, &claims) != nil || claims.Expiry == nil {
		return unknown
	}
	return time.Unix(int64(*claims.Expiry), 0)
}
