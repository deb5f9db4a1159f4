# make run    serve the worked example in config/
# make test   everything that must hold: format, lint, types (Linux and Windows), audit, tests
# make bench  measure: see benchmarks/
# make pictures, make release: see CONTRIBUTING.md

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed

.PHONY: run test lint types audit docs pictures release bench clean

run: $(INSTALLED)
	$(BIN)/errorhelp serve --config config/errorhelp.yaml

test: lint types audit
	tests/install-system-packages
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

lint: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-logo

types: $(INSTALLED)
	$(BIN)/mypy
	$(BIN)/mypy --platform win32

audit: $(INSTALLED)
	$(BIN)/python tests/audit-dependencies

docs: $(INSTALLED)
	$(BIN)/python docs/generate.py

pictures: $(INSTALLED)
	tests/install-system-packages
	$(BIN)/python docs/pictures.py

release: $(INSTALLED)
	$(BIN)/python deploy/release.py

# Each stands alone and says in its first lines what it measures; what it prints ends in a verdict.
bench: $(INSTALLED)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[bench]'
	$(BIN)/python -m benchmarks.starting
	$(BIN)/python -m benchmarks.request_rate
	$(BIN)/python -m benchmarks.tree_rate
	$(BIN)/python -m benchmarks.first_tree
	$(BIN)/python -m benchmarks.recovery
	$(BIN)/python -m benchmarks.launcher_rate
	$(BIN)/python -m benchmarks.lists
	$(BIN)/python -m benchmarks.scale
	$(BIN)/python -m benchmarks.nodes
	$(BIN)/python -m benchmarks.report_intake

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "errorhelp needs Python 3.11 or newer; name it: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv --clear .venv || { apt-get install -y python3-venv && $(PYTHON) -m venv --clear .venv; }
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis
