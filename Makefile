# make help lists what there is.
SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

CHART   := charts/mcp-registry-operator
VERSION ?= $(shell sed -n 's/^appVersion: "\(.*\)"/\1/p' $(CHART)/Chart.yaml)
# The default is the name that the chart asks for.
IMAGE   ?= ghcr.io/mcp-registry-operator/mcp-registry-operator:$(VERSION)
GOARCH  ?= $(shell go env GOARCH)
# What make images builds, and make push pushes to REGISTRY.
ARCHITECTURES ?= amd64 arm64

# What the image says of itself; the commit's time, so that two builds are equal.
REVISION    := $(shell git rev-parse HEAD 2>/dev/null)$(shell git diff --quiet HEAD 2>/dev/null || echo -dirty)
COMMIT_TIME := $(shell git log -1 --format=%cI 2>/dev/null || echo 1970-01-01T00:00:00Z)

# How long make soak goes on.
SOAK ?= 2m
# How long the chaos of make chaos goes on.
CHAOS ?= 5m

# What the bundle for OLM says. A release gives all of these; what is committed
# names no image that could be pulled, because there is no release of it yet.
BUNDLE           ?= bundle
CATALOG          ?= dist/catalog
PREVIOUS_VERSION ?=
CREATED          ?= 2026-11-24T00:00:00Z
BUNDLE_IMAGE     ?= ghcr.io/mcp-registry-operator/mcp-registry-operator-bundle:{{.Version}}
SCORECARD_IMAGE  ?= ghcr.io/mcp-registry-operator/mcp-registry-operator-scorecard:$(VERSION)
UNRELEASED_IMAGE := ghcr.io/mcp-registry-operator/mcp-registry-operator@sha256:$(shell printf '0%.0s' {1..64})
PINNED_IMAGE     := $(if $(findstring @sha256:,$(IMAGE)),$(IMAGE),$(UNRELEASED_IMAGE))

BIN := $(CURDIR)/bin

CONTROLLER_GEN_VERSION := v0.23.0
GOLANGCI_LINT_VERSION  := v2.15.0
# The same Helm as the tests'.
HELM_VERSION := $(shell sed -n 's|.*helm.sh/helm/v3 ||p' go.mod)
HELM4_VERSION := v4.3.1
COSIGN_VERSION         := v3.1.3
CYCLONEDX_VERSION      := v1.10.0
HELM_UNITTEST_VERSION := $(shell sed -n 's|.*helm-unittest/helm-unittest \(v[^ ]*\).*|\1|p' hack/helm-unittest/go.mod)
OPERATOR_SDK_VERSION := $(shell sed -n 's|.*operator-framework/operator-sdk \(v[^ ]*\).*|\1|p' hack/operator-sdk/go.mod)
OPM_VERSION := $(shell sed -n 's|.*operator-framework/operator-registry \(v[^ ]*\).*|\1|p' hack/opm/go.mod)
OLM_VERSION := $(shell sed -n 's|.*operator-framework/operator-lifecycle-manager \(v[^ ]*\).*|\1|p' hack/olm/go.mod)

# The module's own version of it, and the one of the client that users have.
REGISTRY_VERSION := $(shell sed -n 's|.*modelcontextprotocol/registry ||p' tests/conformance/go.mod)
THV_VERSION      := v0.47.0

# The version is in the name, so that a new version is built and an old one is not used.
CONTROLLER_GEN := $(BIN)/controller-gen-$(CONTROLLER_GEN_VERSION)
GOLANGCI_LINT  := $(BIN)/golangci-lint-$(GOLANGCI_LINT_VERSION)
HELM           := $(BIN)/helm-$(HELM_VERSION)
HELM4          := $(BIN)/helm-$(HELM4_VERSION)
HELM_UNITTEST  := $(BIN)/helm-unittest-$(HELM_UNITTEST_VERSION)
OPERATOR_SDK   := $(BIN)/operator-sdk-$(OPERATOR_SDK_VERSION)
SCORECARD_TEST := $(BIN)/scorecard-test-$(OPERATOR_SDK_VERSION)
OPM            := $(BIN)/opm-$(OPM_VERSION)
OLM            := $(BIN)/olm-$(OLM_VERSION)
OLM_CATALOG    := $(BIN)/olm-catalog-$(OLM_VERSION)
COSIGN         := $(BIN)/cosign-$(COSIGN_VERSION)
CYCLONEDX      := $(BIN)/cyclonedx-gomod-$(CYCLONEDX_VERSION)
OFFICIAL_REGISTRY := $(BIN)/registry-$(REGISTRY_VERSION)
THV            := $(BIN)/thv-$(THV_VERSION)

