"""Data sets of labelled grasps, and the folds of cross validation."""

from grasp_detector.data.categories import UNKNOWN, categories, category_of
from grasp_detector.data.cornell import read_cornell
from grasp_detector.data.folds import FOLDS, assign_folds, fingerprint
from grasp_detector.data.sample import Sample

__all__ = [
    "FOLDS",
    "UNKNOWN",
    "Sample",
    "assign_folds",
    "categories",
    "category_of",
    "fingerprint",
    "read_cornell",
]
