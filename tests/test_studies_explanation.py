"""Maps of a data set: where they lie in the frame, and how they are kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from scipy.stats import spearmanr

from core import study
from core.contracts import Dataset
from core.domain import Attribution
from core.errors import BadInput, CoreError, UnknownName
from core.models.classifier import TrainedClassifier
from core.settings import ROOT, settings
from core.store.arrays import read_arrays, write_arrays
from core.store.bounded import STALE, touch, trim
from core.store.frames import place
from core.studies.explanation import Asked, How, explain, explanations, stored_explanation
from tests.conftest import draw_packages
from tests.tiny_models import save_tiny_models

FAST = How("input_x_gradient")


@pytest.fixture
def data(tmp_path: Path) -> Dataset:
    return study.open_dataset(draw_packages(tmp_path / "data"))


@pytest.fixture
def model(tmp_path: Path) -> TrainedClassifier:
    return study.open_models(save_tiny_models(tmp_path / "models", "tiny"))[0]["tiny"]


def asked(data: Dataset, model: TrainedClassifier, *, how: How = FAST) -> Attribution:
    return explain(data, data.ids[0], "top", model, **how._asdict())


def kept_files() -> list[Path]:
    return sorted((settings().cache / "maps").rglob("*.npz"))


def test_a_map_that_was_made_before_comes_from_disk(data: Dataset, model: TrainedClassifier) -> None:
    first = asked(data, model)

    def refuse(share: float, text: str) -> None:
        raise AssertionError("it is made again")

    again = explain(data, data.ids[0], "top", model, **FAST._asdict(), progress=refuse)
    np.testing.assert_array_equal(first.values, again.values)
    assert (first.seconds, first.probability, first.steps) == (again.seconds, again.probability, again.steps)


def test_a_map_that_was_not_made_is_not_stored(data: Dataset, model: TrainedClassifier) -> None:
    assert stored_explanation(data, data.ids[0], "top", model, FAST) is None
    made = asked(data, model)
    found = stored_explanation(data, data.ids[0], "top", model, FAST)
    assert found is not None and np.array_equal(found.values, made.values)


def test_another_picture_of_the_same_name_gets_its_own_map(data: Dataset, model: TrainedClassifier) -> None:
    before, path = asked(data, model), data.file(data.ids[0], "top").path
    pixels = np.asarray(Image.open(path).convert("RGB"))
    Image.fromarray(255 - pixels).save(path)
    assert not np.array_equal(before.values, asked(study.open_dataset(data.root), model).values)


@pytest.mark.parametrize("how", [FAST._replace(method="saliency"), How(steps=2), How(steps=2, baseline="mean")])
def test_another_way_of_making_it_is_another_map(data: Dataset, model: TrainedClassifier, how: How) -> None:
    asked(data, model)
    asked(data, model, how=how)
    assert len(kept_files()) == 2


def test_other_weights_are_another_map(data: Dataset, tmp_path: Path) -> None:
    for tiny in study.open_models(save_tiny_models(tmp_path / "models", "one", "two"))[0].values():
        asked(data, tiny)
    assert len(kept_files()) == 2


def test_the_same_picture_under_another_name_shares_its_map(data: Dataset, model: TrainedClassifier) -> None:
    here, there = (data.file(package, "top").path for package in data.ids[:2])
    there.write_bytes(here.read_bytes())
    for package in data.ids[:2]:
        explain(data, package, "top", model, **FAST._asdict())
    assert len(kept_files()) == 1


def test_a_damaged_file_is_made_again(data: Dataset, model: TrainedClassifier) -> None:
    before = asked(data, model)
    (path,) = kept_files()
    path.write_bytes(path.read_bytes()[:100])
    np.testing.assert_array_equal(before.values, asked(data, model).values)


def test_a_full_disk_costs_time_only(
    data: Dataset, model: TrainedClassifier, own_cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (own_cache / "maps").parent.mkdir(parents=True, exist_ok=True)
    (own_cache / "maps").write_text("in the way")
    assert asked(data, model).values.any()
    assert "cannot be stored" in caplog.text


def test_what_was_not_asked_for_longest_leaves_first(own_cache: Path) -> None:
    for at, name in enumerate(("maps/aa/old", "maps/aa/used", "maps/bb/new")):
        write_arrays(name, {"values": np.zeros(1000)})
        os.utime(place(name, "npz"), (at, at))
    touch("maps/aa/used")
    size = place("maps/bb/new", "npz").stat().st_size
    assert trim("maps", limit=size + 1) == size
    assert [path.stem for path in kept_files()] == ["used"]


def test_what_a_dead_writer_left_behind_is_removed_and_a_living_one_is_left_alone(own_cache: Path) -> None:
    write_arrays("maps/aa/whole", {"values": np.zeros(10)})
    dead, living = (place("maps/aa/whole", "npz").with_name(f"{name}.part") for name in ("dead", "living"))
    for part in (dead, living):
        part.write_bytes(b"half")
    then = time.time() - 2 * STALE
    os.utime(dead, (then, then))
    trim("maps", limit=1_000_000)
    assert not dead.exists() and living.exists() and len(kept_files()) == 1


def write_some(cache: str, seed: int) -> int:
    """One of eight writers: it writes, reads back and trims, and counts what it reads that is not whole."""
    os.environ["SECONDLOOK_CACHE"] = cache
    settings.cache_clear()
    broken = 0
    for at in range(30):
        name = f"maps/{at % 3:02d}/{at % 10}"
        write_arrays(name, {"values": np.full(5000, at % 10)})
        found = read_arrays(name)
        broken += found is not None and not (found["values"] == at % 10).all()
        if at % 7 == seed % 7:
            trim("maps", limit=200_000)
    return broken


def test_eight_writers_and_readers_at_once_never_see_half_a_map(
    own_cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with ProcessPoolExecutor(8) as pool:
        assert [0] * 8 == list(pool.map(write_some, [str(own_cache)] * 8, range(8)))
    for path in kept_files():
        name = path.relative_to(own_cache).with_suffix("").as_posix()
        found = read_arrays(name)
        assert found is not None and len(set(found["values"].tolist())) == 1
    assert "cannot be read" not in caplog.text


def test_a_writer_that_is_killed_leaves_the_old_map_or_the_new_one(own_cache: Path) -> None:
    code = """
