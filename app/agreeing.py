"""How well the evidence lies on the damage, in words."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence

import pandas as pd

from app.sentences import many
from core.domain import PACKAGE, Cut, Mask
from core.studies.agreement import AREAS, BOXES, METRICS, TRIVIAL
from core.studies.causes import FILLS, Effect
from core.studies.reasons import GROUPS, LEVEL

ACCOUNTS = {
    "masks": "masks", "voc": "VOC boxes", "store": "own annotations", "majority": "majority", "staple": "STAPLE",
}  # fmt: skip
"""Account of where the damage is, as on the screen and in the address bar."""
ACCOUNT = (
    "Masks: damaged pixels that the data set knows beyond doubt. VOC boxes: coarse, larger than the damage. "
    "Own annotations: what people marked here on packages that they call damaged; of several, what most marked. "
    "Majority: the same, where those who saw nothing count too. STAPLE: of three and more people, those who agree "
    "better with the others count for more."
)
NOWHERE = (
    "The data set has neither masks nor boxes beside its damaged packages, and nobody has marked any here: "
    "mark some on the page Annotate, or bring marks along with `secondlook regions import`."
)
METRICS_FIRST = ("relevance_mass", "relevance_rank", "pointing_game", "average_precision", "auroc", "aupro")
"""What is shown first; the others follow."""
BOXES_TITLE = "MaxBoxAcc (oracle)"
BOXES_MEANING = (
    "Share of the pictures on which a box around the strong places overlaps a box around the damage by half, at the "
    "threshold that suits the whole set best: an oracle, nobody knows that threshold. Choe et al. 2020, "
    "arXiv:2007.04178. Pairs are not compared by it."
)
TRIVIALS = {
    "center": "Blob in the middle",
    "edges": "Edges (Sobel)",
    "difference": "Picture minus blur",
    "random": "Noise",
}
NOTED = {"center": "a blob in the middle", "edges": "the edges of the picture",
         "difference": "the picture minus its blur", "random": "noise"}  # fmt: skip
"""A trivial map within a sentence."""

SECONDS = 20.0
"""About how long a damaged package takes: two views of three models."""
LARGE = 0.15
"""Share of what counts, from which on regions leave little room above chance."""
OFFER = (
    "Explain {} damaged packages by Integrated Gradients, and hold every map against the regions. "
    "`secondlook agree --data DIR` takes all packages, `--method NAME` other methods: this page shows them."
)
TERMS = (
    "Maps are smoothed with a Gaussian of 2 px; only what speaks for damaged counts. Per picture first, then the mean. "
    "Intervals: 95 %, BCa, packages drawn anew with both views. Chance: what a map scores that knows nothing. Skill: "
    "0 at chance, 1 at best. Gray diamonds are maps that ask no network: a method that does not beat them shows "
    "nothing. Above chance: the interval of score minus chance, picture by picture, lies above 0. Pairs: the same "
    "pictures, a permutation test in which the two maps of a package change places, Holm over all pairs of the "
    "table. Several methods: each on the packages that it was run on."
)


def metrics() -> dict[str, str]:
    """Name to title of everything that maps are scored by."""
    order = [*METRICS_FIRST, *(name for name in METRICS.names() if name not in METRICS_FIRST)]
    return {name: METRICS[name].title for name in order} | {BOXES: BOXES_TITLE}


def meaning(metric: str) -> str:
    """What a metric is, and its paper."""
    if metric == BOXES:
        return BOXES_MEANING
    return f"{' '.join(str(inspect.getdoc(METRICS[metric])).split())} {METRICS[metric].reference}."


def labels(board: pd.DataFrame, methods: Mapping[str, str]) -> list[str]:
    """Of each row of a leaderboard: the model, and the method where there are several."""
    several = board.loc[board["method"] != "", "method"].nunique() > 1
    return [_label(row, methods if several else {}) for row in board.to_dict("records")]


def _label(row: Mapping[object, object], methods: Mapping[str, str]) -> str:
    name, method = str(row["model"]), str(row["method"])
    return TRIVIALS.get(name) or (f"{name}, {methods.get(method, method)}" if methods else name)


def board(rows: pd.DataFrame, labels: Sequence[str], metric: str) -> str:
    """Who points best, and whether that says anything.

    Args:
        rows: of `studies.agreement.leaderboard`, one view and figure.
        labels: of each row.
        metric: in `FIGURES`.
    """
    named = rows.assign(label=list(labels))
    own, trivial = named[~named["trivial"] & named["mean"].notna()], named[named["trivial"] & named["mean"].notna()]
    title = metrics()[metric]
    if own.empty:
        return f"{title}: none of these maps has a region to be held against."
    best = own.loc[own["mean"].idxmax()]
    says = f"{title}: {_above(own)}; highest is {best['label']} with {best['mean']:.2f}{_ends(best)}"
    if trivial.empty:
        return f"{says}."
    easy = trivial.loc[trivial["mean"].idxmax()]
    name = NOTED.get(str(easy["model"]), str(easy["model"]))
    beside = f"even {name}" if easy["mean"] >= best["mean"] else f"the best map that asks no network, {name},"
    return f"{says}. Chance is {best['chance']:.2f}; {beside} reaches {easy['mean']:.2f}."


def _above(own: pd.DataFrame) -> str:
    """How many lie above chance with their whole interval."""
    if own["low"].isna().all():
        return "with so few packages no interval can be given"
    sure = int((own["gain_low"].fillna(own["low"] - own["chance"]) > 0).sum())
    if len(own) == 1:
        return f"the maps lie {'above chance' if sure else 'nowhere surely above chance'}"
    if sure == len(own):
        return f"{'both' if len(own) == 2 else f'all {len(own)}'} lie above chance"
    return f"{sure or 'none'} of {len(own)} surely lie{'s' * (sure == 1)} above chance"


def _ends(row: pd.Series, name: str = "") -> str:
    low, high = row[f"{name}low"], row[f"{name}high"]
    return "" if pd.isna(low) else f" (95 %: {low:.2f} to {high:.2f})"


def sample(rows: pd.DataFrame, account: str, *, mass: float | None) -> str:
    """How many packages, which truth, which pixels.

    Args:
        rows: of a leaderboard, one view and figure.
        account: of where the damage is.
        mass: chance of the relevance mass, which is the share of the regions in what counts; None where unknown.
    """
    counts = sorted({int(one) for one in rows["n"]})
    n = many(counts[0]) if len(counts) == 1 else f"{counts[0]:,} to {counts[-1]:,} packages"
    parts = [f"n = {n}, {int(rows['pictures'].max()):,} pictures; truth: {ACCOUNTS[account]}.", AREAS["seen"]]
    if mass is not None and mass >= LARGE:
        parts.append(
            f"The regions cover {100 * mass:.0f} % of that: chance is high, and a score says less than of a small mark."
        )
    if missing := int(rows["missing"].max()):
        parts.append(f"Pictures that show none of the damage, left out: {missing:,}.")
    if flagged := int(rows.loc[~rows["trivial"], "flagged"].max()) if (~rows["trivial"]).any() else 0:
        parts.append(f"Maps that are zero or the same everywhere, counted: up to {flagged:,} a row.")
    return " ".join(parts)


def paired(pairs: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Which rows differ beyond chance, in one sentence.

    Args:
        pairs: of `studies.agreement.differences`.
        names: row to its words.
    """
    if pairs.empty:
        return "There are no two rows on the same pictures to compare."
    own = _own(pairs)
    sure = own[own["p_holm"] <= LEVEL]
    if own.empty:
        return _beaten(pairs, names)
    if sure.empty:
        of = f"None of the {len(own)} pairs of networks' maps differs" if len(own) > 1 else "The two do not differ"
        return f"{of} beyond chance."
    largest = _pair(sure.loc[sure["difference"].abs().idxmax()], names)
    if len(own) == 1:
        return f"{largest}, beyond chance."
    return f"{len(sure)} of {len(own)} pairs of networks' maps differ beyond chance; most of all, {largest}."


