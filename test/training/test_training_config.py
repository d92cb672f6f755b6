"""An experiment's file: what cannot be is refused in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from grasp_detector.errors import InputError
from grasp_detector.training.config import config_from_dict, read_config


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("epochs: many", "epochs needs int"),
        ("epochs: 0", "at least 1"),
        ("epoch: 3", "unknown name 'epoch'"),
        ("model: {backbone: vgg}", "unknown backbone"),
        ("augmentation: {scale: 1}", "scale needs 2 values"),
        ("- 3", "names with values"),
        ("model: {classes: few}", "classes needs int"),
        ("a: [", "cannot be read"),
        ("learning_rate: -1", "learning_rate > 0"),
        ("learning_rate: .inf", "learning_rate, weight_decay and added must be finite"),
        ("weight_decay: .inf", "must be finite"),
        ("added: .inf", "must be finite"),
        ("added: .nan", "added must be above 0"),
        ("seed: -1", r"seed must be from 0 to 2\*\*32 - 1"),
        ("seed: 4294967296", "seed must be from 0"),
        ("augmentation: {depth: 60}", r"depth.*are shares and strengths: from 0 to 1"),
        ("augmentation: {table: 7}", "table.*from 0 to 1"),
        ("augmentation: {clutter: -0.1}", "clutter.*from 0 to 1"),
        ("augmentation: {light: 5}", "light.*from 0 to 1"),
        ("augmentation: {sharpness: .nan}", "sharpness.*from 0 to 1"),
        ("augmentation: {scale: [-1, 1]}", "0 < least <= greatest"),
        ("augmentation: {scale: [1.3, 0.8]}", "0 < least <= greatest"),
        ("augmentation: {scale: [0, 0]}", "0 < least <= greatest"),
        ("augmentation: {scale: [1, .inf]}", "0 < least <= greatest"),
        ("augmentation: {rotation: .nan}", "rotation must be from 0 to 180"),
        ("augmentation: {rotation: -30}", "rotation must be from 0 to 180"),
        ("augmentation: {translation: .inf}", "translation must be from 0 to 320"),
    ],
)
def test_bad_configurations_are_refused_in_words(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=says):
        read_config(path)


def test_shipped_configurations_are_whole(top: Path) -> None:
    paths = sorted((top / "config" / "training").glob("*.yaml"))
    assert paths
    for path in paths:
        again = config_from_dict(read_config(path).to_dict(), str(path))
        assert again == read_config(path)
