"""The language model of syllables: counts, probabilities, file."""

import logging
import math
from pathlib import Path

import numpy as np
import pytest

from kb import lexicon as module
from kb.errors import StoreUnavailable
from kb.lexicon import NUMBER, START, UNKNOWN, Lexicon

TEXTS = [
    "Mô hình nuôi tôm. Mô hình nuôi tôm thu 250 triệu đồng.",
    "Mô hình nuôi bò của chị Blok thu 90 triệu đồng.",
]


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.build(TEXTS)


def learnt(lexicon: Lexicon, word: str) -> int:
    """Return how often the texts hold a word, without the phrases of the background."""
    return lexicon.count(word) - Lexicon.empty().count(word)


Table = tuple[module.Ids, module.Ids]


def unlearnt() -> Lexicon:
    """Return a lexicon that knows words, but has counted none."""
    words, prior, compounds = module._background()
    none = np.zeros(0, np.int64)
    return Lexicon(
        words, np.zeros(len(words), np.int64), (none, none), (none, none), compounds, prior
    )


def probability(lexicon: Lexicon, before: str, last: str, word: str) -> float:
    ids = [
        np.array([lexicon.id_of(item) if item else START], np.int64)
        for item in (before, last, word)
    ]
    return float(np.exp(lexicon.log_probabilities(*ids)[0, 0]))


def test_it_counts_in_matching_form(lexicon: Lexicon) -> None:
    bare = Lexicon.empty()
    assert learnt(lexicon, "nuôi") == 3
    assert lexicon.count("blok") == 1
    assert lexicon.count("nuoi") == 0
    assert lexicon.tokens - bare.tokens == 23


def test_numbers_share_one_id(lexicon: Lexicon) -> None:
    assert lexicon.id_of("250") == lexicon.id_of("249/mttq") == NUMBER
    assert lexicon.has_bigram(NUMBER, lexicon.id_of("triệu"))


def test_no_bigram_crosses_the_end_of_a_sentence(lexicon: Lexicon) -> None:
    assert lexicon.has_bigram(lexicon.id_of("mô"), lexicon.id_of("hình"))
    assert not lexicon.has_bigram(lexicon.id_of("tôm"), lexicon.id_of("mô"))


def test_forms_are_those_of_texts_and_background(lexicon: Lexicon) -> None:
    forms = {lexicon.words[index] for index in lexicon.forms("tom")}
    assert {"tôm", "tóm"} <= forms
    assert all(module.fold_token(form) == "tom" for form in forms)
    assert lexicon.forms("xyz") == ()


def test_what_was_seen_is_likelier(lexicon: Lexicon) -> None:
    assert probability(lexicon, "hình", "nuôi", "tôm") > probability(lexicon, "hình", "nuôi", "bò")
    assert probability(lexicon, "hình", "nuôi", "bò") > probability(lexicon, "hình", "nuôi", "cá")
    assert probability(lexicon, "hình", "nuôi", "cá") > probability(lexicon, "", "", "\x00")


def test_probabilities_of_all_words_sum_to_about_one(lexicon: Lexicon) -> None:
    everything = np.arange(len(lexicon.words), dtype=np.int64)
    for before, last in (("", ""), ("mô", "hình"), ("hình", "nuôi"), ("xyz", "xyz")):
        pair = [np.array([lexicon.id_of(item) if item else START]) for item in (before, last)]
        total = np.exp(lexicon.log_probabilities(pair[0], pair[1], everything)).sum()
        assert math.isclose(total, 1, abs_tol=0.02), (before, last)


def test_adding_texts_later_gives_the_same_as_building_at_once(lexicon: Lexicon) -> None:
    later = Lexicon.build(TEXTS[:1]).updated(TEXTS[1:])
    assert later.words == lexicon.words
    for word in ("nuôi", "bò", "đồng"):
        assert later.count(word) == lexicon.count(word)
        assert probability(later, "hình", "nuôi", word) == pytest.approx(
            probability(lexicon, "hình", "nuôi", word)
        )


def test_updating_leaves_the_old_one_as_it_was(lexicon: Lexicon) -> None:
    before = lexicon.count("nuôi")
    lexicon.updated(["nuôi nuôi nuôi"])
    assert lexicon.count("nuôi") == before


def test_batches_make_no_difference(monkeypatch: pytest.MonkeyPatch, lexicon: Lexicon) -> None:
    monkeypatch.setattr(module, "_BATCH_TOKENS", 700)
    small = Lexicon.build(TEXTS)
    assert small.words == lexicon.words
    assert learnt(small, "nuôi") == 3
    assert probability(small, "mô", "hình", "nuôi") == probability(lexicon, "mô", "hình", "nuôi")


