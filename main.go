// The MCP Registry Operator: one binary, four commands.
//
//	manager   runs the operator
//	serve     serves one registry, from a cluster or from a file
//	selftest  tries out the operator of a cluster; for "helm test"
//	version   prints the version
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// version is set by the linker.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New("a command is missing: manager, serve, selftest or version (each explains itself with --help)")
	}
	switch command, rest := args[0], args[1:]; command {
	case "manager":
		return manage(ctx, rest)
	case "serve":
		return serve(ctx, rest)
	case "selftest":
		return selfTest(ctx, rest)
	case "version":
		fmt.Println(version)
		return nil
	default:
		return fmt.Errorf("unknown command %q: use manager, serve, selftest or version", command)
	}
}
