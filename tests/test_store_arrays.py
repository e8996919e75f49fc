"""Arrays in the cache folder survive what happens to files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.store.arrays import read_arrays, write_arrays


def test_arrays_are_read_back_as_they_were_written(own_cache: Path) -> None:
    write_arrays("crops/a1", {"pixels": np.arange(6, dtype=np.uint8), "confidence": np.array([0.5])})
    found = read_arrays("crops/a1")
    assert found is not None
    np.testing.assert_array_equal(np.arange(6), found["pixels"])
    assert ["a1.npz"] == [path.name for path in (own_cache / "crops").iterdir()]


def test_arrays_that_were_never_written_are_none() -> None:
    assert read_arrays("crops/a1") is None


def test_damaged_arrays_count_as_none(own_cache: Path) -> None:
    write_arrays("crops/a1", {"pixels": np.arange(6)})
    (own_cache / "crops" / "a1.npz").write_bytes(b"half")
    assert read_arrays("crops/a1") is None


def test_a_cache_that_cannot_be_written_stops_nobody(own_cache: Path) -> None:
    (own_cache / "crops").write_text("in the way")
    write_arrays("crops/a1", {"pixels": np.arange(6)})
    assert read_arrays("crops/a1") is None
