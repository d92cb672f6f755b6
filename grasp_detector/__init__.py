"""Grasp detection in RGB-D images: MultiGrasp (Redmon and Angelova, 2015) and what grew from it.

Importing this package is cheap: ``GraspDetector`` and ``Grasp`` are loaded on first use.
"""

from __future__ import annotations

from pkgutil import extend_path
from typing import TYPE_CHECKING, Any

# A source checkout finds the generated messages (grasp_detector.msg) in the built workspace.
__path__ = extend_path(__path__, __name__)

__version__ = "0.1.0"
__all__ = ["Grasp", "GraspDetector", "__version__"]

if TYPE_CHECKING:
    from grasp_detector.detector import Grasp, GraspDetector


def __getattr__(name: str) -> Any:
    if name in ("Grasp", "GraspDetector"):
        from grasp_detector import detector

        return getattr(detector, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
