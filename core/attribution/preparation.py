"""A network made ready for thousands of gradients: the same function, fewer operations."""

from __future__ import annotations

import threading
import weakref
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

SAME = 1e-3
"""Largest difference of the logits, as a share of the largest of them, that rounding may explain."""

KINKED = (
    "Relu", "Hardtanh", "Hardswish", "Hardsigmoid", "MaxPool", "Amax", "Max", "Clamp", "Clip", "Abs", "Prelu", "Elu",
)  # fmt: skip
"""What the operations with a kink are called in the graph of gradients."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A copy of a network, in evaluation mode and without gradients of its weights.

    Attributes:
        whole: (B, 3, h, w) -> (B, C) logits; BatchNorm is folded into the convolutions where that is possible.
        stem: the affine first layer, (B, 3, h, w) -> (B, F, h', w'); None where it cannot be taken off.
        rest: what comes after the stem, (B, F, h', w') -> (B, C) logits; the whole network where there is no stem.
            It may write over what it is given.
        smooth: whether the logits have no kink anywhere.
        folded: how many BatchNorm layers are gone.
        idle: names of the layers that are gone because the logits never use what they compute.
    """

    whole: nn.Module
    stem: nn.Module | None
    rest: nn.Module
    smooth: bool
    folded: int
    idle: tuple[str, ...]

    def enter(self, batch: Tensor) -> Tensor:
        """(B, F, h', w') that `rest` takes of pictures (B, 3, h, w)."""
        return batch if self.stem is None else self.stem(batch)

    def leave(self, gradient: Tensor, batch: Tensor) -> Tensor:
        """(1, 3, h, w) gradient at the pictures for one at what `rest` takes; the stem is affine, so any batch does."""
        if self.stem is None:
            return gradient
        with torch.enable_grad():
            there = batch.detach().requires_grad_()
            found: Tensor = torch.autograd.grad(self.stem(there), there, gradient)[0]
        return found


_ready: weakref.WeakKeyDictionary[nn.Module, tuple[tuple[int, ...], Prepared]] = weakref.WeakKeyDictionary()
_guard = threading.Lock()


def prepared(module: nn.Module, example: Tensor) -> Prepared:
    """The network made ready; remembered as long as the network lives and its weights stay.

    Args:
        module: in evaluation mode; never changed.
        example: (1, 3, h, w) on the network's device, of the size that it will be asked about.
    """
    state = (*(tensor._version for tensor in module.state_dict().values()), *example.shape[1:])
    with _guard:
        known = _ready.get(module)
        if known is None or known[0] != state:
            known = (state, prepare(module, example))
            _ready[module] = known
    return known[1]


def prepare(module: nn.Module, example: Tensor) -> Prepared:
    """The network made ready: every step is checked on a picture and noise, and left out where the logits change."""
    plain, idle = _without_idle(deepcopy(module).eval(), example)
    whole, count = _folded(plain.requires_grad_(False).to(memory_format=torch.channels_last), example)
    whole = _clipped(whole, example)
    found = _without_stem(whole, example)
    stem, rest = found if found is not None else (None, whole)
    return Prepared(whole, stem, rest, _smooth(whole, example), count, idle)


def _without_idle(copy: nn.Module, example: Tensor) -> tuple[nn.Module, tuple[str, ...]]:
    """The network without the layers whose result nobody reads: one cut at stride 16 still computes stride 32."""
    idle = _idle(copy, example)
    pruned = deepcopy(copy)
    for name in idle:
        pruned.set_submodule(name, nn.Identity())
    try:
        return (pruned, idle) if idle and _agree(copy, pruned, example) else (copy, ())
    except (RuntimeError, ValueError, IndexError):  # somebody asks for the shape of what nobody reads
        return copy, ()


def _idle(module: nn.Module, example: Tensor) -> tuple[str, ...]:
    """The largest layers none of whose weights has a gradient."""
    named = dict(module.requires_grad_().named_parameters())
    if not named:
        return ()
    with torch.enable_grad():
        found = torch.autograd.grad(module(example).sum(), list(named.values()), allow_unused=True)
    used = {name for name, slope in zip(named, found, strict=True) if slope is not None}
    idle: list[str] = []
    for name, layer in module.named_modules():
        inside = name and not any(name.startswith(f"{larger}.") for larger in idle)
        weights = [f"{name}.{one}" for one, _ in layer.named_parameters()]
        if inside and weights and used.isdisjoint(weights):
            idle.append(name)
    return tuple(idle)


def _folded(plain: nn.Module, example: Tensor) -> tuple[nn.Module, int]:
    """The network with each BatchNorm that follows a convolution folded into it (exact but for rounding)."""
    copy = deepcopy(plain)
    pairs = _pairs(copy, example)
    for convolution, (name, norm) in pairs:
        _fold(convolution, norm)
        copy.set_submodule(name, _what_is_left(norm))
    if not pairs or not _agree(plain, copy, example):
        return plain, 0
    return copy.to(memory_format=torch.channels_last), len(pairs)


def _clipped(plain: nn.Module, example: Tensor) -> nn.Module:
    """The network whose clipping layers (ReLU6) write over what they are given, without a copy of it.

    torch tells the slope of a clip from what is clipped, and copies that before it writes over it. Its result tells
    the slope as well.
    """
    copy = deepcopy(plain)
    clips = [(name, layer) for name, layer in copy.named_modules() if isinstance(layer, nn.Hardtanh) and layer.inplace]
    for name, layer in clips:
        copy.set_submodule(name, _Clipped(layer.min_val, layer.max_val))
    return copy if clips and _agree(plain, copy, example) else plain


