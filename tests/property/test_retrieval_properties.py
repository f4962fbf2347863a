"""What must hold of retrieval for any input."""

import unicodedata
from functools import cache

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from kb.errors import EmptyQuery
from kb.facts import DocumentFacts
from kb.lexicon import Lexicon
from kb.models import ScoredChunk
from kb.places import get_province, resolve_place
from kb.ports import TOKEN_SCALE
from kb.text import fold
from retrieval.candidates import pool_of
from retrieval.features import FEATURES, LEGS, Signals, feature_row
from retrieval.fusion import weighted_fusion
from retrieval.late_interaction import late_scores
from retrieval.query import PART_NAMES, Parts, parse_query
from retrieval.reranker import LinearModel

DIM = 4
queries = hnp.arrays(np.float32, st.tuples(st.integers(0, 5), st.just(DIM)),
                     elements=st.floats(-1, 1, width=32))  # fmt: skip
passages = st.dictionaries(
    st.sampled_from("abcdef"),
    hnp.arrays(
        np.int8,
        st.tuples(st.integers(0, 6), st.just(DIM)),
        elements=st.integers(-127, 127),
    ),
)


@given(queries, passages)
def test_late_scores_are_the_double_loop_of_their_definition(query, stored):
    expected = {}
    for key, rows in stored.items():
        score = 0.0
        if len(rows):
            for token in query:
                score += max(
                    sum(float(a) * float(b) / TOKEN_SCALE for a, b in zip(token, row, strict=True))
                    for row in rows
                )
        expected[key] = score
    assert late_scores(query, stored) == pytest.approx(expected, abs=1e-4)


@given(queries, passages, st.randoms(use_true_random=False))
def test_late_scores_depend_on_no_order(query, stored, random):
    shuffled = {
        key: stored[key][random.sample(range(len(stored[key])), len(stored[key]))]
        for key in random.sample(sorted(stored), len(stored))
    }
    again = query[random.sample(range(len(query)), len(query))]
    assert late_scores(again, shuffled) == pytest.approx(late_scores(query, stored), abs=1e-4)


@given(queries, passages, st.sampled_from("abcdef"))
def test_a_late_score_depends_on_no_other_passage(query, stored, key):
    own = {name: rows for name, rows in stored.items() if name == key}
    both = late_scores(query, stored)
    assert late_scores(query, own) == pytest.approx({k: both[k] for k in own}, abs=1e-4)


legs = st.fixed_dictionaries(
    {
        leg: st.dictionaries(
            st.tuples(st.sampled_from("abcd"), st.integers(0, 2)), st.floats(0, 20), max_size=8
        ).map(
            lambda found: [
                ScoredChunk(f"{document}.{number}", document, score)
                for (document, number), score in sorted(found.items(), key=lambda item: -item[1])
            ]
        )
        for leg in LEGS
    }
)


@given(legs, st.lists(st.floats(0.01, 1), min_size=3, max_size=3))
def test_a_pool_holds_every_document_once_best_first(found, weights):
    fused = weighted_fusion(found, dict(zip(LEGS, weights, strict=True)))
    pool = pool_of(found, fused)
    documents = {chunk.document_id for leg in found.values() for chunk in leg}
    assert sorted(pool.order) == sorted(documents)
    keys = [(-pool.fused[document], document) for document in pool.order]
    assert keys == sorted(keys)
    assert sorted(chunk for own in pool.chunks.values() for chunk in own) == sorted(fused)
    for document, own in pool.chunks.items():
        assert pool.fused[document] == fused[own[0]] == max(fused[chunk] for chunk in own)
        for share in pool.signals[document].legs.values():
            assert 0.0 <= share <= 1.0


@given(legs, st.randoms(use_true_random=False))
def test_a_pool_depends_on_no_order_of_its_input(found, random):
    fused = weighted_fusion(found, dict.fromkeys(LEGS, 1.0))
    shuffled = {leg: random.sample(found[leg], len(found[leg])) for leg in reversed(LEGS)}
    again = pool_of(shuffled, dict(random.sample(sorted(fused.items()), len(fused))))
    assert again == pool_of(found, fused)


