"""How maps are computed: what differs from the defaults takes its own time."""

from __future__ import annotations

import time
from collections.abc import Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import resources
from app.components import states
from app.resources import Question
from core.studies.explanation import BASELINES

AUTOMATIC = "automatic"
STEPS = (AUTOMATIC, "8", "16", "32", "64", "128", "256", "512")
SOON = 0.3
"""Seconds in which one map after the other is made ready before the page is drawn with them."""


def controls(*, twin: bool) -> tuple[int | None, str]:
    """Draw the choices that need the networks to run again; None steps are as many as a method needs.

    Args:
        twin: whether there is a picture of the same package without its damage.
    """
    with st.popover("Computation"):
        steps = st.select_slider(
            "Steps", STEPS, value=AUTOMATIC, key="steps", bind="query-params",
            help="How often a network is asked along a path, or samples. Automatic: as many as a method needs. "
            "More: a smaller error, a longer wait. A method that needs one pass does not mind.",
        )  # fmt: skip
        names = [name for name in BASELINES if twin or name != "twin"]
        baseline = st.segmented_control(
            "Baseline", names, default="blur", key="baseline", bind="query-params", required=True,
            help="  \n".join(f"**{name}**: {BASELINES[name].__doc__}" for name in names),
        )  # fmt: skip
        st.caption("What is explained is the log-odds of damaged. Display needs no new computation; these do.")
    return None if steps == AUTOMATIC else int(steps), str(baseline)


def run(missing: Mapping[Question, DeltaGenerator]) -> None:
    """Compute what is missing, one map after the other in the given order, and draw the page again as they come.

    Args:
        missing: what to compute, to the place of its progress; what fails says so there. Any choice stops the work.
    """
    began, found = time.monotonic(), False
    for asked, place in missing.items():
        with place.container(), states.mended():
            resources.attribution(asked, progress=states.bar("Starting"))
            found = True
            if time.monotonic() - began > SOON:
                st.rerun()
    if found:
        st.rerun()
