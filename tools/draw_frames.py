"""Draw docs/images/frames.png: a grasp in the picture, and the same as a gripper in space.

    tools/with_ros python tools/draw_frames.py docs/images/frames.png

Both come from the detector's own functions, so that the drawing shows what the code does.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np

from grasp_detector.detector import Intrinsics
from grasp_detector.detector.pose import gripper_pose
from grasp_detector.geometry import grasp_to_corners, quaternion_to_matrix

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.patches import Arc, Polygon

CAMERA = Intrinsics(525.0, 525.0, 319.5, 239.5)
TABLE, TOP = 0.70, 0.64  # metres from the camera, which looks straight down
GRASP = np.array([340.0, 230.0, np.deg2rad(35.0), 70.0, 190.0])
BOX = np.array([340.0, 230.0, np.deg2rad(35.0), 280.0, 110.0])  # of pixels: what is grasped
RED, GREEN, BLUE, GREY = "#c62828", "#2e7d32", "#1565c0", "#616161"


def main(path: Path) -> None:
    """Draw the picture into a file."""
    figure = plt.figure(figsize=(12, 5.4), dpi=100)
    picture(figure.add_axes((0.035, 0.06, 0.44, 0.86)))
    space(figure.add_axes((0.50, 0.0, 0.5, 0.98), projection="3d", computed_zorder=False))
    figure.text(0.75, 0.945, "in space (metres)", fontsize=12, ha="center")
    figure.savefig(path)
    plt.close(figure)


def picture(axes: Any) -> None:
    """The colour image with the rectangle."""
    x, y, theta, _, w = GRASP
    axes.set(xlim=(0, 640), ylim=(480, 0), aspect="equal", xticks=[], yticks=[])
    axes.set_title("in the colour image (pixels)", fontsize=12)
    axes.add_patch(Polygon(grasp_to_corners(BOX), facecolor="#d7ccc8", edgecolor=GREY))
    corners = grasp_to_corners(GRASP)
    for start, end, colour in ((0, 1, RED), (1, 2, BLUE), (2, 3, RED), (3, 0, BLUE)):
        axes.plot(*corners[[start, end]].T, color=colour, linewidth=3)
    arrow(axes, (8, 8), (110, 8), "x", GREY)
    arrow(axes, (8, 8), (8, 110), "y", GREY)
    axis = np.array([np.cos(theta), np.sin(theta)])
    axes.plot([x, x + 190], [y, y], color=GREY, linestyle=":")
    ends = GRASP[:2] + np.outer([-0.75, 0.95], w * axis)
    axes.plot(*ends.T, color=GREY, linestyle="--")
    axes.add_patch(Arc((x, y), 250, 250, theta1=0, theta2=np.rad2deg(theta), color=GREY))
    axes.text(x + 132, y + 50, "theta, here > 0", fontsize=11, color=GREY)
    axes.plot(x, y, "o", color="black")
    point(axes, (x, y), (x - 150, y + 62), "(x, y)", "black")
    for pair, by, name, colour in (
        ([0, 1], (120, -70), "w, the opening", RED),
        ([3, 0], (-190, -40), "h, a jaw plate", BLUE),
    ):
        middle = corners[pair].mean(axis=0)
        point(axes, middle, middle + by, name, colour)
    axes.text(215, 395, "the object", fontsize=11, color=GREY)


def point(axes: Any, at: Any, words_at: Any, words: str, colour: str) -> None:
    """Words with a line to what they are about."""
    style = {"arrowstyle": "-", "color": colour}
    axes.annotate(words, at, words_at, fontsize=12, color=colour, arrowprops=style)


def arrow(
    axes: Any, start: tuple[float, float], end: tuple[float, float], name: str, c: str
) -> None:
    """An axis of the picture."""
    axes.annotate("", end, start, arrowprops={"arrowstyle": "->", "color": c, "linewidth": 2})
    axes.text(end[0] + 6, end[1] + 14, name, fontsize=13, color=c)


def space(axes: Any) -> None:
    """The camera's optical frame and the gripper that the rectangle means."""
    depth = np.full((480, 640), TABLE)
    rows, columns = np.indices(depth.shape)
    offset = np.stack([columns - BOX[0], rows - BOX[1]], axis=-1)
    cos, sin = np.cos(BOX[2]), np.sin(BOX[2])
    along, across = offset @ [cos, sin], offset @ [-sin, cos]
    depth[(np.abs(along) < BOX[4] / 2) & (np.abs(across) < BOX[3] / 2)] = TOP
    pose = gripper_pose(GRASP, depth, CAMERA)
    assert pose is not None
    turn, place = quaternion_to_matrix(pose.orientation), np.array(pose.position)

    axes.set_axis_off()
    axes.view_init(elev=24, azim=-62)
    axes.set_box_aspect((0.8, 0.6, 0.8), zoom=1.08)
    axes.set(xlim=(-0.4, 0.4), ylim=(-0.3, 0.3), zlim=(-0.75, 0.05))
    plane(axes, np.array([[0, 0], [639, 0], [639, 479], [0, 479]]), TABLE, "#eeeeee")
    plane(axes, grasp_to_corners(BOX), TOP, "#d7ccc8", down_to=TABLE)
    for corner in np.array([[0, 0], [639, 0], [639, 479], [0, 479]]):
        line(axes, [np.zeros(3), ray(corner, TABLE)], "#bdbdbd", 0.8, ":")
    frame(axes, np.zeros(3), np.eye(3), 0.19, ("x", "y", "z: optical axis"))
    label(axes, np.array([-0.16, 0.0, -0.05]), "camera's optical frame", "black")
    line(axes, [np.zeros(3), place], "black", 0.8, "--")
    frame(axes, place, turn, 0.19, ("x: opening", "y: along the plates", "z: approach"))
    for side in (-1, 1):
        blade = [
            place + turn @ [side * pose.opening / 2, along * pose.jaw / 2, down]
            for along, down in ((-1, -0.06), (1, -0.06), (1, 0.0), (-1, 0.0), (-1, -0.06))
        ]
        line(axes, blade, BLUE, 2.5)
    top = [place + turn @ [side * pose.opening / 2, 0, -0.06] for side in (-1, 1)]
    line(axes, top, RED, 2.5)


