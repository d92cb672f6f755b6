"""The page that labels pictures forgets nothing that was drawn.

Its script runs in node with as much of a browser as it asks for.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

TOP = Path(__file__).resolve().parents[2]

BROWSER = """
const elements = {}, windowListeners = {}, saved = [];
const element = () => ({
  listeners: {}, textContent: "",
  addEventListener(name, listener) { this.listeners[name] = listener; },
  getContext: () => new Proxy({}, {get: () => () => {}, set: () => true}),
  getBoundingClientRect: () => ({left: 0, top: 0, width: 640, height: 480}),
  click() { saved.push([this.download, blob.parts.join("")]); },
});
let blob;
globalThis.document = {
  getElementById: id => elements[id] ??= element(),
  createElement: element, addEventListener() {},
};
globalThis.window = {addEventListener(name, listener) { windowListeners[name] = listener; }};
globalThis.Blob = class { constructor(parts) { this.parts = parts; blob = this; } };
globalThis.File = class { constructor(parts, name) { this.parts = parts; this.name = name; } };
let shownBytes;
URL.createObjectURL = object => {
  shownBytes = (object.parts ?? []).map(part => Buffer.from(part).toString("hex")).join("");
  return object.name ?? "blob:";
};
URL.revokeObjectURL = () => {};
globalThis.Image = class {
  naturalWidth = 640; naturalHeight = 480;
  async decode() { if (!/[.](png|jpg)$/i.test(this.src)) throw new Error("no picture"); }
};
const file = (name, text = "", size = 1, hex = "") => ({
  name, size, lastModified: 1, text: async () => text,
  arrayBuffer: async () => new Uint8Array(Buffer.from(hex, "hex")).buffer,
});
const choose = (...files) => elements.files.listeners.change({target: {files}});
const click = (x, y) => elements.canvas.listeners.click({clientX: x, clientY: y});
const grasp = x => { click(x, 100); click(x + 50, 100); click(x, 120); };
const press = id => elements[id].onclick();
const says = () => elements.name.textContent;
const warns = () => {
  let asked = false;
  windowListeners.beforeunload({preventDefault() { asked = true; }});
  return asked;
};
const out = [];
"""
LABELS = "10 20\n60 20\n60 40\n10 40\n"
NONE = "NaN NaN\n" * 4  # Cornell has such
OTHERS = "253 319.7\n309 324\n307 350\n251 345.7\n"


def browse(steps: str) -> list[Any]:
    """What the steps put into `out`."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not here")
    page = (TOP / "tools" / "label.html").read_text()
    script = re.findall(r"<script>(.*)</script>", page, re.DOTALL)[0].replace('"use strict";', "")
    program = (
        f"{BROWSER}\n{script}\n(async () => {{ {steps}; console.log(JSON.stringify(out)); }})();"
    )
    done = subprocess.run([node, "-"], input=program, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


def test_what_was_changed_since_it_was_saved_is_not_saved() -> None:
    first, saved, other, undone, files = browse(
        """await choose(file("pcd0100r.png"));
        grasp(10); out.push([says(), warns()]);
        press("save"); out.push([says(), warns()]);
        press("undo"); grasp(200); out.push([says(), warns()]);
        press("save"); press("undo"); out.push([says(), warns()]);
        out.push(saved)"""
    )
    assert first == ["1 of 1: pcd0100r.png, 1 grasps, not saved", True]
    assert saved == ["1 of 1: pcd0100r.png, 1 grasps", False]
    assert other == ["1 of 1: pcd0100r.png, 1 grasps, not saved", True]
    assert undone == ["1 of 1: pcd0100r.png, 0 grasps, not saved", True]
    assert files[0] == ["pcd0100cpos.txt", "10 80\n60 80\n60 120\n10 120\n"]


def test_undo_of_nothing_changes_nothing() -> None:
    (warned,) = browse("""await choose(file("pcd0100r.png")); press("undo"); out.push(warns())""")
    assert not warned


def test_choosing_more_pictures_drops_no_labels() -> None:
    more, again, another = browse(
        """await choose(file("pcd0101r.png")); grasp(10);
        await choose(file("pcd0100r.png"), file("notes.pdf")); press("next"); out.push(says());
        await choose(file("pcd0101r.png")); out.push(says());
        await choose(file("pcd0101r.png", "", 2)); out.push([says(), elements.note.textContent])"""
    )
    assert more == again == "2 of 2: pcd0101r.png, 1 grasps, not saved"
    assert another[0] == again and "save them first" in another[1]


def test_labels_are_read_corrected_and_written() -> None:
    read, files, kept, told = browse(
        f"""const labels = file("pcd0100cpos.txt", {json.dumps(LABELS + NONE + OTHERS)});
        await choose(file("pcd0100r.png"), labels, file("pcd0100cneg.txt", "1 2"));
        out.push([says(), warns(), elements.note.textContent]);
        press("undo"); grasp(200); press("save"); out.push(saved);
        await choose(file("pcd0100r.png"), labels); out.push(says());
        out.push(elements.note.textContent)"""
    )
    assert read == ["1 of 1: pcd0100r.png, 2 grasps", False, ""]
    assert files == [["pcd0100cpos.txt", LABELS + "200 80\n250 80\n250 120\n200 120\n"]]
    assert kept == "1 of 1: pcd0100r.png, 2 grasps"
    assert told == "pcd0100cpos.txt was not read: its picture has other labels here."


def shown(data: bytes) -> bytes:
    """What the page gives the browser to show of a picture's file."""
    hexadecimal = json.dumps(data.hex())
    (found,) = browse(
        f"""await choose(file("pcd0100r.png", "", 1, {hexadecimal})); out.push(shownBytes)"""
    )
    return bytes.fromhex(found)


@pytest.mark.parametrize("kind", ["png", "jpeg"])
@pytest.mark.parametrize("orientation", [3, 6])
def test_pictures_are_not_turned_as_exif_says(kind: str, orientation: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    turned = Pillow.Exif()
    turned[0x0112] = orientation
    file, plain = BytesIO(), BytesIO()
    Pillow.fromarray(pixels).save(file, kind, exif=turned)
    Pillow.fromarray(pixels).save(plain, kind)
    assert shown(file.getvalue()) == plain.getvalue()
    assert shown(plain.getvalue()) == plain.getvalue()


@pytest.mark.parametrize("kind", ["png", "jpeg"])
def test_a_cut_off_picture_is_for_the_browser_to_judge(kind: str) -> None:
    file = BytesIO()
    Pillow.new("RGB", (64, 48)).save(file, kind)
    for end in (0, 1, 9, 22, 40):
        assert shown(file.getvalue()[:end]) == file.getvalue()[:end]


@pytest.mark.parametrize("text", ["1 2 3\n", "a b\n" * 4, "<html>"])
def test_what_holds_no_corners_is_told(text: str) -> None:
    (told, grasps) = browse(
        f"""await choose(file("pcd0100r.png"), file("pcd0100cpos.txt", {json.dumps(text)}));
        out.push(elements.note.textContent, says())"""
    )
    assert told == "pcd0100cpos.txt does not hold four corners for each grasp."
    assert grasps.endswith("0 grasps")


def test_names_that_nothing_will_read_are_told() -> None:
    odd, fine, lone = browse(
        """await choose(file("IMG_7.JPG")); out.push(elements.note.textContent);
        await choose(file("pcd01000r.JPG")); press("next"); out.push(elements.note.textContent);
        await choose(file("pcd0200cpos.txt")); out.push(elements.note.textContent)"""
    )
    assert "pcd0100r.png" in odd and "IMG_7cpos.txt" in odd
    assert fine == ""
    assert lone.startswith("pcd0200cpos.txt: its picture was not chosen.")
