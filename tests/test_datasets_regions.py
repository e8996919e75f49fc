"""Marked areas in the files of other tools: what comes back, what is lost and said, what is refused."""

from __future__ import annotations

import json
import stat
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from core.datasets.regions import bits, rle
from core.datasets.regions import files as opening
from core.datasets.regions.catalogue import Catalogue, Picture
from core.datasets.regions.files import unpacked, written
from core.datasets.regions.sheet import FORMATS, Losses, Sheet
from core.domain import DAMAGED, INTACT, ORIGINS, UNSURE, AnnotatedRegion, Runs
from core.errors import BadInput, CoreError
from core.regions import boxed, filled, is_box, pixels_of

SIZE = (48, 64)
NAME = "test/damaged/side/01000_side.png"
TOP = "test/damaged/top/01000_top.png"
LOSSLESS = ("coco", "cvat", "label-studio")
TRIANGLE = np.array([(0.1, 0.2), (0.7, 1 / 3), (0.4, 0.9)], np.float32)
RING = np.hypot(*(np.mgrid[:48, :64] - np.array([24, 30])[:, None, None])) // 6 == 2


def sheet(*regions: AnnotatedRegion, name: str = NAME, verdict: str = DAMAGED, note: str = "") -> Sheet:
    return Sheet(name, SIZE, regions, verdict, note)


def there_and_back(format: str, sheets: Sequence[Sheet], folder: Path) -> tuple[list[Sheet], Losses, Losses]:
    """What a format reads of what it wrote, what it said that it lost in writing, and in reading."""
    kind, lost, missed = FORMATS[format](), Losses(), Losses()
    with written(folder / "there", single=kind.single) as place:
        kind.write(sheets, place, losses=lost)
    found = kind.read(folder / "there", size_of=lambda name: SIZE, losses=missed)
    return list(found), lost, missed


def read(format: str, source: Path) -> tuple[list[Sheet], Losses]:
    losses = Losses()
    return list(FORMATS[format]().read(source, size_of=lambda name: SIZE, losses=losses)), losses


def stem(name: str) -> str:
    return name.rpartition(".")[0] or name


def polygons() -> st.SearchStrategy[np.ndarray]:
    """Tiny, huge, crossing, at the edge; only those without any area are left out."""
    shares = st.floats(0, 1, width=32) | st.sampled_from([0.0, 1.0, 0.5, 1 / 64])
    drawn = arrays.arrays(np.float32, st.tuples(st.integers(3, 12), st.just(2)), elements=shares)
    return drawn.filter(lambda corners: bool((np.ptp(corners.astype(np.float64) * (64, 48), axis=0) > 1e-6).all()))


texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12).map(str.strip)
kinds = texts.filter(lambda text: text != "damage")
shapes = polygons().map(lambda corners: {"polygon": corners}) | arrays.arrays(bool, SIZE).map(
    lambda mask: {"brush": Runs.of(mask)}
)
areas = st.builds(
    lambda shape, **said: AnnotatedRegion(**shape, **said), shapes, kind=kinds,
    severity=st.none() | st.floats(0, 1), note=texts, origin=st.sampled_from(ORIGINS),
)  # fmt: skip
sheets = st.builds(
    lambda some, verdict, note: Sheet(NAME, SIZE, tuple(some), verdict, note),
    st.lists(areas, max_size=4), st.sampled_from((DAMAGED, INTACT, UNSURE)), texts,
)  # fmt: skip
few = limits(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("format", LOSSLESS)
@few
@given(drawn=sheets)
def test_everything_comes_back_from_a_format_that_loses_nothing(
    format: str, drawn: Sheet, tmp_path_factory: pytest.TempPathFactory
) -> None:
    found, lost, missed = there_and_back(format, [drawn], tmp_path_factory.mktemp("a"))
    assert [drawn] == [replace(one, size=SIZE) for one in found]
    assert ((), ()) == (lost.sentences(), missed.sentences())


@few
@given(corners=arrays.arrays(np.float32, 4, elements=st.floats(0, 1, width=32)), severity=st.none() | st.floats(0, 1))
def test_boxes_come_back_from_pascal_voc(
    corners: np.ndarray, severity: float | None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (left, right), (top, bottom) = np.sort(corners[:2]), np.sort(corners[2:])
    if right - left < 1e-6 or bottom - top < 1e-6:
        return
    box = AnnotatedRegion(boxed(left, top, right, bottom), kind="dent", severity=severity, note="a<b&c")
    (found,), lost, missed = there_and_back("voc", [sheet(box, note="n")], tmp_path_factory.mktemp("a"))
    assert sheet(box, note="n") == found
    assert ((), ()) == (lost.sentences(), missed.sentences())


@few
@given(corners=polygons())
def test_polygons_come_back_from_yolo_segments(corners: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> None:
    (found,), *_ = there_and_back("yolo-segments", [sheet(AnnotatedRegion(corners))], tmp_path_factory.mktemp("a"))
    assert corners.tolist() == found.regions[0].polygon.tolist()  # type: ignore[union-attr]


def test_boxes_come_back_from_yolo_boxes(tmp_path: Path) -> None:
    box = AnnotatedRegion(boxed(0.125, 0.25, 0.5, 1), kind="crushed corner", origin="imported")
    (found,), lost, _ = there_and_back("yolo-boxes", [sheet(box)], tmp_path)
    assert (box,) == found.regions
    assert ("Areas whose origin is left out: 1.", "Pictures whose verdict is left out: 1.") == lost.sentences()


@few
@given(mask=arrays.arrays(bool, SIZE), severity=st.none() | st.floats(0, 1))
def test_painted_pixels_come_back_from_masks(
    mask: np.ndarray, severity: float | None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    one = AnnotatedRegion(brush=Runs.of(mask), kind="stain", severity=severity, note="n")
    (found,), lost, _ = there_and_back("masks", [sheet(one)], tmp_path_factory.mktemp("a"))
    assert ((one,) if mask.any() else ()) == found.regions
    assert int(not mask.any()) == sum(lost.values())


@pytest.mark.parametrize("format", FORMATS.names())
def test_several_areas_and_an_empty_picture_come_back(format: str, tmp_path: Path) -> None:
    some = [AnnotatedRegion(boxed(at / 8, 0.25, (at + 1) / 8, 0.5), kind=f"kind {at % 2}") for at in range(6)]
    given_, empty = sheet(*some), sheet(name=TOP, verdict=INTACT)
    found, *_ = there_and_back(format, [given_, empty], tmp_path)
    assert {stem(NAME): 6, stem(TOP): 0} == {stem(one.name): len(one.regions) for one in found}
    back = [one for part in found for one in part.regions]
    back.sort(key=lambda one: int(np.nonzero(pixels_of(one, SIZE))[1].min()))
    assert [one.kind for one in some] == [one.kind for one in back]


@pytest.mark.parametrize("format", FORMATS.names())
def test_a_format_says_in_its_docstring_what_it_is(format: str) -> None:
    kind = FORMATS[format]
    assert kind.title and kind.reference and "Format" not in (kind.__doc__ or "Format")


@pytest.mark.parametrize(("format", "one", "said"), [
    ("voc", AnnotatedRegion(TRIANGLE), "Areas written as the box around them: 1."),
    ("voc", AnnotatedRegion(brush=Runs.of(RING)), "Areas written as the box around them: 1."),
    ("yolo-boxes", AnnotatedRegion(TRIANGLE), "Areas written as the box around them: 1."),
    ("yolo-boxes", AnnotatedRegion(TRIANGLE, severity=0.5), "Severities left out: 1."),
    ("yolo-boxes", AnnotatedRegion(TRIANGLE, note="x"), "Notes left out: 1."),
    ("yolo-segments", AnnotatedRegion(brush=Runs.of(RING)), "Holes in painted areas, written as filled: 1."),
    ("yolo-segments", AnnotatedRegion(brush=Runs.of(RING)), "Painted areas written as their outline: 1."),
    ("yolo-segments", AnnotatedRegion(brush=Runs.of(RING[::-1] ^ np.eye(48, 64, 40, bool))),
     "Painted areas of several parts, written as one area a part: 1."),
    ("masks", AnnotatedRegion(TRIANGLE), "Polygons written as the pixels inside of them: 1."),
    ("masks", AnnotatedRegion(TRIANGLE / 1000), "Areas without a pixel of their own, left out: 1."),
])  # fmt: skip
def test_what_a_format_cannot_keep_is_said(format: str, one: AnnotatedRegion, said: str, tmp_path: Path) -> None:
    _, lost, _ = there_and_back(format, [sheet(one)], tmp_path)
    assert said in lost.sentences()


@pytest.mark.parametrize("format", ["cvat", "voc"])
def test_signs_that_xml_cannot_hold_are_left_out_and_said(format: str, tmp_path: Path) -> None:
    box = AnnotatedRegion(boxed(0, 0, 0.5, 0.5), note="a\x01b\nc ")
    (found,), lost, _ = there_and_back(format, [sheet(box)], tmp_path)
    assert "ab\nc " == found.regions[0].note
    assert ("Signs that XML cannot hold, left out: 1.",) == lost.sentences()


def test_overlapping_masks_are_said(tmp_path: Path) -> None:
    one, other = (AnnotatedRegion(boxed(left, 0, left + 0.5, 1)) for left in (0, 0.25))
    _, lost, _ = there_and_back("masks", [sheet(one, other)], tmp_path)
    assert "Areas of which a later one covers pixels: 1." in lost.sentences()


def test_more_areas_than_a_byte_counts_fit_into_a_mask(tmp_path: Path) -> None:
    some = [AnnotatedRegion(brush=Runs.of(np.arange(48 * 64).reshape(SIZE) == at * 3)) for at in range(300)]
    (found,), *_ = there_and_back("masks", [sheet(*some)], tmp_path)
    assert tuple(some) == found.regions


def test_a_painted_outline_filled_again_is_what_was_painted(tmp_path: Path) -> None:
    disk = np.hypot(*(np.mgrid[:48, :64] - np.array([24, 30])[:, None, None])) < 13
    (found,), *_ = there_and_back("yolo-segments", [sheet(AnnotatedRegion(brush=Runs.of(disk)))], tmp_path)
    assert np.array_equal(disk, pixels_of(found.regions[0], SIZE))


def test_a_turned_rectangle_is_no_box() -> None:
    turned = np.array([(0.5, 0.1), (0.9, 0.5), (0.5, 0.9), (0.1, 0.5)], np.float32)
    assert [True, False] == [is_box(AnnotatedRegion(one)) for one in (boxed(0.1, 0.2, 0.3, 0.4), turned)]


def test_a_box_of_any_first_corner_and_direction_is_a_box() -> None:
    box = boxed(0.1, 0.2, 0.3, 0.4)
    assert all(is_box(AnnotatedRegion(np.roll(box[::way], at, axis=0))) for at in range(4) for way in (1, -1))


@few
@given(mask=arrays.arrays(bool, arrays.array_shapes(min_dims=2, max_dims=2, max_side=40)))
def test_run_lengths_are_those_of_coco(mask: np.ndarray) -> None:
    runs = Runs.of(mask)
    assert coco_mask.encode(np.asfortranarray(mask, np.uint8))["counts"].decode() == rle.packed(runs)
    assert runs == rle.unpacked(rle.packed(runs), runs.shape)
    assert np.array_equal(mask, runs.mask)
    assert mask.sum() == runs.area


@few
@given(mask=arrays.arrays(bool, arrays.array_shapes(min_dims=2, max_dims=2, max_side=40)))
def test_run_lengths_of_label_studio_come_back(mask: np.ndarray) -> None:
    shape = (mask.shape[0], mask.shape[1])
    assert np.array_equal(mask, bits.unpacked(bits.packed(mask), shape))


def test_a_long_run_takes_several_lengths() -> None:
    mask = np.zeros((300, 400), bool)
    mask[7, 5] = True
    assert np.array_equal(mask, bits.unpacked(bits.packed(mask), (300, 400)))


def test_pycocotools_reads_what_was_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    box = AnnotatedRegion(boxed(0.25, 0.25, 0.75, 0.5), kind="dent")
    there_and_back("coco", [sheet(box, AnnotatedRegion(brush=Runs.of(RING), kind="stain"))], tmp_path)
    coco = COCO(str(tmp_path / "there"))
    first, second = coco.loadAnns(coco.getAnnIds())
    assert np.array_equal(filled([boxed(0.25, 0.25, 0.75, 0.5)], SIZE), coco.annToMask(first) > 0)
    assert np.array_equal(RING, coco.annToMask(second) > 0)
    assert [16, 12, 32, 12] == first["bbox"]
    assert (32 * 12, RING.sum()) == (first["area"], second["area"])
    assert ["dent", "stain"] == [one["name"] for one in coco.loadCats(coco.getCatIds())]


def coco_file(folder: Path, **area: object) -> Path:
    """A foreign COCO file with one picture and one area."""
    path = folder / "a.json"
    content = {"images": [{"id": 7, "file_name": "x.png", "width": 64, "height": 48}],
               "categories": [{"id": 3, "name": "dent"}],
               "annotations": [{"id": 1, "image_id": 7, "category_id": 3} | area]}  # fmt: skip
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_foreign_coco_boxes_runs_and_parts_are_read(tmp_path: Path) -> None:
    ((one,), _) = read("coco", coco_file(tmp_path, bbox=[16, 12, 32, 12]))
    assert (AnnotatedRegion(boxed(0.25, 0.25, 0.75, 0.5), kind="dent", origin="imported"),) == one.regions
    ((one,), _) = read("coco", coco_file(tmp_path, segmentation={"size": [48, 64], "counts": [0, 48, 3024]}))
    assert 48 == pixels_of(one.regions[0], SIZE)[:, 0].sum()
    parts = [[0, 0, 8, 0, 8, 8, 0, 8], [16, 0, 24, 0, 24, 8, 16, 8]]
    ((one,), losses) = read("coco", coco_file(tmp_path, segmentation=parts))
    assert 128 == pixels_of(one.regions[0], SIZE).sum()
    assert ("Areas of several polygons, read as the pixels inside of them: 1.",) == losses.sentences()


def test_an_area_beyond_the_picture_is_cut_and_one_without_area_left_out(tmp_path: Path) -> None:
    ((one,), losses) = read("coco", coco_file(tmp_path, bbox=[-16, 12, 32, 12]))
    assert [0, 0.25] == one.regions[0].polygon[:, 0].tolist()[:2]  # type: ignore[index]
    assert ("Areas that reached beyond the picture and were cut at its border: 1.",) == losses.sentences()
    ((one,), losses) = read("coco", coco_file(tmp_path, bbox=[16, 12, 0, 12]))
    assert ((), ("Marks without area, left out: 1.",)) == (one.regions, losses.sentences())


VOC = "<annotation><filename>01000_side.jpg</filename><size><width>64</width><height>48</height></size>{}</annotation>"
OBJECT = "<object><name>{}</name><bndbox><xmin>16</xmin><ymin>12</ymin><xmax>{}</xmax><ymax>24</ymax></bndbox></object>"


def test_a_voc_box_around_an_intact_package_is_its_verdict(tmp_path: Path) -> None:
    (tmp_path / "01000_side.xml").write_text(VOC.format(OBJECT.format("intact", 32)))
    ((one,), losses) = read("voc", tmp_path)
    assert (INTACT, ()) == (one.verdict, one.regions)
    assert ("Boxes around intact packages, read as the verdict: 1.",) == losses.sentences()


def test_a_voc_label_that_says_damage_is_no_kind(tmp_path: Path) -> None:
    (tmp_path / "01000_side.xml").write_text(VOC.format(OBJECT.format("damage", 32)))
    ((one,), _) = read("voc", tmp_path)
    assert ["", "imported", "01000_side.jpg"] == [one.regions[0].kind, one.regions[0].origin, one.name]


CVAT = '<annotations><image id="0" name="a.png" width="64" height="48">{}</image></annotations>'


def test_a_turned_cvat_box_is_turned_around_its_middle(tmp_path: Path) -> None:
    box = '<box label="dent" xtl="16" ytl="20" xbr="32" ybr="24" rotation="90"/>'
    (tmp_path / "a.xml").write_text(CVAT.format(box))
    ((one,), _) = read("cvat", tmp_path / "a.xml")
    corners = (one.regions[0].polygon * (64, 48)).round(3).tolist()  # type: ignore[operator]
    assert [[26, 14], [26, 30], [22, 30], [22, 14]] == corners


def test_a_cvat_mask_of_another_tool_is_read_in_rows(tmp_path: Path) -> None:
    mask = '<mask label="dent" rle="1, 2, 2, 1" left="10" top="5" width="3" height="2"/>'
    (tmp_path / "a.xml").write_text(CVAT.format(mask))
    ((one,), _) = read("cvat", tmp_path / "a.xml")
    assert [[5, 11], [5, 12], [6, 12]] == np.argwhere(pixels_of(one.regions[0], SIZE)).tolist()


def test_cvat_lines_are_left_out_and_ellipses_read(tmp_path: Path) -> None:
    shapes = '<polyline label="a" points="1,1;2,2"/><ellipse label="dent" cx="32" cy="24" rx="16" ry="8"/>'
    (tmp_path / "a.xml").write_text(CVAT.format(shapes))
    ((one,), losses) = read("cvat", tmp_path / "a.xml")
    assert np.pi * 16 * 8 == pytest.approx(pixels_of(one.regions[0], SIZE).sum(), rel=0.02)
    assert ("Lines, points and other shapes without area, left out: 1.",) == losses.sentences()


def test_a_task_of_label_studio_is_read(tmp_path: Path) -> None:
    place = {"original_width": 64, "original_height": 48}
    box = place | {"id": "q", "type": "rectanglelabels", "value": {
        "x": 25, "y": 25, "width": 50, "height": 25, "rotation": 90, "rectanglelabels": ["dent"]}}  # fmt: skip
    task = {"data": {"image": "/data/upload/1/0a1b2c3d-01000%20side.png"}, "annotations": [
        {"updated_at": "2026-01-01", "result": []}, {"updated_at": "2026-01-02", "result": [box]}]}  # fmt: skip
    (tmp_path / "a.json").write_text(json.dumps([task]))
    ((one,), losses) = read("label-studio", tmp_path / "a.json")
    assert "01000 side.png" == Path(one.name).name
    corners = (one.regions[0].polygon * (64, 48)).round(3).tolist()  # type: ignore[operator]
    assert [[16, 12], [16, 44], [4, 44], [4, 12]] == corners
    assert ("Older annotations of a picture, left out: 1.",) == losses.sentences()


def test_masks_without_a_legend_have_an_area_a_part(tmp_path: Path) -> None:
    mask = np.zeros(SIZE, np.uint8)
    mask[2:5, 2:5] = mask[10:12, 10:12] = 255
    Image.fromarray(mask).save(tmp_path / "01000_side.png")
    ((one,), losses) = read("masks", tmp_path)
    assert [9, 4] == [pixels_of(part, SIZE).sum() for part in one.regions]
    assert ("Parts of masks without a legend, each read as an area: 2.",) == losses.sentences()


@pytest.mark.parametrize(("format", "name", "content"), [
    ("coco", "a.json", "{"),
    ("coco", "a.json", "[" * 200_000),
    ("coco", "a.json", "[]"),
    ("coco", "a.json", '{"images": [{"id": 1, "file_name": "x", "width": 0, "height": 4}], "annotations": []}'),
    ("coco", "a.json", '{"images": [], "annotations": [{"image_id": 1, "category_id": 1}]}'),
    ("coco", "a.json", '{"images": [NaN], "annotations": []}'),
    ("cvat", "a.xml", "<annotations><image/></annotations>"),
    ("cvat", "a.xml", "<annotation/>"),
    ("cvat", "a.xml", CVAT.format('<polygon label="a" points="1,1;2"/>')),
    ("cvat", "a.xml", CVAT.format('<polygon label="a" points="1,1;2,nan;3,4"/>')),
    ("cvat", "a.xml", CVAT.format('<mask label="a" rle="1,2" left="0" top="0" width="900" height="2"/>')),
    ("cvat", "a.xml", CVAT.format('<mask label="a" rle="1,2" left="0" top="0" width="9" height="2"/>')),
    ("cvat", "a.xml", '<!DOCTYPE a [<!ENTITY b "c">]><annotations>&b;</annotations>'),
    ("cvat", "a.xml", '<!DOCTYPE a SYSTEM "file:///etc/passwd"><annotations/>'),
    ("voc", "a.xml", "<annotation>"),
    ("voc", "a.xml", VOC.format("<object><name>dent</name></object>")),
    ("voc", "a.xml", VOC.format(OBJECT.format("dent", "wide"))),
    ("voc", "a.xml", '<!DOCTYPE a [<!ENTITY b "c">]><annotation>&b;</annotation>'),
    ("label-studio", "a.json", "[1]"),
    ("label-studio", "a.json", '[{"data": {}}]'),
    ("label-studio", "a.json", '[{"data": {"image": "x"}, "annotations": [{"result": [{"type": "polygonlabels"}]}]}]'),
    ("masks", "a.png", "no picture"),
    ("masks", "regions.json", "[]"),
    ("yolo-boxes", "a.txt", "0 0.5 0.5 0.1 0.1"),
])  # fmt: skip
def test_a_damaged_file_is_refused_with_what_is_wrong(format: str, name: str, content: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(BadInput) as caught:
        read(format, tmp_path if not FORMATS[format].single else tmp_path / name)
    assert name in caught.value.problem or "There are no names of classes" in caught.value.problem
    assert caught.value.remedy


@pytest.mark.parametrize(("line", "wrong"), [
    ("1 0.5 0.5 0.1 0.1", "the class 1"),
    ("-1 0.5 0.5 0.1 0.1", "the class -1"),
    ("0 0.5 0.5 0.1", "3 numbers"),
    ("0 0.5 0.5 0.1 0.1 0.9", "5 numbers"),
    ("0 0.5 0.5 0.1 inf", "not a number"),
    ("dent 0.5 0.5 0.1 0.1", "invalid literal"),
])  # fmt: skip
def test_a_yolo_line_that_is_no_box_is_refused(line: str, wrong: str, tmp_path: Path) -> None:
    (tmp_path / "classes.txt").write_text("dent\n")
    (tmp_path / "a.txt").write_text(line)
    with pytest.raises(BadInput, match=wrong):
        read("yolo-boxes", tmp_path)


@pytest.mark.parametrize("names", ["names: [dent, stain]", "names: {0: dent, 1: stain}"])
def test_names_of_yolo_classes_are_a_list_or_a_table(names: str, tmp_path: Path) -> None:
    (tmp_path / "data.yaml").write_text(names)
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "a.txt").write_text("1 0.5 0.5 0.5 0.5\n")
    ((one,), _) = read("yolo-boxes", tmp_path)
    assert ("a", "stain") == (one.name, one.regions[0].kind)


@pytest.mark.parametrize("text", ["", "0", "~~~~", "zz", "\x7f", "é"])
def test_damaged_run_lengths_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="run"):
        rle.unpacked(text, (4, 4))


@pytest.mark.parametrize("data", [[], [0, 0, 0, 64], [0, 0, 0, 9] * 5, [0, 0, 0, 64, 57, 27, 191, 255, 0]])
def test_damaged_run_lengths_of_label_studio_are_refused(data: list[int]) -> None:
    with pytest.raises(ValueError, match="run lengths"):
        bits.unpacked(data, (4, 4))


def archive(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return path


def test_an_archive_is_unpacked_for_as_long_as_it_is_read(tmp_path: Path) -> None:
    with unpacked(archive(tmp_path / "a.zip", **{"annotations/a.json": b"{}"})) as place:
        assert b"{}" == (place / "annotations" / "a.json").read_bytes()
    assert not place.exists()


@pytest.mark.parametrize("name", ["../a.json", "/a.json", "x/../../a.json", "..\\a.json", "C:/a.json"])
def test_an_archive_that_leads_out_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="leads out"), unpacked(archive(tmp_path / "a.zip", **{name: b"{}"})):
        pass


def test_a_link_in_an_archive_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("a.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr(link, "/etc/passwd")
    with pytest.raises(BadInput, match="leads out"), unpacked(tmp_path / "a.zip"):
        pass


def test_an_archive_that_grows_beyond_all_measure_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MAX_BYTES", 1_000_000)
    with pytest.raises(BadInput, match="holds more than"), unpacked(archive(tmp_path / "a.zip", a=bytes(1_000_001))):
        pass


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", a=bytes(range(256)) * 40)
    data = bytearray(path.read_bytes())
    data[40:60] = bytes(20)
    path.write_bytes(data)
    with pytest.raises(BadInput, match="cannot be unpacked"), unpacked(path):
        pass


@pytest.mark.parametrize("single", [True, False])
def test_what_fails_in_the_middle_leaves_nothing(single: bool, tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), written(tmp_path / "out", single=single) as place:
        (place if single else place / "a").write_text("half")
        _ = 1 / 0
    assert [] == list(tmp_path.iterdir())


def test_a_folder_that_is_not_empty_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("mine")
    with pytest.raises(BadInput, match="is not empty"), written(tmp_path, single=False):
        pass
    assert "mine" == (tmp_path / "a").read_text()


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("in the way")
    with pytest.raises(CoreError, match="cannot be written"), written(tmp_path / "a" / "b", single=True) as place:
        place.write_text("x")


def test_a_picture_is_found_by_as_much_of_its_name_as_it_takes() -> None:
    names = ("damage/side/1.png", "damage/top/1.png", "damage/top/2.png")
    catalogue = Catalogue([Picture(str(at), "v", name, SIZE) for at, name in enumerate(names)])
    asked = ("side/1", "x/side/1.JPG", "C:\\data\\TOP\\2.PNG", "2", "damage/top/1.png")
    assert ["0", "0", "2", "2", "1"] == [found.package for name in asked if (found := catalogue.find(name))]
    assert [None, None] == [catalogue.find(name) for name in ("1.png", "3")]
    assert {"1.png": 1, "3": 1} == dict(catalogue.unknown)


def test_a_polygon_is_filled_like_a_slow_twin_says() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        corners = rng.random((rng.integers(3, 9), 2)).astype(np.float32)
        assert np.array_equal(slowly_filled(corners, (13, 17)), filled([corners], (13, 17)))


def slowly_filled(corners: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Count, for every pixel, how many sides a ray from its center to the left crosses."""
    points = corners.astype(np.float64) * shape[::-1]
    found = np.zeros(shape, bool)
    for row, column in np.ndindex(*shape):
        y, x = row + 0.5, column + 0.5
        for (x0, y0), (x1, y1) in zip(points, np.roll(points, 1, axis=0), strict=True):
            if (y0 <= y) != (y1 <= y) and x0 + (y - y0) * (x1 - x0) / (y1 - y0) <= x:
                found[row, column] ^= True
    return found


def test_areas_that_share_a_border_share_no_pixel() -> None:
    left, right = (filled([boxed(start, 0, start + 0.5, 1)], (5, 7)) for start in (0, 0.5))
    assert not (left & right).any()
    assert (left | right).all()


def test_an_area_beyond_the_frame_is_cut_off() -> None:
    huge = np.array([(-9, -9), (9, -9), (9, 9), (-9, 9)], np.float32)
    assert filled([huge], (3, 4)).all()


def test_a_brush_of_another_size_is_stretched() -> None:
    small = AnnotatedRegion(brush=Runs.of(np.eye(2) > 0))
    assert np.array_equal(np.kron(np.eye(2), np.ones((2, 2))) > 0, pixels_of(small, (4, 4)))


def test_runs_that_do_not_fill_their_mask_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fill"):
        Runs((4, 4), (3, 4))
