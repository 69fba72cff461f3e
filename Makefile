# What a developer does with vitrine; "make help" lists it.

GO      ?= go
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -X main.version=$(VERSION)

# Exact versions of the tools of "make check". They are built once and kept
# outside the tree, so that a fresh clone finds them.
GOLANGCI_LINT_VERSION := v2.5.0
GOVULNCHECK_VERSION   := v1.1.4

# That of golang.org/x/perf in go.mod.
BENCHSTAT_VERSION     := v0.0.0-20250813145418-2f7363a06fe1

# The S3 server of the tests, built and kept in the same way. Its version also
# stands in tools/versitygw/go.mod, internal/s3test and deploy/compose.
VERSITYGW_VERSION     := v1.8.0

# The proxy of deploy/compose, for its check. The version also stands in
# tools/caddy/go.mod and deploy/compose.
CADDY_VERSION         := v2.11.9

# A peer of the benchmarks. The version also stands in tools/imagor/go.mod.
IMAGOR_VERSION        := v1.9.2

# Checks in the browser tests whether everybody can use a page; from npm.
AXE_VERSION := 4.14.1
AXE_SHA512  := 1477dafa598d8d065f273d6af302aa203c02e83131707b7fa648cd41bd3d6b734f8c22a0dab86ee6a6f64b8afbe804b214d36db85a2826965edfb3a0b9d546b5

# The race detector watches everything but SQLite, C translated to Go, and its
# driver: that alone took half the time of the tests, and what is shared with
# them goes by database/sql, which is watched. Nor does it watch Go's own pictures,
# of which the tests make many; no two goroutines share one.
UNRACED := modernc.org image golang.org/x/image
RACE    := -race $(UNRACED:%=-gcflags=%/...=-race=false)

TOOLS         := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/vitrine/tools
GOLANGCI_LINT := $(TOOLS)/golangci-lint-$(GOLANGCI_LINT_VERSION)/golangci-lint
GOVULNCHECK   := $(TOOLS)/govulncheck-$(GOVULNCHECK_VERSION)/govulncheck
BENCHSTAT     := $(TOOLS)/benchstat-$(BENCHSTAT_VERSION)/benchstat
VERSITYGW     := $(TOOLS)/versitygw-$(VERSITYGW_VERSION)/versitygw
CADDY         := $(TOOLS)/caddy-$(CADDY_VERSION)/caddy
IMAGOR        := $(TOOLS)/imagor-$(IMAGOR_VERSION)/imagor
AXE           := $(TOOLS)/axe-core-$(AXE_VERSION)/axe.min.js

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: setup-run ## build bin/vitrined (the server) and bin/vitrine (the command line)
	CGO_ENABLED=1 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/vitrined ./cmd/vitrined
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/vitrine ./cmd/vitrine

.PHONY: man
man: build ## the man pages, into bin/man
	bin/vitrine man bin/man
	bin/vitrined man bin/man

.PHONY: run
run: build ## publish a listing of 8 real photos and keep serving it (ONCE=1: end after that; LISTEN=HOST:PORT)
	$(GO) build -o bin/demo ./scripts/demo
	@ONCE='$(ONCE)' LISTEN='$(LISTEN)' bin/demo

# The packages whose tests take longest begin first, so that none of them is left
# alone at the end.
LONGEST := ./cmd/vitrined ./scripts/torture ./internal/imaging ./internal/gallery

.PHONY: test
test: setup-test $(VERSITYGW) $(AXE) ## go vet and all tests, with the race detector; keeps pictures of all pages in bin/screenshots
	$(GO) vet ./...
	BROWSERTEST_SCREENSHOTS='$(CURDIR)/bin/screenshots' $(GO) test $(RACE) -p 3 -parallel 4 -timeout 20m $(LONGEST) ./...

.PHONY: check
check: check-code check-deploy ## all that can be found out without running the tests

.PHONY: check-code
check-code: vulncheck setup-run $(GOLANGCI_LINT) ## format, vet, linters, go.mod, known vulnerabilities
	@files=$$(gofmt -l .); test -z "$$files" || { echo "not formatted as gofmt does:" $$files; exit 1; }
	$(GO) vet ./...
	$(GOLANGCI_LINT) run
	$(GO) mod tidy -diff

.PHONY: vulncheck
vulncheck: setup-run $(GOVULNCHECK) ## known vulnerabilities in what is called, and that the check finds one
	scripts/vulncheck_test.sh $(GOVULNCHECK) tools/vulndb
	scripts/vulncheck.sh $(GOVULNCHECK) tools/vulndb ./...

.PHONY: vulndb
vulndb: ## renew tools/vulndb (FROM=DIR of the records, data/osv of https://go.googlesource.com/vulndb; DATE=2006-01-02)
	$(GO) run ./scripts/vulndb -from '$(FROM)' -date '$(or $(DATE),$(shell git -C '$(FROM)' log -1 --format=%cs))' -to tools/vulndb go.sum

.PHONY: check-deploy
check-deploy: setup-check build $(CADDY) ## what is in deploy/, and that the check finds faults
	cd tools/deploycheck && $(GO) vet ./... && $(GO) test -count=1 ./... && $(GO) build -trimpath -o ../../bin/deploycheck .
	scripts/deploycheck.sh bin/deploycheck $(CADDY)

