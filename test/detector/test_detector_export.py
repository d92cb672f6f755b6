"""Exports: every network, each checked against torch, kept once and made anew when damaged."""

import os
import time
from pathlib import Path
from threading import Thread

import numpy as np
import onnxruntime
import pytest
import torch

from grasp_detector.cache import cache_folder
from grasp_detector.detector import GraspDetector, export, onnx_cache
from grasp_detector.detector.export import (
    TOLERANCE,
    WHOLE_TOLERANCE,
    export_onnx,
    export_openvino,
)
from grasp_detector.detector.onnx_cache import forget, onnx_file
from grasp_detector.errors import InputError
from grasp_detector.files import locked
from grasp_detector.model.grid import cell_classes, decode
from grasp_detector.model.network import GraspNetwork
from grasp_detector.model.spec import Head, ModelSpec
from grasp_detector.model.weights import WeightsInfo, load_network, save_weights
from grasp_detector.rgbd import to_network

SMALL = ModelSpec("efficientnet_lite0", "multigrasp")


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Untrained weights of a small network, with a cache of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return untrained(SMALL, tmp_path)


def untrained(spec: ModelSpec, folder: Path) -> Path:
    torch.manual_seed(0)
    path = folder / "w.safetensors"
    names = tuple(f"class {index}" for index in range(spec.classes))
    save_weights(path, GraspNetwork(spec), WeightsInfo(spec, classes=names))
    return path


@pytest.mark.parametrize(
    "spec",
    [
        ModelSpec("alexnet", "multigrasp"),
        ModelSpec("efficientnet_lite0", "direct", 3),
        ModelSpec("efficientnet_lite0", "dense", 3),
        ModelSpec("efficientnet_lite0", "light", 3),
    ],
)
def test_every_network_can_be_exported(spec: ModelSpec, tmp_path: Path) -> None:
    """Those beside MultiGrasp on EfficientNet-Lite0, which every other test here exports."""
    weights = untrained(spec, tmp_path)
    assert export_onnx(weights, tmp_path / "deep" / "w.onnx") <= TOLERANCE
    with pytest.raises(InputError, match="cannot be written"):
        export_onnx(weights, tmp_path / "w.safetensors" / "w.onnx")


def test_weights_are_never_replaced_by_their_export(weights: Path, tmp_path: Path) -> None:
    whole = weights.read_bytes()
    with pytest.raises(InputError, match=r"ends in \.onnx"):
        export_onnx(weights, weights)
    (tmp_path / "cache").mkdir(exist_ok=True)
    named = weights.rename(tmp_path / "w.onnx")
    with pytest.raises(InputError, match="choose another output"):
        export_onnx(named, tmp_path / "cache" / ".." / "w.onnx")
    same = weights.with_suffix(".xml")
    named.rename(same)
    with pytest.raises(InputError, match="choose another output"):
        export_openvino(same, same)
    assert same.read_bytes() == whole


@pytest.mark.parametrize(("head", "classes"), [("multigrasp", 0), ("multigrasp", 3), ("light", 3)])
def test_the_whole_export_takes_bytes_and_gives_grasps(
    head: Head, classes: int, tmp_path: Path
) -> None:
    spec = ModelSpec("efficientnet_lite0", head, classes)
    weights = untrained(spec, tmp_path)
    assert export_onnx(weights, tmp_path / "w.onnx", whole=True) <= WHOLE_TOLERANCE
    session = onnxruntime.InferenceSession(str(tmp_path / "w.onnx"))
    fused = np.random.default_rng(1).integers(0, 256, (3, 224, 224, 3), np.uint8)
    grasps, confidence, kinds = session.run(None, {"fused": fused})
    with torch.inference_mode():
        inputs = to_network(fused, spec.side)
        raw = load_network(weights)[0](torch.from_numpy(inputs)).numpy()
    wanted, sure = decode(raw)
    # Where the picture is made smaller, OpenCV's bytes are rounded and the graph's numbers are not.
    rounded = spec.side != 224
    np.testing.assert_allclose(grasps, wanted, atol=0.5 if rounded else WHOLE_TOLERANCE)
    np.testing.assert_allclose(confidence, sure, atol=1e-3 if rounded else 1e-4)
    assert (kinds == cell_classes(raw)).mean() > 0.99


