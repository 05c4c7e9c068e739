# Every target is idempotent. `make` alone lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
LOCK := requirements.lock

.PHONY: help setup system elasticsearch redis pywb demo test check format lint types contracts benchmark \
	corpus train deep evaluate package lock serve clean stop settings-table

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  \033[1m%-14s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.installed: $(LOCK) pyproject.toml
	@test -n "$(PYTHON)" || { echo "setup: no Python 3.11 or newer found; install one, or name it: make setup PYTHON=/path/to/python"; exit 2; }
	@echo "setup: virtual environment with $(PYTHON) in $(VENV)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "setup: python's venv module is missing (Debian: apt-get install python3-venv)"; exit 2; }
	@echo "setup: $$(grep -c '==' $(LOCK)) pinned packages (a first run takes a few minutes)"
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --progress-bar on --require-hashes -r $(LOCK)
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps -e .
	@touch $@

setup: $(VENV)/.installed ## virtual environment with everything pinned, and .venv/bin/xiansuo
	@bash scripts/system.sh

system: ## Debian packages for pictures and queues: chromium, redis-server, fonts-noto-cjk
	@bash scripts/system.sh

elasticsearch: ## a real Elasticsearch for tests, on loopback, under .tools/
	@bash scripts/elasticsearch.sh start

redis: ## a real Redis for tests, on loopback
	@bash scripts/redis.sh start

pywb: ## pywb under .tools/, which replays a WACZ in tests
	@bash scripts/pywb.sh

stop: ## stop what `make elasticsearch` and `make redis` started
	@bash scripts/elasticsearch.sh stop; bash scripts/redis.sh stop

demo: setup ## scan bundled inputs, crawl a bundled site, print leads, write a report
	@$(BIN)/python -m console.demo

test: setup ## what CI runs: servers where the machine allows them, then every test
	@bash scripts/test.sh

check: setup format lint types contracts ## ruff, mypy strict, import contracts, tests
	@bash scripts/test.sh

format: setup
	@$(BIN)/ruff format --check .

lint: setup
	@$(BIN)/ruff check .

types: setup
	@$(BIN)/mypy

contracts: setup
	@$(BIN)/lint-imports

benchmark: setup ## measure speed and memory as ratios and write the table of the README
	@XIANSUO_WRITE_TABLE=1 $(BIN)/python -m pytest tests/benchmarks -m benchmark -p no:xdist -q -s --timeout=900

settings-table: setup ## write docs/settings.md from the settings' own descriptions
	@XIANSUO_WRITE_TABLE=1 $(BIN)/python -m pytest tests/console/test_docs.py -k settings_page -p no:xdist -q

corpus: setup ## rebuild the training corpus (CORPUS=folder of the labelled texts)
	@$(BIN)/python -m nlp.training.corpus $(CORPUS)

train: setup ## train the model from the corpus, and index the texts that --explain shows
	@$(BIN)/python -m nlp.training.train
	@$(BIN)/python -m nlp.training.cases

deep: setup ## train the head of the onnx tier (EMBEDDING=folder or hub id), after `make train`
	@$(BIN)/python -m nlp.training.deep $(EMBEDDING)

evaluate: setup ## measure the model
	@$(BIN)/python -m nlp.training.evaluate

package: setup ## build the wheel
	@$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

lock: setup ## write requirements.lock anew from pyproject.toml
	@$(BIN)/python -m uv pip compile pyproject.toml --extra dev --extra train --generate-hashes --universal \
	  --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-header --no-annotate -q -o $(LOCK)

serve: setup ## open the console
	@$(BIN)/xiansuo serve

clean: stop ## remove what was built, not what was found
	@rm -rf $(VENV) .tools demo-out dist build *.egg-info .pytest_cache .mypy_cache .ruff_cache
