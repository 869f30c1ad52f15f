package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	corev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver/reload"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver/synced"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver/telemetry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/flagenv"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/format"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
)

const (
	// serveMaxFile bounds --file.
	serveMaxFile = 256 << 20
	// serveDrainDelay covers the time until every node has heard that a Pod is going.
	serveDrainDelay = 3 * time.Second
)

// serveOptions are the flags of "serve".
type serveOptions struct {
	file, format, listenAddress, registryName, namespace, storageName, logLevel string
	memoryLimit                                                                 int64
	telemetry                                                                   telemetryOptions
	access                                                                      accessOptions
}

// serve runs the API service of one registry: over a file, or over what the
// operator has stored in the cluster.
func serve(ctx context.Context, args []string) error {
	options, err := parseServeFlags(args, os.Getenv)
	if err != nil {
		return err
	}
	log, err := newLogger(options.logLevel)
	if err != nil {
		return err
	}
	limitMemory(options.memoryLimit)
	var server *apiserver.Server
	metrics := newMetrics(func() *apiserver.Server { return server })
	serverOptions := apiserver.Options{
		RegistryName: options.registryName,
		Version:      version,
		ErrorLog:     slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		Observe:      options.telemetry.observer(metrics),
	}
	if options.file == "" {
		serverOptions.DrainDelay = serveDrainDelay
	}
	if err := options.access.configure(ctx, &serverOptions, log); err != nil {
		return err
	}
	if err := options.readSynced(&serverOptions); err != nil {
		return err
	}
	server = apiserver.New(serverOptions)
	defer serveMetrics(ctx, options.telemetry.metricsAddress, metrics, log, serverOptions.ErrorLog)()
	if options.file != "" {
		err = loadFile(options, server, metrics, log)
	} else {
		err = followCluster(ctx, options, server, metrics, log)
	}
	if err != nil {
		return err
	}
	log.Info("serving", "address", options.listenAddress, "registry", options.registryName)
	return server.Serve(ctx, options.listenAddress)
}

func parseServeFlags(args []string, getenv func(string) string) (serveOptions, error) {
	var o serveOptions
	fs := flag.NewFlagSet("serve", flag.ContinueOnError)
	fs.StringVar(&o.file, "file", "", "serve this registry file instead of what is stored in the cluster")
	fs.StringVar(&o.format, "format", "toolhive", "format of --file: toolhive or upstream")
	fs.StringVar(&o.listenAddress, "listen-address", ":8080", "host and port to listen on")
	fs.StringVar(&o.registryName, "registry-name", "", "name of the registry, as in /registry/{name}/v0.1")
	fs.StringVar(&o.namespace, "namespace", "", "namespace of the stored registry")
	fs.StringVar(&o.storageName, "storage-name", "", "name of the ConfigMap that points to the stored registry")
	fs.StringVar(&o.logLevel, "log-level", "info", "least level that is logged: debug, info, warn or error")
	o.telemetry.register(fs)
	fs.Int64Var(&o.memoryLimit, "memory-limit", 0, "bytes of memory of the container, 0 for unknown; GOMEMLIMIT goes before it")
	o.access.register(fs)
	if err := flagenv.Parse(fs, envPrefix, args, getenv); err != nil {
		return o, err
	}
	if fs.NArg() > 0 {
		return o, fmt.Errorf("serve takes flags only, not %q", fs.Arg(0))
	}
	if o.file == "" && (o.namespace == "" || o.storageName == "") {
		return o, errors.New("serve needs --file, or --namespace and --storage-name")
	}
	return o, o.telemetry.check()
}

