"""`grasp-detector depth` on a few simulated tables: goes on, and does not mix weights."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("pybullet", reason="PyBullet is not installed")

from grasp_detector.errors import InputError
from grasp_detector.evaluation.depth_results import ROWS


@pytest.fixture
def depth(run: Callable[..., str]) -> Callable[..., str]:
    """Runs the command with a folder for its results, and so many tables of one object."""

    def depth(results: Path, single: int, *more: str) -> str:
        return run("depth", "--results", results, "--single", single, "--clutter", 1, *more)

    return depth


def test_without_pybullet_the_reason_is_given(
    depth: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pybullet", None)
    with pytest.raises(InputError, match="needs PyBullet"):
        depth(tmp_path / "depth", 1)


def test_it_goes_on_and_replaces_nothing_of_other_weights(
    depth: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GRASP_DETECTOR_KINECT_SCENES", raising=False)
    results = tmp_path / "depth"
    assert "single: 1 made now, 0 were stored" in depth(results, 1)
    first = json.loads((results / "single.json").read_text())
    assert {row for row, *_ in first["tries"]} == set(ROWS)
    printed = depth(results, 2)
    assert "single: 1 made now, 1 were stored" in printed
    assert "clutter: 0 made now, 1 were stored" in printed
    both = json.loads((results / "single.json").read_text())
    assert both["tries"][: len(first["tries"])] == first["tries"]
    assert both["wanted"] == 2 and len(both["tries"]) == 2 * 2 * len(ROWS)  # falls of each
    assert (tmp_path / "depth.md").read_text().count("not run") == 1

    # As if the weights had been replaced since.
    stored = results / "single.json"
    stored.write_text(stored.read_text().replace(both["weights_sha256"], "ab" * 32))
    depth(results, 1, "--report")
    assert "of none that ship" in (tmp_path / "depth.md").read_text()
    kept = stored.read_bytes()
    with pytest.raises(InputError, match=r"single\.json' holds results of other weights.*remove"):
        depth(results, 1)
    assert stored.read_bytes() == kept
    stored.unlink()
    assert "single: 1 made now, 0 were stored" in depth(results, 1)
    assert json.loads(stored.read_text())["tries"] == first["tries"]
    assert "of none that ship" not in (tmp_path / "depth.md").read_text()
