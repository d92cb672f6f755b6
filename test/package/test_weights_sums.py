"""Checksums of weights: those that are given, and those that lie beside."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from grasp_detector.errors import InputError
from grasp_detector.weights_sums import check_sum, listed_sums

CONTENT = b"weights"
SUM = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "my weights.safetensors"
    path.write_bytes(CONTENT)
    return path


def test_a_given_sum_is_asked_for(weights: Path) -> None:
    check_sum(weights)
    check_sum(weights, SUM)
    check_sum(weights, f" {SUM.upper()}\n")
    with pytest.raises(InputError, match=f"have the SHA-256 {SUM}, not {'0' * 64}"):
        check_sum(weights, "0" * 64)


@pytest.mark.parametrize("mark", [" ", "*"])
def test_a_sum_that_lies_beside_is_asked_for(weights: Path, mark: str) -> None:
    listed = weights.with_name("SHA256SUMS")
    listed.write_text(f"{'1' * 64} {mark}other.safetensors\n{SUM} {mark}{weights.name}\n")
    assert listed_sums(weights.parent)[weights.name] == SUM
    check_sum(weights)
    weights.write_bytes(CONTENT[:-1])
    with pytest.raises(InputError, match="as SHA256SUMS beside it says: the file is another one"):
        check_sum(weights)
    check_sum(weights, hashlib.sha256(CONTENT[:-1]).hexdigest())  # what is given wins


@pytest.mark.parametrize("folder", ["./", "weights/", "/elsewhere/weights/"])
def test_a_list_made_in_another_folder_counts(weights: Path, folder: str) -> None:
    listed = weights.with_name("SHA256SUMS")
    listed.write_text(f"{'0' * 64}  {folder}{weights.name}\n")
    with pytest.raises(InputError, match="as SHA256SUMS beside it says"):
        check_sum(weights)
    listed.write_text(f"{SUM}  {weights.name}\n{'0' * 64}  old/{weights.name}\n")
    check_sum(weights)  # the nearest of several of one name


def test_a_list_that_is_none_asks_for_nothing(weights: Path) -> None:
    weights.with_name("SHA256SUMS").write_bytes(b"\xff\n\n1\n")
    check_sum(weights)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        check_sum(tmp_path, SUM)
