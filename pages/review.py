"""Review: what people marked, side by side with what they say together; accepted, corrected or rejected by another."""

from __future__ import annotations

import streamlit as st

from app import resources, reviewing, selection
from app.components import conclusion, labelers, sidebyside, states, turns

chosen = selection.current()
st.title("Review")
opinions = resources.opinions(chosen.data, chosen.split)
if not opinions.history:
    where = f" in {chosen.split}" if chosen.split else ""
    states.empty(f"Nothing annotated{where} yet", reviewing.NOTHING, icon=":material/draw:")
    if st.button("Annotate", icon=":material/draw:"):
        selection.go("annotate")
    st.stop()

waiting = resources.waiting(opinions)
conclusion.show(reviewing.queue(waiting, opinions), reviewing.done(opinions), help=reviewing.MEANING)
turn = turns.show(opinions, waiting)
if turn is not None:
    sidebyside.show(chosen.data, opinions, turn.package, reviewer=turn.reviewer, close=turn.close, note=turn.note)
st.divider()
labelers.show(opinions)
