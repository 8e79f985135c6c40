# SPDX-License-Identifier: Apache-2.0
#
# What a person or a CI job does with this repository. `make help` lists it.

.DEFAULT_GOAL := help
.PHONY: run build test lint bench lab fuzz docs package clean help

# What a release is linked with; DEMO is passed to `pharos demo` (DEMO="--seconds 20").
RELEASE := swift build -c release --product pharos
DEMO ?=
# Of `make fuzz` (Docs/fuzzing.md).
SECONDS_EACH ?= 60
TARGETS ?=
REPLAY ?=

# Debian packages: to build, to lint, and the real peers that tests run against.
BUILD_NEEDS := liblua5.4-dev
LINT_NEEDS := lua-check lua5.4
PEERS := bind9 bind9-dnsutils bird2 dnsdist dnsperf exabgp frr gobgpd knot knot-dnsutils curl iproute2 libnet-dns-perl \
	nftables openbgpd openssl procps unbound

NEED := @Packaging/need.sh
SWIFT := @command -v swift >/dev/null || { echo "make: there is no swift in PATH; install Swift 6.2 or newer from https://www.swift.org/install/linux" >&2; exit 1; }
LUA_FILES = $(shell find Policies Examples Benchmarks Packaging -name '*.lua')

run: ## Build, and show a demonstration on loopback: no root, nothing to configure
	$(SWIFT)
	$(NEED) $(BUILD_NEEDS)
	$(RELEASE)
	@exec "$$(swift build -c release --show-bin-path)/pharos" demo $(DEMO)

build: ## Build the daemon (release) and print where it is
	$(SWIFT)
	$(NEED) $(BUILD_NEEDS)
	$(RELEASE)
	@echo "$$(swift build -c release --show-bin-path)/pharos"

test: lint ## Lint, build, and run every test, those with real peers included (what CI runs)
	$(NEED) $(BUILD_NEEDS) $(PEERS)
	$(RELEASE)
	Packaging/docs/check.sh "$$(swift build -c release --show-bin-path)/pharos"
	Packaging/docs/planted.sh "$$(swift build -c release --show-bin-path)/pharos"
	PHAROS_BINARY="$$(swift build -c release --show-bin-path)/pharos" Packaging/tests.sh

lint: ## Check format, imports between layers, file length and licences, Lua globals
	$(SWIFT)
	$(NEED) $(LINT_NEEDS)
	swift format lint --strict --parallel -r Package.swift Sources Tests
	Packaging/lint/imports.sh
	Packaging/lint/text.sh
	Packaging/lint/planted.sh
	Packaging/lint/globals.sh
	$(if $(LUA_FILES),luacheck --quiet $(LUA_FILES))

bench: ## Measure queries, policies, checks, reloads and BGP beside a C relay, dnsdist, dig, ExaBGP, BIRD, …
	$(SWIFT)
	$(NEED) $(BUILD_NEEDS) bind9-dnsutils bird2 dnsdist dnsperf exabgp gobgpd iproute2
	$(RELEASE)
	swift build -c release --product PolicyBench
	Benchmarks/run.sh "$$(swift build -c release --show-bin-path)/pharos"
	Benchmarks/overload.sh "$$(swift build -c release --show-bin-path)/pharos"
	Benchmarks/policies.sh "$$(swift build -c release --show-bin-path)/PolicyBench"
	Benchmarks/checks.sh "$$(swift build -c release --show-bin-path)/pharos"
	Benchmarks/bgp.sh "$$(swift build -c release --show-bin-path)/pharos"
	Benchmarks/reloads.sh "$$(swift build -c release --show-bin-path)/pharos"
	Benchmarks/targets.sh

lab: ## A laboratory of namespaces (nodes, a router, clients)
	@echo "make lab: not there yet; the scenario tests of 'make test' build their own namespaces" >&2; exit 1

fuzz: ## Fuzz the parsers of outside bytes, then the daemon between lying clients and servers
	$(SWIFT)
	$(NEED) $(BUILD_NEEDS)
	SECONDS_EACH="$(SECONDS_EACH)" REPLAY="$(REPLAY)" Packaging/fuzz.sh $(TARGETS)
	$(if $(TARGETS)$(REPLAY),,$(RELEASE))
	$(if $(TARGETS)$(REPLAY),,Tests/Soak/run.sh "$$(swift build -c release --show-bin-path)/pharos")

docs: build ## Check that links lead somewhere, commands exist and configurations load
	$(NEED) $(LINT_NEEDS)
	Packaging/docs/check.sh "$$(swift build -c release --show-bin-path)/pharos"
	Packaging/docs/planted.sh "$$(swift build -c release --show-bin-path)/pharos"

package: ## Build a Debian package into dist/
	$(SWIFT)
	$(NEED) $(BUILD_NEEDS) binutils
	$(RELEASE) --static-swift-stdlib --scratch-path .build-package
	Packaging/deb/build.sh .build-package/release/pharos

clean: ## Remove everything that was built
	rm -rf .build .build-package dist Benchmarks/.build

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
