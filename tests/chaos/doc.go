// Package chaos runs the real operator against a real Kubernetes API while
// everything around it goes wrong: two hundred registries whose sources fail,
// stall, lie, shrink and come back, a proxy that loses requests and answers,
// watches that break off, and a kill at any moment (pitfall 8).
//
// Every source keeps a book of what it said in full, and readers compare all
// that is stored and served with it. When the chaos ends, what is served has to
// be just what the sources say, and nothing may be left over.
//
// The choices are made from a seed, which is printed; what happens at the same
// moment still differs between two runs.
package chaos
