import random

import numpy as np
import pytest

from kb.errors import StoreError
from kb.knowledge_base import KnowledgeBase
from kb.models import Case, CaseResult, Document, Field
from retrieval.training import adapt
from retrieval.training.adapt import batches, randomisation_p
from retrieval.training.cli import stored_cases
from retrieval.training.pairs import add_hard_negatives, distinct_cases, hold_out, make_pairs


def document(number: int) -> Document:
    step = f"Vận động hộ dân tổ {number} góp tiền lắp đèn chiếu sáng."
    case = Case(
        f"case-{number}",
        f"Ánh sáng đường quê xã số {number}",
        Field.ECONOMY,
        (),
        "Cà Mau",
        approach=(step,),
        results=(CaseResult(f"Đã lắp {number} bóng đèn trên các tuyến đường."),),
    )
    text = f"{case.name}\n\nCách làm\n1. {step}\n\nKết quả\n- {case.results[0].text}"
    return Document(f"d{number}", "case", case.name, text, "o", "s", case=case)


DOCUMENTS = [document(number) for number in range(60)]


def test_a_passage_never_holds_the_sentence_that_was_asked():
    plain = [pair for pair in make_pairs(DOCUMENTS) if pair.rewrite == "plain"]
    assert plain
    assert not [pair for pair in plain if pair.query in pair.passage]


def test_equal_input_gives_equal_pairs_and_every_case_has_some():
    pairs = make_pairs(DOCUMENTS)
    assert pairs == make_pairs(DOCUMENTS)
    assert {pair.case_id for pair in pairs} == {f"case-{number}" for number in range(60)}


def test_too_few_cases_are_refused_with_a_remedy():
    with pytest.raises(StoreError, match=r"49 mô hình.*kb ingest"):
        make_pairs(DOCUMENTS[:49])
    with pytest.raises(StoreError, match="0 mô hình"):
        make_pairs([])


def test_versions_of_a_case_count_once():
    assert len(distinct_cases([DOCUMENTS[0], DOCUMENTS[0], DOCUMENTS[1]])) == 2


def test_a_hard_negative_is_another_case():
    cases = distinct_cases(DOCUMENTS)
    for pair in add_hard_negatives(make_pairs(DOCUMENTS), cases):
        assert pair.negative
        assert pair.negative != cases[pair.case_id].text


def test_cases_are_held_out_whole_and_never_all():
    held = hold_out(list("abcdefghij"), 0.2)
    assert len(held) == 2
    assert len(hold_out(["a", "b"], 0.99)) == 1


def test_a_batch_holds_a_case_once_and_no_pair_twice():
    found = list(batches(["a", "a", "b", "b", "c"], 2, random.Random(1)))
    assert all(len({"aabbc"[at] for at in batch}) == len(batch) == 2 for batch in found)
    positions = [at for batch in found for at in batch]
    assert len(positions) == len(set(positions))


def test_chance_is_told_from_a_steady_gain():
    assert randomisation_p(np.full(20, 0.1)) < 0.01
    assert randomisation_p(np.array([0.1, -0.1] * 10)) > 0.9


def test_drawing_in_blocks_changes_no_p_value(monkeypatch: pytest.MonkeyPatch):
    differences = np.random.default_rng(3).normal(0.05, 0.2, 31)
    at_once = 7_000  # does not divide the number of permutations
    monkeypatch.setattr(adapt, "_PERMUTATIONS_AT_ONCE", at_once)
    blocks = randomisation_p(differences)
    monkeypatch.setattr(adapt, "_PERMUTATIONS_AT_ONCE", adapt._PERMUTATIONS)
    assert blocks == randomisation_p(differences)
    assert 0.01 < blocks < 0.9


def test_one_sign_change_in_eight_is_as_extreme_as_what_was_seen():
    # All signs equal: 2 of the 2^4 possible draws.
    assert randomisation_p(np.full(4, 0.5)) == pytest.approx(2 / 16, abs=0.01)


def test_only_indexed_cases_are_trained_on(kb: KnowledgeBase):
    article = Document("a0", "article", "Bài báo", "Một bài báo dài.", "o", "s")
    kb.store.put_pending([(item, []) for item in (DOCUMENTS[10], article, DOCUMENTS[2])])
    kb.store.put_pending([(DOCUMENTS[3], [])])
    kb.store.set_state(["d10", "a0", "d2"], "indexed")
    found = stored_cases(kb.store)
    assert [item.document_id for item in found] == ["d10", "d2"]
    assert [item.case.case_id for item in found if item.case] == ["case-10", "case-2"]
