# crosslook. 'make' alone lists what there is.
# Every target makes .venv first when it is missing or requirements.lock has changed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PROFILE ?= demo
PORT ?= 5000

export DVC_NO_ANALYTICS := true
export MLFLOW_DISABLE_TELEMETRY := true
export DO_NOT_TRACK := true
export GDAL_PAM_ENABLED := NO
# Threads that wait asleep: spinning ones double the time when the machine has other work.
export OMP_WAIT_POLICY := PASSIVE
export PATH := $(abspath $(BIN)):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help repro test test-slow check ui promote profile data study-seeds study-classifier

help: ## list the targets
	@echo "crosslook: labelled optical imagery in, detectors for SAR out."
	@echo
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

repro: $(READY) data ## run every stage that is not up to date, then print the table
	@echo "repro: running the stages of dvc.yaml that are not up to date"
	@dvc repro
	@crosslook table
	@echo "repro: tables and pictures of this run are in build/report/report.html"

test: $(READY) ## run the fast tests (no network, no GPU needed)
	@OMP_NUM_THREADS=1 python -m pytest -n 2

test-slow: $(READY) ## run the tests that take minutes
	@OMP_NUM_THREADS=1 python -m pytest -m slow --durations=0

check: $(READY) ## run the linters: ruff, mypy, import-linter
	@ruff check .
	@ruff format --check .
	@mypy
	@lint-imports

ui: $(READY) ## open MLflow on 127.0.0.1 (PORT=5000)
	@crosslook track --quiet
	@echo "MLflow: http://127.0.0.1:$(PORT)/#/experiments?workflowType=machine_learning (Ctrl-C ends it)"
	@MLFLOW_BACKEND_STORE_URI=sqlite:///mlruns/mlflow.db \
	 MLFLOW_ARTIFACTS_DESTINATION=mlruns/artifacts \
	 mlflow ui --host 127.0.0.1 --port $(PORT) --workers 1

promote: $(READY) ## register what is best on dev: crosslook@champion, crosslook-landcover@champion
	@crosslook promote

study-seeds: $(READY) ## the whole pipeline for seeds 1, 2, 3 (over an hour), one table
	@crosslook study_seeds --output .work/study_seeds.md

study-classifier: $(READY) data ## all land-cover configurations, three seeds, sizes (over an hour)
	@crosslook study_classifier

profile: $(READY) ## PROFILE=demo|own|vessels|paper|snow: copy that profile over params.yaml
	@grep -qs '^translations:' params/$(PROFILE).yaml || \
	 { echo "no profile params/$(PROFILE).yaml; there is: $$(cd params && grep -l '^translations:' *.yaml | sed 's/.yaml//' | xargs)"; exit 1; }
	@cp params/$(PROFILE).yaml params.yaml
	@echo "params.yaml is now the profile '$(PROFILE)'; 'make repro' runs it"

data: $(READY) ## fetch data/ from the DVC remote, or simulate it
	@crosslook data

$(READY): requirements.lock pyproject.toml
	@echo "set-up: making $(VENV) from requirements.lock (a few minutes on a slow line, once)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	 { echo "crosslook needs Python 3.11 or newer, '$(PYTHON)' is $$($(PYTHON) -V); set PYTHON=..."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q src
	@touch $(READY)
	@echo "set-up: done"
