"""What errors say in a line."""

from pathlib import Path

import pytest

from grasp_detector.errors import InputError, first_line, naming


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("\nbad\nand worse"), "bad"),
        (ValueError(), "ValueError"),
        (RuntimeError(" \n"), "RuntimeError"),
    ],
)
def test_an_error_is_told_in_one_line(error: Exception, said: str) -> None:
    assert first_line(error) == said


def test_bad_input_of_a_file_is_told_with_its_name() -> None:
    with pytest.raises(InputError, match=r"^'a/b\.png': too small$"), naming(Path("a/b.png")):
        raise InputError("too small")
    with pytest.raises(KeyError), naming(Path("a/b.png")):
        raise KeyError("no matter of the file's")
