# Tasks of the project; `make` alone lists them. The only need is Python 3.11 or 3.12. The tests also use
# Debian's chromium and tesseract (installed by `make setup-system` where apt-get is at hand).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HOST ?= 127.0.0.1
PORT ?= 8000
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Everything runs offline once installed; no library may look for models on a hub.
export HF_HUB_OFFLINE := 1
export TRANSFORMERS_OFFLINE := 1
export TOKENIZERS_PARALLELISM := false

.PHONY: help setup setup-dev setup-system index serve test check eval format bench fuzz clean
.DEFAULT_GOAL := help

help: ## List the tasks
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install -q -c constraints.txt -e .
	touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(VENV)/.installed
	$(BIN)/python -m pip install -q -c constraints.txt -e '.[dev]'
	touch $(VENV)/.installed $@

setup: $(VENV)/.installed ## Create the virtual environment with the `kb` command

setup-dev: $(VENV)/.installed-dev ## The same with the tools for development

setup-system: ## Install Chromium (browser tests) and Tesseract (scans) where missing (Debian, root)
	@if ! command -v chromedriver >/dev/null 2>&1 || ! tesseract --list-langs 2>/dev/null | grep -qx vie; then \
	  if command -v apt-get >/dev/null 2>&1 && [ "$$(id -u)" = 0 ]; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	      chromium chromium-driver fonts-noto-core tesseract-ocr tesseract-ocr-vie >/dev/null; \
	  else echo "missing: chromium and chromium-driver (browser tests), tesseract-ocr-vie (scans)" >&2; fi; \
	fi

index: setup ## Index the starter corpus: only what changed; builds the model the first time
	@$(BIN)/kb ingest corpus --recursive

serve: index ## Install, build, index and serve on http://127.0.0.1:8000
	$(BIN)/kb serve --host $(HOST) --port $(PORT)

check: setup-dev ## Lint, types, import directions
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: setup-dev setup-system ## Set up and run the whole test suite
	$(BIN)/python -m pytest

eval: setup ## Measure search, answers, cleaning and extraction; fail if they got worse
	KB_EMBEDDER__PRECISION=f32 $(BIN)/kb eval gate --dataset eval/topics/casebook-dev --corpus corpus
	$(BIN)/kb eval cleaning
	$(BIN)/kb eval extraction --split test --no-errors

format: setup-dev ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup-dev ## Compare speed and memory with LangChain in one run (about 20 minutes)
	$(BIN)/python -m eval.bench

SECONDS ?= 60
fuzz: setup-dev ## Fuzz the readers of all formats, SECONDS=60 each (findings in build/fuzz)
	$(BIN)/python -m tests.fuzz.run --seconds $(SECONDS)

clean: ## Remove caches; keeps data and the virtual environment
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage build *.egg-info
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
