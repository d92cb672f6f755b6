"""What is held out, and data sets that are trained on beside it."""

from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from grasp_detector.data import Sample, fingerprint
from grasp_detector.data.folds import Split
from grasp_detector.errors import InputError
from grasp_detector.training.protocol import Addition, Protocol, was_trained_on


def samples(count: int, start: int = 0) -> list[Sample]:
    return [
        Sample(f"{i:04}", str(i // 2), "", Path(), None, np.array([[i, 9.0, 0.1, 20.0, 50.0]]))
        for i in range(start, start + count)
    ]


@pytest.mark.parametrize(
    ("count", "split", "says"),
    [
        (6, "object", "^3 objects fill folds 0 to 2, none is in 4: --fold 0 to 2, or --split"),
        (3, "image", "^3 pictures fill folds 0 to 2, none is in 4: --fold 0 to 2$"),
        (2, "object", "^a single object can be .* more are needed, or --split image$"),
        (1, "image", "^a single picture can be .* more are needed$"),
    ],
)
def test_an_empty_fold_is_told_with_what_does_fill_folds(
    count: int, split: Split, says: str
) -> None:
    with pytest.raises(InputError, match=says):
        Protocol("data", split, 4).parts(samples(count))


def test_what_is_held_out_is_not_trained_on_with_another_folder() -> None:
    data = samples(40)
    kept, held = Protocol("data").parts(data)
    Addition("simulated", samples(10, 100)).check_against(held, "image")
    Addition("the kept ones again", kept).check_against(held, "image")
    copy = [replace(sample, rgb_path=Path("elsewhere")) for sample in held]
    with pytest.raises(InputError, match=f"'copy' holds {len(held)} pictures that are held out"):
        Addition("copy", [*samples(10, 100), *copy]).check_against(held, "image")
    # Another data set may well use the same names.
    others = [replace(sample, object_name="Box", grasps=sample.grasps + 1) for sample in held]
    Addition("other", others).check_against(held, "image")


def test_what_is_held_out_is_known_again_by_its_file_or_by_its_name_and_object(
    tmp_path: Path,
) -> None:
    picture, copy, other = (tmp_path / name for name in ("a.png", "b.png", "c.png"))
    picture.write_bytes(b"one")
    copy.write_bytes(b"one")
    other.write_bytes(b"two")
    held = [replace(samples(1)[0], object_name="Mug", rgb_path=picture)]
    moved = replace(held[0], grasps=held[0].grasps + 0.01, rgb_path=other)
    renamed = replace(held[0], name="0900", object_id="", object_name="", rgb_path=copy)
    for again in (moved, renamed):
        with pytest.raises(InputError, match=rf"'x' holds 1 pictures .* \({again.name}\)"):
            Addition("x", [*samples(3, 100), again]).check_against(held, "image")
    gone = replace(renamed, rgb_path=tmp_path / "gone.png", grasps=moved.grasps)
    fine = [
        gone,
        replace(moved, name="0900"),
        replace(moved, object_id="8"),
        replace(moved, object_name="Cup"),
        replace(moved, object_id="", object_name=""),
    ]
    Addition("x", fine).check_against(held, "image")


def test_objectwise_all_pictures_of_a_held_out_object_are_refused() -> None:
    held = [replace(sample, object_name="Mug") for sample in samples(4)]
    more = [replace(held[0], name="0900", grasps=held[0].grasps + 5)]
    Addition("x", more).check_against(held, "image")
    with pytest.raises(InputError, match=r"'x' holds 1 pictures .* or show objects .*\(0900\)"):
        Addition("x", more).check_against(held, "object")
    for other in (replace(more[0], object_id="77"), replace(more[0], object_name="Cup")):
        Addition("x", [other]).check_against(held, "object")
    # Nobody tells the object, so it is no held-out one.
    unknown: dict[str, Any] = {"object_id": "", "object_name": ""}
    strange = [replace(sample, **unknown) for sample in held]
    Addition("x", [replace(more[0], **unknown)]).check_against(strange, "object")


def test_simulated_scenes_of_the_same_numbers_are_other_pictures() -> None:
    model: dict[str, Any] = {"object_id": "marker", "object_name": "marker"}
    held = [replace(sample, **model) for sample in samples(4)]
    other_run = [replace(sample, grasps=sample.grasps + 5) for sample in held]
    Addition("simulated", other_run).check_against(held, "image")
    real = [replace(sample, object_name="marker") for sample in samples(4)]
    for split in get_args(Split):
        Addition("simulated", other_run).check_against(real, split)


def test_weights_know_every_data_set_that_they_saw() -> None:
    data, other = samples(40), samples(10, 100)
    training = {"data_sha256": fingerprint(data), "also": [Addition("other", other).to_dict()]}
    assert was_trained_on(training, data)
    assert was_trained_on(training, other)
    assert not was_trained_on(training, other[1:]), "of a part nobody can tell"
    assert not was_trained_on({}, data)
    several: list[Any] = [None, 5, [{}], ["x"], [{"sha256": []}]]
    for damaged in several:
        assert not was_trained_on({"also": damaged}, data)
    assert training["also"][0]["pictures"] == 10  # type: ignore[index]


def test_an_object_of_no_name_is_known_by_an_id_that_is_no_number() -> None:
    """Jacquard's ids are names in themselves; those of two z.txt without names are not."""
    held = [replace(each, object_id="1a2d2208f73d", object_name="") for each in samples(1)]
    other = replace(samples(1, 100)[0], object_id="1a2d2208f73d", object_name="")
    with pytest.raises(InputError, match="or show objects that are"):
        Addition("x", [other]).check_against(held, "object")
    Addition("x", [other]).check_against(held, "image")
    held = [replace(each, object_id="7") for each in held]
    Addition("x", [replace(other, object_id="7")]).check_against(held, "object")
