"""What each network still gets right when the cameras' pictures are spoiled, and whether it knows that it does not."""

from __future__ import annotations

import multiprocessing
import pickle
import signal
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from scipy.special import expit

from core.contracts import Dataset, Progress, silent
from core.datasets.corruptions import CORRUPTIONS, STRENGTHS, Corruption, corrupt
from core.datasets.images import read_image
from core.domain import INTACT, PACKAGE, Cut, Prediction, View
from core.errors import BadInput, UnknownName, UnreadableImage
from core.metrics.calibration import calibration_error, nll
from core.metrics.comparison import accuracy_difference, mcnemar
from core.metrics.corrections import holm
from core.metrics.intervals import wilson
from core.models.framing import Placement
from core.models.fusion import decided, log_odds, softmax
from core.store.answers import read_answers
from core.store.frames import drop_frame, read_frame, write_frame
from core.study import ENSEMBLE, HALF, SURE, Classifier, inventory, run_name, trained_on

__all__ = [
    "CLEAN", "COLUMNS", "CORRUPTIONS", "STRENGTHS", "TEST", "Corruption", "curves", "drawn", "robustness", "spoiled",
    "stored_robustness", "unseen",
]  # fmt: skip

SPOILED = 10
"""Packages that are spoiled where somebody waits for it."""

CLEAN = "clean"
"""The corruption of strength 0."""
TEST = "test"
LEVEL = 0.05
COLUMNS = (
    "package", "view", "model", "corruption", "strength", "label", "logit", "probability", "framing", "source",
)  # fmt: skip
RAW = ("package", "view", "model", "corruption", "strength", "logits", "framing")
"""What is stored: what the networks say, before temperature and fusion, which may change without them."""

Spoiled = tuple[str, int]
"""A corruption and its strength."""


def drawn(
    dataset: Dataset, models: Mapping[str, Classifier], *, split: str | None = None, count: int | None = None,
    seed: int = 0,
) -> tuple[str, ...]:  # fmt: skip
    """Packages of known class to be spoiled, sorted.

    Of the split that is named; else of the split test; else those that no model was trained on; else all of them.

    Args:
        dataset: whose.
        models: that will judge them.
        split: only of this one.
        count: how many, drawn so that the classes keep their shares, at least one of each; None for all.
        seed: of the draw.

    Raises:
        UnknownName: no such split.
        BadInput: no package has a known class, or fewer are asked for than there are classes.
    """
    known = dataset.index[dataset.index["label"].notna()].drop_duplicates("package").sort_values("package")
    splits = sorted(map(str, dataset.index["split"].dropna().unique()))
    if split is not None and split not in splits:
        names = ", ".join(filter(None, splits)) or "none"
        raise UnknownName(f"The data set has no split {split!r}.", f"It has: {names}.")
    rows = known[known["split"] == (TEST if split is None else split)]
    if split is None and rows.empty:
        fresh = known[known["package"].isin(unseen(dataset, models))]
        rows = fresh if len(fresh) else known
    if rows.empty:
        raise BadInput("No package has a known class.", "Robustness is measured on packages whose class is known.")
    return _stratified(rows, count, seed)


def unseen(dataset: Dataset, models: Mapping[str, Classifier]) -> set[str]:
    """Packages that no model was trained on."""
    table = inventory(dataset)
    seen = set().union(*(trained_on(read_answers(model.folder), table) for model in models.values()))
    return set(dataset.ids) - seen


def _stratified(rows: pd.DataFrame, count: int | None, seed: int) -> tuple[str, ...]:
    ids = rows["package"].astype(str).to_numpy()
    if count is None or count >= len(ids):
        return tuple(ids)
    labels, rng = rows["label"].astype(str).to_numpy(), np.random.default_rng(seed)
    classes, sizes = np.unique(labels, return_counts=True)
    if count < len(classes):
        raise BadInput(f"{count} packages are fewer than there are classes.", f"Take {len(classes)} or more.")
    shares = 1 + (count - len(classes)) * sizes / len(ids)
    takes = np.floor(shares).astype(int)
    for at in np.argsort(takes - shares, kind="stable")[: count - takes.sum()]:
        takes[at] += 1
    chosen = [rng.permutation(ids[labels == name])[:take] for name, take in zip(classes, takes, strict=True)]
    return tuple(sorted(np.concatenate(chosen).tolist()))


