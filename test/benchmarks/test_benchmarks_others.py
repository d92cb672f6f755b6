"""The comparison: the others' networks are theirs, their way finds grasps, the page says it all."""

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from benchmarks.contender import OURS, make_contender, turn
from benchmarks.dense_networks import Residual, multiplications, parameters
from benchmarks.dense_ways import (
    GG_CNN,
    GR_CONVNET,
    PUBLISHED,
    Published,
    decode,
    peaks,
)
from benchmarks.others import exported, measure, networks
from grasp_detector.bench.others import others_goals, others_lines
from grasp_detector.bench.scene import DEPTH, RGB

ALL = pytest.mark.parametrize("published", PUBLISHED.values(), ids=PUBLISHED.keys())


@ALL
def test_a_network_has_as_many_parameters_as_published(published: Published) -> None:
    assert parameters(published.build()) == published.parameters


@pytest.mark.parametrize(
    ("published", "convolutions", "transposed", "residual"),
    [(GG_CNN, 3, 3, 0), (GR_CONVNET, 3, 3, 5)],
)
def test_a_network_has_the_layers_of_its_paper(
    published: Published, convolutions: int, transposed: int, residual: int
) -> None:
    trunk = list(published.build().trunk.children())
    kinds = [sum(isinstance(layer, kind) for layer in trunk) for kind in (nn.Conv2d, Residual)]
    assert kinds == [convolutions, residual]
    assert sum(isinstance(layer, nn.ConvTranspose2d) for layer in trunk) == transposed


@ALL
def test_every_pixel_has_its_answer(published: Published) -> None:
    with torch.inference_mode():
        maps = published.build()(torch.zeros(published.shape))
    side = published.shape[-1]
    assert [tuple(each.shape) for each in maps] == [(1, 1, side, side)] * 4


def test_multiplications_are_counted_by_hand() -> None:
    picture = torch.zeros(1, 2, 8, 8)
    there = nn.Conv2d(2, 3, 3, stride=2, padding=1)
    back = nn.ConvTranspose2d(3, 5, 4, stride=2, padding=1)
    assert multiplications(there, picture) == 3 * 2 * 3 * 3 * 4 * 4
    both = nn.Sequential(there, nn.ReLU(), back)
    assert multiplications(both, picture) == 3 * 2 * 3 * 3 * 4 * 4 + 3 * 5 * 4 * 4 * 4 * 4


@ALL
def test_what_a_network_sees_has_its_shape(published: Published) -> None:
    seen = published.prepare(RGB, DEPTH)
    assert seen.shape == published.shape
    assert seen.dtype == np.float32
    assert seen.flags.c_contiguous, "the runtimes would copy it once more"
    assert np.isfinite(seen).all()


def test_gg_cnn_fills_holes_and_looks_at_depth_around_its_mean() -> None:
    depth = np.full((480, 640), 1000, np.uint16)
    depth[:, 320:] = 1200  # the middle of its square
    holes = depth.copy()
    holes[100:110, 200:210] = 0
    holes[40:44, 120:124] = 0  # the square's corner
    seen = GG_CNN.prepare(RGB, holes)[0, 0]
    np.testing.assert_allclose(seen, GG_CNN.prepare(RGB, depth)[0, 0], atol=1e-3)
    np.testing.assert_allclose(seen[:, [10, -10]].mean(axis=0), [-0.1, 0.1], atol=1e-3)


def test_gr_convnet_sees_depth_and_three_colours_around_their_means() -> None:
    rgb = np.zeros((480, 640, 3), np.uint8)
    rgb[..., 0] = 255
    depth = np.full((480, 640), 1000, np.uint16)
    depth[240:] = 1500
    seen = GR_CONVNET.prepare(rgb, depth)[0]
    np.testing.assert_allclose(seen[0, [0, -1], 0], [-0.25, 0.25], atol=1e-5)
    np.testing.assert_allclose(seen[1:, 0, 0], [2 / 3, -1 / 3, -1 / 3], atol=1e-5)


def bump(row: int, column: int, height: float) -> Any:
    rows, columns = np.mgrid[:300, :300]
    return height * np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 200).astype(np.float32)


def test_peaks_are_best_first_apart_and_not_at_the_border() -> None:
    quality = bump(60, 200, 0.5) + bump(150, 80, 0.9) + bump(5, 5, 1.0) + bump(250, 250, 0.1)
    rows, columns = peaks(quality)
    assert (rows.tolist(), columns.tolist()) == ([150, 60], [80, 200])
    quality[160, 90] = 0.89  # close to a better one
    assert len(peaks(quality)[0]) == 2


def test_maps_become_grasps_of_the_picture() -> None:
    maps = [np.empty((1, 1, 300, 300), np.float32) for _ in range(4)]
    theta = 0.6
    maps[0][0, 0] = bump(60, 210, 0.9)
    for index, value in enumerate((np.cos(2 * theta), np.sin(2 * theta), 0.5), start=1):
        maps[index][:] = value
    (grasp,) = decode(maps, 400, 480, 640)
    scale = 400 / 300
    x, y = 120 + 210 * scale, 40 + 60 * scale
    np.testing.assert_allclose(grasp, [x, y, theta, 37.5 * scale, 75 * scale], rtol=1e-5)


