"""Agreement: how well the evidence of every model lies on the damage, beside chance and maps that ask no network."""

from __future__ import annotations

import streamlit as st

from app import agreeing, leaning, packages, resources, selection
from app.components import accounts, conclusion, held, leaderboard, listing

chosen = selection.current()
st.title("Agreement")
known = accounts.need(chosen)
with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    account = accounts.choose(known)
    found = held.need(chosen, account)
    views = [leaning.BOTH, *sorted(found["view"].unique())]
    view = st.segmented_control("View", views, default=leaning.BOTH, key="view", bind="query-params", required=True)
    titles = {title: name for name, title in agreeing.metrics().items()}
    metric = titles[st.selectbox("Metric", list(titles), key="metric", bind="query-params", width=210,
                                 help="What it is stands below the figure.")]  # fmt: skip
    board, only = resources.leaderboard(found), packages.PACKAGE if view == leaning.BOTH else view
    st.download_button("CSV", board.to_csv(index=False), "agreement.csv", icon=":material/download:")

rows = board[(board["view"] == only) & (board["metric"] == metric)]
mass = board.loc[(board["view"] == only) & (board["metric"] == "relevance_mass"), "chance"].max()
methods = resources.method_titles()
labels = agreeing.labels(rows, methods)
conclusion.show(agreeing.board(rows, labels, metric), agreeing.sample(rows, account, mass=mass), help=agreeing.TERMS)
ceiling = resources.ceiling(chosen.data, metric, only) if account not in resources.INSIDE else None
leaderboard.show(rows, labels, metric, ceiling=ceiling)
st.caption(agreeing.meaning(metric))

pairs = resources.differences(found, metric, only)
names = agreeing.names_of(rows, methods)
conclusion.show(agreeing.paired(pairs, names), agreeing.power(pairs, names), help=agreeing.TERMS)
listing.show(agreeing.pairs_table(pairs, names) if len(pairs) else pairs, "differences", raw=pairs)
conclusion.show(f"{agreeing.metrics()[metric]} on every view.", "Mean, 95 % interval, chance, and n packages.")
listing.show(agreeing.board_table(board[board["metric"] == metric], methods), "leaderboard")
