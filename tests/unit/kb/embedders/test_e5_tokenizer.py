import json
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from kb.embedders.e5_file import E5File, find_source
from kb.embedders.e5_tokenizer import E5Tokenizer, normalisation_map, precompiled_charsmap
from kb.errors import ModelError

REFERENCE = Path(__file__).parents[3] / "data" / "tokenizer_reference.jsonl"


@pytest.fixture(scope="module")
def source() -> E5File:
    return E5File(find_source())


@pytest.fixture(scope="module")
def tokenizer(source: E5File, tmp_path_factory: pytest.TempPathFactory) -> E5Tokenizer:
    folder = tmp_path_factory.mktemp("tokenizer")
    E5Tokenizer.save(source.vocabulary, folder)
    return E5Tokenizer.load(folder)


@pytest.mark.slow
def test_ids_equal_those_of_the_original_tokenizer(tokenizer: E5Tokenizer):
    rows = [json.loads(line) for line in REFERENCE.read_text(encoding="ascii").splitlines()]
    assert len(rows) > 250
    wrong = [row["text"] for row in rows if tokenizer.encode(row["text"]) != row["ids"]]
    assert wrong == []
    # Again, now that the words are remembered.
    assert [row["text"] for row in rows if tokenizer.encode(row["text"]) != row["ids"]] == []


@pytest.fixture(scope="module")
def rust(source: E5File) -> Tokenizer:
    vocabulary = source.vocabulary
    scored = list(zip(vocabulary.pieces, vocabulary.scores.tolist(), strict=True))
    rust = Tokenizer(models.Unigram(scored, vocabulary.unk, False))
    charsmap = precompiled_charsmap(normalisation_map(vocabulary.normalisation))
    rust.normalizer = normalizers.Sequence(
        [normalizers.Precompiled(charsmap), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    rust.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    rust.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    rust.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    rust.enable_truncation(512)
    return rust


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(
    text=st.one_of(
        st.text(max_size=60),
        st.text(alphabet="aăâeêioôơuưyđ \u0300\u0301\u0303\u0309\u0323▁.,1", max_size=60),
    )
)
def test_segmentation_equals_the_rust_unigram(tokenizer: E5Tokenizer, rust: Tokenizer, text: str):
    assert tokenizer.encode(text) == rust.encode(text).ids


@pytest.mark.slow
def test_truncation_keeps_both_ends_marked(tokenizer: E5Tokenizer):
    ids = tokenizer.encode("dân vận " * 50, max_tokens=16)
    assert len(ids) == 16
    assert (ids[0], ids[-1]) == (tokenizer.bos, tokenizer.eos)
    assert tokenizer.encode("dân vận", max_tokens=2) == [tokenizer.bos, tokenizer.eos]


@pytest.mark.slow
def test_lone_surrogates_count_as_question_marks(tokenizer: E5Tokenizer):
    assert tokenizer.encode("a\ud800b") == tokenizer.encode("a?b")


def test_normalisation_composes_pairs_of_letter_and_mark(source: E5File):
    merged = normalisation_map(source.vocabulary.normalisation)
    assert merged["a\u0301"] == "á"
    assert merged["a\u0341"] == "á"
    assert "á\u0323" not in merged
    assert len(merged) - len(source.vocabulary.normalisation) == 675


@given(
    st.dictionaries(
        st.text(alphabet=st.characters(min_codepoint=0xA1, codec="utf-8"), min_size=1, max_size=1),
        st.text(alphabet="xyzđ", max_size=3),
        min_size=1,
        max_size=60,
    )
)
def test_charsmap_replaces_what_it_holds_and_nothing_else(replacements):
    normaliser = normalizers.Precompiled(precompiled_charsmap(replacements))
    for char, replacement in replacements.items():
        assert normaliser.normalize_str(f"({char}") in {f"({replacement}", replacement}
    untouched = "".join(char for char in "abc 123 ờ" if char not in replacements)
    assert normaliser.normalize_str(untouched) == untouched


def test_charsmap_begins_with_the_size_of_its_trie():
    charsmap = precompiled_charsmap({"ﬁ": "fi"})
    (size,) = struct.unpack_from("<I", charsmap)
    assert size % 1024 == 0
    assert charsmap[4 + size :] == b"fi\0"


def test_vocabulary_that_does_not_fit_its_scores_is_refused():
    with pytest.raises(ModelError):
        E5Tokenizer(["<s>", "<pad>", "</s>", "<unk>"], np.zeros(3, np.float32), b"")
