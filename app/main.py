"""The frame around every page: title, shared choices, menu."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app import navigation, selection, sidebar
from app.components import states

HERE = Path(__file__).parent

st.set_page_config(page_title="Second Look", page_icon=str(HERE / "mark.svg"), layout="wide")
st.logo(str(HERE / "wordmark.svg"), size="large", icon_image=str(HERE / "mark.svg"))
selection.arrive()
found = sidebar.show()
page = st.navigation(navigation.pages(with_data=found), expanded=True)
with states.framed():
    page.run()
