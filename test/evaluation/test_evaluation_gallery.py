"""The gallery: whole, in order, and harmless whatever names say."""

import re
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest

from grasp_detector.data import Sample, category_of
from grasp_detector.errors import InputError
from grasp_detector.evaluation import Verdict
from grasp_detector.evaluation.gallery import Entry, draw_entry, write_gallery

LABEL = np.array([320.0, 240.0, 0.0, 40.0, 80.0])
NASTY = 'a/..\\"><script>alert(1)</script>&$title'


class Page(HTMLParser):
    """Figures, their pictures and words, and everything that could load or run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.sources: list[str] = []
        self.figures: list[dict[str, str | None]] = []
        self.words: list[str] = []
        self.scripts = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.scripts += tag == "script"
        self.sources += [str(found[name]) for name in ("src", "href") if name in found]
        if tag == "figure":
            self.figures.append(found)
        if tag == "img":
            assert found["loading"] == "lazy"

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture
def sample(tmp_path: Path) -> Sample:
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), np.full((480, 640, 3), 128, np.uint8))
    return Sample(NASTY, "1", "Mug", path, None, LABEL[None])


def entry(sample: Sample, confidence: float, hit: bool, fold: str = "fold 0") -> Entry:
    mug = category_of("Mug")
    grasp = LABEL + np.array([0.0, 20, 0, 0, 0])
    verdict = Verdict(sample.name, "1", mug, grasp, confidence, 0.9 * hit, mug if hit else 0)
    return Entry(sample, verdict, f"row {NASTY}", "object-wise", fold)


def test_misses_come_first_and_the_surest_on_top(sample: Sample, tmp_path: Path) -> None:
    folder = tmp_path / "gallery"
    entries = [
        entry(sample, 0.2, True, "fold 1"),
        entry(sample, 0.5, False),
        entry(sample, 0.3, True),
        entry(sample, 0.9, False),
    ]
    page = write_gallery(folder, f"Toys {NASTY}", entries)
    text = page.read_text()
    read = Page(text)
    sure = [float(each) for each in re.findall(r"(\d\.\d\d) sure", text)]
    assert sure == [0.9, 0.5, 0.3, 0.2]
    assert [figure["data-fold"] for figure in read.figures] == ["fold 0"] * 3 + ["fold 1"]
    assert text.index("Misses") < text.index("0.50 sure") < text.index("Hits")
    assert "(wrong)" in text


def test_it_refers_to_nothing_but_its_own_pictures(sample: Sample, tmp_path: Path) -> None:
    folder = tmp_path / "gallery"
    page = write_gallery(folder, "Toys", [entry(sample, i / 10, i % 2 == 0) for i in range(5)])
    sources = Page(page.read_text()).sources
    assert len(sources) == 5
    inside = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert inside == {"index.html", *sources}
    for source in sources:
        assert cv2.imread(str(folder / source)) is not None
    assert "http" not in page.read_text()


def test_names_are_words_and_never_markup(sample: Sample, tmp_path: Path) -> None:
    page = write_gallery(tmp_path / "g", NASTY, [entry(sample, 0.5, True)])
    read = Page(page.read_text())
    assert read.scripts == 1, "our own"
    assert any(NASTY in words for words in read.words)
    assert read.figures[0]["data-row"] == f"row {NASTY}"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "g"]


def test_names_may_be_no_utf_8(sample: Sample, tmp_path: Path) -> None:
    page = write_gallery(tmp_path / "g", "gr\udce4ser", [entry(sample, 0.5, True)])
    assert r"gr\udce4ser" in page.read_text(encoding="utf-8")


def test_a_gallery_is_replaced_and_nothing_else_is(sample: Sample, tmp_path: Path) -> None:
    folder = tmp_path / "gallery"
    write_gallery(folder, "Toys", [entry(sample, 0.5, True)] * 3)
    write_gallery(folder, "Toys", [entry(sample, 0.5, True)])
    assert [path.name for path in (folder / "pictures").iterdir()] == ["00000.jpg"]
    foreign = folder / "pictures" / "me.jpg"
    foreign.touch()
    write_gallery(folder, "Toys", [entry(sample, 0.5, True)])
    assert foreign.exists()
    thesis = tmp_path / "thesis"
    thesis.mkdir()
    (thesis / "index.html").write_text("precious")
    with pytest.raises(InputError, match="holds no gallery"):
        write_gallery(thesis, "Toys", [entry(sample, 0.5, True)])
    assert [path.name for path in thesis.iterdir()] == ["index.html"]
    with pytest.raises(InputError, match="holds no gallery"):
        write_gallery(tmp_path / "a.png", "Toys", [])


def test_labels_and_the_prediction_are_drawn_where_they_are(sample: Sample) -> None:
    picture = draw_entry(entry(sample, 0.5, False)).astype(int)
    # The part that the network sees with a margin of 12: 344 pixels wide.
    assert picture.shape == (344, 344, 3)
    left, top = 160 - 12, 80 - 12
    red, green, blue = np.moveaxis(picture, -1, 0)
    labelled = (green > red + 40) & (green > blue + 40)
    found = (red > green + 40) & (red > blue + 40)
    # The label's upper edge at y 220, the prediction's opening 20 pixels lower, at y 240.
    assert labelled[220 - top, 300 - left : 340 - left].all()
    assert found[240 - top, 300 - left : 340 - left].all()
    assert not found[220 - top, 300 - left : 340 - left].any()
