// Package flagenv lets every command-line flag be given as an environment
// variable too, which is how most Pods are configured.
//
// The variable of flag "listen-address" under prefix "MCP_REGISTRY" is
// MCP_REGISTRY_LISTEN_ADDRESS. What is on the command line wins. An empty
// variable counts as unset.
package flagenv

import (
	"flag"
	"fmt"
	"strings"
)

// Parse parses args into fs and then sets every flag that args did not give
// from its variable. getenv is usually os.Getenv. The usage text of each flag
// is made to name its variable.
func Parse(fs *flag.FlagSet, prefix string, args []string, getenv func(string) string) error {
	fs.VisitAll(func(f *flag.Flag) {
		f.Usage = fmt.Sprintf("%s [$%s]", f.Usage, Variable(prefix, f.Name))
	})
	if err := fs.Parse(args); err != nil {
		return err
	}
	given := map[string]bool{}
	fs.Visit(func(f *flag.Flag) { given[f.Name] = true })

	var failed error
	fs.VisitAll(func(f *flag.Flag) {
		variable := Variable(prefix, f.Name)
		value := getenv(variable)
		if failed != nil || given[f.Name] || value == "" {
			return
		}
		if err := fs.Set(f.Name, value); err != nil {
			failed = fmt.Errorf("environment variable %s does not suit flag --%s: %w", variable, f.Name, err)
		}
	})
	return failed
}

// Variable returns the name of the variable of a flag.
func Variable(prefix, name string) string {
	prefix = strings.TrimSuffix(prefix, "_")
	return prefix + "_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}
