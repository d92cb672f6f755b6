"""Weight files: what goes in comes out, anything else is refused."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from grasp_detector.errors import InputError
from grasp_detector.model.network import GraspNetwork
from grasp_detector.model.spec import ModelSpec
from grasp_detector.model.weights import WeightsInfo, load_network, read_info, save_weights

SPEC = ModelSpec("efficientnet_lite0", "dense", classes=2)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, GraspNetwork, WeightsInfo]:
    torch.manual_seed(0)
    network = GraspNetwork(SPEC)
    info = WeightsInfo(SPEC, classes=("box", "cup"), training={"epochs": 3}, accuracy={"a": 0.5})
    path = tmp_path_factory.mktemp("weights") / "w.safetensors"
    save_weights(path, network, info)
    return path, network, info


def test_a_network_comes_back_whole(saved: tuple[Path, GraspNetwork, WeightsInfo]) -> None:
    path, network, info = saved
    loaded, told = load_network(path)
    assert told == info == read_info(path)
    assert not loaded.training
    picture = torch.randn(1, 3, 224, 224)
    with torch.inference_mode():
        torch.testing.assert_close(loaded(picture), network.eval()(picture))
    (path.parent / "ordinary").touch()
    assert path.stat().st_mode == (path.parent / "ordinary").stat().st_mode
    (path.parent / "ordinary").unlink()
    assert [entry.name for entry in path.parent.iterdir()] == [path.name], "nothing left aside"


def test_the_same_weights_are_the_same_bytes_in_every_process(
    saved: tuple[Path, GraspNetwork, WeightsInfo], tmp_path: Path, top: Path
) -> None:
    path, network, info = saved
    save_weights(tmp_path / "here", network, info)
    assert (tmp_path / "here").read_bytes() == path.read_bytes()
    program = (
        "import sys; from pathlib import Path; "
        "from grasp_detector.model.weights import load_network, save_weights; "
        "save_weights(Path(sys.argv[2]), *load_network(Path(sys.argv[1])))"
    )
    subprocess.run(
        [sys.executable, "-c", program, str(path), str(tmp_path / "there")],
        env={**os.environ, "PYTHONPATH": str(top)},
        check=True,
    )
    assert (tmp_path / "there").read_bytes() == path.read_bytes()


def test_anything_else_is_refused_in_one_line(
    saved: tuple[Path, GraspNetwork, WeightsInfo], tmp_path: Path
) -> None:
    path, _, info = saved
    whole = path.read_bytes()
    (tmp_path / "cut").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "text").write_text("hello")
    torch.save({"a": torch.zeros(1)}, tmp_path / "pickled")
    save_file({"a": np.zeros(1)}, tmp_path / "others")
    save_file({"a": np.zeros(1)}, tmp_path / "lies", metadata=info.to_metadata())
    foreign = {**info.to_metadata(), "model": '{"backbone": "vgg", "head": "dense"}'}
    save_file({"a": np.zeros(1)}, tmp_path / "foreign", metadata=foreign)
    unnamed = {**info.to_metadata(), "classes": '["box"]'}
    save_file({"a": np.zeros(1)}, tmp_path / "unnamed", metadata=unnamed)
    deep = {**info.to_metadata(), "training": "[" * 100_000}
    save_file({"a": np.zeros(1)}, tmp_path / "deep", metadata=deep)
    for what in ("training", "accuracy"):
        save_file(
            {"a": np.zeros(1)}, tmp_path / what, metadata={**info.to_metadata(), what: "null"}
        )
    names = (
        "training",
        "accuracy",
        "deep",
        "unnamed",
        "cut",
        "empty",
        "text",
        "pickled",
        "others",
        "lies",
        "foreign",
        "missing",
    )
    for name in names:
        with pytest.raises(InputError, match=name) as caught:
            load_network(tmp_path / name)
        assert "\n" not in str(caught.value)


def test_weights_that_are_no_numbers_are_neither_read_nor_written(
    saved: tuple[Path, GraspNetwork, WeightsInfo], tmp_path: Path
) -> None:
    path, network, info = saved
    state = load_file(path)
    name = next(iter(state))
    state[name] = np.full_like(state[name], np.nan)
    save_file(state, tmp_path / "odd", metadata=info.to_metadata())
    with pytest.raises(InputError, match=f"odd' cannot be used: '{name}' is not finite"):
        load_network(tmp_path / "odd")
    kept = next(network.parameters()).detach().clone()
    with torch.no_grad():
        next(network.parameters()).fill_(torch.inf)
    with pytest.raises(InputError, match=r"new' is not written: .* is not finite"):
        save_weights(tmp_path / "new", network, info)
    with torch.no_grad():
        next(network.parameters()).copy_(kept)
    assert not (tmp_path / "new").exists()


def test_a_failed_write_leaves_the_old_file(
    saved: tuple[Path, GraspNetwork, WeightsInfo], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, network, info = saved
    path = tmp_path / "w.safetensors"
    path.write_bytes(b"old")

    def full_disk(state: object, target: Path, metadata: object) -> None:
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("safetensors.torch.save_file", full_disk)
    with pytest.raises(InputError, match="cannot be written: No space left"):
        save_weights(path, network, info)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
