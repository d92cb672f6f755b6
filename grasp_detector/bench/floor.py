"""The least time that a network can take: its operations, or its bytes, at the machine's rates."""

from __future__ import annotations

from typing import Any


def floor(figures: dict[str, Any], engine: str, threads: int, batch: int = 1) -> float | None:
    """Seconds a picture; None where the engine's rate of operations was not measured.

    The rate is that of a large matrix product in the same precision, the greatest of all runtimes.
    The weights come from memory once a batch; activations are taken to stay in the caches.
    """
    rates = figures["rates"][str(threads)]
    if engine in ("torch", "onnx", "openvino"):
        rate = max(rates["onnx"], rates["openvino"])
    elif engine in rates:
        rate = rates[engine]
    else:
        return None
    cost = figures["cost"]
    computing = 2.0 * cost["macs"] / rate
    share = 0.5 if engine == "openvino-bf16" else 1.0  # of a weight's four bytes
    moving = cost["weights"] * share / figures["bandwidth"] / batch
    return max(computing, moving)
