# Everything that a person or CI runs. Each target does its own set-up.
NPM_INSTALLED := node_modules/.package-lock.json
NODE := node_modules/.bin/node

# Alone, make says what there is: nothing big begins by accident.
.DEFAULT_GOAL := help
.PHONY: help demo demo-down test check lab-tools bench screenshots binary release

## What each target does.
help:
	@awk '/^## /{said = substr($$0, 4)} /^[a-z-]+:/{if (said != "") printf "  make %-10s  %s\n", substr($$1, 1, length($$1) - 1), said; said = ""}' Makefile

$(NPM_INSTALLED): package.json package-lock.json lab/package.json ui/package.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

## Two real clusters, one mesh, verified traffic.
demo: $(NPM_INSTALLED)
	@$(NODE) scripts/demo.ts up

## Takes the demo's clusters down again.
demo-down: $(NPM_INSTALLED)
	@$(NODE) scripts/demo.ts down

## Unit, integration and end-to-end tests, the latter on clusters that they start themselves.
test: check lab-tools
	@$(NODE) lab/src/main.ts tools --tests --istio 1.30
	npm test

## Linter, types, and what the package's linters say of it.
check: $(NPM_INSTALLED)
	npm run --silent check

## Builds and fetches everything that the lab's clusters are made of (10 minutes the first time).
lab-tools: $(NPM_INSTALLED)
	@$(NODE) lab/src/main.ts tools --tests

## Measures an apply beside doing the same by hand.
bench: $(NPM_INSTALLED) lab-tools
	npm run bench -- apply

## Pictures of the dashboard's pages, for the documentation.
screenshots: $(NPM_INSTALLED)
	npm run --silent build
	@$(NODE) scripts/screenshots.ts

## The command line as one executable that needs no Node: release/isthmus.
binary: $(NPM_INSTALLED)
	@$(NODE) scripts/binary.ts

## Every package of a release, built twice and compared: release/. REPOSITORY pins the image, URL is where the archives will be.
release: $(NPM_INSTALLED)
	@$(NODE) scripts/release.ts --check --repository "$(REPOSITORY)" --url "$(URL)"
