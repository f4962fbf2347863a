"""Which parts of a text a query speaks of: highlights, snippets, term matches."""

import itertools
from collections.abc import Sequence

from kb.models import Span
from kb.sentences import split_sentences
from kb.terms import Token, fold_token, token_spans
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


def form_of(token: Token, query: Query) -> str:
    """Return the form in which a token is compared: folded if the query has no diacritics."""
    return token.text if query.is_accented else fold_token(token.text)


def is_function_word(form: str, query: Query) -> bool:
    """Tell whether a form carries no content by itself."""
    return form in (FUNCTION_WORDS if query.is_accented else _FOLDED_FUNCTION_WORDS)


def query_forms(query: Query) -> frozenset[str]:
    """Return the distinct forms of a query's tokens."""
    return frozenset(form_of(token, query) for token in query.tokens)


def highlight(text: str, query: Query, window: Span) -> tuple[Span, ...]:
    """Return the spans of a window that match the query, in order.

    Neighbouring matches are joined; a function word alone is not marked.

    Args:
        text: NFC text of the document.
        query: The query.
        window: Part of the text to look at.
    """
    wanted = query_forms(query)
    spans: list[Span] = []
    run: list[Token] = []

    def close_run() -> None:
        while run and is_function_word(form_of(run[-1], query), query):
            run.pop()
        while run and is_function_word(form_of(run[0], query), query):
            run.pop(0)
        if run:
            start, end = run[0].start_char, run[-1].end_char
            spans.append(Span(window.start_char + start, window.start_char + end))
        run.clear()

    for token in token_spans(text[window.start_char : window.end_char]):
        matches = form_of(token, query) in wanted
        if not matches or token.starts_run:
            close_run()
        if matches:
            run.append(token)
    close_run()
    return tuple(spans)


def snippet_span(text: str, query: Query, window: Span) -> Span:
    """Return the run of sentences of a window that says most about the query.

    Args:
        text: Text of the document.
        query: The query.
        window: The best chunk of the document.
    """
    sentences = [
        Span(window.start_char + span.start_char, window.start_char + span.end_char)
        for span in split_sentences(text[window.start_char : window.end_char])
    ]
    if not sentences:
        return window
    scores = [_overlap(text, query, sentence) for sentence in sentences]
    best = max(range(len(sentences)), key=lambda position: (scores[position], -position))
    first = last = best
    while last + 1 < len(sentences) and _length(sentences[first], sentences[last + 1]) <= (
        _SNIPPET_CHARS
    ):
        last += 1
    while first > 0 and _length(sentences[first - 1], sentences[last]) <= _SNIPPET_CHARS:
        first -= 1
    return Span(sentences[first].start_char, sentences[last].end_char)


def _length(first: Span, last: Span) -> int:
    return last.end_char - first.start_char


def _overlap(text: str, query: Query, span: Span) -> float:
    """Return how many distinct query forms and form pairs a sentence holds."""
    tokens = token_spans(text[span.start_char : span.end_char])
    forms = [form_of(token, query) for token in tokens]
    wanted = {form for form in query_forms(query) if not is_function_word(form, query)}
    return len(wanted & set(forms)) + len(_pairs(query) & pairs_of(forms))


def pairs_of(forms: Sequence[str]) -> set[tuple[str, str]]:
    """Return the adjacent pairs of forms."""
    return set(itertools.pairwise(forms))


def _pairs(query: Query) -> set[tuple[str, str]]:
    return pairs_of([form_of(token, query) for token in query.tokens])
