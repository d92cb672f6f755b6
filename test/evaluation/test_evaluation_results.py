"""Results and folds come back from their files as they were, or with a clear line."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from grasp_detector.data import UNKNOWN, Sample, assign_folds
from grasp_detector.errors import InputError
from grasp_detector.evaluation.deal import Deal, deal, read_deal, write_deal
from grasp_detector.evaluation.results import (
    Result,
    Run,
    experiment_hash,
    read_result,
    result_path,
    write_result,
)

RUN = Run("dense", "object", 2)
Make = Callable[..., Result]


def test_folds_come_back_and_are_those_of_training(tmp_path: Path, folds: Deal) -> None:
    write_deal(tmp_path, folds)
    again = read_deal(tmp_path)
    assert again == folds
    samples = [
        Sample(name, p.object_id, "", Path(), None, np.empty((0, 5)))
        for name, p in folds.pictures.items()
    ]
    for split in ("image", "object"):
        dealt = assign_folds(samples, split)
        names = {s.name for s, fold in zip(samples, dealt, strict=True) if fold == 3}
        assert again.held_out(split, 3) == names
    assert read_deal(tmp_path / "elsewhere") is None


def test_data_without_objects_are_dealt_by_picture_alone(tmp_path: Path) -> None:
    samples = [Sample(f'a"{i}', "", "", Path(), None, np.empty((0, 5))) for i in range(10)]
    write_deal(tmp_path, deal(samples, "strangers"))
    again = read_deal(tmp_path)
    assert again is not None
    assert again.held_out("object", 0) == set()
    assert len(again.held_out("image", 0)) == 2
    assert again.pictures['a"3'].truth == UNKNOWN


def test_results_come_back(tmp_path: Path, folds: Deal, make_result: Make) -> None:
    result = make_result(RUN, misses=2, experiment={"sizes": (1, 2)})
    write_result(tmp_path, result)
    again = read_result(tmp_path, RUN, folds)
    assert again is not None
    for old, new in zip(result.verdicts, again.verdicts, strict=True):
        np.testing.assert_allclose(new.grasp, old.grasp, atol=0.005)
        assert replace(new, grasp=old.grasp) == old
    assert replace(again, verdicts=(), experiment={}) == replace(result, verdicts=(), experiment={})
    # Tuples come back as lists, and that is the same experiment.
    assert experiment_hash(again.experiment) == experiment_hash(result.experiment)
    assert read_result(tmp_path, Run("dense", "object", 3), folds) is None
    lines = result_path(tmp_path, RUN).read_text().splitlines()
    assert sum('["00' in line for line in lines) == len(result.verdicts), "a line a picture"


def damage(text: str, how: str) -> str:
    stored = json.loads(text)
    if how == "half":
        return text[: len(text) // 2]
    if how == "empty":
        return ""
    if how == "a list":
        return "[1, 2]"
    if how == "old format":
        stored["format"] = "grasp_detector result/0"
    if how == "no time":
        del stored["time"]
    if how == "another run":
        stored["protocol"]["fold"] = 4
    if how == "edited experiment":
        stored["experiment"] = {"training": "better"}
    if how == "a picture twice":
        stored["verdicts"].append(stored["verdicts"][0])
    if how == "a picture less":
        stored["verdicts"].pop()
    if how == "strange picture":
        stored["verdicts"][0][0] = "9999"
    if how == "short row":
        stored["verdicts"][0].pop(3)
    if how == "other data":
        stored["data_sha256"] = "0" * 64
    return json.dumps(stored)


@pytest.mark.parametrize(
    "how",
    [
        *("half", "empty", "a list", "old format", "no time", "another run", "edited experiment"),
        *("a picture twice", "a picture less", "strange picture", "short row", "other data"),
    ],
)
def test_damaged_results_are_one_clear_line(
    tmp_path: Path, folds: Deal, make_result: Make, how: str
) -> None:
    write_result(tmp_path, make_result(RUN))
    path = result_path(tmp_path, RUN)
    path.write_text(damage(path.read_text(), how))
    with pytest.raises(InputError, match=r"object-2\.json.*remove it") as error:
        read_result(tmp_path, RUN, folds)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["", "{}", '{"format": "grasp_detector folds/1"}', "[]"])
def test_damaged_folds_are_one_clear_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "folds.json").write_text(text)
    with pytest.raises(InputError, match=r"folds\.json.*version control"):
        read_deal(tmp_path)
