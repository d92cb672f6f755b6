"""Engines: they agree with float32 torch, import no more than needed, and say what is missing."""

import importlib
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from grasp_detector.detector import onnx_engine, runtime, torch_engine
from grasp_detector.detector.engines import CPU_ENGINES, DEVICES, Engine, make_engine
from grasp_detector.errors import InputError
from grasp_detector.geometry import angle_difference
from grasp_detector.geometry.jaccard import paired_jaccard_index
from grasp_detector.model.grid import decode
from grasp_detector.model.weights import load_network, read_info
from grasp_detector.rgbd import to_network
from grasp_detector.weights_path import default_weights

# How like float32 torch's the grasps are that it is sure of: greatest difference in pixels of the
# network's 224, least Jaccard index, greatest difference of angle (radians) and of confidence.
# What docs/performance.md states.
TOLERANCES = {
    "onnx": (0.005, 0.9999, 1e-4, 1e-4),
    "openvino": (0.005, 0.9999, 1e-4, 1e-4),
    "openvino-bf16": (3.0, 0.8, 0.05, 0.1),
    "openvino-int8": (15.0, 0.6, 0.1, 0.45),
}
SURE = 0.2
SIDE = read_info(default_weights()).spec.side


def engine(name: str) -> Engine:
    try:
        return make_engine(default_weights(), name, "cpu")
    except InputError as error:
        if "does not compute in bfloat16" not in str(error):
            raise
        pytest.skip(str(error))


@pytest.mark.parametrize("name", TOLERANCES)
def test_agrees_with_torch(name: str, pictures: np.ndarray) -> None:
    inputs = to_network(pictures, SIDE)
    grasps, sure = decode(make_engine(default_weights(), "torch", "cpu")(inputs))
    other = engine(name)
    assert (other.name, other.device) == (name, "cpu")
    found, confidence = decode(other(inputs))
    looked_at = sure > SURE
    assert looked_at.any(axis=1).sum() > 10, "the pictures show what can be grasped"
    pixels, alike, radians, share = TOLERANCES[name]
    difference = np.abs(found - grasps)[looked_at]
    assert difference[:, [0, 1, 3, 4]].max() < pixels
    assert paired_jaccard_index(found[looked_at], grasps[looked_at]).min() > alike
    assert angle_difference(found[..., 2], grasps[..., 2])[looked_at].max() < radians
    assert np.abs(confidence - sure).max() < share
    first = other(inputs[:1])
    kept = first.copy()
    other(inputs[5:6])
    assert (first == kept).all(), "a result is the caller's own"


@pytest.mark.parametrize("name", ["onnx", "openvino", "torch"])
def test_threads_share_an_engine(name: str, pictures: np.ndarray) -> None:
    inputs = to_network(pictures, SIDE)[:, None]
    shared = make_engine(default_weights(), name, "cpu")
    wanted = [shared(each) for each in inputs]
    with ThreadPoolExecutor(2) as pool:
        for said, alone in zip(pool.map(shared, inputs), wanted, strict=True):
            np.testing.assert_allclose(said, alone, atol=1e-3)


def test_threads_take_turns_with_a_cuda_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    """The graph is replaced, so that this needs no GPU."""

    class Graph:
        def __init__(self, network: object, shape: tuple[int, ...]) -> None:
            self.shape, self.busy = shape, False

        def __call__(self, pictures: np.ndarray) -> np.ndarray:
            assert not self.busy
            self.busy = True
            time.sleep(0.001)
            self.busy = False
            return pictures

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.nn.Module, "cuda", lambda self: self)
    monkeypatch.setattr(torch_engine, "_Captured", Graph)
    shared = make_engine(default_weights(), "torch", "cuda")
    with ThreadPoolExecutor(2) as pool:
        inputs = np.arange(20, dtype=np.float32)[:, None]
        np.testing.assert_array_equal(list(pool.map(shared, inputs)), inputs)


@pytest.mark.parametrize("name", [name for name in CPU_ENGINES if name != "torch"])
def test_cpu_engines_never_load_torch(name: str) -> None:
    engine(name)  # what it loads is made now
    code = (
        "import sys, numpy as np; from grasp_detector import GraspDetector;"
        f"GraspDetector(engine={name!r}).detect(np.zeros((48, 64, 3), np.uint8));"
        "assert not {'torch', 'rclpy'} & set(sys.modules)"
    )
    top = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": top},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


