"""A map over its picture: point at it, and the picture alone is there."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st
from PIL import Image
from streamlit.delta_generator import DeltaGenerator

from app import packages
from app.components import mapfiles
from core.domain import Attribution, Cut, Floats, Pixels, View
from core.figures import maps
from core.figures.maps import PARTS, Display, Window

ABREAST = 4
"""Maps in one row."""
FAINT = 0.15
"""Share of the common scale below which a map can hardly be seen."""

CSS = """
figure { margin: 0; container-type: inline-size; font-family: var(--st-font); color: var(--st-text-color); }
figcaption { display: flex; flex-wrap: wrap; gap: 0 7px; align-items: baseline;
  font-size: 15px; min-height: 24px; margin-bottom: 5px; }
.hue { flex: none; width: 11px; height: 11px; border-radius: 3px; align-self: center; }
.name { font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; min-width: 0; }
.says { margin-left: auto; white-space: nowrap; font-weight: 600; font-variant-numeric: tabular-nums; }
.says.damaged { color: var(--st-red-text-color); } .says.intact { color: var(--st-green-text-color); }
.frame { position: relative; overflow: hidden; border-radius: 8px; background: var(--st-secondary-background-color); }
.frame:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 2px; }
img { position: absolute; inset: 0; width: 100%; height: 100%; display: block; }
.map { transition: opacity .12s; }
.frame:hover .map, .frame:focus-visible .map { opacity: 0; }
.frame.waiting img { opacity: .3; }
.frame.waiting { animation: wait 1.2s ease-in-out infinite alternate; }
@keyframes wait { to { background: var(--st-border-color); } }
@container (max-width: 230px) { .name { flex-basis: calc(100% - 20px); } .says { margin-left: 0; } }
@media (prefers-reduced-motion: reduce) { .frame.waiting { animation: none; } .map { transition: none; } }
.quiet { font-size: 13px; opacity: .8; min-height: 20px; margin-top: 5px; font-variant-numeric: tabular-nums; }
"""

JS = """
export default function ({ data, parentElement }) {
  const at = (name) => parentElement.querySelector(name);
  const show = (image, source) => { image.hidden = !source; if (source && image.src !== source) image.src = source; };
  at('.hue').style.background = data.hue;
  at('.hue').hidden = !data.hue;
  at('.name').textContent = at('.name').title = data.name;
  at('.says').textContent = data.says;
  at('.says').className = `says ${data.verdict}`;
  at('.frame').style.aspectRatio = data.shape;
  at('.frame').classList.toggle('waiting', data.waiting);
  at('.frame').setAttribute('aria-label', data.alt);
  at('.frame').title = data.map ? 'Point at it, or focus it, to see the picture alone' : '';
  show(at('.picture'), data.picture);
  show(at('.map'), data.map);
  at('.quiet').textContent = data.quiet;
}
"""

HTML = """<figure><figcaption><span class="hue"></span><span class="name"></span><span class="says"></span></figcaption>
<div class="frame" tabindex="0" role="img"><img class="picture" alt=""><img class="map" alt=""></div>
<div class="quiet"></div></figure>"""

_tile = st.components.v2.component("secondlook_map", html=HTML, css=CSS, js=JS)


@dataclass(frozen=True, slots=True)
class Look:
    """How all maps of a page are shown: nothing in it needs a network.

    Attributes:
        display: part, smoothing and opacity.
        common: whether all maps share one color scale.
        close: whether to show the package rather than the whole frame.
        outline: polygons around the known damage, in 0..1 of the frame; drawn over every map.
    """

    display: Display
    common: bool
    close: bool
    outline: tuple[Floats, ...] = ()


def contour(outline: tuple[Floats, ...], *, anywhere: bool) -> tuple[Floats, ...]:
    """Draw the choice whether the known damage is outlined, and return the outline if so.

    Args:
        outline: polygons around the damage of this view.
        anywhere: whether the data set knows any damage to the pixel.
    """
    drawn = anywhere and st.toggle(
        "Damage outline", key="contour", bind="query-params", disabled=not outline,
        help="Outline the damaged pixels over every map, to see whether the evidence lies where the damage is.",
    )
    return outline if drawn else ()


def controls(outline: tuple[Floats, ...] = ()) -> Look:
    """Draw the choices of how maps are shown.

    Args:
        outline: polygons to draw over every map.
    """
    part = st.segmented_control(
        "Evidence", list(PARTS), default="positive", key="part", bind="query-params", required=True,
        help="  \n".join(f"**{name}**: {meaning}" for name, meaning in PARTS.items()),
    )
    with st.popover("Display"):
        opacity = st.slider("Opacity", 0.1, 1.0, 0.8, 0.05, key="opacity", bind="query-params")
        sigma = st.slider(
            "Smoothing", 0.0, 12.0, 2.0, 0.5, key="sigma", bind="query-params", format="%.1f px",
            help="Sigma of a Gaussian, in pixels of the frame. Raw maps of equally good networks hardly agree.",
        )
        own = st.toggle(
            "A color scale for each map", key="own_scale", bind="query-params",
            help="Off: the same color means the same amount of evidence in every map.",
        )
        whole = st.toggle("Whole frame", key="whole", bind="query-params", help="Off: look at the package.")
    return Look(Display(part, sigma, opacity), common=not own, close=not whole, outline=outline)


def scale(display: Display) -> None:
    """Draw what the colors mean."""
    colors = [f"rgb({red}, {green}, {blue})" for red, green, blue in maps.palette(display.part)[::15].tolist()]
    low, high = ("for intact", "for damaged") if display.part == "signed" else ("none", _most(display))
    st.html(
        '<div style="display: flex; gap: 10px; align-items: center; font-size: 13px; max-width: 420px">'
        f'<span>{low}</span><span style="flex: 1; height: 10px; border-radius: 5px; '
        f'background: linear-gradient(to right, {", ".join(colors)})"></span><span>{high}</span></div>'
    )


def show(
    view: View, known: Mapping[str, Attribution | None], look: Look, *, hues: Mapping[str, str],
    thresholds: Mapping[str, Cut], truth: str | None,
) -> dict[str, DeltaGenerator]:
    """Draw the maps of all models side by side, with the verdict above and completeness and time below.

    Args:
        view: what was explained.
        known: model to its map, None where it is still to be computed: its place is held in the final size.
        look: how they are shown.
        hues: model to hue, see `theme.hues`.
        thresholds: where each model decides.
        truth: the class of the package, None where unknown.

    Returns:
        Below the maps that are still to be computed, a place for their progress.
    """
    columns = [place for _ in range(0, len(known), ABREAST) for place in st.columns(min(len(known), ABREAST))]
    places = dict(zip(known, columns, strict=False))
    found = [one for one in known.values() if one is not None]
    window, ends = _window(found, look), _ends(found, look)
    for one, end in zip(found, ends, strict=True):
        shown = maps.shown(one.values, look.display)
        over = _cut(maps.overlay(view.pixels, shown, look.display, limit=end), view, window, look)
        faint = maps.limit([shown]) < FAINT * end
        with places[one.model]:
            alone = _cut(view.pixels, view, window, look)
            _map(one, over, alone, hues[one.model], thresholds[one.model], truth, faint=faint)
            mapfiles.show(one, over, f"files {one.model}")
    missing = {model: place for model, place in places.items() if known[model] is None}
    for model, place in missing.items():
        with place:
            _waiting(model, hues[model], _cut(view.pixels, view, window, look))
    return missing


def picture(view: View, known: Mapping[str, Attribution | None], look: Look, *, marked: str = "") -> None:
    """Draw the picture alone, of the same part of the frame, with its marked regions outlined.

    Args:
        view: what was explained.
        known: model to its map, None where it is still to be computed.
        look: how it is shown.
        marked: what the outline of the known damage is.
    """
    found = [one for one in known.values() if one is not None]
    labels = ", ".join(sorted({region.label for region in view.regions}))
    quiet = " \u00b7 ".join(filter(None, [f"outlined: {labels}" * bool(labels), marked * bool(look.outline)]))
    name = f"{view.name} view"
    _draw("picture", name=name, picture=_cut(view.pixels, view, _window(found, look), look), quiet=quiet, alt=name)


def _window(found: list[Attribution], look: Look) -> Window | None:
    """The part of the frame that the models looked at; None for the whole of it."""
    return maps.window(one.values for one in found) if look.close and found else None


def _ends(found: list[Attribution], look: Look) -> list[float]:
    """Where the color scale of each map ends: at the same value for all, or at its own."""
    shown = [maps.shown(one.values, look.display) for one in found]
    return [maps.limit(shown)] * len(shown) if look.common else [maps.limit([one]) for one in shown]


def _cut(pixels: Pixels, view: View, window: Window | None, look: Look) -> Pixels:
    """The part of the frame inside the window, regions and known damage outlined."""
    width = 1 if window else 3
    return maps.cut(maps.contoured(maps.outlined(pixels, view.regions, width=width), look.outline, width=width), window)


def _waiting(model: str, hue: str, picture: Pixels) -> None:
    """The place of a map that is being computed, in its final size."""
    _draw(f"waiting {model}", name=model, hue=hue, picture=picture, waiting=True, alt=f"{model}: being computed")


def _map(
    found: Attribution, over: Pixels, picture: Pixels, hue: str, cut: Cut, truth: str | None, *, faint: bool
) -> None:
    verdict = cut.verdict(found.probability)
    mark = f" {packages.mark(verdict, truth)}".rstrip()
    exact = "" if found.completeness is None else f"completeness error {100 * found.completeness:.2f} % \u00b7 "
    _draw(
        f"map {found.model}", name=found.model, hue=hue, says=f"{verdict} {found.probability:.2f}{mark}",
        verdict=verdict, over=over, picture=picture,
        quiet=f"{exact}{found.seconds:.1f} s" + " \u00b7 faint on this scale" * faint,
        alt=f"{found.model}: what spoke for {found.target} in the {found.view} view",
    )


def _draw(
    key: str, *, name: str, picture: Pixels, alt: str, over: Pixels | None = None, hue: str = "", says: str = "",
    verdict: str = "", quiet: str = "", waiting: bool = False,
) -> None:
    height, width = picture.shape[:2]
    _tile(key=key, data={
        "name": name, "hue": hue, "says": says, "verdict": verdict, "quiet": quiet, "waiting": waiting, "alt": alt,
        "shape": f"{width} / {height}", "picture": _address(picture), "map": None if over is None else _address(over),
    })


def _most(display: Display) -> str:
    return "most evidence for damaged" if display.part == "positive" else "most influence"


def _address(pixels: Pixels) -> str:
    memory = io.BytesIO()
    Image.fromarray(pixels).save(memory, "JPEG", quality=92)
    return f"data:image/jpeg;base64,{base64.b64encode(memory.getvalue()).decode()}"
