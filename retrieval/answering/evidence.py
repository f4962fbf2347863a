"""Whether documents and sentences carry what a question asks for."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kb.facts import DocumentFacts
from kb.knowledge_base import KnowledgeBase
from kb.models import Document, Span
from kb.places import (
    Agreement,
    PlaceMention,
    StoredPlace,
    agreement,
    find_provinces,
    get_province,
)
from kb.products import broader_of, covers, find_products, is_family
from kb.sentences import split_statements
from kb.terms import fold_token, token_spans
from kb.text import has_diacritics
from retrieval.answering.injection import is_instruction
from retrieval.answering.support import support_model
from retrieval.calibration import DenseScale
from retrieval.candidates import Found
from retrieval.matching import form_of, is_function_word, pairs_of
from retrieval.query import Query

# Words that ask rather than describe; they say nothing about the case.
_ASKING = frozenset(
    "mô hình cách kinh nghiệm nơi địa phương tỉnh thành phố huyện xã phường năm "
    "muốn cần biết hỏi số lượng tổng gồm những gì so sánh khác nhau tìm cho kể nêu liệt kê giới "
    "thiệu vùng".split()
)
_FOLDED_ASKING = frozenset(fold_token(word) for word in _ASKING)
# What any case claims for itself, praise and the movement that it belongs to: an officer who asks
# for it asks for any good case.
_OF_ANY_CASE = tuple(
    tuple(phrase.split())
    for phrase in (
        "hiệu quả",
        "tiêu biểu",
        "điển hình",
        "nổi bật",
        "sáng tạo",
        "thành công",
        "đáng học",
        "đáng đến học",
        "hay nhất",
        "tốt nhất",
        "giỏi nhất",
        "hay",
        "cách làm hay",
        "nên học",
        "để học tập",
        "làm tốt",
        "dân vận khéo",
        "phong trào thi đua",
        "phong trào",
        "thi đua",
    )
)
_AT = re.compile(r"\b(?:ở|tại|o|tai)\s+$", re.IGNORECASE)
# Kinds of places, the widest first.
_LEVELS = ("region", "province", "district", "commune")
# Longer questions than those that the model of support has learnt from count as that long.
_MOST_EXTENT = 12.0
# A number counts as a word that one in so many chunks holds.
_NUMBER_SHARE = 20
# How much a term counts that stands not in the sentence but in the title, or elsewhere in the
# document.
_TITLE_SHARE, _DOCUMENT_SHARE = 0.8, 0.4


@dataclass(frozen=True, slots=True)
class Need:
    """The content of a question, weighted.

    Attributes:
        weights: Inverse document frequency by content form; never empty.
        pairs: Adjacent content forms.
        most: The weight of a word that no text holds.
        is_place_only: Whether nothing but a place is asked for ("mô hình ở Cái Nước"); then the
            weights are those of all its words, and say little.
        is_general: Whether it names nothing that would not fit any case.
        products: The crops, animals and goods that it names, families such as "cá" left out.
    """

    weights: Mapping[str, float]
    pairs: frozenset[tuple[str, str]]
    most: float
    is_place_only: bool = False
    products: frozenset[str] = frozenset()
    is_general: bool = False

    @property
    def extent(self) -> float:
        """How much is asked: the number of words, each as far as it is rare, up to a limit."""
        return min(sum(self.weights.values()) / self.most, _MOST_EXTENT)

    @property
    def is_empty(self) -> bool:
        """Whether nothing but numbers and single letters is asked for."""
        return not any(len(form) > 1 and not form[0].isdigit() for form in self.weights)

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
    """

    span: Span
    score: float
    own: float


def need_of(query: Query, kb: KnowledgeBase) -> Need:
    """Return the content of a question, weighted by how rare its terms are in the index.

    Names of places are left out: place is checked apart.
    """
    places = [(mention.start_char, mention.end_char) for mention in query.provinces]
    places += [(mention.start_char, mention.end_char) for mention in asked_places(query)]
    asking = _ASKING if query.is_accented else _FOLDED_ASKING
    content: list[str] = []
    previous: str | None = None
    pairs: set[tuple[str, str]] = set()
    everything: list[str] = []
    forms = [form_of(token, query) for token in query.tokens]
    general = _said_of_any(forms, folded=not query.is_accented)
    for position, (token, form) in enumerate(zip(query.tokens, forms, strict=True)):
        everything.append(form)
        in_place = any(start <= token.start_char < end for start, end in places)
        if in_place or position in general or is_function_word(form, query) or form in asking:
            previous = None
            continue
        if previous is not None and not token.starts_run:
            pairs.add((previous, form))
        content.append(form)
        previous = form
    distinct = list(dict.fromkeys(content or everything))
    rarity = _Rarity(kb, folded=not query.is_accented)
    weights = {form: rarity.of(form) for form in distinct}
    # Mended words may be mended wrongly ("are" to "tre"), so those typed with marks decide.
    source = query.typed if has_diacritics(query.typed) else query.text
    products = {mention.product for mention in find_products(source)}
    return Need(
        weights,
        frozenset(pairs),
        rarity.most,
        is_place_only=bool(places) and not content,
        is_general=not content,
        products=frozenset(product for product in products if not is_family(product)),
    )


