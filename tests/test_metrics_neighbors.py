"""Maps and neighbors against scikit-learn and hand-drawn cases."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.metrics.pairwise import cosine_similarity

from core.metrics import neighbors

ROWS = np.random.default_rng(0).normal(size=(30, 6)) @ np.diag([5, 3, 1, 1, 0.5, 0.1])


def test_pca_agrees_with_scikit_learn_up_to_the_sign() -> None:
    theirs, ours = PCA(2).fit(ROWS), neighbors.pca(ROWS)
    assert pytest.approx(np.abs(theirs.transform(ROWS))) == np.abs(ours.points)
    assert pytest.approx(tuple(theirs.explained_variance_ratio_)) == ours.kept


def test_pca_of_mirrored_rows_in_another_order_is_the_same_map() -> None:
    order = np.random.default_rng(1).permutation(30)
    assert pytest.approx(neighbors.pca(ROWS).points[order]) == neighbors.pca(ROWS[order]).points


def test_pca_of_one_row_is_the_origin() -> None:
    found = neighbors.pca(np.ones((1, 4)))
    assert ([[0.0, 0.0]], (0.0, 0.0)) == (found.points.tolist(), found.kept)


def test_standardized_columns_have_mean_zero_and_deviation_one() -> None:
    values = neighbors.standardized(ROWS)
    assert pytest.approx(np.zeros(6)) == values.mean(axis=0)
    assert pytest.approx(np.ones(6)) == values.std(axis=0)


def test_a_missing_value_becomes_the_mean_and_a_constant_column_zero() -> None:
    values = neighbors.standardized(np.array([[1.0, 7.0], [3.0, 7.0], [np.nan, 7.0]]))
    assert 0.0 == values[2, 0]
    assert [0.0, 0.0, 0.0] == values[:, 1].tolist()


def test_cosine_agrees_with_scikit_learn() -> None:
    assert pytest.approx(cosine_similarity(ROWS[:5], ROWS)) == neighbors.cosine(ROWS[:5], ROWS)


def test_the_nearest_of_a_row_is_itself_with_similarity_one() -> None:
    best, alike = neighbors.nearest(ROWS, ROWS, count=2)
    assert list(range(30)) == best[:, 0].tolist()
    assert pytest.approx(np.ones(30)) == alike[:, 0]


def test_the_nearest_agree_with_all_comparisons_sorted() -> None:
    best, _ = neighbors.nearest(ROWS[:4], ROWS[4:], count=3)
    expected = np.argsort(-cosine_similarity(ROWS[:4], ROWS[4:]), axis=1)[:, :3]
    assert expected.tolist() == best.tolist()


def test_more_neighbors_than_there_are_give_all() -> None:
    assert (1, 3) == neighbors.nearest(ROWS[:1], ROWS[:3], count=8)[0].shape
