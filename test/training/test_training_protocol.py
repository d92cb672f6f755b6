"""What is held out, and data sets that are trained on beside it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from grasp_detector.data import Sample, fingerprint
from grasp_detector.errors import InputError
from grasp_detector.training.protocol import Addition, Protocol, was_trained_on


def samples(count: int, start: int = 0) -> list[Sample]:
    return [
        Sample(f"{i:04}", str(i // 2), "", Path(), None, np.array([[i, 9.0, 0.1, 20.0, 50.0]]))
        for i in range(start, start + count)
    ]


def test_what_is_held_out_is_not_trained_on_with_another_folder() -> None:
    data = samples(40)
    kept, held = Protocol("data").parts(data)
    Addition("simulated", samples(10, 100)).check_against(held)
    Addition("the kept ones again", kept).check_against(held)
    copy = [replace(sample, rgb_path=Path("elsewhere")) for sample in held]
    with pytest.raises(InputError, match=f"'copy' holds {len(held)} pictures that are held out"):
        Addition("copy", [*samples(10, 100), *copy]).check_against(held)
    # Another data set may well use the same names.
    relabelled = [replace(sample, grasps=sample.grasps + 1) for sample in held]
    Addition("other", relabelled).check_against(held)


def test_weights_know_every_data_set_that_they_saw() -> None:
    data, other = samples(40), samples(10, 100)
    training = {"data_sha256": fingerprint(data), "also": [Addition("other", other).to_dict()]}
    assert was_trained_on(training, data)
    assert was_trained_on(training, other)
    assert not was_trained_on(training, other[1:])
    assert not was_trained_on({}, data)
    assert training["also"][0]["pictures"] == 10  # type: ignore[index]
