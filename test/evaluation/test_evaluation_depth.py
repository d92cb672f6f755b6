"""What colour and depth are worth: stored whole, and told with the weights that it is of."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from grasp_detector.errors import InputError
from grasp_detector.evaluation.beside import page_path
from grasp_detector.evaluation.depth_page import page_text, write_page
from grasp_detector.evaluation.depth_results import (
    HELD,
    ROWS,
    WAYS,
    Origin,
    Tried,
    Try,
    read_tried,
    write_tried,
)
from grasp_detector.weights_path import default_weights
from grasp_detector.weights_sums import listed_sums

SHA = "ab" * 32


def tried(wanted: int = 4, **hits: str) -> Tried:
    """Rows of tries: `x` held, anything else did not; confidence falls with the group."""
    tries = [
        Try(row, group, round(0.9 - 0.2 * group, 1), HELD if hit == "x" else "slipped while lifted")
        for row, marks in hits.items()
        for group, hit in enumerate(marks)
    ]
    origin = Origin(SHA, {"ways": WAYS})
    return Tried(origin, "w.safetensors", "b, h", {"fold 0": 0.9435}, wanted, tuple(tries), 61.0)


def cells(page: str, section: str, title: str) -> list[str]:
    part = page.split(f"## {section}\n", 1)[1].split("\n## ")[0]
    (line,) = [each for each in part.splitlines() if each.startswith(f"| {title} |")]
    return re.split(r" \| ", line.strip("| "))[1:]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    given = tried(rgb="x..x")
    given = replace(given, tries=(*given.tries, Try("depth", 0, None, "no grasp found")))
    write_tried(tmp_path, "single", given)
    assert read_tried(tmp_path, "single") == given
    assert read_tried(tmp_path, "clutter") is None


@pytest.mark.parametrize("content", ["", "{}", '{"format": 1}', "[1]"])
def test_a_damaged_file_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "single.json").write_text(content)
    with pytest.raises(InputError, match="remove it"):
        read_tried(tmp_path, "single")


def test_the_page_counts(tmp_path: Path) -> None:
    folder = tmp_path / "depth"
    write_tried(folder, "single", tried(rgb="x..x", rgbd="xxx.", rgbd_room="xxxx", mask="xxxx"))
    page = write_page(folder, [SHA]).read_text()
    assert page == page_text(folder, [SHA])
    assert page_path(folder).name == "depth.md"
    share, clutter, kinect, cornell = cells(page, "Success", "RGB")
    assert share.startswith("50.0 (") and share.endswith(", 2 of 4")
    assert (clutter, kinect, cornell) == ("-", "-", "94.3")
    assert cells(page, "Success", "RG-D")[0].endswith(", 3 of 4")
    # Two tables gained, one lost; one of four that gains may have been chance.
    assert cells(page, "Differences", "RG-D over RGB")[0].startswith("+25.0 (-")
    assert cells(page, "Differences", "asking for room, RG-D")[0].startswith("+25.0 (-")
    # Groups 0 to 3 are 0.9, 0.7, 0.5 and 0.3 sure.
    sure = cells(page, "Success by confidence", "RGB")
    assert sure == ["-", "100.0 of 1", "0.0 of 1", "0.0 of 1", "100.0 of 1"]
    assert "RGB, real scenes" not in page
    write_tried(folder, "kinect", tried(rgb="x."))
    sure = cells(page_text(folder, [SHA]), "Success by confidence", "RGB, real scenes")
    assert sure == ["-", "-", "-", "0.0 of 1", "100.0 of 1"]
    assert "| simulation, one object | RGB | 2 slipped while lifted |" in page
    assert "| simulation, one object | true mask, no network | none |" in page


def test_a_page_of_somebody_else_is_not_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "depth"
    write_tried(folder, "single", tried(rgb="x..x"))
    page = tmp_path / "depth.md"
    page.write_text("# My notes")
    with pytest.raises(InputError, match="not written by `grasp-detector depth`"):
        write_page(folder, [SHA])
    assert page.read_text() == "# My notes"


def test_the_folder_may_be_the_current_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "my depth"
    write_tried(folder, "single", tried(rgb="x..x"))
    text = page_text(folder, [SHA])
    monkeypatch.chdir(folder)
    assert write_page(Path(), [SHA]) == tmp_path / "my depth.md"
    assert (tmp_path / "my depth.md").read_text() == text
    with pytest.raises(InputError, match="choose another folder"):
        page_path(Path("/"))


def test_what_is_of_other_weights_or_not_finished_is_said_to_be(tmp_path: Path) -> None:
    write_tried(tmp_path, "single", tried(rgb="x..x"))
    page = page_text(tmp_path, ["cd" * 32])
    assert "`w.safetensors` (abababababab; b, h), **of none that ship**;" in page
    assert "--weights w.safetensors " in page and "not finished" not in page
    write_tried(tmp_path, "single", tried(wanted=10, rgb="x..x"))
    page = page_text(tmp_path, [SHA])
    assert "4 tables of 10: **not finished**" in page and "of none that ship" not in page
    assert "--weights weights/w.safetensors " in page
    assert "simulation, clutter: not run." in page and "earlier code" not in page
    write_tried(tmp_path, "single", replace(tried(rgb="x"), origin=Origin(SHA, {"ways": 1})))
    assert "**by earlier code**: run again" in page_text(tmp_path, [SHA])


def test_the_readme_has_the_stored_shares(top: Path) -> None:
    """A table of its own, with the page's rows in other words."""
    words = {
        "RGB": "colour alone",
        "RG-D": "colour and depth",
        "D only": "depth alone",
        "true mask": "across the true mask",
    }
    lines = (top / "README.md").read_text().splitlines()
    rows = [[c.strip() for c in line.split("|")[1:-1]] for line in lines if line.startswith("|")]
    said = {title: shares for title, *shares in rows}
    page = page_path(top / "docs" / "depth").read_text()
    for title in ROWS.values():
        first, _, rest = title.partition(", ")
        name = f"{words[first]}, {rest}" if rest else words[first]
        if title == "D only":
            assert name not in said
            continue
        shares = [cell.split(" ")[0] for cell in cells(page, "Success", title)[:3]]
        assert said[name] == [share.replace("-", "") for share in shares], name


@pytest.mark.parametrize("name", ["depth", "depth_multigrasp"])
def test_the_page_is_that_of_the_stored_results(top: Path, name: str) -> None:
    folder = top / "docs" / name
    again = "run `grasp-detector depth --report`"
    shipped = listed_sums(default_weights().parent).values()
    page = page_path(folder).read_text()
    assert page == page_text(folder, shipped), again
    assert "-0.0 " not in page
