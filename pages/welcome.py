"""Welcome: how to open a data set, and what the shipped models reached."""

from __future__ import annotations

import streamlit as st

from app import resources, selection
from app.components import conclusion, states, upload, welcome

chosen = selection.current()
names = tuple(resources.checkpoints()[0])

st.title("Add data")
conclusion.show("Second Look shows whether an image classifier is right, where it fails, and what it looks at.")
welcome.problem(chosen.data)
left, right = st.columns(2, gap="large")
with left:
    welcome.layout()
with right:
    welcome.folder()

st.subheader("Or try pictures of your own")
upload.show(names, None, cameras=("side", "top"))
welcome.measured()
states.refused()
