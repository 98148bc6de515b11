# make help lists what there is.
PYTHON ?= python3
BIN    := .venv/bin
ENV    := .venv/.installed
UV     := $(BIN)/uv pip install --python $(BIN)/python --compile-bytecode --constraint constraints.txt
# One torch thread a process, processes side by side: faster and steadier than the reverse.
export OMP_NUM_THREADS := 1
export JUPYTER_PLATFORM_DIRS := 1

.PHONY: help book test lint format record serve pins clean

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 18

book: chapters  ## set everything up, build the book, say where it is
	@$(BIN)/jupyter-book build . -W -n --keep-going -q || { rm -rf _build/.doctrees; exit 1; }
	@echo "The book is ready: file://$(CURDIR)/_build/html/index.html"

test: lint book  ## set everything up, prove everything
	$(BIN)/pytest tests

# Runs what has changed since it last passed; the book takes the outputs from the cache.
.PHONY: chapters
chapters: $(ENV)
	@$(BIN)/pytest -q --nbval-lax --nbval-current-env -n auto --dist loadfile chapters

lint: $(ENV)  ## style of the code, in files and in chapters
	$(BIN)/ruff check
	$(BIN)/ruff format --check

clean:  ## forget what was built and run; keeps the environment
	rm -rf _build

$(ENV): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 or newer is needed, and '$(PYTHON)' is not: make PYTHON=/path/to/python3.12"; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "Python's venv is missing: apt install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt uv
	@# The CPU or CUDA build that fits this machine, from PyTorch's own index; PyPI's where that is out of reach.
	@if UV_HTTP_RETRIES=0 UV_HTTP_TIMEOUT=10 $(UV) -q --dry-run --torch-backend=auto torch torchvision 2>/dev/null; \
	  then backend=--torch-backend=auto; fi; \
	  $(UV) $$backend --editable '.[book,test,serve]'
	@touch $@