def test_a_full_table_drops_what_was_seen_once(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Lexicon.build(TEXTS)  # before the limit, which would stay with the shared background
    monkeypatch.setattr(module, "_MAX_TRIGRAMS", 4)
    small = Lexicon.build(TEXTS)
    assert small.tokens == whole.tokens
    assert len(small._trigrams) <= 4
    assert probability(small, "", "mô", "hình") > 0.1


def test_tables_are_cut_while_texts_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BATCH_TOKENS", 10)
    monkeypatch.setattr(module, "_MAX_BIGRAMS", 30)
    monkeypatch.setattr(module, "_MAX_TRIGRAMS", 30)
    sizes: list[int] = []
    merged = module._merged

    def watched(old: Table, new: Table) -> Table:
        sizes.append(len(old[0]))
        return merged(old, new)

    monkeypatch.setattr(module, "_merged", watched)
    bare = unlearnt()
    # Every text has a word of its own; all have "mô hình nuôi".
    endings = [first + second for first in "bcdfghklmn" for second in "pqrstvx"]
    small = bare.updated(f"mô hình nuôi {ending}" for ending in endings)
    assert len(sizes) > 50
    assert max(sizes) <= 2 * 30
    assert len(small._bigrams) <= 30
    assert small.count("nuôi") == len(endings)
    # What is frequent has survived every cut with its count.
    pair = np.array([small.id_of("mô")]), np.array([small.id_of("hình")])
    assert small.bigram_counts(*pair)[0] - bare.bigram_counts(*pair)[0] == len(endings)


def test_beyond_a_limit_only_syllables_of_vietnamese_are_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bare = unlearnt()
    syllable = next(
        item
        for item in ("khuỵch", "ngoẽo", "quễnh", "nghượp", "thuẫng", "gioẹt", "xuẩng")
        if not bare.knows(item) and module.parse_syllable(item)
    )
    monkeypatch.setattr(module, "_MAX_WORDS", len(bare.words) + 1)
    full = bare.updated(["zzb zzc zzb", f"zzd {syllable} zzc {syllable}"])
    assert full.count("zzb") == 2
    assert full.id_of("zzc") == full.id_of("zzd") == UNKNOWN
    assert full.count(syllable) == 2
    assert len(full.words) == len(bare.words) + 2
    assert full.tokens == 7


def test_what_is_saved_is_loaded_again(lexicon: Lexicon, tmp_path: Path) -> None:
    path = tmp_path / "lexicon.npz"
    lexicon.with_abbreviations({"CCB": "cựu chiến binh"}).save(path)
    loaded = Lexicon.load(path)
    assert loaded is not None
    assert loaded.abbreviations == {"CCB": "cựu chiến binh"}
    assert loaded.words == lexicon.words
    assert loaded.tokens == lexicon.tokens
    assert probability(loaded, "hình", "nuôi", "tôm") == probability(lexicon, "hình", "nuôi", "tôm")
    assert loaded.updated(["nuôi"]).count("nuôi") == lexicon.count("nuôi") + 1
    assert [item.name for item in tmp_path.iterdir()] == ["lexicon.npz"]


def test_no_file_is_no_lexicon(tmp_path: Path) -> None:
    assert Lexicon.load(tmp_path / "lexicon.npz") is None


@pytest.mark.parametrize("content", [b"", b"junk", b"PK\x03\x04 cut short"])
def test_a_broken_file_is_no_lexicon_and_says_so(
    content: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "lexicon.npz"
    path.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert Lexicon.load(path) is None
    assert "lexicon.npz" in caplog.text


def test_a_file_cut_anywhere_is_no_lexicon(lexicon: Lexicon, tmp_path: Path) -> None:
    path = tmp_path / "lexicon.npz"
    lexicon.save(path)
    whole = path.read_bytes()
    for size in range(0, len(whole), len(whole) // 20):
        path.write_bytes(whole[:size])
        assert Lexicon.load(path) is None


def test_a_file_of_another_version_is_no_lexicon(
    lexicon: Lexicon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "lexicon.npz"
    lexicon.save(path)
    monkeypatch.setattr(module, "VERSION", module.VERSION + 1)
    assert Lexicon.load(path) is None


def test_a_directory_that_is_not_there_is_named(lexicon: Lexicon, tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="khong-co"):
        lexicon.save(tmp_path / "khong-co" / "lexicon.npz")


def test_the_background_alone_knows_vietnamese() -> None:
    bare = Lexicon.empty()
    assert bare.knows("nghiệp")
    assert not bare.knows("nghjep")
    assert bare.id_of("nghjep") == UNKNOWN
    assert bare.abbreviations == {}


def test_phrases_of_the_background_count_as_texts_and_its_lists_do_not() -> None:
    bare = Lexicon.empty()
    assert bare.tokens > 0
    assert bare.occurs(bare.id_of("nào"))  # phrases ask "mô hình nào"
    listed = next(word for word in bare.words[3:] if not bare.count(word))
    assert bare.knows(listed)
    assert not bare.occurs(bare.id_of(listed))


def test_without_the_word_list_it_works_with_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)
    module._background.cache_clear()
    try:
        assert learnt(Lexicon.build(TEXTS), "nuôi") == 3
    finally:
        module._background.cache_clear()
