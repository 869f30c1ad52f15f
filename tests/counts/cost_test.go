package counts

import (
	"errors"
	"fmt"
)

var (
	errUnseen  = errors.New("it has not looked at the Deployment yet")
	errRefused = errors.New("connection refused")
	errLost    = errors.New("connection reset")
)

// cost is what some work took.
type cost struct {
	source, kubernetes map[string]int
	bytes              int
}

func (w *world) cost() (c cost) {
	c.source, c.bytes = w.sources.take()
	c.kubernetes, _ = w.kubernetes.take()
	return c
}

func (c *cost) add(more cost) {
	if c.source == nil {
		c.source, c.kubernetes = map[string]int{}, map[string]int{}
	}
	for what, n := range more.source {
		c.source[what] += n
	}
	for what, n := range more.kubernetes {
		c.kubernetes[what] += n
	}
	c.bytes += more.bytes
}

func (c *cost) none() bool { return len(c.source)+len(c.kubernetes)+c.bytes == 0 }

// String is a line of the table without its name.
func (c *cost) String() string {
	return fmt.Sprintf("%-18s %6d bytes   %s", told(c.source), c.bytes, told(c.kubernetes))
}

// line leaves out the bytes, which depend on what the texts are.
func (c *cost) line() line { return line{told(c.source), told(c.kubernetes)} }
