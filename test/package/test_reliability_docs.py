"""docs/reliability.md promises nothing that no test shows."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
PAGES = [TOP / "docs" / "reliability.md", TOP / "docs" / "security.md"]


def names_in(path: Path) -> set[str]:
    """Names of the tests of a file, those of its classes, too."""
    return {
        node.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_every_named_test_exists() -> None:
    named = re.findall(r"`(test/[\w/]+\.py)::(\w+)`", "".join(page.read_text() for page in PAGES))
    assert len(named) > 50
    missing = [f"{file}::{name}" for file, name in named if name not in names_in(TOP / file)]
    assert not missing


def test_every_promise_has_a_test() -> None:
    rows = [
        line
        for line in PAGES[0].read_text().splitlines()
        if line.startswith("| ") and not line.startswith(("| fault |", "| --- |"))
    ]
    assert len(rows) > 30
    for row in rows:
        _, fault, promise, tests, _ = row.split("|")
        assert fault.strip()
        assert promise.strip()
        assert re.fullmatch(r"`test/[\w/]+\.py::\w+`(, `test/[\w/]+\.py::\w+`)*", tests.strip()), (
            row
        )


def test_links_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
