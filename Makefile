# Each target installs what it needs into .venv; nothing else has to be set up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
REHEARSAL := .venv-rehearsal
PORT ?= 8000
AWS_PORT ?= 5000
STAGE ?= dev

.DEFAULT_GOAL := help
.PHONY: help run test check format lint types docs bench package rehearse clean

help:  ## What can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/installed: requirements.txt requirements-documents.txt requirements-dev.txt constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt -c constraints.txt
	@touch $@

run: $(VENV)/installed  ## Start the whole system and print where to look and how to sign in
	@$(BIN)/python -m local --port $(PORT) --aws-port $(AWS_PORT)

test: $(VENV)/installed  ## Run the tests
	$(BIN)/python -m pytest -n auto --dist loadscope --no-loadscope-reorder

format: $(VENV)/installed  ## Rewrite the code in the project's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: $(VENV)/installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/installed
	$(BIN)/mypy

docs: $(VENV)/installed  ## Write the generated documents anew
	$(BIN)/python bin/describe
	$(BIN)/python bin/rules
	$(BIN)/python bin/coverage
	$(BIN)/python -m bench.cost

check: lint types test  ## Format, lint, types and tests: what CI runs
	$(BIN)/python bin/describe --check
	$(BIN)/python bin/rules --check
	$(BIN)/python bin/coverage --check
	$(BIN)/python -m bench.cost --check

$(VENV)/installed-bench: $(VENV)/installed requirements-bench.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-bench.txt -c constraints.txt
	@touch $@

bench: $(VENV)/installed-bench  ## Measure (see bench/README.md)
	@$(BIN)/python -m bench
	@echo && $(BIN)/python -m bench.documents
	@echo && $(BIN)/python -m bench.flows 1000 10000
	@echo && $(BIN)/python -m bench.contributions 100 100

package: $(VENV)/installed  ## Build what is deployed of a stage (STAGE=prod) under out/
	@$(BIN)/python -m infra.package $(STAGE)

$(REHEARSAL)/installed: requirements-rehearsal.txt
	$(PYTHON) -m venv $(REHEARSAL)
	$(REHEARSAL)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-rehearsal.txt
	@touch $@

rehearse: $(VENV)/installed $(REHEARSAL)/installed  ## Deploy the package on an emulator of AWS with IAM on, and use it
	@$(BIN)/python -m rehearsal

clean:
	rm -rf $(VENV) $(REHEARSAL) .pytest_cache .mypy_cache .ruff_cache .hypothesis out
