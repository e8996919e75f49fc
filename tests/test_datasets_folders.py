"""Data sets in folders: what their paths mean, and what is said about their flaws."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import draw_packages
from PIL import Image

from core.contracts import Dataset
from core.datasets.folders import FolderDataset
from core.datasets.readers import READERS, open_dataset
from core.errors import BadInput, UnknownName, UnreadableImage

BOX = """<annotation><size><width>8</width><height>6</height></size><object><name>{name}</name>
<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>4</xmax><ymax>3</ymax></bndbox></object></annotation>"""


def laid_out(root: Path, *names: str) -> FolderDataset:
    """A data set of tiny pictures at these paths."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 6)).save(path)
    return FolderDataset(root)


def rows(dataset: Dataset) -> list[tuple[str, str, str | None, str]]:
    columns = dataset.index[["package", "view", "label", "split"]]
    return list(columns.itertuples(index=False, name=None))


def test_class_and_view_folders_are_read(tmp_path: Path) -> None:
    dataset = laid_out(tmp_path, "damage/side/007_side.png", "damage/top/007_top.jpg", "OK/top/0123_top.webp")
    assert [("007", "side", "damaged", ""), ("007", "top", "damaged", ""), ("0123", "top", "intact", "")] == rows(
        dataset
    )


def test_the_columns_of_the_index_are_those_of_the_contract(tiny_dataset: Path) -> None:
    columns = ["package", "view", "path", "label", "split", "regions_path"]
    columns += ["mask_path", "twin_path", "kind", "severity"]
    assert columns == list(FolderDataset(tiny_dataset).index.columns)


def test_a_level_above_is_a_split(tmp_path: Path) -> None:
    dataset = laid_out(tmp_path, "training/damaged/side/1_side.png", "test/intact/side/2_side.png")
    assert [("1", "side", "damaged", "train"), ("2", "side", "intact", "test")] == rows(dataset)


def test_pictures_beside_a_split_folder_are_training_pictures(tmp_path: Path) -> None:
    dataset = laid_out(tmp_path, "damage/side/1_side.png", "interpretabilidade/damage/side/2_side.png")
    assert ["train", "test"] == dataset.index["split"].tolist()
    assert "Pictures that lie beside the split folders, not in one, count as train." in dataset.notices


def test_a_level_that_everything_lies_under_is_no_split(tmp_path: Path) -> None:
    dataset = laid_out(tmp_path, "archive/damage/side/1_side.png", "archive/intact/side/2_side.png")
    assert ["", ""] == dataset.index["split"].tolist()


def test_a_level_with_an_unknown_name_is_a_split_of_that_name(tmp_path: Path) -> None:
    dataset = laid_out(tmp_path, "Monday/damage/side/1_side.png", "Friday/intact/side/2_side.png")
    assert ["monday", "friday"] == dataset.index["split"].tolist()


def test_flat_class_folders_have_one_view_called_image(tmp_path: Path) -> None:
    dataset = laid_out(tmp_path, "def_front/cast_def_0_12.jpeg", "ok_front/cast_ok_0_7.jpeg")
    assert [("cast_def_0_12", "image", "damaged", ""), ("cast_ok_0_7", "image", "intact", "")] == rows(dataset)


def test_flat_class_folders_below_a_split_are_read(tmp_path: Path) -> None:
    dataset = laid_out(tmp_path, "train/scratch/a.png", "test/scratch/b.png")
    assert [("a", "image", "scratch", "train"), ("b", "image", "scratch", "test")] == rows(dataset)


def test_flat_names_that_end_in_two_cameras_tell_the_view(tmp_path: Path) -> None:
    dataset = laid_out(tmp_path, "bad/01_side.png", "bad/01_top.png", "good/02_side.png")
    assert [("01", "side"), ("01", "top"), ("02", "side")] == [row[:2] for row in rows(dataset)]


def test_flat_names_that_end_in_one_camera_only_stay_whole(tmp_path: Path) -> None:
    assert [("01_front", "image")] == [row[:2] for row in rows(laid_out(tmp_path, "bad/01_front.png"))]


def test_any_view_folder_name_is_a_view(tmp_path: Path) -> None:
    dataset = laid_out(tmp_path, "bad/Kamera_A/01_kamera_a.png", "bad/infrared/01_infrared.png", "bad/top/01.png")
    assert ("infrared", "kamera_a", "top") == dataset.view_names
    assert ("01",) == dataset.ids


def test_a_folder_for_each_package_is_read(tmp_path: Path) -> None:
    dataset = laid_out(tmp_path, "bad/0123/side.png", "bad/0123/top.png")
    assert [("0123", "side"), ("0123", "top")] == [row[:2] for row in rows(dataset)]


