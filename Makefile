# Heard. `make demo` shows it, `make test` tests it; both set everything up on a machine that has Python 3.11+, git and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_CONSTRAINT := $(CURDIR)/requirements.lock
PYTEST := $(BIN)/pytest --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help demo test test-full lint types floors audit check accuracy train bench kills services lock clean

help: ## Show what there is to do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.runtime ## See the whole job on a made-up brand
	@$(BIN)/heard demo

test: $(VENV)/.dev ## Run every test, the long ones sampled, without a browser and PostgreSQL (under 5 minutes)
	$(PYTEST) -n 3 -m "not chromium and not full and not postgres"

test-full: $(VENV)/.dev services ## Run every test with full counts, in a real browser and on PostgreSQL (under 15 minutes)
	HEARD_FULL=1 $(PYTEST) -n 3 --timeout 900 --durations 20

lint: $(VENV)/.dev ## Check style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev ## Check types
	$(BIN)/mypy

floors: $(VENV)/.dev ## Check that the rooms keep to their floors
	$(BIN)/lint-imports

audit: $(VENV)/.dev ## Hold the pinned dependencies against the published advisories
	@$(BIN)/python -m tests.audit

check: lint types floors test ## Everything that must hold before a commit

bench: $(VENV)/.bench ## Measure the listening path beside a peer; writes bench.json
	@$(BIN)/python -m tests.bench

kills: $(VENV)/.dev services ## Kill the whole pipeline (-9) a thousand times on both stores: nothing lost, nothing doubled
	@$(BIN)/python -m tests.kills $(ARGS)

accuracy: $(VENV)/.dev ## Measure on the labelled data how often Heard is right; writes docs/accuracy.md
	@$(BIN)/python -m tests.accuracy

train: $(VENV)/.dev ## Train the bundled tone models from the shared labelled texts
	@$(BIN)/python -m bot.engines.training.text $(or $(HEARD_SHARED),../shared) && $(BIN)/python -m bot.engines.training.target $(or $(HEARD_SHARED),../shared) \
		&& $(BIN)/python -m bot.engines.training.minilm $(or $(HEARD_SHARED),../shared)

services: ## Install the browser and the database server that test-full needs (Debian packages)
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || { echo "installing PostgreSQL"; apt-get update -q && apt-get install -y -q --no-install-recommends postgresql; } \
		|| echo "PostgreSQL is missing and could not be installed: its tests will be skipped (or fail where HEARD_REQUIRE names it)"
	@command -v chromium >/dev/null || { echo "installing chromium"; apt-get update -q && apt-get install -y -q --no-install-recommends chromium; } \
		|| echo "chromium is missing and could not be installed: its tests will be skipped (or fail where HEARD_REQUIRE names it)"

lock: $(VENV)/.dev ## Pin the versions anew from pyproject.toml
	PIP_CONSTRAINT= $(BIN)/pip install -q pip-tools
	PIP_CONSTRAINT= $(BIN)/pip-compile -q --upgrade --all-extras --all-build-deps --strip-extras --no-header --no-annotate --allow-unsafe \
		--no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options -o requirements.lock pyproject.toml

clean: ## Remove what was built
	rm -rf $(VENV) build dist heard-demo .mypy_cache .ruff_cache .hypothesis .import_linter_cache bench.json

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Heard needs Python 3.11 or newer; this is $$($(PYTHON) --version). Say which: make PYTHON=python3.12 demo"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "This Python cannot make environments; on Debian: apt-get install python3-venv"; rm -rf $(VENV); exit 1; }

$(VENV)/.runtime: $(VENV)/bin/python pyproject.toml requirements.lock
	@echo "Setting up (once)…"
	@$(BIN)/python -m pip install -q -e .
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python pyproject.toml requirements.lock
	@echo "Setting up for development (once)…"
	@$(BIN)/python -m pip install -q -e '.[dev]'
	@touch $@ $(VENV)/.runtime

$(VENV)/.bench: $(VENV)/.dev
	@$(BIN)/python -m pip install -q -e '.[dev,bench]'
	@touch $@
