"""The command line `grasp-detector`: everything that needs no ROS."""

from grasp_detector.cli.main import main

__all__ = ["main"]
