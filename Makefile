# One line a target; `make help` lists them. Everything is set up in .venv with Python alone.
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help demo test check bench fmt lock clean

help: ## 列出可用命令 / list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

demo: .venv/installed ## 模拟城市:装载并打开 http://127.0.0.1:8000 / load the demo city and serve it
	$(BIN)/rorc demo $(ARGS)

test: .venv/installed-dev ## 全部测试 / run the tests
	@PYTHON=$(BIN)/python sh tests/browser.sh
	$(BIN)/python -m pytest $(ARGS)

check: .venv/installed-dev ## 静态检查 / ruff, mypy, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/installed-dev ## 性能对比 / speed and memory, side by side
	$(BIN)/python -m tests.benchmarks $(ARGS)

fmt: .venv/installed-dev ## 格式化 / format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: .venv/installed-dev ## 重新解析依赖 / resolve the requirements again
	$(BIN)/pip-compile $(LOCK) --output-file requirements.txt requirements.in
	$(BIN)/pip-compile $(LOCK) --allow-unsafe --output-file requirements-dev.txt requirements-dev.in
LOCK := --quiet --generate-hashes --strip-extras --no-emit-index-url --no-emit-trusted-host --no-header

clean: ## 删除虚拟环境与演示数据 / remove the environment and the demo data
	rm -rf .venv var

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Python >= 3.11 is needed, this is %d.%d" % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv

.venv/installed: requirements.txt pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@
