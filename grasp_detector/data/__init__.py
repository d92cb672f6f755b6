"""Data sets of labelled grasps, and the folds of cross validation."""

from grasp_detector.data.categories import UNKNOWN, categories, category_of
from grasp_detector.data.folders import read_dataset, scan_dataset
from grasp_detector.data.folds import FOLDS, assign_folds, fingerprint
from grasp_detector.data.reading import Reading
from grasp_detector.data.sample import Sample

__all__ = [
    "FOLDS",
    "UNKNOWN",
    "Reading",
    "Sample",
    "assign_folds",
    "categories",
    "category_of",
    "fingerprint",
    "read_dataset",
    "scan_dataset",
]
