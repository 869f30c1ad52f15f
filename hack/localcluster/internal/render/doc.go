// Package render writes the configuration files of the components.
//
// The files folder holds one template per configuration file; a template sees
// the plan of the cluster and nothing else, so the same plan always gives the
// same bytes.
package render
