# SPDX-License-Identifier: Apache-2.0
# Everything that is done here has a target; `make help` lists them. ./demo and ./test call these.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
SHELL := /bin/bash

DOTNET := scripts/dotnet
# CI restores what the lock files say or fails; at a desk a changed reference may rewrite them.
RESTORE := $(if $(filter true,$(CI)),-p:RestoreLockedMode=true)
QUIET := -v quiet -nologo

BPF_OBJECT := artifacts/bpf/l7trace.bpf.o
SOURCES := $(shell find src -name obj -prune -o -type f \( -name '*.cs' -o -name '*.csproj' -o -name '*.json' -o -name '*.proto' -o -name '*.txt' -o -name '*.c' -o -name '*.targets' \) -print)
SETTINGS := Directory.Build.props Directory.Packages.props global.json .editorconfig

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

deps: ## install what is missing: compilers, libbpf, servers for the tests, the pinned .NET SDK
	@scripts/deps build demo test check

build: bpf publish ## the kernel object and bin/l7trace

bpf: ## compile the kernel side (artifacts/bpf/l7trace.bpf.o)
	@$(MAKE) --no-print-directory -C bpf

bpf-each: ## the same for each architecture that the kernel side knows (artifacts/bpf/ARCH)
	@$(MAKE) --no-print-directory -C bpf each

publish: bin/l7trace ## publish bin/l7trace with Native AOT; any trim or AOT warning is an error

