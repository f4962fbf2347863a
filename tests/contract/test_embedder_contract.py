"""What every embedder must do; each adapter, and the fake that ships, subclasses the suite."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pytest

from kb.embedders.hashing import HashingEmbedder
from kb.embedders.openvino_e5 import BundledE5Embedder
from kb.embedders.sentence_transformer import SentenceTransformerEmbedder
from kb.ports import TOKEN_SCALE, Embedder, FloatArray, TokenEmbedder

TEXTS = [
    "Mô hình nuôi cua đinh giúp nông dân Cà Mau tăng thu nhập.",
    "Tổ tự quản giữ gìn an ninh trật tự khu dân cư.",
    "",
    "Phân loại rác",
    "Cán bộ xã đi từng ngõ, gõ từng nhà để vận động người dân hiến đất làm đường. " * 6,
    "123 %",
]


def cosines(left: FloatArray, right: FloatArray) -> FloatArray:
    return np.einsum("ij,ij->i", left, right)


@pytest.fixture(scope="module")
def bundled(bundled_model_dir: Path) -> Embedder:
    return BundledE5Embedder(bundled_model_dir)


@pytest.fixture(scope="module")
def tiny(tiny_sentence_transformer: Path) -> Embedder:
    return SentenceTransformerEmbedder(str(tiny_sentence_transformer))


class EmbedderContract:
    """Subclasses provide the fixture `embedder`."""

    def test_vectors_are_float32_rows_of_the_declared_dimension(self, embedder: Embedder):
        for embed in (embedder.embed_queries, embedder.embed_passages):
            vectors = embed(TEXTS)
            assert vectors.shape == (len(TEXTS), embedder.spec.dim)
            assert vectors.dtype == np.float32

    def test_rows_have_length_one(self, embedder: Embedder):
        for embed in (embedder.embed_queries, embedder.embed_passages):
            assert np.linalg.norm(embed(TEXTS), axis=1) == pytest.approx(1.0, abs=1e-4)

    def test_no_texts_give_no_rows(self, embedder: Embedder):
        for embed in (embedder.embed_queries, embedder.embed_passages):
            vectors = embed([])
            assert vectors.shape == (0, embedder.spec.dim)
            assert vectors.dtype == np.float32

    def test_same_texts_give_same_vectors(self, embedder: Embedder):
        first, second = embedder.embed_passages(TEXTS), embedder.embed_passages(TEXTS)
        np.testing.assert_allclose(first, second, atol=1e-5)

    def test_a_text_is_embedded_alike_alone_and_in_a_batch(self, embedder: Embedder):
        together = embedder.embed_passages(TEXTS)
        alone = np.vstack([embedder.embed_passages([text]) for text in TEXTS])
        assert cosines(together, alone).min() > 0.999

    def test_rows_follow_the_order_of_the_texts(self, embedder: Embedder):
        forward, backward = embedder.embed_passages(TEXTS), embedder.embed_passages(TEXTS[::-1])
        assert cosines(forward, backward[::-1]).min() > 0.999

    def test_empty_text_has_a_vector(self, embedder: Embedder):
        for embed in (embedder.embed_queries, embedder.embed_passages):
            assert np.isfinite(embed(["", "   ", "\n"])).all()

    def test_very_long_text_has_a_vector(self, embedder: Embedder):
        vectors = embedder.embed_passages(["dân vận khéo " * 5000, "x" * 20_000])
        assert np.isfinite(vectors).all()
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-4)

    def test_odd_characters_have_a_vector(self, embedder: Embedder):
        odd = ["\x00\x01", "\ud800 lẻ", "🇻🇳👨‍👩‍👧", "<s></s><mask>", "\u200b", "民运工作"]
        assert np.isfinite(embedder.embed_queries(odd)).all()

    def test_composed_and_decomposed_vietnamese_are_the_same_text(self, embedder: Embedder):
        vectors = embedder.embed_queries(["tổ tự quản ở ấp", "tổ tự quản ở ấp"])
        np.testing.assert_allclose(vectors[0], vectors[1], atol=1e-5)

    def test_input_is_not_changed(self, embedder: Embedder):
        texts = list(TEXTS)
        embedder.embed_passages(texts)
        assert texts == TEXTS

    def test_threads_get_their_own_vectors(self, embedder: Embedder):
        expected = embedder.embed_passages(TEXTS)
        with ThreadPoolExecutor(4) as pool:
            jobs = [pool.submit(embedder.embed_passages, TEXTS) for _ in range(6)]
            jobs += [pool.submit(embedder.embed_passages, TEXTS[::-1]) for _ in range(6)]
        for number, job in enumerate(jobs):
            vectors = job.result() if number < 6 else job.result()[::-1]
            assert cosines(vectors, expected).min() > 0.999

    def test_warm_up_can_be_repeated(self, embedder: Embedder):
        embedder.warm_up()
        with ThreadPoolExecutor(4) as pool:
            for job in [pool.submit(embedder.warm_up) for _ in range(4)]:
                job.result()

    def test_spec_is_a_constant_value(self, embedder: Embedder):
        spec = embedder.spec
        assert spec == embedder.spec
        assert hash(spec) == hash(embedder.spec)
        assert spec.name
        with pytest.raises((FrozenInstanceError, AttributeError)):
            spec.dim = 1  # type: ignore[misc]


class TokenEmbedderContract:
    """Subclasses provide the fixture `token_embedder`, an `Embedder` that is a `TokenEmbedder`."""

    def test_it_is_known_by_its_protocol(self, token_embedder: TokenEmbedder):
        assert isinstance(token_embedder, TokenEmbedder)

    def test_tokens_are_rows_of_the_declared_length(self, token_embedder: TokenEmbedder):
        vectors, tokens = token_embedder.embed_passages_with_tokens(TEXTS)
        assert vectors.shape == (len(TEXTS), token_embedder.spec.dim)
        assert len(tokens) == len(TEXTS)
        for own in tokens:
            assert own.dtype == np.int8
            assert own.ndim == 2
            assert own.shape[1] == token_embedder.token_dim
        query = token_embedder.embed_query_with_tokens("nuôi cua đinh")
        assert query.vector.shape == (token_embedder.spec.dim,)
        assert query.tokens.dtype == np.float32
        assert query.tokens.shape[1] == token_embedder.token_dim

    def test_vectors_are_those_of_the_embedder(self, token_embedder: TokenEmbedder):
        vectors, _ = token_embedder.embed_passages_with_tokens(TEXTS)
        assert cosines(vectors, token_embedder.embed_passages(TEXTS)).min() > 0.999
        query = token_embedder.embed_query_with_tokens(TEXTS[0]).vector[None]
        assert cosines(query, token_embedder.embed_queries(TEXTS[:1])).min() > 0.999

    def test_rows_of_passages_are_unit_vectors_in_bytes(self, token_embedder: TokenEmbedder):
        _, tokens = token_embedder.embed_passages_with_tokens(TEXTS)
        rows = np.vstack(tokens).astype(np.float32) / TOKEN_SCALE
        assert np.linalg.norm(rows, axis=1) == pytest.approx(1.0, abs=0.02)

    def test_shares_of_a_query_sum_to_one(self, token_embedder: TokenEmbedder):
        for text in ("nuôi cua đinh", "Tổ tự quản, an ninh trật tự!", "123 %", "a"):
            rows = token_embedder.embed_query_with_tokens(text).tokens
            shares = np.linalg.norm(rows, axis=1)
            assert shares.sum() == pytest.approx(1.0, abs=0.01)
            assert shares.min() > 0

    def test_punctuation_has_no_tokens(self, token_embedder: TokenEmbedder):
        odd = ["", "   ", "?!… --- (%)", "…"]
        _, tokens = token_embedder.embed_passages_with_tokens(odd)
        assert [len(own) for own in tokens] == [0] * len(odd)
        for text in odd:
            assert len(token_embedder.embed_query_with_tokens(text).tokens) == 0
        _, (bare, marked) = token_embedder.embed_passages_with_tokens(
            ["nuôi cua đinh", "( nuôi cua ) , đinh !"]
        )
        assert len(bare) == len(marked) > 0

    def test_the_prompt_has_no_tokens(self, token_embedder: TokenEmbedder):
        """A text of one syllable has the token of that syllable alone."""
        _, (own,) = token_embedder.embed_passages_with_tokens(["nuôi"])
        assert len(own) == len(token_embedder.embed_query_with_tokens("nuôi").tokens) == 1

    def test_tokens_are_alike_alone_and_in_a_batch(self, token_embedder: TokenEmbedder):
        _, together = token_embedder.embed_passages_with_tokens(TEXTS)
        for text, own in zip(TEXTS, together, strict=True):
            _, (alone,) = token_embedder.embed_passages_with_tokens([text])
            assert alone.shape == own.shape
            if len(own):
                left, right = (rows.astype(np.float32) / TOKEN_SCALE for rows in (alone, own))
                assert cosines(left, right).min() > 0.98

    def test_tokens_follow_the_order_of_the_texts(self, token_embedder: TokenEmbedder):
        _, forward = token_embedder.embed_passages_with_tokens(TEXTS)
        _, backward = token_embedder.embed_passages_with_tokens(TEXTS[::-1])
        assert [len(own) for own in forward] == [len(own) for own in backward[::-1]]

    def test_very_long_text_has_tokens_within_the_limit(self, token_embedder: TokenEmbedder):
        _, (own,) = token_embedder.embed_passages_with_tokens(["dân vận khéo " * 5000])
        assert 100 < len(own) <= 512

    def test_no_texts_have_no_tokens(self, token_embedder: TokenEmbedder):
        vectors, tokens = token_embedder.embed_passages_with_tokens([])
        assert vectors.shape == (0, token_embedder.spec.dim)
        assert tokens == []

    def test_a_passage_that_holds_the_query_agrees_more_than_another(
        self, token_embedder: TokenEmbedder
    ):
        query = token_embedder.embed_query_with_tokens("nuôi cua đinh ở Cà Mau").tokens
        _, tokens = token_embedder.embed_passages_with_tokens(TEXTS[:2])
        near, far = (
            float((query @ own.T.astype(np.float32) / TOKEN_SCALE).max(axis=1).sum())
            for own in tokens
        )
        assert near > far + 0.1


class TestHashingEmbedder(EmbedderContract):
    @pytest.fixture
    def embedder(self) -> Embedder:
        return HashingEmbedder()


@pytest.mark.model
class TestBundledE5Embedder(EmbedderContract, TokenEmbedderContract):
    @pytest.fixture
    def embedder(self, bundled: Embedder) -> Embedder:
        return bundled

    @pytest.fixture
    def token_embedder(self, bundled: BundledE5Embedder) -> BundledE5Embedder:
        return bundled

    def test_frequent_syllables_have_smaller_shares(self, token_embedder: BundledE5Embedder):
        rows = token_embedder.embed_query_with_tokens("và ngao").tokens
        frequent, rare = np.linalg.norm(rows, axis=1)[:2]
        assert frequent < rare


@pytest.mark.slow
@pytest.mark.model
class TestSentenceTransformerEmbedder(EmbedderContract):
    @pytest.fixture
    def embedder(self, tiny: Embedder) -> Embedder:
        return tiny

    def test_prompts_come_from_the_model(self, embedder: Embedder):
        assert embedder.spec.query_prompt == "hỏi: "
        assert embedder.spec.passage_prompt == "đáp: "

    def test_explicit_prompts_win_and_change_the_vector(
        self, embedder: Embedder, tiny_sentence_transformer: Path
    ):
        plain = SentenceTransformerEmbedder(
            str(tiny_sentence_transformer), query_prompt="", passage_prompt="x "
        )
        assert plain.spec.query_prompt == ""
        assert plain.spec.passage_prompt == "x "
        vectors = np.vstack([plain.embed_queries(["rác"]), embedder.embed_queries(["rác"])])
        assert not np.allclose(vectors[0], vectors[1])

    def test_segmentation_changes_the_text_that_the_model_sees(
        self, embedder: Embedder, tiny_sentence_transformer: Path
    ):
        segmenting = SentenceTransformerEmbedder(str(tiny_sentence_transformer), segment=True)
        assert segmenting.spec.segment
        vectors = np.vstack(
            [each.embed_passages(["nông dân Cà Mau"]) for each in (segmenting, embedder)]
        )
        assert not np.allclose(vectors[0], vectors[1])