def robustness(
    dataset: Dataset,
    models: Mapping[str, Classifier],
    *,
    packages: Sequence[str] | None = None,
    corruptions: Collection[str] | None = None,
    workers: int = 1,
    seed: int = 0,
    progress: Progress = silent,
) -> pd.DataFrame:
    """Every model on every picture, clean and spoiled in each way at five strengths; stored, and read back.

    The whole picture of the camera is spoiled; then the package is found and judged as on the line, so that a lost
    framing is part of the result. An error raised in `progress` stops the work; what was done of it is kept, by
    corruption and strength, and the next call does the rest.

    Args:
        dataset: whose pictures.
        models: that judge them.
        packages: ids; by default those of `drawn`.
        corruptions: names in `CORRUPTIONS`; by default all.
        workers: processes; 1 for none but this one.
        seed: of the corruptions.
        progress: called after each package.

    Returns:
        `COLUMNS`, one row a package, view (fused: "package"), model (together: "ensemble", fused only), corruption and
        strength; the clean pictures stand there once, as corruption "clean" of strength 0.

    Raises:
        UnknownName: no such corruption.
        BadInput: no model, or no package of a known class.
    """
    asked = _Asked.of(dataset, models, packages, corruptions, seed)
    raw = asked.stored()
    return _judged(_computed(asked, workers, progress) if raw is None else raw, asked)


def stored_robustness(
    dataset: Dataset,
    models: Mapping[str, Classifier],
    *,
    packages: Sequence[str] | None = None,
    corruptions: Collection[str] | None = None,
    seed: int = 0,
) -> pd.DataFrame | None:
    """The run of `robustness` where it exists already, None otherwise: never computes."""
    asked = _Asked.of(dataset, models, packages, corruptions, seed)
    raw = asked.stored()
    return None if raw is None else _judged(raw, asked)


def spoiled(view: View, package: str, corruption: str, strength: int, *, seed: int = 0) -> View:
    """One picture as `robustness` shows it to the networks; strength 0 is the picture itself."""
    mark = int.from_bytes(sha256(f"{seed}/{package}/{view.name}/{corruption}".encode()).digest()[:8], "big")
    return View(view.name, corrupt(view.pixels, corruption, strength, seed=mark)) if strength else view


@dataclass(frozen=True, slots=True)
class _Asked:
    """One run: what, of which, by whom."""

    dataset: Dataset
    models: Mapping[str, Classifier]
    packages: tuple[str, ...]
    corruptions: tuple[str, ...]
    seed: int
    base: str

    @classmethod
    def of(
        cls, dataset: Dataset, models: Mapping[str, Classifier], packages: Sequence[str] | None,
        corruptions: Collection[str] | None, seed: int,
    ) -> _Asked:  # fmt: skip
        if not models:
            raise BadInput("There is no model to ask.", "Train one, or name a folder of checkpoints.")
        if strange := sorted(set(corruptions or ()) - set(CORRUPTIONS)):
            raise UnknownName(
                f"There is no corruption called {strange[0]!r}.", f"Try one of: {', '.join(CORRUPTIONS)}."
            )
        ids = tuple(sorted(drawn(dataset, models) if packages is None else packages))
        names = tuple(name for name in CORRUPTIONS if name in (corruptions or CORRUPTIONS))
        values = {name: (one.values, one.both) for name, one in CORRUPTIONS.items()}
        return cls(dataset, models, ids, names, seed, run_name("robustness", dataset, models, ids, seed, values))

    @property
    def whole(self) -> bool:
        """Whether no corruption is left out."""
        return len(self.corruptions) == len(CORRUPTIONS)

    @property
    def name(self) -> str:
        """Of the run."""
        return self.base if self.whole else f"{self.base}.{'-'.join(self.corruptions)}"

    def part(self, spoil: Spoiled) -> str:
        """Of one corruption and strength, the same whichever others are asked for."""
        return f"{self.base}.{spoil[0]}-{spoil[1]}"

    def stored(self) -> pd.DataFrame | None:
        """The run, or what is asked of a run of all corruptions; None where there is neither."""
        found = read_frame(self.name)
        if found is None and not self.whole and (every := read_frame(self.base)) is not None:
            return every[every["corruption"].isin((CLEAN, *self.corruptions))]
        return found

    @property
    def parts(self) -> tuple[Spoiled, ...]:
        """Clean first."""
        return ((CLEAN, 0), *((name, strength) for name in self.corruptions for strength in STRENGTHS))


