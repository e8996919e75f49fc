"""Pictures of two splits that resemble each other, pair by pair."""

from __future__ import annotations

from html import escape

import pandas as pd
import streamlit as st

from app import findings, resources
from app.components import chart, conclusion, packagemap, states
from app.components.asked import Asked, Shown
from core.figures import patterns as figures

SHOWN = 12
"""Pairs drawn; the table has them all."""

STYLE = """
<style>
.pairs { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 400px), 1fr)); gap: 14px; }
.pair { border: 1px solid rgba(128, 128, 128, .35); border-radius: 10px; overflow: hidden; }
.pair.near { border: 2px solid #B08D3C; }
.pair .both { display: grid; grid-template-columns: 1fr 1fr; gap: 2px; }
.pair img, .pair .gap { width: 100%; aspect-ratio: 16 / 9; object-fit: contain; display: block;
  background: rgba(128, 128, 128, .12); }
.pair p { margin: 0; padding: 6px 10px 8px; font-size: 13px; overflow-wrap: anywhere; }
.pair a { color: inherit; }
</style>
"""


def show(asked: Asked, source: str) -> Shown:
    """Draw the pairs, those that are surprisingly near first; there is no gallery below."""
    root = asked.chosen.data
    packagemap.needed(root)
    found = resources.duplicates(root)
    quietly = f"Pairs: the most alike picture of another split, for every picture; n = {len(found.pairs):,}."
    conclusion.show(findings.alike(found), quietly, help=findings.LOOKED_ALIKE)
    if found.pairs.empty:
        states.empty("One split only", "Near-duplicates matter between splits; this data set has one.")
        return Shown()
    figure = figures.nearness(found.usual, found.pairs["bits"].tolist(), bits=found.bits)
    chart.show(figure, "nearness", alt="How near the nearest picture of the same and of another split is")
    st.download_button(
        "All pairs as CSV", found.pairs.to_csv(index=False), "pairs.csv", key="pairs csv", icon=":material/download:"
    )
    _draw(found.pairs.head(SHOWN), root)
    return Shown()


def _draw(pairs: pd.DataFrame, root: str) -> None:
    paths = resources.dataset(root).index.set_index(["package", "view"])["path"]
    sides = [
        (one, view) for row in pairs.itertuples() for one, view in ((row.package, row.view), (row.other, row.view))
    ]
    wanted = [(package, view, str(paths[package, view])) for package, view in sides]
    small = resources.small_pictures(root, wanted, closeup=True, seconds=0)
    both = zip(pairs.to_dict("records"), small[::2], small[1::2], strict=True)
    st.html(STYLE + '<div class="pairs">' + "".join(_pair(row, one, other) for row, one, other in both) + "</div>")
    waiting = not all(picture.ready for picture in small)
    if waiting and resources.small_pictures(root, wanted, closeup=True, seconds=0.8) != small:
        st.rerun()


def _pair(row: dict[str, object], one: resources.Small, other: resources.Small) -> str:
    names = " · ".join(
        f'<a href="inspect?package={escape(str(row[key]), quote=True)}" target="_self">{escape(str(row[key]))}</a> '
        f"{escape(str(row[split]))}"
        for key, split in (("package", "split"), ("other", "other_split"))
    )
    says = f"{row['view']}: {row['bits']:.0f} bits differ, similarity {row['similarity']:.2f}"
    near = "near" if row["flagged"] else ""
    return (
        f'<div class="pair {near}"><div class="both">{_picture(one)}{_picture(other)}</div>'
        f"<p>{names}<br>{escape(says)}</p></div>"
    )


def _picture(small: resources.Small) -> str:
    return f'<img src="{small.address}" alt="">' if small.address else '<div class="gap"></div>'
