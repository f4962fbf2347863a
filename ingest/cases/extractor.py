"""From an article to the cases that it tells of."""

import hashlib
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.cases.attributes import attributes_of
from ingest.cases.candidates import Candidate, Context, quoted_candidates
from ingest.cases.cues import MODEL_WORD, folded_words
from ingest.cases.figures import find_figures
from ingest.cases.merging import Draft, merge
from ingest.cases.names import name_key
from ingest.cases.passages import Telling, tellings_of
from ingest.cases.quotes import Quote, find_quotes, with_plain_marks
from ingest.cases.unquoted import unquoted_candidates
from ingest.cases.zones import Line, own_lines
from kb.ids import slugify
from kb.models import CaseFact, CaseFigure, Document, ExtractedCase, Span
from kb.places import PlaceMention, find_places

_TOTALS = ("mô hình", "cách làm", "điển hình", "tập thể", "cá nhân")
_SLUG_LENGTH = 80
# As long as the ids of documents may be.
_ID_LENGTH = 200
# An announcement opens a list over the paragraphs behind it only if it ends like one.
_ANNOUNCING = (":", "sau:", "như sau.")
_ANNOUNCED = re.compile(
    r"(?<!\w)(?:các|những|một số|nhiều|\d+)\s+(?:\w+\s)?(?:mô hình|cách làm|điển hình)|"
    r"mô hình[^.]*:$",
    re.IGNORECASE,
)
_FEWEST_QUOTE_WORDS = 12
_NEVER = -4.5
_RULE = re.compile(
    r"\W*(?:nhà nào|hộ nào|ai|gia đình nào|nếu)(?!\w)|[^.]*(?<!\w)(?:nộp phạt|bị phạt|phạt tiền)",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\W*(?:trước đây|trước kia|trước khi|trước thực trạng|ngày trước|hồi trước|hồi ấy|thấy)(?!\w)",
    re.IGNORECASE,
)
# Where a sentence that began with the past comes to the present.
_TURN = re.compile(r"(?<!\w)(?:nay|bây giờ|giờ đây|hiện|đến nay|từ khi|nhờ)(?!\w)", re.IGNORECASE)
# What is to come is no result; the word stands in the same clause or the one before.
_FUTURE = re.compile(
    r"(?<!\w)(?:sẽ|dự kiến|phấn đấu|đặt mục tiêu|mục tiêu (?:là|đến)|kế hoạch (?:là|đến)|"
    r"thời gian tới|năm tới)(?!\w)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """An article as it was read for cases; offsets are those of the document's text.

    Attributes:
        text: The text, typed marks replaced (`quotes.with_plain_marks`).
        contexts: One a line of the article's own.
        lines: Those lines.
        quotes: What is quoted in them.
        places: Places of the whole text.
        candidates: What may name a case, in order.
    """

    text: str
    contexts: tuple[Context, ...]
    lines: tuple[Line, ...]
    quotes: tuple[Quote, ...]
    places: tuple[PlaceMention, ...]
    candidates: tuple[Candidate, ...]

    def line_at(self, span: Span) -> int | None:
        """Return the index of the line that a span stands in, if it is the article's own."""
        return _line_at([line.span for line in self.lines], span.start_char, span.end_char)


def extract_cases(document: Document) -> tuple[ExtractedCase, ...]:
    """Return the cases that a document tells of, in the order in which it first names them.

    The same document gives the same cases with the same ids. Any text is taken; one without cases
    gives none.

    Args:
        document: An article; `text` in reading form, its title first.
    """
    if MODEL_WORD.search(document.text) is None:
        return ()
    return build_cases(document, read_article(document))


def read_article(document: Document) -> Reading:
    """Return an article with everything in it that may name a case."""
    text = with_plain_marks(document.text)
    lines = own_lines(text)
    own = [line.span for line in lines]
    quotes = [
        quote
        for quote in find_quotes(text)
        if _line_at(own, quote.start_char, quote.end_char) is not None
    ]
    places = find_places(text, date=document.published)
    contexts = _contexts(text, lines, quotes)
    return Reading(
        text,
        tuple(contexts),
        tuple(lines),
        tuple(quotes),
        tuple(places),
        tuple(_candidates(contexts, quotes, places)),
    )


def build_cases(
    document: Document, reading: Reading, further: Sequence[Candidate] = ()
) -> tuple[ExtractedCase, ...]:
    """Return the cases of an article.

    Args:
        document: The article.
        reading: `read_article` of it.
        further: Candidates from elsewhere.
    """
    text = reading.text
    candidates = sorted(
        [*reading.candidates, *further], key=lambda item: (item.name_span.start_char, -item.odds)
    )
    drafts = merge(text, candidates, [line.span for line in reading.lines], reading.places)
    tellings = tellings_of(text, reading.lines, drafts, _other_names(text, candidates))
    ids = _ids(document.document_id, drafts)
    names = [mention for draft in drafts for mention in draft.mentions]
    cases = [
        _case(document, reading, draft, told, case_id, names, is_shared=len(drafts) > 1)
        for draft, told, case_id in zip(drafts, tellings, ids, strict=True)
    ]
    if text != document.text:
        return tuple(_with_words_of(document.text, case) for case in cases)
    return tuple(cases)


def _other_names(text: str, candidates: Sequence[Candidate]) -> list[Span]:
    """Return quoted words that may name something else that the text turns to."""
    return [
        candidate.outer
        for candidate in candidates
        if candidate.is_quoted
        and not candidate.is_case
        and not candidate.is_refused
        and text[candidate.name_span.start_char].isupper()
        and candidate.odds > _NEVER
    ]


def _line_at(own: Sequence[Span], start: int, end: int) -> int | None:
    index = bisect_right(own, start, key=lambda span: span.start_char) - 1
    return index if index >= 0 and end <= own[index].end_char else None


def _with_words_of(text: str, case: ExtractedCase) -> ExtractedCase:
    """Return a case with its words as the document has them; the offsets are the same."""

    def fact(known: CaseFact | None) -> CaseFact | None:
        return known and replace(known, value=_at(text, known.span))

    return replace(
        case,
        name=_at(text, case.mentions[0]),
        figures=tuple(replace(item, text=_at(text, item.span)) for item in case.figures),
        place=fact(case.place),
        organization=fact(case.organization),
        period=fact(case.period),
    )


def _at(text: str, span: Span) -> str:
    return text[span.start_char : span.end_char]


def _contexts(text: str, lines: Sequence[Line], quotes: Sequence[Quote]) -> list[Context]:
    contexts: list[Context] = []
    counts = Counter(name_key(_at(text, quote.inner)) for quote in quotes)
    again = frozenset(key for key, count in counts.items() if count > 1)
    under_heading = announced = False
    title = folded_words(_at(text, lines[0].span)) if lines else ""
    list_open = False
    for number, line in enumerate(lines):
        contexts.append(
            Context(
                text,
                number,
                line.span,
                line.is_heading,
                list_open and line.is_item,
                title,
                under_heading or announced,
                again,
                _at(text, lines[number + 1].span)[:120] if number + 1 < len(lines) else "",
            )
        )
        words = _at(text, line.span)
        announced = _ANNOUNCED.search(words[-300:]) is not None
        if line.is_heading and not line.is_item:
            under_heading = MODEL_WORD.search(words) is not None and not line.is_title
        if words.endswith(_ANNOUNCING) or line.is_heading:
            list_open = _ANNOUNCED.search(words[-200:]) is not None
        elif not line.is_item:
            list_open = False
    return contexts


def _candidates(
    contexts: Sequence[Context], quotes: Sequence[Quote], places: Sequence[PlaceMention]
) -> list[Candidate]:
    found: list[Candidate] = []
    place_spans = [Span(place.start_char, place.end_char) for place in places]
    starts = [quote.start_char for quote in quotes]
    for context in contexts:
        span = context.span
        # Not a look at every quote for every line: minutes of dialogue have thousands of both.
        first = bisect_left(starts, span.start_char)
        of_line = quotes[first : bisect_left(starts, span.end_char, first)]
        taken = [Span(quote.start_char, quote.end_char) for quote in of_line]
        found.extend(quoted_candidates(context, of_line))
        found.extend(unquoted_candidates(context, taken, place_spans))
    return found


def _case(
    document: Document,
    reading: Reading,
    draft: Draft,
    told: Sequence[Telling],
    case_id: str,
    names: Sequence[Span],
    *,
    is_shared: bool,
) -> ExtractedCase:
    text = reading.text
    known = attributes_of(
        text,
        draft,
        told,
        reading.places,
        document.province,
        is_shared=is_shared,
        published=document.published,
    )
    return ExtractedCase(
        case_id=case_id,
        document_id=document.document_id,
        name=draft.name,
        mentions=tuple(draft.mentions),
        passages=tuple(telling.span for telling in told),
        figures=_figures(text, told, reading.quotes, names),
        place=known.place,
        province=known.province,
        organization=known.organization,
        period=known.period,
        field=known.field,
        topics=known.topics,
        subject=known.subject,
        confidence=draft.confidence,
    )


def _figures(
    text: str, told: Sequence[Telling], quotes: Sequence[Quote], names: Sequence[Span]
) -> tuple[CaseFigure, ...]:
    return tuple(
        figure
        for telling in told
        if (part := telling.figures) is not None
        for figure in find_figures(text, part.start_char, part.end_char)
        if not figure.unit.startswith(_TOTALS)
        and not _is_rule_or_past(text, telling.sentence, figure)
        and not _in_name(text, figure, quotes, names)
        and not _FUTURE.search(text, telling.sentence.start_char, figure.number_span.start_char)
    )


def _is_rule_or_past(text: str, sentence: Span, figure: CaseFigure) -> bool:
    """Tell whether a figure is of how things were before, or of a rule that people agreed on."""
    words = _at(text, sentence)
    if _RULE.match(words):
        return True
    past = _PAST.match(words)
    if past is None:
        return False
    turn = _TURN.search(words)
    return turn is None or figure.number_span.start_char < sentence.start_char + turn.start()


def _in_name(text: str, figure: CaseFigure, quotes: Sequence[Quote], names: Sequence[Span]) -> bool:
    """Tell whether a number is part of a name or a slogan; a number in quoted speech is not."""
    position = figure.number_span.start_char
    if any(name.start_char <= position < name.end_char for name in names):
        return True
    return any(
        quote.start_char < position < quote.end_char
        and text.count(" ", quote.start_char, quote.end_char) < _FEWEST_QUOTE_WORDS
        for quote in quotes
    )


def _ids(document_id: str, drafts: Sequence[Draft]) -> list[str]:
    """Return an id a case: the document's and the name's slug, numbered where two are alike."""
    ids: list[str] = []
    used: dict[str, int] = {}
    for draft in drafts:
        slug = slugify(draft.name)[:_SLUG_LENGTH].strip("-") or "mo-hinh"
        used[slug] = used.get(slug, 0) + 1
        number = f"-{used[slug]}" if used[slug] > 1 else ""
        ids.append(_bounded(document_id, f"--{slug}{number}"))
    return ids


def _bounded(document_id: str, ending: str) -> str:
    """Return an id of at most `_ID_LENGTH` characters; one that is cut ends in a digest instead."""
    case_id = document_id + ending
    if len(case_id) <= _ID_LENGTH:
        return case_id
    digest = hashlib.sha256(case_id.encode()).hexdigest()[:8]
    return f"{case_id[: _ID_LENGTH - 9]}-{digest}"