def _computed(asked: _Asked, workers: int, progress: Progress) -> pd.DataFrame:
    """What is missing is computed, part by part, then all of it is put together."""
    names = {spoil: asked.part(spoil) for spoil in asked.parts}
    done = {spoil: found for spoil in asked.parts if (found := read_frame(names[spoil])) is not None}
    missing = [spoil for spoil in asked.parts if spoil not in done]
    with _Crew(asked, workers) as crew:
        for at, spoil in enumerate(missing):
            done[spoil] = _part(crew, asked, spoil, _within(progress, at, len(missing)))
            write_frame(names[spoil], done[spoil])
    whole = pd.concat([done[spoil] for spoil in asked.parts], ignore_index=True)
    write_frame(asked.name, whole)
    if asked.whole:
        for name in names.values():
            drop_frame(name)
    return whole


def _within(progress: Progress, at: int, parts: int) -> Progress:
    """The progress of one of several parts."""
    return lambda share, text: progress((at + share) / parts, text)


def _part(crew: _Crew, asked: _Asked, spoil: Spoiled, progress: Progress) -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    count, (name, strength) = len(asked.packages), spoil
    says = f"{CORRUPTIONS[name].title.lower()} {strength} of {len(STRENGTHS)}" if strength else "clean pictures"
    for at, found in enumerate(crew.rows(spoil), start=1):
        rows += found
        progress(at / count, f"{says}, package {at:,} of {count:,}")
    return pd.DataFrame(rows, columns=list(RAW))


class _Crew:
    """Who does the work: this process, or several that each have the networks, one thread each."""

    def __init__(self, asked: _Asked, workers: int) -> None:
        self._asked = asked
        self._pool: ProcessPoolExecutor | None = None
        if workers > 1:
            luggage = pickle.dumps(dict(asked.models))
            context = multiprocessing.get_context("spawn")  # torch and OpenCV do not survive a fork
            self._pool = ProcessPoolExecutor(workers, context, _arrive, (luggage,))

    def __enter__(self) -> _Crew:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)

    def rows(self, spoil: Spoiled) -> Iterator[list[dict[str, object]]]:
        """The rows of each package, in their order."""
        asked = self._asked
        tasks = [_Task(package, _paths(asked.dataset, package), spoil, asked.seed) for package in asked.packages]
        return self._pool.map(_work, tasks) if self._pool else (_rows(task, asked.models) for task in tasks)


class _Task(NamedTuple):
    """One package, spoiled in one way: all that a worker is told."""

    package: str
    paths: dict[str, Path]
    spoil: Spoiled
    seed: int


def _paths(dataset: Dataset, package: str) -> dict[str, Path]:
    """Where the pictures of a package lie, by view."""
    index = dataset.index
    return {view: dataset.file(package, view).path for view in sorted(index.loc[index["package"] == package, "view"])}


_networks: dict[str, Classifier]
"""Of a worker."""


def _arrive(luggage: bytes) -> None:
    global _networks
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who waits for the work
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    _networks = pickle.loads(luggage)


def _work(task: _Task) -> list[dict[str, object]]:
    return _rows(task, _networks)


