"""The groups of packages that Errors shows, each as a filter over the gallery."""

from __future__ import annotations

from dataclasses import replace

from app.packages import Filter
from core.domain import DAMAGED, INTACT
from core.figures.matrix import OUTCOMES

GROUPS = {
    "Escapes": Filter(show="escapes", sort="intact"),
    "False rejects": Filter(show="false rejects", sort="damaged"),
    "Found": Filter(show="right", truth=DAMAGED, sort="unsure"),
    "Passed": Filter(show="right", truth=INTACT, sort="unsure"),
    "Models disagree": Filter(show="models disagree", sort="unsure"),
    "Views disagree": Filter(show="views disagree", sort="unsure"),
}
"""Title to filter: the four outcomes of a matrix, then the disagreements; worst mistakes first."""

MEANINGS = {
    **{outcome.title: outcome.meaning for outcome in OUTCOMES},
    "Models disagree": "At least one of the chosen models calls them damaged, and at least one intact.",
    "Views disagree": "The model calls one view damaged and another intact.",
}
"""Title to what it means, one sentence."""


def wanted(group: str, *, model: str, view: str, split: str | None) -> Filter:
    """The filter of a group, for one model's answers to one view."""
    return replace(GROUPS[group], judge=model, at=view, split=split or "")
