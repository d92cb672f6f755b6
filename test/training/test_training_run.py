"""A training from data to weights: it learns, stops, resumes and refuses."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
import yaml
from safetensors.numpy import load_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from grasp_detector.data import Sample, categories, read_dataset
from grasp_detector.errors import InputError
from grasp_detector.model.network import GraspNetwork, load_imagenet
from grasp_detector.model.weights import read_info
from grasp_detector.training.config import TrainingConfig, config_from_dict
from grasp_detector.training.dataset import EpochSampler, TrainingSet
from grasp_detector.training.experiment import claim
from grasp_detector.training.machines import Machines
from grasp_detector.training.protocol import Addition, Protocol
from grasp_detector.training.run import train

TOP = Path(__file__).resolve().parents[2]
# Who was begun in the background does not hear Ctrl-C, nor do the processes that they start.
PROGRAM = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from grasp_detector.cli import main; main()"
)


@pytest.fixture
def data(bars: tuple[Path, list[Sample]]) -> tuple[Path, list[Sample]]:
    return bars


@pytest.fixture
def few(some_bars: Callable[[Path, int], Path], tmp_path: Path) -> tuple[Path, list[Sample]]:
    """A data set where it does not matter what is learnt."""
    folder = some_bars(tmp_path / "few", 10)
    return folder, read_dataset(folder)


def config(epochs: int, head: str = "dense") -> TrainingConfig:
    values = {"epochs": epochs, "batch": 4, "average": 0.5, "model": {"head": head}}
    return config_from_dict(values, "test")


def command(folder: Path, settings: Path, output: Path) -> list[str]:
    return [
        *(sys.executable, "-c", PROGRAM, "train"),
        *("--config", str(settings), "--data", str(folder), "--output", str(output)),
        *("--threads", "1"),
    ]


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("head", "end"), [("dense", signal.SIGKILL), ("multigrasp", signal.SIGINT)]
)
def test_killed_and_resumed_ends_with_the_same_weights(
    few: tuple[Path, list[Sample]], tmp_path: Path, head: str, end: signal.Signals
) -> None:
    folder, samples = few
    protocol = Protocol("cornell like", "object", 1)
    # The dense network's confidence learns the quality of its grasps from the fourth epoch on.
    settings = config(5) if head == "dense" else replace(config(3, head), head_first=1)
    whole = train(samples, settings, protocol, tmp_path / "whole")

    (tmp_path / "settings.yaml").write_text(yaml.safe_dump(settings.to_dict()))
    output = tmp_path / "killed"
    arguments = [*command(folder, tmp_path / "settings.yaml", output), "--fold", "1"]
    arguments += ["--name", "cornell like"]
    environment = {**os.environ, "PYTHONPATH": str(TOP)}
    process = subprocess.Popen(
        arguments, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        # The first checkpoint is there: what follows is lost, what came before is not.
        while process.poll() is None and not (output / "last.ckpt").exists():
            time.sleep(0.01)
        process.send_signal(end)
        said = process.communicate(timeout=60)[0].decode()
    finally:
        process.kill()
        process.wait()
    if end is signal.SIGINT:
        assert process.returncode == 130, said
        assert said.strip().endswith("stopped: the same command goes on")
        assert "Traceback" not in said
    assert (output / "last.ckpt").exists(), said
    assert not (output / "weights.safetensors").exists()
    done = subprocess.run(
        arguments, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "by the rectangle metric" in " ".join(done.stdout.split())

    resumed = load_file(output / "weights.safetensors")
    for name, value in load_file(whole).items():
        np.testing.assert_array_equal(resumed[name], value, name)


@pytest.mark.timeout(600)
def test_a_head_that_learnt_first_keeps_the_statistics_that_it_knows(
    data: tuple[Path, list[Sample]], tmp_path: Path
) -> None:
    settings = replace(config(2, "direct"), head_first=1)
    found = load_file(train(data[1], settings, Protocol("bars", "image", 0), tmp_path / "run"))
    network = GraspNetwork(settings.model)
    load_imagenet(network)
    changed = {
        name: not np.array_equal(found[name], value.numpy())
        for name, value in network.state_dict().items()
        if name.startswith("backbone.") and name in found
    }
    statistics = {name for name in changed if "running" in name}
    assert len(statistics) > 50 and not any(changed[name] for name in statistics)
    assert sum(changed.values()) > 50, "the backbone learns, too"


@pytest.mark.timeout(600)
def test_training_learns_and_the_file_says_what_it_measured(
    data: tuple[Path, list[Sample]], tmp_path: Path
) -> None:
    _, samples = data
    path = train(samples, config(12), Protocol("bars", "image", 0), tmp_path / "run")
    info = read_info(path)
    assert info.training["protocol"]["data"] == "bars"
    report = info.accuracy["held out: fold 0, image-wise"]
    assert report["pictures"] == 5
    assert report["accuracy"]["0.25"] >= 0.8
    check_log(tmp_path / "run" / "log", 12)
    before = load_file(path)
    train(samples, config(12), Protocol("bars", "image", 0), tmp_path / "run")
    for name, value in load_file(path).items():
        np.testing.assert_array_equal(value, before[name], "finished is finished")
    with pytest.raises(InputError, match="another experiment"):
        train(samples, config(13), Protocol("bars", "image", 0), tmp_path / "run")
    first = samples[0]
    for other in (replace(first, depth_path=first.rgb_path), replace(first, object_name="Mug")):
        changed = [other, *samples[1:]]
        with pytest.raises(InputError, match="on other files of the same names"):
            train(changed, config(12), Protocol("bars", "image", 0), tmp_path / "run")
    with pytest.raises(InputError, match="another experiment"):
        train(samples[:-1], config(12), Protocol("bars", "image", 0), tmp_path / "run")

    # All data, with the figures of the fold that was held out before.
    nothing = Protocol("bars", fold=None)
    with pytest.raises(InputError, match="epochs differs"):
        train(samples, config(1), nothing, tmp_path / "all", measured=[path])
    with pytest.raises(InputError, match="data_sha256 differs"):
        train(samples[:-1], config(12), nothing, tmp_path / "all", measured=[path])
    assert not (tmp_path / "all").exists()


def check_log(folder: Path, validations: int) -> None:
    """Losses, accuracy and pictures of answers are there for TensorBoard."""
    events = EventAccumulator(str(folder), size_guidance={"images": 0})
    events.Reload()
    assert {"loss/heat", "loss/coordinates", "accuracy/jaccard_0.25"} <= set(
        events.Tags()["scalars"]
    )
    pictures = events.Images("held out")
    steps = [picture.step for picture in pictures]
    assert len(set(steps)) == validations
    data = np.frombuffer(pictures[-1].encoded_image_string, np.uint8)
    sheet = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))
    blue, green, red = np.moveaxis(sheet.astype(int), -1, 0)
    for name, shown in (
        ("labels are green", (green > red + 60) & (green > blue + 60)),
        ("plates of the answers are blue", (blue > red + 100) & (blue > green + 60)),
    ):
        assert shown.sum() > 5 * 50, name


def test_other_data_are_trained_on_as_well_and_named(
    few: tuple[Path, list[Sample]], tmp_path: Path
) -> None:
    samples = few[1]
    tiff = tmp_path / "depth.tiff"
    cv2.imwrite(str(tiff), np.full((480, 640), 0.7, np.float32))
    protocol, settings = Protocol("bars", "image", 1), config(1, "multigrasp")
    kept, held = protocol.parts(samples)
    deep = [replace(s, name=f"d{s.name}", depth_path=tiff) for s in kept[:4]]
    addition = Addition("deep bars", deep)
    machines = Machines(precision="bf16-mixed")
    run = tmp_path / "run"
    path = train(samples, settings, protocol, run, also=[addition], machines=machines)
    training = read_info(path).training
    assert training["also"] == [addition.to_dict()]
    assert training["precision"] == "bf16-mixed"
    assert training["pictures"] == len(kept) + 4
    assert all(np.isfinite(value).all() for value in load_file(path).values())
    assert {value.dtype.name for value in load_file(path).values()} <= {"float32", "int64"}
    for others in ({}, {"also": [addition]}, {"machines": machines}):
        with pytest.raises(InputError, match="another experiment"):
            train(samples, settings, protocol, run, **others)
    with pytest.raises(InputError, match="held out to be measured on"):
        train(samples, settings, protocol, tmp_path / "x", also=[Addition("again", held)])
    nothing = Protocol("bars", fold=None)
    with pytest.raises(InputError, match=r"its (also|precision) differs"):
        train(samples, settings, nothing, tmp_path / "x", measured=[path])
    assert not (tmp_path / "x").exists()


def test_a_broken_picture_is_one_clear_line_from_a_loading_process_too(
    data: tuple[Path, list[Sample]], tmp_path: Path
) -> None:
    (tmp_path / "broken.png").write_bytes(b"no picture")
    broken = replace(data[1][0], rgb_path=tmp_path / "broken.png")
    samples = [broken, *data[1][1:4]]
    for workers in (0, 1):
        with pytest.raises(InputError, match=r"broken\.png' is not a whole") as caught:
            train(
                samples,
                config(1, "multigrasp"),
                Protocol("bars", fold=None),
                tmp_path / f"run{workers}",
                machines=Machines(workers=workers),
            )
        assert "\n" not in str(caught.value)


def test_a_picture_whose_depth_cannot_be_used_is_named(
    data: tuple[Path, list[Sample]], tmp_path: Path
) -> None:
    sample = data[1][0]
    cv2.imwrite(str(tmp_path / "d.tiff"), np.full(sample.rgb().shape[:2], 800, np.float32))
    pictures = TrainingSet([replace(sample, depth_path=tmp_path / "d.tiff")], config(1))
    with pytest.raises(InputError, match=f"^'{sample.rgb_path}': depth is 800"):
        pictures[0, 0]


def test_a_folder_with_other_things_is_left_alone(
    data: tuple[Path, list[Sample]], tmp_path: Path
) -> None:
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(InputError, match="not an empty folder"):
        train(data[1], config(1), Protocol("bars"), tmp_path)
    for damage in (b"[", b"\xff", None):
        experiment = tmp_path / "damaged" / "experiment.yaml"
        shutil.rmtree(experiment.parent, ignore_errors=True)
        experiment.parent.mkdir()
        experiment.mkdir() if damage is None else experiment.write_bytes(damage)
        with pytest.raises(InputError, match=r"experiment\.yaml' is damaged"):
            claim(experiment.parent, {}, [])
    shutil.rmtree(tmp_path / "damaged")
    strange = config_from_dict({"model": {"classes": 3}, "batch": 4}, "test")
    with pytest.raises(InputError, match="0 or the 16"):
        train(data[1], strange, Protocol("bars"), tmp_path / "new")
    with pytest.raises(InputError, match="batch"):
        train(data[1][:3], config(1), Protocol("bars", fold=None), tmp_path / "new")
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.tex"]


def test_alexnet_says_what_it_began_from(
    data: tuple[Path, list[Sample]], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = {"backbone": "alexnet", "head": "direct"}
    settings = config_from_dict({"epochs": 1, "batch": 4, "average": 0.0, "model": model}, "test")
    protocol, samples = Protocol("bars", fold=None), data[1][:4]
    path = train(samples, settings, protocol, tmp_path / "random")
    assert [each.getMessage() for each in caplog.records] == [
        "AlexNet begins from random weights: --imagenet takes torchvision's state dict"
    ]
    assert read_info(path).training["imagenet"] == "none"

    caplog.clear()
    file = tmp_path / "alexnet.pth"
    begun = GraspNetwork(settings.model)
    torch.save(begun.backbone.state_dict(), file)
    path = train(samples, settings, protocol, tmp_path / "begun", file)
    assert not caplog.records
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert read_info(path).training["imagenet"] == digest
    with pytest.raises(InputError, match="another experiment"):
        train(samples, settings, protocol, tmp_path / "begun")
    with pytest.raises(InputError, match=r"missing\.pth"):
        train(samples, settings, protocol, tmp_path / "x", tmp_path / "missing.pth")
    (tmp_path / "broken.pth").write_bytes(b"no weights")
    with pytest.raises(InputError, match="is not AlexNet's state dict"):
        train(samples, settings, protocol, tmp_path / "x", tmp_path / "broken.pth")
    assert not (tmp_path / "x").exists(), "nor does it stand in the way of the right file"


@pytest.mark.parametrize("head", ["direct", "multigrasp"])
@pytest.mark.parametrize("backbone", ["alexnet", "efficientnet_lite0"])
def test_the_papers_heads_train_on_both_backbones(
    data: tuple[Path, list[Sample]], tmp_path: Path, backbone: str, head: str
) -> None:
    model = {"backbone": backbone, "head": head, "classes": 16}
    settings = config_from_dict({"epochs": 1, "batch": 4, "model": model}, "test")
    path = train(data[1][:4], settings, Protocol("bars", fold=None), tmp_path / "run")
    info = read_info(path)
    assert (info.spec.backbone, info.spec.head) == (backbone, head)
    assert info.classes == categories()
    assert info.accuracy == {}, "nothing was held out, so nothing is claimed"
    assert info.training["protocol"]["fold"] is None
    # Runs of the others were begun before it was noted, and go on.
    assert ("imagenet" in info.training) == (backbone == "alexnet")


def test_no_batch_in_an_epoch_is_refused(data: tuple[Path, list[Sample]], tmp_path: Path) -> None:
    """Of what is added, an epoch shows a part only."""
    addition = Addition("more", [replace(s, name=f"x{s.name}") for s in data[1][2:12]])
    settings = replace(config(1, "multigrasp"), added=0.5)
    with pytest.raises(InputError, match="3 pictures do not fill one batch of 4: lower batch"):
        train(data[1][:2], settings, Protocol("bars", fold=None), tmp_path / "x", also=[addition])
    assert not (tmp_path / "x").exists()


def test_an_epoch_is_the_same_again_and_differs_from_others(
    data: tuple[Path, list[Sample]],
) -> None:
    samples = data[1]
    dataset = TrainingSet(samples, config(1, "multigrasp"))
    sampler = EpochSampler(len(samples), seed=0)
    first = list(sampler)
    assert first == list(sampler)
    assert sorted(index for _, index in first) == list(range(len(samples)))
    sampler.set_epoch(1)
    assert [index for _, index in sampler] != [index for _, index in first]
    for a, b in zip(dataset[(0, 3)], dataset[(0, 3)], strict=True):
        assert (a == b).all()
    assert (dataset[(0, 3)][0] != dataset[(1, 3)][0]).any()
