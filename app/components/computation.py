"""How a map is computed: what differs from the defaults takes its own time."""

from __future__ import annotations

from typing import TypedDict

import streamlit as st


class How(TypedDict):
    """Settings of Integrated Gradients, as `explanation.explain` takes them."""

    steps: int
    baseline: str


def controls() -> How:
    """Draw the choices that need the networks to run again."""
    with st.popover("Computation"):
        steps = st.select_slider(
            "Steps",
            [16, 32, 64, 128, 256],
            value=64,
            key="steps",
            bind="query-params",
            help="Points on the line from the baseline to the picture. More: smaller completeness error, longer wait.",
        )
        baseline = st.segmented_control(
            "Baseline",
            ["blur", "mean", "black"],
            default="blur",
            key="baseline",
            bind="query-params",
            required=True,
            help="Where the line starts: the picture blurred, one even color, or black.",
        )
        st.caption("Integrated Gradients of the log-odds of damaged. Display needs no new computation; these do.")
    return How(steps=int(steps), baseline=baseline)
