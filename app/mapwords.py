"""Whether maps can be trusted, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import NamedTuple

import pandas as pd

from app.sentences import many
from core.studies.trust import (
    DOUBTFUL,
    FIGURES,
    MEASURES,
    OWN,
    REFUSED,
    STAGES,
    TESTS,
    TRIVIAL,
    TRUSTED,
    UNCHECKED,
    Verdict,
)


class Look(NamedTuple):
    """How a level is shown: its words, icon and color, and what it means in one sentence."""

    title: str
    icon: str
    color: str
    help: str


LOOKS = {
    TRUSTED: Look("Trusted", ":material/verified:", "green",
                  "Says more than maps that ask no network, and changes when the network forgets."),
    DOUBTFUL: Look("Doubtful", ":material/help:", "orange",
                   "Passes some of the tests, or too few packages were tested to tell."),
    REFUSED: Look("Not trusted", ":material/gpp_bad:", "red",
                  "No better than maps that ask no network, or the same when the network forgets."),
    UNCHECKED: Look("Not checked yet", ":material/pending:", "gray", "The page Map trust tests these maps."),
}  # fmt: skip
MARKS = {TRUSTED: "✓", DOUBTFUL: "?", REFUSED: "✕", UNCHECKED: "-"}

MAPS = {
    OWN: "the map",
    "center": "a blob in the middle",
    "edges": "the edges of the picture",
    "difference": "the difference to the blur",
    "untrained": "a network with random weights",
}
"""A map within a sentence."""
LABELS = {
    OWN: "The map",
    "center": "Blob in the middle",
    "edges": "Edges (Sobel)",
    "difference": "|x - b|",
    "untrained": "Random weights",
}
"""The same beside a dot of a figure."""
NAMES = {"removal": "insertion and deletion", "road": "ROAD"}
"""A test within a sentence."""
BENCH = {"Insertion - deletion": "removal", "ROAD": "road", "Infidelity": "infidelity"}
"""What the figure of tests can show, as on the screen and in the address bar."""
LIKENESS = {"Rank correlation": "spearman", "SSIM": "ssim", "Complexity": "complexity"}

SECONDS = 100.0
"""About how long a model takes by the default method, on two cores."""
OFFER = (
    "Test the maps of Integrated Gradients of {} on 8 packages: against four maps that say nothing, and on networks "
    "that have forgotten what they learned. `secondlook trust --data DIR --method NAME` tests other methods."
)
TERMS = (
    "Insertion and deletion after Petsiuk 1806.07421, ROAD after Rong 2202.00449, infidelity and max-sensitivity after "
    "Yeh 1901.09392, randomized weights after Adebayo 1810.03292, held against a ceiling and a null as Hedstroem "
    "2405.02383 ask. In log-odds of damaged. Intervals: 95 %, BCa, packages drawn anew with both views. Better: the "
    "interval of the gain on the same pictures lies above zero."
)
RULES = (
    "**Trusted**: changes when all weights are drawn anew, surely beats all four trivial maps in insertion and "
    "deletion or in ROAD, and no trivial map surely beats it in either. **Not trusted**: does not change, or surely "
    "beats no trivial map. **Doubtful**: everything between. Few packages mean wide intervals, and more doubt. "
    "Trust here means that the map reads the network; whether the network reads the damage is another question."
)
CASCADE = (
    "From left to right more of the network has forgotten. The dotted lines: the same picture with a noise that nobody "
    "sees (above), and the map of another package (below). A map that reads the network falls to the lower one."
)
FORGOT = dict(zip(STAGES, ("last layer", "top 25 %", "top 50 %", "top 75 %", "all"), strict=True))


def models(names: Sequence[str]) -> str:
    """Which models are tested: "all 3 models"."""
    return f"all {len(names)} models" if len(names) > 1 else names[0]


def cascade(measure: str) -> str:
    """What the figure of forgetting shows."""
    return (
        CASCADE if measure != "complexity" else f"{MEASURES[measure]} A map that reads the network gets more scattered."
    )


def verdict(found: Verdict) -> str:
    """All that was found of a method's maps of a model, as Markdown."""
    if found.level == UNCHECKED:
        command = f"`secondlook trust --data DIR --method {found.method}`"
        return f"**{LOOKS[UNCHECKED].title}.** {LOOKS[UNCHECKED].help} {command} does, too."
    head = f"**{LOOKS[found.level].title}.** {LOOKS[found.level].help}"
    parts = [*(f"{_test(found, test)}" for test in TESTS), weights(found)]
    tested = f"Tested on {many(found.packages)} ({found.pictures:,} pictures); intervals 95 %."
    return f"{head}\n\n" + "".join(f"- {part}\n" for part in parts) + f"\n:small[:gray[{tested}]]"


