"""What several tests of the detector look at."""

import cv2
import numpy as np
import pytest


@pytest.fixture(scope="session")
def pictures() -> np.ndarray:
    """16 fused pictures of dark bars on a light table, as soft and noisy as a camera's."""
    rng = np.random.default_rng(0)
    fused = np.full((16, 224, 224, 3), 205, np.uint8)
    for index, picture in enumerate(fused):
        row, column = 60 + 5 * index, 40 + 4 * index
        picture[row : row + 21, column : column + 90] = (60, 70, 90)
        noisy = cv2.GaussianBlur(picture, (0, 0), 1.2) + rng.normal(0, 3, picture.shape)
        picture[:] = np.clip(noisy, 0, 255)
    return fused