import numpy as np
from core.store.arrays import write_arrays
at = 0
while True:
    write_arrays("maps/aa/one", {"values": np.full(2_000_000, at)})
    at += 1
    print(at, flush=True)
"""
    for _ in range(3):
        writer = subprocess.Popen(
            [sys.executable, "-c", code], cwd=ROOT, env=os.environ | {"SECONDLOOK_CACHE": str(own_cache)},
            stdout=subprocess.PIPE,
        )  # fmt: skip
        assert writer.stdout is not None and writer.stdout.readline()
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
        found = read_arrays("maps/aa/one")
        assert found is not None and len(set(found["values"][::1000].tolist())) == 1


def test_many_maps_come_one_by_one_and_what_has_none_says_why(data: Dataset, model: TrainedClassifier) -> None:
    package = data.ids[0]
    wanted = [Asked(package, "top", "tiny", FAST), Asked(package, "back", "tiny", FAST)]
    told: list[str] = []
    found = list(explanations(data, {"tiny": model}, wanted, progress=lambda share, text: told.append(text)))
    assert [one for one, _ in found] == wanted
    assert isinstance(found[0][1], Attribution) and isinstance(found[1][1], UnknownName)
    assert told[0].startswith("map 1 of 2, tiny")


@pytest.mark.parametrize(
    ("how", "error"), [(How("no_such"), UnknownName), (How(baseline="blurr"), UnknownName), (How(steps=0), BadInput)]
)
def test_what_is_no_way_to_make_a_map_is_refused(how: How, error: type[CoreError]) -> None:
    with pytest.raises(error):
        how.check()


def test_a_baseline_that_the_picture_does_not_have_is_refused(data: Dataset, model: TrainedClassifier) -> None:
    with pytest.raises(BadInput, match="no twin"):
        asked(data, model, how=How(steps=2, baseline="twin"))


def test_the_map_of_a_shifted_package_is_the_shifted_map(tmp_path: Path) -> None:
    from core.domain import View

    model = study.open_models(ROOT / "checkpoints")[0]["mobilenetv3"]
    bundled = study.open_dataset(ROOT / "data" / "packages")
    serial = bundled.index.query("split == 'test' and label == 'damaged'")["package"].iloc[0]
    pixels, (down, right) = bundled.view(serial, "top").pixels, (14, -22)
    shift = np.array([[1, 0, right], [0, 1, down]], np.float32)
    moved = cv2.warpAffine(pixels, shift, pixels.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)
    folder = tmp_path / "damaged" / "top"
    folder.mkdir(parents=True)
    for name, one in (("0000000000001", pixels), ("0000000000002", moved)):
        Image.fromarray(View("top", one).pixels).save(folder / f"{name}_top.png")
    both = study.open_dataset(tmp_path)
    still, other = (explain(both, one, "top", model, steps=32).values for one in both.ids)
    back = np.roll(other, (-down, -right), (0, 1))
    assert spearmanr(*(cv2.GaussianBlur(one, (0, 0), 4).ravel() for one in (still, back))).statistic > 0.9
