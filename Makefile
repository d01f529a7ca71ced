# make run     build the server, make four drives below ./data, and serve them on this machine
# make test    everything a change has to pass
.PHONY: help run build test install fmt vet lint unit race fuzz powercut kill9 bench docs clean
.DEFAULT_GOAL := help

ADDRESS  ?= 127.0.0.1:9000
FUZZTIME ?= 30s
BENCH    ?= .

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## build the server and serve ./data/drive{1...4} on this machine
	@mkdir -p data/drive1 data/drive2 data/drive3 data/drive4
	@printf '%s\n' \
	  '' \
	  'S3:          http://$(ADDRESS)' \
	  'Credential:  $(CURDIR)/data/state/root-credentials' \
	  '' \
	  'Try, in another terminal:' \
	  '  . $(CURDIR)/data/state/root-credentials' \
	  '  export AWS_ACCESS_KEY_ID=$$HOLDFAST_ROOT_USER AWS_SECRET_ACCESS_KEY=$$HOLDFAST_ROOT_PASSWORD AWS_DEFAULT_REGION=us-east-1' \
	  '  aws --endpoint-url http://$(ADDRESS) s3 mb s3://photos && aws --endpoint-url http://$(ADDRESS) s3 cp README.md s3://photos/' \
	  'or' \
	  '  mc alias set holdfast http://$(ADDRESS) $$HOLDFAST_ROOT_USER $$HOLDFAST_ROOT_PASSWORD' \
	  ''
	@HOLDFAST_CI_CD=on exec bin/holdfast server --address $(ADDRESS) --state-dir data/state --certs-dir data/certs 'data/drive{1...4}'

build: ## bin/holdfast
	go build -trimpath -o bin/holdfast ./cmd/holdfast

test: install fmt vet lint unit ## everything a change has to pass

# The clients the tests drive. Where tests decide something, on CI, one that cannot be installed is a failure; elsewhere the
# tests that need it say so themselves.
install: ## what tests need and this machine lacks
	@test/install.sh || [ -z "$$CI" ]

fmt:
	@unformatted=$$(gofmt -l cmd erasure objectlayer s3api test); \
	if [ -n "$$unformatted" ]; then echo "run gofmt -w on:"; echo "$$unformatted"; exit 1; fi

vet:
	go vet ./...

lint: bin/staticcheck
	bin/staticcheck ./...

# Pinned in a module of its own, so that tools do not show in go.mod.
bin/staticcheck: test/tools/go.mod
	cd test/tools && go build -o ../../bin/staticcheck honnef.co/go/tools/cmd/staticcheck

unit:
	go test -timeout 15m ./...

race: ## the tests under the race detector
	go test -race -timeout 45m ./...

fuzz: ## every fuzz target for FUZZTIME (30s)
	test/fuzz.sh $(FUZZTIME)

powercut: ## cut the power of real file systems, freeze and fill them: needs root, xfsprogs and loop devices
	go test -count=1 -timeout 120m -tags powercut -run 'PowerCut|Full|Unmount|Frozen' ./erasure/drive/local ./test/fault

kill9: ## 500 rounds of kill -9 under load: an hour or more
	go test -count=1 -timeout 240m ./test/fault -run TestKill9 -rounds 500

bench: ## benchmarks whose names match BENCH, ten runs each, for benchstat
	go test -run '^$$' -bench '$(BENCH)' -benchmem -count 10 -timeout 120m ./...

docs: ## the pages that are made from tables in the code
	go test ./objectlayer/config ./objectlayer/metric -run 'Current' -update

clean: ## what was built; not ./data
	rm -rf bin
