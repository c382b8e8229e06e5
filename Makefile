# Everything runs in a private environment below .venv, made on first use. Each target installs only
# what it needs, and a second call installs nothing.

VENV := .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.installed-run
DEV := $(VENV)/.installed-dev

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export SAM_CLI_TELEMETRY := 0
export SEEDS FROM SEED

.DEFAULT_GOAL := help
.PHONY: help run test lint format simulate bench cost soak load build pictures deploy clean

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

run: $(RUN) ## Run leadwheel on this machine, with a demo; Ctrl-C stops it
	@exec $(BIN)/leadwheel up

test: $(DEV) ## Run all tests
	@$(BIN)/python -m pytest --numprocesses 3 --dist loadfile

lint: $(DEV) ## Check style, types and the template
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/mypy
	@$(BIN)/cfn-lint template.yaml
	@AWS_DEFAULT_REGION=us-east-1 $(BIN)/sam validate --lint

format: $(DEV) ## Put the code into shape
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

simulate: $(DEV) ## Play hostile days: SEEDS=10000, or SEED=7 to read one
	@PYTHONHASHSEED=0 $(BIN)/python -m tests.simulation

bench: $(DEV) ## Measure throughput and latency on this machine
	@$(BIN)/python -m tests.bench

cost: $(DEV) ## Count what a lead costs, and put it into the docs
	@$(BIN)/python -m tests.bench.bill

# SOAK_MINUTES, SOAK_SEED and SOAK_RATE (sendings a minute) change the day.
soak: $(DEV) ## Drive a day of leads in 20 minutes, with kills; check every promise
	@$(BIN)/python -m tests.soak soak

load: $(DEV) ## Send at rising rates until this machine keeps up no longer
	@$(BIN)/python -m tests.soak load

# sam looks for make and python3 on the PATH: ours come first.
build: $(DEV) ## Build the functions for AWS
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/sam build
	@$(BIN)/python -m infra.build.check .aws-sam/build

pictures: $(DEV) ## Take pictures of mails and pages for the docs; needs a Chromium
	@$(BIN)/python -m infra.build.pictures

# PARAMETERS="SenderAddress=leads@example.com …": needed the first time, kept afterwards.
deploy: build ## Deploy to the AWS account of your credentials
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/sam deploy \
	  $(if $(PARAMETERS),--parameter-overrides $(PARAMETERS))

clean: ## Remove the environment and everything built
	@rm -rf $(VENV) .aws-sam .leadwheel*/ build dist *.egg-info
	@rm -rf .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ── The environment ───────────────────────────────────────────────────────────────────────────────

$(RUN): pyproject.toml $(BIN)/python
	@echo "leadwheel: installing what it runs with (once; about half a minute)"
	@$(BIN)/python -m pip install --quiet --editable '.[local]'
	@touch $@

$(DEV): pyproject.toml $(BIN)/python
	@echo "leadwheel: installing what tests and checks need (once; about a minute)"
	@$(BIN)/python -m pip install --quiet --editable '.[local,dev]'
	@touch $@ $(RUN)

# Any Python that is new enough will do; `make PYTHON=/path/to/python run` chooses one. Debian ships
# Python without what a private environment needs, hence the import of ensurepip.
$(BIN)/python:
	@for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
	  if $$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
	      2>/dev/null; then \
	    exec $$python -m venv --clear $(VENV); \
	  fi; \
	done; \
	echo "leadwheel needs Python 3.11 or newer with venv; on Debian: apt install python3-venv" >&2; \
	exit 1
