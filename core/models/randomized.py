"""Copies of a network that have forgotten what they learned, layer after layer from the top."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm as BatchNorm

STAGES = {"last layer": 0.0, "top quarter": 0.25, "top half": 0.5, "top three quarters": 0.75, "all layers": 1.0}
"""What has been forgotten, from the top: its words, and its share of the layers; the last layer at least."""


def cascade(module: nn.Module, pictures: Tensor, *, seed: int = 0) -> Iterator[tuple[str, nn.Module]]:
    """Copies with more and more layers drawn anew, from the logits down (Adebayo 1810.03292, cascading).

    A layer is drawn as it would be for a new training. BatchNorm layers among them measure their statistics on
    `pictures`: random filters under the old ones would saturate, and the maps of a dead network say nothing.

    Args:
        module: in evaluation mode; left as it is.
        pictures: (N, 3, h, w) float32 normalized, some pictures it is used on.
        seed: of the new weights; the copies share them.

    Yields:
        Words of `STAGES`, and the copy, in evaluation mode.
    """
    count = len(_used(copy.deepcopy(module), pictures))
    for words, share in STAGES.items():
        yield words, forgetful(module, pictures, layers=max(1, round(share * count)), seed=seed)


def forgetful(module: nn.Module, pictures: Tensor, *, layers: int, seed: int = 0) -> nn.Module:
    """A copy with so many layers, counted from the top, drawn anew; see `cascade`."""
    forgotten = copy.deepcopy(module)
    drawn = _used(forgotten, pictures)[::-1][:layers]
    with torch.random.fork_rng(devices=[]):
        for at, layer in enumerate(drawn):
            torch.manual_seed(seed + at)
            _draw(layer)
    _measure([layer for layer in drawn if isinstance(layer, BatchNorm)], forgotten, pictures)
    return forgotten.requires_grad_(False).eval()


def _used(module: nn.Module, pictures: Tensor) -> list[nn.Module]:
    """Everything with weights of its own that the logits depend on, in the order in which it is called: bottom to top.

    A network that is cut at an early stage may still run the later ones, to no effect.
    """
    turns: dict[nn.Module, None] = {}
    weighted = [layer for layer in module.modules() if any(True for _ in layer.parameters(recurse=False))]
    hooks = [layer.register_forward_pre_hook(lambda one, _: turns.setdefault(one)) for layer in weighted]
    weights = list(module.requires_grad_(True).parameters())
    try:
        with torch.enable_grad():
            felt = torch.autograd.grad(module(pictures[:1]).sum(), weights, allow_unused=True)
    finally:
        for hook in hooks:
            hook.remove()
    known = {id(weight) for weight, gradient in zip(weights, felt, strict=True) if gradient is not None}
    return [layer for layer in turns if any(id(one) in known for one in layer.parameters(recurse=False))]


def _draw(layer: nn.Module) -> None:
    reset = getattr(layer, "reset_parameters", None)
    if callable(reset):
        reset()
        return
    for weights in layer.parameters(recurse=False):  # loose ones, as the position embedding of a transformer
        with torch.no_grad():
            weights.normal_(float(weights.mean()), float(weights.std()) if weights.numel() > 1 else 0.0)


def _measure(layers: list[BatchNorm], network: nn.Module, pictures: Tensor) -> None:
    for layer in layers:
        layer.momentum = None  # the plain mean over all that passes
        layer.train()
    if layers:
        with torch.no_grad():
            network(pictures)