class _Clipped(nn.Module):
    def __init__(self, low: float, high: float) -> None:
        super().__init__()
        self.low, self.high = low, high

    def forward(self, values: Tensor) -> Tensor:
        clipped: Tensor = _Clip.apply(values, self.low, self.high)
        return clipped


class _Clip(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor, low: float, high: float) -> Tensor:
        ctx.mark_dirty(values.clamp_(low, high))
        ctx.save_for_backward(values)
        ctx.ends = low, high
        return values

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor, None, None]:
        (clipped,) = ctx.saved_tensors
        return torch.ops.aten.hardtanh_backward(slope, clipped, *ctx.ends), None, None


def _pairs(module: nn.Module, example: Tensor) -> list[tuple[nn.Conv2d, tuple[str, nn.BatchNorm2d]]]:
    """Each convolution whose output goes into a BatchNorm, found by tracing one pass; both are called just once."""
    made: dict[int, tuple[nn.Conv2d, Tensor]] = {}  # holds the tensors, so that no other gets their identity
    found: list[tuple[nn.Conv2d, tuple[str, nn.BatchNorm2d]]] = []
    hooks = []
    for name, layer in module.named_modules():
        if isinstance(layer, nn.Conv2d):
            hooks.append(layer.register_forward_hook(lambda one, _, out: made.update({id(out): (one, out)})))
        elif isinstance(layer, nn.BatchNorm2d):

            def note(one: nn.Module, inputs: tuple[Tensor, ...], name: str = name) -> None:
                if id(inputs[0]) in made and isinstance(one, nn.BatchNorm2d) and one.running_var is not None:
                    found.append((made[id(inputs[0])][0], (name, one)))

            hooks.append(layer.register_forward_pre_hook(note))
    with torch.no_grad():
        module(example)
    for hook in hooks:
        hook.remove()
    calls = [id(layer) for convolution, (_, norm) in found for layer in (convolution, norm)]
    return found if len(calls) == len(set(calls)) else []


def _fold(convolution: nn.Conv2d, norm: nn.BatchNorm2d) -> None:
    assert norm.running_mean is not None and norm.running_var is not None
    scale = (norm.running_var.double() + norm.eps).rsqrt() * (1.0 if norm.weight is None else norm.weight.double())
    shift = -norm.running_mean.double() * scale + (0.0 if norm.bias is None else norm.bias.double())
    if convolution.bias is not None:
        shift = shift + convolution.bias.double() * scale
    kind = convolution.weight.dtype
    weight = (convolution.weight.double() * scale.view(-1, 1, 1, 1)).to(kind)
    convolution.weight = nn.Parameter(weight, requires_grad=False)
    convolution.bias = nn.Parameter(shift.to(kind), requires_grad=False)


def _what_is_left(norm: nn.BatchNorm2d) -> nn.Module:
    """What a BatchNorm layer does besides: some have the activation inside."""
    inner = [getattr(norm, name) for name in ("drop", "act") if isinstance(getattr(norm, name, None), nn.Module)]
    return nn.Sequential(*inner) if inner else nn.Identity()


def _without_stem(whole: nn.Module, example: Tensor) -> tuple[nn.Module, nn.Module] | None:
    """The first convolution, and the network without it that takes its output; None where they cannot be parted."""
    name = _first(whole, example)
    if name is None:
        return None
    rest = deepcopy(whole)
    stem = rest.get_submodule(name)
    rest.set_submodule(name, nn.Identity())
    try:
        with torch.no_grad():
            entered = stem(example)
            fits = _close(whole(example), rest(entered))
    except (RuntimeError, AssertionError, ValueError, IndexError):  # it asks its input for the size of a picture
        return None
    return (stem, rest) if fits else None


def _first(module: nn.Module, example: Tensor) -> str | None:
    """Name of the only convolution that sees the picture itself."""
    seen: list[str] = []
    hooks = []
    for name, layer in module.named_modules():
        if isinstance(layer, nn.Conv2d):

            def note(_: nn.Module, inputs: tuple[Tensor, ...], name: str = name) -> None:
                if inputs[0] is example:
                    seen.append(name)

            hooks.append(layer.register_forward_pre_hook(note))
    with torch.no_grad():
        module(example)
    for hook in hooks:
        hook.remove()
    return seen[0] if len(seen) == 1 else None


def _smooth(module: nn.Module, example: Tensor) -> bool:
    """Whether no operation between the picture and the logits has a kink: asked of the graph of gradients."""
    with torch.enable_grad():
        waiting = [module(example.detach().clone().requires_grad_()).grad_fn]
    passed = set()
    while waiting:
        node = waiting.pop()
        if node is None or node in passed:
            continue
        passed.add(node)
        if any(kind in node.name() for kind in KINKED):
            return False
        waiting += [before for before, _ in node.next_functions]
    return True


def _agree(one: nn.Module, other: nn.Module, example: Tensor) -> bool:
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(example.shape, generator=generator, dtype=example.dtype).to(example.device)
    with torch.no_grad():
        return all(_close(one(batch), other(batch)) for batch in (example, noise))


def _close(one: Tensor, other: Tensor) -> bool:
    if one.shape != other.shape:
        return False
    return bool((one - other).abs().max() <= SAME * one.abs().max().clamp(min=1.0))
