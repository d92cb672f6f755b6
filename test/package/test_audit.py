"""What is said of an audit."""

from __future__ import annotations

from typing import Any

from audit import summary

SAFE: dict[str, Any] = {"name": "a", "version": "1", "vulns": []}
SKIPPED: dict[str, Any] = {"name": "b", "version": "2", "skip_reason": "not found"}
FOUND = {"id": "PYSEC-1", "fix_versions": ["4", "5"]}
UNSAFE: dict[str, Any] = {"name": "c", "version": "3", "vulns": [FOUND]}


def test_a_known_vulnerability_is_named_and_fails() -> None:
    lines, status = summary([SAFE, SKIPPED, UNSAFE])
    assert lines == [
        "c 3: PYSEC-1, mended in 4, 5",
        "audit: 2 of 3 packages looked up, 1 known",
    ]
    assert status == 1


def test_none_known() -> None:
    lines, status = summary([SAFE, SKIPPED])
    assert lines == ["audit: 1 of 2 packages looked up, 0 known"]
    assert status == 0


def test_no_data_is_no_success() -> None:
    lines, status = summary([SKIPPED])
    assert lines == ["audit: no data can be reached from here: nothing was looked up"]
    assert status == 0