class FakeRuntime(SimpleNamespace):
    """ONNX Runtime as it is with a GPU build, whose libraries may be missing."""

    def __init__(self, available: list[str], starting: list[str]) -> None:
        asked: list[Any] = []

        class Session:
            def __init__(self, path: str, options: Any, providers: list[Any]) -> None:
                asked.extend(providers)

            def get_providers(self) -> list[str]:
                return starting

            def get_inputs(self) -> list[Any]:
                return [SimpleNamespace(name="picture")]

        super().__init__(
            SessionOptions=lambda: SimpleNamespace(add_session_config_entry=lambda *_: None),
            get_available_providers=lambda: available,
            InferenceSession=Session,
            asked=asked,
        )


CPU, CUDA, TENSORRT = (f"{name}ExecutionProvider" for name in ("CPU", "CUDA", "Tensorrt"))


@pytest.mark.parametrize(("name", "wanted"), [("onnx", CUDA), ("tensorrt", TENSORRT)])
def test_a_gpu_provider_is_used_or_its_lack_is_said(
    name: str, wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = FakeRuntime([TENSORRT, CUDA, CPU], [TENSORRT, CUDA, CPU])
    monkeypatch.setattr(onnx_engine, "onnx_runtime", lambda: whole)
    made = make_engine(default_weights(), name, "cuda")
    assert (made.name, made.device) == (name, "cuda")
    assert whole.asked[0][0] == wanted
    assert whole.asked[-1] == CPU
    if name == "tensorrt":
        assert make_engine(default_weights(), name).device == "cuda", "it runs nowhere else"
    monkeypatch.setattr(onnx_engine, "onnx_runtime", lambda: FakeRuntime([CPU], [CPU]))
    with pytest.raises(InputError, match="onnxruntime-gpu"):
        make_engine(default_weights(), name, "cuda")
    silent = FakeRuntime([TENSORRT, CUDA, CPU], [CPU])
    monkeypatch.setattr(onnx_engine, "onnx_runtime", lambda: silent)
    with pytest.raises(InputError, match="libraries"):
        make_engine(default_weights(), name, "cuda")


def test_half_precision_holds_the_grasps(pictures: np.ndarray) -> None:
    """What CUDA computes in; here on the CPU, in the same layout."""
    inputs = to_network(pictures[:2], SIDE)
    wanted, sure = decode(make_engine(default_weights(), "torch", "cpu")(inputs))
    network, _ = load_network(default_weights())
    halves = torch.from_numpy(inputs).half().contiguous(memory_format=torch.channels_last)
    with torch.inference_mode():
        grasps, confidence = decode(network.half()(halves).float().numpy())
    looked_at = sure > SURE
    assert np.abs(grasps - wanted)[looked_at][:, [0, 1, 3, 4]].max() < 0.5
    assert angle_difference(grasps[..., 2], wanted[..., 2])[looked_at].max() < 0.02
    assert np.abs(confidence - sure).max() < 0.02


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_half_precision_on_cuda_agrees_with_torch_on_the_cpu(pictures: np.ndarray) -> None:
    inputs = to_network(pictures, SIDE)
    cuda = make_engine(default_weights(), "torch", "cuda")
    for batch in (inputs[:1], inputs, inputs[:1]):  # captured anew for every other shape
        wanted, sure = decode(make_engine(default_weights(), "torch", "cpu")(batch))
        grasps, _ = decode(cuda(batch))
        looked_at = sure > SURE
        assert np.abs(grasps - wanted)[looked_at][:, [0, 1, 3, 4]].max() < 0.5


def test_a_missing_runtime_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(InputError, match="pip install openvino"):
        make_engine(default_weights(), "openvino", "cpu")


@pytest.mark.parametrize("error", [ModuleNotFoundError, OSError("libcudart.so.12")])
def test_torch_is_not_needed_beside_nvidias_driver(
    error: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_torch(name: str) -> ModuleType:
        if name == "torch":
            raise error
        return importlib.import_module(name)

    exists = Path.exists
    monkeypatch.setattr(Path, "exists", lambda path: str(path) == "/dev/nvidiactl" or exists(path))
    monkeypatch.setattr(runtime, "importlib", SimpleNamespace(import_module=without_torch))
    assert make_engine(default_weights()).device == "cpu"
    for device in DEVICES:
        with pytest.raises(InputError, match="pip install torch"):
            make_engine(default_weights(), "torch", device)


def test_a_signal_after_engines_that_came_and_went() -> None:
    """As the node sees it: weights exchanged some times, then Ctrl-C."""
    program = """
import signal
from grasp_detector.detector.engines import make_engine
from grasp_detector.weights_path import default_weights

signal.signal(signal.SIGUSR1, lambda *_: print("handled"))
first, second = (make_engine(default_weights(), "openvino", "cpu") for _ in range(2))
del first
del second
signal.raise_signal(signal.SIGUSR1)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout) == (0, "handled\n"), done.stderr
