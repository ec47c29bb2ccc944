# The commands of this project; `make help` lists them.

SHELL := /bin/sh
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
PYTHONS := python3.13 python3.12 python3.11 python3.14 python3
TOO_OLD := Python 3.11 or newer is needed, and none of $(PYTHONS) is one. Install it, or run: make PYTHON=/path/to/python3.11 setup

export PYTHONUNBUFFERED := 1

.PHONY: help setup run test check lint bench chaos clean

help:  ## list these commands
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/installed  ## make .venv and install the pinned requirements

run: setup  ## start everything; Ctrl-C stops it (PORT=8050, DATA_DIR=./var)
	@exec $(BIN)/python -m dashboard run

test: setup  ## run every test, browser tests included
	@.ci/chromium
	@$(BIN)/pytest

check: lint test  ## check style, types and imports, then run every test

lint: setup  ## check style, types and imports
	@failed=0; \
	for tool in "ruff check ." "ruff format --check ." lint-imports mypy; do \
	  echo "$$tool"; $(BIN)/$$tool || failed=1; \
	done; exit $$failed

bench: setup  ## measure, and print ratios
	@exec $(BIN)/python -m bench

N := 25
chaos: setup  ## kill -9 whatever runs, N=25 times, and compare with the truth
	@exec $(BIN)/python -m bench chaos --kills $(N)

clean:  ## remove .venv and caches; var/ (the data) stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/installed: requirements.txt
	@set -e; \
	for python in $(PYTHON) $(PYTHONS); do \
	  if "$$python" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found="$$python"; break; fi; \
	done; \
	if [ -z "$$found" ]; then echo "$(TOO_OLD)" >&2; exit 1; fi; \
	if ! $(BIN)/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	  echo "Making $(VENV) with $$found"; \
	  "$$found" -m venv --clear $(VENV) || { echo "$$found cannot make a virtual environment (on Debian: apt-get install python3-venv)." >&2; exit 1; }; \
	fi; \
	echo "Installing the requirements (about a minute)"; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt; \
	touch $@
