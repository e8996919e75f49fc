"""Pascal VOC boxes as regions."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.datasets.voc import read_regions
from core.errors import BadInput

SIZE = "<size><width>200</width><height>100</height></size>"


def box(name: str, left: object, top: object, right: object, bottom: object) -> str:
    corners = f"<xmin>{left}</xmin><ymin>{top}</ymin><xmax>{right}</xmax><ymax>{bottom}</ymax>"
    return f"<object><name>{name}</name><bndbox>{corners}</bndbox></object>"


def written(folder: Path, *content: str, encoding: str = "utf-8") -> Path:
    path = folder / "a.xml"
    path.write_text(f"<annotation>{''.join(content)}</annotation>", encoding=encoding)
    return path


def test_a_box_becomes_a_rectangle_in_shares_of_the_frame(tmp_path: Path) -> None:
    (region,) = read_regions(written(tmp_path, SIZE, box("damage", 20, 10, 100, 50)), (100, 200))
    assert [0.1, 0.1, 0.5, 0.1, 0.5, 0.5, 0.1, 0.5] == pytest.approx(region.polygon.ravel().tolist())
    assert "damage" == region.label


def test_a_box_around_an_intact_package_marks_no_damage(tmp_path: Path) -> None:
    assert () == read_regions(written(tmp_path, SIZE, box("intact", 20, 10, 100, 50)), (100, 200))


def test_the_picture_tells_the_size_where_the_file_does_not(tmp_path: Path) -> None:
    (region,) = read_regions(written(tmp_path, box("dent", 0, 0, 10, 10)), (20, 40))
    assert [0.25, 0.5] == region.polygon[2].tolist()


def test_a_box_is_clipped_to_the_frame(tmp_path: Path) -> None:
    (region,) = read_regions(written(tmp_path, SIZE, box("dent", -20, 50, 500, 900)), (100, 200))
    assert [[0, 0.5], [1, 0.5], [1, 1], [0, 1]] == region.polygon.tolist()


@pytest.mark.parametrize("corners", [(20, 10, 20, 50), (300, 10, 400, 50), (100, 10, 20, 50)], ids=str)
def test_a_box_without_area_in_the_frame_is_dropped(tmp_path: Path, corners: tuple[int, int, int, int]) -> None:
    assert () == read_regions(written(tmp_path, SIZE, box("dent", *corners)), (100, 200))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_other_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    (region,) = read_regions(written(tmp_path, SIZE, box("Beschädigt", 0, 0, 9, 9), encoding=encoding), (100, 200))
    assert "Beschädigt" == region.label


@pytest.mark.parametrize(
    "content", ["<object>", box("dent", "left", 0, 9, 9), box("dent", "nan", 0, 9, 9), "<object/>"]
)
def test_a_malformed_file_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(BadInput, match=r"a\.xml cannot be read as Pascal VOC boxes"):
        read_regions(written(tmp_path, SIZE, content), (100, 200))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_declared_entities_are_refused(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.xml"
    path.write_text('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', encoding=encoding)
    with pytest.raises(BadInput, match="declares a document type"):
        read_regions(path, (100, 200))
