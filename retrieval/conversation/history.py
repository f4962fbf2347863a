"""What a conversation remembers of a question and its answer."""

from dataclasses import dataclass, field

from kb.models import Filters
from retrieval.conversation.reference import ReferenceKind


@dataclass(frozen=True, slots=True)
class AnsweredCase:
    """A case that an answer named, as the reader saw it.

    Attributes:
        document_ids: The documents that tell it; the first one was quoted first.
        title: Its name, as the document writes it.
        province: Its province, as the document writes it.
    """

    document_ids: tuple[str, ...]
    title: str
    province: str | None = None

    @property
    def label(self) -> str:
        """Its name in quotation marks with its province: "“Nuôi cua” (Cà Mau)"."""
        # Names that hold quotation marks themselves stand as they are.
        name = self.title if "“" in self.title or '"' in self.title else f"“{self.title}”"
        return f"{name} ({self.province})" if self.province else name


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question of a conversation with what its answer named.

    Attributes:
        asked: What was typed.
        understood: The question that was answered.
        reading: The same with its diacritics, if it was typed without them.
        cases: The cases that the answer cites, in order.
        nearest: Those that were shown beside a refusal, in order; they are no answer.
        filters: Strict conditions that were given beside it.
        kind: How it pointed back, if it did.
        subject: What of `reading` stood there before a follow-up added what it asks; empty if
            nothing was added. The next follow-up asks something else of the same subject.
        is_held: Whether it was about cases of an earlier answer; those stay the ones to count.
        is_unclear: Whether it could not be understood; then nothing points at it.
    """

    asked: str
    understood: str
    reading: str
    cases: tuple[AnsweredCase, ...] = ()
    nearest: tuple[AnsweredCase, ...] = ()
    filters: Filters = field(default_factory=Filters)
    kind: ReferenceKind | None = None
    subject: str = ""
    is_held: bool = False
    is_unclear: bool = False
