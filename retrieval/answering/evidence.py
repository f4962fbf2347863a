"""Whether documents and sentences carry what a question asks for."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kb.facts import DocumentFacts
from kb.figures import is_money_unit
from kb.knowledge_base import KnowledgeBase
from kb.models import Document, Span
from kb.places import Agreement, PlaceMention, agreement, find_provinces, get_province
from kb.sentences import split_statements
from kb.terms import fold_token, query_terms, token_spans
from retrieval.answering.question_types import MONEY, PERCENT, Wanted
from retrieval.calibration import DenseScale
from retrieval.candidates import Found
from retrieval.matching import form_of, is_function_word, pairs_of
from retrieval.query import Query

# A term found in this many chunks is common; its exact frequency does not matter.
_FREQUENCY_CAP = 200
# Words that ask rather than describe; they say nothing about the case.
_ASKING = frozenset(
    "mô hình cách kinh nghiệm nơi địa phương tỉnh thành phố huyện xã phường năm "
    "muốn cần biết hỏi số lượng tổng gồm những gì so sánh khác nhau tìm cho".split()
)
_FOLDED_ASKING = frozenset(fold_token(word) for word in _ASKING)
# How much a term counts that stands not in the sentence but in the title, or elsewhere in the
# document.
_TITLE_SHARE, _DOCUMENT_SHARE = 0.8, 0.4


@dataclass(frozen=True, slots=True)
class Need:
    """The content of a question, weighted.

    Attributes:
        weights: Inverse document frequency by content form; never empty.
        pairs: Adjacent content forms.
        is_place_only: Whether nothing but a place is asked for ("mô hình ở Cái Nước"); then the
            weights are those of all its words, and say little.
    """

    weights: Mapping[str, float]
    pairs: frozenset[tuple[str, str]]
    is_place_only: bool = False

    def coverage(self, forms: set[str]) -> float:
        """Return the share of the weight that a set of forms holds, in [0, 1]."""
        total = sum(self.weights.values())
        return sum(weight for form, weight in self.weights.items() if form in forms) / total


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a document with how well it answers.

    Attributes:
        span: Where it stands.
        score: Weighted coverage of the question, in [0, 1].
        own: The part of the coverage that the sentence itself gives.
        has_figure: Whether it states a figure of the unit asked for.
    """

    span: Span
    score: float
    own: float
    has_figure: bool


def need_of(query: Query, kb: KnowledgeBase) -> Need:
    """Return the content of a question, weighted by how rare its terms are in the index.

    The weight is `ln((N - n + 0.5) / (n + 0.5) + 1)` over chunks, as in the lexical legs, with n
    cut off at a cap. Names of places are left out: place is checked apart.
    """
    places = [(mention.start_char, mention.end_char) for mention in query.provinces]
    places += [(mention.start_char, mention.end_char) for mention in settled_places(query)]
    asking = _ASKING if query.is_accented else _FOLDED_ASKING
    content: list[str] = []
    previous: str | None = None
    pairs: set[tuple[str, str]] = set()
    everything: list[str] = []
    for token in query.tokens:
        form = form_of(token, query)
        everything.append(form)
        in_place = any(start <= token.start_char < end for start, end in places)
        if in_place or is_function_word(form, query) or form in asking:
            previous = None
            continue
        if previous is not None and not token.starts_run:
            pairs.add((previous, form))
        content.append(form)
        previous = form
    distinct = list(dict.fromkeys(content or everything))
    leg = "accented" if query.is_accented else "folded"
    total = kb.index.count()
    weights = {}
    for form in distinct:
        hits = kb.index.query_lexical(leg, query_terms([form]), limit=_FREQUENCY_CAP)
        weights[form] = math.log((max(total, len(hits)) - len(hits) + 0.5) / (len(hits) + 0.5) + 1)
    return Need(weights, frozenset(pairs), is_place_only=bool(places) and not content)


# Logistic regression of "is relevant" on the coverage of the question and the standardised
# similarity, fitted to the development topics (12 best documents of each); an answer needs the
# logit below. At that point 87 % of the topics typed with diacritics and without typing errors
# keep an answer, and two thirds of them are refused once their relevant documents are taken away.
_COVERAGE_WEIGHT, _SIMILARITY_WEIGHT, _BIAS, _LEAST_LOGIT = 3.0, 1.7, -4.0, -1.75
# Where similarity says nothing (no diacritics, or a model of unknown scale) words alone decide.
LEAST_COVERAGE = 0.6


