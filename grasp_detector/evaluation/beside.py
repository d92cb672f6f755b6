"""The page of a folder of figures, which lies beside it: `docs/depth.md` of `docs/depth`."""

from __future__ import annotations

from pathlib import Path

from grasp_detector.errors import InputError
from grasp_detector.files import write_whole


def page_path(folder: Path) -> Path:
    """The page of a folder, of the one in which we are, too.

    Raises:
        InputError: nothing can lie beside this folder.
    """
    # "." and ".." are names for a folder that has one of its own.
    folder = folder if folder.name not in ("", "..") else folder.resolve()
    if not folder.name:
        raise InputError(f"{str(folder)!r} has no page beside it: choose another folder")
    return folder.with_name(f"{folder.name}.md")


def check_page(folder: Path, command: str) -> Path:
    """See that the page of a folder is not there yet, or is one that may be replaced.

    Args:
        folder: of the figures.
        command: that writes such pages, as they tell: "Written by `command`".

    Returns:
        The page's path.

    Raises:
        InputError: somebody else wrote it, or nothing can lie beside this folder.
    """
    path = page_path(folder)
    try:
        ours = not path.exists() or f"Written by `{command}`" in path.read_text("utf-8", "replace")
    except OSError:  # a folder, or what nobody may read
        ours = False
    if not ours:
        raise InputError(
            f"{str(path)!r} was not written by `{command}`, which would replace it: choose another "
            "folder of results"
        )
    return path


def write_beside(folder: Path, text: str, command: str) -> Path:
    """Write the page of a folder, whole or not at all; arguments and errors as `check_page`."""
    path = check_page(folder, command)
    write_whole(path, text)
    return path