def _own(pairs: pd.DataFrame) -> pd.DataFrame:
    return pairs[~pairs["other"].isin(list(TRIVIAL)) & ~pairs["one"].isin(list(TRIVIAL))]


def _pair(row: pd.Series, names: Mapping[str, str]) -> str:
    better, worse = (row["one"], row["other"]) if row["difference"] >= 0 else (row["other"], row["one"])
    low, high = sorted((abs(row["low"]), abs(row["high"]))) if row["low"] * row["high"] >= 0 else (0.0, 0.0)
    ends = f" (95 %: {low:.2f} to {high:.2f})" if high else ""
    return f"{names.get(better, better)} is above {names.get(worse, worse)} by {abs(row['difference']):.2f}{ends}"


def _beaten(pairs: pd.DataFrame, names: Mapping[str, str]) -> str:
    """How many trivial maps each row surely beats, and to how many it loses."""
    beside = pairs[pairs["other"].isin(list(TRIVIAL))]
    if beside.empty:
        return ""
    every, parts = True, []
    for one, rows in beside.groupby("one", sort=False):
        sure = rows["p_holm"] <= LEVEL
        wins, losses = int((sure & (rows["difference"] > 0)).sum()), int((sure & (rows["difference"] < 0)).sum())
        if wins < len(rows):
            every = False
            lost = f" and loses to {losses}" if losses else ""
            parts.append(f"{names.get(str(one), str(one))} beats {wins} of {len(rows)}{lost}")
    whose = "all rows beat" if beside["one"].nunique() > 1 else f"{names.get(*[str(beside['one'].iloc[0])] * 2)} beats"
    if every:
        return f"{whose[0].upper()}{whose[1:]} every map that asks no network, beyond chance."
    rest = " the others beat all of them." if len(parts) < beside["one"].nunique() else ""
    return f"Of the maps that ask no network, {', '.join(parts)}{';' if rest else '.'}{rest}"


