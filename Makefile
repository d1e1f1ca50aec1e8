# `make demo` and `make test` work on a fresh machine: they set up .venv first.
PYTHON ?= python3
BIN = .venv/bin

TOOLS = label-studio cvat fiftyone argilla

.PHONY: demo test test-tools test-oldest campaign docs lint format setup benchmarks

demo: setup  ## audit 1,797 handwritten digits and say where the report is
	$(BIN)/datadoctor demo

test: setup  ## all tests; those that need a browser, a GPU or the shared image sets say so when they skip
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -rs --numprocesses auto --dist loadfile

test-tools: $(TOOLS:%=.venv/tools/%)  ## relabel queues through the annotation tools' own code, each in an environment of its own
	for tool in $(TOOLS); do \
	    .venv/tools/$$tool/bin/python -m pytest -p no:cacheprovider tests/relabel/queue/test_tools.py -k $$tool || exit 1; done

.venv/tools/%: pyproject.toml
	$(PYTHON) -m venv $@
	$@/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	$@/bin/python -m pip install --quiet --group $*
	touch $@

campaign: setup  ## ten minutes of damaged inputs, kills and faults against the whole program: the table of docs/reliability.md
	$(BIN)/python -m tests.campaign

test-oldest: setup  ## all tests with the oldest libraries that pyproject.toml allows; not part of CI's run, it downloads gigabytes
	$(BIN)/uv venv --quiet --clear --python $(PYTHON) .venv/oldest
	$(BIN)/uv pip install --quiet --python .venv/oldest --resolution lowest-direct --overrides requirements/cpu.txt \
	    --editable . --group dev
	OMP_NUM_THREADS=1 .venv/oldest/bin/python -m pytest -rs --numprocesses auto --dist loadfile

docs: setup  ## the documentation site, into site/
	$(BIN)/mkdocs build --strict

lint: setup  ## style, types, the order of the stages, and the licences of what is needed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m documentation.licences

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

setup: .venv/installed

.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable . --group dev
	touch $@