def _rows(task: _Task, models: Mapping[str, Classifier]) -> list[dict[str, object]]:
    """What every network says of each picture of a package; models that share a framing find it once."""
    views = [spoiled(view, task.package, *task.spoil, seed=task.seed) for view in _readable(task.paths)]
    framed: dict[str, list[Placement]] = {}
    rows: list[dict[str, object]] = []
    for name, model in models.items() if views else ():
        key = repr(model.card.framing)
        if key not in framed:
            framed[key] = [model.frame(view) for view in views]
        logits = model.logits([place.crop(view.pixels) for place, view in zip(framed[key], views, strict=True)])
        for view, place, said in zip(views, framed[key], logits.numpy(), strict=True):
            known = (task.package, view.name, name, *task.spoil, said, place.confidence)
            rows.append(dict(zip(RAW, known, strict=True)))
    return rows


def _readable(paths: Mapping[str, Path]) -> Iterator[View]:
    for name, path in paths.items():
        with suppress(UnreadableImage):
            yield View(name, read_image(path))


def _judged(raw: pd.DataFrame, asked: _Asked) -> pd.DataFrame:
    """Answers with the temperatures and the fusion of the cards as they are now, fused and together."""
    labels = asked.dataset.index.drop_duplicates("package").set_index("package")["label"]
    fresh = unseen(asked.dataset, asked.models)
    rows: list[dict[str, Any]] = []
    for (package, corruption, strength), said in _grouped(raw).items():
        source = "unseen" if package in fresh else "training"
        fact = {"corruption": corruption, "strength": strength, "label": labels[package], "source": source}
        rows += [row | fact for row in _answers(package, said, asked.models)]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype(dict.fromkeys(("view", "model", "corruption", "label", "source"), "category"))


_Said = dict[str, list[tuple[str, Any, float]]]
"""Model to view, logits and framing."""


def _grouped(raw: pd.DataFrame) -> dict[tuple[str, str, int], _Said]:
    """What was said of each package, spoiled in each way."""
    groups: dict[tuple[str, str, int], _Said] = {}
    for package, view, model, corruption, strength, logits, framing in raw[list(RAW)].itertuples(index=False):
        groups.setdefault((package, corruption, strength), {}).setdefault(model, []).append((view, logits, framing))
    return groups


def _answers(package: str, said: _Said, models: Mapping[str, Classifier]) -> list[dict[str, Any]]:
    """Every model on each view and fused, then all together."""
    rows = [row for name, views in said.items() for row in _by_model(package, views, models[name])]
    fused = [row for row in rows if row["view"] == PACKAGE]
    return rows + _together(fused) if len(fused) == len(models) > 1 else rows


def _by_model(package: str, views: Sequence[tuple[str, Any, float]], model: Classifier) -> list[dict[str, Any]]:
    card, raw = model.card, []
    for view, said, framing in views:
        logits = np.array(said, np.float32)
        raw.append(Prediction(package, card.name, view, card.classes, logits, softmax(logits), framing))
    at = card.classes.index(card.positive)
    answers = decided(raw, model=card.name, weights=card.fusion, temperature=card.temperature, positive=card.positive)
    return [_row(one, at) for one in answers]


def _row(said: Prediction, at: int) -> dict[str, Any]:
    odds = float(log_odds(said.logits[None], at)[0])
    return {"package": said.package, "view": said.view, "model": said.model, "logit": odds,
            "probability": float(expit(odds)), "framing": said.framing}  # fmt: skip


