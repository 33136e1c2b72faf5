# Two commands for a newcomer, nothing to prepare but Python 3.11 or newer:
#
#   make demo    make the environment, map sample files, serve them
#   make test    make the environment, run all tests
#
# and for who works on the project: make check, docs, bench, clean.
#
#   PYTHON=...       another interpreter than the first suitable one
#   VENV=...         another folder for the environment
#   PYTEST_ARGS=...  more arguments for pytest
#   DEMO_ARGS=...    more arguments for the demo, such as --port 9000

PYTHON ?=
VENV ?= .venv
PYTEST_ARGS ?=
DEMO_ARGS ?=
BENCH_DIR ?=
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check --no-input

.PHONY: help demo test check docs bench clean

help:
	@sed -n 's/^#   make/make/p' Makefile
	@echo "make check   ruff, mypy, import-linter, our own mapping tables"
	@echo "make docs    build the documentation, warnings are errors"
	@echo "make bench   measure NeXus reading: make bench BENCH_DIR=folder"
	@echo "make clean   remove the environment and everything built"

demo: $(VENV)/.with-base
	@exec $(BIN)/panharvest serve --demo $(DEMO_ARGS)

test: $(VENV)/.with-test
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: $(VENV)/.with-all
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/panharvest check ontologies --fail-on warning

docs: $(VENV)/.with-all
	$(BIN)/python -m sphinx -W --keep-going -q -E -b html docs docs/_build/html
	@echo "built: docs/_build/html/index.html"

bench: $(VENV)/.with-base
	@test -n "$(BENCH_DIR)" || { \
	  echo "make bench: name a folder of NeXus files, BENCH_DIR=folder" >&2; exit 2; }
	$(BIN)/python benchmarks/nexus.py "$(BENCH_DIR)"

clean:
	@test ! -e "$(VENV)" || test -e "$(VENV)/pyvenv.cfg" || { \
	  echo "$(VENV) is not an environment; it is left alone" >&2; exit 1; }
	rm -rf "$(VENV)" build dist docs/_build *.egg-info .coverage htmlcov \
	  .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# What is installed is told by marks in the environment. Each rests on .made, which is
# as old as the environment; a newer pyproject.toml makes all of it anew.
$(VENV)/.with-base: $(VENV)/.made
	$(PIP) install -q -e .
	@touch $@

$(VENV)/.with-test: $(VENV)/.made
	$(PIP) install -q -e '.[test]'
	@touch $@ $(VENV)/.with-base

$(VENV)/.with-all: $(VENV)/.made
	$(PIP) install -q -e '.[all]'
	@touch $@ $(VENV)/.with-base $(VENV)/.with-test

# A candidate counts when it runs (a shim may not), is new enough and can make
# environments (Debian and Ubuntu ship that part as a package of its own).
$(VENV)/.made: pyproject.toml
	@lacking=; chosen=; \
	for python in $(or $(PYTHON),python3.13 python3.12 python3.11 python3); do \
	  "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    2>/dev/null || continue; \
	  if "$$python" -c 'import ensurepip, venv' 2>/dev/null; \
	  then chosen=$$python; break; else lacking=$${lacking:-$$python}; fi; \
	done; \
	if [ -z "$$chosen" ] && [ -n "$$lacking" ]; then \
	  version=$$("$$lacking" -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
	  echo "$$lacking cannot make environments: its venv or ensurepip is missing." >&2; \
	  echo "Debian, Ubuntu: sudo apt-get install python$$version-venv" >&2; \
	  echo "or name another Python 3.11 or newer: make PYTHON=/path/to/python ..." >&2; \
	  exit 1; \
	fi; \
	if [ -z "$$chosen" ]; then \
	  echo "No Python 3.11 or newer found ($(or $(PYTHON),python3.13 python3.12 python3.11 python3))." >&2; \
	  echo "Debian, Ubuntu: sudo apt-get install python3 python3-venv" >&2; \
	  echo "Fedora: sudo dnf install python3    macOS: brew install python3" >&2; \
	  echo "or name one: make PYTHON=/path/to/python ..." >&2; \
	  exit 1; \
	fi; \
	if [ -e "$(VENV)" ] && [ ! -e "$(VENV)/pyvenv.cfg" ] && \
	  [ -n "$$(ls -A "$(VENV)")" ]; then \
	  echo "$(VENV) is there and is not an environment: move it, or name another" >&2; \
	  echo "folder: make VENV=folder ..." >&2; \
	  exit 1; \
	fi; \
	echo "environment: $(VENV), made with $$chosen"; \
	"$$chosen" -m venv --clear "$(VENV)"
	@touch $@