// loadFile loads --file once.
func loadFile(o serveOptions, server *apiserver.Server, metrics *telemetry.Metrics, log *slog.Logger) error {
	started := time.Now()
	data, err := readBounded(o.file, serveMaxFile)
	if err != nil {
		return err
	}
	catalog, err := format.Parse(format.Format(o.format), data)
	if err != nil {
		return fmt.Errorf("reading %q as %s: %w", o.file, o.format, err)
	}
	for _, rejected := range catalog.Rejected {
		log.Warn("entry rejected", "entry", rejected.Entry, "reason", rejected.Reason)
	}
	snapshot, _, err := registry.Build(catalog.Servers, registry.Snapshot{}, started)
	if err != nil {
		return fmt.Errorf("building a snapshot of %q: %w", o.file, err)
	}
	if err := server.Load(snapshot); err != nil {
		return err
	}
	manifest := fileManifest(snapshot, catalog, started)
	server.Describe(description(manifest))
	metrics.Loaded(manifest, time.Since(started))
	settleMemory()
	log.Info("snapshot loaded", "file", o.file, "digest", snapshot.Digest, "servers", snapshot.Servers, "rejected", len(catalog.Rejected))
	return nil
}

// fileManifest is what the operator would have stored with the snapshot.
func fileManifest(s registry.Snapshot, c registry.Catalog, now time.Time) storage.Manifest {
	manifest := storage.Manifest{
		Digest: s.Digest, Servers: s.Servers, Size: int64(len(s.Content)), PublishedAt: now.UTC().Truncate(time.Second),
	}
	manifest.Sources = []registry.SourceState{{Type: "file", Servers: len(c.Servers), Rejected: len(c.Rejected)}}
	for _, r := range c.Rejected {
		manifest.Rejected = append(manifest.Rejected, registry.RejectedEntry{Entry: r.Entry, Reason: r.Reason})
	}
	manifest.About = manifest.Bounded()
	return manifest
}

// description is what the server tells of a manifest.
func description(m storage.Manifest) apiserver.Description {
	return apiserver.Description{Digest: m.Digest, Revision: m.Revision, PublishedAt: m.PublishedAt, About: m.About}
}

func readBounded(path string, limit int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the registry file: %w", err)
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", path, err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("reading %q: it has more than %d bytes", path, limit)
	}
	return data, nil
}

// clusterConfig is how the Kubernetes API is reached: in a Pod that of the Pod's
// own cluster, elsewhere that of KUBECONFIG.
func clusterConfig() (*rest.Config, error) {
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(
		clientcmd.NewDefaultClientConfigLoadingRules(), &clientcmd.ConfigOverrides{}).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("finding the Kubernetes API: %w", err)
	}
	// A snapshot of many chunks is a burst of gets; the API server has its own limits.
	config.QPS = -1
	// A chunk is binary: in JSON it would be a third larger, and slow to read.
	config.ContentType = runtime.ContentTypeProtobuf
	config.UserAgent = "mcp-registry-api/" + version
	return config, nil
}

// readSynced lets the server tell when the sources of the registry were last read.
// A file has none.
func (o *serveOptions) readSynced(options *apiserver.Options) error {
	if o.file != "" || o.registryName == "" {
		return nil
	}
	config, err := clusterConfig()
	if err != nil {
		return err
	}
	reader, err := synced.New(config, o.namespace, o.registryName)
	if err != nil {
		return err
	}
	options.Synced = reader.Read
	return nil
}

// followCluster starts to follow the stored snapshot until ctx ends.
func followCluster(ctx context.Context, o serveOptions, server *apiserver.Server, metrics *telemetry.Metrics, log *slog.Logger) error {
	config, err := clusterConfig()
	if err != nil {
		return err
	}
	client, err := corev1.NewForConfig(config)
	if err != nil {
		return fmt.Errorf("making a client of the Kubernetes API: %w", err)
	}
	follower := &reload.Follower{
		ConfigMaps: client.ConfigMaps(o.namespace),
		Pointer:    o.storageName,
		Load:       server.Load,
		Loaded: func(m storage.Manifest, took time.Duration) {
			metrics.Loaded(m, took)
			settleMemory()
			log.Info("snapshot loaded", "digest", m.Digest, "servers", m.Servers, "took", took.String())
		},
		Described: func(m storage.Manifest) { server.Describe(description(m)) },
		Failed: func(err error) {
			metrics.Failed(err)
			if err == nil {
				log.Info("following the stored registry again")
				return
			}
			log.Warn("cannot follow the stored registry; what is loaded stays", "error", err)
		},
	}
	go follower.Run(ctx)
	return nil
}