def test_pictures_without_a_class_folder_have_no_label(tmp_path: Path) -> None:
    dataset = laid_out(tmp_path, "side/01_side.png", "top/01_top.png")
    assert [("01", "side", None, ""), ("01", "top", None, "")] == rows(dataset)
    assert "Pictures without a class folder, and so without a true class: 2." in dataset.notices


def test_an_unknown_class_folder_is_a_class_with_a_notice(tmp_path: Path) -> None:
    dataset = laid_out(tmp_path, "Wet/side/1_side.png", "ok/side/2_side.png")
    assert ("intact", "wet") == dataset.labels
    assert ("Folders that are in no table of class names became classes of their own: wet.",) == dataset.notices


def test_a_sound_data_set_gives_no_notice(tiny_dataset: Path) -> None:
    assert () == FolderDataset(tiny_dataset).notices


def test_a_missing_view_is_a_notice(tmp_path: Path) -> None:
    dataset = laid_out(tmp_path, "bad/side/1_side.png", "bad/top/1_top.png", "ok/side/2_side.png")
    assert ("1 of 2 packages has no top view.",) == dataset.notices
    assert {"side"} == set(dataset.load("2").views)


def test_numbers_that_are_taken_for_cameras_are_said_in_one_sentence(tmp_path: Path) -> None:
    (notice,) = laid_out(tmp_path, *(f"ok/ok_front {at}.png" for at in range(12))).notices
    assert notice.startswith("12 pictures count as 1 package with 12 views, such as front 0: ")


def test_a_serial_under_two_classes_keeps_the_first_with_a_notice(tmp_path: Path) -> None:
    dataset = laid_out(tmp_path, "damage/side/70001_side.png", "intact/side/70001_side.png", "intact/top/70001_top.png")
    assert [("70001", "side", "damaged", "")] == rows(dataset)
    assert ["Packages under two classes: 1 (70001); the first folder or file holds, pictures left out: 2."] == list(
        dataset.notices
    )
    assert ["intact/side/70001_side.png", "intact/top/70001_top.png"] == [
        file.path.relative_to(tmp_path).as_posix() for file in dataset.unreadable
    ]


def test_a_serial_in_two_splits_keeps_the_first_with_a_notice(tmp_path: Path) -> None:
    dataset = laid_out(tmp_path, "train/damage/side/70001_side.png", "test/damage/side/70001_side.png")
    assert [("70001", "side", "damaged", "test")] == rows(dataset)
    assert "Packages in two splits: 1 (70001)" in dataset.notices[0]


def test_two_files_for_one_view_keep_the_first_with_a_notice(tmp_path: Path) -> None:
    dataset = laid_out(tmp_path, "bad/side/1_side.png", "bad/side/1_side.webp")
    assert "1_side.png" == dataset.file("1", "side").path.name
    assert "Packages with two files for one view: 1 (1)" in dataset.notices[0]


def test_numbers_that_begin_again_in_every_class_are_different_packages(tmp_path: Path) -> None:
    names = [f"train/{label}/{number:03d}.png" for label in ("good", "scratch") for number in range(3)]
    dataset = laid_out(tmp_path, *names)
    assert 6 == len(dataset.ids)
    assert "train-intact-000" == dataset.ids[0]
    assert any("numbers that begin again" in notice for notice in dataset.notices)


def test_system_files_are_passed_over(tmp_path: Path) -> None:
    names = (
        "bad/side/1_side.png",
        "bad/side/._1_side.png",
        "__MACOSX/bad/side/2_side.png",
        ".cache/bad/side/3_side.png",
    )
    assert ("1",) == laid_out(tmp_path, *names).ids


def test_mask_folders_are_left_out_with_a_notice(tmp_path: Path) -> None:
    dataset = laid_out(tmp_path, "test/scratch/a.png", "ground_truth/scratch/a_mask.png")
    assert ("a",) == dataset.ids
    assert any("ground_truth" in notice for notice in dataset.notices)


@pytest.mark.parametrize("target", ["bad/side/1_side.png", "bad"], ids=["file", "folder"])
def test_a_link_that_leaves_the_data_folder_is_not_followed(tmp_path: Path, target: str) -> None:
    laid_out(tmp_path / "outside", "bad/side/1_side.png")
    laid_out(tmp_path / "inside", "ok/side/2_side.png")
    (tmp_path / "inside" / "ok" / "side" / "link.png").symlink_to(tmp_path / "outside" / target)
    dataset = FolderDataset(tmp_path / "inside")
    assert ("2",) == dataset.ids
    assert any("not followed (1)" in notice for notice in dataset.notices)


