"""The place where a package is labeled: tools, its views as canvases, what is marked, the scores, the verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st

from app import annotating, labeling, resources, sheet
from app.annotating import Draft
from app.components import drawing, hotkeys, livescores, marks, queue, saved, states
from app.components.drawing import TOOLS, Pen
from app.labeling import Desk, Queue
from app.resources import Question
from app.selection import Selection
from app.sheet import LEVELS, Sheet
from core.domain import VERDICTS, Attribution
from core.errors import CoreError
from core.studies import annotation, marking

TOOL, LEVEL, BLIND, BRUSH, SHARE, SHOWN = "tool", "zoom", "blind", "brush", "strongest", "cameras"
_MOUNTED = "canvases on the screen"
BOTH = "All"
GAP = 16
UNKNOWN = 1040
"""Width of the page before the browser has told it, pixels."""
LETTERS = {"b": "Box", "p": "Polygon", "f": "Freehand", "g": "Brush"}
SIGNS = {DIGIT: verdict for DIGIT, verdict in zip("123", VERDICTS, strict=True)}
WAYS = {"left": (-1, 0), "up": (0, -1), "down": (0, 1), "right": (1, 0)}
ICONS = {"left": "back", "up": "upward", "down": "downward", "right": "forward"}
KEYS = (
    "**B** box, **P** polygon, **F** freehand, **G** brush. **E** move and edit, **Delete** deletes what is selected. "
    "**Z** undo, **Y** redo. **+** and **-** zoom, **Shift + arrows** look elsewhere. **1** damaged, **2** intact, "
    "**3** unsure. **S** save. **A** accept what is suggested. **Left** and **right** arrow: previous and next package."
)


@dataclass(frozen=True, slots=True)
class Bench:
    """One package on the screen.

    Attributes:
        chosen: what all pages share.
        draft: what is being said of the package.
        views: the cameras that have a picture of it.
        who: labels, "" where unknown.
        queue: it is part of.
        desk: that it lies on.
        labeled: ids of the packages that this person has labeled.
    """

    chosen: Selection
    draft: Draft
    views: tuple[str, ...]
    who: str
    queue: Queue
    desk: Desk
    labeled: set[str]

    @classmethod
    def of(cls, chosen: Selection, serial: str, queue: Queue, who: str) -> Bench:
        """The package as it was left, or as it stands in the store."""
        root = chosen.data
        index = resources.dataset(root).index
        views = tuple(sorted(map(str, index.loc[index["package"] == serial, "view"])))

        def begin() -> Draft:
            standing = annotation.current(resources.annotations(), resources.dataset(root), serial)
            return Draft.of(serial, views, standing, who)

        desk, labeled = labeling.desk(), labeling.labeled(root, who)
        with desk.lock:  # two runs must not begin two drafts
            draft = annotating.draft(root, serial, who, begin=begin)
        return cls(chosen, draft, views, who, queue, desk, labeled)

    @property
    def hidden(self) -> bool:
        """Whether what models and other people say is kept from the person."""
        return blind() and not self.draft.done

    def save(self) -> None:
        """Keep what is drawn, if it can be kept."""
        store, dataset = resources.annotations(), resources.dataset(self.chosen.data)
        with self.desk.lock:
            if self.draft.dirty and self.draft.save(store, dataset, self.who, now=annotating.now()):
                self.labeled.add(self.draft.package)

    def hear(self, view: str, sheet: Sheet, said: drawing.Said) -> None:
        """Follow what a canvas says, and keep it."""
        with self.desk.lock:
            if self.draft.hear(view, sheet, said):
                self.save()

    def finish(self) -> None:
        """Keep it, and be through with the package; without a verdict or a mark there is nothing to keep."""
        with self.desk.lock:
            self.draft.dirty |= self.draft.saved is None and bool(self.draft.said)
            self.save()
            self.draft.done |= self.draft.saved is not None and not self.draft.dirty

    def go(self, by: int) -> None:
        """Save, and bring the package so many places on to the screen."""
        with self.desk.lock:
            self.finish()
            there = queue.step(self.queue, self.draft.package, by)
            if there is not None:
                self.desk.package = there
                self.desk.centers = {}

    def judge(self, verdict: str) -> None:
        """Say what the package is."""
        with self.desk.lock:
            self.draft.judge(verdict)
            self.save()

    def change(self, does: Callable[[], object]) -> None:
        """Do something to the draft, and save."""
        with self.desk.lock:
            does()
            self.save()

    def actions(self) -> dict[str, Callable[[], None]]:
        """Key to what it does."""
        draft = self.draft
        does: dict[str, Callable[[], None]] = {
            "ArrowLeft": lambda: self.go(-1), "ArrowRight": lambda: self.go(1), "n": lambda: self.go(1),
            "s": self.finish, "Ctrl+s": self.finish, "Enter": self.finish,
            "z": lambda: self.change(draft.undo), "Ctrl+z": lambda: self.change(draft.undo),
            "y": lambda: self.change(draft.redo), "Ctrl+y": lambda: self.change(draft.redo),
            "Ctrl+Shift+z": lambda: self.change(draft.redo),
            "a": lambda: self.change(lambda: [draft.accept(view) for view in self.views]),
            "+": lambda: _zoom(1), "=": lambda: _zoom(1), "-": lambda: _zoom(-1),
        }  # fmt: skip
        does |= {letter: lambda tool=tool: st.session_state.update({TOOL: tool}) for letter, tool in LETTERS.items()}
        does |= {sign: lambda verdict=verdict: self.judge(verdict) for sign, verdict in SIGNS.items()}
        does |= {f"Shift+Arrow{name.capitalize()}": lambda way=way: _pan(self, way) for name, way in WAYS.items()}
        return does


def blind() -> bool:
    """Whether model output is hidden until a package is labeled."""
    return bool(st.session_state.get(BLIND, str(st.query_params.get(BLIND, "true")).lower() != "false"))


def tools(bench: Bench) -> None:
    """Draw what is drawn with, how close, and what may be seen."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.segmented_control("Tool", list(TOOLS), default="Box", required=True, key=TOOL, help=KEYS)
        if pen().tool == "Brush":
            st.selectbox("Brush, px", [3, 6, 10, 16, 24, 40], index=2, key=BRUSH, width=84, help="Pixels of the frame")
        st.segmented_control("Zoom", list(LEVELS), default="Package", required=True, key=LEVEL, bind="query-params",
                             help="Keys + and -; Shift and an arrow looks elsewhere.")  # fmt: skip
        if LEVELS[st.session_state.get(LEVEL) or "Package"] > 1:
            with st.container(horizontal=True, width="content", gap="xsmall"):
                for name, way in WAYS.items():
                    st.button("", key=f"look {name}", icon=f":material/arrow_{ICONS[name]}:", type="tertiary",
                              help=f"Look {name} (Shift and the arrow)", on_click=_pan, args=(bench, way))  # fmt: skip
        if len(bench.views) > 1:
            st.segmented_control("Cameras", [BOTH, *bench.views], default=BOTH, required=True, key=SHOWN,
                                 bind="query-params")  # fmt: skip
        with st.container(horizontal=True, width="content", gap="xsmall"):
            for says, icon, does, on in (
                ("Undo (key Z)", ":material/undo:", bench.draft.undo, bench.draft.past),
                ("Redo (key Y)", ":material/redo:", bench.draft.redo, bench.draft.future),
            ):
                st.button("", key=f"annotate {says}", icon=icon, help=says, on_click=bench.change, args=(does,),
                          disabled=not on)  # fmt: skip
        st.toggle(
            "Blind", value=True, key=BLIND, bind="query-params",
            help="Hides what models and other people say until you have saved the package, so that your eyes decide.",
        )  # fmt: skip


