# make help lists what there is.
PYTHON ?= python3
# Which versions of PyTorch and the rest: those in constraints.txt, the oldest that pyproject.toml
# allows, or the newest there are. Each has an environment of its own: .venv, .venv-oldest, ...
VERSIONS ?= pinned
ifeq ($(filter pinned oldest newest,$(VERSIONS)),)
  $(error VERSIONS is pinned, oldest or newest, not '$(VERSIONS)': make test VERSIONS=oldest)
endif
VENV   := .venv$(patsubst %,-%,$(filter-out pinned,$(VERSIONS)))
BIN    := $(VENV)/bin
ENV    := $(VENV)/.installed
COLAB  := _build/colab/.installed
LIMITS_pinned := --constraint constraints.txt
LIMITS_oldest := --constraint $(VENV)/constraints.txt
LIMITS_newest := --upgrade
UV     := $(BIN)/uv pip install --python $(BIN)/python --compile-bytecode $(LIMITS_$(VERSIONS))
# What PyTorch's CUDA build brings along: not the same on every machine, so never pinned.
CUDA_PACKAGES := ^(nvidia|cuda|triton)
# One torch thread a process, processes side by side: faster and steadier than the reverse.
export OMP_NUM_THREADS := 1
export JUPYTER_PLATFORM_DIRS := 1
# Certificates of the system, as git uses them: networks that inspect traffic add their own there.
export UV_SYSTEM_CERTS := 1

# Fashion-MNIST, where somebody has put it beside the checkout: taken instead of downloaded.
IMAGES ?= ../shared/data/FashionMNIST
export COURSE_DATA ?= $(HOME)/.cache/pytorch-fundamentals

.PHONY: help book test notebooks launch bench exercises figures lint format record serve pins clean

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 26

book: chapters  ## set everything up, build the book, say where it is
	@# Sphinx repeats no warning about a page that it has read: after a build that did not
	@# end well, forget what it has read.
	@test -f _build/built || rm -rf _build/.doctrees
	@rm -f _build/built
	@$(BIN)/jupyter-book build . -W -n --keep-going -q > _build/book.log 2>&1 \
	  || { $(BIN)/python tests/report_build.py _build/book.log; exit 1; }
	@touch _build/built
	@echo "The book is ready: file://$(CURDIR)/_build/html/index.html"
	@$(BIN)/python _book/edition.py

test: lint book  ## set everything up, prove everything (VERSIONS=oldest or newest: on others)
	@$(BIN)/pytest -q -rs -n auto --dist load tests

notebooks: $(ENV)  ## write the branch for Colab and Binder to _build/notebooks
	@$(BIN)/python _book/notebooks.py _build/notebooks

launch: $(ENV) $(COLAB)  ## run every notebook alone, as Colab and Binder would: some minutes
	@$(BIN)/pytest -q -rs -n auto --dist load tests/launch.py

# Colab's Python where it is to be had (pyenv shows it under its name only if asked).
$(COLAB): tests/colab.txt | $(ENV)
	@echo "Setting up an environment with Colab's versions in _build/colab."
	@rm -rf $(@D); PYENV_VERSION=3.13 $(BIN)/uv venv --quiet --python 3.13 $(@D) 2>/dev/null \
	  || $(BIN)/uv venv --quiet --python $(BIN)/python $(@D)
	@install="$(BIN)/uv pip install --quiet --compile-bytecode --python $(@D) -r tests/colab.txt"; \
	  UV_HTTP_RETRIES=0 UV_HTTP_TIMEOUT=10 $$install --torch-backend=cpu 2>/dev/null || $$install
	@touch $@

bench: $(ENV)  ## time the training of chapter 11, five seeds, ten minutes on a quiet machine
	@$(BIN)/python tests/bench_images.py

# Runs what has changed since it last passed; the book takes the outputs from the cache.
.PHONY: chapters
chapters: $(ENV)
	@mkdir -p _build
	@raw="$(COURSE_DATA)/FashionMNIST/raw"; for file in "$(IMAGES)"/raw/*.gz; do \
	  new="$$raw/$${file##*/}"; test ! -f "$$file" || test -f "$$new" \
	    || { mkdir -p "$$raw" && cp "$$file" "$$new.copy" && mv "$$new.copy" "$$new"; } || exit 1; \
	done
	@# Fetched before the first run, if it can be had: images that appear later repeat all runs.
	@test -d _build/passed || $(BIN)/python -c \
	  'from helpers import images; images._load(images.data_folder(), True)' 2>/dev/null || true
	@$(BIN)/pytest -q -rs -n auto chapters solutions

