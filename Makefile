# `make` alone lists what there is.

PYTHON ?= python3
IN_VENV = .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help up down reset admin tools test lint format lock test-isolated compose-test secrets bench-gateway bench-orders bench-catalogue bench-logins bench-pages lighthouse messages prove planted attack icons pictures screenshots style-reference

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

up: ## install what is missing, start everything and say where to click
	@$(PYTHON) deploy/local/bootstrap.py up

down: ## stop what make up started
	@$(PYTHON) deploy/local/bootstrap.py down

reset: ## stop and delete all data, after asking; YES=1 does not ask
	@YES=$(YES) $(PYTHON) deploy/local/bootstrap.py reset

admin: ## make somebody administrator of the running shop; EMAIL=you@example.org
	@$(PYTHON) deploy/local/bootstrap.py admin $(if $(EMAIL),'$(EMAIL)')

tools: # the virtual environment with everything that the checks need
	@$(PYTHON) deploy/local/bootstrap.py --dev

test: tools ## run every check and test; STEPS="ruff mypy" runs those alone; ALONE=1 as test-isolated does
	@ALONE=$(ALONE) $(IN_VENV) scripts/check.py

lint: tools ## run only the checks that read the code
	@$(IN_VENV) scripts/check.py ruff format mypy imports locks settings states templates messages

prove: tools ## kill, freeze and cut a whole shop by a seed, and check its orders and stock; SECONDS=60 SEED=7 FOCUS=keys
	@$(IN_VENV) -m proof $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SEED),--seed $(SEED)) $(if $(FOCUS),--focus $(FOCUS))

attack: tools ## try on a whole shop what must not be possible; ONLY=tokens,wire QUICK=1 (docs/security.md)
	@$(IN_VENV) -m attack $(if $(ONLY),--only $(ONLY)) $(if $(QUICK),--quick)

planted: tools ## plant bugs into copies of the services and see that the proof finds each; SHORT=1 takes two minutes
	@$(IN_VENV) -m proof.planted $(if $(SHORT),--short)

test-isolated: tools ## show that each service installs, migrates, starts and passes its tests alone
	@$(IN_VENV) scripts/isolation.py

format: tools ## format the code and mend what ruff can mend
	@.venv/bin/ruff format . && .venv/bin/ruff check --fix .

lock: tools ## write the locks again after a change of dependencies; UPGRADE=1 takes new versions
	@$(IN_VENV) scripts/lock.py $(if $(UPGRADE),--upgrade)

bench-gateway: tools ## measure the gateway's throughput beside nginx's (needs wrk, and nginx for the comparison)
	@$(IN_VENV) benchmarks/gateway_throughput.py

bench-orders: tools ## measure orders a second beside what PostgreSQL alone does (needs wrk); QUICK=1, SECONDS=5
	@$(IN_VENV) benchmarks/order_throughput.py $(if $(QUICK),--quick) $(if $(SECONDS),--seconds $(SECONDS))

bench-catalogue: tools ## measure a million books beside what PostgreSQL alone does (needs wrk); BOOKS=100000, QUICK=1, SECONDS=2
	@$(IN_VENV) benchmarks/catalogue_speed.py $(if $(BOOKS),--books $(BOOKS)) $(if $(QUICK),--quick) $(if $(SECONDS),--seconds $(SECONDS))

bench-logins: tools ## measure sign-ins a second beside what argon2 alone does (needs wrk); SECONDS=5
	@$(IN_VENV) benchmarks/login_rate.py $(if $(SECONDS),--seconds $(SECONDS))

bench-pages: tools ## measure what pages cost beside rendering their templates alone (needs wrk); BOOKS=100000, QUICK=1, SECONDS=5
	@$(IN_VENV) benchmarks/pages_speed.py $(if $(BOOKS),--books $(BOOKS)) $(if $(QUICK),--quick) $(if $(SECONDS),--seconds $(SECONDS))

lighthouse: tools ## let Lighthouse look at the pages of a whole shop, mobile and desktop (needs node and Chromium); ONLY=cart BUSY=1
	@cd e2e-tests && PYTHONPATH=.. ../$(IN_VENV) lighthouse_scores.py $(if $(ONLY),--only "$(ONLY)") $(if $(BUSY),--busy)

icons: tools ## draw the icons, and make the fonts of pictures, from the mark and the fonts of the pages
	@$(IN_VENV) scripts/pictures.py

messages: tools ## write new texts of the code into the catalogues of translations, and say which lack one
	@$(IN_VENV) scripts/messages.py

pictures: tools ## take pictures of every page, light and dark, phone and desk, into var/pictures; takes a quarter of an hour
	@PICTURES=$(CURDIR)/var/pictures $(IN_VENV) scripts/check.py e2e-pages

screenshots: tools ## make the README's pictures in docs/images from a shop of their own
	@cd e2e-tests && PYTHONPATH=.. ../$(IN_VENV) readme_pictures.py

style-reference: tools ## keep how everything on the style page looks now, after a change of looks that is meant so
	@STYLE_REFERENCE=write $(IN_VENV) -m pytest -q e2e-tests/test_style_page.py

secrets: ## write .env with fresh secrets for docker-compose, or add those that it lacks
	@$(PYTHON) scripts/generate_secrets.py

compose-test: ## build the containers and go through the whole flow against them
	@$(PYTHON) scripts/compose_test.py
