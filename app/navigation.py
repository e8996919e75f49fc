"""PAGES, the one table of pages: name, title, icon, section, and what the page is for."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st
from streamlit.navigation.page import Page


class Entry(NamedTuple):
    """One row of the table; the name is the file in `pages/` and the path in the address bar."""

    name: str
    title: str
    icon: str
    section: str
    help: str

    @property
    def path(self) -> str:
        """The page's file, as Streamlit wants it: relative to the entry file."""
        return f"../pages/{self.name}.py"


PAGES = (
    Entry("overview", "Overview", ":material/home:", "", "The data set and the models at a glance."),
    Entry("browse", "Browse", ":material/grid_view:", "Packages", "Every package, filtered, sorted and searched."),
    Entry(
        "inspect", "Inspect", ":material/frame_inspect:", "Packages", "One package, its views, every model's verdict."
    ),
    Entry("annotate", "Annotate", ":material/draw:", "Packages", "Mark the damage, and see at once who looked at it."),
    Entry("review", "Review", ":material/rule:", "Packages", "What people marked: accept, correct or reject it."),
    Entry("serials", "Serials", ":material/pin:", "Packages", "The serial of every package against its file name."),
    Entry("performance", "Performance", ":material/monitoring:", "Models", "How often each model is right."),
    Entry("compare", "Compare", ":material/compare_arrows:", "Models", "Where two models differ, and if by chance."),
    Entry("errors", "Errors", ":material/report:", "Models", "Escapes and false rejects, and where models disagree."),
    Entry("views", "Views", ":material/view_in_ar:", "Models", "What the cameras are worth together, and alone."),
    Entry("history", "Versions", ":material/history:", "Models", "Promotions of each model, and the way back."),
    Entry("explain", "Explain", ":material/visibility:", "Evidence", "What each model looked at in one package."),
    Entry(
        "agreement",
        "Agreement",
        ":material/target:",
        "Evidence",
        "How well the evidence lies on the damage, beside chance and maps that ask no network.",
    ),
    Entry(
        "reasons",
        "Right for the wrong reasons",
        ":material/psychology_alt:",
        "Evidence",
        "Verdicts by whether their evidence lies on the damage.",
    ),
    Entry(
        "causes",
        "Causal check",
        ":material/format_paint:",
        "Evidence",
        "Whether a verdict falls when the damage is painted over.",
    ),
    Entry(
        "consistency",
        "Map consistency",
        ":material/join_inner:",
        "Evidence",
        "Whether architectures and methods find the same evidence.",
    ),
    Entry(
        "trust",
        "Map trust",
        ":material/verified:",
        "Evidence",
        "Whether what a map shows says more than maps that ask no network.",
    ),
    Entry(
        "shortcuts", "Shortcuts", ":material/alt_route:", "Evidence", "What the models look at instead of the damage."
    ),
    Entry(
        "calibration",
        "Calibration",
        ":material/straighten:",
        "Decisions",
        "Whether a probability can be taken at its word.",
    ),
    Entry("policy", "Thresholds", ":material/tune:", "Decisions", "Accept, ask a person, reject: at what cost."),
    Entry(
        "patterns",
        "Error patterns",
        ":material/scatter_plot:",
        "Understand",
        "Where mistakes gather, and what they resemble.",
    ),
    Entry(
        "robustness",
        "Robustness",
        ":material/filter_drama:",
        "Understand",
        "What dark, blurred, shifted or covered pictures cost.",
    ),
    Entry(
        "stability",
        "Stability",
        ":material/ssid_chart:",
        "Understand",
        "Which errors another training would make again.",
    ),
    Entry("welcome", "Add data", ":material/add_photo_alternate:", "Data", "How to open a data set of your own."),
)


def pages(*, with_data: bool) -> dict[str, list[Page]]:
    """The menu by section; without a data set only the page that says how to add one."""
    menu: dict[str, list[Page]] = {}
    for entry in PAGES if with_data else PAGES[-1:]:
        page = st.Page(entry.path, title=entry.title, icon=entry.icon, url_path=entry.name, help=entry.help)
        menu.setdefault(entry.section, []).append(page)
    return menu
