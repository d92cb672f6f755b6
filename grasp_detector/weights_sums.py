"""Whether weight files are the ones that were meant: SHA-256, as ``sha256sum`` writes it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from grasp_detector.errors import InputError

SUMS = "SHA256SUMS"


def sha256(path: Path) -> str:
    """SHA-256 of a file, 64 hexadecimal digits.

    Raises:
        InputError: it cannot be read.
    """
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be read: {error.strerror}") from error


def check_sum(path: Path, expected: str) -> None:
    """Refuse a file of another checksum than ``expected``; empty: any will do.

    Raises:
        InputError: another checksum.
    """
    if not expected:
        return
    found = sha256(path)
    if found != expected.strip().lower():
        raise InputError(
            f"weights {str(path)!r} have the SHA-256 {found}, not {expected}: "
            "the file is another one, or damaged"
        )


def listed_sums(folder: Path) -> dict[str, str]:
    """The checksums that a folder's SHA256SUMS lists: file name to SHA-256."""
    lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    return {name.lstrip("*"): digest for digest, name in (line.split(None, 1) for line in lines)}
