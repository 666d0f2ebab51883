# Everything that a person or CI runs. Each target does its own set-up.
NPM_INSTALLED := node_modules/.package-lock.json
NODE := node_modules/.bin/node

.PHONY: demo demo-down test check lab-tools bench

$(NPM_INSTALLED): package.json package-lock.json lab/package.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

## Two real clusters, one mesh, verified traffic.
demo: $(NPM_INSTALLED)
	@$(NODE) scripts/demo.ts up

demo-down: $(NPM_INSTALLED)
	@$(NODE) scripts/demo.ts down

## Unit, integration and end-to-end tests, the latter on clusters that they start themselves.
test: check lab-tools
	npm test

check: $(NPM_INSTALLED)
	npm run --silent check

lab-tools: $(NPM_INSTALLED)
	@$(NODE) lab/src/main.ts tools

bench: $(NPM_INSTALLED) lab-tools
	npm run bench -- apply
