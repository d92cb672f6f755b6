"""A disk without room: what was there stays, nothing half is left, and one line says so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]

# No file of this process can grow beyond that, as on a disk that is full.
LIMIT = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
WRITERS = {
    "a file": (
        "from grasp_detector.files import write_whole\nwrite_whole(path, 'new' * 1000)",
        "File too large",
    ),
    "weights": (
        "from grasp_detector.model.network import GraspNetwork\n"
        "from grasp_detector.model.spec import ModelSpec\n"
        "from grasp_detector.model.weights import WeightsInfo, save_weights\n"
        "spec = ModelSpec()\n"
        "save_weights(path, GraspNetwork(spec), WeightsInfo(spec))",
        "os error 27",
    ),
}


@pytest.mark.parametrize("writer", WRITERS)
def test_the_old_file_stays(tmp_path: Path, writer: str) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    program, reason = WRITERS[writer]
    guarded = "from pathlib import Path; import sys\npath = Path(sys.argv[1])\n" + LIMIT
    guarded += "from grasp_detector.errors import InputError\ntry:\n"
    guarded += "".join(f"    {line}\n" for line in program.splitlines())
    guarded += "except InputError as error:\n    print(error)"
    done = subprocess.run(
        [sys.executable, "-c", guarded, str(path)],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith(f"'{path}' cannot be written: ")
    assert reason in done.stdout
    assert len(done.stdout.splitlines()) == 1
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
