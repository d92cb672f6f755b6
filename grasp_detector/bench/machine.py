"""What figures were measured on, and what it can do at most."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from time import perf_counter
from typing import Any

import numpy as np

from grasp_detector.detector.runtime import onnx_runtime, open_vino_core
from grasp_detector.hardware import cores, processor, processor_flags, versions
from grasp_detector.processes import command, environment

_PACKAGES = ("numpy", "opencv-python-headless", "onnxruntime", "openvino", "torch")
_SIDE = 1024  # of the matrices whose product tells the rate of operations
_BYTES = 1 << 28  # copied to tell the bandwidth: beyond every cache


def about() -> dict[str, Any]:
    """The machine in words, the versions of what was measured, and how busy it was."""
    flags = processor_flags()
    return {
        "processor": processor(),
        "cores": cores(),
        "virtual": "hypervisor" in flags,
        "bf16": "avx512_bf16" in flags or "amx_bf16" in flags,
        "int8": "avx512_vnni" in flags or "avx_vnni" in flags,
        "load": os.getloadavg()[0],
        "realtime": os.sched_getscheduler(0) in (os.SCHED_FIFO, os.SCHED_RR),
        "versions": {"python": platform.python_version(), **versions(_PACKAGES)},
    }


def rates(threads: int) -> dict[str, float]:
    """Operations a second (two a multiplication and addition) of a large matrix product.

    By the runtimes themselves. Where a processor has units for whole matrices, a convolution of
    wide layers may be faster yet. The best of 20.

    Returns:
        By engine: "onnx", "openvino", and "openvino-bf16" where the processor has it.
    """
    left = np.random.default_rng(0).random((_SIDE, _SIDE), np.float32)
    found = {}
    options = onnx_runtime().SessionOptions()
    options.intra_op_num_threads = threads
    session = onnx_runtime().InferenceSession(_product(), options)
    found["onnx"] = _best(lambda: session.run(None, {"a": left}))
    core = open_vino_core()
    for name, precision in (("openvino", "f32"), ("openvino-bf16", "bf16")):
        if precision == "bf16" and not about()["bf16"]:
            continue
        settings = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": threads,
            "INFERENCE_PRECISION_HINT": precision,
        }
        request = core.compile_model(core.read_model(_product()), "CPU", settings)
        request = request.create_infer_request()
        found[name] = _best(lambda request=request: request.infer([left], share_inputs=True))
    return {name: 2.0 * _SIDE**3 / seconds for name, seconds in found.items()}


def bandwidth() -> float:
    """Bytes a second from and to memory, read and written, of a copy; the best of 10."""
    source = np.ones(_BYTES, np.uint8)
    target = np.empty_like(source)
    return 2.0 * _BYTES / _best(lambda: np.copyto(target, source), 10)


@contextmanager
def normal_priority() -> Iterator[None]:
    """Threads and processes that are started in here share the cores as everybody does.

    Beside what runs at real-time priority nobody else is busy.
    """
    policy, priority = os.sched_getscheduler(0), os.sched_getparam(0)
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, priority)


@contextmanager
def busy_neighbour() -> Iterator[None]:
    """Another process that keeps the last of the cores busy all the time."""
    last = max(os.sched_getaffinity(0))
    process = subprocess.Popen(command("grasp_detector.bench.busy", [str(last)]), env=environment())
    try:
        yield
    finally:
        process.kill()
        process.wait()


def _best(call: Any, times: int = 20) -> float:
    taken = []
    for _ in range(times):
        start = perf_counter()
        call()
        taken.append(perf_counter() - start)
    return min(taken)


@lru_cache(1)
def _product() -> bytes:
    """An ONNX model: a matrix times a constant one."""
    from onnx import TensorProto, helper, numpy_helper

    shape = [_SIDE, _SIDE]
    right = np.random.default_rng(1).random(shape, np.float64).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["a", "b"], ["c"])],
        "product",
        [helper.make_tensor_value_info("a", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("c", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(right, "b")],
    )
    opset = [helper.make_opsetid("", 17)]
    made: bytes = helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()
    return made
