# The two commands a newcomer needs: `make demo` and `make test`.
# Anything for the program goes in ARGS: make demo ARGS="--port 8060 --components 20000"

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# A failed install leaves no stamp behind, so that the next make tries again.
STAMP := $(VENV)/.installed
TEST_STAMP := $(VENV)/.installed-test
ARGS ?=

.PHONY: demo install test check format bench translate clean

demo: $(STAMP)
	$(BIN)/onemap demo $(ARGS)

install: $(STAMP)

test: $(TEST_STAMP)
	deploy/system-packages
	$(BIN)/python -m pytest $(ARGS)

check: $(TEST_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(TEST_STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(TEST_STAMP)
	deploy/system-packages
	$(BIN)/python -m bench $(ARGS)

# Collects the texts of code into app/locale; what is new there wants its translation.
translate: $(TEST_STAMP)
	$(BIN)/python -m app.i18n update

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "onemap needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version). Use: make PYTHON=python3.12 …"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(STAMP): pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing onemap and what it needs into $(VENV); the first time takes a minute or two."
	$(BIN)/pip install --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(TEST_STAMP): $(STAMP)
	$(BIN)/pip install --disable-pip-version-check -c constraints.txt -e '.[test,check]'
	@touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache test-artifacts
