"""What one person is saying of a package: drawn, undone, saved; nothing of it is lost when the page is left."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from app import shapes
from app.shapes import Drawing, Geometry
from app.sheet import Sheet
from core.contracts import AnnotationStore, Dataset
from core.domain import DAMAGED, UNSURE, AnnotatedRegion, Annotation
from core.errors import CoreError
from core.studies import annotation

Regions = tuple[AnnotatedRegion, ...]

DRAFTS = "drafts of annotations"
STEPS = 100
"""Changes that can be undone."""
_KEPT = 200
"""Drafts that are remembered; of those that are saved the oldest go first."""


@dataclass(slots=True)
class Canvas:
    """One canvas of a draft.

    Attributes:
        sheet: where it lies on the frame.
        drawing: what it was given; as long as that is the same, it draws on undisturbed.
        geometry: of each marked area, as it is on the canvas.
        heard: the last that it said.
        gone: areas that were on it once, by geometry: whatever comes back is what it was.
    """

    sheet: Sheet
    drawing: Drawing
    geometry: list[Geometry]
    heard: object = None
    gone: dict[Geometry, AnnotatedRegion] = field(default_factory=dict)

    @classmethod
    def of(cls, regions: Regions, sheet: Sheet, turn: int = 0) -> Canvas:
        """A canvas with these areas on it; it starts anew when it is given another turn, even of the same areas."""
        drawing = {**shapes.drawing_of(regions, sheet), "turn": turn}
        geometry = [one.geometry for one in shapes.shapes_of(drawing)]
        return cls(sheet, drawing, geometry, gone=dict(zip(geometry, regions, strict=False)))


@dataclass(slots=True)
class Draft:
    """What a person is saying of a package.

    Attributes:
        package: its id.
        regions: view to what is marked in it; every view of the package is there.
        verdict: "" as long as the person gave none.
        note: about the package.
        base: ids of the annotations that the next save replaces.
        known: ids of what others said that the person knows of.
        beside: what stands beside this, as of the last save.
        saved: the last save, None where there was none.
        done: whether the person is through with it: model output may be seen. Nobody knows whether what was saved
            in another session was a draft.
        dirty: whether something is not saved.
        problem: why the last save failed, "" where it did not.
        revision: goes up whenever areas come, go or change places.
        offered: view to what the maps suggest, not accepted yet.
        looks: view to where its canvas on the screen lies.
        canvases: by view and place; the one before stays, because its last word can come when the next is there.
    """

    package: str
    regions: dict[str, Regions]
    verdict: str = ""
    note: str = ""
    base: tuple[str, ...] = ()
    known: frozenset[str] = frozenset()
    beside: tuple[Annotation, ...] = ()
    saved: Annotation | None = None
    done: bool = False
    dirty: bool = False
    problem: str = ""
    revision: int = 0
    offered: dict[str, Regions] = field(default_factory=dict)
    looks: dict[str, Sheet] = field(default_factory=dict)
    past: list[dict[str, Regions]] = field(default_factory=list)
    future: list[dict[str, Regions]] = field(default_factory=list)
    canvases: dict[tuple[str, Sheet], Canvas] = field(default_factory=dict)

    @property
    def said(self) -> str:
        """The verdict, or what the marks mean without one; "" where nothing was said yet."""
        marked = any(self.regions.values())
        return self.verdict or (DAMAGED if marked else UNSURE if self.saved else "")

    @property
    def conflicts(self) -> tuple[Annotation, ...]:
        """What others saved in the meantime."""
        return tuple(one for one in self.beside if one.id not in self.known)

    @classmethod
    def of(cls, package: str, views: Sequence[str], standing: Sequence[Annotation], annotator: str) -> Draft:
        """The draft that goes on where this person stopped.

        Args:
            package: its id.
            views: of the package.
            standing: what stands of it.
            annotator: who draws; what others said is not shown as theirs.
        """
        mine = [one for one in standing if one.annotator == annotator]
        others = tuple(one for one in standing if one.annotator != annotator)
        known = frozenset(one.id for one in standing)
        empty: dict[str, Regions] = {view: () for view in views}
        if not mine:
            return cls(package, empty, beside=others, known=known)
        last = mine[-1]
        regions = {view: tuple(last.regions.get(view, ())) for view in views}
        return cls(
            package, regions, last.verdict, last.note, base=tuple(one.id for one in mine), beside=others, known=known,
            saved=last,
        )  # fmt: skip

    def canvas(self, view: str, sheet: Sheet) -> Canvas:
        """The canvas of a view that lies there."""
        self.looks[view] = sheet
        return self.canvases.setdefault((view, sheet), Canvas.of(self.regions[view], sheet))

    def mount(self, view: str, sheet: Sheet) -> None:
        """Begin a canvas that was not on the screen before: it knows only what it is given now."""
        before = self.looks.get(view)
        for one in self._of(view):
            if one.sheet != before or one.sheet == sheet:
                del self.canvases[view, one.sheet]
        self.canvas(view, sheet)

    def hear(self, view: str, sheet: Sheet, drawing: Mapping[str, Any] | None) -> bool:
        """Follow what the canvas of a view says; answers whether something was changed by hand."""
        canvas = self.canvases.get((view, sheet))
        if canvas is None or drawing is None or "version" not in drawing or drawing == canvas.heard:
            return False  # the canvas is long gone; or without a version it is what the canvas was given
        canvas.heard = drawing
        found = shapes.shapes_of(drawing)
        kept = [one for one in found if not one.speck]
        after = shapes.followed(self.regions[view], canvas.geometry, kept, canvas.sheet, canvas.gone)
        if after == self.regions[view]:
            return False
        self._remember()
        self.regions[view] = after
        canvas.geometry = [one.geometry for one in kept]
        canvas.gone |= dict(zip(canvas.geometry, after, strict=True))
        self._changed()
        self._redraw(view, but=None if len(kept) < len(found) else sheet)
        return True

    def put(self, view: str, regions: Sequence[AnnotatedRegion]) -> None:
        """Set what is marked in a view, other than by hand."""
        self._remember()
        self.regions[view] = tuple(regions)
        self._redraw(view)
        self._changed()

    def place(self, view: str, region: AnnotatedRegion) -> int | None:
        """Where a marked area stands, whatever is said of it by now; None where it is gone or lies elsewhere."""
        words = {"kind": region.kind, "severity": region.severity, "note": region.note, "origin": region.origin}
        every = enumerate(self.regions[view])
        return next((at for at, other in every if replace(other, **words) == region), None)

    def describe(self, view: str, region: AnnotatedRegion, **words: Any) -> bool:
        """Say more about one marked area: its kind, severity, note; the canvas stays as it is.

        The page tells of fields too that went with their area. Answers whether something was said.
        """
        at, old = self.place(view, region), self.regions[view]
        if at is None or (new := replace(old[at], **words)) == old[at]:
            return False
        self.regions[view] = (*old[:at], new, *old[at + 1 :])
        for canvas in self._of(view):
            if at < len(canvas.geometry):
                canvas.gone[canvas.geometry[at]] = new
        self.dirty = True
        return True

    def accept(self, view: str) -> None:
        """Take what the maps suggest for one's own, to be corrected; it stays marked as suggested."""
        offered = self.offered.pop(view, ())
        if offered:
            self.put(view, (*self.regions[view], *offered))

    def undo(self) -> bool:
        """Take the last change back, in whichever view it was."""
        return self._travel(self.past, self.future)

    def redo(self) -> bool:
        """Make it again."""
        return self._travel(self.future, self.past)

    def judge(self, verdict: str) -> None:
        """Say what the package is."""
        self.dirty |= verdict != self.verdict
        self.verdict = verdict

    def take(self, other: Annotation) -> None:
        """Say what another annotation says, in its place."""
        self._remember()
        self.regions = {view: tuple(other.regions.get(view, ())) for view in self.regions}
        self.verdict, self.note = other.verdict, other.note
        for view in self.regions:
            self._redraw(view)
        self._changed()

    def replaces(self, other: Annotation) -> None:
        """Put aside what somebody else said, with the next save."""
        self.base = (*self.base, other.id)
        self.known |= {other.id}
        self.dirty = True

    def knows(self, other: Annotation) -> None:
        """Let both stand."""
        self.known |= {other.id}

    def save(self, store: AnnotationStore, dataset: Dataset, annotator: str, *, now: datetime) -> bool:
        """Keep it where that is possible; answers whether it is kept now."""
        if not annotator or not self.said:
            return False
        try:
            kept = annotation.save(
                store, dataset, self.package, self.regions, verdict=self.said, annotator=annotator, made_at=now,
                note=self.note, replaces=self.base,
            )  # fmt: skip
        except CoreError as error:
            self.problem = str(error)
            return False
        self._kept(kept)
        return True

    def restored(self, kept: annotation.Saved) -> None:
        """Go on from an old annotation that was said again."""
        self.take(kept.annotation)
        self._kept(kept)

    def _kept(self, kept: annotation.Saved) -> None:
        self.saved, self.base, self.beside = kept.annotation, (kept.annotation.id,), kept.beside
        self.dirty, self.problem = False, ""

    def _travel(self, back: list[dict[str, Regions]], forth: list[dict[str, Regions]]) -> bool:
        if not back:
            return False
        forth.append(dict(self.regions))
        before, self.regions = self.regions, back.pop()
        for view, regions in self.regions.items():
            if regions != before.get(view):
                self._redraw(view)
        self.revision += 1
        self.dirty = True
        return True

    def _remember(self) -> None:
        self.past = [*self.past[-STEPS + 1 :], dict(self.regions)]
        self.future = []

    def _changed(self) -> None:
        self.revision += 1
        self.dirty = True

    def _redraw(self, view: str, *, but: Sheet | None = None) -> None:
        """Give the canvases of a view what is marked now; what they said before that is old.

        Args:
            view: of the package.
            but: where the canvas lies that shows it already.
        """
        for canvas in self._of(view):
            if canvas.sheet != but:
                new = Canvas.of(self.regions[view], canvas.sheet, canvas.drawing["turn"] + 1)
                self.canvases[view, canvas.sheet] = replace(new, heard=canvas.heard, gone=canvas.gone | new.gone)

    def _of(self, view: str) -> list[Canvas]:
        return [canvas for (of, _), canvas in self.canvases.items() if of == view]


