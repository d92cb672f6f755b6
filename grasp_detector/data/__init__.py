"""Data sets of labelled grasps, and the folds of cross validation."""

from grasp_detector.data.cornell import read_cornell
from grasp_detector.data.folds import FOLDS, assign_folds
from grasp_detector.data.sample import Sample

__all__ = ["FOLDS", "Sample", "assign_folds", "read_cornell"]
