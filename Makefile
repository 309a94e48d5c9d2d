# Every target that people and CI run. `make` alone lists them.

MODULES := components services stacks
# Tools are in separate modules, so that their dependencies do not mix with the
# product's; the linter's and actionlint's do not even fit each other.
TOOL := GOWORK=off go tool -modfile=$(CURDIR)/.ci/tools/go.mod
# The race detector needs a C compiler on Linux; Go says here whether it found one.
RACE := $(filter 1,$(shell go env CGO_ENABLED))
# gin without its MessagePack, as in the images: it takes longer to compile than the rest
# of the api. Other -tags in GOFLAGS have no effect.
export GOFLAGS := $(strip $(shell go env GOFLAGS) -tags=nomsgpack)

.DEFAULT_GOAL := help
.PHONY: help run snapshot release test test-short test-race test-workflows test-components test-services test-stacks bench bench-peers soak attack mutants fuzz lint fmt vuln tidy count recording

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-20s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## run api, worker and the fake AWS on this machine
	@cd services && go run ./tests/gobuild -o ../bin/local ./local
	@exec bin/local

# Several tests start these programs: each would compile them on a new machine.
PROGRAMS := ./services/api ./services/worker ./services/local ./services/ingestctl

test: ## run every test of every module, and name what was skipped
	@go run ./services/tests/gobuild $(PROGRAMS)
	@$(call runall,$(MODULES))

test-short: ## run the tests that start no program, no Pulumi and no browser, without the race detector
	@go run ./services/tests/runall -short $(MODULES)

test-services test-components test-stacks: test-%:
	@$(call runall,$*)

test-race: ## run the short tests of the services with the race detector, with those that link the AWS SDK, which make test leaves out
	$(if $(RACE),cd services && go test -race -short -vet=off -count=1 -timeout 20m ./...,@echo "$(NORACE)"; exit 1)

test-workflows: ## run the workflows of .github with act, over fakes of AWS and GitHub; make test does, too
	cd stacks && go test -count=1 -timeout 20m -run 'Runs_|^TestWorkflows_' ./delivery ./lifecycle

NORACE := no C compiler found (go env CGO_ENABLED is 0): install gcc or clang for the race detector
define runall
$(if $(RACE),,echo "$(NORACE); testing without it";) \
go run ./services/tests/runall $(if $(RACE),-race services) $(1)
endef

bench: ## measure services and previews, print each benchmark next to its target
	cd services && go test -run '^$$' -bench . -skip Peers -benchtime 1x -timeout 30m ./tests/bench
	cd stacks && go test -run '^$$' -bench . -benchtime 1x -timeout 30m ./lifecycle

bench-peers: ## compare api and worker with other programs, and write the result into docs/benchmarks.md
	cd services && go test -run '^$$' -bench Peers -benchtime 1x -timeout 30m ./tests/bench -write ../../../docs

# A round accepts about 12,000 payloads, and takes 75 seconds.
SOAK ?= 15000
SEED ?= 1
soak: ## run two apis and three workers under faults until SOAK (15000) payloads are accepted, from the plan SEED (1) on
	cd services && SOAK=$(SOAK) SEED=$(SEED) go test ./tests/faults -run '^TestSoak$$' -count=1 -v -timeout 48h

attack: ## attack the api, and print what good requests and memory took meanwhile (5 minutes)
	cd services && ATTACK=1 go test ./tests/api -run '^TestAttacks' -count=1 -v -timeout 30m

mutants: ## check that the tests see each of 37 faults planted in the services (10 minutes)
	cd services && go run ./tests/mutants

COMMIT ?=
count: ## count lines and packages by class, of the working tree or of COMMIT=
	@cd services && go run ./tests/count $(if $(COMMIT),-commit $(COMMIT))

recording: ## run the pipeline, and draw what it prints into docs/recording.svg
	cd services && go test ./tests/recording -count=1 -update; go test ./tests/recording -count=1

FUZZTIME ?= 20s
fuzz: ## run each fuzz target for FUZZTIME (20s)
	@cd services && for package in $$(go list ./...); do \
	  for target in $$(go test -list '^Fuzz' $$package | grep '^Fuzz'); do \
	    echo "$$package $$target"; \
	    go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $$package || exit 1; \
	  done; \
	done

lint: ## run golangci-lint over each module, actionlint over the workflows
	@set -e; for module in $(MODULES); do \
	  echo "golangci-lint $$module"; \
	  (cd $$module && $(LINT) run ./...); \
	done
	$(ACTIONLINT)

settings: ## generate the config blocks of Pulumi.yaml and the tables in docs/configuration.md
	cd stacks && go test ./internal/stackconfig -count=1 -update; go test ./internal/stackconfig -count=1
	cd services && go test ./local -run ConfigurationPage -count=1 -update; go test ./local -run ConfigurationPage -count=1

fmt: ## format the Go code
	@for module in $(MODULES); do (cd $$module && $(LINT) fmt ./...); done

LINT := $(CURDIR)/bin/golangci-lint
ACTIONLINT := $(CURDIR)/bin/actionlint
GORELEASER := $(CURDIR)/bin/goreleaser
lint: $(LINT) $(ACTIONLINT)
fmt: $(LINT)
$(LINT): .ci/lint/go.mod
	cd .ci/lint && GOWORK=off go build -o $@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

$(ACTIONLINT): .ci/tools/go.mod
	cd .ci/tools && GOWORK=off go build -o $@ github.com/rhysd/actionlint/cmd/actionlint

TARGETS ?=
snapshot: $(GORELEASER) ## compile the released programs for every platform, as a release does (TARGETS=--single-target: this one)
	$(GORELEASER) check
	$(GORELEASER) build --snapshot --clean $(TARGETS)

release: $(GORELEASER) ## release the tag of this commit; the workflow release runs it
	$(GORELEASER) release --clean

$(GORELEASER): .ci/goreleaser/go.mod
	cd .ci/goreleaser && GOWORK=off go build -o $@ github.com/goreleaser/goreleaser/v2

vuln: ## look for known vulnerabilities in what the code calls
	@set -e; for module in $(MODULES); do (cd $$module && $(TOOL) govulncheck ./...); done

tidy: ## check that go.mod and go.sum of every module are tidy
	@set -e; for module in $(MODULES) .ci/lint .ci/tools .ci/act .ci/goreleaser .ci/pulumi/cli .ci/pulumi/language-go; do (cd $$module && GOWORK=off go mod tidy -diff); done

include $(wildcard make/*.mk)