def draft(root: str, package: str, annotator: str, *, begin: Callable[[], Draft]) -> Draft:
    """The draft of this person, as it was left, or begun now; what was drawn before giving a name goes along."""
    drafts: dict[tuple[str, str, str], Draft] = st.session_state.setdefault(DRAFTS, {})
    key = root, annotator, package
    if key not in drafts:
        drafts[key] = begin()
        nameless = drafts.pop((root, "", package), None) if annotator else None
        if nameless is not None and nameless.dirty:
            nameless.base, nameless.saved = drafts[key].base, drafts[key].saved
            drafts[key] = nameless
        _forget(drafts, key)
    return drafts[key]


def unsaved(root: str, annotator: str) -> list[str]:
    """Ids of packages with something that is not saved yet."""
    drafts: dict[tuple[str, str, str], Draft] = st.session_state.get(DRAFTS, {})
    return [package for (of, who, package), one in drafts.items() if of == root and who == annotator and one.dirty]


def _forget(drafts: dict[tuple[str, str, str], Draft], but: tuple[str, str, str]) -> None:
    clean = [key for key, one in drafts.items() if not one.dirty and key != but]
    for key in clean[: max(len(drafts) - _KEPT, 0)]:
        del drafts[key]


def now() -> datetime:
    """The time, UTC."""
    return datetime.now(UTC)