def _said_of_any(forms: Sequence[str], *, folded: bool) -> set[int]:
    """Return the positions of forms that any case could be asked for by."""
    positions: set[int] = set()
    for phrase in _OF_ANY_CASE:
        words = tuple(map(fold_token, phrase)) if folded else phrase
        for start in range(len(forms) - len(words) + 1):
            if tuple(forms[start : start + len(words)]) == words:
                positions.update(range(start, start + len(words)))
    return positions


class _Rarity:
    """How rare words are in a knowledge base, as `ln((N - n + 0.5) / (n + 0.5) + 1)`.

    N counts chunks. n should count those that hold the word; the lexicon knows how often all
    texts hold it, which is a little more and costs nothing to ask.
    """

    def __init__(self, kb: KnowledgeBase, *, folded: bool) -> None:
        self._lexicon = kb.lexicon
        self._total = max(1, kb.index.count())
        self._folded = folded
        self.most = self._weight(0)

    def of(self, form: str) -> float:
        """Return the weight of a form, above 0."""
        if form[0].isdigit():
            # The lexicon counts all numbers as one. Any single number is neither common nor a
            # word that tells what a question is about.
            return self._weight(self._total // _NUMBER_SHARE)
        if self._folded:
            words = (self._lexicon.words[index] for index in self._lexicon.forms(form))
            return self._weight(sum(map(self._lexicon.count, words)))
        return self._weight(self._lexicon.count(form))

    def _weight(self, count: int) -> float:
        held = min(count, self._total)
        return math.log((self._total - held + 0.5) / (held + 0.5) + 1)


# Where similarity says nothing (no diacritics, or a model of unknown scale) words alone decide.
LEAST_COVERAGE = 0.6
# With a smaller share of words in common, a document must at least be near in sense.
_LEAST_SHARED = 0.2
# Brings that on the scale of the calibrated model, whose weight of coverage it rounds.
_LOGITS_OF_COVERAGE = 5.0


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
    if scale is None or not query.is_accented:
        coverage = need.coverage(document_forms(found.document, query))
        return Support(coverage, _LOGITS_OF_COVERAGE * (coverage - LEAST_COVERAGE))
    features = features_of(found, query, need, scale)
    coverage, similarity = features[:2]
    if coverage < _LEAST_SHARED and similarity < 0:
        return Support(coverage, -1.0)  # neither words nor sense: long texts of another world
    return Support(coverage, support_model().margin(features))


def features_of(
    found: Found, query: Query, need: Need, scale: DenseScale
) -> tuple[float, float, float, float]:
    """Return the features of a document in the order of `retrieval.answering.support.FEATURES`."""
    coverage = need.coverage(document_forms(found.document, query))
    # One that is not among the nearest is as far as a random one.
    similarity = found.candidate.leg_scores.get("dense", scale.noise)
    return (
        coverage,
        scale.standardize(similarity),
        math.log1p(need.extent),
        _other_product(need.products, found.document),
    )


def is_other_product(need: Need, document: Document) -> bool:
    """Tell whether a document names none of the products asked for, and no broader one."""
    return _other_product(need.products, document) == 1.0


def _other_product(wanted: frozenset[str], document: Document) -> float:
    """Return 1 if a document names none of the products asked for, 0.5 if only broader ones."""
    if not wanted:
        return 0.0
    has = {mention.product for mention in find_products(document.text)}
    if any(covers(product, has) for product in wanted):
        return 0.0
    return 0.5 if any(has.intersection(broader_of(product)) for product in wanted) else 1.0


def document_forms(document: Document, query: Query) -> set[str]:
    """Return the forms of a document's text and title."""
    return {form_of(token, query) for token in token_spans(document.text)}


def settled_places(query: Query) -> list[PlaceMention]:
    """Return the places of a question of which there is only one."""
    return [mention for mention in query.places if not mention.is_ambiguous]


def is_of_place(found: Found, query: Query) -> bool:
    """Tell whether a document may speak for the places of a question.

    Without a place in the question every document may. A document of another province may not,
    even if it mentions the place; one whose province is unknown may if it names the place. Of a
    district or commune that is asked for, a document must lie in it or name it: its neighbour's
    figures are not its own.
    """
    document = found.document
    if query.provinces and not _is_of_provinces(document, query):
        return False
    named = _finest(asked_places(query))
    if not named:
        return True
    facts = DocumentFacts.of(document)
    return any(_speaks_for(document, facts.place, mention) for mention in named)


def _is_of_provinces(document: Document, query: Query) -> bool:
    if document.province is not None:
        return agrees_in_place(query, document.province)
    return any(
        agrees_in_place(query, mention.province.name) for mention in find_provinces(document.text)
    )


def asked_places(query: Query) -> list[PlaceMention]:
    """Return the places that a question is about.

    A name that several provinces share counts if its rank or "ở" stands before it ("huyện Châu
    Thành", "ở Chợ Mới"): then a place is meant, only it is not known which.
    """
    return [
        mention
        for mention in query.places
        if mention.ranked
        or not mention.is_ambiguous
        or _AT.search(query.text[: mention.start_char])
    ]


def _finest(mentions: Sequence[PlaceMention]) -> list[PlaceMention]:
    """Return the places without those that only tell where another of them lies."""
    return [
        mention
        for mention in mentions
        if not any(
            _LEVELS.index(other.level) > _LEVELS.index(mention.level)
            and other.old_provinces & mention.old_provinces
            for other in mentions
        )
    ]


def _speaks_for(document: Document, place: StoredPlace, mention: PlaceMention) -> bool:
    level = agreement(mention, place)
    if mention.level in {"region", "province"}:
        # A document of a known province was compared with it before.
        return level > Agreement.UNKNOWN or (
            document.province is None and _names(document, mention)
        )
    least = Agreement.COMMUNE if mention.level == "commune" else Agreement.DISTRICT
    return level >= least or (level is not Agreement.CONFLICT and _names(document, mention))


def _names(document: Document, mention: PlaceMention) -> bool:
    """Tell whether a document's text names a place."""
    return bool(re.search(rf"\b{re.escape(mention.name)}\b", document.text, re.IGNORECASE))


def agrees_in_place(query: Query, province_name: str | None) -> bool:
    """Tell whether a document's province is one that the query names.

    One of today's names covers the provinces it was made of; an old name only itself.
    """
    if province_name is None or not query.provinces:
        return False
    province = get_province(province_name)
    names = province.filter_names if province else (province_name,)
    return any(mention.province.name in names for mention in query.provinces)


def rank_sentences(document: Document, query: Query, need: Need) -> list[Sentence]:
    """Return the sentences of a document, those that answer best first.

    A sentence scores the weight of the question's terms that it holds; terms of the title and of
    the rest of the document count less, since a result line of a case need not repeat its name.
    Sentences that give orders to a reader or a model are left out: they are no facts.
    """
    title = {form_of(token, query) for token in token_spans(document.title)}
    rest = document_forms(document, query)
    # Words that the document lacks spoke when it was chosen; among its sentences they say nothing.
    total = sum(weight for form, weight in need.weights.items() if form in rest | title) or 1.0
    sentences = []
    for span in split_statements(document.text):
        text = document.text[span.start_char : span.end_char]
        if is_instruction(text):
            continue
        tokens = token_spans(text)
        forms = [form_of(token, query) for token in tokens]
        own = set(forms)
        score = sum(
            weight * _share(form, own, title, rest) for form, weight in need.weights.items()
        )
        joined = len(need.pairs & pairs_of(forms)) / len(need.pairs) if need.pairs else 0.0
        sentences.append(Sentence(span, 0.85 * score / total + 0.15 * joined, need.coverage(own)))
    return sorted(sentences, key=lambda item: (-item.score, item.span.start_char))


def _share(form: str, own: set[str], title: set[str], rest: set[str]) -> float:
    if form in own:
        return 1.0
    if form in title:
        return _TITLE_SHARE
    return _DOCUMENT_SHARE if form in rest else 0.0
