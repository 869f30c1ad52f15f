package main

import (
	"fmt"
	"log/slog"
	"os"
)

// envPrefix begins the environment variable of every flag.
const envPrefix = "MCP_REGISTRY_"

// newLogger returns a logger that writes JSON lines to standard error.
func newLogger(level string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("--log-level %q is not one of debug, info, warn, error", level)
	}
	return slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: l})), nil
}