# Packages with golden files; their tests know the flag -update.
GOLDEN := $(shell grep -rl --include='*_test.go' '"update", false' pkg tests controllers api 2>/dev/null | xargs -r -n1 dirname | sort -u | sed 's|^|./|')

say = @printf '\033[1m==> %s\033[0m\n'

##@ Everyday

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} \
		/^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z0-9-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(HELM) ## Show the operator at work, on a local cluster or the one of KUBECONFIG
	@HELM=$(HELM) hack/demo/demo.sh

.PHONY: demo-down
demo-down: $(HELM) ## Remove what the demo made
	@HELM=$(HELM) hack/demo/down.sh

##@ Develop

.PHONY: generate
generate: manifests bundle ## Regenerate everything: code, manifests, bundle, golden files
	$(say) "deepcopy code"
	@$(CONTROLLER_GEN) object paths=./api/...
	$(say) "golden files of: $(GOLDEN)"
	@go test $(GOLDEN) -count=1 -update

.PHONY: manifests
manifests: $(CONTROLLER_GEN) ## Regenerate CRD and RBAC rules from the markers in the code
	$(say) "CRD and RBAC rules"
	@$(CONTROLLER_GEN) crd paths=./api/... output:crd:dir=$(CHART)/files/crds
	@$(CONTROLLER_GEN) rbac:roleName=mcp-registry-operator,fileName=rbac.yaml paths=./controllers/... output:rbac:dir=$(CHART)/files

.PHONY: bundle
bundle: $(OPERATOR_SDK) ## Make the bundle for OLM from the chart: VERSION, IMAGE with a digest, BUNDLE
	$(say) "bundle $(VERSION) in $(BUNDLE)"
	@go run ./hack/bundle -sdk $(OPERATOR_SDK) -out $(BUNDLE) -version $(VERSION) -replaces '$(PREVIOUS_VERSION)' \
		-image $(PINNED_IMAGE) -scorecard-image $(SCORECARD_IMAGE) -created $(CREATED)

.PHONY: bundle-validate
bundle-validate: $(OPERATOR_SDK) ## Run all of operator-sdk's validators over the bundle; warnings are failures
	$(say) "validators over $(BUNDLE)"
	@go run ./hack/bundle -validate -sdk $(OPERATOR_SDK) $(BUNDLE)

.PHONY: catalog
catalog: $(OPM) ## Make a file-based catalogue of the bundle into dist/catalog, and validate it
	$(say) "catalogue in $(CATALOG)"
	@rm -rf $(CATALOG) && mkdir -p $(CATALOG)/mcp-registry-operator
	@go run ./hack/bundle -catalog $(BUNDLE) >$(CATALOG)/mcp-registry-operator/catalog.json
	@$(OPM) render $(BUNDLE) --alpha-image-ref-template '$(BUNDLE_IMAGE)' >>$(CATALOG)/mcp-registry-operator/catalog.json
	@$(OPM) validate $(CATALOG)

.PHONY: fmt
fmt: ## Format the code
	@git ls-files -z --cached --others --exclude-standard '*.go' | xargs -0 gofmt -w

.PHONY: lint
lint: $(GOLANGCI_LINT) ## Run the linters
	$(say) "golangci-lint"
	@$(GOLANGCI_LINT) run ./...
	@cd tests/conformance && $(GOLANGCI_LINT) run ./...
	@cd tests/alerts && $(GOLANGCI_LINT) run ./...

.PHONY: verify
verify: generate fmt ## Regenerate everything and fail if the tree is then not clean
	$(say) "comparing the tree with the last commit"
	@changed=$$(git status --porcelain); \
	if [ -n "$$changed" ]; then \
		git --no-pager diff; \
		printf 'verify: these files are not committed, or not as generated (make generate fmt):\n%s\n' "$$changed" >&2; \
		exit 1; \
	fi

##@ Test

