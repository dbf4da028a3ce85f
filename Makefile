# `make` lists everything. `make demo` and `make test` are enough for the first hour.
PYTHON ?= python3
BIN := .venv/bin
PIP_FLAGS := --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help demo test check fix bench safety fuzz docs constraints clean

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version)."; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "The venv module is missing. On Debian or Ubuntu: apt install python3-venv"; exit 1; }

.venv/run.stamp: pyproject.toml constraints.txt | .venv/bin/python
	@echo "Installing OnePlace into .venv (about a minute the first time)"
	@$(BIN)/python -m pip install $(PIP_FLAGS) -c constraints.txt -e .
	@$(BIN)/python -m compileall -q src
	@touch $@

.venv/dev.stamp: .venv/run.stamp
	@$(BIN)/python -m pip install $(PIP_FLAGS) -c constraints.txt -e '.[dev]'
	@touch $@

demo: .venv/run.stamp  ## build Liverpool from its published figures and show the result
	@$(BIN)/oneplace demo $(ARGS)

test: .venv/dev.stamp  ## every test that CI runs
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

check: .venv/dev.stamp  ## format, lint, types, import contracts, generated docs current
	@$(BIN)/ruff format --check --quiet src tests bench tools && echo "format: ok"
	@$(BIN)/ruff check --quiet src tests bench tools && echo "lint: ok"
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports
	@$(BIN)/python tools/make_docs.py --check

fix: .venv/dev.stamp  ## format, sort, mend what can be mended, make the generated docs
	@$(BIN)/ruff check --fix --quiet src tests bench tools || true
	@$(BIN)/ruff format --quiet src tests bench tools
	@$(BIN)/python tools/make_docs.py

bench: .venv/dev.stamp  ## speed and memory, ours beside a tuned twin and a peer; writes build/bench.json
	@$(BIN)/python -m bench $(ARGS)

safety: .venv/dev.stamp  ## the tests that the hazard log names, and each hazard with what they prove
	@$(BIN)/python tests/hazards.py

docs: .venv/dev.stamp  ## make the generated reference pages
	@$(BIN)/python tools/make_docs.py

constraints: .venv/dev.stamp  ## raise the pinned versions (needs uv)
	@uv pip compile --quiet --universal --no-header --no-annotate --all-extras --python-version 3.11 pyproject.toml -o constraints.txt

clean:  ## remove the environment and everything made
	@rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