def pen() -> Pen:
    """What is drawn with."""
    return Pen(st.session_state.get(TOOL) or "Box", int(st.session_state.get(BRUSH) or 10))


@st.fragment
def show(bench: Bench, width: int | None) -> None:
    """Draw the canvases with all that belongs to them; drawing runs this part alone again.

    Args:
        bench: the package.
        width: of the page, pixels; None before the browser has told it.
    """
    tools(bench)
    verdict(bench)
    with st.container(gap=None):  # it keeps its place when there are none: what follows would be put in place anew
        if not bench.hidden:
            saved.conflicts(bench.draft, changed=bench.save)
        elif bench.draft.conflicts:
            st.caption("Somebody else saved this package too: you see it once you are through. Both are kept.")
    wanted = st.session_state.get(SHOWN) or BOTH
    shown = [view for view in bench.views if wanted in (BOTH, view)] or list(bench.views)
    mounted = _mounted()
    for view in set(mounted) - set(shown):
        del mounted[view]
    wide = int(((width or UNKNOWN) - GAP * (len(shown) - 1)) // len(shown)) - 2
    for view, place in zip(shown, st.columns(len(shown), gap="small"), strict=True):
        with place, states.mended(), _gone_on_error(view):
            _view(bench, view, wide, ready=width is not None)
    _about(bench)


def _mounted() -> dict[str, str]:
    """View to the key of its canvas on the screen; a run that is cut short leaves the canvases where they are."""
    found: dict[str, str] = st.session_state.setdefault(_MOUNTED, {})
    return found


@contextmanager
def _gone_on_error(view: str) -> Iterator[None]:
    try:
        yield
    except CoreError:
        _mounted().pop(view, None)
        raise


def _view(bench: Bench, view: str, width: int, *, ready: bool) -> None:
    """Draw one view."""
    draft, root = bench.draft, bench.chosen.data
    st.markdown(f"**{view.capitalize()}**")
    picture = resources.view(root, draft.package, view)
    size = picture.pixels.shape[0], picture.pixels.shape[1]
    box = resources.package_box(root, draft.package, view)
    level = st.session_state.get(LEVEL) or "Package"
    at = bench.desk.centers.get(view)
    open_at = sheet.opened(size, box, width=max(width, 160), level=level, at=at)
    if not ready:
        _mounted().pop(view, None)
        st.container(height=open_at.canvas[0], border=True)
        return
    key = f"canvas {draft.package} {view} {open_at.left} {open_at.top} {open_at.width} {open_at.canvas}"
    if _mounted().get(view) != key:
        draft.mount(view, open_at)
        _mounted()[view] = key
    shown = drawing.shown(picture.pixels, open_at)
    drawing.show(
        draft, view, open_at, shown, pen=pen(), heard=lambda said: bench.hear(view, open_at, said), key=key
    )
    if bench.hidden:
        st.markdown(":small[:gray[Blind: scores follow once you have saved.]]")
    else:
        _models(bench, view)
    marks.show(draft, view, kinds=_kinds(root), changed=bench.save)


def _models(bench: Bench, view: str) -> None:
    """What the maps say of the view: scores, and what they suggest."""
    draft, chosen = bench.draft, bench.chosen
    asked = [Question(chosen.data, draft.package, view, name) for name in chosen.models]
    if not asked:
        return
    if st.session_state.pop(f"maps wanted {draft.package} {view}", False):
        _compute(bench)
    found = {one: there for one in asked if (there := resources.stored_attribution(one)) is not None}
    if len(found) < len(asked):
        st.button("Compute the maps to score against", key=f"maps {draft.package} {view}", icon=":material/play_arrow:",
                  on_click=st.session_state.update, args=({f"maps wanted {draft.package} {view}": True},))  # fmt: skip
        return
    others = marking.marks_of_others(draft.beside, view)
    result = marking.live(resources.evidence(found), draft.regions[view], others)
    livescores.show(result, f"scores {view}", hues=resources.hues())
    _suggest(bench, view, found)


def _compute(bench: Bench) -> None:
    """All maps of the package that are not there yet."""
    wanted = [
        Question(bench.chosen.data, bench.draft.package, view, name)
        for view in bench.views
        for name in bench.chosen.models
    ]
    missing = [one for one in wanted if resources.stored_attribution(one) is None]
    place = st.empty()
    with place:
        progress = states.bar("Computing the maps")
    for at, one in enumerate(missing):
        resources.attribution(one, progress=lambda share, text, at=at: progress((at + share) / len(missing), text))
    place.empty()


def _suggest(bench: Bench, view: str, found: Mapping[Question, Attribution]) -> None:
    draft = bench.draft

    def offer() -> None:
        share = float(st.session_state.get(f"{SHARE} {view}") or 3) / 100
        draft.offered[view] = marking.suggestions(list(found.values()), share=share)

    def again() -> None:
        if draft.offered.get(view):  # the page tells of the slider too once what was offered is taken
            offer()

    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if not draft.offered.get(view):
            st.button("Suggest", key=f"suggest {view}", icon=":material/auto_awesome:", type="tertiary", on_click=offer,
                      help="Outline the strongest pixels of what the models see together, for you to accept and "
                      "correct. It stays marked as suggested.")  # fmt: skip
            return
        st.slider("Strongest, %", 1, 15, 3, key=f"{SHARE} {view}", on_change=again, width=150)
        st.button("Accept", key=f"accept {view}", icon=":material/check:", on_click=bench.change,
                  args=(lambda: draft.accept(view),), help="Key A")  # fmt: skip
        st.button("Dismiss", key=f"dismiss {view}", on_click=draft.offered.pop, args=(view, None), type="tertiary")


def verdict(bench: Bench) -> None:
    """Draw what the person says of the whole package, and whether it is kept."""
    draft = bench.draft
    key = f"verdict {draft.package} {draft.verdict}"

    def say() -> None:
        if key == f"verdict {draft.package} {draft.verdict}":  # the page tells of the last one too once it is gone
            bench.judge(str(st.session_state.get(key) or ""))

    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.segmented_control("Verdict", list(VERDICTS), default=draft.verdict or None, key=key, format_func=_named,
                             on_change=say, label_visibility="collapsed")  # fmt: skip
        with st.container(width="stretch"):
            saved.state(draft, bench.who, hidden=bench.hidden)
        if st.button("Save", key="annotate save", icon=":material/save:", type="primary", help="Key S"):
            bench.finish()
            st.rerun()
        saved.history(draft, bench.chosen.data, bench.who, blind=bench.hidden)


def _about(bench: Bench) -> None:
    """Draw the note on the whole package, and what waits elsewhere."""
    draft = bench.draft

    def note() -> None:
        said = str(st.session_state.get(f"about {draft.package}") or "")
        if said != draft.note:  # the page tells of the field too when the next package takes its place
            draft.note, draft.dirty = said, True
            bench.save()

    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.text_input("Note on the package", draft.note, key=f"about {draft.package}", on_change=note, width="stretch",
                      label_visibility="collapsed", placeholder="Note on the package")  # fmt: skip
        waiting = [one for one in annotating.unsaved(bench.chosen.data, bench.who) if one != draft.package]
        if waiting:
            st.markdown(f":orange[{len(waiting)} other package{'s' * (len(waiting) > 1)} not saved yet]")
        queue.leave("explain", draft.package)


def _named(verdict: str) -> str:
    color = dict(zip(VERDICTS, ("red", "green", "orange"), strict=True))[verdict]
    return f":{color}[{verdict.capitalize()}]"


def _kinds(root: str) -> tuple[str, ...]:
    index = resources.dataset(root).index
    if "kind" not in index:
        return ()
    return tuple(sorted({part for one in index["kind"].dropna().unique() for part in str(one).split(" + ") if part}))


def _zoom(by: int) -> None:
    levels = list(LEVELS)
    at = levels.index(st.session_state.get(LEVEL) or "Package") + by
    st.session_state[LEVEL] = levels[min(max(at, 0), len(levels) - 1)]


def _pan(bench: Bench, way: tuple[int, int]) -> None:
    centers = dict(bench.desk.centers)
    for view, looks in bench.draft.looks.items():
        high, wide = looks.frame
        x = looks.left + looks.width * (0.5 + way[0] / 4)
        y = looks.top + looks.height * (0.5 + way[1] / 4)
        centers[view] = min(max(x, looks.width / 2), wide - looks.width / 2) / wide, \
            min(max(y, looks.height / 2), high - looks.height / 2) / high  # fmt: skip
    bench.desk.centers = centers


def warm(bench: Bench) -> None:
    """Read the next package of the queue while the person looks at this one."""
    there = queue.step(bench.queue, bench.draft.package, 1)
    if there is None:
        return
    index = resources.dataset(bench.chosen.data).index
    for view in map(str, index.loc[index["package"] == there, "view"]):
        try:
            resources.view(bench.chosen.data, there, view)
            resources.package_box(bench.chosen.data, there, view)
            if not blind():
                for name in bench.chosen.models:
                    resources.stored_attribution(Question(bench.chosen.data, there, view, name))
        except CoreError:
            continue  # the package says so itself once it is on the screen


def listen(bench: Bench) -> int | None:
    """Draw the ear for keys; answers how wide the page is, pixels."""
    if TOOL not in st.session_state:  # another page was on the screen, and the canvases are gone
        st.session_state.pop(_MOUNTED, None)

    def act(pressed: str) -> None:
        """On the package that is on the screen by now: a key before this one may have brought the next."""
        Bench.of(bench.chosen, bench.desk.package, bench.queue, bench.who).actions()[pressed]()

    return hotkeys.listen(
        act, bench.actions(), anew=lambda: _mounted().clear(), name=bench.who, called=labeling.call,
        key="annotate keys",
    ).width  # fmt: skip
