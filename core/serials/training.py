"""Teaches the network to read lines that are printed while it learns, and resumes where it was stopped."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader, IterableDataset

from core.contracts import Progress, silent
from core.serials.network import ALPHABET, STRIDE, Model
from core.serials.printing import CRUMPLED, LETTERS_TOO, Line, encoded, line
from core.serials.rectifying import stacked

POOL = 8
"""Batches that are printed together and sorted by length, so that little of a batch is padding."""

LONGEST = 440
"""Longer lines are not trained on, pixels."""

SAVE_EVERY = 200

KEPT = 0.998
"""Share of the moving average of the weights that each step leaves as it is."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the network is trained.

    In a second lesson the learning rate begins anew, at half its height (Loshchilov & Hutter 2017), with lines on
    crumpled faces and with more letters.

    Attributes:
        steps: batches of the first lesson.
        more: batches of the second lesson.
        batch: lines of each.
        learning_rate: at its highest, after a twentieth of the lesson; then it falls as a cosine.
        seed: of the weights and of the lines.
        threads: of the training; one more process prints the lines.
    """

    steps: int = 2500
    more: int = 2000
    batch: int = 64
    learning_rate: float = 2e-3
    seed: int = 0
    threads: int = 2

    @property
    def total(self) -> int:
        """Batches of both lessons."""
        return self.steps + self.more

    def rate(self, step: int) -> float:
        """The learning rate of a step."""
        second = step >= self.steps
        share = (step - self.steps) / self.more if second else step / self.steps
        height = self.learning_rate / 2 if second else self.learning_rate
        return height * min(1.0, share * 20 + 0.02) * (0.5 + 0.5 * math.cos(math.pi * share))

    def printed(self, rng: np.random.Generator, step: int) -> Line:
        """A line of the lesson that a step belongs to."""
        if step < self.steps:
            return line(rng)
        return line(rng, conditions=CRUMPLED, shares=LETTERS_TOO)


def train(recipe: Recipe, kept: Path, *, progress: Progress = silent) -> Model:
    """Train a network on printed lines.

    Args:
        recipe: how.
        kept: file that the state is kept in every `SAVE_EVERY` steps; where it is there, training goes on from it.
        progress: called after each step with the mean loss of the last ones.

    Returns:
        The moving average of the weights (the average's half-life is about 350 steps), ready to read.
    """
    torch.manual_seed(recipe.seed)
    torch.set_num_threads(recipe.threads)
    model = Model(len(ALPHABET) + 1).to(memory_format=torch.channels_last)  # twice as fast
    average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(KEPT), use_buffers=True)  # type: ignore[no-untyped-call]
    optimizer = torch.optim.AdamW(model.parameters(), recipe.learning_rate, weight_decay=1e-3)
    done, losses = 0, [math.log(len(ALPHABET))]
    if kept.is_file():
        state = torch.load(kept, weights_only=True)
        model.load_state_dict(state["model"])
        average.load_state_dict(state["average"])
        optimizer.load_state_dict(state["optimizer"])
        done = int(state["done"])
    for pixels, targets, lengths in _batches(recipe, done):
        for group in optimizer.param_groups:
            group["lr"] = recipe.rate(done)
        losses.append(_step(model, optimizer, pixels, targets, lengths))
        if done > recipe.steps // 20:
            average.update_parameters(model)
        else:
            average.module.load_state_dict(model.state_dict())
        done += 1
        if done % SAVE_EVERY == 0 or done == recipe.total:
            _keep(kept, model, average, optimizer, done)
        progress(done / recipe.total, f"step {done:,} of {recipe.total:,}, loss {np.mean(losses[-50:]):.3f}")
    trained = Model(len(ALPHABET) + 1)
    trained.load_state_dict(average.module.state_dict())
    return trained.eval()


def _step(model: Model, optimizer: torch.optim.Optimizer, pixels: Tensor, targets: Tensor, lengths: Tensor) -> float:
    model.train()
    said = functional.log_softmax(model(pixels.to(memory_format=torch.channels_last)), dim=2).transpose(0, 1)
    frames = torch.full((len(lengths),), said.shape[0], dtype=torch.long)
    loss = functional.ctc_loss(said, targets, frames, lengths, zero_infinity=True, reduction="none")
    loss = (loss / lengths.clamp(min=1)).mean()
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(model.parameters(), 5.0)
    optimizer.step()
    return float(loss.detach())


def _keep(kept: Path, model: Model, average: AveragedModel, optimizer: torch.optim.Optimizer, done: int) -> None:
    part = kept.with_suffix(".part")
    state = {
        "model": model.state_dict(), "average": average.state_dict(), "optimizer": optimizer.state_dict(), "done": done
    }  # fmt: skip
    torch.save(state, part)
    part.replace(kept)


class _Printed(IterableDataset[tuple[Tensor, Tensor, Tensor]]):
    """Batches from one step on; the same seed and step give the same lines."""

    def __init__(self, recipe: Recipe, done: int) -> None:
        self.recipe, self.done = recipe, done

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        at = self.done
        while at < self.recipe.total:
            rng = np.random.default_rng([self.recipe.seed, 77, at // POOL])
            printed = [self._short(rng, at - at % POOL) for _ in range(POOL * self.recipe.batch)]
            lines = sorted(printed, key=lambda one: one.pixels.shape[1])
            order = rng.permutation(POOL)[at % POOL :]
            for place in order:
                yield batch_of(lines[place * self.recipe.batch : (place + 1) * self.recipe.batch])
                at += 1
                if at == self.recipe.total:
                    return

    def _short(self, rng: np.random.Generator, step: int) -> Line:
        """A line that is not too long, and not too short for its characters."""
        while True:
            one = self.recipe.printed(rng, step)
            if one.pixels.shape[1] <= LONGEST and len(one.text) * 2 <= one.pixels.shape[1] / STRIDE:
                return one


def _batches(recipe: Recipe, done: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    return iter(DataLoader(_Printed(recipe, done), batch_size=None, num_workers=1, prefetch_factor=2 * POOL))


def batch_of(lines: list[Line]) -> tuple[Tensor, Tensor, Tensor]:
    """(N, 1, HEIGHT, W) float32 in [-1, 1], the targets one after the other, and their (N,) lengths."""
    pixels = torch.from_numpy(stacked([one.pixels for one in lines]))
    targets = torch.tensor([place for one in lines for place in encoded(one.text)], dtype=torch.long)
    return pixels, targets, torch.tensor([len(one.text) for one in lines], dtype=torch.long)
