# `make` lists the commands. Each sets up what it needs: Python 3.11+, make and git are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
lang ?=
text ?=
name ?=
quick ?=
rasa ?=

.PHONY: help run test prove endure check fix say quality calibrate vectors eight-bits languages bench words migration constraints

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## (.*)/  make \1|\2/' | column -t -s '|'

run: $(READY) ## start everything on http://127.0.0.1:8080/ (database in ./var)
	@$(BIN)/brobygger run

test: $(READY) ## all tests that are quick, on SQLite and PostgreSQL; the house rules are in check
	$(BIN)/python -m pytest -n 2 -m "not slow" --ignore tests/house_rules

prove: $(READY) ## the slow proofs: processes that are killed, quality against its floors
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "slow and not alone and not long"
	$(BIN)/python -m pytest -m "slow and alone and not long"
	$(BIN)/python -m benchmarks.quality --check

endure: $(READY) ## the proofs that take minutes each: thousands at once, a million rows moved; then half an hour of soak
	$(BIN)/python -m pytest -m long
	$(BIN)/python -m benchmarks.soak

check: $(READY) ## style, types, import contracts, known holes in dependencies, catalogues, library
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/brobygger content check content/library
	@$(BIN)/python -m tests.audit
	@$(BIN)/python -m pytest -q tests/house_rules

fix: $(READY) ## mend what can be mended by a machine
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

say: $(READY) ## what the bot would answer, and why: make say lang=uk text="..."
	@$(BIN)/brobygger say $(if $(lang),--lang $(lang)) "$(text)"

quality: $(READY) ## how well questions are understood, per language
	$(BIN)/python -m benchmarks.quality --check
	$(BIN)/python -m benchmarks.clinc
	$(BIN)/python -m benchmarks.third_party

calibrate: $(READY) ## fit certainty and thresholds on the development questions
	$(BIN)/python -m benchmarks.calibrate

vectors: $(READY) ## work out the sentence vectors that come with the starter library
	$(BIN)/python -m benchmarks.vectors

eight-bits: $(READY) ## write the sentence encoder in whole numbers anew, from the package's weights
	$(BIN)/python -m benchmarks.eight_bits

languages: $(READY) ## learn to tell the languages apart from library and catalogues, and measure it
	$(BIN)/python -m benchmarks.languages --learn

bench: $(READY) ## how fast, as tables; rougher within three minutes: make bench quick=1
	$(BIN)/python -m benchmarks.load $(if $(quick),--quick --processes 1 2)
	@$(if $(quick),,$(BIN)/python -m benchmarks.delivery --recipients 20000 --seconds 30)
	@$(if $(quick),,$(BIN)/python -m benchmarks.speed $(if $(rasa),--rasa $(rasa)))

words: $(READY) ## collect the messages and bring all catalogues up to date
	@for room in bot editor; do \
		$(BIN)/pybabel -q extract -F $$room/babel.cfg -k t -k plural:1,2 -k theirs --no-wrap --sort-by-file --no-location \
			--project brobygger --version 1 -o $$room/locales/brobygger.pot . && \
		$(BIN)/pybabel -q update -i $$room/locales/brobygger.pot -d $$room/locales -D brobygger --no-wrap \
			--no-fuzzy-matching || exit 1; \
	done

migration: $(READY) ## a new migration from the models: make migration name="delivery lease"
	$(BIN)/python -m migrations.write "$(name)"

constraints: ## pin all dependencies anew, with hashes and without addresses
	$(BIN)/python -m pip install -q uv
	$(BIN)/uv pip compile pyproject.toml --extra dev --upgrade --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header -o constraints.txt

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Brobygger needs Python 3.11 or newer; say which with: make PYTHON=python3.11"; exit 1; }
	@echo "Setting up $(VENV) (once, about a minute) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on --require-hashes -r constraints.txt \
		| grep -vE '^(Requirement|  Using|  Downloading)' || true
	@$(BIN)/python -m pip install --disable-pip-version-check -q --no-deps --no-build-isolation -e .
	@touch $(READY)
