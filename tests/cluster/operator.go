package cluster

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"helm.sh/helm/v3/pkg/action"
	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"k8s.io/cli-runtime/pkg/genericclioptions"
)

// Helm gets contexts without cancellation: a test's cleanup calls it too, and a
// step that is cut off leaves a release in a state that nobody asked for.

// Operator is a Helm release of the operator.
type Operator struct {
	// Release is the release's name.
	Release string
	// Namespace is where it is installed; it has to exist.
	Namespace string

	cluster *Cluster
}

// Chart is the folder of the operator's chart.
func Chart(t testing.TB) string {
	t.Helper()
	return filepath.Join(Root(t), "charts", "mcp-registry-operator")
}

// InstallOperator installs the chart as a release, in place of one that an
// earlier run left, and waits until its Pods are ready. The test's end
// uninstalls it.
func (c *Cluster) InstallOperator(t testing.TB, release, namespace string, values map[string]any) *Operator {
	t.Helper()
	o := &Operator{Release: release, Namespace: namespace, cluster: c}
	o.Uninstall(t)
	o.Install(t, values)
	t.Cleanup(func() { o.Uninstall(t) })
	return o
}

// Install runs `helm install --wait`.
func (o *Operator) Install(t testing.TB, values map[string]any) {
	t.Helper()
	install := action.NewInstall(o.configuration(t))
	install.ReleaseName, install.Namespace = o.Release, o.Namespace
	install.Wait, install.Timeout = true, Patience
	// The CRD of an earlier release, say the demo's, stays when that is
	// uninstalled. On a cluster of our own it may be taken over.
	install.TakeOwnership = os.Getenv("KUBECONFIG") == ""
	_, err := install.RunWithContext(context.WithoutCancel(t.Context()), loadChart(t), values)
	require.NoError(t, err, "helm install %s", o.Release)
}

// Rehearse runs `helm install --dry-run=server --take-ownership`.
func (c *Cluster) Rehearse(t testing.TB, release, namespace string, values map[string]any) error {
	t.Helper()
	o := &Operator{Release: release, Namespace: namespace, cluster: c}
	install := action.NewInstall(o.configuration(t))
	install.ReleaseName, install.Namespace = release, namespace
	install.DryRun, install.DryRunOption, install.TakeOwnership = true, "server", true
	_, err := install.RunWithContext(context.WithoutCancel(t.Context()), loadChart(t), values)
	return err
}

// Upgrade runs `helm upgrade --wait` with these values alone.
func (o *Operator) Upgrade(t testing.TB, values map[string]any) {
	t.Helper()
	upgrade := action.NewUpgrade(o.configuration(t))
	upgrade.Namespace = o.Namespace
	upgrade.Wait, upgrade.Timeout, upgrade.ResetValues = true, Patience, true
	_, err := upgrade.RunWithContext(context.WithoutCancel(t.Context()), o.Release, loadChart(t), values)
	require.NoError(t, err, "helm upgrade %s", o.Release)
}

// Test runs `helm test`.
func (o *Operator) Test(t testing.TB) error {
	t.Helper()
	test := action.NewReleaseTesting(o.configuration(t))
	test.Namespace, test.Timeout = o.Namespace, Patience
	_, err := test.Run(o.Release)
	return err
}

// Uninstall runs `helm uninstall --wait`. No such release is no error.
func (o *Operator) Uninstall(t testing.TB) {
	t.Helper()
	uninstall := action.NewUninstall(o.configuration(t))
	uninstall.IgnoreNotFound, uninstall.Wait, uninstall.Timeout = true, true, Patience
	_, err := uninstall.Run(o.Release)
	require.NoError(t, err, "helm uninstall %s", o.Release)
}

func (o *Operator) configuration(t testing.TB) *action.Configuration {
	t.Helper()
	flags := genericclioptions.NewConfigFlags(true)
	flags.KubeConfig, flags.Namespace = &o.cluster.Kubeconfig, &o.Namespace
	configuration := &action.Configuration{}
	// Helm says every step it takes; an error says enough.
	quiet := func(string, ...any) {}
	require.NoError(t, configuration.Init(flags, o.Namespace, "secret", quiet))
	return configuration
}

func loadChart(t testing.TB) *chart.Chart {
	t.Helper()
	c, err := loader.Load(Chart(t))
	require.NoError(t, err)
	return c
}
