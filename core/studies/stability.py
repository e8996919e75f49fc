"""What another training would bring: errors that stay, errors that are luck, and what more packages would change.

Two ways of training again: `heads` teaches only the last layer, on features that are known already, in seconds;
`core.studies.retraining` teaches whole networks, in hours. Both end in the same table, and the questions are asked of
that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.contracts import Dataset, Progress, silent
from core.datasets.splits import holdout
from core.domain import INTACT, PACKAGE
from core.errors import BadInput
from core.metrics.decomposition import Decomposition, Estimate, decompose, difference, mean_of, net_of
from core.metrics.decomposition import share_of as ratio
from core.metrics.heads import C, fit_head
from core.models.fusion import share_of
from core.store.answers import read_answers
from core.store.frames import read_frame, write_frame
from core.studies.features import features
from core.study import Classifier, inventory, run_name, trained_on

COLUMNS = (
    "model", "view", "share", "draw", "part", "package", "label", "seen", "taught", "retrainings", "wrong", "logit",
)  # fmt: skip
PACKAGE_COLUMNS = (
    "package", "label", "retrainings", "wrong", "wrong_share", "toward", "bias", "variance", "fate",
)  # fmt: skip
RETRAININGS = 20
SHARES = (0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Of the training packages: the steps of the learning curve."""
BOOTSTRAP, SUBSET = "bootstrap", "subset"
"""Ways to draw packages to teach on: as many as there are, with repeats; or a share of them, without."""
TRAIN, TEST = "train", "test"
HELD_OUT = 1 / 3
"""Share of the packages that is kept from the retrainings where the data set has no test split."""

ALWAYS_WRONG, COIN_FLIP, ALWAYS_RIGHT = "always wrong", "coin flip", "always right"
FATES = {ALWAYS_WRONG: 0.9, COIN_FLIP: 0.1, ALWAYS_RIGHT: 0.0}
"""Fate of a package to the least share of retrainings that are wrong about it."""

Flags = NDArray[np.bool_]
Odds = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pool:
    """Packages of known class: those to teach on, and those to test on.

    Attributes:
        packages: (P,) ids, sorted.
        labels: (P,) class of each.
        held: (P,) whether it is tested on, and never taught on.
        split: whether they are the data set's own test split; otherwise they were drawn by serial.
    """

    packages: NDArray[np.str_]
    labels: NDArray[np.str_]
    held: Flags
    split: bool

    @property
    def truth(self) -> Flags:
        """(P,) whether each is damaged."""
        return np.asarray(self.labels != INTACT, bool)

    def bootstrap(self, seed: Sequence[int]) -> NDArray[np.intp]:
        """As many packages to teach on as there are of each class, with repeats: their places, sorted."""
        return self._drawn(seed, 1.0, repeats=True)

    def subset(self, seed: Sequence[int], share: float) -> NDArray[np.intp]:
        """A share of the packages to teach on, of each class, without repeats: their places, sorted."""
        return self._drawn(seed, share, repeats=False)

    def _drawn(self, seed: Sequence[int], share: float, *, repeats: bool) -> NDArray[np.intp]:
        rng, found = np.random.default_rng(list(seed)), []
        for damaged in (True, False):
            members = np.flatnonzero(~self.held & (self.truth == damaged))
            found.append(rng.choice(members, max(1, round(share * len(members))), replace=repeats))
        return np.sort(np.concatenate(found))


def pool(dataset: Dataset, *, seed: int = 0) -> Pool:
    """Who is taught on and who is tested on: the test split where there is one, a third by serial otherwise.

    Raises:
        BadInput: fewer than two packages of a class to teach on, or none to test on.
    """
    known = dataset.index[dataset.index["label"].notna()].drop_duplicates("package").sort_values("package")
    packages, labels = (known[name].to_numpy(np.str_) for name in ("package", "label"))
    held = (known["split"] == TEST).to_numpy(bool)
    split = bool(held.any())
    if len(packages) and not split:
        held = np.isin(packages, holdout(packages.tolist(), labels.tolist(), share=HELD_OUT, seed=seed).held_out)
    found = Pool(packages, labels, held, split)
    counts = [int((~held & (found.truth == damaged)).sum()) for damaged in (True, False)]
    if min(counts) < 2:
        raise BadInput(
            f"{counts[0]} damaged and {counts[1]} intact packages outside the test split are too few to teach on.",
            "Each class needs two of known class, and many more for figures that hold.",
        )
    return found


