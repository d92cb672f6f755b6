"""The sheet of `grasp-detector data`: whatever the pictures' size, it can be read."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from grasp_detector.cli.main import app

LABEL = np.array([[310, 205], [310, 275], [290, 275], [290, 205]])  # of 640x480


def tile(folder: Path, scale: float) -> np.ndarray:
    """The sheet's only tile, of a grey bar in a picture of another size, ``(336, 448, 3)`` int."""
    place = folder / f"{scale}" / "01"
    place.mkdir(parents=True)
    width, height = round(640 * scale), round(480 * scale)
    rgb = np.full((height, width, 3), 205, np.uint8)
    low, high = ((np.array(corner) * scale).astype(int) for corner in ((250, 225), (390, 255)))
    rgb[low[1] : high[1], low[0] : high[0]] = 120
    cv2.imwrite(str(place / "pcd0100r.png"), rgb)
    lines = (f"{x:.2f} {y:.2f}\n" for x, y in (LABEL + 0.5) * scale - 0.5)
    (place / "pcd0100cpos.txt").write_text("".join(lines))
    sheet = folder / f"{scale}.png"
    done = CliRunner().invoke(
        app, ["data", "--data", str(place.parent), "--pictures", str(sheet), "--count", "1"]
    )
    assert done.exit_code == 0, done.output
    picture = cv2.imread(str(sheet))[..., ::-1]
    return picture[6 : 6 + 336, 6 : 6 + 448].astype(int)


@pytest.mark.parametrize("scale", [0.25, 5.0])
def test_a_tile_looks_alike_whatever_the_picture(tmp_path: Path, scale: float) -> None:
    usual, other = tile(tmp_path, 1.0), tile(tmp_path, scale)
    for picture in (usual, other):
        plates = (picture[..., 2] > 200) & (picture[..., 0] < 90)
        assert 40 < plates.sum() < 180, "two plates of 14 pixels, two pixels wide"
        # The edge of the square, in a row where nothing else is.
        edge = np.flatnonzero(np.abs(picture[228, :, 0] - 205) > 60)
        assert edge.min() == pytest.approx(112, abs=1)
        assert edge.max() == pytest.approx(335, abs=1)
    assert np.abs(usual - other).mean() < 1.5
