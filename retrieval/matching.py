"""Which parts of a text a query speaks of: highlights, snippets, term matches."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from kb.models import Span
from kb.sentences import split_sentences
from kb.terms import Token, find_tokens, fold_token
from retrieval.query import Query

# Syllables that carry no content by themselves; a run of matches may contain them.
FUNCTION_WORDS = frozenset(
    "là và của có cho ở tại trong với các những một thì mà được bị để từ đến về ra vào theo như "
    "này đó nào gì sao ai đâu bao nhiêu mấy thế làm khi nếu hay hoặc cũng đã đang sẽ không chưa "
    "rất hơn trên dưới ngoài bằng do vì nên rồi lại qua giữa cùng mỗi mọi từng bạn tôi ta nó "
    "họ chúng hãy xin".split()
)
_FOLDED_FUNCTION_WORDS = frozenset(fold_token(word) for word in FUNCTION_WORDS)
_SNIPPET_CHARS = 320
_LABEL_CHARS = 24


def form_of(token: Token, query: Query) -> str:
    """Return the form in which a token is compared: folded if the query has no diacritics."""
    return token.text if query.is_accented else fold_token(token.text)


def is_function_word(form: str, query: Query) -> bool:
    """Tell whether a form carries no content by itself."""
    return form in (FUNCTION_WORDS if query.is_accented else _FOLDED_FUNCTION_WORDS)


def query_forms(query: Query) -> frozenset[str]:
    """Return the distinct forms of a query's tokens."""
    return frozenset(form_of(token, query) for token in query.tokens)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What a result shows of a document: a run of sentences, and what matches in it.

    Attributes:
        span: The run of sentences.
        highlights: Spans of the document's text inside it, in order.
    """

    span: Span
    highlights: tuple[Span, ...]


def excerpt(text: str, query: Query, window: Span) -> Excerpt:
    """Return the sentences of a window that say most about a query.

    Args:
        text: NFC text of the document.
        query: The query.
        window: The best chunk of the document.
    """
    passage = text[window.start_char : window.end_char]
    matches = find_tokens(passage, query_forms(query), folded=not query.is_accented)
    chosen = _best_sentences(passage, matches, query)
    inside = [match for match in matches if chosen.start_char <= match.start_char < chosen.end_char]
    shift = window.start_char
    return Excerpt(
        Span(shift + chosen.start_char, shift + chosen.end_char),
        tuple(Span(shift + start, shift + end) for start, end in _matching_runs(inside, query)),
    )


def _matching_runs(matches: Sequence[Token], query: Query) -> Iterator[tuple[int, int]]:
    """Yield the stretches of matching tokens; a function word alone is not marked."""
    run: list[Token] = []
    for match in matches:
        if run and match.starts_run:
            yield from _trimmed(run, query)
            run = []
        run.append(match)
    yield from _trimmed(run, query)


def _trimmed(run: Sequence[Token], query: Query) -> Iterator[tuple[int, int]]:
    """Yield the borders of a run without function words at its ends, if anything is left."""
    content = [token for token in run if not is_function_word(form_of(token, query), query)]
    if content:
        yield content[0].start_char, content[-1].end_char


def _best_sentences(passage: str, matches: Sequence[Token], query: Query) -> Span:
    """Return the sentence with the most matches, with as many neighbours as fit a snippet."""
    sentences = split_sentences(passage)
    if not sentences:
        return Span(0, len(passage))
    scores = _overlaps(matches, sentences, query)
    first = last = max(range(len(sentences)), key=lambda position: (scores[position], -position))
    while last + 1 < len(sentences) and _length(sentences[first], sentences[last + 1]) <= (
        _SNIPPET_CHARS
    ):
        last += 1
    while last > first and _is_label(passage, sentences[last]):
        last -= 1
    while first > 0 and _length(sentences[first - 1], sentences[last]) <= _SNIPPET_CHARS:
        first -= 1
    return Span(sentences[first].start_char, sentences[last].end_char)


def _is_label(passage: str, sentence: Span) -> bool:
    """Tell whether a sentence is a line such as "Cách làm", which only announces the next one."""
    length = sentence.end_char - sentence.start_char
    return length <= _LABEL_CHARS and passage[sentence.end_char - 1].isalpha()


def _length(first: Span, last: Span) -> int:
    return last.end_char - first.start_char


def _overlaps(matches: Sequence[Token], sentences: Sequence[Span], query: Query) -> list[int]:
    """Return how many distinct content forms and form pairs of the query each sentence holds."""
    wanted_pairs = pairs_of([form_of(token, query) for token in query.tokens])
    found: list[set[object]] = [set() for _ in sentences]
    position, previous = 0, ""
    for match in matches:
        while match.start_char >= sentences[position].end_char:
            position, previous = position + 1, ""
        form = form_of(match, query)
        if not is_function_word(form, query):
            found[position].add(form)
        if not match.starts_run and (previous, form) in wanted_pairs:
            found[position].add((previous, form))
        previous = form
    return [len(own) for own in found]


def pairs_of(forms: Sequence[str]) -> set[tuple[str, str]]:
    """Return the adjacent pairs of forms."""
    return set(pairwise(forms))
