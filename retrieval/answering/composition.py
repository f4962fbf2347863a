"""From checked claims to one text with markers, piece by piece."""

import re

from kb.models import Claim
from retrieval.answering.evidence import asked_places
from retrieval.answering.planning import Plan
from retrieval.answering.question_types import QuestionType
from retrieval.query import Query

_BRACKETED = re.compile(r"\[(\d+)\]")
_PLAIN = frozenset({QuestionType.FIGURE, QuestionType.DEFINITION})


class Composer:
    """Writes the text of one answer while its claims come."""

    def __init__(self, query: Query, plan: Plan) -> None:
        """Start the text of an answer as planned."""
        is_plain = plan.wanted.type in _PLAIN or len(plan.drafts) <= 1
        self._bullet = "" if is_plain else "- "
        self._opening = "" if is_plain else f"{_opening(query, plan.wanted.type)}\n"
        self._pieces: list[str] = []

    @property
    def text(self) -> str:
        """All that was written."""
        return "".join(self._pieces)

    def add(self, claim: Claim) -> str:
        """Write a claim and return what it adds to the text."""
        markers = "".join(f"[{marker}]" for marker in claim.citations)
        before = "\n" if self._pieces else self._opening
        # What stands in brackets in a source must not be taken for one of our markers.
        text = _BRACKETED.sub(r"(\1)", claim.text)
        self._pieces.append(f"{before}{self._bullet}{text} {markers}")
        return self._pieces[-1]


def _opening(query: Query, wanted: QuestionType) -> str:
    """Return the words that lead to a list; they state nothing that a source would have to."""
    names = [mention.province.name for mention in query.provinces]
    names = names or [mention.name for mention in asked_places(query)]
    where = f" ở {', '.join(dict.fromkeys(names))}" if names else ""
    match wanted:
        case QuestionType.HOW_TO:
            return f"Cách làm đã được ghi nhận{where}:"
        case QuestionType.COMPARE:
            return f"Các mô hình để đối chiếu{where}:"
        case QuestionType.YES_NO:
            return f"Nguồn ghi nhận{where}:"
        case _:
            return f"Các mô hình phù hợp{where}:"