def _test(found: Verdict, test: str) -> str:
    beats, loses = found.beats.get(test, ()), found.loses.get(test, ())
    name = NAMES[test][0].upper() + NAMES[test][1:]
    if set(beats) == set(TRIVIAL):
        return f"{name}: better than all four trivial maps."
    if not beats and not loses:
        return f"{name}: no different, beyond chance, from maps that ask no network."
    better = f"better than {_listed(beats)}" if beats else "better than none"
    worse = f", worse than {_listed(loses)}" if loses else ""
    rest = [one for one in TRIVIAL if one not in (*beats, *loses)]
    open_ = f"; chance may explain {_listed(rest)}" if rest else ""
    return f"{name}: {better}{worse}{open_}."


def _listed(maps: Sequence[str]) -> str:
    words = [MAPS[one] for one in maps]
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def weights(found: Verdict) -> str:
    """What becomes of the map when the network forgets everything."""
    if pd.isna(found.way):
        return (
            "Random weights: could not be told; maps of two packages are as alike as two of one, or only one was there."
        )
    way = f"{100 * found.way:.0f} % of the way to the map of another package"
    ends = "" if pd.isna(found.way_low) else f" (95 %: {100 * found.way_low:.0f} to {100 * found.way_high:.0f})"
    says = {"changes": "the map changes", "keeps": "the map hardly changes", "unclear": "whether it changes is unclear"}
    return f"Random weights: {says[found.changes]}, {way}{ends}."


def levels(found: Mapping[tuple[str, str], Verdict]) -> str:
    """How many pairs of model and method there are at each level, in one sentence."""
    if len(found) == 1:
        (one,) = found.values()
        words = {TRUSTED: "can be trusted", DOUBTFUL: "leave doubt", REFUSED: "cannot be trusted"}
        return f"The maps of {one.model} {words[one.level]}."
    count = {level: sum(one.level == level for one in found.values()) for level in LOOKS}
    if count[TRUSTED] == len(found):
        return f"All {len(found)} kinds of maps that were tested can be trusted."
    parts = [f"{number} {LOOKS[level].title.lower()}" for level, number in count.items() if number]
    return f"Of {len(found)} kinds of maps that were tested: {', '.join(parts)}."


def sample(found: Mapping[tuple[str, str], Verdict]) -> str:
    """On how many packages they were tested."""
    counts = sorted({one.packages for one in found.values()})
    words = many(counts[0]) if len(counts) == 1 else f"{counts[0]:,} to {counts[-1]:,} packages"
    return f"Each on {words}, both views where there are two."


def bench(table: pd.DataFrame, figure: str) -> str:
    """How one method's maps do beside the trivial ones in one figure.

    Args:
        table: of `studies.trust.figures`, one method.
        figure: in `FIGURES`.
    """
    rows = table[(table["figure"] == figure) & (table["map"] != OWN)]
    surely = rows.assign(better=rows["gain_low"] > 0).groupby("model", sort=False)["better"].agg(["sum", "size"])
    every = [str(model) for model, row in surely.iterrows() if row["sum"] == row["size"]]
    name = FIGURES[figure].title
    if len(every) == len(surely):
        whose = "every tested model" if len(every) > 1 else every[0]
        return f"{name}: the maps of {whose} beat all four trivial ones beyond chance."
    parts = (f"{model} {int(row['sum'])} of {int(row['size'])}" for model, row in surely.iterrows())
    return f"{name}: trivial maps that are beaten beyond chance: {', '.join(parts)}."


