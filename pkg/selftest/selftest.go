package selftest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
)

const (
	// pause is the time between two looks.
	pause = 500 * time.Millisecond
	// parting is how long removing may take.
	parting = 15 * time.Second
	// mark is the label of what a test made.
	mark = "mcp-registry-operator/selftest"
	// server is the one that the registry holds.
	server   = "io.example/selftest"
	document = `{"servers":[{"server":{"$schema":"https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",` +
		`"name":"` + server + `","description":"Proves that a registry is synced and served.","version":"1.0.0",` +
		`"remotes":[{"type":"streamable-http","url":"https://selftest.example.com/mcp"}]}}]}`
)

// Test is one run.
type Test struct {
	// Client needs get, create and delete on mcpregistries, and on configmaps.
	Client client.Client
	// HTTP asks the API service.
	HTTP *http.Client
	// Namespace is where the registry is made. The operator has to work there.
	Namespace string
	// Name is that of the registry and of its source ConfigMap.
	Name string
	// Out is told of each step.
	Out io.Writer
}

// Run returns nil if a registry was synced and its API answered with its server
// before ctx ended.
func (t Test) Run(ctx context.Context) (err error) {
	// What a run that was cut off left is in the way, and would pass for ours.
	if err := t.remove(ctx); err != nil {
		return err
	}
	defer func() {
		left, stop := context.WithTimeout(context.WithoutCancel(ctx), parting)
		defer stop()
		err = errors.Join(err, t.remove(left))
	}()
	for _, object := range []client.Object{t.source(), t.registry()} {
		if err := t.Client.Create(ctx, object); err != nil {
			return fmt.Errorf("creating %T %s/%s: %w", object, t.Namespace, t.Name, err)
		}
	}
	t.sayf("created registry %s/%s with one server", t.Namespace, t.Name)
	endpoint, err := t.ready(ctx)
	if err != nil {
		return err
	}
	t.sayf("it is Ready, its API service is %s", endpoint)
	if err := t.ask(ctx, endpoint); err != nil {
		return err
	}
	t.sayf("the API service answered with the server: the operator works")
	return nil
}

func (t Test) sayf(format string, args ...any) { _, _ = fmt.Fprintf(t.Out, format+"\n", args...) }

func (t Test) meta() metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: t.Namespace, Name: t.Name, Labels: map[string]string{mark: "true"}}
}

func (t Test) source() *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: t.meta(), Data: map[string]string{"registry.json": document}}
}

func (t Test) registry() *v1alpha1.MCPRegistry {
	return &v1alpha1.MCPRegistry{ObjectMeta: t.meta(), Spec: v1alpha1.MCPRegistrySpec{
		DisplayName: "Self test",
		Source: v1alpha1.Source{
			Type: v1alpha1.SourceTypeConfigMap, Format: v1alpha1.FormatUpstream,
			ConfigMap: &v1alpha1.ConfigMapSource{Name: t.Name},
		},
	}}
}

// ready waits until the registry is Ready and returns where its API is.
func (t Test) ready(ctx context.Context) (endpoint string, err error) {
	told := "nothing yet: does the operator run, and does it work in this namespace?"
	err = wait.PollUntilContextCancel(ctx, pause, true, func(ctx context.Context) (bool, error) {
		var r v1alpha1.MCPRegistry
		if err := t.Client.Get(ctx, client.ObjectKey{Namespace: t.Namespace, Name: t.Name}, &r); err != nil {
			return false, fmt.Errorf("reading registry %s/%s: %w", t.Namespace, t.Name, err)
		}
		if message := r.Status.Message; message != "" && message != told {
			told = message
			t.sayf("its status: %s", told)
		}
		if r.Status.APIStatus != nil {
			endpoint = r.Status.APIStatus.Endpoint
		}
		return endpoint != "" && meta.IsStatusConditionTrue(r.Status.Conditions, v1alpha1.ConditionReady), nil
	})
	if wait.Interrupted(err) || ctx.Err() != nil {
		return "", fmt.Errorf("registry %s/%s did not become Ready in time; its status says: %s", t.Namespace, t.Name, told)
	}
	return endpoint, err
}

// remove removes what a test of this name made, and waits until the names are free.
func (t Test) remove(ctx context.Context) error {
	for _, object := range []client.Object{&v1alpha1.MCPRegistry{}, &corev1.ConfigMap{}} {
		key := client.ObjectKey{Namespace: t.Namespace, Name: t.Name}
		err := wait.PollUntilContextCancel(ctx, pause, true, func(ctx context.Context) (bool, error) {
			err := t.Client.Get(ctx, key, object)
			switch {
			case apierrors.IsNotFound(err):
				return true, nil
			case err != nil:
				return false, err
			case object.GetLabels()[mark] == "":
				return false, errors.New("somebody else made it; give the test another name")
			}
			return false, client.IgnoreNotFound(t.Client.Delete(ctx, object))
		})
		if err != nil {
			return fmt.Errorf("removing %T %s/%s: %w", object, t.Namespace, t.Name, err)
		}
	}
	return nil
}
