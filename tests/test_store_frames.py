"""Tables in the cache folder survive what happens to files."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from core.errors import CoreError
from core.store.frames import read_frame, write_frame

TABLE = pd.DataFrame({"package": ["007", "0123"], "size": [1, 2]})


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_table_is_read_back_as_it_was_written() -> None:
    write_frame("inventory", TABLE)
    pd.testing.assert_frame_equal(TABLE, read_frame("inventory"))


def test_writing_leaves_one_file_and_no_rest(own_cache: Path) -> None:
    write_frame("runs/a-1", TABLE)
    write_frame("runs/a-1", TABLE)
    assert ["runs/a-1.parquet"] == files(own_cache)


def test_a_table_that_was_never_written_is_none() -> None:
    assert read_frame("inventory") is None


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_a_half_copied_table_is_none(own_cache: Path, share: float) -> None:
    write_frame("inventory", TABLE)
    path = own_cache / "inventory.parquet"
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    assert read_frame("inventory") is None


def test_a_damaged_table_can_be_written_again(own_cache: Path) -> None:
    (own_cache / "inventory.parquet").write_bytes(b"not a table")
    write_frame("inventory", TABLE)
    pd.testing.assert_frame_equal(TABLE, read_frame("inventory"))


def test_a_folder_in_place_of_the_table_is_none(own_cache: Path) -> None:
    (own_cache / "inventory.parquet").mkdir()
    assert read_frame("inventory") is None


def test_a_full_disk_is_said_with_a_remedy_and_keeps_the_old_table(own_cache: Path) -> None:
    resource = pytest.importorskip("resource", reason="file size limits are a POSIX matter")
    write_frame("inventory", TABLE)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, hard))
    try:
        with pytest.raises(CoreError, match=r"cannot be written.*Free some space"):
            write_frame("inventory", pd.DataFrame({"number": range(10_000)}))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    pd.testing.assert_frame_equal(TABLE, read_frame("inventory"))
    assert ["inventory.parquet"] == files(own_cache)


def test_a_cache_that_is_a_file_is_said_with_a_remedy(own_cache: Path) -> None:
    (own_cache / "runs").touch()
    with pytest.raises(CoreError, match="cannot be written"):
        write_frame("runs/a", TABLE)


@pytest.mark.parametrize("name", ["../outside", "/outside", "a/../../b", "", "a//b", ".", "a b"])
def test_a_name_that_leaves_the_cache_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not a name for a stored table"):
        write_frame(name, TABLE)
