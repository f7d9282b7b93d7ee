# Answerable: `make run` does the main job, `make test` proves it. Both work on a bare machine.
PYTHON ?= python3
BIN = .venv/bin
STAMP = .venv/.installed
SECONDS ?= 600

.DEFAULT_GOAL := help
.PHONY: help run test quick lint format fuzz bench test-servers clean

help:  ## what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 16

$(STAMP): setup.cfg pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Answerable needs Python 3.11 or newer; say which with make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { echo "Python's venv module is missing; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@echo "Installing Answerable into .venv (about a minute the first time)"
	@$(BIN)/python -m pip install --quiet --editable '.[pdf,dkim,test,lint]'
	@touch $@

run: $(STAMP)  ## start Answerable; with no answerable.toml, the demo desk
	@if [ -n "$$ANSWERABLE_CONFIG" ] || [ -f answerable.toml ]; then \
	  $(BIN)/answerable db upgrade && exec $(BIN)/answerable serve; \
	else exec $(BIN)/answerable serve --demo; fi

test: $(STAMP) test-servers  ## every test, with real servers
	@$(BIN)/python -m pytest --durations=10

quick: $(STAMP)  ## the quick tests, without servers; under a minute
	@$(BIN)/python -m pytest -q -m 'not servers and not slow'

lint: $(STAMP)  ## format, style, types and import contracts
	@$(BIN)/ruff format --check . && $(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

format: $(STAMP)  ## let ruff format the code
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

fuzz: $(STAMP)  ## look for mails that break the reader: make fuzz SECONDS=600
	@$(BIN)/python -m tests.fuzz --seconds $(SECONDS) --corpus var/fuzz/corpus

bench: $(STAMP) test-servers  ## the benchmarks, printing ratios
	@$(BIN)/python -m benchmarks

test-servers: $(STAMP)  ## fetch what tests start: Dovecot, Postfix, PostgreSQL, liblouis (into var/servers), Chromium, Pango
	@$(BIN)/python -m tests.servers.fetch

clean:  ## remove what make created
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis var
