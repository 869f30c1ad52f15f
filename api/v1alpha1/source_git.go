package v1alpha1

// GitSource is a file, or several, in a Git repository that is read over HTTPS or SSH.
//
// +kubebuilder:validation:XValidation:rule="self.repository.startsWith('https://') || self.repository.startsWith('http://') || has(self.secretRef)",message="source.git.secretRef is required for a repository over SSH; name a Secret with identity and known_hosts"
// +kubebuilder:validation:XValidation:rule="(has(self.branch) ? 1 : 0) + (has(self.tag) ? 1 : 0) + (has(self.commit) ? 1 : 0) <= 1",message="at most one of source.git.branch, source.git.tag and source.git.commit may be set; keep the one you mean"
type GitSource struct {
	// Repository is the URL of the repository, for example
	// https://github.com/stacklok/toolhive-catalog.git, or, over SSH,
	// ssh://git@github.com/stacklok/toolhive-catalog.git or
	// git@github.com:stacklok/toolhive-catalog.git. Plain http needs the operator's
	// --allow-http.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:Pattern=`^(https?://[^/]+/.+|ssh://([^/:@]+@)?[^/@]+/.+|[A-Za-z0-9._-]+@([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):.+)$`
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Repository"
	Repository string `json:"repository"`

	// Branch to read. Without branch, tag and commit, it is the repository's default branch.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Branch"
	Branch string `json:"branch,omitempty"`

	// Tag to read.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Tag"
	Tag string `json:"tag,omitempty"`

	// Commit to read, as the full hash of 40 hexadecimal digits.
	// +optional
	// +kubebuilder:validation:Pattern=`^[a-f0-9]{40}$`
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Commit"
	Commit string `json:"commit,omitempty"`

	// Path of the registry file within the repository. A folder ("." is the root)
	// stands for each server.json in it and below it, and so does a pattern for the
	// files that match it: *, ? and [a-z] within a name, ** for any number of
	// folders. Of several files, one that is no registry is left out and told of.
	// Links and submodules are not followed. Example: servers/*/server.json
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	// +kubebuilder:default=registry.json
	// +kubebuilder:validation:XValidation:rule="!self.startsWith('/') && !self.split('/').exists(p, p == '..')",message="source.git.path must be relative to the repository's root and must not contain '..'"
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Path"
	Path string `json:"path,omitempty"`

	// SecretRef names a Secret with what it takes to read a private repository:
	// username and password (or a token as the password) or bearerToken to log in,
	// ca.crt for a private certificate authority, tls.crt and tls.key for a client
	// certificate; over SSH, identity (a private key), password if it has a
	// passphrase, and known_hosts. It is read anew at each sync.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Secret"
	SecretRef *LocalSecretReference `json:"secretRef,omitempty"`

	// Verify asks for a signature. A commit that is not signed, or with another key,
	// is not stored. With a tag, it is the tag that must be signed if it has a
	// signature, and else its commit.
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Verify"
	Verify *GitVerification `json:"verify,omitempty"`
}

// GitVerification says who must have signed a commit or a tag.
type GitVerification struct {
	// SecretRef names a Secret with public keys, any of which may have signed: armored
	// OpenPGP keys in *.asc, SSH keys in *.pub, one on each line, and SSH keys with
	// options in allowed_signers, as ssh-keygen reads it. When the keys change, what
	// is stored is verified anew at the next sync.
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Secret"
	SecretRef LocalSecretReference `json:"secretRef"`
}
