"""Content hashes and health of the files of a data set."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.datasets.fingerprint import contents, fingerprint, inspect
from core.datasets.folders import FolderDataset
from core.store.frames import read_frame, write_frame


def test_every_file_has_the_hash_of_its_pixels(tiny_dataset: Path) -> None:
    frame = inspect(FolderDataset(tiny_dataset))
    pictures = [np.asarray(Image.open(path).convert("RGB")) for path in frame["path"]]
    assert [hashlib.sha256(b"64x48" + pixels.tobytes()).hexdigest() for pixels in pictures] == frame["sha256"].tolist()
    assert {(64, 48, "")} == set(frame[["width", "height", "reason"]].itertuples(index=False, name=None))


def test_a_picture_saved_in_another_lossless_format_has_the_same_hash(tiny_dataset: Path) -> None:
    before = inspect(FolderDataset(tiny_dataset))["sha256"].tolist()
    for path in list(tiny_dataset.rglob("*.png")):
        Image.open(path).save(path.with_suffix(".bmp"))
        path.unlink()
    assert before == inspect(FolderDataset(tiny_dataset))["sha256"].tolist()


def test_an_unreadable_file_has_its_reason_and_the_rest_goes_on(tiny_dataset: Path) -> None:
    (tiny_dataset / "damage" / "top" / "01003_top.png").write_bytes(b"")
    frame = inspect(FolderDataset(tiny_dataset))
    bad = frame[frame["reason"] != ""]
    assert [("01003", "top", "01003_top.png is empty (0 bytes).", 0)] == list(
        bad[["package", "view", "reason", "width"]].itertuples(index=False, name=None)
    )
    assert 24 == len(frame)


def test_a_file_that_vanished_has_its_reason(tiny_dataset: Path) -> None:
    dataset = FolderDataset(tiny_dataset)
    (tiny_dataset / "damage" / "top" / "01003_top.png").unlink()
    reasons = inspect(dataset).query("package == '01003' and view == 'top'")["reason"].tolist()
    assert ["01003_top.png cannot be opened (No such file or directory)."] == reasons


def test_only_changed_files_are_examined_again(tiny_dataset: Path) -> None:
    dataset = FolderDataset(tiny_dataset)
    write_frame("inventory", inspect(dataset))
    shutil.copyfile(tiny_dataset / "intact/top/02000_top.png", tiny_dataset / "damage/top/01003_top.png")
    said: list[str] = []
    again = inspect(dataset, read_frame("inventory"), lambda _, text: said.append(text))
    assert ["Checked 1 of 1 pictures"] == said
    assert fingerprint(inspect(dataset)) == fingerprint(again)


def test_progress_ends_at_one(tiny_dataset: Path) -> None:
    shares: list[float] = []
    inspect(FolderDataset(tiny_dataset), None, lambda share, _: shares.append(share))
    assert 1.0 == shares[-1]


def test_an_error_raised_by_progress_stops_the_inspection(tiny_dataset: Path) -> None:
    def stop(share: float, text: str) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        inspect(FolderDataset(tiny_dataset), None, stop)


def test_the_fingerprint_does_not_depend_on_order_or_place(tiny_dataset: Path, tmp_path: Path) -> None:
    frame = inspect(FolderDataset(tiny_dataset))
    elsewhere = inspect(FolderDataset(shutil.copytree(tiny_dataset, tmp_path / "elsewhere")))
    assert fingerprint(frame) == fingerprint(elsewhere.sample(frac=1, random_state=0))


@pytest.mark.parametrize("column", ["package", "view", "label", "sha256"])
def test_the_fingerprint_depends_on_every_column(tiny_dataset: Path, column: str) -> None:
    frame = inspect(FolderDataset(tiny_dataset))
    changed = frame.copy()
    changed.loc[0, column] = "other"
    assert fingerprint(frame) != fingerprint(changed)


def test_a_missing_label_has_the_same_fingerprint_after_storing(tiny_dataset: Path) -> None:
    frame = inspect(FolderDataset(tiny_dataset)).assign(label=None)
    write_frame("inventory", frame)
    stored = read_frame("inventory")
    assert stored is not None
    assert fingerprint(frame) == fingerprint(stored)


def test_contents_are_the_hashes_of_each_package(tiny_dataset: Path) -> None:
    frame = inspect(FolderDataset(tiny_dataset))
    expected = frozenset(frame.loc[frame["package"] == "01000", "sha256"])
    assert {"01000": expected, "unknown": frozenset()} == contents(frame, ["01000", "unknown"])