def heads(
    dataset: Dataset,
    models: Mapping[str, Classifier],
    *,
    retrainings: int = RETRAININGS,
    seed: int = 0,
    progress: Progress = silent,
) -> pd.DataFrame:
    """Teach the last layer of every network again, many times, on other draws of the training packages; stored.

    Once on bootstrap samples of them, for bias and variance, and once on shares of them, for the learning curve. One
    head serves both views, as one network does. The features stay: this is the variance of the last layer alone.

    Args:
        dataset: whose packages.
        models: whose features.
        retrainings: of each draw.
        seed: of the draws.
        progress: called after each retraining.

    Returns:
        `COLUMNS`, one row a model, view (the fused package last), draw, share of the packages taught on, part and
        package: label; seen, whether the network had been trained on it; taught, packages that each head was taught
        on; retrainings that were asked about it, how many of these were wrong at even odds, and the mean log-odds.

    Raises:
        BadInput: fewer than two retrainings, or too few packages.
    """
    if retrainings < 2:
        raise BadInput(f"{retrainings} retraining has no variance.", "Take 20.")
    name = _name(dataset, models, retrainings, seed)
    stored = read_frame(name)
    if stored is not None:
        return stored
    drawn = pool(dataset, seed=seed)
    seen = features(dataset, models, progress=lambda share, text: progress(0.8 * share, text))
    tables = []
    for at, (model, one) in enumerate(models.items()):

        def tell(share: float, text: str, at: int = at, model: str = model) -> None:
            progress(0.8 + 0.2 * (at + share) / len(models), f"{model}, {text}")

        own = seen[(seen["model"] == model) & seen["package"].isin(drawn.packages)]
        known = trained_on(read_answers(one.folder), inventory(dataset))
        for table in _retaught(own, drawn, one.card.fusion, retrainings, seed, tell):
            tables.append(table.assign(model=model, seen=table["package"].isin(known)))
    whole = pd.concat(tables, ignore_index=True)[list(COLUMNS)]
    write_frame(name, whole)
    return whole


def stored_heads(
    dataset: Dataset, models: Mapping[str, Classifier], *, retrainings: int = RETRAININGS, seed: int = 0
) -> pd.DataFrame | None:
    """The run of `heads` where it exists already, None otherwise: never computes."""
    return read_frame(_name(dataset, models, retrainings, seed))


def _name(dataset: Dataset, models: Mapping[str, Classifier], retrainings: int, seed: int) -> str:
    weights = sorted(repr(sorted(model.card.fusion.items())) for model in models.values())
    return run_name("stability", dataset, models, "heads", retrainings, seed, SHARES, C, weights)


def _retaught(
    seen: pd.DataFrame, drawn: Pool, fusion: Mapping[str, float], retrainings: int, seed: int, progress: Progress
) -> Iterator[pd.DataFrame]:
    """One table a draw: the bootstrap, then each share of the packages."""
    plan = [(BOOTSTRAP, 1.0, retrainings), *((SUBSET, share, retrainings if share < 1 else 1) for share in SHARES)]
    total, done = sum(count for *_, count in plan), 0
    looked = _Looked.of(seen, drawn)
    for step, (draw, share, count) in enumerate(plan):
        odds, taught = [], []
        for number in range(count):
            key = (seed, step, number)
            places = drawn.bootstrap(key) if draw == BOOTSTRAP else drawn.subset(key, share)
            odds.append(looked.odds(places, drawn))
            taught.append(np.isin(np.arange(len(drawn.packages)), places))
            done += 1
            progress(done / total, f"retraining {done:,} of {total:,}")
        table = counted(np.stack(odds), np.stack(taught), drawn, views=looked.views, fusion=fusion)
        yield table.assign(draw=draw, share=share)


