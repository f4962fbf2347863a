"""Which source has which document: ids of the run against each other and against the stored ones.

An id may be a record's own, or made from where it was found. Two sources that make the same one
both keep their documents; two that declare the same one do not, and the stored document stands.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ingest.coverage import Whereabouts
from ingest.report import Outcome
from ingest.sources import Unreadable, is_upload
from kb.errors import DuplicateId
from kb.ids import document_id_apart, document_id_for
from kb.models import Document
from kb.store import DocumentState, DocumentStore, SourceState


@dataclass(frozen=True, slots=True)
class Claim:
    """A read document that has its id.

    Attributes:
        document: The document, under the id that it got.
        outcome: What it is to the store.
        is_moved: Whether only its origin changed.
    """

    document: Document
    outcome: Outcome
    is_moved: bool = False


@dataclass(slots=True)
class Claims:
    """The ids of one run.

    Attributes:
        store: The document store, None if there is none yet.
        whereabouts: Tells of the origin of a stored document.
        seen: Origin by document id, of everything that this run found.
        put_off: Documents that stand under another origin which is yet to be read; they are to be
            claimed again, as the last ones.
    """

    store: DocumentStore | None
    whereabouts: Callable[[str], Whereabouts]
    seen: dict[str, str] = field(default_factory=dict)
    put_off: list[Document] = field(default_factory=list)
    _renamed: dict[tuple[str, str], str] = field(default_factory=dict)

    def keep(self, document_id: str, origin: str) -> Unreadable | None:
        """Note a document of a source that did not change; return why it may not be noted."""
        first = self.seen.setdefault(document_id, origin)
        return None if first == origin else _twice(origin, document_id, first)

    def claim(
        self, documents: Sequence[Document], *, last: bool = False
    ) -> Iterator[Claim | Unreadable]:
        """Yield what read documents are to the store, or why they cannot have their ids.

        Args:
            documents: In the order of their reading; some may be put off.
            last: Whether everything was read, so that none is put off.
        """
        ids = [document.document_id for document in documents]
        ids += [_apart(document) for document in documents if _is_derived(document)]
        states = self.store.states(ids) if self.store else {}
        for document in documents:
            found = self._claim(document, states, last=last)
            if found is not None:
                yield found

    def as_stored(self, state: SourceState) -> SourceState:
        """Return a source's state with the ids that its documents got."""
        if not self._renamed:
            return state
        ids = (self._renamed.get((state.origin, each), each) for each in state.document_ids)
        return replace(state, document_ids=tuple(ids))

    def _claim(
        self, document: Document, states: dict[str, DocumentState], *, last: bool
    ) -> Claim | Unreadable | None:
        document_id, origin = document.document_id, document.origin
        if _is_derived(document):
            earlier = states.get(_apart(document))
            if earlier is not None and earlier.origin == origin:  # once apart, always apart
                return self._set_apart(document, states)
        first, state = self.seen.get(document_id), states.get(document_id)
        if first == origin:
            return _twice(origin, document_id, first)
        holder = first
        if holder is None and state is not None and state.origin != origin:
            where = self.whereabouts(state.origin)
            if where is Whereabouts.AWAITED and not last:
                self.put_off.append(document)
                return None
            # A mended file that is sent again replaces the one that was sent before.
            is_sent_again = is_upload(origin) and is_upload(state.origin)
            if where in {Whereabouts.AWAITED, Whereabouts.STANDS} and not is_sent_again:
                holder = state.origin
        if holder is None:
            return self._take(document, states)
        if state is not None and _outcome(document, state) is Outcome.UNCHANGED:
            return Claim(document, Outcome.UNCHANGED)  # a copy: the first one keeps it
        if _is_derived(document):
            return self._set_apart(document, states)
        if first is not None:
            return _twice(origin, document_id, first)
        return _taken(origin, document_id, holder)

    def _set_apart(
        self, document: Document, states: dict[str, DocumentState]
    ) -> Claim | Unreadable:
        apart = _apart(document)
        if (first := self.seen.get(apart)) is not None:
            return _twice(document.origin, apart, first)
        self._renamed[document.origin, document.document_id] = apart
        return self._take(under_id(document, apart), states)

    def _take(self, document: Document, states: dict[str, DocumentState]) -> Claim:
        document_id = document.document_id
        self.seen[document_id] = document.origin
        state = states.get(document_id)
        outcome = _outcome(document, state)
        states[document_id] = DocumentState(
            document_id, document.origin, document.sha256, "indexed"
        )
        is_moved = (
            outcome is Outcome.UNCHANGED and state is not None and state.origin != document.origin
        )
        return Claim(document, outcome, is_moved)


def under_id(document: Document, document_id: str) -> Document:
    """Return a document under another id, with the cases in it."""
    old = document.document_id

    def renamed(case_id: str) -> str:
        is_own = case_id == old or case_id.startswith(f"{old}--")
        return document_id + case_id.removeprefix(old) if is_own else case_id

    extracted = tuple(
        replace(
            case,
            document_id=document_id,
            case_id=renamed(case.case_id),
            same_as=None if case.same_as is None else renamed(case.same_as),
        )
        for case in document.extracted
    )
    case = document.case and replace(document.case, case_id=renamed(document.case.case_id))
    return replace(document, document_id=document_id, case=case, extracted=extracted)


def _is_derived(document: Document) -> bool:
    """Tell whether the id was made from where the document was found.

    Rows of registers bring no ids either; theirs are made from what they name.
    """
    is_row = any(locator.kind == "row" for locator in document.locators[:1])
    return is_row or document.document_id == document_id_for(document.origin)


def _apart(document: Document) -> str:
    return document_id_apart(document.document_id, document.origin)


def _outcome(document: Document, state: DocumentState | None) -> Outcome:
    if state is None:
        return Outcome.ADDED
    if state.sha256 != document.sha256 or state.state != "indexed":
        return Outcome.UPDATED
    return Outcome.UNCHANGED


def _twice(origin: str, document_id: str, first: str) -> Unreadable:
    where = "chính tệp này" if first == origin else f"tệp {first!r}"
    message = (
        f"{Path(origin).name}: mã {document_id!r} đã có trong {where} ở lần nạp này. "
        "Đặt 'id' khác (hoặc đổi tên tệp) cho một trong hai."
    )
    return Unreadable(origin, DuplicateId(message))


def _taken(origin: str, document_id: str, holder: str) -> Unreadable:
    message = (
        f"{Path(origin).name}: mã {document_id!r} là của tài liệu đã nạp từ {holder!r}, nội dung "
        "khác, nên không ghi đè. Đặt 'id' khác cho một trong hai; nếu bài này thay bài kia, xóa "
        f"tài liệu cũ (kb documents delete {document_id}) rồi nạp lại."
    )
    return Unreadable(origin, DuplicateId(message))