# Peers that can't be had are left out, and the report says so. imgproxy isn't to
# be had as a Go module: IMGPROXY is one of yours, and
# scripts/bench/vips/environment.sh tells how one is built. The photos that wait in
# "first" take some 15 GB of $TMPDIR for a time.
.PHONY: bench
bench: setup-bench ## measure vitrine beside its peers and the limit, for docs/benchmarks.md (ONLY=mainjob,memory ROUNDS=5 PHOTOS=folder IMGPROXY=program MILLION=1)
	@$(MAKE) $(IMAGOR) || echo "bench: imagor could not be built and takes no part" >&2
	$(GO) build -o bin/bench ./scripts/bench
	bin/bench -only '$(ONLY)' -rounds $(or $(ROUNDS),5) -photos '$(PHOTOS)' -imgproxy '$(IMGPROXY)' -imagor "$$(find $(IMAGOR) 2>/dev/null)" $(if $(MILLION),-million)

.PHONY: bench-parts
bench-parts: setup-run ## the benchmarks of single packages; they report ratios, since machines differ
	$(GO) test -p 1 -run '^$$' -bench . -benchtime 3s -timeout 30m ./...

.PHONY: bench-compare
bench-compare: setup-run $(BENCHSTAT) ## what is on the hot path beside how it was at BASE, in turns (BASE=HEAD~1 PKG=./internal/imaging BENCH=Optimise COUNT=6)
	GO='$(GO)' scripts/benchcompare.sh $(BENCHSTAT) '$(or $(BASE),HEAD~1)' '$(or $(BENCH),.)' $(or $(COUNT),6) $(or $(BENCHTIME),1s) \
		$(or $(PKG),. ./internal/imaging ./internal/portal ./internal/queue ./internal/classifiedsapi ./internal/listingsapi)

.PHONY: fuzz
fuzz: setup-run ## each fuzz target for a minute (FUZZTIME=10s); what makes one fail becomes a seed
	GO='$(GO)' scripts/fuzz.sh $(or $(FUZZTIME),1m)

.PHONY: hostile
hostile: setup-test ## send a server bombs, the awkward files and 2,000 damaged ones; tells what came of them (SEED=1 of the damage)
	$(GO) test -count=1 -v -timeout 3h ./scripts/hostile -mutations 2000 -seed $(or $(SEED),1)

.PHONY: simulate
simulate: ## a day of a portal with a nightly peak, in simulated time; draws docs/capacity.svg
	$(GO) run ./scripts/simulate -hours -chart docs/capacity.svg

.PHONY: measure
measure: setup-test $(VERSITYGW) ## measure for "make simulate" what things cost here, in half an hour (SYNCED=postgres://… of an empty database with fsync)
	$(GO) test -run '^$$' -bench . -benchtime 1x -timeout 60m ./scripts/simulate -rounds 5 -listings 2000 -depth 50000 -write measured.json -synced '$(SYNCED)'

.PHONY: torture
torture: setup-test $(VERSITYGW) ## load both APIs on both set-ups while all fails that they stand on, in about half an hour (SEED=N)
	$(GO) test -count=1 -run '^TestTorture$$' -v -timeout 3h ./scripts/torture -operations 10000 -kills 100 $(if $(SEED),-seed $(SEED))

.PHONY: soak
soak: setup-test ## 10,000 photos through one server, whose memory stays as it is
	$(GO) test -count=1 -run '^TestSoak$$' -v -timeout 2h ./cmd/vitrined -soak 10000

.PHONY: clean
clean: ## remove what was built and the demo's data
	rm -rf bin .demo

.PHONY: setup-run setup-test setup-check setup-bench
setup-run setup-test setup-check setup-bench: setup-%:
	@scripts/setup.sh $*

$(GOLANGCI_LINT):
	GOBIN=$(@D) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)

$(BENCHSTAT):
	GOBIN=$(@D) $(GO) install golang.org/x/perf/cmd/benchstat@$(BENCHSTAT_VERSION)

$(GOVULNCHECK):
	GOBIN=$(@D) $(GO) install golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK_VERSION)

# From modules of their own, which hold the versions of all that they are made of.
$(CADDY):
	mkdir -p $(@D)
	cd tools/caddy && CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w' -o $@ github.com/caddyserver/caddy/v2/cmd/caddy

$(VERSITYGW):
	mkdir -p $(@D)
	cd tools/versitygw && CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w' -o $@ github.com/versity/versitygw/cmd/versitygw

# It doesn't take Debian's libvips.
$(IMAGOR):
	environment=$$(scripts/bench/vips/environment.sh $(@D)) && eval "$$environment" && \
		cd tools/imagor && $(GO) build -trimpath -o $@ github.com/cshum/imagor/cmd/imagor

$(AXE):
	mkdir -p $(@D)
	cd $(@D) && npm pack --silent axe-core@$(AXE_VERSION)
	cd $(@D) && echo '$(AXE_SHA512)  axe-core-$(AXE_VERSION).tgz' | sha512sum --check --quiet
	tar -xzf $(@D)/axe-core-$(AXE_VERSION).tgz -C $(@D) --strip-components=1 --touch package/axe.min.js package/LICENSE
