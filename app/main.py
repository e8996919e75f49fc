"""The frame around every page: title, shared choices, menu."""

from __future__ import annotations

import streamlit as st

from app import navigation, selection, sidebar
from app.components import states

st.set_page_config(page_title="Second Look", page_icon=":material/package_2:", layout="wide")
selection.arrive()
found = sidebar.show()
page = st.navigation(navigation.pages(with_data=found))
with states.framed():
    page.run()
