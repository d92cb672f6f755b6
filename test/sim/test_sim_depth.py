"""`grasp-detector depth` on a few simulated tables: goes on, and does not mix weights."""

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

pytest.importorskip("pybullet", reason="PyBullet is not installed")

from grasp_detector.cli.main import app
from grasp_detector.errors import InputError
from grasp_detector.evaluation.depth_results import ROWS


def run(results: Path, single: int, *more: str | Path) -> str:
    arguments = ["--results", results, "--single", single, "--clutter", 1, *more]
    done = CliRunner().invoke(app, ["depth", *map(str, arguments)])
    if done.exception is not None:
        raise done.exception
    return done.stdout


def test_without_pybullet_the_reason_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pybullet", None)
    with pytest.raises(InputError, match="needs PyBullet"):
        run(tmp_path / "depth", 1)


def test_it_goes_on_and_begins_anew_with_other_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GRASP_DETECTOR_KINECT_SCENES", raising=False)
    results = tmp_path / "depth"
    assert "single: 1 made now, 0 were stored" in run(results, 1)
    first = json.loads((results / "single.json").read_text())
    assert {row for row, *_ in first["tries"]} == set(ROWS)
    printed = run(results, 2)
    assert "single: 1 made now, 1 were stored" in printed
    assert "clutter: 0 made now, 1 were stored" in printed
    both = json.loads((results / "single.json").read_text())
    assert both["tries"][: len(first["tries"])] == first["tries"]
    assert both["wanted"] == 2 and len(both["tries"]) == 2 * 2 * len(ROWS)  # falls of each
    assert (tmp_path / "depth.md").read_text().count("not run") == 1

    # As if the weights had been replaced since.
    stored = results / "single.json"
    stored.write_text(stored.read_text().replace(both["weights_sha256"], "ab" * 32))
    run(results, 1, "--report")
    assert "of none that ship" in (tmp_path / "depth.md").read_text()
    assert "single: 1 made now, 0 were stored" in run(results, 1)
    assert json.loads(stored.read_text())["tries"] == first["tries"]
    assert "NOT the shipped ones" not in (tmp_path / "depth.md").read_text()