def ray(pixel: np.ndarray, depth: float) -> np.ndarray:
    """The point at a depth that is seen at a pixel."""
    return np.array([*CAMERA.rays(pixel)[0], 1.0]) * depth


def drawn(points: Any) -> np.ndarray:
    """Points of the optical frame as matplotlib shows them: it has z up and y away."""
    return np.asarray(points) @ np.diag([1.0, -1.0, -1.0])


def line(axes: Any, points: Any, colour: str, width: float, style: str = "-") -> None:
    """A line through points of the optical frame."""
    axes.plot(*drawn(points).T, color=colour, linewidth=width, linestyle=style, zorder=10)


def label(axes: Any, place: np.ndarray, text: str, colour: str, side: str = "left") -> None:
    """Words at a point of the optical frame."""
    axes.text(*drawn(place), text, fontsize=11, color=colour, zorder=20, ha=side)


def frame(axes: Any, place: np.ndarray, turn: np.ndarray, length: float, names: Any) -> None:
    """A frame's axes, red, green and blue, with their names."""
    for axis, name, colour in zip(turn.T, names, (RED, GREEN, BLUE), strict=True):
        axes.quiver(*drawn(place), *drawn(length * axis), color=colour, linewidth=2, zorder=15)
        side = "right" if name.startswith("y") else "left"
        label(axes, place + 1.15 * length * axis, name, colour, side)


def plane(
    axes: Any, pixels: np.ndarray, depth: float, colour: str, down_to: float | None = None
) -> None:
    """What is seen between pixels at a depth, with walls down to another depth."""
    from mpl_toolkits.mplot3d.art3d import Poly3DCollection

    rim = [ray(pixel, depth) for pixel in pixels]
    faces = [drawn(rim)]
    if down_to is not None:
        foot = [np.array([*point[:2], down_to]) for point in rim]
        faces += [drawn([rim[i - 1], rim[i], foot[i], foot[i - 1]]) for i in range(len(rim))]
    axes.add_collection3d(Poly3DCollection(faces, facecolor=colour, edgecolor="#9e9e9e", alpha=0.6))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
