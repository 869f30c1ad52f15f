package credentials_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/credentials"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
)

const field = "spec.source.http.secretRef"

func TestLoad(t *testing.T) {
	good := secret("username", "me", "password", hidden)
	bad := secret("username", "me")
	bad.Name = "half"
	elsewhere := good.DeepCopy()
	elsewhere.Namespace, elsewhere.Name = "other", "theirs"
	live := fake.NewClientBuilder().WithObjects(good, bad, elsewhere).Build()

	c, err := credentials.Load(t.Context(), live, field, "team", "login")
	require.NoError(t, err)
	require.Equal(t, hidden, c.Password)

	_, err = credentials.Load(t.Context(), live, field, "team", "half")
	require.Equal(t, fault.Terminal, fault.ClassOf(err))
	require.ErrorContains(t, err, field+`: the Secret "half" cannot be used`)

	_, err = credentials.Load(t.Context(), live, field, "team", "theirs")
	require.Equal(t, fault.Retry, fault.ClassOf(err), "it may be created in a moment")
	require.Equal(t, v1alpha1.ReasonInvalidSecret, fault.ReasonOf(err, ""))
	require.ErrorContains(t, err, field+` names Secret "theirs", which does not exist in namespace "team"`)
}

func TestLoadReadsEachTime(t *testing.T) {
	live := fake.NewClientBuilder().WithObjects(secret("bearerToken", "old")).Build()
	before, err := credentials.Load(t.Context(), live, field, "team", "login")
	require.NoError(t, err)

	changed := secret("bearerToken", "new")
	changed.ResourceVersion = ""
	require.NoError(t, live.Update(t.Context(), changed))
	after, err := credentials.Load(t.Context(), live, field, "team", "login")
	require.NoError(t, err)
	require.Equal(t, "new", after.BearerToken)
	require.NotEqual(t, before.Version, after.Version)
}

func TestLoadWhileTheAPIServerIsDown(t *testing.T) {
	live := interceptor.NewClient(fake.NewClientBuilder().Build(), interceptor.Funcs{
		Get: func(context.Context, client.WithWatch, client.ObjectKey, client.Object, ...client.GetOption) error {
			return errors.New("connection refused")
		},
	})
	_, err := credentials.Load(t.Context(), live, field, "team", "login")
	require.Equal(t, fault.Retry, fault.ClassOf(err))
	require.ErrorContains(t, err, "connection refused")
	require.ErrorContains(t, err, `"login"`)
}
