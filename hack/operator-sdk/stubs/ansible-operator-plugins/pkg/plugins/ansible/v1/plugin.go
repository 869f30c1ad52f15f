// Package ansible stands in for the plugin of operator-sdk that scaffolds Ansible
// operators. The real one needs much that is not needed here.
package ansible

import (
	"sigs.k8s.io/kubebuilder/v4/pkg/config"
	cfgv3 "sigs.k8s.io/kubebuilder/v4/pkg/config/v3"
	"sigs.k8s.io/kubebuilder/v4/pkg/plugin"
)

// Plugin has a name and does nothing.
type Plugin struct{}

// Name is the name that operator-sdk knows the plugin by.
func (Plugin) Name() string { return "ansible.sdk.operatorframework.io" }

// Version is that of the plugin.
func (Plugin) Version() plugin.Version { return plugin.Version{Number: 1} }

// SupportedProjectVersions are those that operator-sdk asks plugins for.
func (Plugin) SupportedProjectVersions() []config.Version { return []config.Version{cfgv3.Version} }
