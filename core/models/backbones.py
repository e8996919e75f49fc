"""Networks: any timm architecture, cut where the damage still shows, with one linear layer on top."""

from __future__ import annotations

import copy
import difflib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import timm
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from core.errors import BadCheckpoint, BadInput, UnknownName

FINE = 16
"""Stride of the features that are kept: deeper ones have lost the dents (see README, "What was tried")."""

MOMENTUM = 0.1
"""Of BatchNorm's running statistics; the 0.01 of published mobile networks lags hundreds of steps behind."""

OPTIONS: dict[str, dict[str, Any]] = {"mobilenetv2": {"pad_type": "same", "bn_eps": 1e-3}}
"""Constructor arguments by prefix of the architecture, so that published weights mean what they meant."""


STAGES = ("blocks", "layer", "stages")
"""How timm's convolutional networks call their stages; what comes before the first of them is the stem."""


class FineNetwork(nn.Module):
    """Features at stride 16, their average and their maximum over the picture, dropout, one linear layer.

    The average sees how much of a package is dented, the maximum how badly at the worst place.
    Input (B, 3, h, w) float32, normalized; output (B, C) logits.
    """

    def __init__(self, features: nn.Module, channels: int, classes: int, dropout: float) -> None:
        super().__init__()
        self.features = features
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(2 * channels, classes)

    def forward(self, batch: Tensor) -> Tensor:
        """Logits of a batch."""
        logits: Tensor = self.head(self.dropout(self.pooled(batch)))
        return logits

    def pooled(self, batch: Tensor) -> Tensor:
        """(B, 2 F) float32 that the last layer sees of a batch: average and maximum of each of the F features."""
        maps = self.features(batch)[-1].float()
        return torch.cat([maps.mean(dim=(2, 3)), maps.amax(dim=(2, 3))], dim=1)


def pooled(network: nn.Module, batch: Tensor) -> Tensor:
    """(B, F) float32 that the last layer of a network of `build` sees of a batch."""
    if isinstance(network, FineNetwork):
        return network.pooled(batch)
    whole: Any = network
    seen: Tensor = whole.forward_head(whole.forward_features(batch), pre_logits=True)
    return seen.flatten(1).float()


def check_architecture(architecture: str) -> None:
    """Refuse a name that timm does not know.

    Raises:
        UnknownName: with the nearest names.
    """
    if not timm.is_model(architecture):
        near = difflib.get_close_matches(architecture, timm.list_models(), n=3)
        remedy = (
            f"Try one of: {', '.join(near)}." if near else "Names: python -c 'import timm; print(timm.list_models())'."
        )
        raise UnknownName(f"timm has no architecture called {architecture!r}.", remedy)


def hub_normalization(architecture: str) -> dict[str, tuple[float, float, float]]:
    """Mean and std of RGB in [0, 1] that the hub's weights of an architecture were trained with."""
    published = timm.get_pretrained_cfg(architecture)
    return {name: getattr(published, name) for name in ("mean", "std")} if published else {}


def build(
    architecture: str, *, classes: int, size: tuple[int, int], dropout: float = 0.0, pretrained: bool = False
) -> nn.Module:
    """A network for that many classes, with random or the hub's weights.

    Convolutional networks are cut at stride 16 (`FineNetwork`); where timm cannot cut an architecture
    there, it is taken whole with its own head.

    Args:
        architecture: any name in timm's model list.
        classes: number of logits.
        size: (h, w) of the input; transformers are built for it.
        dropout: before the last layer, in [0, 1).
        pretrained: take ImageNet weights from the model hub.

    Raises:
        UnknownName: timm has no such architecture.
        BadInput: the hub cannot be reached, or has no weights.
    """
    check_architecture(architecture)
    with _hub(architecture):
        network = _network(architecture, classes=classes, size=size, dropout=dropout, pretrained=pretrained)
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = MOMENTUM
    return network


def _network(architecture: str, *, classes: int, size: tuple[int, int], dropout: float, pretrained: bool) -> nn.Module:
    options = _options(architecture)
    features = _features(architecture, pretrained=pretrained, **options)
    if features is not None:
        return FineNetwork(features, features.feature_info.channels()[-1], classes, dropout)
    if "vit" in architecture or "deit" in architecture:
        options = options | {"img_size": size}
    network: nn.Module = timm.create_model(
        architecture, pretrained=pretrained, num_classes=classes, drop_rate=dropout, **options
    )
    return network


def _options(architecture: str) -> dict[str, Any]:
    return next((dict(options) for prefix, options in OPTIONS.items() if architecture.startswith(prefix)), {})


def _features(architecture: str, **options: Any) -> Any:
    """The architecture up to stride 16, or None where it has no such stage."""
    try:
        tried: Any = timm.create_model(architecture, features_only=True, **_options(architecture))
        reductions = tried.feature_info.reduction()
    except (RuntimeError, AttributeError, TypeError, AssertionError):
        return None
    if FINE not in reductions or len(set(reductions)) == 1:
        return None
    last = max(index for index, reduction in enumerate(reductions) if reduction == FINE)
    return timm.create_model(architecture, features_only=True, out_indices=(last,), **options)


@contextmanager
def _hub(architecture: str) -> Iterator[None]:
    try:
        yield
    except (OSError, RuntimeError) as error:
        raise BadInput(
            f"ImageNet weights of {architecture} could not be loaded: {str(error).splitlines()[0][:160]}",
            "Give a file with --weights FILE, or start from random weights with --no-pretrained.",
        ) from error


