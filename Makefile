# SPDX-License-Identifier: GPL-2.0-only
# The entry point: each target calls a script or makefile of the folder concerned.

# What demo, tour, try and shell boot, and what check tests: names from qemu/kernels.list.
KERNEL  ?= 6.1
KERNELS ?= $(if $(filter command,$(origin KERNEL)),$(KERNEL),6.1 6.12 6.12-rt:smoke 7.2:smoke)

# What `make` builds the module for: the running kernel if its headers are installed, else $(KERNEL).
KDIR ?= $(or $(wildcard /lib/modules/$(shell uname -r)/build),$(KERNEL))

BUILD := $(CURDIR)/build
CLIENT := $(BUILD)/client
JOBS := $(shell nproc)

.PHONY: all help setup module client tests demo tour check try coverage bench bench-wall bench-check bench-figures model \
	shell lint sanitize packages check-packages behaviours install modules_install uninstall clean

all: module client tests

help:
	@echo 'make                  build the module for the running kernel (without its headers: $(KERNEL)), client library, tests'
	@echo 'make demo             serve 1,000 TCP clients with myepoll, in a virtual machine'
	@echo 'make tour             record twelve short programs, in a virtual machine, and tell what happens as pages in build/tour'
	@echo 'make check            run all tests, in virtual machines; KERNELS="$(KERNELS)", see qemu/kernels.list'
	@echo 'make try T=NAME       run one test program, such as semantics/level_triggered; KERNEL=$(KERNEL), FILTER=PATTERN'
	@echo 'make coverage         report which lines and branches of the module the tests run, and why the others do not'
	@echo 'make bench            count the instructions of each operation, next to epoll, poll and io_uring'
	@echo 'make bench-wall       time operations next to epoll, on several processors; only the ratios are meaningful'
	@echo 'make bench-check      fail if an operation costs more than recorded; make bench-figures records new figures'
	@echo 'make model            check the protocols of ready list and ring with spin, in every order of their steps'
	@echo 'make shell            open a shell in a virtual machine with the module loaded; KERNEL=$(KERNEL), GDB=1 to debug'
	@echo 'make behaviours       list what epoll does, item by item, with the tests that cover it'
	@echo 'make lint             check the sources without running them'
	@echo 'make sanitize         run client library and tests under ASan, UBSan and TSan, on this machine, without the module'
	@echo 'make install          install the client library into PREFIX=/usr/local'
	@echo 'make modules_install  install the module for the running kernel'
	@echo 'make packages         make the Debian packages, in build/packages'
	@echo 'make check-packages   install, use, upgrade and purge them, on a disk of a virtual machine'
	@echo 'make uninstall        remove both'
	@echo 'make clean            remove build/; downloaded kernels stay in the cache'

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

tour: client
	@client/examples/tour/record $(KERNEL) $(BUILD)/tour

check: tests
	@userspace-tests/check $(KERNELS)

# The short way from an edit to a result: builds and runs only one test program.
try: setup $(if $(filter client/% preload/% command/% tracing/%,$(T)),client)
	@test '$(T)' || { echo 'try: no test given, for example: make try T=semantics/level_triggered' >&2; exit 2; }
	@$(MAKE) --no-print-directory -j$(JOBS) -C userspace-tests BUILD=$(BUILD)/tests CLIENT=$(CLIENT) \
		$(T:%=$(BUILD)/tests/%)
	@module=$$(scripts/module $(KERNEL)) && qemu/vm run --kernel $(KERNEL) \
		--module $(if $(filter module-stays/%,$(T)),'',"$$module") $(if $(filter module% tracing%,$(T)),--accel tcg-single) \
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

shell: client
	@qemu/vm shell --kernel $(KERNEL) $(if $(GDB),--gdb) --module "$$(scripts/module $(KERNEL))"

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

packages:
	@scripts/setup packages
	@scripts/packages

check-packages:
	@scripts/setup packages vm
	@userspace-tests/packages --machine

uninstall:
	@$(MAKE) --no-print-directory -C client BUILD=$(CLIENT) uninstall
	@scripts/install-module --remove $(KDIR)

clean:
	rm -rf $(BUILD)