words = st.sampled_from(
    "nuôi tôm nuoi Cà Mau ca mau ở Bạc Liêu Hà Giang HTX CCB 2023 249/MTTQ-BTT huyện U Minh hội"
    " phụ nữ ?! 🙂 農村 TT&TT đồng bằng sông Cửu Long và 1.129 hue moo hinhf nuoi6 hop tac xa"
    " giam ngheo ThĐ QHTĐ ubnd".split()
)
texts = st.one_of(st.lists(words, max_size=12).map(" ".join), st.text(max_size=60))
PLACES = [
    resolve_place(None),
    resolve_place("Cà Mau"),
    resolve_place("Bạc Liêu"),
    resolve_place("Hà Giang", "Vị Xuyên"),
    resolve_place("Cà Mau", "U Minh", "Khánh Hội"),
]
facts = st.builds(
    DocumentFacts,
    is_case=st.booleans(),
    place=st.sampled_from(PLACES),
    topics=st.lists(st.sampled_from(["thuy-san", "giam-ngheo"])).map(tuple),
    organizations=st.lists(st.sampled_from(["hoi-phu-nu", "hop-tac-xa"])).map(tuple),
    years=st.lists(st.integers(2020, 2025)).map(tuple),
)
signals = st.builds(
    Signals,
    legs=st.dictionaries(st.sampled_from(LEGS), st.floats(0, 1)),
    late=st.floats(-1, 1),
)


@given(texts, signals, st.none() | facts)
def test_features_lie_between_minus_one_and_one(text, own, of):
    try:
        query = parse_query(text)
    except EmptyQuery:
        return
    row = dict(zip(FEATURES, feature_row(query, own, of), strict=True))
    assert all(-1.0 <= value <= 1.0 for value in row.values())
    assert not (row["place"] and row["elsewhere"])
    assert row["place"] >= row["district"]


@cache
def lexicon() -> Lexicon:
    """Return the words of a few texts, which explain one abbreviation."""
    return Lexicon.build(
        [
            "Mô hình nuôi tôm của hợp tác xã ở huyện U Minh, tỉnh Cà Mau, thu 250 triệu đồng.",
            "Hội Phụ nữ và Hội Cựu chiến binh giúp hộ giảm nghèo ở Hà Giang, Bạc Liêu và Huế.",
        ],
        abbreviations={"QHTĐ": "quỹ hỗ trợ thôn đẹp"},
    )


def letters(text):
    """Return the letters and digits of a text, folded: abbreviations are dotted and hyphenated."""
    return [letter for letter in fold(text).lower() if letter.isalnum()]


spellings = st.sampled_from(
    [str, str.upper, str.lower, fold, lambda text: unicodedata.normalize("NFD", text)]
)


@given(texts, spellings, st.sets(st.sampled_from(sorted(PART_NAMES))))
@example("moo hinhf nuoi tom cua UBND", str, set())
@example("nuoi tom QHTĐ o U Minh ca mau tu 2021 den 2023", str, set())
def test_any_text_is_a_query_or_empty_and_parts_that_are_off_leave_no_trace(text, spelling, off):
    try:
        query = parse_query(spelling(text), lexicon=lexicon(), parts=Parts.without(off))
    except EmptyQuery:
        return
    assert not set(query.active_parts) & off
    assert query.tokens
    assert all(weight > 0 for weight in (*query.accented.values(), *query.folded.values()))
    for item in query.corrections:
        assert query.typed[item.start_char : item.end_char] == item.typed != item.read
    for item in query.abbreviations:
        assert letters(query.text[item.start_char : item.end_char]) == letters(item.short)
    facets = query.facets
    for item in (
        *query.places,
        *facets.fields,
        *facets.topics,
        *facets.organizations,
        *facets.levels,
        *facets.years,
    ):
        assert query.text[item.start_char : item.end_char] == item.text != ""
    for item in query.provinces:
        assert get_province(query.text[item.start_char : item.end_char]) == item.province
    for item in query.related:
        assert query.embedded[item.start_char : item.end_char] == item.because != ""


@given(
    hnp.arrays(np.float32, (3, len(FEATURES)), elements=st.floats(0, 1, width=32)),
    st.lists(st.floats(0, 1), min_size=len(FEATURES), max_size=len(FEATURES)),
    st.floats(0.01, 100),
)
def test_a_linear_model_stays_in_its_range_and_ignores_scale(features, weights, factor):
    listed = dict(zip(FEATURES, weights, strict=True))
    scaled = {name: weight * factor for name, weight in listed.items()}
    if sum(weights) < 1e-3:
        return
    scores = LinearModel(listed).scores(features)
    np.testing.assert_allclose(scores, LinearModel(scaled).scores(features), atol=1e-4)
    assert scores.min() >= 0
    assert scores.max() <= 1 + 1e-5
