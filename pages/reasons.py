"""Right for the wrong reasons: verdicts on damaged packages, by whether the evidence lies on the damage."""

from __future__ import annotations

import streamlit as st

from app import agreeing, packages, resources, selection
from app.components import accounts, budget, conclusion, grounding, held, listing, states

chosen = selection.current()
st.title("Right for the wrong reasons")
known = accounts.need(chosen)
states.need_run(chosen)
with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    account = accounts.choose(known)
    found = held.need(chosen, account)
    method = held.method(found)
    mine = found[found["method"] == method]
    views = [*sorted(mine["view"].unique()), packages.PACKAGE]
    view = st.segmented_control("View", views, default=packages.PACKAGE, key="view", bind="query-params", required=True)
    tau = st.slider("Skill that grounds (tau)", 0.0, 0.9, 0.1, 0.05, key="tau", bind="query-params", width=200,
                    help=agreeing.TAU)  # fmt: skip
limits = resources.cuts(chosen.models, chosen.threshold, view=view)
table = resources.reasons(chosen, mine, view, limits, tau)
names = [name for name in chosen.models if name in set(table["model"])]
if not names:
    states.empty("No verdict here", "No chosen model was asked about this view of a package with a known region.")
    st.stop()
rates = resources.grounded(table)
model = st.pills("Model", names, default=names[0], key="model", bind="query-params", required=True)
here = table[table["model"] == model]
quiet = agreeing.basis(here, account, tau=tau, view=view, limit=limits[model])
conclusion.show(agreeing.grounded(rates, model), quiet, help=agreeing.REASON_TERMS)
grounding.rates(rates, resources.hues())
listed = st.toggle("Tables", key="listed", bind="query-params", help="All rates, and every package of this model.")
if listed:
    listing.show(rates.round(3), "rates")
    listing.show(here.drop(columns="view").round(4), "reasons")

tiles, below = st.container(), st.container()
with below:
    st.space("medium")
    budget.show(chosen)
with tiles:
    st.space("small")
    grounding.show(here, root=chosen.data, model=model, method=method, account=account, view=view, limit=limits[model])
