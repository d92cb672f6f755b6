"""What colour and depth are worth, as a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from grasp_detector.evaluation.beside import page_path, write_beside
from grasp_detector.evaluation.depth_results import (
    PLACES,
    ROWS,
    WAYS,
    Tried,
    Try,
    read_tried,
)
from grasp_detector.evaluation.markdown import NONE, duration, percent, table
from grasp_detector.interval import CONFIDENCE_BINS, in_bin, paired_gain, share_of

_HEADINGS = {
    "single": "simulation, one object",
    "clutter": "simulation, clutter",
    "kinect": "real Kinect scenes",
}
_NETWORKS = tuple(row for row in ROWS if row != "mask")
COMMAND = "grasp-detector depth"
"""Which writes the page."""


def page_text(folder: Path, shipped: Collection[str]) -> str:
    """The page of what is stored.

    Args:
        folder: of the results.
        shipped: SHA-256 of the weight files that ship: what is of others is said to be so.

    Raises:
        InputError: a damaged file.
    """
    name = page_path(folder).stem
    stored = {place: tried for place in PLACES if (tried := read_tried(folder, place)) is not None}
    lines = [
        *_head(name),
        *_origins(stored, shipped),
        *_shares(stored),
        *_gains(stored),
        *_confidence(stored),
        *_failures(stored),
        *_again(stored, shipped, name),
    ]
    return "\n".join(lines) + "\n"


def write_page(folder: Path, shipped: Collection[str]) -> Path:
    """Write the page beside the folder; errors as `page_text` and `write_beside`."""
    return write_beside(folder, page_text(folder, shipped), COMMAND)


def _head(name: str) -> list[str]:
    return [
        "# What depth is worth",
        "",
        f"Written by `{COMMAND}` from the files in [{name}/]({name}/); change neither by hand.",
        "",
        "One network, shown everything (RG-D), colour alone (RGB: its blue channel is zero) or "
        "depth alone (D only: the picture is grey). *Depth asked for room*: the grasps it proposes "
        "are moved and opened where depth says that a finger would land on something, and ranked "
        "by how well the plates would hold there, too "
        "([clearance.py](../grasp_detector/detector/clearance.py); a robot's planner "
        "can do the same). The true mask is the simulator's, or the labeller's: closing across its "
        "minor axis needs no network, but somebody who knows the mask.",
        "",
        "In simulation a grasp counts that lifts an object and keeps it when shaken "
        "([simulation.md](simulation.md)); all rows try the same tables, of objects that nothing "
        "was trained on, and in all of them depth tells how far the gripper goes. In real scenes "
        "nothing is tried: a grasp counts whose centre lies on an "
        "object and whose opening axis leaves the object's mask on both sides before the plates, "
        "even where a plate would land on something else; "
        "of each scene nine squares are looked at (`grasp-detector transfer` tells of the middle "
        "one alone, and of the depth of other scenes).",
        "",
    ]


def _origins(stored: Mapping[str, Tried], shipped: Collection[str]) -> list[str]:
    lines = ["## Of which weights", ""]
    for place in PLACES:
        tried = stored.get(place)
        if tried is None:
            lines.append(f"- {_HEADINGS[place]}: not run.")
            continue
        sha = tried.origin.weights_sha256
        stale = "" if sha in shipped else ", **of none that ship**"
        if tried.origin.settings.get("ways") != WAYS:
            stale += ", **by earlier code**: run again"
        part = "" if tried.groups == tried.wanted else f" of {tried.wanted}: **not finished**"
        lines.append(
            f"- {_HEADINGS[place]}: `{tried.weights}` ({sha[:12]}; {tried.network}){stale}; "
            f"{tried.groups} "
            f"{'scenes' if place == 'kinect' else 'tables'}{part}, {duration(tried.seconds)}."
        )
    return [*lines, ""]


def _shares(stored: Mapping[str, Tried]) -> list[str]:
    rows = [
        [title, *(_share(stored.get(place), row) for place in PLACES), _cornell(stored, row)]
        for row, title in ROWS.items()
    ]
    return [
        "## Success",
        "",
        "Percent, with the 95 % interval (Wilson's; tries of one table or scene tell less). Alone "
        "on its table each object falls twice; in clutter it lies on several of the tables, which "
        "the intervals take as tables of different objects.",
        "",
        *table(["", *(_HEADINGS[place] for place in PLACES), "Cornell, rectangle metric"], rows),
        "Cornell's depth is not at hand, so only RGB can be measured there: the folds that the "
        "training of these weights' experiment held out, object-wise; all splits, folds and other "
        "networks are in [results.md](results.md).",
        "",
    ]


def _share(tried: Tried | None, row: str) -> str:
    tries = [] if tried is None else tried.of(row)
    if not tries:
        return NONE
    share = share_of([each.held for each in tries], [each.group for each in tries])
    return (
        f"{percent(share.share)} ({percent(share.low)} to {percent(share.high)}), "
        f"{share.hits} of {share.of}"
    )


def _cornell(stored: Mapping[str, Tried], row: str) -> str:
    if row != "rgb":
        return NONE
    shares = next((tried.cornell for tried in stored.values() if tried.cornell), {})
    return ", ".join(percent(share) for share in shares.values()) or NONE


def _gains(stored: Mapping[str, Tried]) -> list[str]:
    pairs = [
        ("RG-D over RGB", "rgbd", "rgb"),
        ("the same, both asked for room", "rgbd_room", "rgb_room"),
        ("asking for room, RG-D", "rgbd_room", "rgbd"),
        ("asking for room, RGB", "rgb_room", "rgb"),
        ("all that depth gives to choosing: RG-D asked for room, over RGB", "rgbd_room", "rgb"),
        ("RG-D asked for room, over the true mask", "rgbd_room", "mask"),
    ]
    rows = [
        [title, *(_gain(stored.get(place), first, second) for place in PLACES)]
        for title, first, second in pairs
    ]
    return [
        "## Differences",
        "",
        "On the same tables and scenes, which are resampled for the 95 % interval.",
        "",
        *table(["", *(_HEADINGS[place] for place in PLACES)], rows),
    ]


def _gain(tried: Tried | None, first: str, second: str) -> str:
    if tried is None or not (tried.of(first) and tried.of(second)):
        return NONE
    ours, theirs = ([(each.group, each.held) for each in tried.of(row)] for row in (first, second))
    gain, (low, high) = paired_gain(ours, theirs)
    # Sums of floats: what is nothing may be a little less, and -0.0 be written.
    gain, low, high = (round(100 * share, 1) + 0.0 for share in (gain, low, high))
    return f"{gain:+.1f} ({low:+.1f} to {high:+.1f})"


def _confidence(stored: Mapping[str, Tried]) -> list[str]:
    lines = [
        "## Success by confidence",
        "",
        "Of grasps that were about equally sure, how many per cent held, or closed on an object, "
        "and of how many. Calibrated is who holds as often as it is sure.",
        "",
    ]
    rows = []
    for where, places in (("", ("single", "clutter")), (", real scenes", ("kinect",))):
        tries = [each for place in places if place in stored for each in stored[place].tries]
        for row in _NETWORKS:
            own = [each for each in tries if each.row == row]
            if own:
                cells = (_bin(own, low, high) for low, high in CONFIDENCE_BINS)
                rows.append([f"{ROWS[row]}{where}", *cells])
    return [*lines, *table(["", *(f"{a:.1f} to {b:.1f}" for a, b in CONFIDENCE_BINS)], rows)]


def _bin(tries: Sequence[Try], low: float, high: float) -> str:
    inside = [
        each.held
        for each in tries
        if each.confidence is not None and in_bin(each.confidence, low, high)
    ]
    return f"{percent(sum(inside) / len(inside))} of {len(inside)}" if inside else NONE


def _failures(stored: Mapping[str, Tried]) -> list[str]:
    lines = ["## What became of the others", ""]
    rows = []
    for place in ("single", "clutter"):
        if place not in stored:
            continue
        for row, title in ROWS.items():
            failed = Counter(each.verdict for each in stored[place].of(row) if not each.held)
            words = ", ".join(f"{count} {why}" for why, count in sorted(failed.items()))
            rows.append([_HEADINGS[place], title, words or "none"])
    return [*lines, *table(["", "", "not held"], rows, left=3)]


def _again(stored: Mapping[str, Tried], shipped: Collection[str], name: str) -> list[str]:
    tried = next(iter(stored.values()), None)
    weights = "FILE" if tried is None else tried.weights
    if tried is None or tried.origin.weights_sha256 in shipped:
        weights = f"weights/{weights}"
    return [
        "## Again",
        "",
        f"    grasp-detector depth --weights {weights} \\",
        f"        --results docs/{name} --scenes /path/to/kinect_scenes",
        f"    grasp-detector depth --results docs/{name} --report    # this page alone",
        "",
        "A run that was stopped goes on. Results of other weights or scenes are not replaced: "
        f"where there are new ones, remove the files in {name}/ first.",
    ]
