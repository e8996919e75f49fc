"""What a network says of each place of a picture, in its last layer that still knows places."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from core.attribution.grid import spread
from core.attribution.method import Map, Margin, Task
from core.contracts import Progress
from core.errors import BadInput

COARSEST = 32
"""Pixels to a place, beyond which a layer is passed over: the dense layers of a VGG see a larger picture as 2 x 3."""

PREFIX = 8
"""Most tokens before those of the patches: the class token, the distillation token, registers."""

TRIALS = ((64, 96), (224, 224))
"""(h, w) of the pictures on which a network is tried that does not say what size it wants."""

REMEDY = "Choose another method, for example Integrated Gradients."


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the places are in a tensor of activations.

    Attributes:
        grid: (gh, gw) places.
        order: the axes of the tensor without its batch, so that channels come first and then the places.
        prefix: tokens before those of the patches; None where the tensor has two axes of places.
    """

    grid: tuple[int, int]
    order: tuple[int, ...]
    prefix: int | None = None

    def of(self, tensor: Tensor) -> Tensor:
        """(1, ...) activations or their gradient as (C, gh, gw)."""
        alone = tensor[0] if self.prefix is None else tensor[0, self.prefix :]
        return alone.permute(self.order).reshape(-1, *self.grid)


@dataclass(frozen=True, slots=True)
class Features:
    """One layer and one picture.

    Attributes:
        layer: its dotted name in the network.
        activations: (C, gh, gw) what it gave.
        gradients: (C, gh, gw) of the quantity that is explained, with respect to the activations.
    """

    layer: str
    activations: Tensor
    gradients: Tensor

    @property
    def note(self) -> str:
        """What a person must know of a map that was read from here."""
        rows, columns = self.activations.shape[1:]
        return f"A coarse map: the layer {self.layer} knows {rows} x {columns} places, each spread over its pixels."


def private(module: nn.Module) -> nn.Module:
    """A copy of the structure of a network that shares its weights: hooks and switches on it reach nobody else."""
    tensors = chain(module.parameters(), module.buffers())
    return copy.deepcopy(module, {id(tensor): tensor for tensor in tensors})


def outputs(module: nn.Module, batch: Tensor) -> tuple[Tensor, list[tuple[str, Tensor]]]:
    """Run a network once and keep what every layer gave.

    Args:
        module: keeps the hooks: hand in a `private` copy.
        batch: (1, 3, h, w).

    Returns:
        (1, C) logits, and the name and tensor of each layer that gave one, in the order in which they ended.
    """
    kept: list[tuple[str, Tensor]] = []
    for name, layer in module.named_modules():
        layer.register_forward_hook(partial(_keep, kept, name))
    logits: Tensor = module(batch)
    return logits, kept


def _keep(kept: list[tuple[str, Tensor]], name: str, layer: nn.Module, given: Any, gave: Any) -> None:
    if isinstance(gave, Tensor):
        kept.append((name, gave))


def read_last(task: Task, weighted: Callable[[Features], Tensor], progress: Progress) -> Map:
    """The map that a rule reads from the last layer with places, each place spread over its pixels.

    Args:
        task: what is asked.
        weighted: the rule: to (gh, gw).
        progress: called before and after the one pass.

    Raises:
        BadInput: no layer of the network knows places.
    """
    progress(0.0, "one pass")
    features = last_features(task.module, task.batch, task.margin)
    progress(1.0, "one pass")
    return Map(spread(weighted(features), (task.batch.shape[2], task.batch.shape[3])), note=features.note)


def last_features(module: nn.Module, batch: Tensor, margin: Margin) -> Features:
    """The last layer that still knows places, and on whose places the answer depends.

    Found by running the network once: convolutional maps with channels first or last, and the tokens of a transformer
    without those that belong to no patch. Where only the class token is read out, the patches of the last layers have
    no say any more, and the layer is an earlier one: the norm before the last attention.

    Args:
        module: left as it is.
        batch: (1, 3, h, w).
        margin: the quantity to explain.

    Raises:
        BadInput: no layer has places.
    """
    with torch.enable_grad():
        logits, kept = outputs(private(module), batch.detach().clone().requires_grad_())
    found = [(name, tensor, layout) for name, tensor, layout in spatial(kept, batch) if tensor.requires_grad]
    if not found:
        raise BadInput("No layer of this network knows places.", REMEDY)
    asked = [tensor for _, tensor, _ in found]
    slopes = torch.autograd.grad(margin(logits).sum(), asked, allow_unused=True)
    last: Features | None = None
    for (name, tensor, layout), slope in zip(found, slopes, strict=True):
        if slope is not None and (last is None or layout.of(slope).any()):
            last = Features(name, layout.of(tensor.detach()).float(), layout.of(slope).float())
    if last is None:
        raise BadInput("The answer of this network depends on no layer with places.", REMEDY)
    return last


