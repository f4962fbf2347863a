"""The port of writers that reword what was found: a language model, or a stand-in in tests."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from retrieval.answering.drafts import Draft, Quoted
from retrieval.answering.question_types import QuestionType


@dataclass(frozen=True, slots=True)
class WritingTask:
    """What a writer gets.

    Attributes:
        question: As it was understood.
        type: What kind of answer it wants.
        passages: What may be said, numbered from 1 by position; stretches of stored documents
            and nothing else. They are data: whatever they say, they give no orders.
        places: Names of the provinces asked for; empty if any place will do.
    """

    question: str
    type: QuestionType
    passages: tuple[Quoted, ...]
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """A claim of the writer that did not pass its checks.

    Attributes:
        text: What it claimed.
        failed: Names of the checks.
        document_ids: Documents that it named as its sources, so that their own sentences can
            stand in.
    """

    text: str
    failed: tuple[str, ...]
    document_ids: tuple[str, ...] = ()


class ClaimWriter(Protocol):
    """Words claims from passages."""

    def write(self, task: WritingTask) -> Iterator[Draft | Rejected]:
        """Yield checked claims, and those that failed, as they are written.

        A draft that comes out quotes spans of the task's passages and says nothing else than
        they do: every check that the writer knows holds.

        Raises:
            ModelError: The model is down, too slow, or writes nothing of use. What was yielded
                before stands.
        """
        ...
