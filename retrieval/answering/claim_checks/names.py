"""Whether the names of a claim stand in what it rests on: people, bodies, models, codes."""

import re
from collections.abc import Iterator, Sequence

from retrieval.answering.claim_checks.tokens import Token, holds_run, tokens_of, words_of

_QUOTED = re.compile(r"“([^”\n]{2,200})”|\"([^\"\n]{2,200})\"|«([^»\n]{2,200})»|‘([^’\n]{2,200})’")
# Words that only start a sentence or rank a place; what follows them is the name.
_OPENERS = frozenset(
    "tại ở theo từ năm đến trong mô nhờ sau trước khi các những với có và do tỉnh huyện xã ấp "
    "thôn phường thành ban hội".split()
)


def names_supported(claim: str, texts: Sequence[str]) -> bool:
    """Tell whether every name of a claim stands in its quotes or in the head of the document.

    Names are quoted words, codes of documents ("01-NQ/TU"), and runs of capitalised words. A
    capital that opens a sentence names nothing by itself.

    Args:
        claim: Plain text.
        texts: The quotes, and the title, place and body of the document that are known.

    Example:
        >>> names_supported("Ông Lê Văn Tám trồng cam.", ["Ông Lê Văn Bảy trồng cam."])
        False
    """
    held = [words_of(text) for text in texts]
    codes = {token.text for text in texts for token in tokens_of(text) if token.kind == "code"}
    if not {token.text for token in tokens_of(claim) if token.kind == "code"} <= codes:
        return False
    runs = [words_of(next(filter(None, match.groups()))) for match in _QUOTED.finditer(claim)]
    if not all(_is_held(run, held) for run in runs if run):
        return False
    return all(
        any(_is_held(form, held) for form in _forms(run, opens)) for run, opens in _capitals(claim)
    )


def _is_held(run: list[str], held: Sequence[list[str]]) -> bool:
    return any(holds_run(words, run) for words in held)


def _forms(run: list[str], opens_sentence: bool) -> Iterator[list[str]]:
    """Yield the run, and without a first word that may be capital for opening the sentence."""
    yield run
    while len(run) > 1 and (opens_sentence or run[0] in _OPENERS):
        opens_sentence = False
        run = run[1:]
        yield run


def _capitals(claim: str) -> Iterator[tuple[list[str], bool]]:
    """Yield runs of capitalised words, and whether each opens a sentence.

    A single capitalised word that opens a sentence is left out, unless it is all capitals.
    """
    run: list[Token] = []
    opens = next_opens = True
    for token in (*tokens_of(claim), Token("break", ".", ".")):
        if token.is_capital:
            if not run:
                opens = next_opens
            run.append(token)
            next_opens = False
            continue
        if run and not (opens and len(run) == 1 and not _is_short_form(run[0])):
            yield [item.text for item in run], opens
        run = []
        next_opens = token.kind == "break" and token.text in {".", "!", "?", ":", ";", "\n"}
        next_opens = next_opens or token.kind == "dash"


def _is_short_form(token: Token) -> bool:
    return len(token.raw) > 1 and token.raw.isupper()
