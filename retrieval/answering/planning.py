"""What an answer says: which documents are quoted, with which sentences, or why none is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from kb.knowledge_base import KnowledgeBase
from kb.models import Document, NoAnswerReason
from kb.places import Province, get_province
from kb.terms import token_spans
from kb.text import fold
from retrieval.answering.case_claims import tell_article, tell_case, tell_sentence
from retrieval.answering.case_sections import sections_of
from retrieval.answering.drafts import Draft, Quoted, merge_equal
from retrieval.answering.evidence import (
    Need,
    Sentence,
    Support,
    asked_places,
    is_of_place,
    is_other_product,
    need_of,
    rank_sentences,
    support_of,
)
from retrieval.answering.figure_sentences import FigureSentence, figure_sentences
from retrieval.answering.question_types import Ask, QuestionType, Wanted, predicate_of
from retrieval.answering.scope import asks_for_absence, is_request_to_make, required_words
from retrieval.calibration import DenseScale, dense_scale
from retrieval.candidates import Found
from retrieval.matching import form_of
from retrieval.query import Query

# Least score of a sentence that states the figure asked for.
_FIGURE_SCORE = 0.2
_MAX_FIGURES = 2
# A further figure is shown beside the best one if its sentence scores nearly as well.
_NEAR_BEST = 0.9
_MAX_CASES = {
    QuestionType.HOW_TO: 4,
    QuestionType.DEFINITION: 1,
    QuestionType.YES_NO: 2,
    QuestionType.PLACE: 8,
}
_MAX_CASES_OTHERWISE = 6
# A case this far below the best one, in score or in late interaction, is no longer an answer.
_FAR_BELOW, _FAR_LATE = 0.17, 0.12
# Questions whose answer is of one case; lists may be of several places of one name.
_ABOUT_ONE = frozenset({QuestionType.FIGURE, QuestionType.YES_NO, QuestionType.DEFINITION})
# Where even the best evidence is this weak (in logits above the least), only the best is quoted.
_WEAK = 1.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """A document that covers the question, with its sentences, best first."""

    found: Found
    support: Support
    sentences: Sequence[Sentence]

    @property
    def document(self) -> Document:
        """The document."""
        return self.found.document


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be said.

    Attributes:
        wanted: What kind of answer.
        drafts: Claims in order; empty if there is no answer.
        evidence: The documents behind them, in order.
        passages: Stretches of the quoted documents that a writer may reword, in order.
        unanswered: Figures asked for that no source states, if others were found.
        reason: Why there is no answer.
    """

    wanted: Wanted
    drafts: tuple[Draft, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    passages: tuple[Quoted, ...] = ()
    unanswered: tuple[Ask, ...] = ()
    reason: NoAnswerReason | None = None


def make_plan(
    kb: KnowledgeBase,
    query: Query,
    wanted: Wanted,
    found: Sequence[Found],
    *,
    is_settled: bool = False,
) -> Plan:
    """Return what to say from the documents that a search found.

    Args:
        kb: The knowledge base.
        query: The question.
        wanted: What kind of answer it wants.
        found: Documents, best first.
        is_settled: Whether these are known to be the documents that the question is about.
    """
    if not found:
        empty = kb.index.count() == 0
        reason = NoAnswerReason.EMPTY_KNOWLEDGE_BASE if empty else NoAnswerReason.NO_EVIDENCE
        return Plan(wanted, reason=reason)
    need = need_of(query, kb)
    if need.is_place_only and wanted.type is QuestionType.LIST:
        wanted = replace(wanted, type=QuestionType.PLACE)
    out_of_scope = None if is_settled else _why_out_of_scope(query, need)
    if out_of_scope is not None:
        return Plan(wanted, reason=out_of_scope)
    scale = dense_scale(kb.embedder.spec.name)
    supports = [support_of(item, query, need, scale) for item in found]
    local = [is_settled or is_of_place(item, query) for item in found]
    evidence = [
        Evidence(item, support, rank_sentences(item.document, query, need))
        for item, support, is_local in zip(found, supports, local, strict=True)
        if is_local and (is_settled or support.margin >= 0)
    ]
    if not evidence:
        elsewhere = any(
            support.margin >= 0 and not is_local
            for support, is_local in zip(supports, local, strict=True)
        )
        elsewhere = elsewhere or need.is_place_only
        return Plan(wanted, reason=_why_nothing(query, found, scale, is_elsewhere=elsewhere))
    if wanted.type in _ABOUT_ONE:
        evidence = [item for item in evidence if not is_other_product(need, item.document)]
        if not evidence:
            return Plan(wanted, reason=NoAnswerReason.NO_EVIDENCE)
    if not is_settled and _is_named_elsewhere(query, found, evidence):
        return Plan(wanted, reason=NoAnswerReason.WRONG_PLACE)
    if wanted.type is QuestionType.DEFINITION and need.is_general:
        return Plan(wanted, reason=NoAnswerReason.NO_EVIDENCE)
    words = required_words(query)
    if words and not any(words in fold(item.document.text.lower()) for item in evidence):
        return Plan(wanted, reason=NoAnswerReason.FIGURE_NOT_GIVEN)
    if not is_settled and wanted.type in _ABOUT_ONE and _is_of_homonyms(query, evidence):
        return Plan(wanted, reason=NoAnswerReason.AMBIGUOUS)
    if wanted.type is QuestionType.FIGURE:
        return _plan_figures(evidence, wanted, query, need)
    return _plan_cases(_of_each_place(query, evidence, wanted.type), wanted, query)


def _why_out_of_scope(query: Query, need: Need) -> NoAnswerReason | None:
    """Return why a question cannot be answered whatever was found, if so."""
    if is_request_to_make(query):
        return NoAnswerReason.OUT_OF_DOMAIN
    if asks_for_absence(query):
        return NoAnswerReason.NO_EVIDENCE
    if need.is_empty and not need.is_place_only:
        return NoAnswerReason.AMBIGUOUS
    return None


def _is_of_homonyms(query: Query, evidence: Sequence[Evidence]) -> bool:
    """Tell whether a question is about one place, and its name and subject fit several."""
    places = asked_places(query)
    if query.provinces or not places or not all(mention.is_ambiguous for mention in places):
        return False
    best = max(item.found.candidate.score for item in evidence)
    near = (item for item in evidence if item.found.candidate.score >= best - _FAR_BELOW)
    return len({item.document.province for item in near}) > 1


def _why_nothing(
    query: Query, found: Sequence[Found], scale: DenseScale | None, *, is_elsewhere: bool
) -> NoAnswerReason:
    """Tell another place's case from a subject that is not here, and from another world."""
    asks_for_place = bool(query.provinces or asked_places(query))
    if is_elsewhere and asks_for_place:
        return NoAnswerReason.WRONG_PLACE
    nearest = max((item.candidate.leg_scores.get("dense", 0.0) for item in found), default=0.0)
    if scale is not None and query.is_accented and nearest < scale.centre:
        return NoAnswerReason.OUT_OF_DOMAIN
    return NoAnswerReason.NO_EVIDENCE


def _is_named_elsewhere(query: Query, found: Sequence[Found], evidence: Sequence[Evidence]) -> bool:
    """Tell whether a case is asked for by its name at a place where none of that name is known."""
    if not (query.provinces or asked_places(query)):
        return False
    asked = fold(query.text.lower())
    names = {name for item in found if len((name := _name(item.document)).split()) >= 3}
    named = [name for name in names if name in asked]
    return bool(named) and not any(
        name in fold(item.document.text.lower()) for name in named for item in evidence
    )


def _name(document: Document) -> str:
    return fold(document.title.lower()).strip(' “”"')


def _of_each_place(
    query: Query, evidence: Sequence[Evidence], wanted: QuestionType
) -> list[Evidence]:
    """Return what to quote, where several provinces are asked for some of each in turn."""
    provinces = list(dict.fromkeys(mention.province for mention in query.provinces))
    if len(provinces) < 2:
        return _chosen(evidence, wanted)
    each = []
    for province in provinces:
        own = [item for item in evidence if _lies_in(item.document, province)]
        each.append(_chosen(own, wanted) if own else [])
    turns = (item for row in zip_longest(*each) for item in row if item is not None)
    chosen = {item.document.document_id: item for item in turns}
    chosen = chosen or {item.document.document_id: item for item in _chosen(evidence, wanted)}
    return list(chosen.values())[: _MAX_CASES.get(wanted, _MAX_CASES_OTHERWISE)]


def _lies_in(document: Document, province: Province) -> bool:
    own = get_province(document.province) if document.province else None
    return own is not None and province.name in own.filter_names


def _chosen(evidence: Sequence[Evidence], wanted: QuestionType) -> list[Evidence]:
    """Return what to quote: cases in search order, none far below the best.

    An officer looks for cases; an article about a whole movement fits any question a little, so
    one is quoted only if it is ahead of every case.
    """
    # Every case of a place answers; how near its words are to the question says nothing.
    near = list(evidence) if wanted is QuestionType.PLACE else _near(evidence)
    cases = [item for item in near if item.document.case is not None]
    first = max((item.found.candidate.score for item in cases), default=0.0)
    articles = [
        item for item in near if item.document.case is None and item.found.candidate.score >= first
    ]
    return [*cases, *articles][: _MAX_CASES.get(wanted, _MAX_CASES_OTHERWISE)]


def _near(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Return the documents that are not far below the best one, in order."""
    best = max(item.found.candidate.score for item in evidence)
    late = max(map(_late, evidence))
    near = [
        item
        for item in evidence
        if item.found.candidate.score >= best - _FAR_BELOW and _late(item) >= late - _FAR_LATE
    ]
    return near[:1] if max(item.support.margin for item in evidence) < _WEAK else near


def _late(item: Evidence) -> float:
    return item.found.candidate.features.get("late", 0.0)


def _plan_cases(evidence: Sequence[Evidence], wanted: Wanted, query: Query) -> Plan:
    told = (_tell(item, wanted.type, query) for item in evidence)
    drafts = merge_equal(draft for draft in told if draft is not None)
    if not drafts:
        return Plan(wanted, reason=NoAnswerReason.NO_EVIDENCE)
    return Plan(wanted, tuple(drafts), tuple(evidence), _passages(drafts))


def _tell(item: Evidence, wanted: QuestionType, query: Query) -> Draft | None:
    sections = sections_of(item.document)
    if sections is None or not sections.lines:
        return tell_article(item.document, item.sentences)
    if wanted is QuestionType.YES_NO:
        asked = predicate_of(query)
        for sentence in item.sentences:
            line = item.document.text[sentence.span.start_char : sentence.span.end_char]
            forms = {form_of(token, query) for token in token_spans(line)}
            if asked & forms and sections.is_of_what_came(sentence.span):
                return tell_sentence(item.document, sentence.span)
    return tell_case(item.document, sections, wanted)


def _plan_figures(evidence: Sequence[Evidence], wanted: Wanted, query: Query, need: Need) -> Plan:
    """Return the sentences that state the figures asked for.

    The documents that state the first figure are asked for the others, so that one answer does
    not mix the figures of different cases.
    """
    drafts: list[Draft] = []
    unanswered: list[Ask] = []
    sources: Sequence[Evidence] = _near(evidence)
    for ask in wanted.asks:
        best = _best_figures(sources, ask, query, need)
        if not best:
            unanswered.append(ask)
            continue
        drafts += [tell_sentence(item.document, sentence.span) for item, sentence in best]
        sources = [item for item, _ in best]
    drafts = merge_equal(drafts)
    if not drafts:
        return Plan(wanted, reason=NoAnswerReason.FIGURE_NOT_GIVEN)
    quoted = {key for draft in drafts for key in draft.document_ids}
    used = tuple(item for item in evidence if item.document.document_id in quoted)
    return Plan(wanted, tuple(drafts), used, _passages(drafts), tuple(unanswered))


def _best_figures(
    evidence: Sequence[Evidence], ask: Ask, query: Query, need: Need
) -> list[tuple[Evidence, FigureSentence]]:
    scored = [
        (item, sentence)
        for item in evidence
        for sentence in figure_sentences(item.document, ask, query, need, item.sentences)
        if sentence.score >= _FIGURE_SCORE
    ]
    scored.sort(
        key=lambda row: (-row[1].score, row[0].document.document_id, row[1].span.start_char)
    )
    return [row for row in scored if row[1].score >= _NEAR_BEST * scored[0][1].score][:_MAX_FIGURES]


def _passages(drafts: Sequence[Draft]) -> tuple[Quoted, ...]:
    """Return what the drafts quote, each stretch once, those of a document side by side."""
    return tuple(_once(quote for draft in drafts for quote in draft.quotes))


def _once(quotes: Iterator[Quoted]) -> Iterator[Quoted]:
    by_document: dict[str, dict[tuple[int, int], Quoted]] = {}
    for quote in quotes:
        key = (quote.span.start_char, quote.span.end_char)
        by_document.setdefault(quote.document.document_id, {})[key] = quote
    for own in by_document.values():
        yield from own.values()
