"""All checks together on made-up claims: what passes is nearly always carried by its sentence."""

import csv
import re
from pathlib import Path

import pytest

from kb.embedders.hashing import HashingEmbedder
from kb.models import Document, Span
from retrieval.answering.drafts import Draft, Quoted
from retrieval.answering.grounding import ground
from retrieval.answering.question_types import QuestionType
from retrieval.answering.writers import WritingTask

PAIRS = Path(__file__).parents[4] / "data" / "claim_pairs.tsv"
# Words alone do not tell who does what to whom.
KNOWN_MISSES = {"Trẻ mồ côi đi thu gom rác thải nhựa để gây quỹ giúp chi hội phụ nữ."}


def _rows(part: str) -> list[dict[str, str]]:
    with PAIRS.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [row for row in rows if row["set"] == part]


def _passes(row: dict[str, str]) -> bool:
    return _is_carried(row["claim"], row["source"])


def _is_carried(claim: str, source: str) -> bool:
    document = Document(
        "d", "article", "Đưa màu xuống ruộng", source, "/d", "0" * 64, province="Cà Mau"
    )
    passage = Quoted(document, Span(0, len(document.text)))
    task = WritingTask("?", QuestionType.LIST, (passage,))
    result = ground(claim, [passage], source, task, HashingEmbedder())
    return isinstance(result, Draft)


@pytest.mark.parametrize(
    ("part", "size", "precision", "recall"), [("fit", 75, 0.96, 0.96), ("held-out", 33, 1.0, 0.93)]
)
def test_precision_and_recall_are_what_the_thresholds_promise(
    part: str, size: int, precision: float, recall: float
):
    rows = _rows(part)
    assert len(rows) == size
    passed = [row for row in rows if _passes(row)]
    true = [row for row in rows if row["holds"] == "yes"]
    right = [row for row in passed if row["holds"] == "yes"]
    assert len(right) / len(passed) >= precision
    assert len(right) / len(true) >= recall
    assert {row["claim"] for row in passed if row["holds"] == "no"} <= KNOWN_MISSES


def _sources() -> list[str]:
    return sorted({row["source"] for part in ("fit", "held-out") for row in _rows(part)})


@pytest.mark.parametrize("source", _sources())
def test_a_sentence_as_it_stands_is_carried_and_no_mechanical_twist_of_it(source: str):
    assert _is_carried(source, source)
    twists = {
        "another place": f"Ở Lạng Sơn, {source}",
        "another digit": re.sub(r"\d(?!.*\d)", lambda digit: str((int(digit[0]) + 3) % 10), source),
        "a negation": re.sub(
            r"\b(?=(?:được|có|vận động|mở|giúp|đạt|hiến|tiếp nhận)\b)", "không ", source, count=1
        ),
        "another person": f"{source.rstrip('.')} theo lời ông Nguyễn Hlơn.",
        "another fact": f"{source.rstrip('.')} và xuất khẩu lao động.",
        "another code": f"{source.rstrip('.')} theo Quyết định 77-QĐ/XY.",
    }
    passed = [
        name for name, claim in twists.items() if claim != source and _is_carried(claim, source)
    ]
    assert passed == []
