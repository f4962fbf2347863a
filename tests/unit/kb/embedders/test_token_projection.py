"""Mean and principal components of token vectors."""

from pathlib import Path

import numpy as np
import pytest

from kb.embedders.token_projection import TOKEN_DIM, TokenProjection


@pytest.fixture(scope="module")
def hidden() -> np.ndarray:
    """3,500 vectors that vary much along the first of eight axes and little along the last."""
    random = np.random.default_rng(5)
    spread = np.array([8, 4, 2, 1, 0.1, 0.1, 0.1, 0.1])
    return (random.standard_normal((3500, 8)) * spread + 3.0).astype(np.float32)


def test_it_takes_away_what_all_tokens_share(hidden: np.ndarray) -> None:
    projection = TokenProjection.learn(hidden, dim=2)
    np.testing.assert_allclose(projection.mean, hidden.mean(axis=0), atol=1e-3)
    assert np.abs((hidden - projection.mean) @ projection.basis).mean() > 1.0
    assert np.abs(((hidden - projection.mean) @ projection.basis).mean(axis=0)).max() < 0.01


def test_it_keeps_the_directions_in_which_tokens_differ_most(hidden: np.ndarray) -> None:
    basis = TokenProjection.learn(hidden, dim=3).basis
    assert basis.shape == (8, 3)
    for component, axis in zip(basis.T, range(3), strict=True):
        assert abs(component[axis]) > 0.95


def test_columns_are_orthonormal(hidden: np.ndarray) -> None:
    basis = TokenProjection.learn(hidden, dim=4).basis
    np.testing.assert_allclose(basis.T @ basis, np.eye(4), atol=1e-5)


def test_it_comes_back_from_its_file_in_half_precision(hidden: np.ndarray, tmp_path: Path) -> None:
    learnt = TokenProjection.learn(hidden, dim=4)
    path = tmp_path / "new" / "projection.npz"
    learnt.save(path)
    loaded = TokenProjection.load(path)
    for mine, its in ((learnt.mean, loaded.mean), (learnt.basis, loaded.basis)):
        assert its.dtype == np.float32
        np.testing.assert_allclose(its, mine, atol=2e-3)


def test_the_shipped_projection_fits_the_model_and_is_orthonormal() -> None:
    projection = TokenProjection.load()
    assert projection.mean.shape == (384,)
    assert projection.basis.shape == (384, TOKEN_DIM)
    np.testing.assert_allclose(projection.basis.T @ projection.basis, np.eye(TOKEN_DIM), atol=5e-3)
    assert np.isfinite(projection.mean).all()
