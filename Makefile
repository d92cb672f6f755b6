# make demo    the detector at work on a simulated Kinect         make test    every test
#   RECORD=1   ... and all of it as a recording for Foxglove and ros2 bag, with a film of it
# make setup   what both of them need (they do it themselves)     make lint    style and types
# make soak    half an hour before a camera: memory and losses      make audit   known faults of the packages
# make bench   how fast it all is here: docs/performance.md
# make clean   remove all that make has made
#
# Needs Python 3.11 or 3.12 and a C++ compiler. PYTHON=/path/to/python chooses another Python than the one found.

PYTHON ?=
RUN := tools/with_ros
VENV := .venv/.installed
BUILT := .ros/.built
# What colcon copies or links; grasp_detector/ itself runs from the source tree.
SOURCES := CMakeLists.txt package.xml $(wildcard msg/* srv/* scripts/* examples/*) $(shell find launch config weights -type f)

.PHONY: setup demo test lint soak audit clean
.DEFAULT_GOAL := setup

setup: $(BUILT)
	@:

$(VENV): requirements.lock requirements-torch.lock tools/make_venv tools/mend_ros_wheels.py
	@tools/make_venv "$(PYTHON)"
	@rm -rf .ros/build .ros/install  # they name this environment's headers
	@touch $@

$(BUILT): $(VENV) $(SOURCES) tools/build_workspace tools/ros_env.sh
	@tools/build_workspace
	@touch $@

demo: setup
	@$(RUN) python -m grasp_detector.ros.demo $(if $(RECORD),--record)

test: setup
	@$(RUN) python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

lint: setup
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) mypy

soak: setup
	@$(RUN) python tools/soak.py --minutes 30 --json soak.json --picture soak.png

audit: setup
	@$(RUN) python tools/audit.py

# With CORNELL=FOLDER also what precision costs in accuracy. What is compared runs in turns; keep the machine quiet.
.PHONY: bench
CORNELL ?=
FIGURES := docs/performance
bench: setup
	@$(RUN) python -m grasp_detector bench --json $(FIGURES)/bench.json
	@$(RUN) python -m benchmarks.over_dds --json $(FIGURES)/over_dds.json
	@$(RUN) python -m benchmarks.others --json $(FIGURES)/others.json
	@$(if $(CORNELL),$(RUN) python -m benchmarks.accuracy "$(CORNELL)" --json $(FIGURES)/accuracy.json)
	@$(RUN) python -m grasp_detector bench --page $(FIGURES)

clean:
	rm -rf .venv .ros demo .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
