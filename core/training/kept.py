"""A finished training, kept on disk so that it is not repeated."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import torch
from torch import nn

from core.training.crops import Crops
from core.training.fit import Fitted


def kept(path: Path, fitting: Callable[[], Fitted], build: Callable[[Crops], nn.Module], crops: Crops) -> Fitted:
    """Train, or read what an earlier call has trained.

    Args:
        path: of the file; its folder names everything that the result depends on.
        fitting: trains.
        build: makes the network to load into.
        crops: what `build` asks for.
    """
    if path.is_file():
        return _read(path, build(crops))
    fitted = fitting()
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    torch.save(
        {
            "network": fitted.network.state_dict(),
            "best_epoch": fitted.best_epoch,
            "history": fitted.history.to_dict(orient="list"),
            "seconds": fitted.seconds,
        },
        part,
    )
    os.replace(part, path)
    return fitted


def _read(path: Path, network: nn.Module) -> Fitted:
    found = torch.load(path, weights_only=True, map_location="cpu")
    network.load_state_dict(found["network"])
    return Fitted(network.eval(), found["best_epoch"], pd.DataFrame(found["history"]), found["seconds"])
