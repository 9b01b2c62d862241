# A bare machine needs Python 3.11 or later (with venv) and make; the rest goes into .venv.
#   make test    everything that must hold: lint, types, layers, tests
#   make demo    the example: check its rules, test them, plan, explain
#   make bench   the speed figures, measured on this machine
#   make proofs  every state of a run, whatever somebody does then, with the messages followed to the
#                end; every fault at every call of a transaction; plans on Spark in all partitions;
#                and every property on all its examples, of which `make test` draws a quarter
#   make faults  everything that can break a run, tried in full; takes ten minutes, and root for one part
#   make fuzz    every reader of what strangers write, given anything; ten minutes each, two hours and a
#                half in all (FUZZ_SECONDS=600)

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := test
# Without bytecode, each process of a test run compiles 500 files anew.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: test lint requirements demo bench proofs faults fuzz clean

PYTHON ?= $(shell for name in python3 python3.11 python3.12 python3.13; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo "$$name" && break; done)
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "starlang needs Python 3.11 or later: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# What is installed beside the program; `make EXTRAS=dev,spark` adds Spark, 490 MB, for its tests.
EXTRAS ?= dev

# pyproject.toml says what to install; the stamp says that this has happened.
$(INSTALLED): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$(EXTRAS)]'
	@touch $@

lint: $(INSTALLED)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

requirements: $(INSTALLED)
	$(BIN)/python -m pytest --requirements

# Neither of the first two keeps two processors busy.
test: $(INSTALLED)
	$(MAKE) --jobs=2 --output-sync lint requirements
	$(BIN)/python -m pytest --numprocesses=auto --dist=worksteal

# Each command is shown as you would type it.
demo: $(INSTALLED)
	@export PATH="$(abspath $(BIN)):$$PATH"; cd examples/constellation; \
	for command in check test plan "explain safety/door_identity irrigation/drip_eye"; do \
	  printf '\n$$ starlang %s\n' "$$command"; \
	  starlang $$command; \
	done

bench: $(INSTALLED)
	$(BIN)/python benchmarks/run.py

proofs: $(INSTALLED)
	STARLANG_PROOFS=1 $(BIN)/python -m pytest tests/run/test_approval.py tests/run/test_dead_ends.py tests/run/test_layouts.py tests/accept/test_plants.py tests/adopt/test_pages.py tests/spark/test_spark.py tests/transaction/test_faults.py tests/transaction/test_kills.py tests/transaction/test_power.py --numprocesses=auto --dist=worksteal
	STARLANG_PROOFS=1 $(BIN)/python -m pytest -m hypothesis --numprocesses=auto --dist=worksteal

faults: $(INSTALLED)
	PYTHONPATH=tests $(BIN)/python tests/faults.py --write

FUZZ_SECONDS ?= 600
fuzz: $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[fuzz]'
	PYTHONPATH=tests $(BIN)/python tests/fuzz.py --seconds $(FUZZ_SECONDS)

clean:
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist
