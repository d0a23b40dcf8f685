# Two commands for people: `make run` and `make test`. Each sets up what it needs and may be repeated at no cost.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export HF_HUB_DISABLE_TELEMETRY := 1

.PHONY: run test setup extension packages system system-tests lint check-python check-extension clean

run: setup extension system
	$(BIN)/altd demo

test: setup extension system system-tests lint check-extension check-python

setup: $(VENV)/.ready
# Unpacked for Chromium and Firefox; `make packages` makes the stores' files of them.
extension: extension/.output/chrome-mv3/manifest.json

packages: extension
	cd extension && npm run --silent package -- --check

# torch first and pinned: left to the resolver, it would be the newest CUDA build of several gigabytes.
$(VENV)/.ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "altd needs Python 3.11 or newer; name it with: make PYTHON=python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(grep '^torch==' constraints.txt)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch $@

extension/node_modules/.package-lock.json: extension/package.json extension/package-lock.json
	cd extension && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

extension/.output/chrome-mv3/manifest.json: extension/node_modules/.package-lock.json $(shell find extension/src extension/public -type f) extension/wxt.config.ts
	cd extension && npm run --silent build && npm run --silent build:firefox
	@touch $@

# The demo and the end-to-end tests drive a real Chromium.
system:
	@bash packaging/need-chromium

# Firefox and a screen reader: the tests that want them are skipped where they cannot be installed.
system-tests:
	@bash packaging/need-for-tests

lint: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

check-extension: extension
	cd extension && npm run --silent lint && npm run --silent typecheck && npm test --silent && npm run --silent lint:firefox && npm run --silent package -- --check

check-python: setup extension system system-tests
	$(BIN)/python -m pytest

clean:
	rm -rf $(VENV) extension/node_modules extension/.output extension/.wxt