def test_the_data_folder_itself_may_be_a_link(tmp_path: Path, tiny_dataset: Path) -> None:
    (tmp_path / "link").symlink_to(tiny_dataset)
    assert 12 == len(open_dataset(tmp_path / "link").ids)


def test_a_package_is_decoded_with_its_views(tiny_dataset: Path) -> None:
    package = FolderDataset(tiny_dataset).load("01003")
    assert ("damaged", {"side", "top"}) == (package.label, set(package.views))
    assert (48, 64, 3) == package.views["top"].pixels.shape


def test_a_zero_byte_file_is_left_out_and_listed_as_unreadable(tiny_dataset: Path) -> None:
    path = tiny_dataset / "damage" / "top" / "01003_top.png"
    path.write_bytes(b"")
    dataset = FolderDataset(tiny_dataset)
    assert {"side"} == set(dataset.load("01003").views)
    assert [(path, "01003_top.png is empty (0 bytes).")] == [(file.path, file.reason) for file in dataset.unreadable]


def test_a_single_unreadable_view_raises_its_reason(tiny_dataset: Path) -> None:
    (tiny_dataset / "damage" / "top" / "01003_top.png").write_bytes(b"")
    with pytest.raises(UnreadableImage, match="is empty"):
        FolderDataset(tiny_dataset).view("01003", "top")


def test_boxes_beside_a_picture_are_its_regions(tmp_path: Path) -> None:
    laid_out(tmp_path, "bad/side/1_side.png")
    (tmp_path / "bad" / "side" / "1_side.xml").write_text(BOX.format(name="damage"), encoding="utf-8")
    assert ["damage"] == [region.label for region in FolderDataset(tmp_path).view("1", "side").regions]


def test_malformed_boxes_are_a_notice_and_no_regions(tmp_path: Path) -> None:
    laid_out(tmp_path, "bad/side/1_side.png")
    (tmp_path / "bad" / "side" / "1_side.xml").write_text("<annotation>", encoding="utf-8")
    dataset = FolderDataset(tmp_path)
    assert () == dataset.view("1", "side").regions
    assert "1_side.xml cannot be read as Pascal VOC boxes" in dataset.notices[0]


def test_an_unknown_package_is_answered_with_the_nearest(tiny_dataset: Path) -> None:
    with pytest.raises(UnknownName, match=r"no package called '0100'.*01005"):
        FolderDataset(tiny_dataset).load("0100")


def test_an_unknown_view_is_answered_with_those_there_are(tiny_dataset: Path) -> None:
    with pytest.raises(UnknownName, match=r"no view of package 01000 called 'front'.*side, top"):
        FolderDataset(tiny_dataset).file("01000", "front")


def test_an_empty_folder_is_refused_with_the_expected_layout(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"holds no pictures\..*damaged/side/0123_side\.png"):
        open_dataset(tmp_path)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="does not exist"):
        open_dataset(tmp_path / "nowhere")


def test_a_file_in_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data.zip").touch()
    with pytest.raises(BadInput, match="is a file, not a folder"):
        open_dataset(tmp_path / "data.zip")


@pytest.mark.parametrize("name", READERS.names())
def test_a_reader_that_fits_lists_every_package(name: str, tiny_dataset: Path) -> None:
    reader = READERS[name]
    assert reader.title
    if reader.fits(tiny_dataset):
        assert 12 == len(reader.open(tiny_dataset).ids)


def test_changing_the_index_does_not_change_the_data_set(tiny_dataset: Path) -> None:
    dataset = FolderDataset(tiny_dataset)
    index = dataset.index
    index["label"] = "changed"
    assert {"damaged", "intact"} == set(dataset.index["label"])


def test_drawn_packages_may_lie_in_a_split(tmp_path: Path) -> None:
    draw_packages(tmp_path, per_class=1, split="test")
    assert {"test"} == set(FolderDataset(tmp_path).index["split"])


def test_the_real_packages_are_all_found(real_packages: Path) -> None:
    dataset = open_dataset(real_packages)
    assert (154, 308, ("side", "top")) == (len(dataset.ids), len(dataset.index), dataset.view_names)
    assert {"train": 300, "test": 8} == dataset.index["split"].value_counts().to_dict()


def test_only_the_damaged_real_packages_have_regions(real_packages: Path) -> None:
    dataset = open_dataset(real_packages)
    boxed = dataset.index.dropna(subset=["regions_path"])["package"].unique()
    packages = [dataset.load(package) for package in boxed]
    marked = [package.label for package in packages if any(view.regions for view in package.views.values())]
    assert (4, ["damaged", "damaged"]) == (len(boxed), marked)