$(BPF_OBJECT): $(wildcard bpf/*.c bpf/*.h bpf/Makefile)
	@$(MAKE) --no-print-directory -C bpf

bin/l7trace: $(BPF_OBJECT) $(SOURCES) $(SETTINGS)
	@RESTORE="$(RESTORE)" scripts/publish

test: test-unit test-integration test-kernel ## all tests (./test does the set-up first)

test-unit: $(BPF_OBJECT) bpf-each ## bpf host tests and C# unit tests: no root, no network, seconds
	@scripts/run-suite bpf-host
	@RESTORE="$(RESTORE)" scripts/run-suite unit tests/unit/UnitTests.csproj

test-integration: bin/l7trace ## real BPF against real servers (root); L7TRACE_REQUIRE=bpf,... turns skips into failures
	@RESTORE="$(RESTORE)" scripts/run-suite integration tests/integration/IntegrationTests.csproj as-root

test-large: bin/l7trace ## a GiB of rows, an INSERT of 40 MiB, thousands of statements and connections: right, in bounded memory (root)
	@RESTORE="$(RESTORE)" scripts/run-suite large tests/integration/IntegrationTests.csproj as-root

test-mysql9: bin/l7trace ## the tests against Oracle MySQL 9, clients too (root); the first time scripts/mysql9 sets it up, 560 MB
	@scripts/deps mysql9 languages
	@scripts/mysql9 setup
	@scripts/npm-install tests/languages/programs artifacts/languages
	@code=0; export RESTORE="$(RESTORE)"; \
	scripts/run-suite mysql9 tests/integration/IntegrationTests.csproj as-root || code=1; \
	scripts/run-suite mysql9-languages tests/languages/LanguageTests.csproj as-root || code=1; exit $$code

test-languages: bin/l7trace ## thirteen clients in ten languages, over TLS too, against the server's log and their own journals (root)
	@scripts/deps languages
	@scripts/npm-install tests/languages/programs artifacts/languages
	@RESTORE="$(RESTORE)" scripts/run-suite languages tests/languages/LanguageTests.csproj as-root

test-http: bin/l7trace ## HTTP servers and clients of many kinds with each other, over TLS too, against their journals (root)
	@scripts/deps http
	@scripts/go-toolchain setup
	@scripts/npm-install tests/integration/node artifacts/node-programs
	@RESTORE="$(RESTORE)" scripts/run-suite http tests/http/HttpTests.csproj as-root

test-containers: bin/l7trace ## the test library with Testcontainers, and the image of the Dockerfile (root, or an engine; L7TRACE_REPEAT)
	@scripts/deps containers
	@code=0; export RESTORE="$(RESTORE)"; \
	L7TRACE_BUILD_IMAGE=1 L7TRACE_BINARY=$(CURDIR)/bin/l7trace scripts/containers run scripts/run-suite containers tests/containers/ContainerTests.csproj || code=1; exit $$code

test-kernels: bin/l7trace ## the kernel matrix: Linux 5.10, 6.1, 6.12, sid's in QEMU, each backend; KERNELS="6.1" BACKENDS="fentry" TESTS="bytes" narrow
	@scripts/deps kernels
	@scripts/vm setup $(KERNELS)
	@RESTORE="$(RESTORE)" KERNELS="$(KERNELS)" BACKENDS="$(BACKENDS)" TESTS="$(TESTS)" scripts/kernels test kernels

test-kernel: bin/l7trace ## the same on one kernel (6.1), without the two longest tests and that of .NET
	@RESTORE="$(RESTORE)" BACKENDS="$(BACKENDS)" TESTS="$(TESTS)" scripts/kernels one 6.1

verifier: bin/l7trace ## how many instructions the verifier goes through for each program, on each kernel of the matrix (KERNELS, BACKENDS)
	@scripts/deps kernels
	@scripts/vm setup $(KERNELS)
	@KERNELS="$(KERNELS)" BACKENDS="$(BACKENDS)" scripts/kernels instructions

pack: bin/l7trace ## artifacts/packages/L7Trace.Testing.VERSION.nupkg, with the tracer in it
	@$(DOTNET) pack src/Testing/Testing.csproj --configuration Release --output artifacts/packages $(QUIET) $(RESTORE)
	@ls -l artifacts/packages

fuzz: $(BPF_OBJECT) ## fuzz the parsers for SECONDS (default 60) with AFL++ and SharpFuzz
	@scripts/fuzz segments $(or $(SECONDS),60)
	@scripts/fuzz http1 $(or $(SECONDS),60)
	@scripts/fuzz http2 $(or $(SECONDS),60)
	@scripts/fuzz captures $(or $(SECONDS),60) fixtures $(wildcard $(or $(L7TRACE_CORPUS),../shared/corpus)/zeek/testing)

test-corpus: $(BPF_OBJECT) ## every capture of the public corpus (L7TRACE_CORPUS, else ../shared/corpus), against tshark's reading
	@$(DOTNET) run --project tests/unit $(QUIET) $(RESTORE) -- -noLogo -noColor -showLiveOutput -class "*CorpusTests" -class "*LlhttpTests"

fixtures: bin/l7trace ## record fixtures/ anew from real servers (root); CASES="mysql/text http/joined" for some of them
	@scripts/deps fixtures
	@scripts/record-fixtures $(CASES)
	@$(MAKE) --no-print-directory fixtures-expected

fixtures-expected: $(BPF_OBJECT) ## write the expected exchanges of fixtures/ anew from the sessions; look at the diff
	@L7TRACE_FIXTURES_WRITE=1 $(DOTNET) run --project tests/unit $(QUIET) $(RESTORE) -- -noLogo -noColor -showLiveOutput -class "*FixtureTests"

figures: $(BPF_OBJECT) ## write tests/unit/Bench/figures.txt anew: bytes allocated, instructions of the kernel side; look at the diff
	@L7TRACE_FIGURES_WRITE=1 $(DOTNET) run --project tests/unit $(QUIET) $(RESTORE) -- -noLogo -noColor -class "*FigureTests"

bench: bin/l7trace ## all benchmarks (root, a quiet machine, some minutes), into bench/results.md; MEGABYTES, ROUNDS, PEERS
	@scripts/deps bench test
	@RESTORE="$(RESTORE)" bench/run

soak: bin/l7trace ## a long trace at half load (root): memory flat, nothing lost, not behind; SECONDS (default 1800)
	@scripts/deps bench test
	@bench/soak $(or $(SECONDS),1800)

demo: ## the demo, without its set-up (./demo does that first)
	@scripts/demo

check: ## formatting and linting of C#, C and shell
	@scripts/check

clean: ## remove what was built
	rm -rf artifacts bin
	find src tests bench -type d -name obj -prune -exec rm -rf {} + 2>/dev/null || true

.PHONY: help deps build bpf bpf-each publish test test-unit test-integration test-mysql9 test-languages test-http test-large test-kernels test-kernel verifier test-corpus fixtures fixtures-expected figures fuzz bench soak demo check clean
