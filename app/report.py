"""Everything that is known of the models on a data set, as one file that can be sent to somebody."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import pandas as pd

from app import (
    comparing,
    document,
    findings,
    packages,
    reports,
    sentences,
    steadiness,
    together,
    trust,
    withstanding,
)
from app.document import Part, Section
from core import study
from core.contracts import Dataset
from core.domain import PACKAGE, Cut
from core.figures import curves, theme
from core.figures import patterns as drawn_patterns
from core.figures import robustness as drawn_robustness
from core.figures import stability as drawn_stability
from core.figures.calibration import reliability
from core.studies import calibration, comparison, economics, fusion, measures, patterns, robustness, stability
from core.studies.robustness import SPOILED

LIMITS = (
    "Figures hold for packages like these, on this line, with these cameras. Another product, camera or "
    "kind of damage has to be measured first.",
    "An answer on a package that the network was trained on is no evidence of quality, and is marked as such. "
    "Cross-validated answers come from networks that had not seen the package.",
    "Intervals say how far chance reaches with so many packages. They do not cover a wrong label, a choice of packages "
    "that is not that of the line, or a choice of settings made while looking at the same packages.",
    "Thresholds chosen on the same packages they are measured on look better than they are; the cross-validated cost "
    "beside them does not.",
)


@dataclass(frozen=True)
class Asked:
    """What a report is about.

    Attributes:
        dataset: whose packages.
        models: all that judged them.
        split: only its packages, None for all.
        frame: `study.PREDICTION_COLUMNS` of these.
        inventory: `study.inventory` of the data set.
        cuts: where the models decide about packages.
        single: where they decide about single views.
    """

    dataset: Dataset
    models: Mapping[str, study.Classifier]
    split: str | None
    frame: pd.DataFrame
    inventory: pd.DataFrame
    cuts: Mapping[str, Cut]
    single: Mapping[str, Cut]

    @cached_property
    def known(self) -> pd.DataFrame:
        """The answers on packages with a known class."""
        return self.frame[self.frame["label"].notna()]

    @cached_property
    def rates(self) -> pd.DataFrame:
        """`study.rates` of every model and view."""
        return study.rates(study.performance(self.known, cuts=self.cuts, single=self.single))

    @cached_property
    def hues(self) -> dict[str, str]:
        """The fixed hue of every model."""
        return theme.hues(self.models)

    @cached_property
    def judges(self) -> list[str]:
        """Every model that made fused decisions, the ensemble last."""
        names = set(self.known.loc[self.known["view"] == PACKAGE, "model"].astype(str))
        return [name for name in self.hues if name in names]


def html(asked: Asked, *, when: datetime, progress: Callable[[float, str], None] = lambda share, text: None) -> str:
    """The report as one HTML file with its figures inside.

    Args:
        asked: what it is about.
        when: now, in UTC.
        progress: called before every section.
    """
    made = []
    for at, (title, section) in enumerate(SECTIONS.items()):
        progress(at / len(SECTIONS), title.lower())
        made.append(Section(title, section(asked)))
    where = f"split {asked.split}" if asked.split else "all splits"
    return document.html(
        f"Second Look at {asked.dataset.name}",
        made,
        quiet=f"{where}; {when:%Y-%m-%d %H:%M} UTC. {sentences.counted(asked.known)} {sentences.source(asked.known)}",
        warnings=[*study.leaks(asked.dataset, asked.inventory), *_training(asked)],
        footer=f"Made by Second Look from data {study.fingerprint(asked.inventory)}.",
    )


def _training(asked: Asked) -> list[str]:
    seen = asked.known.loc[asked.known["source"] == "training", "package"].nunique()
    return [f"{sentences.many(seen)} of these the networks were trained on: no evidence of quality."] if seen else []


def _summary(asked: Asked) -> list[Part]:
    return [Part(sentences.verdicts(asked.rates), sentences.source(asked.known), _figures(asked.rates, PACKAGE))]


def _data(asked: Asked) -> list[Part]:
    facts = reports.dataset(asked.dataset, asked.inventory, asked.frame, fingerprint=study.fingerprint(asked.inventory))
    rows = [
        (name.capitalize(), ", ".join(f"{key or 'none'}: {count:,}" for key, count in value.items()))
        if isinstance(value, dict) else (name.capitalize(), f"{value:,}" if isinstance(value, int) else str(value))
        for name, value in facts.items() if name not in ("unreadable", "notices")
    ]  # fmt: skip
    rows += [("Unreadable", f"{bad['path']}: {bad['reason']}") for bad in facts["unreadable"]]
    table = pd.DataFrame(rows, columns=["What", "Value"])
    return [Part(table=table), *(Part(quiet=notice) for notice in facts["notices"])]


def _models(asked: Asked) -> list[Part]:
    return [Part(name, table=_card(model)) for name, model in asked.models.items()]


def _card(model: study.Classifier) -> pd.DataFrame:
    card = model.card
    shown: dict[str, Any] = {
        "Architecture": card.architecture,
        "Weights (sha256)": card.weights_sha256,
        "Input": "{} x {} pixels".format(*card.input_size),
        "Framing": card.framing.get("kind", ""),
        "Trained on": f"{card.training.packages:,} packages of {card.training.dataset}",
        "Training data (fingerprint)": card.training.fingerprint,
        "Started from": card.training.start,
        "Epochs, folds, seed": f"{card.training.epochs}, {card.training.folds}, {card.training.seed}",
        "Threshold": card.threshold,
        "Weights of the views": _listed(card.fusion) or "their mean",
        "Temperatures": _listed(card.temperatures) or "1",
        "Notes": card.notes or "none",
    }
    for dataset, views in card.measured.items():
        one = views.get(PACKAGE, {})
        said = f"accuracy {one.get('accuracy', 0):.3f}, n {one.get('n', 0):,}"
        shown[f"Cross-validated on {dataset}"] = said
    return pd.DataFrame({"What": list(shown), "Value": [str(value) for value in shown.values()]})


def _listed(values: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.2f}" for name, value in values.items())


def _performance(asked: Asked) -> list[Part]:
    views = [view for view in packages.all_views(asked.known) if view != PACKAGE]
    parts = [Part(f"{view.capitalize()} view", table=_figures(asked.rates, view)) for view in views]
    return [*_curves(asked), Part("Package", table=_figures(asked.rates, PACKAGE)), *parts]


def _curves(asked: Asked) -> list[Part]:
    fused = asked.known[asked.known["view"] == PACKAGE]
    limits = {model: cut.accept for model, cut in asked.cuts.items()}
    roc, precision = study.rocs(fused), study.precision_recalls(fused)
    return [
        Part(
            sentences.ranking(asked.rates, view=PACKAGE), drawn=curves.roc(roc, thresholds=limits, colors=asked.hues)
        ),
        Part(drawn=curves.precision_recall(precision, thresholds=limits, colors=asked.hues)),
    ]  # fmt: skip


def _figures(rates: pd.DataFrame, view: str) -> pd.DataFrame:
    """One view of `study.rates` as a person reads it: each figure with its interval and counts."""
    names = {**study.RATES, **study.SCORES}
    rows = []
    for row in rates[rates["view"] == view].to_dict("records"):
        counts = {"Model": row["model"], "n": row["n"], "Escapes": f"{row['fn']} of {_damaged(row)}"}
        counts |= {"False rejects": f"{row['fp']} of {row['fp'] + row['tn'] + row['review_intact']}"}
        counts |= {"In review": row["review_damaged"] + row["review_intact"]}
        rows.append(counts | {title: _ends(row, name) for name, (title, _) in names.items()})
    return pd.DataFrame(rows)


def _damaged(row: Mapping[Any, Any]) -> int:
    return int(row["tp"] + row["fn"] + row["review_damaged"])


def _ends(row: Mapping[Any, Any], name: str) -> str:
    value, low, high = (row[f"{name}{end}"] for end in ("", "_low", "_high"))
    if value is None or value != value:
        return "-"
    return f"{value:.3f} ({low:.3f}-{high:.3f})" if low is not None and low == low else f"{value:.3f}"


def _comparison(asked: Asked) -> list[Part]:
    found = comparison.compared(asked.known, asked.cuts)
    if found.pairs.empty:
        return []
    first = found.pairs.iloc[0]
    power = comparing.power(found, str(first["one"]), str(first["other"]))
    return [Part(comparing.everyone(found), comparing.TERMS, comparing.table(found)), Part(quiet=power)]


def _decisions(asked: Asked) -> list[Part]:
    held, refused = economics.policies(asked.models)
    rows = [
        {
            "Model": name,
            "Accepts below": asked.cuts[name].accept,
            "Rejects from": asked.cuts[name].reject,
            "Set by": "policy" if name in held else "threshold of the card",
            "Chosen on": held[name].chosen_on.dataset if name in held else "-",
            "Escape budget": held[name].budget if name in held else None,
            "Proven": held[name].proven if name in held else None,
        }
        for name in asked.judges
    ]
    return [Part(table=pd.DataFrame(rows)), *(Part(quiet=reason) for reason in refused.values())]


def _calibration(asked: Asked) -> list[Part]:
    if asked.known["label"].nunique() < 2:
        return []
    figures, bins = calibration.figures(asked.known), calibration.reliabilities(asked.known)
    parts = [Part(trust.ranking(figures, view=PACKAGE), trust.INTERVALS, _readable(figures))]
    for model in asked.judges:
        row = figures[(figures["model"] == model) & (figures["view"] == PACKAGE)].iloc[0].to_dict()
        here = bins[(bins["model"] == model) & (bins["view"] == PACKAGE)]
        rows = asked.known[(asked.known["model"] == model) & (asked.known["view"] == PACKAGE)]
        drawn = reliability(here, rows, row, color=asked.hues[model])
        parts.append(Part(trust.word(row), trust.error(row), drawn=drawn))
    return parts


def _views(asked: Asked) -> list[Part]:
    parts = []
    for model in fusion.models_with_views(asked.known):
        found = fusion.fused(asked.frame, model=model, cut=asked.cuts.get(model, study.HALF))
        if len(found.views) > 1:
            parts.append(Part(f"{model}: {together.gain(found)}", together.cut(found), _readable(found.table)))
    return parts


def _patterns(asked: Asked) -> list[Part]:
    measured = measures.stored_measures(asked.dataset, asked.models)
    if measured is None:
        return [Part(quiet="Not computed yet: `secondlook patterns` measures every picture.")]
    parts = []
    for model in asked.judges:
        rows = patterns.answers(asked.frame, model=model, view=PACKAGE, cut=asked.cuts[model])
        found = patterns.slices(rows, asked.dataset.index, measured, kind="Errors")
        worst = found.table.head(8)
        wrong = bool((worst["errors"] + worst["rest_errors"]).any()) if len(worst) else False
        shown = drawn_patterns.differences(worst, color=asked.hues[model], noun="errors") if wrong else None
        parts.append(Part(f"{model}: {findings.slices(found, 'errors')}", drawn=shown))
    return [Part(quiet=findings.INTERVALS), *parts]


def _stability(asked: Asked) -> list[Part]:
    frame = stability.stored_heads(asked.dataset, asked.models)
    if frame is None:
        return [Part(quiet="Not computed yet: `secondlook bias-variance` trains again and again.")]
    table = stability.decompositions(frame)
    fused = [steadiness.of(table, model, PACKAGE).iloc[0] for model in asked.models]
    curve = stability.learning(frame)
    return [
        *(Part(steadiness.parts(row)) for row in fused),
        Part(quiet=steadiness.source(frame), table=_readable(table)),
        Part(drawn=drawn_stability.learning(curve[curve["view"] == PACKAGE], colors=asked.hues)),
    ]


def _robustness(asked: Asked) -> list[Part]:
    few = robustness.drawn(asked.dataset, asked.models, count=SPOILED)
    stored = (robustness.stored_robustness(asked.dataset, asked.models, packages=ids) for ids in (None, few))
    frame = next((one for one in stored if one is not None), None)
    if frame is None:
        return [Part(quiet="Not computed yet: `secondlook robustness` spoils the pictures.")]
    table = robustness.curves(frame, asked.cuts, view=PACKAGE)
    drawn = drawn_robustness.curves(
        table, "accuracy", panels=withstanding.panels(table), ticks=withstanding.ticks(), colors=asked.hues
    )
    quiet = f"{withstanding.evidence(frame)} {withstanding.withstood(table)}"
    return [Part(withstanding.weakest(table), quiet, drawn=drawn)]


def _limits(asked: Asked) -> list[Part]:
    return [Part(quiet=limit) for limit in LIMITS]


def _readable(table: pd.DataFrame) -> pd.DataFrame:
    """A table of figures as a person reads it: each with its interval behind it, names without underscores."""
    shown: dict[str, Any] = {}
    for name in map(str, table.columns):
        if {f"{name}_low", f"{name}_high"} <= set(table.columns):
            shown[name] = [_ends(row, name) for row in table.to_dict("records")]
        elif not name.endswith(("_low", "_high")):
            shown[name] = table[name]
    return pd.DataFrame(shown).rename(columns=lambda name: str(name).replace("_", " "))


SECTIONS: dict[str, Callable[[Asked], Sequence[Part]]] = {
    "Summary": _summary,
    "Data": _data,
    "Models": _models,
    "Performance": _performance,
    "Comparison": _comparison,
    "Decisions": _decisions,
    "Calibration": _calibration,
    "Views": _views,
    "Error patterns": _patterns,
    "Stability": _stability,
    "Robustness": _robustness,
    "Limits": _limits,
}
"""In reading order; a section without parts is left out."""
