# SPDX-FileCopyrightText: 2026 WESH contributors
# SPDX-License-Identifier: EUPL-1.2
PREFIX ?= /usr/local
DESTDIR ?=
LISTEN ?= 127.0.0.1:8080
DATA ?= demo-data

.PHONY: help run build test check simulate crash bench install clean

help: ## show this list
	@sed -n 's/^\([a-z]*\):[^#]*## /  make \1	/p' Makefile | expand -t 18

run: build ## build, fill a demo town once, and serve it on http://127.0.0.1:8080
	@test -e $(DATA)/demo-tokens.json || build/wesh demo --data $(DATA)
	@exec build/wesh serve --data $(DATA) --listen $(LISTEN)

build: ## install what is missing and build build/wesh
	@tools/deps build
	@tools/build build --prefix=$(PREFIX)

test: ## every test; the last line says how many passed and failed
	@tools/deps test
	@tools/test

check: ## format, layers, warnings, licences, translations
	@tools/deps test
	@tools/check

simulate: ## the coin against an independent model: SEED=… STEPS=…, else for 40 seconds
	@tools/deps test
	@tools/build build/simulate -Dtests=true
	@build/simulate/simulate $(if $(SEED),--seed $(SEED)) $(if $(STEPS),--steps $(STEPS))

crash: ## kill -9, power cuts, full and failing disks: CYCLES=1000
	@tools/deps test
	@tools/build build/simulate -Dtests=true
	@WESH=$(CURDIR)/build/simulate/wesh WESH_PHOTO=$(CURDIR)/build/simulate/wesh-photo test/crash/run $(or $(CYCLES),1000)

bench: build ## measure speed on this machine
	@tools/deps bench
	@bench/run

install: build ## install into PREFIX (default /usr/local) below DESTDIR
	@DESTDIR=$(DESTDIR) meson install -C build --no-rebuild

clean: ## remove what was built and the demo town
	@rm -rf build demo-data demo-data.new
