# Short names for what CMakePresets.json and tools/ do; every command is printed as it runs.
#   make demo      build the example, run it twice, edit it, run it again, draw its lineage
#   make test      build everything with warnings as errors; check the layers; run all tests
#   make fuzz      random programs under random edits for SECONDS=600: is a result stale, does a step run without need?
#   make bench     measure, and print the table of ratios
#   make check     formatting, clang-tidy, and the tests under the address, undefined and thread sanitizers
#   make format    format the C++ code in place
#   make package   a Debian package under build/packages/
JOBS ?= 2
SECONDS ?= 600

.PHONY: help demo test fuzz bench check format package
.DEFAULT_GOAL := help

help:
	@sed -n 's/^#   //p' Makefile

demo:
	tools/install_dependencies --build
	cmake --preset ci
	cmake --build --preset ci --parallel $(JOBS) --target bin/stepcache bin/boston_housing
	tools/demo

test:
	tools/install_dependencies --test
	tools/check_layers
	cmake --preset ci
	cmake --build --preset ci --parallel $(JOBS)
	ctest --preset ci --parallel $(JOBS)

fuzz:
	tools/install_dependencies --test
	cmake --preset ci
	cmake --build --preset ci --parallel $(JOBS) --target bin/stepcache
	tests/staleness/fuzz.py --seconds $(SECONDS) --jobs $(JOBS)

bench:
	tools/install_dependencies --build
	cmake --preset ci
	cmake --build --preset ci --parallel $(JOBS)
	tools/bench

format:
	tools/install_dependencies --check
	tools/run_clang_format

check:
	tools/install_dependencies --check
	tools/run_clang_format --check
	cmake --preset ci
	tools/run_clang_tidy --self-test
	tools/run_clang_tidy --build build/release --jobs $(JOBS)
	cmake --preset asan
	cmake --build --preset asan --parallel $(JOBS)
	ctest --preset asan --parallel $(JOBS)
	cmake --preset tsan
	cmake --build --preset tsan --parallel $(JOBS)
	ctest --preset tsan --parallel $(JOBS)

package:
	tools/install_dependencies --test
	cmake --preset ci
	cmake --build --preset ci --parallel $(JOBS)
	cpack --config build/release/CPackConfig.cmake -G DEB -B build/packages
