"""What several tests of the detector look at."""

import numpy as np
import pytest


@pytest.fixture(scope="session")
def pictures() -> np.ndarray:
    """16 fused pictures of dark bars on a light table."""
    rng = np.random.default_rng(0)
    fused = np.full((16, 224, 224, 3), 205, np.uint8) + rng.integers(
        0, 8, (16, 224, 224, 3), np.uint8
    )
    for index, picture in enumerate(fused):
        row, column = 60 + 5 * index, 40 + 4 * index
        picture[row : row + 21, column : column + 90] = (60, 70, 90)
    return fused
