package auth

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	testclock "k8s.io/utils/clock/testing"
)

// reviews answers like the Kubernetes API would; fail makes it fail.
type reviews struct {
	created atomic.Int64
	fail    atomic.Bool
	release chan struct{} // if set, reviews wait for it
	status  func(token string, audiences []string) authenticationv1.TokenReviewStatus
}

func (r *reviews) Create(ctx context.Context, review *authenticationv1.TokenReview, _ metav1.CreateOptions) (*authenticationv1.TokenReview, error) {
	r.created.Add(1)
	if r.release != nil {
		select {
		case <-r.release:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if r.fail.Load() {
		return nil, errors.New("the API server is away")
	}
	review.Status = r.status(review.Spec.Token, review.Spec.Audiences)
	return review, nil
}

func onlyGood(token string, audiences []string) authenticationv1.TokenReviewStatus {
	return authenticationv1.TokenReviewStatus{Authenticated: token == "good", Audiences: audiences}
}

func TestReviewsAreRemembered(t *testing.T) {
	clock := testclock.NewFakePassiveClock(time.Now())
	r := &reviews{status: onlyGood}
	v := remember(NewReviewer(r, []string{"a"}), clock)
	verify := func(token string) error {
		_, err := v.Verify(t.Context(), token)
		return err
	}
	for range 3 {
		require.NoError(t, verify("good"))
		require.ErrorAs(t, verify("bad"), new(*InvalidError))
	}
	require.EqualValues(t, 2, r.created.Load())
	clock.SetTime(clock.Now().Add(badFor + time.Second))
	require.NoError(t, verify("good"))
	require.Error(t, verify("bad"))
	require.EqualValues(t, 3, r.created.Load(), "only the bad one is judged anew")
	clock.SetTime(clock.Now().Add(goodFor))
	require.NoError(t, verify("good"))
	require.EqualValues(t, 4, r.created.Load())

	r.fail.Store(true)
	require.NoError(t, verify("good"), "what is known is known")
	for range 2 {
		err := verify("other")
		require.Error(t, err)
		require.NotErrorAs(t, err, new(*InvalidError), "that nobody answers is not the token's fault")
	}
	require.EqualValues(t, 6, r.created.Load(), "and not remembered")
}

func TestATokenIsNotRememberedBeyondItsEnd(t *testing.T) {
	clock := testclock.NewFakePassiveClock(time.Now())
	judged := 0
	v := remember(verifier(func(context.Context, string) (time.Time, error) {
		judged++
		return clock.Now().Add(5 * time.Second), nil
	}), clock)
	for _, ahead := range []time.Duration{0, 4 * time.Second, 2 * time.Second} {
		clock.SetTime(clock.Now().Add(ahead))
		_, err := v.Verify(t.Context(), "t")
		require.NoError(t, err)
	}
	require.Equal(t, 2, judged)
}

// TestFloodOfOneToken: many requests with one unknown token are one review.
func TestFloodOfOneToken(t *testing.T) {
	r := &reviews{status: onlyGood, release: make(chan struct{})}
	v := Remember(NewReviewer(r, nil))
	var started, done sync.WaitGroup
	var invalid atomic.Int64
	for range 100 {
		started.Add(1)
		done.Go(func() {
			started.Done()
			if _, err := v.Verify(t.Context(), "bad"); errors.As(err, new(*InvalidError)) {
				invalid.Add(1)
			}
		})
	}
	started.Wait()
	close(r.release)
	done.Wait()
	require.EqualValues(t, 100, invalid.Load())
	require.EqualValues(t, 1, r.created.Load())
}

func TestFloodOfManyTokens(t *testing.T) {
	r := &reviews{status: onlyGood}
	v := Remember(NewReviewer(r, nil))
	_, err := v.Verify(t.Context(), "good")
	require.NoError(t, err)
	busy := 0
	for i := range 2*maxBad + 2*burst {
		if _, err := v.Verify(t.Context(), fmt.Sprint("bad", i)); errors.Is(err, errBusy) {
			busy++
		}
	}
	require.Positive(t, busy, "made-up tokens are no flood of reviews")
	before := r.created.Load()
	_, err = v.Verify(t.Context(), "good")
	require.NoError(t, err, "and they do not push out the good one")
	require.Equal(t, before, r.created.Load())
}

func TestAWaitingRequestCanLeave(t *testing.T) {
	r := &reviews{status: onlyGood, release: make(chan struct{})}
	v := Remember(NewReviewer(r, nil))
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan error)
	go func() {
		_, err := v.Verify(ctx, "good")
		left <- err
	}()
	eventually(t, "the review has begun", func() bool { return r.created.Load() == 1 })
	cancel()
	require.ErrorIs(t, <-left, context.Canceled)
	close(r.release)
	eventually(t, "the review was finished for whoever comes next", func() bool {
		_, err := v.Verify(t.Context(), "good")
		return err == nil && r.created.Load() == 1
	})
}

func TestAudiences(t *testing.T) {
	for name, c := range map[string]struct {
		why       string
		want, got []string
		valid     bool
	}{
		"the API's":          {why: "no audience of its own: any token of the API", valid: true},
		"shared":             {why: "one of ours", want: []string{"a", "b"}, got: []string{"b"}, valid: true},
		"audience-blind":     {why: "an authenticator without audiences says that it is the API's token", want: []string{"a"}},
		"of somebody else's": {why: "a webhook that answers more than it was asked", want: []string{"a"}, got: []string{"c"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := &reviews{status: func(string, []string) authenticationv1.TokenReviewStatus {
				return authenticationv1.TokenReviewStatus{Authenticated: true, Audiences: c.got}
			}}
			_, err := NewReviewer(r, c.want).Verify(t.Context(), "t")
			require.Equal(t, c.valid, err == nil, c.why)
		})
	}
}

func TestExpiryOf(t *testing.T) {
	in := time.Now().Add(7 * time.Second).Truncate(time.Second)
	token := sign(t, "RS256", "k", rsaKeys()[0], map[string]any{"exp": in.Unix()})
	require.Equal(t, in, expiryOf(token))
	for _, other := range []string{"opaque", "a.b.c", "e30.e30.e30"} {
		require.WithinDuration(t, time.Now().Add(24*time.Hour), expiryOf(other), time.Minute)
	}
}