def _together(fused: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    odds, framing = float(np.mean([row["logit"] for row in fused])), min(row["framing"] for row in fused)
    return [fused[0] | {"model": ENSEMBLE, "logit": odds, "probability": float(expit(odds)), "framing": framing}]


def curves(frame: pd.DataFrame, cuts: Mapping[str, Cut], *, view: str = PACKAGE, seed: int = 0) -> pd.DataFrame:
    """How every figure changes with the strength of each corruption.

    Args:
        frame: of `robustness`.
        cuts: by model; a package is stopped from `accept` on. 0.5 where missing.
        view: of the cameras, or "package" for the fused decision.
        seed: of the intervals of the ECE.

    Returns:
        One row a model, corruption and strength 0 (the clean pictures, the same for each corruption) to 5: model,
        corruption, strength, n, damaged; accuracy, escapes (of the damaged), false_rejects (of the intact) and lost
        (framing below `study.SURE`), each with _low and _high (Wilson) and NaN without packages; ece with _low, _high,
        _chance, _chance_high, _p; nll; drop (accuracy on the same packages clean, minus this) with _low and _high
        (Newcombe), p (McNemar) and p_holm, corrected for every model, corruption and strength of this view.
    """
    rows = frame[(frame["view"] == view) & frame["label"].notna()]
    found = [row for model, mine in rows.groupby("model", observed=True, sort=False)
             for row in _of_model(str(model), mine, cuts.get(str(model), HALF), seed)]  # fmt: skip
    table = pd.DataFrame(found)
    if len(table):
        spoilt = table["strength"] > 0
        table.loc[spoilt, "p_holm"] = holm(table.loc[spoilt, "p"].to_numpy(float))
    return table


def _of_model(model: str, rows: pd.DataFrame, cut: Cut, seed: int) -> Iterator[dict[str, Any]]:
    groups = {(str(one), int(str(at))): mine.set_index("package")
              for (one, at), mine in rows.groupby(["corruption", "strength"], observed=True)}  # fmt: skip
    clean = groups.get((CLEAN, 0))
    if clean is None:
        return
    before, steady = _right(clean, cut), _figures(clean, cut, seed)
    for name in (one for one in CORRUPTIONS if (one, STRENGTHS[0]) in groups):
        yield {"model": model, "corruption": name, "strength": 0, **steady, **_drop(before, before)}
        for strength in STRENGTHS:
            if (name, strength) in groups:
                mine = groups[name, strength]
                changed = _drop(before, _right(mine, cut))
                yield {"model": model, "corruption": name, "strength": strength, **_figures(mine, cut, seed), **changed}


def _damaged(rows: pd.DataFrame) -> NDArray[np.bool_]:
    return (rows["label"] != INTACT).to_numpy(bool)


def _right(rows: pd.DataFrame, cut: Cut) -> pd.Series:
    return pd.Series((rows["probability"] >= cut.accept).to_numpy(bool) == _damaged(rows), rows.index)


def _figures(rows: pd.DataFrame, cut: Cut, seed: int) -> dict[str, Any]:
    truth, said = _damaged(rows), rows["probability"].to_numpy(float)
    stopped, lost = said >= cut.accept, (rows["framing"] < SURE).to_numpy(bool)
    error = calibration_error(truth, said, seed=seed)
    return {
        "n": len(rows),
        "damaged": int(truth.sum()),
        **_share("accuracy", stopped == truth),
        **_share("escapes", ~stopped[truth]),
        **_share("false_rejects", stopped[~truth]),
        **_share("lost", lost),
        "ece": error.value,
        **{f"ece_{name}": getattr(error, name) for name in ("low", "high", "chance", "chance_high", "p")},
        "nll": nll(truth, rows["logit"].to_numpy(float)),
    }


def _share(name: str, hits: NDArray[np.bool_]) -> dict[str, float]:
    count, n = int(hits.sum()), len(hits)
    low, high = wilson(count, n) if n else (np.nan, np.nan)
    return {name: count / n if n else np.nan, f"{name}_low": low, f"{name}_high": high}


def _drop(before: pd.Series, after: pd.Series) -> dict[str, float]:
    """Accuracy lost on the packages that were judged both times."""
    both = before.index.intersection(after.index)
    was, now = before[both].to_numpy(bool), after[both].to_numpy(bool)
    kept, gone, won, never = ((was & now).sum(), (was & ~now).sum(), (~was & now).sum(), (~was & ~now).sum())
    value, (low, high) = accuracy_difference(int(kept), int(gone), int(won), int(never))
    return {"drop": value, "drop_low": low, "drop_high": high, "p": mcnemar(int(gone), int(won)), "p_holm": 1.0}
