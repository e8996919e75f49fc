"""Map trust: whether what a method shows of a model says more than maps that ask no network."""

from __future__ import annotations

import streamlit as st

from app import mapwords, resources, selection
from app.components import conclusion, firsttime, maptrust, states

chosen = selection.current()
st.title("Map trust")
if not chosen.models:
    states.empty("No models", "Train some with `secondlook train`, then test what their maps are worth.")
    st.stop()
everybody = tuple(resources.checkpoints()[0])
found = firsttime.need(
    resources.trusts, resources.compute_trust, chosen.data, title="Not tested yet", key="trust",
    says=mapwords.OFFER.format(mapwords.models(everybody)), seconds=mapwords.SECONDS * len(everybody),
)  # fmt: skip
verdicts = {pair: one for pair, one in found.verdicts.items() if pair[0] in chosen.models}
if not verdicts:
    states.empty("None of the chosen models", "Choose a model in the sidebar that was tested.")
    st.stop()
conclusion.show(mapwords.levels(verdicts), mapwords.sample(verdicts), help=mapwords.RULES)
maptrust.table(chosen.data, chosen.models, verdicts)

st.space("small")
with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    titles = resources.method_titles({name for _, name in verdicts})
    method = st.pills("Maps by", list(titles), default=next(iter(titles)), format_func=titles.get, key="by",
                      bind="query-params", required=True)  # fmt: skip
    bench = mapwords.BENCH[st.segmented_control("Test", list(mapwords.BENCH), default="ROAD", key="test",
                                                bind="query-params", required=True)]  # fmt: skip
    figures = found.of(found.figures, method, chosen.models)
    st.download_button("CSV", figures.to_csv(index=False), "map-trust.csv", icon=":material/download:")
quiet = f"{mapwords.meaning(bench)} {mapwords.still(figures)}"
conclusion.show(mapwords.bench(figures, bench), quiet, help=mapwords.TERMS)
maptrust.beside(figures, bench)

with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    title = st.segmented_control("Likeness", list(mapwords.LIKENESS), default="Rank correlation", key="likeness",
                                 bind="query-params", required=True)  # fmt: skip
    cascades = found.of(found.cascades, method, chosen.models)
    st.download_button("CSV", cascades.to_csv(index=False), "randomized.csv", key="cascade", icon=":material/download:")
conclusion.show(mapwords.forgetting(verdicts, method), mapwords.cascade(mapwords.LIKENESS[title]))
maptrust.forgetting(cascades, mapwords.LIKENESS[title], title)