@ALL
def test_the_untrained_find_something_to_decode(published: Published) -> None:
    torch.manual_seed(0)
    with torch.inference_mode():
        seen = torch.from_numpy(published.prepare(RGB, DEPTH))
        maps = [each.numpy() for each in published.build()(seen)]
    assert len(decode(maps, published.crop, 480, 640)), "else a frame would look cheaper than it is"


def test_the_exported_network_answers_like_torchs(tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    path = exported(GG_CNN, tmp_path / "n.onnx")
    torch.manual_seed(0)
    network, seen = GG_CNN.build(), GG_CNN.prepare(RGB, DEPTH)
    said = onnxruntime.InferenceSession(str(path)).run(None, {"pictures": seen})
    with torch.inference_mode():
        for mine, theirs in zip(said, network(torch.from_numpy(seen)), strict=True):
            np.testing.assert_allclose(mine, theirs.numpy(), atol=1e-4)


def test_a_turn_times_frames_their_stages_and_the_network_alone() -> None:
    taken = turn(make_contender("GG-CNN", "torch"), 2)
    assert {name: len(each) for name, each in taken.items()} == dict.fromkeys(
        ("alone", "whole", "prepare", "network", "decode"), 2
    )
    stages = np.sum([taken[name] for name in ("prepare", "network", "decode")], axis=0)
    assert (stages <= taken["whole"]).all()
    assert (stages > 0.9 * np.array(taken["whole"])).all()


def test_contenders_take_turns_in_processes_of_their_own(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    ours, theirs = measure([(OURS, "onnx"), ("GG-CNN", "onnx")], 2, 1, tmp_path)
    assert ours["times"] == {"alone": [1.0] * 3, "whole": [1.0] * 3}
    assert theirs["name"] == "GG-CNN"
    low, high = np.sort(theirs["times"]["whole"])[[0, -1]]
    assert low <= theirs["times"]["whole"][0] <= high
    assert theirs["seconds"]["whole"][0] > theirs["seconds"]["network"][0] > 0


def test_a_contender_that_cannot_be_had_ends_the_measurement(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="ours in abacus ended"):
        measure([(OURS, "abacus")], 1, 1, tmp_path)


def test_all_networks_are_counted_in_torch(top: Path) -> None:
    stored = json.loads((top / "docs" / "performance" / "others.json").read_bytes())
    assert networks() == stored["networks"]
    assert networks()[OURS]["parameters"] == 3_604_055, "batch norms are counted, as theirs are"


def figures(gg_cnn: float, gr_convnet: float) -> dict[str, Any]:
    def row(name: str, engine: str, times: float) -> dict[str, Any]:
        seconds = [0.006 * times, 0.005 * times, 0.007 * times]
        what = ("alone", "whole", "prepare", "network", "decode")
        ratio = [times, times - 0.5, times + 0.5]
        return {
            "name": name,
            "engine": engine,
            "seconds": {each: copy.copy(seconds) for each in what},
            "times": {"alone": ratio, "whole": ratio},
        }

    return {
        "machine": {"realtime": True, "load": 3.2},
        "rounds": 7,
        "calls": 2,
        "networks": {
            name: {"parameters": 62_420, "macs": 1_528_000_000}
            for name in ("ours", "GG-CNN", "GR-ConvNet")
        },
        "rows": [
            *(row("ours", engine, times) for engine, times in (("openvino", 1.0), ("torch", 2.0))),
            row("ours, with poses", "openvino", 1.2),
            row("GG-CNN", "openvino", 3.0),
            row("GG-CNN", "torch", gg_cnn),
            row("GR-ConvNet", "torch", gr_convnet),
        ],
    }


def test_a_goal_is_reached_by_what_was_published_alone() -> None:
    assert [each[1:] for each in others_goals(figures(8.0, 24.0))] == [
        ("8 times", "8.0 times", True),
        ("25 times", "24.0 times", False),
    ]
    assert [each[-1] for each in others_goals(figures(7.9, 25.5))] == [False, True]


def test_the_page_has_a_row_for_each_contender() -> None:
    lines = others_lines(figures(8.0, 24.0))
    assert "7 each of 2 frames, before all others (load 3)" in "\n".join(lines)
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if "|" in line]
    alone = ["GG-CNN", "torch", "62,420", "1,528", "48", "40 to 56", "8.0", "4.0"]
    whole = ["GG-CNN", "torch", "48", "40 to 56", "8.0", "7.5 to 8.5", "48", "48", "48"]
    assert alone in cells
    assert whole in cells
    names = [row[0] for row in cells]
    assert (names.count("ours, with poses"), names.count("GR-ConvNet")) == (1, 2)
