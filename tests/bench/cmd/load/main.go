// Load reads a plan from standard input, carries it out and prints the report.
// It is a process of its own, so that nobody measures a generator that shares
// its memory with the server.
package main

import (
	"encoding/json"
	"log"
	"os"

	"github.com/mcp-registry-operator/mcp-registry-operator/tests/bench/load"
)

func main() {
	var plan load.Plan
	if err := json.NewDecoder(os.Stdin).Decode(&plan); err != nil {
		log.Fatal(err)
	}
	report, err := load.Run(plan)
	if err != nil {
		log.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(report); err != nil {
		log.Fatal(err)
	}
}