def meaning(figure: str) -> str:
    """What a figure is, and which way is better."""
    about = FIGURES[figure]
    return f"{about.meaning} {'Higher' if about.higher else 'Lower'} is better."


def forgetting(found: Mapping[tuple[str, str], Verdict], method: str) -> str:
    """Whether one method's maps change when networks forget."""
    mine = [one for (_, name), one in found.items() if name == method]
    changed = [one.model for one in mine if one.changes == "changes"]
    if len(changed) == len(mine):
        return f"The maps of {'every tested model' if len(mine) > 1 else changed[0]} change when the network forgets."
    kept = [one.model for one in mine if one.changes == "keeps"]
    if kept:
        return f"The maps of {', '.join(kept)} hardly change when the network forgets: they show the picture, not it."
    return (
        f"Whether maps change when the network forgets is unclear for {len(mine) - len(changed)} of {len(mine)} models."
    )


def still(table: pd.DataFrame) -> str:
    """How far maps move under invisible noise: "Under a noise that nobody sees, a map of a moves by up to 31 %"."""
    rows = table[(table["figure"] == "sensitivity") & table["value"].notna()]
    parts = (f"{row['model']} {100 * row['value']:.0f} %{_ends(row)}" for row in rows.to_dict("records"))
    return f"Max-sensitivity, how far a map moves under a noise that nobody sees, of its own size: {', '.join(parts)}."


def _ends(row: Mapping[str, float]) -> str:
    if pd.isna(row["low"]):
        return ""
    return f" (95 %: {100 * row['low']:.0f} to {100 * row['high']:.0f})"


def ticks() -> dict[str, str]:
    """Stage to its words below the axis."""
    return {stage: FORGOT[stage] for stage in STAGES}


def plain(
    ids: Sequence[str], seed: int, found: Mapping[tuple[str, str], Verdict], table: pd.DataFrame, stages: pd.DataFrame
) -> dict[str, object]:
    """Everything as JSON has it."""
    return {
        "packages": list(ids),
        "seed": seed,
        "verdicts": [asdict(one) for one in found.values()],
        "figures": table.to_dict("records"),
        "randomized": stages.to_dict("records"),
    }


def tables(
    found: Mapping[tuple[str, str], Verdict], table: pd.DataFrame
) -> Iterator[tuple[str, tuple[str, ...], list[tuple[str, ...]]]]:
    """For the terminal: the verdicts, then each pair's figures beside those of the trivial maps."""
    head = ("maps", "verdict", "way when weights are random (95 %)")
    yield "Can the maps be trusted?", head, [
        (f"{one.model}, {one.method}", f"{MARKS[one.level]} {one.level}", _way(one)) for one in found.values()
    ]  # fmt: skip
    for (model, method), rows in table.groupby(["model", "method"], sort=False):
        lines = [_line(str(name), mine) for name, mine in rows.groupby("figure", sort=False)]
        yield f"{model}, {method}", ("figure (better)", "the map (95 %)", *(LABELS[one] for one in TRIVIAL)), lines


def _way(one: Verdict) -> str:
    return "-" if pd.isna(one.way) else f"{one.way:.2f} ({one.way_low:.2f} to {one.way_high:.2f})"


def _line(figure: str, rows: pd.DataFrame) -> tuple[str, ...]:
    """Of each trivial map its figure, and whether the map surely beats it: ✓ yes, ✕ it loses, ? chance may tell."""
    by, about = rows.set_index("map"), FIGURES[figure]
    own = f"{by.at[OWN, 'value']:.2f} ({by.at[OWN, 'low']:.2f} to {by.at[OWN, 'high']:.2f})"
    return (
        f"{about.title} ({'higher' if about.higher else 'lower'})",
        own,
        *(_beside(by.loc[one]) if one in by.index else "-" for one in TRIVIAL),
    )


def _beside(row: pd.Series) -> str:
    mark = "✓" if row["gain_low"] > 0 else "✕" if row["gain_high"] < 0 else "?"
    return f"{row['value']:.2f} {mark}"
