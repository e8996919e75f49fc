"""Networks from timm: cut, started from published weights, made trainable."""

from __future__ import annotations

from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save_file
from torch import nn

from core.errors import BadCheckpoint, UnknownName
from core.models.backbones import FineNetwork, build, freeze, load_published, restore_batchnorm

FAMILIES = ("test_resnet", "test_efficientnet", "test_convnext", "test_vit", "mobilenetv3_small_050")


def fold_batchnorm(network: nn.Module) -> nn.Module:
    """What published mobile weights look like: every BatchNorm passes its input on."""
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            assert layer.running_mean is not None and layer.running_var is not None
            nn.init.ones_(layer.weight)
            nn.init.normal_(layer.bias, std=0.1)
            layer.running_mean.zero_()
            layer.running_var.fill_(1 - layer.eps)
    return network


@pytest.mark.parametrize("architecture", FAMILIES)
def test_every_family_answers_with_one_logit_a_class(architecture: str) -> None:
    network = build(architecture, classes=3, size=(64, 96)).eval()
    assert network(torch.zeros(2, 3, 64, 96)).shape == (2, 3)


def test_convolutional_networks_are_cut_at_stride_16() -> None:
    network = build("test_resnet", classes=2, size=(64, 96))
    assert isinstance(network, FineNetwork)
    assert network.features(torch.zeros(1, 3, 64, 96))[-1].shape[-2:] == (4, 6)


def test_an_unknown_architecture_is_refused_with_the_nearest_names() -> None:
    with pytest.raises(UnknownName, match="resnet18"):
        build("resnet_18", classes=2, size=(64, 64))


def test_published_weights_of_a_local_file_arrive_in_the_network(tmp_path: Path) -> None:
    published = timm.create_model("test_resnet", pretrained=False)
    save_file(published.state_dict(), tmp_path / "weights.safetensors")
    network = build("test_resnet", classes=2, size=(64, 64))
    assert isinstance(network, FineNetwork)
    assert load_published(network, tmp_path / "weights.safetensors") == 1.0
    assert torch.equal(network.features.state_dict()["layer1.0.conv1.weight"], published.layer1[0].conv1.weight)


def test_weights_of_another_architecture_are_refused(tmp_path: Path) -> None:
    save_file(timm.create_model("test_vit", pretrained=False).state_dict(), tmp_path / "vit.safetensors")
    with pytest.raises(BadCheckpoint, match="--arch"):
        load_published(build("test_resnet", classes=2, size=(64, 64)), tmp_path / "vit.safetensors")


def test_a_file_that_is_no_safetensors_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.safetensors").write_bytes(b"not weights")
    with pytest.raises(BadCheckpoint, match="safetensors"):
        load_published(build("test_resnet", classes=2, size=(64, 64)), tmp_path / "bad.safetensors")


def test_restored_batchnorm_computes_what_the_folded_one_did() -> None:
    torch.manual_seed(0)
    network = fold_batchnorm(build("mobilenetv3_small_050", classes=2, size=(64, 64))).eval()
    batch = torch.randn(8, 3, 64, 64)
    with torch.no_grad():
        before = network(batch)
        restored = restore_batchnorm(network, batch)
        after = network(batch)
    assert restored == sum(isinstance(layer, nn.BatchNorm2d) for layer in network.modules())
    torch.testing.assert_close(after, before, atol=1e-4, rtol=1e-4)


def test_restored_batchnorm_computes_the_same_in_train_mode_on_the_same_batch() -> None:
    torch.manual_seed(0)
    network = fold_batchnorm(build("test_resnet", classes=2, size=(64, 64))).eval()
    batch = torch.randn(16, 3, 64, 64)
    with torch.no_grad():
        before = network(batch)
        restore_batchnorm(network, batch)
        torch.testing.assert_close(network.train()(batch), before, atol=1e-3, rtol=1e-3)


def test_real_batchnorm_statistics_are_left_alone() -> None:
    torch.manual_seed(0)
    network = build("test_resnet", classes=2, size=(64, 64))
    network.train()(torch.randn(16, 3, 64, 64) + 1)
    assert restore_batchnorm(network, torch.randn(4, 3, 64, 64)) == 0


@pytest.mark.parametrize(
    ("architecture", "stages", "kept"),
    [
        ("resnet10t", 0, set()),
        ("resnet10t", 1, {"conv1", "bn1", "layer1"}),
        ("mobilenetv2_100", 2, {"conv_stem", "bn1", "blocks.0", "blocks.1"}),
    ],
)
def test_the_first_stages_keep_their_weights(architecture: str, stages: int, kept: set[str]) -> None:
    network = build(architecture, classes=2, size=(64, 64))
    freeze(network, stages)
    frozen = {name.removeprefix("features.") for name, one in network.named_parameters() if not one.requires_grad}
    assert kept == {name[: len("blocks.0")] if name.startswith("blocks") else name.split(".")[0] for name in frozen}
