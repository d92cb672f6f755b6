"""The detector on pictures: engines agree, bad input is refused, a known object is found."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from grasp_detector.detector import Fingers, GraspDetector, Intrinsics
from grasp_detector.drawing import draw_grasps
from grasp_detector.errors import InputError
from grasp_detector.geometry import angle_difference
from grasp_detector.weights_path import default_weights


@pytest.fixture(scope="session")
def detector() -> GraspDetector:
    return GraspDetector()


@pytest.fixture
def picture() -> np.ndarray:
    """A dark bar on a light table, 30 pixels wide, lying along the x axis."""
    rgb = np.full((480, 640, 3), 205, np.uint8)
    rgb += np.random.default_rng(0).integers(0, 8, rgb.shape, np.uint8)
    rgb[225:255, 250:390] = (50, 60, 90)
    return rgb


def test_closes_across_a_bar(detector: GraspDetector, picture: np.ndarray) -> None:
    best = detector.detect(picture)[0]
    assert angle_difference(best.theta, np.pi / 2) < np.deg2rad(20)
    assert 250 < best.x < 390
    assert 225 < best.y < 255
    assert 30 < best.w < 110


def test_follows_the_bar_when_the_picture_is_turned(
    detector: GraspDetector, picture: np.ndarray
) -> None:
    best = detector.detect(np.ascontiguousarray(np.rot90(picture)))[0]
    assert angle_difference(best.theta, 0) < np.deg2rad(20)


def test_grasps_are_sorted_limited_and_sure_enough(
    detector: GraspDetector, picture: np.ndarray
) -> None:
    every = detector.detect(picture, max_grasps=50, min_confidence=0.0)
    sure = [grasp.confidence for grasp in every]
    assert sure == sorted(sure, reverse=True)
    assert len(detector.detect(picture, max_grasps=3, min_confidence=0.0)) == 3
    assert len(detector.detect(picture, max_grasps=1000, min_confidence=0.0)) > len(every)
    some = detector.detect(picture, min_confidence=sure[1])
    assert len(some) == 2
    assert detector.detect(picture, min_confidence=1.0) == []
    assert set(detector.timings) == {"fuse", "infer", "decode"}


@pytest.mark.parametrize("shape", [(480, 640), (720, 1280), (1080, 1920), (240, 320)])
def test_any_resolution_finds_the_same_grasp(
    detector: GraspDetector, shape: tuple[int, int]
) -> None:
    height, width = shape
    scale = height / 480
    rgb = np.full((height, width, 3), 205, np.uint8)
    half = np.array([15, 70]) * scale
    rows = slice(round(height / 2 - half[0]), round(height / 2 + half[0]))
    rgb[rows, round(width / 2 - half[1]) : round(width / 2 + half[1])] = (50, 60, 90)
    best = detector.detect(rgb)[0]
    assert abs(best.y - height / 2) < 15 * scale
    assert 30 * scale < best.w < 110 * scale


def test_depth_and_a_camera_give_a_pose(detector: GraspDetector, picture: np.ndarray) -> None:
    depth = np.full((480, 640), 800, np.uint16)
    depth[225:255, 250:390] = 760
    best = detector.detect(picture, depth, intrinsics=Intrinsics(525, 525, 319.5, 239.5))[0]
    assert best.pose is not None
    assert best.pose.depth == pytest.approx(0.76, abs=0.001)
    assert best.pose.opening == pytest.approx(best.w * 0.76 / 525, rel=0.01)
    assert detector.detect(picture, depth)[0].pose is None


CAMERAS = (
    Intrinsics(525, 525, 319.5, 239.5),
    Intrinsics(525, 525, 319.5, 239.5, "plumb_bob", (-0.1, 0.01, 0.0, 0.0, 0.0)),
    Intrinsics(300, 300, 30.5, 30.5, "equidistant", (0.01, -0.02, 0.003, 0.0)),
)


@settings(max_examples=60)
@given(
    st.integers(1, 70),
    st.integers(1, 70),
    st.sampled_from(["none", "zero", "nan", "inf", "negative", "noise", "near"]),
    st.sampled_from(CAMERAS),
    st.sampled_from(["axis", "normal"]),
    st.sampled_from([None, Fingers()]),
    st.integers(0, 2**32 - 1),
)
def test_no_picture_and_no_depth_breaks_it(
    detector: GraspDetector,
    height: int,
    width: int,
    kind: str,
    camera: Intrinsics,
    approach: str,
    fingers: Fingers | None,
    seed: int,
) -> None:
    rng = np.random.default_rng(seed)
    rgb = rng.integers(0, 256, (height, width, 3), np.uint8)
    depth = {
        "none": None,
        "zero": np.zeros((height, width), np.uint16),
        "nan": np.full((height, width), np.nan, np.float32),
        "inf": np.full((height, width), np.inf, np.float32),
        "negative": np.full((height, width), -1.0, np.float32),
        "noise": rng.integers(0, 65536, (height, width), np.uint16),
        "near": rng.choice(np.array([0, 5, 9], np.uint16), (height, width)),
    }[kind]
    for grasp in detector.detect(
        *(rgb, depth),
        min_confidence=0.0,
        intrinsics=camera,
        approach=approach,
        fingers=fingers,
    ):
        assert np.isfinite(grasp.five).all()
        assert 0 <= grasp.confidence <= 1
        assert grasp.pose is None or np.isfinite(grasp.pose.position).all()
        assert grasp.pose is None or kind in ("noise", "near")


def test_broken_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = default_weights().read_bytes()
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(whole[:-1000])
    with pytest.raises(InputError, match=r"cut\.safetensors"):
        GraspDetector(cut)
    with pytest.raises(InputError, match="no such file"):
        GraspDetector(tmp_path / "none.safetensors")
    monkeypatch.setenv("GRASP_DETECTOR_WEIGHTS", str(tmp_path / "gone"))
    with pytest.raises(InputError, match="GRASP_DETECTOR_WEIGHTS"):
        GraspDetector()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"engine": "tpu"}, "unknown engine"),
        ({"device": "gpu"}, "unknown device"),
        ({"engine": "openvino", "device": "cuda"}, "does not run on 'cuda'"),
        ({"engine": "tensorrt", "device": "cpu"}, "does not run on 'cpu'"),
    ],
)
def test_unknown_engines_and_devices_are_refused(arguments: dict[str, str], says: str) -> None:
    with pytest.raises(InputError, match=says):
        GraspDetector(**arguments)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_cuda_that_is_not_there_is_said() -> None:
    with pytest.raises(InputError, match="no CUDA device"):
        GraspDetector(device="cuda")


def test_bad_pictures_are_refused_in_one_line(detector: GraspDetector) -> None:
    for bad in (np.zeros((4, 4)), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)):
        with pytest.raises(InputError) as caught:
            detector.detect(bad)  # type: ignore[arg-type]
        assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match="the picture is a list, not a NumPy array"):
        detector.detect([[1, 2, 3]])  # type: ignore[arg-type]
    picture = np.zeros((4, 4, 3), np.uint8)
    with pytest.raises(InputError, match="max_grasps"):
        detector.detect(picture, max_grasps=0)
    for region in ((1, 2, 3), (np.nan, 0, 4, 4), (0.5, 0, 4, 4), 7):
        with pytest.raises(InputError, match="x, y, width and height, whole numbers of pixels"):
            detector.detect(picture, region=region)  # type: ignore[arg-type]


def test_drawing_leaves_the_picture_alone(detector: GraspDetector, picture: np.ndarray) -> None:
    before = picture.copy()
    grasps = detector.detect(picture)
    drawn = draw_grasps(picture, grasps)
    assert (picture == before).all()
    changed = np.argwhere((drawn != picture).any(axis=-1))
    corners = np.concatenate([grasp.corners() for grasp in grasps])
    assert changed.min(axis=0)[1] >= corners[:, 0].min() - 40
    assert len(changed) > 50
    assert (draw_grasps(picture, []) == picture).all()


def test_real_kinect_scenes_get_finite_grasps_and_poses(
    detector: GraspDetector, kinect_scenes: Path
) -> None:
    from grasp_detector.data.files import read_depth, read_rgb

    camera = Intrinsics(525.0, 525.0, 319.5, 239.5)
    for path in sorted(kinect_scenes.glob("*_rgb.png")):
        depth = read_depth(path.with_name(path.name.replace("_rgb", "_depth")))
        grasps = detector.detect(read_rgb(path), depth, min_confidence=0.0, intrinsics=camera)
        poses = [grasp.pose for grasp in grasps if grasp.pose is not None]
        assert poses, path.name
        for pose in poses:
            assert 0.3 < pose.depth < 3
            assert 0 < pose.opening < 0.5
