"""Annotations of a data set: saved, told apart, brought in, written out, also by the command."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app import cli
from core.contracts import AnnotationStore, Dataset
from core.datasets.joined import JoinedDataset
from core.domain import DAMAGED, INTACT, UNSURE, AnnotatedRegion, Runs
from core.errors import BadInput, CoreError, UnknownName
from core.regions import boxed
from core.studies import annotation
from core.study import open_dataset
from tests.conftest import draw_packages

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DENT = AnnotatedRegion(boxed(0.25, 0.25, 0.5, 0.75), kind="dent", severity=0.5)
PAINTED = AnnotatedRegion(brush=Runs.of(np.eye(48, 64) > 0), kind="stain", note="wet")
OUTLINE = np.array([(0.1, 0.2), (0.7, 1 / 3), (0.4, 0.9)], np.float32)


@pytest.fixture
def dataset(tiny_dataset: Path) -> Dataset:
    return open_dataset(tiny_dataset)


@pytest.fixture
def store() -> AnnotationStore:
    return annotation.open_annotations()


def saved(
    store: AnnotationStore, dataset: Dataset, package: str = "01000", *regions: AnnotatedRegion, **changes: object
) -> annotation.Saved:
    """Ann says that a package is damaged, and saw its side."""
    said = {"verdict": DAMAGED, "annotator": "Ann", "made_at": NOON, "regions": {"side": regions or (DENT,)}} | changes
    return annotation.save(store, dataset, package, **said)  # type: ignore[arg-type]  # the changes are its arguments


def test_what_is_saved_stands(store: AnnotationStore, dataset: Dataset) -> None:
    one = saved(store, dataset).annotation
    assert (one,) == annotation.current(store, dataset, "01000")
    assert {"01000": (one,)} == annotation.standing(store, dataset).packages
    assert (one,) == annotation.history(store, dataset, "01000")


def test_who_saves_over_another_sees_it(store: AnnotationStore, dataset: Dataset) -> None:
    first = saved(store, dataset).annotation
    ann = saved(store, dataset, replaces=[first.id])
    bob = saved(store, dataset, annotator="Bob", replaces=[first.id])
    assert ((), (ann.annotation,)) == (ann.beside, bob.beside)
    both = saved(store, dataset, replaces=[ann.annotation.id, bob.annotation.id])
    assert () == both.beside
    assert (both.annotation,) == annotation.current(store, dataset, "01000")


def test_the_last_word_of_each_person_outlives_a_review(store: AnnotationStore, dataset: Dataset) -> None:
    ann, bob = (saved(store, dataset, annotator=name).annotation for name in ("Ann", "Bob"))
    eve = saved(store, dataset, annotator="Eve", replaces=[ann.id, bob.id]).annotation
    said = annotation.opinions(annotation.history(store, dataset, "01000"))
    assert {"Ann": ann, "Bob": bob, "Eve": eve} == said


def test_an_old_annotation_is_said_again(store: AnnotationStore, dataset: Dataset) -> None:
    old = saved(store, dataset).annotation
    saved(store, dataset, verdict=UNSURE, replaces=[old.id])
    again = annotation.restore(store, old.id, annotator="Bob", made_at=NOON)
    assert (DAMAGED, ()) == (again.annotation.verdict, again.beside)


@pytest.mark.parametrize("package", ["nobody", "01000"])
def test_an_unknown_package_or_view_is_refused(store: AnnotationStore, dataset: Dataset, package: str) -> None:
    with pytest.raises(UnknownName):
        saved(store, dataset, package, regions={"back": ()})
    assert () == store.history(dataset.name)


def test_painted_pixels_have_the_size_of_the_picture(store: AnnotationStore, dataset: Dataset) -> None:
    with pytest.raises(BadInput, match="is 3 x 2, its picture 64 x 48"):
        saved(store, dataset, "01000", AnnotatedRegion(brush=Runs.of(np.ones((2, 3), bool))))


def test_another_data_set_of_the_same_name_and_ids_has_its_own(
    store: AnnotationStore, dataset: Dataset, tmp_path: Path
) -> None:
    saved(store, dataset)
    other = tmp_path / "other" / "tiny"
    draw_packages(other)
    for path in other.rglob("*.png"):
        Image.open(path).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(path)
    opened = open_dataset(other)
    assert opened.name == dataset.name
    assert () == annotation.current(store, opened, "01000")
    found = annotation.standing(store, opened)
    assert {} == found.packages
    assert ("Annotations of other pictures with the same name, left out: 1.",) == found.notices


def test_a_data_set_that_was_moved_and_saved_again_keeps_its_annotations(
    store: AnnotationStore, dataset: Dataset, tmp_path: Path
) -> None:
    one = saved(store, dataset).annotation
    moved = tmp_path / "elsewhere" / "tiny"
    shutil.copytree(dataset.root, moved)
    for path in moved.rglob("*.png"):
        Image.open(path).save(path, compress_level=1)
    assert (one,) == annotation.current(store, open_dataset(moved), "01000")


def test_a_package_that_is_gone_is_counted(store: AnnotationStore, dataset: Dataset) -> None:
    saved(store, dataset)
    for path in dataset.root.rglob("01000_*.png"):
        path.unlink()
    assert ("Annotated packages that are no longer in the data set: 1.",) == annotation.standing(
        store, open_dataset(dataset.root)
    ).notices


def test_joined_data_sets_keep_the_annotations_of_their_parts(
    store: AnnotationStore, dataset: Dataset, tmp_path: Path
) -> None:
    one = saved(store, dataset).annotation
    for path in draw_packages(tmp_path / "second").rglob("*.png"):
        path.rename(path.with_name(f"9{path.name}"))
    joined = JoinedDataset([dataset, open_dataset(tmp_path / "second")])
    two = saved(store, joined, "902000", verdict=INTACT, regions={"top": ()}).annotation
    assert ("tiny", "second") == (one.dataset, two.dataset)
    assert {"01000": (one,), "902000": (two,)} == annotation.standing(store, joined).packages


def exported(
    store: AnnotationStore, dataset: Dataset, format: str, target: Path, **changes: str
) -> annotation.Exported:
    return annotation.export_regions(store, dataset, target, format, **changes)


def imported(
    store: AnnotationStore, dataset: Dataset, source: Path, format: str, **changes: object
) -> annotation.Imported:
    said = {"annotator": "Bob", "made_at": NOON} | changes
    return annotation.import_regions(store, dataset, source, format, **said)  # type: ignore[arg-type]


@pytest.mark.parametrize("format", ["coco", "cvat", "label-studio"])
def test_what_was_exported_is_imported_into_an_empty_store(
    store: AnnotationStore, dataset: Dataset, tmp_path: Path, format: str
) -> None:
    regions = {"side": (DENT, AnnotatedRegion(OUTLINE, origin="suggested")), "top": (PAINTED,)}
    saved(store, dataset, regions=regions, note="n")
    saved(store, dataset, "02000", verdict=INTACT, regions={"side": ()})
    out = exported(store, dataset, format, tmp_path / "out")
    assert (2, 3, 3) == (out.packages, out.pictures, out.regions)
    assert ("Who made each annotation and when, and what it replaced, stays in the store.",) == out.notices
    empty = annotation.open_annotations(f"sqlite:///{tmp_path}/empty.sqlite3")
    done = imported(empty, dataset, tmp_path / "out", format)
    assert (2, 3, 0, ()) == (done.packages, done.regions, done.unchanged, done.notices)
    (one,), (other,) = annotation.standing(empty, dataset).packages.values()
    assert (regions, DAMAGED, "n", "Bob", NOON) == (one.regions, one.verdict, one.note, one.annotator, one.made_at)
    assert ({"side": ()}, INTACT) == (other.regions, other.verdict)
    assert 2 == len(one.pictures)


def test_importing_twice_adds_once(store: AnnotationStore, dataset: Dataset, tmp_path: Path) -> None:
    saved(store, dataset, annotator="Bob")
    exported(store, dataset, "coco", tmp_path / "a.json")
    done = imported(store, dataset, tmp_path / "a.json", "coco")
    assert (0, 1) == (done.packages, done.unchanged)


def test_an_import_stands_beside_what_others_said_unless_it_shall_replace_it(
    store: AnnotationStore, dataset: Dataset, tmp_path: Path
) -> None:
    saved(store, dataset)
    exported(store, dataset, "coco", tmp_path / "a.json")
    saved(store, dataset, regions={"side": ()}, verdict=UNSURE)
    done = imported(store, dataset, tmp_path / "a.json", "coco")
    assert ("Packages of which others said something too, which stands beside this: 1.",) == done.notices
    assert 3 == len(annotation.current(store, dataset, "01000"))
    imported(store, dataset, tmp_path / "a.json", "coco", annotator="Eve", replace_all=True)
    assert ["Eve"] == [one.annotator for one in annotation.current(store, dataset, "01000")]
    assert 4 == len(annotation.history(store, dataset, "01000"))


def test_views_that_a_file_leaves_out_stay_as_they_were(
    store: AnnotationStore, dataset: Dataset, tmp_path: Path
) -> None:
    saved(store, dataset, regions={"side": ()}, verdict=UNSURE)
    exported(store, dataset, "coco", tmp_path / "a.json")
    saved(store, dataset, "01001", regions={"top": (DENT,)})
    content = json.loads((tmp_path / "a.json").read_text())
    content["images"][0]["file_name"] = "01001_side"
    (tmp_path / "a.json").write_text(json.dumps(content))
    imported(store, dataset, tmp_path / "a.json", "coco", annotator="Ann")
    (found,) = annotation.current(store, dataset, "01001")
    assert ({"side": (), "top": (DENT,)}, DAMAGED) == (found.regions, found.verdict)


def test_a_verdict_that_no_file_says_is_assumed_and_said(
    store: AnnotationStore, dataset: Dataset, tmp_path: Path
) -> None:
    saved(store, dataset)
    saved(store, dataset, "02000", verdict=INTACT, regions={"side": ()})
    lost = exported(store, dataset, "yolo-segments", tmp_path / "labels").notices
    assert "Pictures whose verdict is left out: 2." in lost
    done = imported(store, dataset, tmp_path / "labels", "yolo-segments", annotator="Eve")
    assumed = "Packages without a verdict in the source, called damaged where they have marks, else unsure: 2."
    assert assumed in done.notices
    assert [DAMAGED, UNSURE] == [one.verdict for one in store.by("Eve")]


def yolo(folder: Path, *names: str) -> Path:
    folder.mkdir()
    (folder / "classes.txt").write_text("dent\n")
    for name in names:
        (folder / f"{name}.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    return folder


def test_unknown_pictures_are_refused_or_left_out(store: AnnotationStore, dataset: Dataset, tmp_path: Path) -> None:
    labels = yolo(tmp_path / "labels", "01000_side", "nobody_side")
    with pytest.raises(
        BadInput, match="1 of 2 pictures are not in the data set, or several could be meant: nobody_side"
    ):
        imported(store, dataset, labels, "yolo-boxes")
    assert () == store.history(dataset.name)
    done = imported(store, dataset, labels, "yolo-boxes", skip_unknown=True)
    assert "Marks of pictures that the data set does not have, left out: 1." in done.notices
    assert ["01000"] == list(annotation.standing(store, dataset).packages)


def test_a_file_of_another_data_set_is_refused_even_where_unknown_pictures_are_left_out(
    store: AnnotationStore, dataset: Dataset, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match="1 of 1 pictures are not in the data set"):
        imported(store, dataset, yolo(tmp_path / "labels", "nobody_side"), "yolo-boxes", skip_unknown=True)


@pytest.mark.parametrize("source", ["labels", "nothing"])
def test_an_empty_or_missing_source_is_refused(
    store: AnnotationStore, dataset: Dataset, tmp_path: Path, source: str
) -> None:
    yolo(tmp_path / "labels")
    with pytest.raises(BadInput, match=r"There are no marks in it at all|There is no nothing"):
        imported(store, dataset, tmp_path / source, "yolo-boxes")


def test_marks_of_a_resized_picture_are_refused(store: AnnotationStore, dataset: Dataset, tmp_path: Path) -> None:
    Image.new("L", (32, 24), 1).save(tmp_path / "01000_side.png")
    with pytest.raises(BadInput, match="was marked at 32 x 24 pixels, but the picture has 64 x 48"):
        imported(store, dataset, tmp_path / "01000_side.png", "masks")


def test_an_unknown_format_is_answered_with_the_nearest(
    store: AnnotationStore, dataset: Dataset, tmp_path: Path
) -> None:
    saved(store, dataset)
    with pytest.raises(UnknownName, match="coco"):
        exported(store, dataset, "cocoa", tmp_path / "a.json")


def test_nothing_is_not_exported(store: AnnotationStore, dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="There are no annotations to export"):
        exported(store, dataset, "coco", tmp_path / "a.json")


def test_of_several_the_newest_is_written_or_that_of_one_person(
    store: AnnotationStore, dataset: Dataset, tmp_path: Path
) -> None:
    saved(store, dataset, made_at=NOON + timedelta(hours=1))
    saved(store, dataset, annotator="Bob", verdict=UNSURE)
    several = "Packages of which several annotations stand, the newest of which was written: 1."
    assert several in exported(store, dataset, "coco", tmp_path / "a.json").notices
    exported(store, dataset, "coco", tmp_path / "b.json", annotator="Bob")
    said = [json.loads((tmp_path / name).read_text())["images"][0]["verdict"] for name in ("a.json", "b.json")]
    assert [DAMAGED, UNSURE] == said


def test_the_masks_that_come_with_a_data_set_can_be_imported(store: AnnotationStore, rendered_dataset: Path) -> None:
    dataset = open_dataset(rendered_dataset)
    imported(store, dataset, rendered_dataset / "masks", "masks")
    truth = dataset.truth("01000", "side")
    (found,) = annotation.current(store, dataset, "01000")
    assert truth is not None
    painted = np.any([one.brush.mask for one in found.regions["side"] if one.brush], axis=0)
    assert np.array_equal(truth.mask, painted)


def test_an_import_that_cannot_be_kept_leaves_nothing(store: AnnotationStore, dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(CoreError):
        imported(store, dataset, yolo(tmp_path / "labels", "01000_side", "01001_side"), "yolo-boxes", annotator=" ")
    assert () == store.history(dataset.name)


def test_the_command_exports_and_imports(
    store: AnnotationStore, dataset: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved(store, dataset)
    data, out = ["--data", str(dataset.root)], str(tmp_path / "made" / "a.json")
    assert 0 == cli.run(["regions", "export", *data, "--format", "coco", "--out", out])
    assert "stays in the store" in capsys.readouterr().err
    assert 0 == cli.run(["regions", "import", *data, "--format", "coco", "--from", out, "--annotator", "Bob"])
    said = capsys.readouterr()
    assert "Imported by Bob" in said.out
    assert "which stands beside this: 1." in said.err
    assert {"Ann": 1, "Bob": 1} == store.annotators(dataset.name)


@pytest.mark.parametrize("verb", ["import", "export"])
def test_the_help_of_the_command_has_examples_and_every_format(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == cli.run(["regions", verb, "--help"])
    shown = capsys.readouterr().out
    assert f"secondlook regions {verb}" in shown.split("For example")[1]
    assert [] == [name for name in annotation.FORMATS if name not in shown]


def test_the_command_refuses_in_one_line(dataset: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = ["regions", "import", "--data", str(dataset.root), "--format", "coco", "--annotator", "Ann", "--from"]
    assert 2 == cli.run([*run, str(tmp_path / "nothing.json")])
    assert (
        "There is no nothing.json. Name the file or folder that the labeling tool wrote.\n" == capsys.readouterr().err
    )


def test_importing_the_study_does_not_import_alembic_for_help() -> None:
    code = "import sys, app.cli; print(*[name for name in ('sqlalchemy', 'alembic') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "" == done.stdout.strip()
