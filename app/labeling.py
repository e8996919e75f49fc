"""The order in which packages are labeled, and who labels them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import NamedTuple

import streamlit as st

from app import packages, resources
from app.selection import Selection
from core.contracts import AnnotationStore, Dataset
from core.studies import annotation, explanation, honeypots, queue
from core.study import ENSEMBLE

ANNOTATOR = "annotator"
"""The key of the person's name: in the address bar too."""
_NAME, _LABELED, _QUEUE, _DESK = "name of the annotator", "labeled packages", "queue of packages", "desk"

ORDERS = {
    "unlabeled": "Unlabeled first",
    "disagreement": "Models disagree",
    "entropy": "Models are unsure",
    "conflict": "Views conflict",
    "dissent": "Maps disagree",
    "suspects": "Suspected labels",
}
HELP = (
    "Packages you have not labeled come first; among them: in their order; where the models' probabilities lie "
    "furthest apart; where their mean is closest to even; where the cameras' probabilities lie furthest apart; where "
    "the maps agree least, as far as they were compared; where the models contradict the label of the data set. The "
    "order stays while you work, until you sort again. Where the damage of some packages is known, one in eight is one "
    "of them: Review shows how well people mark those."
)


@dataclass(slots=True)
class Desk:
    """What a person has before them, on all runs of the page.

    Streamlit begins a new run while the last one goes on, and ends that one wherever it next touches the session. What
    must be done neither by halves nor twice is done with the lock held, and touches nothing of the session meanwhile.

    Attributes:
        package: on the screen, "" before the first.
        told: the same, as the session was told last: where that says another, somebody chose it elsewhere.
        centers: view to where a near look at the package goes, (x, y) in [0, 1] of the frame.
        lock: held by whoever changes what is said of a package.
    """

    package: str = ""
    told: str = ""
    centers: dict[str, tuple[float, float]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)


class Queue(NamedTuple):
    """What is to be labeled.

    Attributes:
        ids: in order.
        labeled: those that this person has labeled.
        missing: why the order cannot be had, "" where it can.
    """

    ids: tuple[str, ...]
    labeled: frozenset[str]
    missing: str = ""


def desk() -> Desk:
    """The desk of this session."""
    found: Desk = st.session_state.setdefault(_DESK, Desk())
    return found


def annotator() -> str:
    """Who is at work: the name as the person gave it last, "" where there is none."""
    said = st.session_state.get(ANNOTATOR, st.query_params.get(ANNOTATOR))
    if said is None:
        said = st.session_state.get(_NAME, "")
    return str(said).strip()


def call(name: str) -> None:
    """Let this be the person, before any widget is drawn."""
    st.session_state[ANNOTATOR] = st.session_state[_NAME] = name.strip()


def remember(name: str) -> None:
    """Keep the name while other pages are looked at."""
    st.session_state[_NAME] = name


def labeled(root: str, who: str) -> set[str]:
    """Ids of the packages that this person has labeled; asked of the store once a session."""
    every: dict[tuple[str, str], set[str]] = st.session_state.setdefault(_LABELED, {})
    if (root, who) not in every:
        every[root, who] = _labeled(resources.annotations(), resources.dataset(root), who) if who else set()
    return every[root, who]


def _labeled(store: AnnotationStore, dataset: Dataset, who: str) -> set[str]:
    names = {annotation.key_of(dataset, package) for package in dataset.ids[:1]}
    if "dataset" in dataset.index:
        names = set(map(str, dataset.index["dataset"].unique()))
    return {one.package for one in store.by(who) if one.dataset in names} & set(dataset.ids)


def queued(chosen: Selection, order: str, who: str) -> Queue:
    """The packages of the chosen split in this order; it stays until something is chosen anew."""
    table = resources.table(chosen.data, chosen.models)
    ids = tuple(map(str, packages.of_split(table, chosen.split).index))
    done = labeled(chosen.data, who)
    key = (chosen.data, chosen.split, order, who, len(ids))
    kept = st.session_state.get(_QUEUE)
    if kept is None or kept[0] != key:
        first, missing = _first(chosen, order)
        found = queue.queued(ids, labeled=done, first=first)
        found = honeypots.mixed(resources.dataset(chosen.data), found, labeled=done, annotator=who)
        kept = st.session_state[_QUEUE] = key, found, missing
    return Queue(kept[1], frozenset(done & set(ids)), kept[2])


def sort_again() -> None:
    """Let the next `queued` ask anew what comes first."""
    st.session_state.pop(_QUEUE, None)


def _first(chosen: Selection, order: str) -> tuple[tuple[str, ...], str]:
    """The most urgent packages, and why there are none."""
    if order == "unlabeled":
        return (), ""
    found = resources.predictions(chosen.data, chosen.models)
    if order == "dissent":
        return _by_maps(chosen)
    if found is None or not chosen.models:
        return (), "The models were not asked yet: open Overview once."
    if order in queue.WAYS:
        return queue.ranked(found, order), ""
    judge = ENSEMBLE if len(chosen.models) > 1 else chosen.models[0]
    suspects = resources.suspects(chosen, judge, resources.cuts(chosen.models, chosen.threshold))
    return tuple(map(str, suspects.table["package"])), ""


def _by_maps(chosen: Selection) -> tuple[tuple[str, ...], str]:
    if len(chosen.models) < 2 or resources.consistency(chosen.data) is None:
        return (), "The maps were not compared yet: see Map consistency."
    disputed = resources.disputed(chosen, "spearman", explanation.DEFAULT, None)
    return tuple(map(str, disputed["package"])), ""
