# make run         serve the worked example in config/ (after a clone about half a minute to the first answer)
# make quick       format, lint, types, and the tests that start no process and open no socket (a minute)
# make test        all that must hold: quick's, the audit, and the tests with nginx, PostgreSQL, Chromium (twelve minutes)
# make test-more   the tests that take longer or need more: Apache, Firefox and WebKit, crashes again and again (ten
#                  minutes)
# make test-aiohttp  the public listener with the oldest and the newest aiohttp that it may be installed with
# make bench       measure, in some nine minutes; make bench-long, what takes longer: see benchmarks/
# make pictures, make release: see CONTRIBUTING.md
#
# The first one of quick, test and test-more also installs what they need, which takes a minute or two.
# What puts a test into its tier is in tests/tiers.py.

PYTHON ?= python3
BIN := .venv/bin
RUNNABLE := .venv/.runnable
INSTALLED := .venv/.installed
# What is not compiled yet is when it is first imported, which is sooner than all of it at once.
INSTALL := $(BIN)/python -m pip install --quiet --no-input --disable-pip-version-check --no-compile --constraint constraints.txt
PYTEST := $(BIN)/python -m pytest --numprocesses auto --dist worksteal

.PHONY: run quick test test-more lint types types-for-windows audit docs pictures release bench bench-long clean

run: $(RUNNABLE)
	$(BIN)/errorhelp serve --config config/errorhelp.yaml

quick: lint types
	$(PYTEST) -m "not integration and not more"

test: lint types audit
	tests/install-system-packages
	$(PYTEST) -m "not more"

test-more: types-for-windows
	tests/install-system-packages more
	$(PYTEST) -m "more and not engine"
	$(BIN)/python -m pytest -m engine
	$(BIN)/python tests/with-aiohttp

.PHONY: test-aiohttp
test-aiohttp: $(INSTALLED)
	$(BIN)/python tests/with-aiohttp

lint: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-logo

# Each platform has a cache of its own, or each run would throw away the other's.
types: $(INSTALLED)
	$(BIN)/mypy

types-for-windows: $(INSTALLED)
	$(BIN)/mypy --platform win32 --cache-dir .mypy_cache/win32

audit: $(INSTALLED)
	$(BIN)/python tests/audit-dependencies

docs: $(INSTALLED)
	$(BIN)/python docs/generate.py

pictures: $(INSTALLED)
	tests/install-system-packages
	$(BIN)/python docs/pictures.py

release: $(INSTALLED)
	$(BIN)/python deploy/release.py

# Each program stands alone and says in its first lines what it measures; what all found is kept for make docs.
bench: $(INSTALLED)
	$(INSTALL) --editable '.[bench]'
	$(BIN)/python -m benchmarks.table short

bench-long: $(INSTALLED)
	$(INSTALL) --editable '.[bench]'
	$(BIN)/python -m benchmarks.table long

$(RUNNABLE): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "errorhelp needs Python 3.11 or newer; name it: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "Installing errorhelp and what it runs with into .venv; that takes about 20 seconds."
	@$(PYTHON) -m venv --clear .venv || { apt-get install -y python3-venv && $(PYTHON) -m venv --clear .venv; }
	@$(INSTALL) --editable .
	@touch $@

$(INSTALLED): $(RUNNABLE)
	@echo "Installing what the tests need into .venv; that takes a minute or two."
	@$(INSTALL) --editable '.[dev]'
	@touch $@

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis
