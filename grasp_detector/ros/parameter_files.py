"""Parameter files whose values win over those of another one."""

from __future__ import annotations

import atexit
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from grasp_detector.errors import InputError

PARAMETERS = "ros__parameters"


def write_over(params_file: Path, given: Mapping[str, str]) -> Path:
    """Write a parameter file with which ``given`` win over what ``params_file`` says.

    It is temporary: it goes when this process ends, which is the launch that its node belongs to.

    Among the sections that fit a node (``/**``, ``/**/grasp_detector``, ...) that one wins which
    was named last of all files; a later file only changes values in it. So ``given`` stand in
    every section of ``params_file``.

    Raises:
        InputError: ``params_file`` is not YAML.
    """
    try:
        sections = yaml.safe_load(params_file.read_text())
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"params_file: '{params_file}' is not YAML: {error}") from error
    with tempfile.NamedTemporaryFile("w", prefix="grasp_detector_", delete=False) as file:
        yaml.safe_dump({"/**": {PARAMETERS: dict(given)}} | _in_every(sections, given), file)
    path = Path(file.name)
    atexit.register(path.unlink, missing_ok=True)
    return path


def _in_every(sections: Any, given: Mapping[str, str]) -> dict[str, Any]:
    """Return the sections, which may lie in namespaces, with ``given`` as their parameters."""
    if not isinstance(sections, dict):
        return {}
    return {
        name: {PARAMETERS: dict(given)}
        if isinstance(below, dict) and PARAMETERS in below
        else _in_every(below, given)
        for name, below in sections.items()
    }
