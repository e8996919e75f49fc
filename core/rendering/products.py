"""The designs of the bundled cartons, as tables of what is printed where."""

from __future__ import annotations

from dataclasses import dataclass

SANS, BOLD, OBLIQUE = "DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique"
SERIF, SERIF_BOLD, SERIF_ITALIC = "DejaVuSerif", "DejaVuSerif-Bold", "DejaVuSerif-Italic"


@dataclass(frozen=True, slots=True)
class Text:
    """Lines of text; the first base line starts at (x, y) mm, `height` is that of a capital letter.

    See `core.rendering.sheet.Sheet.text` for the rest; `leading` is the distance of base lines in heights.
    """

    x: float
    y: float
    words: str
    height: float
    color: str
    font: str = SANS
    stretch: float = 1.0
    align: str = "l"
    turn: int = 0
    leading: float = 1.85


@dataclass(frozen=True, slots=True)
class Sign:
    """One of `core.rendering.ornaments.SIGNS`, `size` mm wide around (x, y)."""

    x: float
    y: float
    size: float
    name: str
    colors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Barcode:
    """An EAN-13 barcode; (x, y) is the top left corner of its bars, 12 digits without the check digit."""

    x: float
    y: float
    height: float
    digits: str


@dataclass(frozen=True, slots=True)
class Braille:
    """Embossed words; (x, y) is the first dot of the first cell."""

    x: float
    y: float
    words: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A filled rectangle with rounded corners."""

    x: float
    y: float
    width: float
    height: float
    color: str
    radius: float = 0.0


Element = Text | Sign | Barcode | Braille | Bar


@dataclass(frozen=True, slots=True)
class Band:
    """The colored band around the +x end, in the plane of the unfolded carton.

    Attributes:
        edge: "wave", "slant" or "arc".
        x: where the edge crosses the middle line of the top, mm from the tail.
        reach: how far the edge swings, mm.
        colors: at its edge and at the end of the carton.
        stripe: color of the thin stripe beside it.
        gap: between band and stripe, mm.
        width: of the stripe, mm.
        lag: how far the stripe swings after the band, in widths of the carton.
    """

    edge: str
    x: float
    reach: float
    colors: tuple[str, str]
    stripe: str
    gap: float
    width: float
    lag: float = 0.0


@dataclass(frozen=True, slots=True)
class Product:
    """One carton design.

    Attributes:
        name: a slug, for example "quelvora".
        size: length (x), width (y) and height (z), mm.
        paper: color of the carton.
        band: the colored band.
        labels: what stands before serial, batch and expiry.
        top: what is printed on the top, in order.
        front: on the long side with the barcode.
        back: on the other long side.
        tail: on the end that carries no serial.
    """

    name: str
    size: tuple[float, float, float]
    paper: str
    band: Band
    labels: tuple[str, str, str]
    top: tuple[Element, ...]
    front: tuple[Element, ...]
    back: tuple[Element, ...]
    tail: tuple[Element, ...]


_GREEN, _LEAF, _MINT, _PALE, _INK = "#1f8a5b", "#0f6b46", "#9fd6b8", "#d9f0e3", "#26332d"
_VIOLET, _NIGHT, _LILAC, _BLUE_INK = "#5a55b8", "#3b3890", "#b9b7ea", "#27284a"
_ORANGE, _RED, _PEACH, _WARM_INK = "#ea6a25", "#c93a1c", "#f7c19a", "#3a2a25"
_WHITE, _GRAY = "#ffffff", "#6f7472"

_QUELVORA = Product(
    name="quelvora",
    size=(120.0, 62.0, 45.0),
    paper="#f1f3ef",
    band=Band("wave", 86.0, 3.6, (_GREEN, _LEAF), _MINT, 1.1, 2.0, 0.06),
    labels=("SN:", "LOT:", "EXP:"),
    top=(
        Text(8, 18.5, "Quelvora", 8.4, _GREEN, BOLD),
        Text(8.2, 24.2, "morelutan hydrate", 2.1, _INK, OBLIQUE),
        Text(74.2, 34, "40 mg", 4.6, _GREEN, BOLD, align="r"),
        Bar(8.2, 27.6, 66, 0.35, _MINT),
        Text(8.2, 32.2, "Film-coated tablets · Filmtabletten\nComprimés pelliculés · compresse", 1.45, _INK),
        Braille(10, 40.5, "quelvora"),
        Text(8.2, 55.6, "For oral use · Zum Einnehmen · Voie orale\nKeep in a dry place below 25 °C", 1.25, _GRAY),
        Text(111.5, 55.4, "30 tablets", 2.3, _WHITE, BOLD, align="r"),
        Text(111.5, 58.4, "Tabletten · comprimés", 1.15, _MINT, align="r"),
        Sign(104, 19, 17, "sprig", (_MINT, _PALE)),
        Text(104, 32.4, "SYLVANE", 1.7, _WHITE, BOLD, align="m"),
        Text(104, 35, "laboratory", 1.2, _MINT, align="m"),
    ),
    front=(
        Barcode(10, 8, 22, "204159265358"),
        Text(
            55,
            9,
            "Each tablet: 40 mg morelutan\nas hydrate. Also contains\nlactose and maize starch.\n"
            "Take with water, not chewed.\nRead the leaflet before use.\nKeep away from children.",
            1.2,
            _INK,
            stretch=0.86,
        ),
        Sign(58, 30, 6.5, "recycle", (_GREEN,)),
        Sign(67, 30, 6.5, "child", (_GREEN,)),
        Text(10, 40.2, "Specimen carton · Sylvane Laboratory, 4 Fernway, Aldermere", 1.2, _GRAY),
        Text(111.5, 15, "Quelvora", 3.0, _WHITE, BOLD, align="r"),
        Text(111.5, 20, "40 mg", 2.2, _MINT, BOLD, align="r"),
    ),
    back=(
        Text(110, 17, "Quelvora", 7.0, _GREEN, BOLD, align="r"),
        Text(110, 22.6, "morelutan hydrate · 40 mg", 2.0, _INK, OBLIQUE, align="r"),
        Bar(58, 25.6, 52, 0.35, _MINT),
        Text(
            58,
            30,
            "One tablet in the morning, or as your doctor says.\nUne gélule le matin, avec un verre d'eau.\n"
            "Eine Tablette morgens mit Wasser.\nUna compressa al mattino con acqua.",
            1.3,
            _INK,
            stretch=0.9,
        ),
        Sign(16, 22, 20, "sprig", (_MINT, _PALE)),
    ),
    tail=(
        Sign(31, 11, 9, "sprig", (_LEAF, _GREEN)),
        Text(31, 24, "Quelvora", 4.6, _GREEN, BOLD, align="m"),
        Text(31, 30, "40 mg · 30 tablets", 2.0, _INK, align="m"),
        Text(31, 37, "Sylvane Laboratory · specimen, not a medicine", 1.2, _GRAY, align="m"),
    ),
)

_PELLUVANE = Product(
    name="pelluvane",
    size=(124.0, 60.0, 46.0),
    paper="#f3f2f3",
    band=Band("arc", 84.0, 13.0, (_VIOLET, _NIGHT), _LILAC, 1.4, 1.3, 0.0),
    labels=("SN:", "Ch.-B.:", "EXP:"),
    top=(
        Sign(13.5, 13.5, 10, "rings", (_VIOLET, _LILAC, _NIGHT)),
        Text(21, 17.2, "Pelluvane", 7.4, _NIGHT, SERIF_BOLD),
        Text(21.2, 23, "ostrelin sodium", 2.1, _BLUE_INK, SERIF_ITALIC),
        Braille(22, 28, "pelluvane"),
        Bar(8, 39.6, 18.6, 7.2, _VIOLET, 1.2),
        Text(17.3, 44.8, "20 mg", 3.2, _WHITE, SERIF_BOLD, align="m"),
        Text(29.5, 42.4, "Gastro-resistant capsules\nGélules gastro-résistantes", 1.45, _BLUE_INK, SERIF),
        Text(
            8,
            53.2,
            "Swallow whole · Nicht kauen · Ne pas croquer · Tragar entera\nStore below 30 °C",
            1.2,
            _GRAY,
            SERIF,
        ),
        Sign(106, 32.6, 34, "halftone", ("#7d79d2",)),
        Text(116, 10, "28 capsules", 2.3, _WHITE, SERIF_BOLD, align="r"),
        Text(116, 13.2, "Kapseln · gélules", 1.15, _LILAC, SERIF, align="r"),
        Text(116, 54.2, "HALDEN & ROE", 1.5, _WHITE, SERIF, align="r"),
    ),
    front=(
        Barcode(11, 14, 20, "204271828182"),
        Text(11, 9.6, "Pelluvane 20 mg", 2.2, _NIGHT, SERIF_BOLD),
        Text(
            57,
            13,
            "Each capsule: 20 mg ostrelin\nas sodium salt, sucrose, talc.\nOne capsule before a meal.\n"
            "Do not open the capsules.\nRead the leaflet before use.\nKeep away from children.",
            1.2,
            _BLUE_INK,
            SERIF,
            stretch=0.86,
        ),
        Sign(61, 31.5, 7, "child", (_VIOLET,)),
        Sign(71, 31.5, 7, "recycle", (_VIOLET,)),
        Text(57, 40.8, "Halden & Roe · specimen carton", 1.15, _GRAY, SERIF),
        Text(116, 14, "28", 5.0, _WHITE, SERIF_BOLD, align="r"),
        Text(116, 18, "capsules", 1.6, _LILAC, SERIF, align="r"),
        Sign(112, 35, 8, "rings", (_WHITE, _LILAC, _WHITE)),
    ),
    back=(
        Text(114, 15, "Pelluvane", 6.2, _NIGHT, SERIF_BOLD, align="r"),
        Text(114, 20.6, "ostrelin sodium · 20 mg", 2.0, _BLUE_INK, SERIF_ITALIC, align="r"),
        Text(
            64,
            28,
            "One capsule before breakfast, with water.\nEine Kapsel vor dem Frühstück.\n"
            "Une gélule avant le petit déjeuner.\nUna cápsula antes del desayuno.",
            1.3,
            _BLUE_INK,
            SERIF,
        ),
        Sign(15, 23, 26, "halftone", ("#7d79d2",)),
    ),
    tail=(
        Sign(30, 9.6, 7, "rings", (_VIOLET, _LILAC, _NIGHT)),
        Text(30, 21, "Pelluvane", 4.6, _NIGHT, SERIF_BOLD, align="m"),
        Text(30, 27, "20 mg · 28 capsules", 2.0, _BLUE_INK, SERIF, align="m"),
        Bar(18, 30.2, 24, 0.4, _LILAC),
        Text(30, 35.6, "Halden & Roe, Quay 9, Port Isolde\nSpecimen, not a medicine", 1.2, _GRAY, SERIF, align="m"),
    ),
)

_ZANDROVA = Product(
    name="zandrova",
    size=(116.0, 62.0, 43.0),
    paper="#f5f2ec",
    band=Band("slant", 82.0, 13.0, (_ORANGE, _RED), _PEACH, 0.9, 2.4, 0.0),
    labels=("SN:", "LOT:", "EXP:"),
    top=(
        Text(7.5, 10.2, "TERN & VALE", 1.5, _GRAY, BOLD),
        Text(7.5, 26.6, "ZANDROVA", 9.6, _WARM_INK, BOLD, 0.72),
        Text(7.8, 32.4, "bexalidine fumarate", 2.1, _WARM_INK, SANS, 0.85),
        Text(7.5, 43.4, "75", 7.0, _ORANGE, BOLD, 0.8),
        Text(18.6, 43.4, "mg", 3.4, _ORANGE, BOLD, 0.8),
        Bar(28.5, 36.4, 0.4, 7.2, _PEACH),
        Text(
            30.8,
            38.6,
            "Prolonged-release tablets · Retardtabletten\nComprimés à libération prolongée\n"
            "Tabletki o przedłużonym uwalnianiu",
            1.35,
            _WARM_INK,
            SANS,
            0.85,
        ),
        Braille(9, 48.4, "zandrova"),
        Text(109, 9.6, "50 tablets", 2.4, _WHITE, BOLD, 0.85, "r"),
        Text(109, 12.6, "Tabletten · tabletki", 1.15, _PEACH, SANS, 1.0, "r"),
        Sign(101, 34, 20, "sun", (_WHITE, _PEACH)),
        Text(109, 56.6, "once daily · täglich", 1.3, _WHITE, SANS, 0.9, "r"),
    ),
    front=(
        Barcode(9, 7, 21, "204314159265"),
        Text(
            54,
            8,
            "Each tablet: 75 mg bexalidine as fumarate.\nAlso contains mannitol, E 172.\n"
            "One tablet a day, at the same hour.\n"
            "Do not split or crush the tablets.\nRead the leaflet before use.\nKeep away from children.",
            1.25,
            _WARM_INK,
            SANS,
            0.78,
        ),
        Sign(57.5, 28.6, 6.5, "recycle", (_RED,)),
        Sign(67, 28.6, 6.5, "child", (_RED,)),
        Text(9, 38.2, "Tern & Vale, 17 Harbor Row, Kestrel Bay · specimen carton", 1.2, _GRAY, SANS, 0.9),
        Text(109, 36, "75 mg", 2.4, _WHITE, BOLD, 0.8, "r"),
    ),
    back=(
        Text(107, 17.4, "ZANDROVA", 8.0, _WARM_INK, BOLD, 0.72, "r"),
        Text(107, 23, "bexalidine fumarate · 75 mg", 2.0, _ORANGE, BOLD, 0.8, "r"),
        Text(
            107,
            29,
            "One tablet a day, with or without food.\nEine Tablette täglich.\nUn comprimé par jour.\n"
            "Jedna tabletka dziennie.",
            1.3,
            _WARM_INK,
            SANS,
            0.9,
            "r",
        ),
        Sign(18, 22, 22, "sun", (_WHITE, _PEACH)),
    ),
    tail=(
        Sign(12, 21.5, 12, "sun", (_ORANGE, _RED)),
        Text(22, 20, "ZANDROVA", 5.0, _WARM_INK, BOLD, 0.72),
        Text(22, 25.4, "75 mg · 50 tablets", 2.0, _ORANGE, BOLD, 0.8),
        Text(22, 31, "Tern & Vale · specimen, not a medicine", 1.2, _GRAY, SANS, 0.8),
    ),
)

PRODUCTS: dict[str, Product] = {product.name: product for product in (_QUELVORA, _PELLUVANE, _ZANDROVA)}
"""The designs, by name. Brands, makers and substances are invented."""
