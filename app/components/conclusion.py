"""What a figure says, in one line; the numbers behind it in a quiet second one."""

from __future__ import annotations

import streamlit as st


def show(says: str, quietly: str = "", *, help: str | None = None) -> None:
    """Stand above a figure.

    Args:
        says: what a person should conclude.
        quietly: counts, n, intervals, where the numbers come from.
        help: definitions of the terms, shown on hover.
    """
    with st.container(gap=None):
        st.markdown(f"##### {says}", help=help)
        if quietly:
            st.markdown(f":small[:gray[{quietly}]]")