def test_openvino_gets_its_own_files(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "deep" / "w.xml"
    assert export_openvino(weights, path) <= TOLERANCE
    good = {each.name: each.read_bytes() for each in path.parent.iterdir()}
    assert set(good) == {"w.xml", "w.bin"}
    assert len(good["w.bin"]) > 1e6
    with pytest.raises(InputError, match=r"\.xml"):
        export_openvino(weights, tmp_path / "w.onnx")
    with pytest.raises(InputError, match="cannot be written"):
        export_openvino(weights, tmp_path / "w.safetensors" / "w.xml")
    other = tmp_path / "other.bin"
    for there in ("", "<package/>"):
        other.write_text("firmware")
        if there:
            other.with_suffix(".xml").write_text(there)
        with pytest.raises(InputError, match="not of an earlier export"):
            export_openvino(weights, other.with_suffix(".xml"))
        assert other.read_text() == "firmware"
    monkeypatch.setattr(export, "TOLERANCE", -1.0)
    with pytest.raises(RuntimeError, match="differs from torch's"):
        export_openvino(weights, path)
    left = {each.name: each.read_bytes() for each in path.parent.iterdir()}
    assert left == good, "only what was checked takes a place"


@pytest.mark.parametrize("name", ["w.safetensors", "w[1].safetensors"])
def test_what_a_killed_export_left_is_removed(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(
        onnx_cache, "run_module", lambda _, paths: Path(paths[1]).write_text("export")
    )
    weights = tmp_path / name
    weights.write_bytes(b"0")
    kept = onnx_file(weights)
    others = kept.with_name(f".x{kept.name}.123")
    others.touch()
    kept.write_text("damaged")
    left = kept.with_name(f".{kept.name}.123")
    left.touch()
    assert onnx_file(weights) == kept
    assert not left.exists()
    left.touch()
    forget(weights)
    assert set(cache_folder().iterdir()) == {others, kept.with_suffix(".lock")}


def test_what_is_being_exported_is_not_forgotten_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(onnx_cache, "run_module", lambda _, paths: Path(paths[1]).touch())
    weights = tmp_path / "w.safetensors"
    weights.write_bytes(b"0")
    kept = onnx_file(weights)
    half, lock = kept.with_name(f".{kept.name}.123"), kept.with_suffix(".lock")
    half.touch()
    with locked(lock) as exporting:
        assert exporting
        forgetting = Thread(target=forget, args=(weights,), daemon=True)
        forgetting.start()
        forgetting.join(0.2)
        assert half.exists()
        assert kept.exists()
        with locked(lock) as another:
            assert not another
    forgetting.join(30.0)
    assert set(cache_folder().iterdir()) == {lock}


def test_the_tests_leave_the_users_cache_alone() -> None:
    assert not cache_folder().is_relative_to(Path.home() / ".cache")


def test_a_kept_export_serves_until_the_weights_differ_or_it_is_damaged(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = onnx_file(weights)
    onnxruntime.InferenceSession(str(first))
    assert first.parent == cache_folder()
    whole, exported = first.read_bytes(), list[Path]()

    def export_again(_: str, paths: list[str]) -> None:
        exported.append(Path(paths[0]))
        Path(paths[1]).write_bytes(whole)

    monkeypatch.setattr(onnx_cache, "run_module", export_again)
    assert onnx_file(weights) == first
    assert exported == []
    first.write_bytes(whole[:-1000])
    assert onnx_file(weights) == first
    assert exported == [weights]
    assert first.read_bytes() == whole
    other = untrained(ModelSpec("efficientnet_lite0", "direct"), tmp_path)
    assert onnx_file(other) != first
    assert exported == [weights, other]
    locks = set(cache_folder().glob("*.lock"))
    forget(other)
    assert set(cache_folder().iterdir()) == {*cache_folder().glob(f"{first.stem}*"), *locks}


def test_what_nobody_has_used_for_long_makes_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(onnx_cache, "run_module", lambda _, paths: Path(paths[1]).touch())
    weights = [tmp_path / f"{name}.safetensors" for name in "abcd"]
    for each in weights:
        each.write_text(each.name)
    used, unused, young = (onnx_file(each) for each in weights[:3])
    calibrated, made_up = (cache_folder() / f"a.3{by}.int8.onnx" for by in ("", ".made-up"))
    season = 100 * 86400
    for kept in (calibrated, made_up):
        kept.touch()
    for kept in (used, unused, calibrated, made_up):
        os.utime(kept, (time.time() - season,) * 2)
    assert onnx_file(weights[0]) == used
    assert unused.exists()
    last = onnx_file(weights[3])
    assert set(cache_folder().glob("*.onnx")) == {used, young, last, calibrated}
    assert not unused.with_name(f"{unused.name}.json").exists()


@pytest.mark.parametrize("given", ["", "a/folder"])
def test_who_has_no_home_is_told(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setenv("XDG_CACHE_HOME", given)
    assert cache_folder() == Path.home() / ".cache" / "grasp_detector"
    monkeypatch.setattr(Path, "home", nobody)
    with pytest.raises(InputError, match="no home folder: set HOME or XDG_CACHE_HOME"):
        cache_folder()
    assert GraspDetector(device="cpu").engine == "torch"


def test_without_a_cache_torch_takes_over_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert GraspDetector(device="cpu").engine == "torch"
    assert "cannot be written" in caplog.text
    with pytest.raises(InputError, match="cannot be written"):
        GraspDetector(engine="onnx")
