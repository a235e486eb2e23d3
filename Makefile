# Two commands are enough: `make run` and `make test`. `make help` lists the others.
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help run setup setup-dev admin manage test test-postgresql check openapi api-docs test-api-fuzz test-upload-fuzz test-faults test-two-hosts load test-owasp clean

PYTHON_BIN := .venv/bin/python
SCRIPTS := bin/run bin/setup bin/with-env .ci/run
# The settings of a public server, for Django's deployment checks.
DEPLOYED := EASEL_HTTPS=1 EASEL_ALLOWED_HOSTS=easel.example.org

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Start Easel on http://127.0.0.1:8000 (another port: PORT=8123 make run); Ctrl-C stops it
	@bin/with-env bin/run

setup: ## Make .venv and install what running needs (make run does it by itself)
	@bin/setup

setup-dev:
	@bin/setup dev

admin: setup ## Create an administrator, who may add styles at /admin/
	@bin/with-env $(PYTHON_BIN) bin/prepare.py
	@bin/with-env $(PYTHON_BIN) manage.py createsuperuser

manage: setup ## Run a management command with the settings of .env: make manage ARGS="help"
	@bin/with-env $(PYTHON_BIN) manage.py $(ARGS)

test: setup-dev ## Run every test, as many at a time as there are cores (some of them: make test ARGS="-k gallery")
	@[ -n "$$CHROMIUM" ] || command -v chromium >/dev/null || command -v chromium-browser >/dev/null || \
		command -v google-chrome >/dev/null || \
		echo "No Chromium here, which the browser test needs: sudo apt install chromium, or name one with CHROMIUM=PATH"
	@$(PYTHON_BIN) -m pytest --numprocesses=auto --maxprocesses=8 --dist=worksteal $(ARGS)

test-postgresql: setup-dev ## Run the web application's tests once more, on a PostgreSQL and a Redis that are started for it
	@$(PYTHON_BIN) -m nstsite.tests.on_postgresql $(ARGS)

# Whatever loads the settings here, mypy's plugin too, keeps away from the real database and key.
check openapi: export EASEL_DATA_DIR := .venv/check
check openapi: export DATABASE_URL :=
check: setup-dev ## Check style, types, templates, migrations and deployment settings
	$(PYTHON_BIN) -m ruff check .
	$(PYTHON_BIN) -m ruff format --check .
	$(PYTHON_BIN) -m mypy .
	$(PYTHON_BIN) -m djlint templates --lint --quiet
	.venv/bin/hadolint Dockerfile
	$(PYTHON_BIN) manage.py makemigrations --check --dry-run
	$(PYTHON_BIN) bin/audit.py
	$(DEPLOYED) $(PYTHON_BIN) manage.py check --deploy --fail-level WARNING
	@for script in $(SCRIPTS); do bash -n $$script || exit 1; done
	@! command -v shellcheck >/dev/null || shellcheck $(SCRIPTS)

openapi: setup-dev ## Write docs/openapi.yaml anew, after the API has changed
	$(PYTHON_BIN) manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml

api-docs: setup-dev ## Write the access matrix in docs/api.md anew, after rows of test_access.py have changed
	$(PYTHON_BIN) -m nstsite.tests.api_matrix

test-api-fuzz: setup-dev ## Ask the API everything its description allows and forbids, as member and as staff (half an hour at most)
	@FUZZ=full $(PYTHON_BIN) -m pytest nstsite/tests/live/test_api_fuzz.py --timeout=3600 $(ARGS)

test-upload-fuzz: setup-dev ## Send thousands of damaged photos and hundreds of damaged checkpoints (half an hour at most; SEED=, FAILURES=)
	@FUZZ=full $(PYTHON_BIN) -m pytest nstsite/tests/live/test_upload_fuzz.py --timeout=3600 --capture=no $(ARGS)

load: setup-dev ## Let 200 people look around and 20 paint for five minutes, and tell what it does (LOAD_SECONDS=, LOAD_USERS=)
	@$(PYTHON_BIN) -m load.run

test-faults: setup-dev ## Let everything fail, twenty times each, and print what became of the jobs (FAULT_TRIES=3 FAULT_ROWS=disk,web)
	@FAULTS=full $(PYTHON_BIN) -m pytest nstsite/tests/live/faults/test_fault_matrix.py -q $(ARGS)

test-two-hosts: setup-dev ## Let two worker hosts, one of which is killed again and again, paint 1,000 photos of 20 people
	@TWO_HOSTS=full $(PYTHON_BIN) -m pytest nstsite/tests/live/test_two_hosts.py --capture=no $(ARGS)

test-owasp: setup-dev ## Look for holes in a site behind nginx, as somebody from outside does; prints a table (a minute)
	@$(PYTHON_BIN) -m pytest nstsite/tests/live/test_owasp.py -p no:randomly $(ARGS)

clean: ## Remove .venv, caches and collected static files; database, media and key stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache staticfiles
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
