package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/mcp-registry-operator/mcp-registry-operator/hack/localcluster/internal/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/hack/localcluster/internal/plan"
)

const usage = `usage: run.sh COMMAND [--name NAME] [ARGUMENT...]

  up [--control-plane] [--port PORT]  bring the cluster up and wait until it is ready
  down                                stop it and remove everything it left
  env                                 print KUBECONFIG and PATH for the shell: eval "$(run.sh env)"
  load-image ARCHIVE...               import image archives into the node
  kubectl ARGUMENT...                 run kubectl against it

`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintf(os.Stderr, "localcluster: %v\n", err)
		}
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		fmt.Fprint(os.Stderr, usage)
		return flag.ErrHelp
	}
	opts, rest, err := parse(args)
	if err != nil {
		return err
	}
	switch command := args[0]; command {
	case "up":
		return cluster.Up(ctx, os.Stderr, opts)
	case "down":
		return cluster.Down(ctx, os.Stderr, opts.Home, opts.Name)
	case "env":
		return cluster.Env(os.Stdout, opts.Home, opts.Name, opts.Bin)
	case "load-image":
		if len(rest) == 0 {
			return errors.New("load-image: name at least one archive")
		}
		return cluster.LoadImages(ctx, os.Stderr, opts.Home, opts.Name, rest)
	case "kubectl":
		return cluster.Kubectl(opts.Home, opts.Name, opts.Bin, rest, os.Environ())
	default:
		fmt.Fprint(os.Stderr, usage)
		return fmt.Errorf("there is no command %q", command)
	}
}

// parse reads the flags after the command.
func parse(args []string) (cluster.Options, []string, error) {
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	flags.Usage = func() { fmt.Fprint(os.Stderr, usage); flags.PrintDefaults() }
	name := flags.String("name", "mcp-registry", "name of the cluster")
	controlPlane := flags.Bool("control-plane", false, "up: only etcd, API server and controller manager; needs no root")
	port := flags.Int("port", 0, "up: port of the API server (default: a free one)")
	own, rest := args[1:], []string(nil)
	if args[0] == "kubectl" {
		own, rest = splitName(own)
	}
	if err := flags.Parse(own); err != nil {
		return cluster.Options{}, nil, err
	}
	rest = append(rest, flags.Args()...)
	if err := plan.ValidateName(*name); err != nil {
		return cluster.Options{}, nil, err
	}
	home := os.Getenv("LOCALCLUSTER_HOME")
	if !filepath.IsAbs(home) {
		return cluster.Options{}, nil, fmt.Errorf("LOCALCLUSTER_HOME is %q: want an absolute path (run.sh sets it)", home)
	}
	program, err := os.Executable()
	if err != nil {
		return cluster.Options{}, nil, fmt.Errorf("folder of the programs: %w", err)
	}
	return cluster.Options{
		Name: *name, Home: home, Bin: filepath.Dir(program), WithNode: !*controlPlane, Port: *port,
	}, rest, nil
}

// splitName parts a leading --name from what belongs to kubectl, whose flags
// are unknown here.
func splitName(args []string) (own, rest []string) {
	count := 0
	if len(args) > 0 {
		switch flagName, _, hasValue := strings.Cut(args[0], "="); {
		case flagName != "--name" && flagName != "-name":
		case hasValue:
			count = 1
		default:
			count = min(2, len(args))
		}
	}
	return args[:count], args[count:]
}
