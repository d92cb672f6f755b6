"""What each engine's precision costs in accuracy: the weights that vouch, on their held-out fold.

    tools/with_ros python benchmarks/accuracy.py CORNELL --json docs/performance/accuracy.json

int8 as it is where nobody has calibrated it: with made-up pictures.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory

from grasp_detector.data import read_dataset
from grasp_detector.detector.engines import CPU_ENGINES, make_engine
from grasp_detector.errors import InputError
from grasp_detector.evaluation import judge, object_interval, summarise
from grasp_detector.files import write_whole
from grasp_detector.model.weights import read_info
from grasp_detector.training.protocol import Protocol

TOP = Path(__file__).resolve().parents[1]


def main() -> None:
    """Judge the weights with every CPU engine and write the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument(
        "--weights", type=Path, default=TOP / "weights" / "multigrasp_fold1.safetensors"
    )
    parser.add_argument("--json", type=Path, required=True)
    options = parser.parse_args()
    samples = read_dataset(options.data)
    info = read_info(options.weights)
    protocol = Protocol(**info.training["protocol"])
    _, held_out = protocol.parts(samples)
    rows = []
    for name in CPU_ENGINES:
        try:
            engine = make_engine(options.weights, name, "cpu")
        except InputError as error:
            print(f"left out: {error}")
            continue
        verdicts = list(judge(engine, held_out, side=info.spec.side))
        report = summarise(verdicts)
        rows.append(
            {
                "engine": name,
                "accuracy": {f"{key:.2f}": share for key, share in report.accuracy.items()},
                "class": report.classification,
                "interval": list(object_interval(verdicts)),
            }
        )
        print(rows[-1], flush=True)
    figures = {
        "weights": options.weights.name,
        "pictures": len(held_out),
        "held_out": protocol.held_out,
        "rows": rows,
    }
    write_whole(options.json, json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    # In a cache of its own: in the user's, int8 may be calibrated with pictures of the user's.
    with TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        main()
