# `make run` opens the dashboard; `make test` checks everything; `make clean` removes what these two made.

PORT ?= 8501
DATA ?=
JOBS ?= 2
TESTS ?=
PYTHON ?= $(shell for name in python3.11 python3.12 python3 python; do \
	"$$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null && echo "$$name" && break; done)

VENV := .venv
PY := $(VENV)/bin/python

.PHONY: run test clean

run: $(VENV)/.ready
	@exec $(PY) -m app.cli app --port $(PORT) $(if $(strip $(DATA)),--data "$(DATA)")

test: $(VENV)/.ready-dev
	$(PY) -m ruff check .
	$(PY) -m mypy
	OMP_NUM_THREADS=1 $(PY) -m pytest -n $(JOBS) --dist loadfile $(TESTS)

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .pytest_cache .ruff_cache
	find app core pages tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.ready: requirements.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Second Look needs Python 3.11 or 3.12, and none was found. Install one, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; exit 2; }
	@echo "Setting up $(VENV); the first time this downloads about 3 GB and takes some minutes."
	"$(PYTHON)" -m venv $(VENV)
	$(PY) -m pip install --disable-pip-version-check -r requirements.txt
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready requirements-dev.txt requirements-render.txt
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
