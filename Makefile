# Vidne. `make demo` to see it, `make check test` before a change is called done.
MAKEFLAGS += --no-print-directory

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## build and start the demo on loopback
	@scripts/demo

test: ## install what is missing and run every test
	@scripts/test

check: ## formatting, linters, the import plan, glossary, links, types
	@scripts/check

bench: ## the figures that must be reached, measured
	@scripts/setup demo
	@go run ./test/bench

fault: ## kill, break and starve it a thousand times
	@scripts/setup test
	@VIDNE_LONG=1 go test -count=1 -timeout 3h -v ./test/fault

pictures: ## the pictures of the guides, taken anew
	@scripts/pictures

trace: ## which test shows which requirement
	@go run ./tools/trace

setup: ## install what demo, tests and checks need
	@scripts/setup check

clean: ## remove what was built
	@rm -rf bin .cache node_modules
	@find web/dist -mindepth 1 ! -name .gitkeep -delete

.PHONY: help demo test check bench fault pictures trace setup clean
