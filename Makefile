# Everything a newcomer needs: `make run` and `make test` set themselves up.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$name; break; }; done)
BIN := .venv/bin
EDITOR := frontend/dist/editor.js
EDITOR_SOURCES := $(wildcard frontend/src/*.ts) frontend/package.json frontend/package-lock.json
PORT ?= 8000
export PORT

.PHONY: help run demo test test-full test-postgresql editor lint format bench simulate lock clean

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 24

run: export DEBUG := true
run: .venv/runtime $(EDITOR) ## set up and start console, API and endpoint with a demo customer (PORT=8000)
	@$(BIN)/python manage.py migrate --verbosity 0
	@exec $(BIN)/python manage.py serve --demo

demo: export DEBUG := true
demo: .venv/runtime ## create the demo customer alone
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py demo

test: .venv/development $(EDITOR) ## set up and run the tests on SQLite
	@$(BIN)/pytest -n auto $(PYTEST_ARGS)

test-full: export P13N_DIFFERENTIAL := 200000
test-full: export P13N_FUZZ := 20000
test-full: export P13N_SCHEMATHESIS := 50000
test-full: export P13N_KILLS := 50
test-full: export P13N_PUSHES := 100
test-full: export P13N_LIVE_SECONDS := 1
test-full: export P13N_RESTARTS := 10
test-full: export P13N_FROZEN_SECONDS := 10
test-full: export P13N_AWAY_SECONDS := 600
test-full: export P13N_SLOW_CLIENTS := 500
test-full: export P13N_EDITORS := 50
test-full: export P13N_ROUNDS := 20
test-full: .venv/development $(EDITOR) ## the same in its long form: more cases, more faults, for hours (CONTRIBUTING.md)
	@$(BIN)/pytest -n auto -m "not load" $(PYTEST_ARGS)
	@$(BIN)/pytest -m load $(PYTEST_ARGS)

test-postgresql: .venv/development $(EDITOR) ## the same on PostgreSQL: TEST_DATABASE_URL=postgres://user@host/database
	@DATABASE_URL=$${TEST_DATABASE_URL:-postgres://postgres@127.0.0.1:5432/test} $(BIN)/pytest -n auto $(PYTEST_ARGS)

editor: $(EDITOR) ## build the console's editor alone, as a deployment needs it before collectstatic

lint: export DEBUG := true
lint: .venv/development ## ruff, mypy, import directions, migrations, deployment checks
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	scripts/check_deploy
	scripts/build_editor checked

format: .venv/development ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/bench ## measure the endpoint beside alternatives, what makes it slower, memory, expressions (8 minutes)
	$(BIN)/python bench/endpoint.py
	$(BIN)/python bench/steady.py
	$(BIN)/python bench/growth.py
	$(BIN)/python bench/memory.py
	$(BIN)/python bench/expressions.py
	$(BIN)/python bench/imports.py

simulate: .venv/runtime ## what the figures of `make bench` mean for several machines
	@$(BIN)/python bench/simulate.py

lock: .venv/development ## pin exact versions and hashes again from requirements/*.in
	$(BIN)/pip install --quiet uv
	cd requirements && for name in development runtime bench frontend; do ../$(BIN)/uv pip compile --quiet --universal \
		--python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate \
		--no-header $$name.in --constraint development.txt --output-file $$name.txt; done

clean: ## remove what set-up and runs have made, the demo's data included
	rm -rf .venv var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache frontend/dist frontend/node_modules

.venv/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed: install it, or name it with make PYTHON=…" >&2; exit 1; }
	@echo "Setting up the virtual environment .venv …" >&2
	@$(PYTHON) -m venv .venv && touch $@

.venv/runtime: .venv/python requirements/runtime.txt
	@echo "Installing what the product needs …" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/runtime.txt && touch $@

.venv/development: .venv/python requirements/development.txt
	@echo "Installing what tests and checks need …" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/development.txt
	@touch $@ .venv/runtime

.venv/bench: .venv/python requirements/bench.txt
	@echo "Installing what measuring needs …" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.txt
	@touch $@ .venv/development .venv/runtime

$(EDITOR): $(EDITOR_SOURCES) | .venv/python
	@scripts/build_editor
