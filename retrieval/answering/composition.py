"""From checked claims to one text with markers, piece by piece."""

from kb.models import Claim
from retrieval.answering.planning import Plan
from retrieval.answering.question_types import QuestionType
from retrieval.query import Query


class Composer:
    """Writes the text of one answer while its claims come."""

    def __init__(self, query: Query, plan: Plan) -> None:
        """Start the text of an answer as planned."""
        del query
        plain = plan.wanted.type is QuestionType.FIGURE or len(plan.drafts) <= 1
        self._bullet = "" if plain else "- "
        self._pieces: list[str] = []

    @property
    def text(self) -> str:
        """All that was written."""
        return "".join(self._pieces)

    def add(self, claim: Claim) -> str:
        """Write a claim and return what it adds to the text."""
        markers = "".join(f"[{marker}]" for marker in claim.citations)
        piece = f"{self._bullet}{claim.text} {markers}"
        if self._pieces:
            piece = f"\n{piece}"
        self._pieces.append(piece)
        return piece
