# The tasks are in tools/dev.py, so that Windows runs the same ones without make.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.10 python3 python; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(not (3,10) <= sys.version_info[:2] <= (3,12))' 2>/dev/null && echo $$p && break; done)

.PHONY: demo test lint setup clean require-python

demo test lint setup: require-python
	@$(PYTHON) tools/dev.py $@ $(ARGS)

clean:
	rm -rf .venv .pytest_cache .ruff_cache .benchmarks build dist

require-python:
	@test -n "$(PYTHON)" || { echo "error: no Python 3.10-3.12 found; install Python 3.11 or set PYTHON=/path/to/python"; exit 1; }
