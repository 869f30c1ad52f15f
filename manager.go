package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/go-logr/logr"
	"golang.org/x/net/http/httpproxy"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/controllers/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/controllers/tokenreview"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiservice"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/egress"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/election"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/flagenv"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/git"
	sourcehttp "github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/http"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage/configmap"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/sync"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/telemetry"
)

// managerOptions are the flags of the manager command.
type managerOptions struct {
	election        election.Config
	watchNamespaces string
	workload        registry.Workload
	pullSecrets     string
	healthAddress   string
	metricsAddress  string
	concurrent      int
	maxSourceBytes  int64
	gitCacheBytes   int64
	memoryLimit     int64
	egress          egress.Policy
	scratchDir      string
	logLevel        string
}

func (o *managerOptions) register(fs *flag.FlagSet) {
	fs.StringVar((*string)(&o.election.Mode), "leader-election", string(election.LeaderForLife), "how one leader is found: leader-for-life, lease or off")
	fs.StringVar(&o.election.LockName, "leader-election-id", "mcp-registry-operator-lock", "name of the leader's lock")
	fs.StringVar(&o.watchNamespaces, "watch-namespaces", "", "comma-separated namespaces to work in; empty means all")
	fs.StringVar(&o.workload.Image, "api-image", "", "image of the API Pods: the operator's own (required)")
	fs.StringVar(&o.workload.PullPolicy, "api-image-pull-policy", "", "pull policy of the API Pods' image")
	fs.StringVar(&o.pullSecrets, "api-image-pull-secrets", "", "comma-separated names of pull Secrets in the registries' namespaces")
	fs.StringVar(&o.workload.TokenReviewBinding, "token-review-binding", "", "name of the ClusterRoleBinding that lets API Pods review tokens; empty means that none may")
	fs.StringVar(&o.healthAddress, "health-address", ":8081", "address of /healthz and /readyz")
	fs.StringVar(&o.metricsAddress, "metrics-address", ":8080", "address of /metrics; 0 turns them off")
	fs.IntVar(&o.concurrent, "concurrent", 4, "how many registries are worked on at a time")
	fs.Int64Var(&o.maxSourceBytes, "max-source-bytes", 128<<20, "largest registry file that is read, in bytes; another registry may have 1 GiB in any case")
	fs.Int64Var(&o.gitCacheBytes, "git-cache-bytes", git.DefaultCacheBytes, "how much of Git repositories is kept in the scratch folder for registries that read the same; 0 keeps nothing")
	fs.Int64Var(&o.memoryLimit, "memory-limit", 0, "bytes of memory of the container, 0 for unknown; GOMEMLIMIT goes before it")
	fs.BoolVar(&o.egress.AllowHTTP, "allow-http", false, "allow sources over plain http")
	fs.BoolVar(&o.egress.AllowLoopback, "allow-loopback", false, "allow sources on loopback and link-local addresses")
	fs.StringVar(&o.scratchDir, "scratch-dir", os.TempDir(), "folder for what is being fetched")
	fs.StringVar(&o.logLevel, "log-level", "info", "debug, info, warn or error")
}

func manage(ctx context.Context, args []string) error {
	var o managerOptions
	fs := flag.NewFlagSet("manager", flag.ContinueOnError)
	o.register(fs)
	if err := flagenv.Parse(fs, envPrefix, args, os.Getenv); err != nil {
		return err
	}
	if o.workload.Image == "" {
		return errors.New("--api-image is required: the image that the API Pods run, which is the operator's own")
	}
	logger, err := newLogger(o.logLevel)
	if err != nil {
		return err
	}
	limitMemory(o.memoryLimit)
	ctrl.SetLogger(logr.FromSlogHandler(logger.Handler()))
	for _, name := range splitList(o.pullSecrets) {
		o.workload.PullSecrets = append(o.workload.PullSecrets, corev1.LocalObjectReference{Name: name})
	}
	proxy := httpproxy.FromEnvironment()
	o.workload.Proxy = apiservice.Proxy{HTTP: proxy.HTTPProxy, HTTPS: proxy.HTTPSProxy, Except: proxy.NoProxy}
	o.election.Namespace, o.election.PodName = os.Getenv("POD_NAMESPACE"), os.Getenv("POD_NAME")
	config, err := ctrl.GetConfig()
	if err != nil {
		return fmt.Errorf("finding the cluster: %w", err)
	}
	mgr, err := newManager(ctx, config, o)
	if err != nil {
		return fmt.Errorf("setting the manager up: %w", err)
	}
	logger.Info("starting", "version", version, "leaderElection", o.election.Mode, "watchNamespaces", o.watchNamespaces)
	return mgr.Start(ctx)
}

