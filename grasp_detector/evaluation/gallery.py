"""A page of pictures: every miss and every hit, to be looked at. It shows the data set: keep it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

import cv2
import numpy as np
from numpy.typing import NDArray

from grasp_detector.data import Sample, categories
from grasp_detector.detector.grasp import Grasp
from grasp_detector.drawing import draw_grasps, draw_labels
from grasp_detector.errors import InputError
from grasp_detector.evaluation.protocol import Verdict
from grasp_detector.files import write_whole
from grasp_detector.outputs import check_folder
from grasp_detector.rgbd import central_crop

PAGE, PICTURES = "index.html", "pictures"
_MARK = '<meta name="generator" content="grasp_detector gallery">'
_LABEL = (60, 200, 60)
_MARGIN = 12  # pixels about the part that the network sees
_QUALITY = 88


@dataclass(frozen=True)
class Entry:
    """One picture of the gallery.

    Attributes:
        sample: the picture and its labels.
        verdict: what was found in it.
        row, split, fold: what the page can be filtered by, in words.
    """

    sample: Sample
    verdict: Verdict
    row: str
    split: str
    fold: str


def write_gallery(folder: Path, title: str, entries: Iterable[Entry]) -> Path:
    """Write the page and its pictures.

    Args:
        folder: a new one, an empty one, or that of a gallery, which is replaced.
        title: of the page.
        entries: in any order; misses come first, the surest of them on top.

    Returns:
        The page.

    Raises:
        InputError: as `check_gallery`.
    """
    page = folder / PAGE
    check_gallery(folder)
    try:
        (folder / PICTURES).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{str(folder)!r} cannot be written: {error.strerror}") from error
    # A gallery that is not finished is none; a page without pictures even less.
    write_whole(page, _MARK)
    # The surest misses teach most, and so do the least sure hits.
    ordered = sorted(entries, key=lambda each: -each.verdict.confidence)
    cards: dict[bool, list[str]] = {False: [], True: []}
    for number, entry in enumerate(ordered):
        name = f"{PICTURES}/{number:05}.jpg"
        _write_picture(folder / name, draw_entry(entry))
        cards[entry.verdict.correct].append(_card(entry, name))
    template = Template(
        files("grasp_detector.evaluation").joinpath("gallery.html").read_text(encoding="utf-8")
    )
    text = template.substitute(
        mark=_MARK,
        title=escape(title),
        filters="\n".join(
            _filter(name, [getattr(each, name) for each in ordered])
            for name in ("row", "split", "fold")
        ),
        misses="\n".join(cards[False]),
        hits="\n".join(cards[True]),
    )
    # A data set's names may be no UTF-8.
    write_whole(page, text.encode("utf-8", "backslashreplace"))
    for old in (folder / PICTURES).glob("*.jpg"):
        # Others may have put their own pictures there.
        if old.stem.isdecimal() and int(old.stem) >= len(ordered):
            old.unlink()
    return page


def check_gallery(folder: Path) -> None:
    """See that a gallery can be written here.

    Raises:
        InputError: the folder holds other things or cannot be written.
    """
    page = folder / PAGE
    ours = page.is_file() and _MARK in page.read_text(encoding="utf-8", errors="replace")
    if folder.exists() and not ours and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{str(folder)!r} is not an empty folder and holds no gallery")
    check_folder(folder)


def draw_entry(entry: Entry) -> NDArray[np.uint8]:
    """The part of a picture that the network sees, labels in green below what was found."""
    rgb = draw_labels(entry.sample.rgb(), entry.sample.grasps, _LABEL)
    verdict = entry.verdict
    best = Grasp.of(verdict.grasp, verdict.confidence)
    drawn = draw_grasps(rgb, [best])
    crop = central_crop(*rgb.shape[:2])
    low = [max(0, round(edge) - _MARGIN) for edge in (crop.y, crop.x)]
    high = [round(edge + crop.size) + _MARGIN for edge in (crop.y, crop.x)]
    return drawn[low[0] : high[0], low[1] : high[1]]


def _write_picture(path: Path, rgb: NDArray[np.uint8]) -> None:
    done, data = cv2.imencode(".jpg", rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    assert done
    try:
        path.write_bytes(data.tobytes())
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be written: {error.strerror}") from error


def _card(entry: Entry, picture: str) -> str:
    sample, verdict = entry.sample, entry.verdict
    said = f"{verdict.confidence:.2f} sure, Jaccard index {verdict.jaccard:.2f}"
    if verdict.category >= 0:
        said += f", {categories()[verdict.category]}"
        said += "" if verdict.category == verdict.truth else " (wrong)"
    about = f"{sample.name} {sample.object_name}".strip()
    where = ", ".join(filter(None, (entry.row, entry.split, entry.fold)))
    data = " ".join(
        f'data-{name}="{escape(getattr(entry, name))}"' for name in ("row", "split", "fold")
    )
    return (
        f'<figure {data}><img loading="lazy" src="{picture}" alt="{escape(about)}">'
        f"<figcaption><b>{escape(about)}</b><br>{escape(said)}<br>{escape(where)}</figcaption>"
        "</figure>"
    )


def _filter(name: str, values: Sequence[str]) -> str:
    """A choice among the values, where there is one."""
    several = sorted(set(values))
    if len(several) < 2:
        return ""
    options = "".join(f'<option value="{escape(v)}">{escape(v)}</option>' for v in several)
    every = '<option value="">all</option>'
    return f'<label>{name} <select name="{name}">{every}{options}</select></label>'