@dataclass(frozen=True, slots=True)
class _Looked:
    """Features of every picture of one network: (N, F) rows, their packages' places, and their views' places."""

    rows: NDArray[np.float64]
    package: NDArray[np.intp]
    view: NDArray[np.intp]
    views: tuple[str, ...]

    @staticmethod
    def of(seen: pd.DataFrame, drawn: Pool) -> _Looked:
        views = tuple(sorted(map(str, seen["view"].unique())))
        rows = np.stack([np.asarray(one, np.float64) for one in seen["feature"]])
        package = np.searchsorted(drawn.packages, seen["package"].to_numpy(np.str_))
        return _Looked(rows, package, np.searchsorted(views, seen["view"].to_numpy(np.str_)), views)

    def odds(self, places: NDArray[np.intp], drawn: Pool) -> Odds:
        """(P, V) log-odds of a head taught on these packages; NaN where there is no picture."""
        times = np.bincount(places, minlength=len(drawn.packages))[self.package]
        said = fit_head(self.rows, drawn.truth[self.package], times).log_odds(self.rows)
        odds = np.full((len(drawn.packages), len(self.views)), np.nan)
        odds[self.package, self.view] = said
        return odds


def counted(
    odds: Odds, taught: Flags, drawn: Pool, *, views: Sequence[str], fusion: Mapping[str, float]
) -> pd.DataFrame:
    """What retrainings said, by view, part and package: columns from view on, see `COLUMNS`.

    Args:
        odds: (R, P, V) log-odds of damaged; NaN where there is no picture.
        taught: (R, P) whether retraining r was taught on the package.
        drawn: the packages.
        views: (V,) names.
        fusion: weights of the views on a card.
    """
    said = {view: odds[:, :, at] for at, view in enumerate(views)} | {PACKAGE: _fused(odds, views, fusion)}
    held = np.broadcast_to(drawn.held, taught.shape)
    mean = round(float(taught.sum(axis=1).mean()))
    tables = [
        _rows(values, asked & ~np.isnan(values), drawn).assign(view=view, part=part)
        for view, values in said.items()
        for part, asked in ((TRAIN, taught), (TEST, held))
    ]
    return pd.concat(tables, ignore_index=True).assign(taught=mean)


def _rows(values: Odds, asked: Flags, drawn: Pool) -> pd.DataFrame:
    count = asked.sum(axis=0)
    wrong = (((values >= 0) != drawn.truth) & asked).sum(axis=0)
    sums = np.where(asked, values, 0.0).sum(axis=0)
    table = pd.DataFrame(
        {
            "package": drawn.packages,
            "label": drawn.labels,
            "retrainings": count.astype(np.int32),
            "wrong": wrong.astype(np.int32),
            "logit": (sums / np.maximum(count, 1)).astype(np.float32),
        }
    )
    asked_about: pd.DataFrame = table[count > 0]
    return asked_about


def _fused(odds: Odds, views: Sequence[str], fusion: Mapping[str, float]) -> Odds:
    """(R, P) log-odds of the package, with the weights of the card; the mean of the views where it has none."""
    known = ~np.isnan(odds)
    weights = np.array([share_of(view, 1, fusion) for view in views])
    total = (np.nan_to_num(odds) * weights).sum(axis=2) + fusion.get(PACKAGE, 0.0)
    if not set(fusion) - {PACKAGE}:
        total = total / np.maximum(known.sum(axis=2), 1)
    return np.where(known.any(axis=2), total, np.nan)


