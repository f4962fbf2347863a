"""From a follow-up question to one that can be understood alone.

A question that names its own subject is left as it is; one that points back gets in what it
points at, and every change is told. What cannot be settled is not guessed: the rewriting says
what is unclear and which cases may be meant.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from kb.models import Filters
from kb.places import get_province
from kb.text import fold, has_diacritics, to_reading_form
from retrieval.conversation.history import AnsweredCase, Exchange
from retrieval.conversation.references import (
    Reference,
    ReferenceKind,
    find_reference,
    refers_back,
)
from retrieval.conversation.subjects import (
    place_phrases,
    places_of,
    shared_province,
    subject_of,
    with_place,
    with_year,
    without_place,
    year_spans,
)
from retrieval.conversation.wording import Phrase, Words

# A pasted page is no question that another one goes on with.
_LONGEST_BASE = 600
_WITHOUT_SUBJECT = frozenset({ReferenceKind.ELLIPSIS, ReferenceKind.PRONOUN})
_THEN = re.compile(r"^[\s,]*(?:thì|thi)\s+", re.IGNORECASE)
_HOW = Phrase("(?:làm thế nào|như thế nào|thế nào|ra sao|làm sao|bằng cách nào)")
_ASKS_FOR_CASES = Phrase("(?:mô hình|cách làm|điển hình|ví dụ) (?:nào|gì)|gì hay")


@dataclass(frozen=True, slots=True)
class Rewriting:
    """What a question was understood as.

    Attributes:
        text: The question to answer; what was typed if nothing was put in.
        kind: How it pointed back, if it did.
        changes: What was put in or replaced, in Vietnamese, for the reader.
        subject: What stands in `text` before what the follow-up asks of it; empty if nothing does.
        document_ids: Documents that the answer must be taken from; empty: any.
        seen_ids: Documents that earlier answers to the same question cited, if more is asked for.
        filters: Conditions to answer under; None if those given with the question count.
        unclear: Why it cannot be understood, in Vietnamese; empty if it can.
        choices: The cases that may be meant where it is unclear.
    """

    text: str
    kind: ReferenceKind | None = None
    changes: tuple[str, ...] = ()
    subject: str = ""
    document_ids: tuple[str, ...] = ()
    seen_ids: tuple[str, ...] = ()
    filters: Filters | None = None
    unclear: str = ""
    choices: tuple[AnsweredCase, ...] = ()

    @property
    def is_follow_up(self) -> bool:
        """Whether the question was understood from what was said before."""
        return bool(self.changes or self.unclear)


def rewrite(question: str, history: Sequence[Exchange]) -> Rewriting:
    """Return a question with what it refers to put in.

    Args:
        question: What was typed.
        history: The exchanges before it, oldest first.
    """
    plain = Rewriting(question)
    # A question that could not be understood adds nothing to point at.
    history = [exchange for exchange in history if not exchange.is_unclear]
    reference = find_reference(question) if history else None
    if reference is None:
        return plain
    rewritten = _rewritten(to_reading_form(question), reference, history)
    if rewritten is None or (rewritten.changes and refers_back(rewritten.text)):
        return plain
    return replace(rewritten, kind=reference.kind)


def _rewritten(
    question: str, reference: Reference, history: Sequence[Exchange]
) -> Rewriting | None:
    match reference.kind:
        case ReferenceKind.ORDINAL:
            return _ordinal(question, reference, history)
        case ReferenceKind.PRONOUN:
            return _pronoun(question, reference, history)
        case ReferenceKind.ELLIPSIS:
            return _ellipsis(question, history)
        case ReferenceKind.MORE:
            return _more(reference, history)
    base = _base(history)
    if base is None:
        return None
    match reference.kind:
        case ReferenceKind.PLACE_CHANGE:
            return _place_change(reference, base)
        case ReferenceKind.YEAR_CHANGE:
            return _year_change(reference, base)
        case _:
            return _topic_change(reference, base)


def _base(history: Sequence[Exchange], *, elliptic: bool = True) -> Exchange | None:
    """Return the last question with a subject of its own, which a change of place changes.

    One that was held to a case of an answer is passed over: a case is bound to its place.

    Args:
        history: The exchanges, oldest first.
        elliptic: Whether one that got its subject from the question before it will do.
    """
    for exchange in reversed(history):
        if exchange.is_held or (not elliptic and exchange.kind in _WITHOUT_SUBJECT):
            continue
        return exchange if len(exchange.reading) <= _LONGEST_BASE else None
    return None


def _subject_of(exchange: Exchange) -> str:
    """Return what a question is about, without what earlier follow-ups asked of it."""
    return exchange.subject or subject_of(exchange.reading)


# --- the same question about something else --------------------------------------------------


def _place_change(reference: Reference, base: Exchange) -> Rewriting:
    place = _with_marks(reference.place, base.reading)
    text = with_place(base.reading, place)
    subject = with_place(base.subject, place) if base.subject else ""
    former = places_of(base.reading)
    told = f"địa bàn: {former} → {place}" if former else f"thêm địa bàn: {place}"
    changes = [told]
    filters = replace(base.filters, province=None)
    if reference.year:
        text = with_year(text, reference.year)
        subject = with_year(subject, reference.year) if subject else ""
        changes.append(f"năm: {reference.year}")
        filters = replace(filters, year=None)
    return Rewriting(text, changes=tuple(changes), subject=subject, filters=filters)


def _with_marks(place: str, question: str) -> str:
    """Return a province with its marks if the question that it is put in has marks."""
    province = get_province(place)
    is_careless = place.islower() or not has_diacritics(place)
    return province.name if province and is_careless and has_diacritics(question) else place


def _year_change(reference: Reference, base: Exchange) -> Rewriting:
    spans = year_spans(base.reading)
    former = ", ".join(base.reading[span.start_char : span.end_char] for span in spans)
    told = f"năm: {former} → {reference.year}" if former else f"thêm năm: {reference.year}"
    text = with_year(base.reading, reference.year)
    subject = with_year(base.subject, reference.year) if base.subject else ""
    filters = replace(base.filters, year=None)
    return Rewriting(text, changes=(told,), subject=subject, filters=filters)


def _topic_change(reference: Reference, base: Exchange) -> Rewriting | None:
    """Return another subject at the same place; None if there is no place to keep."""
    places = places_of(base.reading)
    if not places or place_phrases(reference.topic):
        return None
    words = Words(base.reading)
    asked = next((match[0] for match in _HOW.of(words).finditer(words.line)), "")
    text = f"{reference.topic} ở {places}" + (f" {asked}?" if asked else "")
    changes = (f"nội dung: {reference.topic}", f"giữ địa bàn: {places}")
    return Rewriting(text, changes=changes, filters=base.filters)


def _more(reference: Reference, history: Sequence[Exchange]) -> Rewriting | None:
    """Return the same question again, beyond what was cited since it was first asked."""
    base = _base(history, elliptic=False)
    if base is None:
        return None
    seen = tuple(
        dict.fromkeys(
            document_id
            for exchange in history
            if exchange.reading == base.reading
            for case in exchange.cases
            for document_id in case.document_ids
        )
    )
    changes = [f"hỏi tiếp câu: “{base.reading.strip()}”"]
    text, filters, places = base.reading, base.filters, places_of(base.reading)
    rest = without_place(base.reading) if reference.noun == "place" and places else ""
    if Words(rest).content:
        changes.append(f"bỏ địa bàn: {places}")
        text, filters = rest, replace(filters, province=None)
    if seen:
        changes.append(f"ngoài {len(seen)} tài liệu đã trích dẫn")
    return Rewriting(text, changes=tuple(changes), seen_ids=seen, filters=filters)


# --- a case of an answer ---------------------------------------------------------------------


def _ordinal(question: str, reference: Reference, history: Sequence[Exchange]) -> Rewriting:
    listed = _listed(history)
    count = len(listed)
    if not count:
        return Rewriting(
            question,
            unclear=f"Chưa rõ “{reference.text}” là gì: câu trả lời trước không nêu mô hình nào.",
        )
    positions = [item if item > 0 else count + 1 + item for item in reference.positions]
    if not all(1 <= item <= count for item in positions):
        told = f"Câu trả lời trước chỉ có {count} mô hình, không có “{reference.text}”."
        return Rewriting(question, unclear=told, choices=listed)
    chosen = [listed[item - 1] for item in dict.fromkeys(positions)]
    return _about(question, reference, chosen)


def _listed(history: Sequence[Exchange]) -> tuple[AnsweredCase, ...]:
    """Return the cases that the reader counts: those of the last answer that was a list.

    Beside a refusal the nearest cases are shown; then those are the list.
    """
    for exchange in reversed(history):
        if exchange.is_held:
            continue
        return exchange.cases or exchange.nearest
    return history[-1].cases


def _about(question: str, reference: Reference, cases: Sequence[AnsweredCase]) -> Rewriting:
    """Return a question with the words that point back replaced by cases."""
    labels = _labels(cases)
    before, after = question[: reference.start_char], question[reference.end_char :]
    text = f"{before}{labels}{after}"
    told = f"“{reference.text}” là {labels}"
    return Rewriting(text, changes=(told,), document_ids=_documents(cases))


def _labels(cases: Sequence[AnsweredCase]) -> str:
    *others, last = [case.label for case in cases]
    return f"{', '.join(others)} và {last}" if others else last


def _documents(cases: Sequence[AnsweredCase]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key for case in cases for key in case.document_ids))


def _focus(history: Sequence[Exchange]) -> tuple[AnsweredCase, ...]:
    """Return the cases that the conversation is at: one if it is clear which one."""
    last = history[-1]
    if len(last.cases) > 1:
        asked = fold(last.understood)
        named = [case for case in last.cases if fold(case.title) in asked]
        if len(named) == 1:
            return tuple(named)
    return last.cases


def _pronoun(question: str, reference: Reference, history: Sequence[Exchange]) -> Rewriting:
    cases = _focus(history)
    if reference.noun == "place":
        return _that_place(question, reference, history, cases)
    wanted = reference.count or len(cases)
    if cases and wanted == len(cases) and (reference.noun == "case" or wanted == 1):
        return _about(question, reference, cases)
    is_they = reference.noun == "people" and reference.count == 0
    if is_they or (not cases and wanted <= 1):
        return _the_subject(question, reference, history, cases)
    return _unclear(question, reference, cases)


def _the_subject(
    question: str, reference: Reference, history: Sequence[Exchange], cases: Sequence[AnsweredCase]
) -> Rewriting:
    """Return a question whose "họ" or "nó" is what was asked about before."""
    base = _base(history)
    subject = _subject_of(base) if base else ""
    if not Words(subject).content:
        return _unclear(question, reference, cases)
    rest = _THEN.sub("", question[reference.end_char :]).strip()
    told = f"“{reference.text}” là điều hỏi trước đó: {subject}"
    return Rewriting(
        f"{subject}: {rest}", changes=(told,), subject=subject, document_ids=_documents(cases)
    )


def _that_place(
    question: str,
    reference: Reference,
    history: Sequence[Exchange],
    cases: Sequence[AnsweredCase],
) -> Rewriting:
    rest = Words(question[reference.end_char :])
    wants_cases = _ASKS_FOR_CASES.of(rest).search(rest.line) is not None
    if len(cases) == 1 and reference.is_alone and not rest.content and not wants_cases:
        said = _THEN.sub("", question[reference.end_char :]).strip(" ,")
        told = f"“{reference.text}” là nơi có {cases[0].label}"
        return Rewriting(
            f"{cases[0].label}: {said}", changes=(told,), document_ids=_documents(cases)
        )
    phrases = place_phrases(history[-1].reading)
    place = shared_province([case.province for case in cases])
    if not place and len(phrases) == 1:
        place = places_of(history[-1].reading)
    if not place:
        return _unclear(question, reference, cases)
    before, after = question[: reference.start_char], question[reference.end_char :]
    at = "Ở" if not before.strip() and reference.text[:1].isupper() else "ở"
    text, subject = f"{before}{at} {place}{after}", ""
    if not rest.content and reference.is_alone and not wants_cases:
        subject = _subject_of(history[-1])
        text = f"{subject}: {_THEN.sub('', after).strip(' ,')}"
    return Rewriting(text, changes=(f"“{reference.text}” là {place}",), subject=subject)


def _unclear(question: str, reference: Reference, cases: Sequence[AnsweredCase]) -> Rewriting:
    if not cases:
        told = f"Chưa rõ “{reference.text}” là gì: câu trả lời trước không nêu mô hình nào."
    elif reference.count > 1:
        told = f"Câu trả lời trước có {len(cases)} mô hình, chưa rõ “{reference.text}” là những"
        told += " mô hình nào."
    else:
        told = f"Câu trả lời trước nêu {len(cases)} mô hình, chưa rõ “{reference.text}” là cái nào."
    return Rewriting(question, unclear=told, choices=tuple(cases))


def _ellipsis(question: str, history: Sequence[Exchange]) -> Rewriting | None:
    """Return what is asked with the subject of the conversation before it."""
    asked = question.strip()
    cases = _focus(history)
    if len(cases) == 1 or (cases and history[-1].is_held):
        labels = _labels(cases)
        told = f"hỏi tiếp về {labels}"
        return Rewriting(f"{labels}: {asked}", changes=(told,), document_ids=_documents(cases))
    base = _base(history)
    if base is None:
        return None
    subject = _subject_of(base)
    if not Words(subject).content:
        return None
    return Rewriting(
        f"{subject}: {asked}",
        changes=(f"hỏi tiếp về: {subject}",),
        subject=subject,
        filters=base.filters,
    )
