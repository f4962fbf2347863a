import numpy as np
import pytest

from kb.embedders.hashing import HashingEmbedder


def similarity(left: str, right: str) -> float:
    vectors = HashingEmbedder().embed_passages([left, right])
    return float(vectors[0] @ vectors[1])


def test_vectors_are_the_same_on_every_machine():
    vector = HashingEmbedder(dim=8).embed_queries(["dân vận"])[0]
    assert vector == pytest.approx(
        [-0.220863, 0.6625891, 0.0, 0.4417261, 0.3312946, 0.3312946, 0.220863, 0.220863], abs=1e-6
    )


def test_similar_texts_are_nearer_than_others():
    near = similarity("mô hình nuôi cua đinh", "nuôi cua đinh ở Cà Mau")
    far = similarity("mô hình nuôi cua đinh", "phân loại rác tại nguồn")
    assert near > far + 0.2


def test_unaccented_text_is_near_its_accented_form():
    near = similarity("phan loai rac", "phân loại rác")
    assert near > similarity("phan loai rac", "nuôi cua đinh") + 0.1


def test_case_and_spaces_do_not_matter():
    assert similarity("Dân  Vận\nKHÉO", "dân vận khéo") == pytest.approx(1.0, abs=1e-6)


def test_dimension_is_free():
    assert HashingEmbedder(dim=17).embed_queries(["a", "b"]).shape == (2, 17)
    assert np.abs(HashingEmbedder(dim=1).embed_queries(["a"])).tolist() == [[1.0]]