// newManager returns a manager whose probes are up at once and whose controller
// starts when this process leads.
func newManager(ctx context.Context, config *rest.Config, o managerOptions) (manager.Manager, error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		v1alpha1.AddToScheme, corev1.AddToScheme, appsv1.AddToScheme, rbacv1.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			return nil, err
		}
	}
	options := ctrl.Options{
		Scheme:                 scheme,
		Cache:                  cacheOptions(o),
		Client:                 client.Options{Cache: &client.CacheOptions{DisableFor: []client.Object{&corev1.ConfigMap{}, &corev1.Secret{}}}},
		HealthProbeBindAddress: o.healthAddress,
		Metrics:                metricsserver.Options{BindAddress: o.metricsAddress},
	}
	o.election.Configure(&options)
	if err := metrics.Registry.Register(telemetry.BuildInfo(version)); err != nil {
		return nil, fmt.Errorf("registering the metric of the version: %w", err)
	}
	mgr, err := ctrl.NewManager(config, options)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(mgr.AddHealthzCheck("ping", healthz.Ping), mgr.AddReadyzCheck("ping", healthz.Ping)); err != nil {
		return nil, err
	}
	return mgr, o.election.Setup(ctx, mgr, func(ctx context.Context) error { return addController(ctx, mgr, o) })
}

func addController(ctx context.Context, mgr manager.Manager, o managerOptions) error {
	live, err := client.New(mgr.GetConfig(), client.Options{Scheme: mgr.GetScheme(), Mapper: mgr.GetRESTMapper(), HTTPClient: mgr.GetHTTPClient()})
	if err != nil {
		return err
	}
	registries := telemetry.New(mgr.GetCache(), mgr.Elected())
	if err := metrics.Registry.Register(registries); err != nil {
		return fmt.Errorf("registering the metrics of registries: %w", err)
	}
	realClock := clock.RealClock{}
	r := &registry.Reconciler{
		Client:  mgr.GetClient(),
		Live:    live,
		Storage: configmap.New(live, mgr.GetCache(), realClock),
		Sources: registry.Fetchers{
			Live: live, Metadata: mgr.GetCache(), HTTP: o.egress.Client(), Egress: o.egress,
			ScratchDir: o.scratchDir, MaxBytes: o.maxSourceBytes,
			Git: git.NewCache(o.gitCacheBytes), Memory: &sourcehttp.Memory{},
		},
		Applier:  apiservice.Applier{Client: mgr.GetClient(), Live: live},
		Workload: o.workload,
		Events:   mgr.GetEventRecorder(v1alpha1.ManagedBy),
		Clock:    realClock,
		Memory:   sync.NewMemory(sourceBytes(o.maxSourceBytes, o.memoryLimit)),
		Metrics:  registries,
	}
	if binding := o.workload.TokenReviewBinding; binding != "" {
		reviews := &tokenreview.Reconciler{Client: mgr.GetClient(), Binding: binding}
		if err := reviews.SetupWithManager(mgr); err != nil {
			return err
		}
	}
	return r.SetupWithManager(ctx, mgr, o.concurrent)
}

func cacheOptions(o managerOptions) cache.Options {
	options := registry.CacheOptions()
	if binding := o.workload.TokenReviewBinding; binding != "" {
		options.ByObject[&rbacv1.ClusterRoleBinding{}] = tokenreview.CacheOptions(binding)
	}
	for _, namespace := range splitList(o.watchNamespaces) {
		if options.DefaultNamespaces == nil {
			options.DefaultNamespaces = map[string]cache.Config{}
		}
		options.DefaultNamespaces[namespace] = cache.Config{}
	}
	return options
}

func splitList(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
}
