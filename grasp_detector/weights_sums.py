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


def check_sum(path: Path, expected: str = "") -> None:
    """Refuse a weight file with another checksum than was said.

    Args:
        path: of the file.
        expected: its SHA-256; empty: as SHA256SUMS beside it has it, if there is one that does.

    Raises:
        InputError: another checksum.
    """
    expected, source = expected.strip().lower(), ""
    if not expected:
        expected, source = listed_sums(path.parent).get(path.name, ""), f" as {SUMS} beside it says"
    if expected and (found := sha256(path)) != expected:
        raise InputError(
            f"weights {str(path)!r} have the SHA-256 {found}, not {expected}{source}: "
            "the file is another one, or damaged"
        )


def listed_sums(folder: Path) -> dict[str, str]:
    """The checksums that a folder's SHA256SUMS lists: file name to SHA-256.

    A list made in another folder has paths: of several files of one name the one nearest to the
    list counts.
    """
    try:
        text = (folder / SUMS).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    lines = (line.split(maxsplit=1) for line in text.splitlines())
    listed = [(Path(each[1].lstrip("*")), each[0].lower()) for each in lines if len(each) == 2]
    listed.sort(key=lambda each: len(each[0].parts), reverse=True)  # the last of a name stays
    return {path.name: digest for path, digest in listed}
