"""`python -m grasp_detector`: the command line where it is not installed, as in a checkout."""

from grasp_detector.cli import main

main()
