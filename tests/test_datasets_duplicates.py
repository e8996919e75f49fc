"""Perceptual hashes against a slow twin, and what a copy does to them."""

import io

import numpy as np
import pytest
from PIL import Image
from scipy.fft import dct

from core.datasets.duplicates import bits_apart, perceptual_hash, surprisingly_near
from tests.conftest import draw_carton


def drawn(seed: int, *, damaged: bool = True) -> np.ndarray:
    return np.array(draw_carton(damaged=damaged, seed=seed, size=(160, 120)))


def apart(one: np.ndarray, other: np.ndarray) -> int:
    hashes = [np.array([perceptual_hash(pixels)]) for pixels in (one, other)]
    return int(bits_apart(*hashes)[0, 0])


def test_the_bits_are_the_low_frequencies_above_their_median() -> None:
    picture = np.repeat(np.random.default_rng(0).integers(0, 255, (32, 32, 1), dtype=np.uint8), 3, axis=2)
    gray = picture[..., 0].astype(float)
    waves = dct(dct(gray, axis=0, norm="ortho"), axis=1, norm="ortho")[:8, :8].ravel()
    expected = sum(1 << (63 - at) for at, wave in enumerate(waves) if wave > np.median(waves[1:]))
    assert expected == int(perceptual_hash(picture))


def test_a_picture_saved_as_jpeg_hardly_changes() -> None:
    picture, file = drawn(1), io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=60)
    assert apart(picture, np.array(Image.open(file))) <= 4


def test_a_brighter_and_smaller_copy_hardly_changes() -> None:
    picture = drawn(1)
    copy = np.array(Image.fromarray(np.clip(picture.astype(int) + 15, 0, 255).astype(np.uint8)).resize((96, 72)))
    assert apart(picture, copy) <= 6


def test_noise_and_another_noise_are_far_apart() -> None:
    one, other = (np.random.default_rng(seed).integers(0, 255, (64, 64, 3), dtype=np.uint8) for seed in (0, 1))
    assert apart(one, other) > 16


def test_bits_apart_counts_the_bits() -> None:
    one, other = np.array([0b1011], np.uint64), np.array([0b1011, 0b0001, 2**64 - 1], np.uint64)
    assert [[0, 2, 61]] == bits_apart(one, other).tolist()


def test_surprisingly_near_is_three_spreads_below_the_median() -> None:
    assert pytest.approx(10 - 3 * 1.4826 * 2) == surprisingly_near(np.array([8.0, 10.0, 12.0, 6.0, 14.0, np.nan]))


def test_of_normal_distances_hardly_any_is_surprising() -> None:
    distances = np.random.default_rng(0).normal(20, 3, 4000)
    assert (distances < surprisingly_near(distances)).mean() < 0.004


def test_of_nothing_nothing_is_surprising() -> None:
    assert -np.inf == surprisingly_near(np.array([np.nan]))