record: $(ENV)  ## write what the chapters print to tests/expected, where it differs
	@$(BIN)/pytest -q -rs -n auto --record chapters solutions
	@git diff --stat -- tests/expected 2>/dev/null || true

exercises: $(ENV)  ## write exercises/ from solutions/
	@$(BIN)/python -c 'from helpers.checks.engine.pages import write_exercises; write_exercises()'

figures: $(ENV)  ## write the PNG of each SVG figure, for notebooks, where it differs; needs Chromium
	@$(BIN)/pytest -q --record tests/test_browser.py -k png_of_a_figure

lint: $(ENV)  ## style of the code, in files and in chapters; faults of the workflows
	@ok=0; $(BIN)/ruff check --quiet --output-format=concise || ok=1; \
	  $(BIN)/ruff format --quiet --check --output-format=concise || ok=1; \
	  $(BIN)/python tests/chapter_style.py || ok=1; \
	  for check in "check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml" \
	    "zizmor --offline --strict-collection --no-progress --quiet .github"; do \
	    test ! -d .github || said=$$($(BIN)/$$check 2>&1) || { echo "$$said"; ok=1; }; \
	  done; exit $$ok

format: $(ENV)  ## repair the style, in files and in chapters
	@$(BIN)/ruff check --quiet --fix
	@$(BIN)/ruff format --quiet
	@$(BIN)/python tests/chapter_style.py --fix

serve: $(ENV)  ## open the book in a browser, and rebuild it on every change
	@trap 'rm -f conf.py' EXIT INT TERM; $(BIN)/jupyter-book config sphinx . >/dev/null && \
	  PYTHONPATH=_book $(BIN)/sphinx-autobuild -d _build/serve/doctrees --port 0 --open-browser \
	  --ignore '*/_build/*' --ignore '*/.*' --ignore '*/conf.py' . _build/serve/html

pins: $(ENV)  ## take the newest versions that work together into constraints.txt
	@$(BIN)/uv pip compile --quiet --universal --upgrade --fork-strategy fewest --python-version 3.11 \
	  --all-extras --no-annotate --no-header pyproject.toml | grep -vE '$(CUDA_PACKAGES)' > _build/constraints.txt
	@mv _build/constraints.txt constraints.txt

# What CI does beside the proof: .github/workflows says when, CONTRIBUTING.md why.
.PHONY: changed links publish-notebooks report
changed: $(ENV)  ## list the pages that differ from the main branch (or BASE=...), with links
	@$(BIN)/python .ci/changed.py

links: $(ENV)  ## ask for every link to the web, and for what the launch buttons open
	@PYTHONPATH=_book $(BIN)/python .ci/links.py

publish-notebooks:  ## put _build/notebooks on the branch `notebooks` of the remote
	@$(PYTHON) .ci/publish.py

report:  ## open an issue about what broke in the weekly run; for its workflow only
	@$(PYTHON) .ci/report.py

clean:  ## forget what was built and run; keeps the environment
	rm -rf _build

ifeq ($(VERSIONS),newest)
.PHONY: $(ENV)  # what was the newest last week may not be so today
endif
$(ENV): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 or newer is needed, and '$(PYTHON)' is not: make PYTHON=/path/to/python3.12"; exit 1; }
	@echo "Setting up the environment in $(VENV) (downloads PyTorch the first time)."
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv is missing: apt install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt uv
ifeq ($(VERSIONS),oldest)
	@# The lower bounds of the course's own packages; of the pins, uv changes those that do not fit.
	@$(BIN)/uv pip compile --quiet --python $(BIN)/python --resolution lowest-direct --no-deps \
	  --no-annotate --no-header pyproject.toml > $(VENV)/bounds.txt
	@cp constraints.txt $(VENV)/fitting.txt
	@$(BIN)/uv pip compile --quiet --python $(BIN)/python --all-extras --no-annotate --no-header \
	  --constraint $(VENV)/bounds.txt pyproject.toml --output-file $(VENV)/fitting.txt
	@grep -vE '$(CUDA_PACKAGES)' $(VENV)/fitting.txt > $(VENV)/constraints.txt
endif
	@# The CPU or CUDA build that fits this machine, from PyTorch's own index; PyPI's build where
	@# that index is out of reach. (Without --reinstall an installed torch would be answer enough.)
	@if UV_HTTP_RETRIES=0 UV_HTTP_TIMEOUT=10 $(UV) --quiet --dry-run --reinstall --torch-backend=auto \
	    torch torchvision 2>/dev/null; then backend=--torch-backend=auto; fi; \
	  $(UV) --quiet $$backend --editable '.[book,test,serve]'
	@touch $@