@dataclass(frozen=True, slots=True)
class Support:
    """How far a document carries a question.

    Attributes:
        coverage: Share of the question's weighted terms that it holds, in [0, 1].
        margin: How far it lies above the least support for an answer; below 0 it is no evidence.
    """

    coverage: float
    margin: float


def support_of(found: Found, query: Query, need: Need, scale: DenseScale | None) -> Support:
    """Return how far a document carries a question."""
    if need.is_place_only:
        return Support(1.0, 1.0) if is_of_place(found, query) else Support(0.0, -1.0)
    coverage = need.coverage(document_forms(found.document, query))
    similarity = found.candidate.leg_scores.get("dense")
    if scale is None or not query.is_accented or similarity is None:
        return Support(coverage, coverage - LEAST_COVERAGE)
    logit = _COVERAGE_WEIGHT * coverage + _SIMILARITY_WEIGHT * scale.standardize(similarity) + _BIAS
    return Support(coverage, logit - _LEAST_LOGIT)


def document_forms(document: Document, query: Query) -> set[str]:
    """Return the forms of a document's text and title."""
    return {form_of(token, query) for token in token_spans(document.text)}


def settled_places(query: Query) -> list[PlaceMention]:
    """Return the places of a question of which there is only one."""
    return [mention for mention in query.places if not mention.is_ambiguous]


def is_of_place(found: Found, query: Query) -> bool:
    """Tell whether a document may speak for the places of a question.

    Without a place in the question every document may. A document of another province may not,
    even if it mentions the place; one whose province is unknown may if it names the place. A
    question that names a district or a region and no province is held to the provinces of that.
    """
    document = found.document
    if not query.provinces:
        named = settled_places(query)
        place = DocumentFacts.of(document).place if named else None
        return place is None or any(
            agreement(mention, place) > Agreement.UNKNOWN for mention in named
        )
    if document.province is not None:
        return agrees_in_place(query, document.province)
    return any(
        agrees_in_place(query, mention.province.name) for mention in find_provinces(document.text)
    )


def agrees_in_place(query: Query, province_name: str | None) -> bool:
    """Tell whether a document's province is one that the query names.

    One of today's names covers the provinces it was made of; an old name only itself.
    """
    if province_name is None or not query.provinces:
        return False
    province = get_province(province_name)
    names = province.filter_names if province else (province_name,)
    return any(mention.province.name in names for mention in query.provinces)


def rank_sentences(document: Document, query: Query, need: Need, wanted: Wanted) -> list[Sentence]:
    """Return the sentences of a document, those that answer best first.

    A sentence scores the weight of the question's terms that it holds; terms of the title and of
    the rest of the document count less, since a result line of a case need not repeat its name.
    """
    title = {form_of(token, query) for token in token_spans(document.title)}
    rest = document_forms(document, query)
    total = sum(need.weights.values())
    sentences = []
    for span in split_statements(document.text):
        tokens = token_spans(document.text[span.start_char : span.end_char])
        forms = [form_of(token, query) for token in tokens]
        own = set(forms)
        score = sum(
            weight * _share(form, own, title, rest) for form, weight in need.weights.items()
        )
        joined = len(need.pairs & pairs_of(forms)) / len(need.pairs) if need.pairs else 0.0
        sentences.append(
            Sentence(
                span=span,
                score=0.85 * score / total + 0.15 * joined,
                own=need.coverage(own),
                has_figure=_states_figure([token.text for token in tokens], wanted),
            )
        )
    return sorted(sentences, key=lambda item: (-item.score, item.span.start_char))


def _share(form: str, own: set[str], title: set[str], rest: set[str]) -> float:
    if form in own:
        return 1.0
    if form in title:
        return _TITLE_SHARE
    return _DOCUMENT_SHARE if form in rest else 0.0


def _states_figure(tokens: Sequence[str], wanted: Wanted) -> bool:
    """Tell whether a number with the unit asked for stands among the tokens.

    A unit follows its number within three tokens ("300 căn Mái ấm" for "mái ấm").
    """
    folded_unit = wanted.unit
    for position, token in enumerate(tokens):
        if not token[0].isdigit() or "/" in token:
            continue
        after = tokens[position + 1 : position + 4]
        if folded_unit == MONEY:
            if any(is_money_unit(unit) for unit in after[:2]):
                return True
        elif folded_unit == PERCENT:
            return True  # the sign is no token; the text is checked by the caller
        elif folded_unit:
            if any(fold_token(unit) == folded_unit for unit in after):
                return True
        else:
            return True
    return False
