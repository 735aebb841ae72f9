# The commands of this repository; none needs anything typed before it. They call scripts/, which can be run alone too.
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test build check format clean

help:  ## This list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

demo:  ## Photos to swipe page in one go, server left running (CHECK=1: test it and stop; PHOTOS=dir; PORT=n)
	@CHECK='$(CHECK)' PHOTOS='$(PHOTOS)' PORT='$(PORT)' scripts/demo

test:  ## Install and build everything, run all fast tests
	@scripts/setup --training --tests
	@scripts/build release
	@ctest --preset release -LE slow -j2 --output-on-failure

build:  ## Install and build everything: ootd, ootd-render and ootd-bench in build/release
	@scripts/setup --training --tests
	@scripts/build release

check:  ## Before a merge: format, clang-tidy, all tests, sanitizers (STEPS="format tidy" for some of them)
	@scripts/check.sh $(STEPS)

format:  ## Format every source file
	@scripts/setup --format
	@git ls-files '*.h' '*.cc' | xargs clang-format-19 -i

clean:  ## Remove what was built (not .deps, not ootd-home)
	rm -rf build
