"""Thresholds: where to accept, ask a person and reject, from what mistakes cost and how many may escape."""

from __future__ import annotations

import streamlit as st

from app import costs, packages, resources, selection
from app.components import conclusion, designer, policy, states
from app.components import costs as drawn

chosen = selection.current()
st.title("Thresholds")
states.need_run(chosen)
names = packages.judges(resources.table(chosen.data, chosen.models), chosen.models) or chosen.models
model = st.pills("Model", names, default=names[-1], key="model", bind="query-params", required=True)
terms = designer.show()
st.space("xsmall")
policy.refused(model)
found = designer.need(chosen, model, terms)
saved, color = resources.policies()[0].get(model), resources.hues()[model]
others = drawn.others(found, saved)

conclusion.show(costs.headline(found.design), costs.quietly(found.design), help=costs.TERMS)
if serial := drawn.show(found, others, "costs", color=color):
    selection.go("inspect", package=serial)

conclusion.show(costs.proof(found.design), f"{costs.proven(found.design)} {costs.calibrated(found.design)}")
drawn.table(found, others, "outcomes", color=color)
st.caption(f"{costs.based_on(found)} {costs.HELD_OUT}")
policy.offer(found, chosen, others)
if saved is not None:
    policy.kept(saved, found, others[drawn.SAVED])
