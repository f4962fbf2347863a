"""Questions that nobody wants to get, over the starter corpus with the real model.

They were written by someone who did not know how answers are made. Each line of
`tests/data/hostile_questions.jsonl` tells which outcomes are right for an officer and why;
`must_cite`, `only_provinces` and `must_not_cite_province` bind what is cited if there is an answer,
`must_not_say` binds every word that is shown.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kb.errors import QueryError
from kb.knowledge_base import KnowledgeBase, open_knowledge_base
from kb.models import Answer
from kb.settings import Settings
from retrieval.answering.answerer import Answerer
from tests.data.answer_invariants import check_events

FILE = Path(__file__).parents[1] / "data" / "hostile_questions.jsonl"
QUESTIONS: list[dict[str, Any]] = [
    json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()
]
REFUSALS = frozenset(
    f"no_answer:{reason}"
    for reason in ("no_evidence", "wrong_place", "figure_not_given", "out_of_domain", "ambiguous")
)


@pytest.fixture(scope="module")
def starter(starter_settings: Settings) -> Iterator[KnowledgeBase]:
    with open_knowledge_base(starter_settings, purpose="test") as kb:
        yield kb


def test_there_are_enough_questions_and_none_accepts_whatever_comes():
    assert len(QUESTIONS) >= 40
    assert len({question["id"] for question in QUESTIONS}) == len(QUESTIONS)
    for question in QUESTIONS:
        outcomes = set(question["outcomes"])
        assert outcomes
        assert not outcomes >= REFUSALS | {"answered"}
        assert question["why"]


@pytest.mark.model
@pytest.mark.parametrize("expected", QUESTIONS, ids=lambda question: question["id"])
def test_a_hostile_question_ends_as_an_officer_may_expect(
    starter: KnowledgeBase, expected: dict[str, Any]
):
    answer = _ask(starter, expected["question"])
    if isinstance(answer, str):
        assert answer in expected["outcomes"]
        return
    shown = _shown(answer).casefold()
    assert [words for words in expected["must_not_say"] if words.casefold() in shown] == []
    assert _outcome(answer) in expected["outcomes"], answer.text
    if answer.claims:
        _check_cited(starter, answer, expected)


def _ask(kb: KnowledgeBase, question: str) -> Answer | str:
    """Return the answer, checked, or the name of the error that the question is refused with."""
    try:
        events = list(Answerer(kb).stream(question))
    except QueryError as error:
        return f"error:{error.code}"
    return check_events(kb, events)


def _check_cited(kb: KnowledgeBase, answer: Answer, expected: dict[str, Any]) -> None:
    cited = [kb.store.get_document(citation.document_id) for citation in answer.citations]
    assert set(expected["must_cite"]) <= {document.document_id for document in cited}
    provinces = {document.province for document in cited}
    if expected["only_provinces"]:
        assert provinces <= set(expected["only_provinces"])
    assert expected["must_not_cite_province"] not in provinces - {None}


def _outcome(answer: Answer) -> str:
    """Return how it ended; an answer to a part of the question is an answer."""
    return "answered" if answer.claims else f"no_answer:{answer.reason}"


def _shown(answer: Answer) -> str:
    """Return every word of an answer that an officer sees."""
    cells = [
        cell.text
        for row in answer.rows
        for cell in (row.case, row.place, *row.approach, *row.results, *row.conditions)
    ]
    return "\n".join([answer.text, *cells, *(note.text for note in answer.notes)])
