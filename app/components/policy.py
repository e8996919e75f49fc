"""The policy of a model: the saved one, and the design that may take its place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import streamlit as st

from app import costs, resources
from app.components import conclusion, designer, states
from app.selection import Selection
from core.studies import economics
from core.studies.economics import Designed, Outcome, Policy, terms_of

NOTE = "policy note"
ICON = ":material/policy:"


def offer(found: Designed, chosen: Selection, others: Mapping[str, Outcome]) -> None:
    """Draw what saves the design, and what takes it home: as JSON, and the table as CSV."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        note = st.text_input(
            "Note", key=NOTE, max_chars=2000, width=420, placeholder="Why, for which line, agreed with whom",
            help="Kept in the policy.",
        )  # fmt: skip
        if st.button(
            "Save as policy", type="primary", icon=":material/save:",
            help=f"Every page and `secondlook predict` let {found.model} decide by it from then on. "
            "It is written beside the model's card, and holds for these weights and this calibration only.",
        ):  # fmt: skip
            with states.mended():
                economics.save(_policy(found, chosen, note))
                st.rerun()
        _download(_policy(found, chosen, note), "Design as JSON")
        table = costs.frame(found, others).to_csv(index=False)
        st.download_button("Table as CSV", table, f"thresholds-{found.model}.csv", icon=":material/download:",
                           on_click="ignore")  # fmt: skip


def _policy(found: Designed, chosen: Selection, note: str) -> Policy:
    return resources.policy(found, chosen, when=datetime.now(UTC), note=note.strip())


def _download(policy: Policy, title: str) -> None:
    text = policy.model_dump_json(indent=2) + "\n"
    st.download_button(title, text, f"policy-{policy.model}.json", "application/json", icon=":material/download:",
                       key=title, on_click="ignore")  # fmt: skip


def kept(policy: Policy, found: Designed, before: Outcome | None) -> None:
    """Draw the saved policy, against the design."""
    terms = terms_of(policy)
    compared = f" {costs.changed(found.design, before)}" if before else ""
    with st.container(border=True):
        conclusion.show(f"{ICON} {costs.saved(policy)}", f"{costs.reasons(policy, terms)}{compared}")
        if policy.note:
            st.text(policy.note)
        with st.container(horizontal=True, gap="small"):
            st.button("Take its costs", icon=":material/input:", on_click=designer.take, args=(terms,),
                      help="Set the numbers above to those it was designed for.")  # fmt: skip
            _download(policy, "Policy as JSON")
            _remove(policy.model)


def refused(model: str) -> None:
    """Draw why the saved policy of a model is not used, where that is so."""
    reason = resources.policies()[1].get(model)
    if reason is None:
        return
    with st.container(border=True):
        st.markdown(f":material/warning: {reason}")
        _remove(model)


def _remove(model: str) -> None:
    if st.button("Remove the policy", icon=":material/delete:", type="tertiary"):
        with states.mended():
            economics.remove(model)
            st.rerun()
