"""Judging answers by hand-made ones, whose every measure can be counted."""

from dataclasses import replace
from pathlib import Path

import pytest

from eval.answer_checks import (
    AnswersRecord,
    TopicResult,
    by_style,
    find_nugget,
    is_supported,
    is_verbatim,
    judge_answer,
    measures_of,
    percentile,
    read_answers_record,
    refusal_reasons,
    write_answers_record,
)
from eval.errors import RecordError
from eval.experiment import DatasetReference
from eval.formats import Dataset, Nugget, Topic
from kb.models import Answer, Citation, Claim, NoAnswerReason

TEXTS = {
    "heo": "Nuôi heo đất\nChi hội có 43 chị góp 200.000 đồng mỗi tháng. Giúp 12 hộ nghèo.",
    "kem": "Tiếng kẻng an ninh\n22 giờ hằng ngày đánh kẻng nhắc dân khóa cửa.",
}
TOPIC = Topic("q1", "heo đất", {"style": "keyword"})
NUGGETS = (
    Nugget("Mỗi chị góp 200.000 đồng", ("200.000 đồng",), ("heo",)),
    Nugget("Giúp 12 hộ nghèo", ("12 hộ",), ("heo",)),
    Nugget("22 giờ đánh kẻng", ("22 giờ",), ("kem",)),
)
DATASET = Dataset(
    name="tiny",
    directory=Path(),
    split="test",
    topics=(TOPIC,),
    qrels={"q1": {"heo": 2, "kem": 0}},
    nuggets={"q1": NUGGETS},
    has_corpus=False,
    digest="",
)


def cite(marker: int, document_id: str, quote: str) -> Citation:
    start = TEXTS[document_id].index(quote)
    return Citation(
        marker, document_id, None, document_id, None, None, None, quote, start, start + len(quote)
    )


def answer(
    citations: list[Citation], claims: list[Claim], reason: NoAnswerReason | None = None
) -> Answer:
    return Answer(
        question=TOPIC.text,
        status="no_answer" if reason else "answered",
        reason=reason,
        text="\n".join(f"{claim.text} {list(claim.citations)}" for claim in claims),
        claims=tuple(claims),
        citations=tuple(citations),
        related=(),
        interpretation={},
        timings_ms={},
    )


GOOD = "Chi hội có 43 chị góp 200.000 đồng mỗi tháng."


def judged(given: Answer, dataset: Dataset = DATASET) -> TopicResult:
    return judge_answer(TOPIC, given, 5.0, dataset, TEXTS)


def test_a_nugget_needs_its_document_cited_and_its_figures_said() -> None:
    given = answer([cite(1, "heo", GOOD)], [Claim(GOOD, (1,), {})])
    found = [find_nugget(nugget, given) for nugget in NUGGETS]
    assert [item.is_found for item in found] == [True, False, False]
    assert [item.is_document_cited for item in found] == [True, True, False]


def test_a_figure_of_another_document_finds_a_nugget_only_leniently() -> None:
    title = cite(1, "kem", "Tiếng kẻng an ninh")
    other = cite(2, "heo", GOOD)
    given = answer(
        [title, other],
        [Claim("Tiếng kẻng an ninh", (1,), {}), Claim(GOOD + " Lúc 22 giờ.", (2,), {})],
    )
    item = find_nugget(NUGGETS[2], given)
    assert (item.is_document_cited, item.is_found, item.is_found_leniently) == (True, False, True)


@pytest.mark.parametrize(
    ("said", "strict", "lenient"),
    [
        ("hằng ngày đánh kẻng nhắc dân khóa cửa", True, True),
        ("đánh kẻng nhắc dân", False, True),
        ("Tiếng kẻng an ninh", False, False),
    ],
)
def test_a_nugget_without_figures_needs_its_syllables(
    said: str, strict: bool, lenient: bool
) -> None:
    nugget = Nugget("Hằng ngày đánh kẻng nhắc dân khóa cửa", (), ("kem",))
    item = find_nugget(nugget, answer([cite(1, "kem", said)], [Claim(said, (1,), {})]))
    assert (item.is_found, item.is_found_leniently) == (strict, lenient)


def test_an_answer_is_counted() -> None:
    given = answer(
        [cite(1, "heo", GOOD), cite(2, "kem", "Tiếng kẻng an ninh")],
        [Claim(GOOD, (1,), {}), Claim("Tiếng kẻng an ninh", (2,), {})],
    )
    result = judged(given)
    assert (result.citations, result.relevant_citations) == (2, 2)  # named by a nugget
    assert (result.claims, result.supported_claims, result.figure_claims) == (2, 2, 2)
    assert (result.nugget_documents, result.cited_nugget_documents) == (2, 2)
    assert result.verbatim_quotes == 2
    without_nuggets = judged(given, replace(DATASET, nuggets={}))
    assert without_nuggets.relevant_citations == 1  # judged 0


def test_what_the_answer_says_of_its_own_checks_is_not_believed() -> None:
    all_well = {"quote_verbatim": True, "figures_supported": True, "has_citation": True}
    forged = replace(cite(1, "heo", "Giúp 12 hộ nghèo."), quote="Giúp 99 hộ nghèo.")
    result = judged(answer([forged], [Claim("Giúp 98 hộ nghèo.", (1,), all_well)]))
    assert (result.verbatim_quotes, result.figure_claims, result.supported_claims) == (0, 0, 0)
    assert not result.has_figures_of_quotes
    measures = measures_of([result])
    assert (measures["quotes_verbatim"], measures["figures_supported"]) == (0.0, 0.0)


