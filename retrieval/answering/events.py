"""What happens while an answer is made, in order."""

from dataclasses import dataclass
from typing import Any

from kb.models import Answer, Citation, Claim


@dataclass(frozen=True, slots=True)
class SearchFinished:
    """The search is done; `interpretation` tells what was understood, `found` how many came."""

    interpretation: dict[str, Any]
    found: int


@dataclass(frozen=True, slots=True)
class ClaimAdded:
    """A claim passed its checks.

    Attributes:
        claim: The claim.
        citations: Those of its citations that no earlier claim had.
        delta: What it adds to the text; all deltas in a row are `Answer.text`.
    """

    claim: Claim
    citations: tuple[Citation, ...]
    delta: str


@dataclass(frozen=True, slots=True)
class AnswerFinished:
    """The whole answer, or the refusal. Always the last one."""

    answer: Answer


AnswerEvent = SearchFinished | ClaimAdded | AnswerFinished
