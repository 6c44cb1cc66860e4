# The tasks of this repository; `make` alone lists them. Needs Python 3.11 or newer and make.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
BIN := .venv/bin
LOGS := build/logs
PIP := $(BIN)/python -m pip install --quiet --no-input --disable-pip-version-check
LOCKED := $(PIP) --require-hashes --only-binary :all:
LOCK := UV_SYSTEM_CERTS=1 $(BIN)/uv pip compile pyproject.toml --quiet --universal \
	--python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock"

# Runs $(2), one line if all is well; prints what it said only if it fails.
quietly = @mkdir -p $(LOGS) && if ($(2)) > $(LOGS)/$(1).log 2>&1; then echo "✓ $(1)"; \
	else cat $(LOGS)/$(1).log; echo "✗ $(1): $(2)"; exit 1; fi

.PHONY: help demo serve test check bench cases laws storm queue docs lock clean

help: ## List these targets.
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' Makefile | awk -F'|' '{ printf "  make %-7s%s\n", $$1, $$2 }'

demo: .venv/installed ## Bill a sample company from its files to audited PDFs, in demo/.
	@$(BIN)/cleanbill demo

serve: .venv/installed ## Serve the workbench over the books of the demo on http://127.0.0.1:8000.
	@test -f demo/cleanbill.sqlite3 || $(BIN)/cleanbill demo
	@CLEANBILL_DATABASE_URL=sqlite:///demo/cleanbill.sqlite3 $(BIN)/cleanbill serve

test: style types floors pages ## Run every check and every test: what has to pass before a merge.
	@$(BIN)/python -m pytest -n 2 --dist worksteal --durations=15

check: style types floors pages ## Run the same without the slow tests.
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow"

bench: .venv/installed-dev ## Measure a million bills on SQLite and PostgreSQL beside their floor (BILLS=100000 for fewer).
	@$(BIN)/python -m bench.million --bills $${BILLS:-1000000}

cases: .venv/installed-dev ## Bill real data and compare every figure with an independent count; plant errors and count what is found.
	@$(BIN)/python -m tools.case_online_retail
	@$(BIN)/python -m tools.case_parallel
	@$(BIN)/python -m tools.case_gobl
	@$(BIN)/python -m tools.case_verification

laws: .venv/installed-dev ## Try each law of the books on 100,000 generated cases against the oracle (CASES=10000 for fewer; half an hour).
	@CLEANBILL_LAW_CASES=$${CASES:-100000} CLEANBILL_RECURRING_TERMS=$${CLEANBILL_RECURRING_TERMS:-2000} $(BIN)/python -m pytest tests/laws tests/oracle -n 2 --dist worksteal --durations=15

storm: .venv/installed-dev ## Kill, interrupt and crowd what writes the books; nothing may be lost or happen twice (half an hour).
	@$(BIN)/python -m tools.storm $(STORM)

queue: .venv/installed-dev ## Clear 200 findings in a browser with at most three keystrokes each, as a specialist would.
	@CLEANBILL_FINDINGS=$${FINDINGS:-200} $(BIN)/python -m pytest -n 0 tests/browser/test_queue.py -k many_findings

docs: .venv/installed-dev ## Write the generated pages of docs/ and the catalogues of translations anew.
	@$(BIN)/python -m tools.docs_findings
	@$(BIN)/python -m tools.docs_cli
	@$(BIN)/python -m tools.docs_regimes
	@$(BIN)/python -m tools.words

lock: .venv/installed-dev ## Bring the lock files up to date with pyproject.toml (UPGRADE=--upgrade for newer versions).
	@$(LOCK) $(UPGRADE) --group build -o requirements.lock
	@$(LOCK) $(UPGRADE) --group dev -c requirements.lock -o requirements-dev.lock

clean: ## Remove everything that these targets made, .venv and demo/ too.
	@rm -rf .venv build demo src/*.egg-info .hypothesis .*_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The parts of `test` and `check`.
.PHONY: style types floors pages
style: .venv/installed-dev
	$(call quietly,style,$(BIN)/ruff check . && $(BIN)/ruff format --check .)

types: .venv/installed-dev
	$(call quietly,types,$(BIN)/mypy)

floors: .venv/installed-dev
	$(call quietly,floors,$(BIN)/lint-imports)

pages: .venv/installed-dev
	$(call quietly,pages,$(BIN)/python -m tools.docs_findings --check && $(BIN)/python -m tools.docs_cli --check && $(BIN)/python -m tools.docs_regimes --check && $(BIN)/python -m tools.words --check)

# The environment: made once, renewed when a lock file or pyproject.toml changes.
.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Cleanbill needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

.venv/installed: requirements.lock pyproject.toml | .venv/bin/python
	@echo "Installing what Cleanbill needs into .venv; once, about a minute …"
	@$(LOCKED) -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/installed-dev: requirements.lock requirements-dev.lock pyproject.toml | .venv/bin/python
	@echo "Installing what the tests need into .venv; once, about a minute …"
	@$(LOCKED) -r requirements-dev.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch .venv/installed $@