POWER = (
    "n = {} packages; Holm over {} pairs. With so few packages the smallest p that can be had is {:.3f}, after Holm "
    "{:.2f}: nothing can pass for sure."
)


def power(pairs: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Which trivial maps are beaten, on how many packages, and whether so few could show anything."""
    if pairs.empty:
        return ""
    n, count = int(pairs["n"].min()), len(pairs)
    says = _beaten(pairs, names) if len(_own(pairs)) else ""
    least = max(2.0 ** (1 - n), 0.0001)
    if least * count > LEVEL:
        return f"{says} {POWER.format(n, count, least, min(1.0, least * count))}".strip()
    return f"{says} n = {many(n)}; p by swapping the two maps of a package; Holm over {count} pairs.".strip()


def pairs_table(pairs: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Paired differences as a person reads them."""
    pairs = pairs.sort_values(["p_holm", "difference"], key=lambda one: one if one.name == "p_holm" else -one.abs())
    return pd.DataFrame({
        "one": [names.get(one, one) for one in pairs["one"]],
        "other": [names.get(one, one) for one in pairs["other"]],
        "one minus other": pairs["difference"].map("{:+.3f}".format),
        "95 %": [_between(low, high) for low, high in zip(pairs["low"], pairs["high"], strict=True)],
        "p": pairs["p"].map("{:.4f}".format),
        "p (Holm)": pairs["p_holm"].map("{:.4f}".format),
        "beyond chance": ["yes" if p <= LEVEL else "-" for p in pairs["p_holm"]],
        "n": pairs["n"],
    })  # fmt: skip


def _between(low: float, high: float) -> str:
    return "-" if pd.isna(low) else f"{low:+.3f} to {high:+.3f}"


def names_of(board: pd.DataFrame, methods: Mapping[str, str]) -> dict[str, str]:
    """Row, as `studies.agreement.differences` calls it, to its words."""
    several = board.loc[board["method"] != "", "method"].nunique() > 1
    rows = board.drop_duplicates(["model", "method"]).to_dict("records")
    keys = [f"{row['model']}, {row['method']}" if several and row["method"] else str(row["model"]) for row in rows]
    return {key: _label(row, methods if several else {}) for key, row in zip(keys, rows, strict=True)}


GROUP_TITLES = {
    "right_grounded": "✓ Right, and grounded",
    "right_ungrounded": "✓ Right, not shown to be grounded",
    "wrong_grounded": "✕ Missed, though its evidence lies on the damage",
    "wrong_ungrounded": "✕ Missed, not shown to be grounded",
}
REASON_TERMS = (
    f"**Grounded**: so much evidence on the region has p ≤ {LEVEL:.2f} when the region is moved around the package, "
    "and the skill of the relevance mass is at least tau. **Not shown** is not wrong: where a region covers much of "
    "the package, hardly any map can be told from chance. **Grounded accuracy**: right and grounded, of all damaged "
    "packages. **Lucky rate**: not shown to be grounded, of those called damaged. Wilson, 95 %."
)
TAU = "Skill of the relevance mass from which a verdict counts as grounded: 0 is chance, 1 is everything on the region."
SEEN = "A map over the picture in gray; the outline is the damage. A click opens it in Explain."


def grounded(rates: pd.DataFrame, model: str) -> str:
    """How often a model is right for the right reason.

    Args:
        rates: of `studies.reasons.rates`, one view.
        model: whose.
    """
    mine = rates[rates["model"] == model]
    if mine.empty:
        return f"{model} has no damaged package with a known region here."
    row = mine.iloc[0]
    right = int(row["right_grounded"] + row["right_ungrounded"])
    says = f"{model} is right, and shown to be for the right reason, on {row['right_grounded']:,} of {row['n']:,}"
    lucky = f"; of {right:,} called damaged, {row['right_ungrounded']:,} may be luck" if right else ""
    return f"{says}{_share(row, 'grounded_accuracy')}{lucky}{_share(row, 'lucky') if right else ''}."


def _share(row: pd.Series, name: str) -> str:
    return f" ({100 * row[name]:.0f} %; 95 %: {100 * row[f'{name}_low']:.0f} to {100 * row[f'{name}_high']:.0f})"


def basis(table: pd.DataFrame, account: str, *, tau: float, view: str, limit: Cut) -> str:
    """What these groups are about."""
    p = float((table["p"] <= LEVEL).mean()) if len(table) else 0.0
    where = "a package is grounded where one of its views is" if view == PACKAGE else f"the {view} view alone"
    return (
        f"n = {many(table['package'].nunique())}, damaged; truth: {ACCOUNTS[account]}; {where}; damaged from "
        f"{limit.accept:.2f} on. {100 * p:.0f} % have p ≤ {LEVEL:.2f}, and tau is {tau:.2f}."
    )


def group(name: str, count: int, of: int, shown: int) -> str:
    """The head of a gallery."""
    some = f", {shown:,} shown" if shown < count else ""
    return f"{GROUP_TITLES[name]}: {count:,} of {of:,}{some}"


def group_meaning(name: str) -> str:
    """What a gallery holds."""
    return GROUPS[name]


def note(row: Mapping[str, object]) -> str:
    """The last line of a tile."""
    p = float(str(row["p"]))
    return f"skill {float(str(row['skill'])):.2f}, p {'< 0.01' if p < 0.01 else f'= {p:.2f}'}"


FILL_TITLES = {"twin": "undamaged twin", "inpaint": "inpainted", "blur": "blurred"}
"""Ways to fill a region, the best first."""
FILLED = {
    "twin": "Inside the region stands the same package rendered without its damage: the best filling there is. "
    "Elsewhere twin and picture are nearly the same, so that the other places hardly change anything; look at the "
    "drop rather than at z.",
    "inpaint": "The surroundings are carried on into the region (Telea 2004). Smears of a large filling may "
    "themselves look like damage.",
    "blur": "The region takes the blurred color of its surroundings. A blurred patch may itself look like damage: "
    "then a drop is too small, or negative.",
}
CAUSE_TERMS = (
    "Drop: by how much the log-odds of damaged fall when the region is filled. Placebos: places of the same shape, on "
    "the package and off the damage, filled the same way. z: how many of their standard deviations the drop lies above "
    "their mean. p: (1 + placebos that drop as much) / (placebos + 1). The network looks at the same crop every time."
)
CAUSE_SECONDS = 3.0
"""About how long a model takes, 51 pictures."""


def fills(*, twin: bool) -> list[str]:
    """The ways to fill that there are, the best first."""
    return [name for name in FILL_TITLES if name in FILLS and (twin or name != "twin")]


def caused(effects: Mapping[str, Effect]) -> str:
    """Whether filling the damage matters more than filling other places.

    Args:
        effects: by model.
    """
    told = {name: one for name, one in effects.items() if pd.notna(one.p)}
    if not told:
        parts = ", ".join(f"{name} by {one.drop:.1f}" for name, one in effects.items())
        return f"Filling the damage lowers the log-odds of damaged: {parts}. What other places would do is not known."
    sure = [name for name, one in told.items() if one.p <= LEVEL and one.drop > 0]
    odd = [name for name, one in told.items() if one.p <= LEVEL and one.drop <= 0]
    rest = [name for name in told if name not in (*sure, *odd)]
    if odd:
        raised = " and ".join(f"{name} by {-told[name].drop:.1f}" for name in odd)
        return (
            f"This filling itself looks damaged: it raises the log-odds of {raised}, though less than at other places."
            f" {caused({name: told[name] for name in (*sure, *rest)}) if sure or rest else ''}".rstrip()
        )
    parts = [f"{name} by {told[name].drop:.1f} (p = {told[name].p:.2f})" for name in sure]
    if not sure:
        whose = "none of the models" if len(told) > 1 else rest[0]
        return f"The damage cannot be shown to move {whose} more than other places of its shape do."
    says = f"Filling the damage lowers the log-odds of {' and '.join(parts)}, more than other places of its shape"
    return f"{says}; of {' and '.join(rest)} that cannot be shown." if rest else f"{says}."


FILLS_HELP = "What the region is painted over with; the twin, where there is one, is the best."
OUTLINED = "White lines: what is filled, 3 px beyond the damage. A placebo is another place of that shape."
STRIP = (
    "Diamond: the damage filled. Dots: other places of its shape filled, drawn at random. To the right: the model is "
    "less sure of damaged than before."
)


def placebos(effects: Mapping[str, Effect], region: Mask) -> str:
    """How large the region is, how many other places there were, and what follows."""
    within = next(iter(effects.values())).within
    covers = float((region & within).sum() / max(within.sum(), 1))
    counts = sorted({len(one.placebos) for one in effects.values()})
    many_ = f"{counts[0]:,}" if len(counts) == 1 else f"{counts[0]:,} to {counts[-1]:,}"
    large = " So large a region leaves few places apart from each other: there is little power." * (covers >= LARGE)
    why = next((one.reason for one in effects.values() if one.reason), "")
    says = f"The region covers {100 * covers:.0f} % of the package as seen. Other places of its shape: {many_}.{large}"
    return f"{says} {why}".strip()


def mark(effect: Effect) -> str:
    """What stands beside the drop of a model."""
    if pd.isna(effect.p):
        return f"{effect.drop:+.1f}"
    z = "" if pd.isna(effect.z) else f"z = {effect.z:.1f}, "
    return f"{effect.drop:+.1f}: {z}p = {effect.p:.2f}"


def effects_table(effects: Mapping[str, Effect]) -> pd.DataFrame:
    """The same as rows."""
    return pd.DataFrame([
        {"model": name, "as it is": _number(one.before, sign=True),
         "damage filled": _number(one.before - one.drop, sign=True), "drop": _number(one.drop, sign=True),
         "drop of placebos": _number(float(one.placebos.mean()) if len(one.placebos) else float("nan"), sign=True),
         "z": _number(one.z), "p": _number(one.p), "placebos": len(one.placebos), "why not": one.reason or ""}
        for name, one in effects.items()
    ])  # fmt: skip


def board_table(board: pd.DataFrame, methods: Mapping[str, str]) -> pd.DataFrame:
    """One figure of every map on every view, as a person reads it."""
    rows = board.assign(label=labels(board, methods)).to_dict("records")
    return pd.DataFrame([
        {"map": row["label"], "view": "all views" if row["view"] == PACKAGE else row["view"],
         "mean": _number(row["mean"]), "95 %": _range(row["low"], row["high"]), "chance": _number(row["chance"]),
         "skill": _number(row["skill"]), "above chance": _number(row["gain"], sign=True),
         "95 % of that": _range(row["gain_low"], row["gain_high"], sign=True), "n": row["n"],
         "pictures": row["pictures"]}
        for row in rows
    ])  # fmt: skip


def _number(value: float, *, sign: bool = False) -> str:
    return "-" if pd.isna(value) else f"{value:+.3f}" if sign else f"{value:.3f}"


def _range(low: float, high: float, *, sign: bool = False) -> str:
    return "-" if pd.isna(low) else f"{_number(low, sign=sign)} to {_number(high, sign=sign)}"
