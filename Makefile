# `make demo` and `make test` work on a fresh machine: they set up .venv first.
PYTHON ?= python3
BIN = .venv/bin

.PHONY: demo test lint format setup benchmarks

demo: setup  ## audit 1,797 handwritten digits and say where the report is
	$(BIN)/datadoctor demo

test: setup  ## all tests; those that need a browser, a GPU or the shared image sets say so when they skip
	$(BIN)/python -m pytest -rs

lint: setup  ## style, types, and the order of the stages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

setup: .venv/installed

.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable . --group dev
	touch $@