def decompositions(frame: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """Bias and variance on the tested packages, one row a model and view, the fused package last.

    Args:
        frame: `COLUMNS`.
        seed: of the intervals.

    Returns:
        model, view, n, retrainings; error, bias, variance and net (what variance adds to the error less what it takes)
        with _low and _high; harm and help, of which net is made; always_wrong, coin_flip, always_right, the numbers of
        packages.
    """
    tested = frame[(frame["draw"] == BOOTSTRAP) & (frame["part"] == TEST)]
    return pd.DataFrame(
        [{"model": model, "view": view, **_taken_apart(rows, seed)} for model, view, rows in _each(tested)]
    )


def _each(frame: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    groups = {(str(model), str(view)): rows for (model, view), rows in frame.groupby(["model", "view"], observed=True)}
    for model, view in sorted(groups, key=lambda key: (key[0], key[1] == PACKAGE, key[1])):
        yield model, view, groups[model, view]


def _taken_apart(rows: pd.DataFrame, seed: int) -> dict[str, Any]:
    found = _decomposed(rows)
    estimates = {
        "error": mean_of(found.error, seed=seed),
        "bias": mean_of(found.bias, seed=seed),
        "variance": mean_of(found.variance, most=0.5, seed=seed),
    }
    columns = [_columns(name, estimate) for name, estimate in estimates.items()]
    fate = fates(found.error).tolist()
    return {
        "n": len(rows),
        "retrainings": int(rows["retrainings"].max()),
        **{key: value for one in columns for key, value in one.items()},
        **_columns("net", net_of(found, seed=seed)),
        "harm": float(found.harm.mean()),
        "help": float(found.help.mean()),
        **{name.replace(" ", "_"): fate.count(name) for name in FATES},
    }


def _columns(name: str, estimate: Estimate) -> dict[str, float]:
    return {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}


def _decomposed(rows: pd.DataFrame) -> Decomposition:
    """Of tested packages, which every retraining was asked about: which of them were wrong does not matter."""
    truth, wrong = (rows["label"] != INTACT).to_numpy(bool), rows["wrong"].to_numpy()
    numbers = np.arange(int(rows["retrainings"].max()))
    return decompose(truth, truth ^ (numbers[:, None] < wrong))


def fates(wrong: NDArray[np.float64]) -> NDArray[np.str_]:
    """(N,) what becomes of packages when networks are trained again, from (N,) shares of wrong retrainings.

    >>> fates(np.array([0.9, 0.5, 0.1, 0.05])).tolist()
    ['always wrong', 'coin flip', 'coin flip', 'always right']
    """
    return np.select([wrong >= least for least in FATES.values()], list(FATES), ALWAYS_RIGHT)


def packages(frame: pd.DataFrame, *, model: str, view: str) -> pd.DataFrame:
    """What becomes of every tested package of one model and view when it is trained again, the most often wrong first.

    Returns:
        package, label, retrainings, wrong, wrong_share, toward (mean log-odds of the true class), bias, variance, fate.
    """
    own = (frame["model"] == model) & (frame["view"] == view)
    rows = frame[own & (frame["draw"] == BOOTSTRAP) & (frame["part"] == TEST)]
    if rows.empty:
        return pd.DataFrame(columns=list(PACKAGE_COLUMNS))
    found = _decomposed(rows)
    sign = np.where(rows["label"] != INTACT, 1.0, -1.0)
    table = rows[["package", "label", "retrainings", "wrong"]].assign(
        wrong_share=found.error,
        toward=sign * rows["logit"],
        bias=found.bias,
        variance=found.variance,
        fate=fates(found.error),
    )
    return table.sort_values(["wrong_share", "toward", "package"], ascending=[False, True, True], ignore_index=True)


def learning(frame: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """Errors over the share of the packages taught on, one row a model, view and share, and the gap between them.

    Intervals resample packages; those of the gap are made of the two, which no package belongs to both of.

    Returns:
        model, view, share, taught (packages), retrainings; train, test and gap (test minus train) with _low and _high.
    """
    steps = frame[frame["draw"] == SUBSET]
    return pd.DataFrame(
        [
            {"model": model, "view": view, "share": share, **_errors(rows, seed)}
            for model, view, own in _each(steps)
            for share, rows in own.groupby("share")
        ]
    )


def gaps(frame: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """The same of the bootstrap alone, for retrainings of whole networks: model, view, taught, train, test, gap."""
    drawn = frame[frame["draw"] == BOOTSTRAP]
    return pd.DataFrame(
        [{"model": model, "view": view, "share": 1.0, **_errors(rows, seed)} for model, view, rows in _each(drawn)]
    )


def _errors(rows: pd.DataFrame, seed: int) -> dict[str, Any]:
    sides = {part: rows[rows["part"] == part] for part in (TRAIN, TEST)}
    train, test = (
        ratio(one["wrong"].to_numpy(float), one["retrainings"].to_numpy(float), seed=seed) for one in sides.values()
    )
    return {
        "taught": int(rows["taught"].iloc[0]),
        "retrainings": int(rows["retrainings"].max()),
        "n": len(sides[TEST]),
        **_columns("train", train),
        **_columns("test", test),
        **_columns("gap", difference(test, train)),
    }