def places(module: nn.Module, batch: Tensor) -> Features:
    """The question of `tried` whether there are such features."""
    return last_features(module, batch, lambda logits: logits[:, 0])


def spatial(kept: Iterable[tuple[str, Tensor]], batch: Tensor) -> list[tuple[str, Tensor, Layout]]:
    """Those of the layers of `outputs` that know places, fine ones where there are any."""
    size = (batch.shape[2], batch.shape[3])
    found, grids, lengths = list[tuple[str, Tensor, Layout]](), list[tuple[int, int]](), set[int]()
    for name, tensor in kept:
        layout = None
        if tensor.ndim == 4 and len(tensor) == 1 and not lengths.intersection(tensor.shape):  # else it is an attention
            layout = _map(tensor, size)
            grids += [layout.grid] if layout else []
        elif tensor.ndim == 3 and len(tensor) == 1:
            layout = _tokens(tensor, grids)
            lengths.update([tensor.shape[1]] if layout else [])
        if layout:
            found.append((name, tensor, layout))
    width = next((tensor.shape[2] for _, tensor, layout in reversed(found) if layout.prefix is not None), 0)
    found = [one for one in found if one[2].prefix is None or one[1].shape[2] == width]  # else inside an attention
    fine = [one for one in found if all(g >= side // COARSEST for g, side in zip(one[2].grid, size, strict=True))]
    return fine or found


def _map(tensor: Tensor, size: tuple[int, int]) -> Layout | None:
    for grid, order in ((tensor.shape[2:], (0, 1, 2)), (tensor.shape[1:3], (2, 0, 1))):
        if _shows(grid, size):
            return Layout((grid[0], grid[1]), order)
    return None


def _shows(grid: tuple[int, ...], size: tuple[int, int]) -> bool:
    """Whether two axes can be the places of a picture: no more than pixels, more than one, about its proportions."""
    across = abs(grid[0] * size[1] - grid[1] * size[0]) <= 2 * max(size)
    return across and grid[0] <= size[0] and grid[1] <= size[1] and grid[0] * grid[1] > 1


def _tokens(tensor: Tensor, grids: list[tuple[int, int]]) -> Layout | None:
    """The tokens follow the latest map that has as many places, but for a few that come before."""
    for grid in reversed(grids):
        prefix = tensor.shape[1] - grid[0] * grid[1]
        if 0 <= prefix <= PREFIX:
            return Layout(grid, (1, 0), prefix)
    return None


_reasons: WeakKeyDictionary[nn.Module, dict[Any, str | None]] = WeakKeyDictionary()


def tried(module: nn.Module, question: Callable[[nn.Module, Tensor], object]) -> str | None:
    """Ask something of a network with a picture of noise, once in its life.

    Args:
        module: left as it is.
        question: called with the network and a (1, 3, h, w) picture that it takes; refuses with BadInput.

    Returns:
        None where the question has an answer, otherwise what was the problem, one sentence.
    """
    known = _reasons.setdefault(module, {})
    if question not in known:
        known[question] = _asked(module, question)
    return known[question]


def _asked(module: nn.Module, question: Callable[[nn.Module, Tensor], object]) -> str | None:
    batch = _trial(module)
    if batch is None:
        return "The network takes none of the pictures on which it was tried."
    try:
        question(module, batch)
    except BadInput as refusal:
        return refusal.problem
    return None


def _trial(module: nn.Module) -> Tensor | None:
    wanted: list[Any] = [getattr(layer, "img_size", None) for layer in module.modules()]
    weight = next(module.parameters(), torch.zeros(1))
    for height, width in [*[size for size in wanted if isinstance(size, tuple)][:1], *TRIALS]:
        batch = torch.randn(1, 3, height, width, generator=torch.Generator().manual_seed(0)).to(weight)
        try:
            with torch.no_grad():
                module(batch)
        except (RuntimeError, AssertionError, ValueError, TypeError, IndexError):
            continue
        return batch
    return None
