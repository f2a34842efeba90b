# SPDX-License-Identifier: GPL-2.0-only
# The front door. What a target does is in the folder that it leads to.

# What demo and shell boot, what check goes through: names from qemu/kernels.list.
KERNEL  ?= 6.1
KERNELS ?= $(if $(filter command,$(origin KERNEL)),$(KERNEL),6.1 6.12 6.12-rt:smoke 7.2:smoke)

# What `make` builds the module for: the running kernel if its headers are here, else $(KERNEL).
KDIR ?= $(or $(wildcard /lib/modules/$(shell uname -r)/build),$(KERNEL))

BUILD := $(CURDIR)/build
CLIENT := $(BUILD)/client
JOBS := $(shell nproc)

.PHONY: all help setup module client tests demo check try coverage bench bench-wall bench-check bench-figures model \
	shell lint sanitize behaviours install modules_install uninstall clean

all: module client tests

help:
	@echo 'make                  the module for the running kernel (without its headers: $(KERNEL)), the client library, the tests'
	@echo 'make demo             the main job, in a virtual machine: 1,000 TCP clients served by myepoll'
	@echo 'make check            all tests, in virtual machines; KERNELS="$(KERNELS)", see qemu/kernels.list'
	@echo 'make try T=NAME       one test program, such as semantics/level_triggered; KERNEL=$(KERNEL), FILTER=PATTERN'
	@echo 'make coverage         which lines and branches of the module the tests run, and which not and why'
	@echo 'make bench            what every operation costs, in instructions, next to epoll, poll and io_uring'
	@echo 'make bench-wall       how long operations take next to epoll, several processors at work; only ratios count'
	@echo 'make bench-check      fails if one costs more than the kept figures; make bench-figures keeps new ones'
	@echo 'make model            the ready-list protocol, every order of its steps tried by spin'
	@echo 'make shell            a prompt in such a machine, the module loaded; KERNEL=$(KERNEL)'
	@echo 'make behaviours       what epoll does, item by item, with the tests that show it'
	@echo 'make lint             what can be found by reading the sources'
	@echo 'make sanitize         client library and tests under the sanitizers of the compiler, here, without the module'
	@echo 'make install          the client library, into PREFIX=/usr/local'
	@echo 'make modules_install  the module, for the running kernel'
	@echo 'make uninstall        takes both out again'
	@echo 'make clean            removes build/; downloaded kernels stay in the cache'

setup:
	@scripts/setup build vm

module: setup
	@scripts/module $(KDIR)

client: setup
	@$(MAKE) --no-print-directory -j$(JOBS) -C client BUILD=$(CLIENT) all

tests: client
	@$(MAKE) --no-print-directory -j$(JOBS) -C userspace-tests BUILD=$(BUILD)/tests CLIENT=$(CLIENT) all

demo: client
	@client/demo/in-vm $(KERNEL) $(CLIENT)/demo

check: tests
	@userspace-tests/check $(KERNELS)

# From an edit to the verdict, without what else there is.
try: setup $(if $(filter client/% preload/%,$(T)),client)
	@test '$(T)' || { echo 'try: which test? make try T=semantics/level_triggered' >&2; exit 2; }
	@$(MAKE) --no-print-directory -j$(JOBS) -C userspace-tests BUILD=$(BUILD)/tests CLIENT=$(CLIENT) \
		$(T:%=$(BUILD)/tests/%)
	@module=$$(scripts/module $(KERNEL)) && qemu/vm run --kernel $(KERNEL) \
		--module $(if $(filter module-stays/%,$(T)),'',"$$module") $(if $(filter module%,$(T)),--accel tcg-single) \
		-- env MYEPOLL_REQUIRED=1 MYEPOLL_MODULE="$$module" \
		userspace-tests/run -v $(if $(FILTER),--filter '$(FILTER)') $(T)

coverage: tests
	@scripts/setup coverage
	@scripts/coverage

bench: client
	@scripts/setup bench
	@userspace-tests/bench/run $(filter-out %:smoke,$(KERNELS))

bench-wall: client
	@scripts/setup bench
	@userspace-tests/bench/wall/run $(filter-out %:smoke,$(KERNELS))

bench-check: client
	@scripts/setup bench
	@userspace-tests/bench/check

bench-figures: client
	@scripts/setup bench
	@userspace-tests/bench/check --renew

model:
	@scripts/setup model
	@module/model/check

shell: setup
	@qemu/vm shell --kernel $(KERNEL) --module "$$(scripts/module $(KERNEL))"

behaviours:
	@scripts/behaviours

lint:
	@scripts/setup build vm lint
	@scripts/lint

sanitize:
	@scripts/setup build
	@userspace-tests/sanitize

install: client
	@$(MAKE) --no-print-directory -C client BUILD=$(CLIENT) install

modules_install: setup
	@scripts/install-module $(KDIR)

uninstall:
	@$(MAKE) --no-print-directory -C client BUILD=$(CLIENT) uninstall
	@scripts/install-module --remove $(KDIR)

clean:
	rm -rf $(BUILD)