def test_a_quote_is_verbatim_only_at_its_offsets_in_nfc() -> None:
    good = cite(1, "heo", GOOD)
    assert is_verbatim(good, TEXTS["heo"])
    assert not is_verbatim(good, None)
    shifted = replace(good, start_char=good.start_char + 1, end_char=good.end_char + 1)
    assert not is_verbatim(shifted, TEXTS["heo"])
    assert not is_verbatim(replace(good, quote="", end_char=good.start_char), TEXTS["heo"])
    assert not is_verbatim(replace(good, start_char=-3, end_char=0), TEXTS["heo"])
    decomposed = "hoa\u0300"
    assert not is_verbatim(replace(good, quote="ho", start_char=0, end_char=2), decomposed)


def test_a_claim_without_a_known_marker_or_with_foreign_words_is_not_supported() -> None:
    quotes = {1: GOOD}
    assert is_supported(Claim(GOOD, (1,), {}), quotes)
    assert not is_supported(Claim(GOOD, (), {}), quotes)
    assert not is_supported(Claim(GOOD, (7,), {}), quotes)
    assert not is_supported(Claim("Xã vận động xây cầu, hiến đất, góp 43 chị", (1,), {}), quotes)


def topic_result(name: str, *, refused: bool, answerable: bool, reason: str = "") -> TopicResult:
    return TopicResult(
        query_id=name,
        text=name,
        style="s",
        is_answerable=answerable,
        status="no_answer" if refused else "answered",
        reason=reason or None,
        latency_ms=1.0,
        citations=0 if refused else 4,
        relevant_citations=0 if refused else 3,
        verbatim_quotes=0 if refused else 4,
    )


def test_refusals_are_measured_as_the_finding_of_unanswerable_topics() -> None:
    results = [
        topic_result("a", refused=True, answerable=False, reason="no_evidence"),
        topic_result("b", refused=True, answerable=True, reason="no_evidence"),
        topic_result("c", refused=False, answerable=False),
        topic_result("d", refused=False, answerable=True),
        topic_result("e", refused=True, answerable=False, reason="wrong_place"),
    ]
    measures = measures_of(results)
    assert measures["refusal_precision"] == pytest.approx(2 / 3)
    assert measures["refusal_recall"] == pytest.approx(2 / 3)
    assert measures["refusal_f1"] == pytest.approx(2 / 3)
    assert measures["answered"] == 0.5
    assert measures["citation_precision"] == 0.75  # of the answer to "d" alone
    assert refusal_reasons(results) == {
        "no_evidence": {"right": 1, "wrong": 1},
        "wrong_place": {"right": 1, "wrong": 0},
    }
    assert by_style(results)["s"]["topics"] == 5


def test_measures_that_the_topics_cannot_show_are_missing() -> None:
    measures = measures_of([topic_result("a", refused=False, answerable=True)])
    assert "refusal_f1" not in measures
    assert "nugget_recall" not in measures
    assert measures["quotes_verbatim"] == 1.0
    assert measures_of([])["figures_supported"] == 1.0


def test_nothing_refused_is_no_refusal_precision() -> None:
    measures = measures_of([topic_result("a", refused=False, answerable=False)])
    assert (measures["refusal_precision"], measures["refusal_f1"]) == (0.0, 0.0)


def test_nugget_recall_is_the_mean_over_topics() -> None:
    one = judged(answer([cite(1, "heo", GOOD)], [Claim(GOOD, (1,), {})]))
    full = replace(one, nuggets=one.nuggets[:1])
    measures = measures_of([one, full])
    assert measures["nugget_recall"] == pytest.approx((1 / 3 + 1) / 2)
    assert measures["nugget_recall_pooled"] == pytest.approx(2 / 4)
    assert measures["nugget_cited"] == pytest.approx((2 / 3 + 1) / 2)
    assert measures["document_recall"] == pytest.approx(1 / 2)


def test_percentiles_are_nearest_rank() -> None:
    assert percentile([1.0, 2.0, 3.0, 4.0], 0.5) == 2.0
    assert percentile([1.0, 2.0, 3.0, 4.0], 0.95) == 4.0
    assert percentile([7.0], 0.5) == 7.0


def test_a_record_survives_its_file(tmp_path: Path) -> None:
    result = judged(answer([cite(1, "heo", GOOD)], [Claim(GOOD, (1,), {})]))
    record = AnswersRecord(
        name="thử",
        created_at="2025-07-01T00:00:00+00:00",
        dataset=DatasetReference("tiny", "test", "d"),
        corpus_digest="c",
        settings={},
        settings_digest="s",
        measures=measures_of([result]),
        by_style=by_style([result]),
        reasons={},
        topics=(result,),
    )
    path = tmp_path / "sub" / "answers.json"
    write_answers_record(record, path)
    assert read_answers_record(path) == record


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"kind": "answers", "version": 1}'])
def test_what_is_no_record_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(RecordError):
        read_answers_record(path)