.PHONY: test
test: localcluster ## Run vet and all tests that need no node
	$(say) "go vet"
	@go vet ./...
	$(say) "unit, package, chart and integration tests"
	@go test ./...
	$(say) "tests of the local cluster"
	@cd hack/localcluster && go test ./internal/...
	$(say) "conformance tests that need no other program"
	@cd tests/conformance && go vet ./... && go test ./...
	$(say) "alerts"
	@cd tests/alerts && go vet ./... && go test ./...

# The race detector empties pools, so what counts allocations has nothing to count.
.PHONY: race
race: ## Run the tests of the program's own packages with the race detector
	$(say) "race detector, about 5 minutes"
	@go test -race -skip 'AllocatesLittle$$' . ./controllers/... ./pkg/... -timeout 20m

# A cluster with all that the chart can use.
CHART_KUBE    := --kube-version $(shell sed -n 's|.*testKubeVersion = "\(.*\)"|\1|p' tests/chart/render_test.go)
CHART_CLUSTER := $(CHART_KUBE) $(foreach kind,ServiceMonitor PodMonitor PrometheusRule,--api-versions monitoring.coreos.com/v1/$(kind))

.PHONY: chart-test
chart-test: $(HELM) $(HELM_UNITTEST) ## Lint and render the chart in every mode of its ci/, and run its unit tests
	@for values in $(CHART)/ci/*-values.yaml; do \
		printf '\033[1m==> %s\033[0m\n' "chart with $$values"; \
		$(HELM) lint --strict --quiet $(CHART_KUBE) $(CHART) --values $$values && \
		$(HELM) template mcp-registry-operator $(CHART) --namespace mcp-registry-system $(CHART_CLUSTER) --values $$values >/dev/null || exit 1; \
	done
	$(say) "unit tests of the chart"
	@$(HELM_UNITTEST) --strict $(CHART)

.PHONY: e2e
e2e: localcluster ## Run the end-to-end tests on a cluster with a node (root, or KUBECONFIG)
	$(say) "end-to-end tests"
	@E2E=1 go test ./tests/e2e -count=1 -timeout 40m -v

# One package at a time: the stories need the node for themselves.
.PHONY: e2e-packaging
e2e-packaging: localcluster $(HELM) $(HELM4) $(OPERATOR_SDK) $(SCORECARD_TEST) $(OPM) $(OLM) $(OLM_CATALOG) $(COSIGN) $(CYCLONEDX) ## Install the chart with Helm 3 and 4 and the bundle with OLM, run its scorecard, make a release (root)
	$(say) "stories of the chart, the bundle and the release"
	@E2E_PACKAGING=1 HELM3=$(HELM) HELM4=$(HELM4) OPERATOR_SDK=$(OPERATOR_SDK) SCORECARD_TEST=$(SCORECARD_TEST) OPM=$(OPM) \
		OLM=$(OLM) OLM_CATALOG=$(OLM_CATALOG) OLM_VERSION=$(OLM_VERSION) \
		COSIGN=$(COSIGN) BIN=$(BIN) \
		go test ./tests/packaging/... -p 1 -count=1 -timeout 40m -v

.PHONY: conformance
conformance: $(OFFICIAL_REGISTRY) $(THV) ## Compare with the official registry and run real clients (installs PostgreSQL if root)
	@tests/conformance/postgresql.sh
	$(say) "conformance tests, about 2 minutes"
	@cd tests/conformance && go vet ./... && \
		CONFORMANCE_REGISTRY=$(OFFICIAL_REGISTRY) CONFORMANCE_THV=$(THV) go test ./... -count=1 -timeout 20m

.PHONY: conformance-docs
conformance-docs: ## Write the list of differences into docs/conformance.md
	@cd tests/conformance && go test ./oracle -count=1 -run TestTableInTheDocument -write

.PHONY: page-test
page-test: ## Test the page for people in Chromium (installed with apt-get where root may)
	@if ! command -v "$${CHROMIUM:-chromium}" >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		printf '\033[1m==> %s\033[0m\n' "installing chromium with apt-get"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
	fi
	$(say) "the page in a browser"
	@PAGE_TEST=1 go test ./tests/page -count=1 -v

.PHONY: bench
bench: localcluster ## Run the benchmarks; each prints ratios against the least that could be done
	$(say) "the API service against a bare handler, about 5 minutes"
	@BENCH=1 go test ./tests/bench -run TestAPI -count=1 -timeout 30m -v | grep -v '^=== RUN\|^--- \|^    ---'
	$(say) "a sync against json.Valid, SHA-256 and zstd, about 3 minutes"
	@BENCH=1 go test ./tests/bench -run TestPipeline -count=1 -timeout 30m -v | grep -v '^=== RUN\|^--- '
	$(say) "the Git source against git, about 2 minutes"
	@BENCH=1 go test ./tests/bench -run TestGit -count=1 -timeout 30m -v | grep -v '^=== RUN\|^--- \|^    ---'
	$(say) "requests of each kind of sync"
	@go test ./tests/counts -count=1 -v | grep -v '^=== RUN\|^--- \|^    ---'
	$(say) "single functions"
	@go test ./tests/bench ./pkg/apiserver/... -run '^$$' -bench . -benchmem

.PHONY: soak
soak: localcluster ## Swap snapshots every second under full load, for SOAK (2m)
	$(say) "API service under load for $(SOAK); its Kubernetes is gone in the middle third"
	@SOAK=$(SOAK) go test ./tests/soak -count=1 -timeout 30m -v

.PHONY: chaos
chaos: localcluster ## Let sources and the Kubernetes API fail and kill the operator, for CHAOS (5m)
	$(say) "200 registries in chaos for $(CHAOS), about 3 minutes more"
	@CHAOS=$(CHAOS) go test ./tests/chaos -count=1 -timeout 60m -v

##@ Build

# The same program from any folder and any clone of a commit: neither paths nor the
# state of git are in it. The Dockerfile has the same line.
GO_BUILD = CGO_ENABLED=0 GOOS=linux go build -trimpath -buildvcs=false -ldflags '-s -w -X main.version=$(VERSION)'
GO_IMAGE = go run ./hack/image -version $(VERSION) -revision $(REVISION) -created $(COMMIT_TIME)

.PHONY: build
build: ## Build the program into bin/
	$(say) "building mcp-registry-operator $(VERSION)"
	@GOARCH=$(GOARCH) $(GO_BUILD) -o bin/mcp-registry-operator .

.PHONY: programs
programs: ## Build the programs for each of ARCHITECTURES into dist/programs
	@for architecture in $(ARCHITECTURES); do \
		printf '\033[1m==> %s\033[0m\n' "building mcp-registry-operator $(VERSION) for $$architecture"; \
		GOARCH=$$architecture $(GO_BUILD) -o dist/programs/$$architecture/mcp-registry-operator . && \
		GOARCH=$$architecture $(GO_BUILD) -o dist/programs/$$architecture/scorecard ./hack/scorecard || exit 1; \
	done

.PHONY: image
image: build ## Build the container image into dist/image.tar, without a container engine
	$(say) "image $(IMAGE)"
	@$(GO_IMAGE) -program $(GOARCH)=bin/mcp-registry-operator -reference $(IMAGE) -out dist/image.tar

.PHONY: images
images: programs ## Build one image for all ARCHITECTURES into dist/images, in the OCI layout
	$(say) "image for $(ARCHITECTURES)"
	@$(GO_IMAGE) $(PROGRAMS) -layout dist/images

.PHONY: push
push: programs ## Push the image for all ARCHITECTURES to REGISTRY (host and folder)
	$(say) "pushing to $(REGISTRY)"
	@$(GO_IMAGE) $(PROGRAMS) -reference $(REGISTRY)/mcp-registry-operator:$(VERSION) -push

PROGRAMS = $(foreach architecture,$(ARCHITECTURES),-program $(architecture)=dist/programs/$(architecture)/mcp-registry-operator)

##@ Release

# With the tag it needs no C library.
OPM_FLAGS := -tags containers_image_openpgp -trimpath -buildvcs=false -ldflags=-s

.PHONY: catalog-programs
catalog-programs: ## Build opm and its probe for each of ARCHITECTURES into dist/catalog-programs
	@for architecture in $(ARCHITECTURES); do \
		printf '\033[1m==> %s\033[0m\n' "building opm for $$architecture (minutes the first time)"; \
		out=$(CURDIR)/dist/catalog-programs/$$architecture; \
		build='go build $(OPM_FLAGS)'; \
		export CGO_ENABLED=0 GOOS=linux GOARCH=$$architecture; \
		(cd hack/opm && $$build -o $$out/opm github.com/operator-framework/operator-registry/cmd/opm && \
			$$build -o $$out/grpc_health_probe github.com/grpc-ecosystem/grpc-health-probe) || exit 1; \
	done

# The private key that cosign signs with: a file, env://NAME, or that of a key service.
# Without one, only a dry run to a registry on loopback is possible.
COSIGN_KEY ?=

.PHONY: release
release: programs catalog-programs $(COSIGN) $(CYCLONEDX) ## Release VERSION into REGISTRY: images, chart, bundle, SBOMs, signatures
	@go run ./hack/release -version '$(VERSION)' -registry '$(REGISTRY)' -key '$(COSIGN_KEY)' -architectures '$(ARCHITECTURES)' \
		-cosign $(COSIGN) -cyclonedx $(CYCLONEDX) -make '$(MAKE) --no-print-directory BIN=$(BIN)'

.PHONY: registry
registry: ## Run a container registry on 127.0.0.1:5000 for a dry run of a release
	@go run ./hack/registry

.PHONY: clean
clean: ## Remove what was built here
	@rm -rf bin dist

# The first build of the local cluster takes minutes, and a test would not show its progress.
.PHONY: localcluster
localcluster:
	@[ -n "$${KUBECONFIG:-}" ] || hack/localcluster/run.sh build

$(CONTROLLER_GEN): ; $(call go-install,sigs.k8s.io/controller-tools/cmd/controller-gen@$(CONTROLLER_GEN_VERSION))
$(GOLANGCI_LINT): ; $(call go-install,github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION))

$(HELM): ; $(call go-install,helm.sh/helm/v3/cmd/helm@$(HELM_VERSION))
$(HELM4): ; $(call go-install,helm.sh/helm/v4/cmd/helm@$(HELM4_VERSION))
# It needs a replacement that go install does not see, so it has a module here.
$(HELM_UNITTEST): hack/helm-unittest/go.mod
	$(say) "building helm-unittest $(HELM_UNITTEST_VERSION) (once; minutes)"
	@cd hack/helm-unittest && go build -o $@ github.com/helm-unittest/helm-unittest/cmd/helm-unittest
# So does operator-sdk; the Ansible plugin that it links has a stand-in there.
$(OPERATOR_SDK) $(SCORECARD_TEST):
	$(say) "building $(notdir $@) (once; minutes)"
	@cd hack/operator-sdk && CGO_ENABLED=0 go build -trimpath -tags containers_image_openpgp \
		-ldflags '-s -w -X github.com/operator-framework/operator-sdk/internal/version.Version=$(OPERATOR_SDK_VERSION)' -o $@ \
		github.com/operator-framework/operator-sdk/$(if $(findstring scorecard,$@),images/scorecard-test,cmd/operator-sdk)
$(OLM): package := operator-lifecycle-manager/cmd/olm
$(OLM_CATALOG): package := operator-lifecycle-manager/cmd/catalog
# The same program as in the image of a catalogue.
$(OPM):
	$(say) "building $(notdir $@) (once; minutes)"
	@cd hack/opm && CGO_ENABLED=0 go build $(OPM_FLAGS) -o $@ github.com/operator-framework/operator-registry/cmd/opm
$(OLM) $(OLM_CATALOG): hack/olm/go.mod
	$(say) "building $(notdir $@) (once; minutes)"
	@cd hack/olm && CGO_ENABLED=0 go build -trimpath -tags containers_image_openpgp -ldflags '-s -w' -o $@ \
		github.com/operator-framework/$(package)
$(COSIGN): ; $(call go-install,github.com/sigstore/cosign/v3/cmd/cosign@$(COSIGN_VERSION))
$(CYCLONEDX): ; $(call go-install,github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@$(CYCLONEDX_VERSION))
$(OFFICIAL_REGISTRY): ; $(call go-install,github.com/modelcontextprotocol/registry/cmd/registry@$(REGISTRY_VERSION))
$(THV): ; $(call go-install,github.com/stacklok/toolhive/cmd/thv@$(THV_VERSION))

# go-install builds a program of another module, of a fixed version, into $@.
define go-install
@printf '\033[1m==> building %s (once; minutes for large ones)\033[0m\n' '$(1)'
@mkdir -p $@.partial && GOBIN=$@.partial go install $(1) && mv $@.partial/* $@ && rmdir $@.partial
endef