def load_published(network: nn.Module, path: Path) -> float:
    """Load a timm state dict (safetensors) into the features of a network.

    Returns:
        Share of the network's feature tensors that the file held, in (0, 1].

    Raises:
        BadCheckpoint: the file is unreadable, or holds nothing that fits.
    """
    try:
        published = load_file(path)
    except Exception as error:  # safetensors raises its own untyped error for each kind of damage
        raise BadCheckpoint(
            f"{path.name} is not a readable safetensors file.", "Export the weights again as safetensors."
        ) from error
    body = network.features if isinstance(network, FineNetwork) else network
    own = body.state_dict()
    fitting = {name: tensor for name, tensor in published.items() if name in own and own[name].shape == tensor.shape}
    wanted = [
        name
        for name in own
        if not name.endswith("num_batches_tracked") and not name.startswith(("classifier", "head", "fc"))
    ]
    share = sum(name in fitting for name in wanted) / len(wanted)
    if share < 0.9:
        raise BadCheckpoint(
            f"{path.name} holds only {share:.0%} of the tensors of this architecture.",
            "Check that the file belongs to the architecture named with --arch.",
        )
    body.load_state_dict(fitting, strict=False)
    return share


def load_trained(network: nn.Module, trained: nn.Module, *, head: bool) -> None:
    """Take the weights of a trained network of the same architecture.

    Args:
        network: to load into.
        trained: to take from.
        head: the last layer too: only where both decide between the same classes.
    """
    last = () if head else tuple(_last_layer(trained))
    kept = {name: tensor for name, tensor in trained.state_dict().items() if not name.startswith(last)}
    network.load_state_dict(kept, strict=False)


def _last_layer(network: Any) -> Iterator[str]:
    layer = network.head if isinstance(network, FineNetwork) else network.get_classifier()
    return (f"{name}." for name, module in network.named_modules() if module is layer)


def with_head(network: nn.Module, weights: Tensor, added: float, *, at: int) -> nn.Module:
    """A copy of a network with another last layer: its log-odds of class `at` are `weights` . features + `added`.

    The other classes get the logit 0 each, so that this is exact for two classes. The network itself stays as it is.

    Args:
        network: of `build`.
        weights: (F,) of what `pooled` gives.
        added: to the log-odds.
        at: number of the class.

    Raises:
        BadInput: the last layer is not linear, or not as wide.
    """
    other = copy.deepcopy(network)
    whole: Any = other
    layer = whole.head if isinstance(other, FineNetwork) else whole.get_classifier()
    if not isinstance(layer, nn.Linear) or layer.in_features != len(weights):
        raise BadInput("The last layer of this network cannot be taught again.", "It must be one linear layer.")
    with torch.no_grad():
        layer.weight.zero_()
        layer.weight[at] = weights.to(layer.weight)
        layer.bias.zero_()
        layer.bias[at] = added
    return other


def freeze(network: nn.Module, stages: int) -> None:
    """Let the stem and the first stages of a network keep their weights; 0 leaves all of it free."""
    body = network.features if isinstance(network, FineNetwork) else network
    parts: list[tuple[str, nn.Module]] = []
    for name, child in body.named_children():
        parts += [(name, one) for one in child.children()] if name == "blocks" else [(name, child)]
    reached = 0
    for name, part in parts:
        reached += name.startswith(STAGES)
        if not stages or reached > stages:
            return
        part.requires_grad_(False)


def restore_batchnorm(network: nn.Module, batch: Tensor) -> int:
    """Give folded BatchNorm layers real statistics, without changing what the network computes.

    Published mobile weights often have BatchNorm folded into the convolutions: each layer is the
    identity, and training such a network diverges. Measured on a batch, a layer that maps x to
    k x + c gets the batch's mean and variance, weight k sqrt(var + eps) and bias c + k mean: the
    output is the same, and train mode works from then on. Layers whose statistics are real are left alone.

    Args:
        network: in any mode; left in evaluation mode.
        batch: (B, 3, h, w) training pictures, normalized.

    Returns:
        How many layers were restored.
    """
    folded = [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm2d) and _is_identity(layer)]
    hooks = [layer.register_forward_pre_hook(_restore) for layer in folded]
    try:
        with torch.no_grad():
            network.eval()(batch)
    finally:
        for hook in hooks:
            hook.remove()
    return len(folded)


def _is_identity(layer: nn.BatchNorm2d) -> bool:
    assert layer.running_mean is not None and layer.running_var is not None
    flat = (layer.running_var - layer.running_var[0]).abs().max() < 1e-6
    return bool(flat and layer.running_mean.abs().max() < 1e-6 and (layer.running_var[0] - 1).abs() < 0.01)


def _restore(layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
    assert isinstance(layer, nn.BatchNorm2d) and layer.running_mean is not None and layer.running_var is not None
    mean = inputs[0].mean(dim=(0, 2, 3))
    variance = inputs[0].var(dim=(0, 2, 3), unbiased=False)
    scale = layer.weight / torch.sqrt(layer.running_var + layer.eps)
    shift = layer.bias - scale * layer.running_mean
    layer.running_mean.copy_(mean)
    layer.running_var.copy_(variance)
    layer.weight.data.copy_(scale * torch.sqrt(variance + layer.eps))
    layer.bias.data.copy_(shift + scale * mean)
