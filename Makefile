# The only door: `make help` lists what there is. Each target does the set-up that it needs, once.
# The work is done by Meson (the build), pytest, and the small programs in tools/.

MAKEFLAGS += --no-print-directory
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := all
.NOTPARALLEL:

VENV := .venv/bin
PY := $(VENV)/python
MESON := $(VENV)/meson
NINJA := $(VENV)/ninja
CLANG_FORMAT := $(VENV)/clang-format
JOBS ?= $(shell nproc)
export PATH := $(CURDIR)/.venv/bin:$(PATH)
# The installed twin of the build, for programs that are built through pkg-config.
export PKG_CONFIG_PATH := $(CURDIR)/build/inst/lib/pkgconfig
export PYTHONDONTWRITEBYTECODE := 1

TEXT ?=
K ?=
FUZZ_SECONDS ?= 60
FUZZ ?= $(basename $(notdir $(filter-out %/replay.c,$(wildcard tests/fuzz/*.c))))
PYTEST := $(PY) -m pytest $(if $(K),-k '$(K)')
SETUP_FLAGS := --prefix=$(CURDIR)/build/inst --libdir=lib -Dpython=enabled

C_FILES = $(shell git ls-files -co --exclude-standard -- '*.c' '*.h')

##@ To use

all: dev ## build everything; `.venv/bin/python` then imports ouzel

demo: build ## count words through real sockets; TEXT=file chooses the text
	@$(PY) examples/demo.py $(TEXT)

help: ## this list
	@awk 'BEGIN { FS = ":.*## "; print "usage: make TARGET [NAME=value]" } \
	  /^##@/ { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "K=word picks Python tests, TEXT=file the text of the demo, FUZZ=target and FUZZ_SECONDS=n"
	@echo "what is fuzzed and for how long, CASE=name one case folder, BENCH=\"chain --quick\" some"
	@echo "figures, PYTHON=path the interpreter of .venv."

##@ To check

test: tidy unit cases pytest ## the next four; under 5 minutes

tidy: .venv/.ready-build ## the rules of the house (tools/tidy.py) and their own tests
	@said=$$($(PY) tools/tidy_test.py 2>&1) || { echo "$$said"; exit 1; }
	@$(PY) tools/tidy.py

unit: dev ## C tests: units, conformance, fuzz corpus replayed
	@$(MESON) test -C build --no-rebuild --print-errorlogs --num-processes $(JOBS)

cases: dev ## case folders of tests/cases, driven every way; CASE=name runs one
	@$(PY) tools/run-cases $(CASE)

pytest: dev install ## Python tests of tests/python, examples included; K=word picks some
	@$(PYTEST) --junitxml=build/pytest.xml

examples: dev install ## the examples alone; those in C are built through pkg-config
	@$(PYTEST) tests/python/test_examples.py

bench: dev ## figures, each as a ratio to a rival (30 minutes); BENCH=name picks some
	@bench/run $(BENCH)

##@ To look deeper

asan: .venv/.ready-test ## C and Python tests with address and undefined-behaviour sanitizers
	@tools/sanitize asan

tsan: .venv/.ready-test ## C tests with the thread sanitizer
	@tools/sanitize tsan

soak: dev ## jobs that are killed again and again, by thousands; SEEDS=7 or SEEDS=1-2000
	@OUZEL_SEEDS=$(or $(SEEDS),1-20000) build/tests/test-run-joint
	@OUZEL_SOAK=$(or $(SEEDS),1-1000) $(PYTEST) tests/python/test_detector.py

planted: .venv/.ready-test ## plants faults one by one, and sees that the tests notice them
	@$(PY) tools/planted

fuzz: .venv/.ready-clang ## libFuzzer on each target in turn; FUZZ=name, FUZZ_SECONDS=n
	@tools/fuzz $(FUZZ_SECONDS) $(FUZZ)

lint: dev .venv/.ready-clang ## clang-tidy over the C sources
	@command -v clang-tidy >/dev/null || { echo 'lint: install clang-tidy' >&2; exit 1; }
	@git ls-files -co --exclude-standard -- 'src/*.c' 'python/native/*.c' \
	  | xargs -P $(JOBS) -n 4 clang-tidy -p build --quiet

##@ To change

format: .venv/.ready-test ## lay out all C files with clang-format; headings to 100 columns
	@perl -pi -e 's{^(/\* -+ .*? )-+ \*/$$}{$$1 . "-" x (97 - length $$1) . " */"}e' $(C_FILES)
	@$(CLANG_FORMAT) -i $(C_FILES)

format-check: .venv/.ready-test ## fail where `make format` would change something
	@$(CLANG_FORMAT) --dry-run -Werror $(C_FILES)

lists: .venv/.ready-build ## bring file lists and generated tables up to date after adding a file
	@$(PY) tools/gen-lists
	@$(PY) tools/gen-ops

docs: dev ## write the reference pages of docs/ from the cards
	@$(PY) tools/gen-docs

##@ To ship

wheel: build ## a wheel in dist/
	@$(PY) -m pip wheel -q --disable-pip-version-check --no-deps --no-build-isolation -w dist .
	@ls dist/*.whl

install: dev ## headers, library and ouzel.pc in build/inst, as a user would have them
	@$(MESON) install -C build --no-rebuild --quiet --tags devel

clean: ## remove what was built (not .venv)
	@rm -rf build build-* dist .pytest_cache .hypothesis
	@find . -name __pycache__ -not -path './.venv*' -prune -exec rm -rf {} +

# ---------------------------------------------------------------------------------- set-up

# For users: the extension, with warnings that do not stop an unknown compiler.
build: build/build.ninja
	@$(NINJA) -C build --quiet -j $(JOBS)
	@$(PY) tools/stage build --venv

# For developers: the same, but a warning is an error, and the tests must be there.
dev: build/.dev
	@$(NINJA) -C build --quiet -j $(JOBS) all meson-test-prereq
	@$(PY) tools/stage build --venv

.venv/.ready-%: tools/setup requirements-build.txt requirements-test.txt
	@tools/setup $*
	@touch $@

build/build.ninja: | .venv/.ready-build
	@echo 'building the engine, once'
	@mkdir -p build
	@$(MESON) setup build $(SETUP_FLAGS) >build/setup.log 2>&1 || { cat build/setup.log; exit 1; }

build/.dev: .venv/.ready-test build/build.ninja
	@$(MESON) setup --reconfigure build -Dtests=enabled -Dwerror=true >build/setup.log 2>&1 \
	  || { cat build/setup.log; exit 1; }
	@touch $@

.PHONY: all demo help test tidy unit cases pytest examples bench asan tsan soak planted fuzz lint format \
  format-check lists docs wheel install clean build dev
