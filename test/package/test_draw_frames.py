"""The drawing of docs/frames.md is what its tool draws."""

from pathlib import Path

import cv2
import numpy as np
import pytest


def test_the_drawing_is_up_to_date(top: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    from draw_frames import main

    main(tmp_path / "frames.png")
    drawn, kept = (
        cv2.imread(str(path)).astype(float)
        for path in (tmp_path / "frames.png", top / "docs" / "images" / "frames.png")
    )
    assert drawn.shape == kept.shape
    assert drawn.std() > 10
    # Fonts may differ, lines may not.
    assert (np.abs(drawn - kept).max(axis=2) > 100).mean() < 0.01
