"""Attention rollout, for transformers."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from core.attribution.grid import spread
from core.attribution.layers import REMEDY, Layout, outputs, private, spatial, tried
from core.attribution.method import METHODS, Map, Task
from core.contracts import Progress, silent
from core.errors import BadInput


@METHODS.register("attention_rollout")
class AttentionRollout:
    """Attention rollout (Abnar and Zuidema 2005.00928): from which patches the attention flows to the answer.

    The heads of each layer are averaged, half of each token stays where it was, and the layers are multiplied. It
    follows attention alone: not what is read from the patches, nor for which class.
    """

    title = "Attention rollout"
    signed = False
    steps: int | None = None
    baseline = False
    reference = "Abnar and Zuidema, Quantifying Attention Flow in Transformers, arXiv 2005.00928"

    def fits(self, module: nn.Module) -> str | None:
        """Transformers whose layers all attend from every token to every token."""
        return tried(module, attentions)

    def __call__(self, task: Task, *, progress: Progress = silent) -> Map:
        """The map of one picture; it sums to the share of the answer that comes from patches, at most 1.

        Raises:
            BadInput: the network is no such transformer.
        """
        progress(0.0, "one pass")
        layers, layout = attentions(task.module, task.batch)
        flow = rollout(layers)
        prefix = layout.prefix or 0
        read = flow[0] if reads_class_token(task.module, prefix) else flow[prefix:].mean(dim=0)
        progress(1.0, "one pass")
        rows, columns = layout.grid
        note = (
            f"The same map for every class, and a coarse one: {rows} x {columns} patches; "
            "it follows attention, not what is read from the patches."
        )
        values = spread(read[prefix:].reshape(rows, columns), (task.batch.shape[2], task.batch.shape[3]))
        return Map(values, note=note)


def attentions(module: nn.Module, batch: Tensor) -> tuple[Tensor, Layout]:
    """What each layer of a transformer attends to.

    Args:
        module: left as it is; its attention must be written out where `fused_attn` is off, as timm's is.
        batch: (1, 3, h, w).

    Returns:
        (L, heads, N, N) attention of the tokens in rows to those in columns, rows sum to 1; and how the tokens lie.

    Raises:
        BadInput: there is no attention, or not from every token to every token.
    """
    own, kept = private(module), list[Tensor]()
    for layer in own.modules():
        weights = getattr(layer, "attn_drop", None)
        if isinstance(weights, nn.Module) and hasattr(layer, "fused_attn"):
            layer.fused_attn = False  # type: ignore[assignment]
            weights.register_forward_hook(partial(_keep, kept))
    with torch.no_grad():
        _, said = outputs(own, batch)
    if not kept:
        raise BadInput("The network has no attention that can be read.", REMEDY)
    tokens = [(tensor, layout) for _, tensor, layout in spatial(said, batch) if layout.prefix is not None]
    square = {(1, *kept[0].shape[1:3], kept[0].shape[2])}
    if not tokens or {tuple(one.shape) for one in kept} != square or kept[0].shape[2] != tokens[-1][0].shape[1]:
        raise BadInput("Its attention does not go from every patch to every patch.", REMEDY)
    return torch.cat(kept).float(), tokens[-1][1]


def _keep(kept: list[Tensor], layer: nn.Module, given: Any, gave: Tensor) -> None:
    kept.append(gave)


def rollout(layers: Tensor) -> Tensor:
    """(L, heads, N, N) attention to (N, N): how much of each first token is in each last one; rows sum to 1."""
    stays = torch.eye(layers.shape[-1], dtype=layers.dtype, device=layers.device)
    flow = stays
    for layer in layers.mean(dim=1):
        flow = (layer + stays) / 2 @ flow
    return flow


def reads_class_token(module: nn.Module, prefix: int) -> bool:
    """Whether the answer is read from the first token, not from the mean of the patches."""
    return prefix > 0 and getattr(module, "global_pool", "token") == "token"
