"""The average of the weights: who gives it too little time is told."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from grasp_detector.data import Sample
from grasp_detector.model.spec import ModelSpec
from grasp_detector.training.config import TrainingConfig, config_from_dict
from grasp_detector.training.protocol import Protocol
from grasp_detector.training.run import average_advice, train


def test_an_average_that_remembers_more_than_there_is_warns(
    bars: tuple[Path, list[Sample]], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    samples, protocol = bars[1][:4], Protocol("bars", fold=None)
    long = TrainingConfig(ModelSpec(head="multigrasp"), epochs=2, batch=4, average=0.995)
    train(samples, long, protocol, tmp_path / "long")
    assert [each.getMessage() for each in caplog.records] == [
        "the average of the weights remembers 200 steps, this training has 2: more epochs, or "
        "average: 0, in the configuration"
    ]
    caplog.clear()
    train(samples, replace(long, average=0.0), protocol, tmp_path / "none")
    train(samples, replace(long, head_first=1), protocol, tmp_path / "head first")
    assert not caplog.records


@pytest.mark.parametrize(
    ("pictures", "settings", "says"),
    [
        (40, TrainingConfig(epochs=20), "remembers 200 steps, this training has 40: .*: 0.9,"),
        (708, TrainingConfig(epochs=20), ""),
        (16, TrainingConfig(epochs=1, average=0.0), ""),
        (16 * 5000, TrainingConfig(epochs=8, average=0.99999), "has 40000: .* average: 0.999,"),
    ],
)
def test_the_average_that_is_proposed_is_one_that_does_not_warn(
    pictures: int, settings: TrainingConfig, says: str
) -> None:
    steps = settings.epochs * (pictures // settings.batch)
    advice = average_advice(settings, steps)
    assert bool(advice) == bool(says)
    assert re.search(says, advice)
    if advice:
        found = re.search(r"average: ([\d.]+),", advice)
        assert found
        assert not average_advice(replace(settings, average=float(found[1])), steps)


def test_an_average_may_keep_a_part_of_what_it_goes_on_from() -> None:
    settings = TrainingConfig(epochs=1, average=0.99)
    assert average_advice(settings, 150) and not average_advice(settings, 150, started=True)
    assert average_advice(settings, 50, started=True)


def test_the_configuration_for_fifty_pictures_gives_the_average_its_time(top: Path) -> None:
    (text,) = re.findall(
        r"```yaml\n(.*?)```", (top / "docs" / "labelling.md").read_text(), re.DOTALL
    )
    settings = config_from_dict(yaml.safe_load(text), "labelling.md")
    assert not average_advice(settings, settings.epochs * (40 // settings.batch))
