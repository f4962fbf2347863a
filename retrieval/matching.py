"""Which parts of a text a query speaks of: highlights, snippets, term matches."""

from collections.abc import Sequence
from itertools import pairwise

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
    passage = text[window.start_char : window.end_char]
    sentences = split_sentences(passage)
    if not sentences:
        return window
    scores = _overlaps(passage, sentences, query)
    first = last = max(range(len(sentences)), key=lambda position: (scores[position], -position))
    while last + 1 < len(sentences) and _length(sentences[first], sentences[last + 1]) <= (
        _SNIPPET_CHARS
    ):
        last += 1
    while first > 0 and _length(sentences[first - 1], sentences[last]) <= _SNIPPET_CHARS:
        first -= 1
    return Span(
        window.start_char + sentences[first].start_char,
        window.start_char + sentences[last].end_char,
    )


def _length(first: Span, last: Span) -> int:
    return last.end_char - first.start_char


def _overlaps(passage: str, sentences: Sequence[Span], query: Query) -> list[int]:
    """Return how many distinct content forms and form pairs of the query each sentence holds."""
    wanted = {form for form in query_forms(query) if not is_function_word(form, query)}
    wanted_pairs = pairs_of([form_of(token, query) for token in query.tokens])
    found: list[set[object]] = [set() for _ in sentences]
    position, previous = 0, ""
    for token in token_spans(passage):
        while token.start_char >= sentences[position].end_char:
            position, previous = position + 1, ""
        form = form_of(token, query)
        if form in wanted:
            found[position].add(form)
        if (previous, form) in wanted_pairs:
            found[position].add((previous, form))
        previous = form
    return [len(matches) for matches in found]


def pairs_of(forms: Sequence[str]) -> set[tuple[str, str]]:
    """Return the adjacent pairs of forms."""
    return set(pairwise(forms))
