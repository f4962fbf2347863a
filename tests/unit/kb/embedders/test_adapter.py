from pathlib import Path

import numpy as np
import pytest

from kb.embedders.adapter import Adapter, AdapterHeader, load_adapter
from kb.embedders.convert import revision_of
from kb.errors import ModelError, ModelUnavailable

HEADER = AdapterHeader("ab" * 32, 10, 40, won=True, measures={"ndcg_after": 0.5})


def adapter(residual: list[list[float]]) -> Adapter:
    return Adapter(HEADER, np.array(residual, np.float32))


def test_a_matrix_moves_vectors_and_keeps_their_length():
    moved = adapter([[0, 1], [0, 0]]).apply(np.array([[1, 0], [0, 1]], np.float32))
    np.testing.assert_allclose(moved, [[2**-0.5, 2**-0.5], [0, 1]], rtol=1e-6)


def test_zeros_change_nothing():
    vectors = np.array([[0.6, 0.8]], np.float32)
    np.testing.assert_allclose(adapter([[0, 0], [0, 0]]).apply(vectors), vectors, rtol=1e-6)


def test_a_file_gives_back_what_was_saved(tmp_path: Path):
    saved = adapter([[0.1, 0], [0, -0.2]])
    saved.save(tmp_path / "new" / "adapter.npz")
    loaded = load_adapter(tmp_path / "new" / "adapter.npz")
    assert loaded.header == HEADER
    assert loaded.digest == saved.digest
    np.testing.assert_array_equal(loaded.residual, saved.residual)


def test_another_matrix_is_another_revision():
    first, second = adapter([[0.1]]), adapter([[0.2]])
    revisions = {revision_of("ab" * 32, digest) for digest in (first.digest, second.digest, "")}
    assert len(revisions) == 3


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no adapter at all"])
def test_a_damaged_file_is_refused_with_a_remedy(tmp_path: Path, content: bytes):
    path = tmp_path / "adapter.npz"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="kb train"):
        load_adapter(path)


def test_a_file_cut_short_is_refused(tmp_path: Path):
    path = tmp_path / "adapter.npz"
    adapter([[0.1]]).save(path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ModelError, match="kb train"):
        load_adapter(path)


@pytest.mark.parametrize("residual", [[[float("nan")]], [[0.1, 0.2]]])
def test_a_matrix_that_is_not_square_or_not_finite_is_refused(
    tmp_path: Path, residual: list[list[float]]
):
    adapter(residual).save(tmp_path / "adapter.npz")
    with pytest.raises(ModelError, match="kb train"):
        load_adapter(tmp_path / "adapter.npz")


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(ModelUnavailable, match=r"none\.npz"):
        load_adapter(tmp_path / "none.npz")


def test_other_weights_or_another_size_are_refused():
    with pytest.raises(ModelError, match="kb train"):
        adapter([[0.1]]).check_base("cd" * 32, 1)
    with pytest.raises(ModelError, match="chiều"):
        adapter([[0.1]]).check_base("ab" * 32, 2)
    adapter([[0.1]]).check_base("ab" * 32, 1)
