"""Terms of the lexical leg: syllables and syllable bigrams, accented and folded.

Vietnamese is written in syllables, and official prose repeats fixed phrases; on native sets
syllables with bigrams beat word segmenters (`DECISIONS.md`). Terms are hashed to 32 bits, the
index type of Qdrant's sparse vectors.

BM25 is split between the two sides (Robertson & Zaragoza 2009, "The Probabilistic Relevance
Framework: BM25 and Beyond", eq. 3.15): the stored weight of a term is its saturated, length
normalised frequency; the engine multiplies by the inverse document frequency at query time,
`ln((N - n + 0.5) / (n + 0.5) + 1)`.
"""

import hashlib
import itertools
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from kb.ports import SparseTerms
from kb.text import fold, to_matching_form

# A number keeps its separators ("1.129", "2,5"), a document number its slashes and hyphens
# ("249/MTTQ-BTT"), everything else is one syllable a token.
_NUMBER = r"\d+(?:[.,]\d+)*"
_DOCUMENT_NUMBER = r"\d+(?:/[^\W_]+)?(?:[/-][^\W\d_][^\W_]*)+(?:[/-][^\W_]+)*"
# A bigram never crosses the end of a sentence, a line, or a bracket.
_BREAK = r"[.;:!?…()\[\]\n|]"
_TOKEN = re.compile(rf"{_DOCUMENT_NUMBER}|{_NUMBER}|[^\W\d_]+|(?P<break>{_BREAK})")
_DOC_PART = re.compile(r"[^\W_]+")
_THOUSANDS = re.compile(r"(?<=\d)\.(?=\d{3}(?!\d))")


_TABLES = ("data/abbreviations.tsv", "data/facets_organizations.tsv", "places/data/units.tsv.gz")
# Between two tokens of one run stands nothing that ends a sentence, and no third token.
_NO_BORDER = re.compile(r"(?:[^\w.;:!?…()\[\]\n|]|_)*")
_FOLDED_LETTERS = {
    code: folded
    for code in range(0x00C0, 0x1EFA)
    if len(folded := fold(chr(code))) == 1 and folded != chr(code)
}
# Endings of open syllables in the matching form, and as the other tone style writes them.
_OLD_STYLE = {
    "òa": "oà", "óa": "oá", "ỏa": "oả", "õa": "oã", "ọa": "oạ",
    "òe": "oè", "óe": "oé", "ỏe": "oẻ", "õe": "oẽ", "ọe": "oẹ",
    "ùy": "uỳ", "úy": "uý", "ủy": "uỷ", "ũy": "uỹ", "ụy": "uỵ",
}  # fmt: skip


@cache
def _tables_digest() -> str:
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    for name in _TABLES:
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class TermScheme:
    """How terms are made and weighted; part of the index manifest.

    Attributes:
        version: Raised whenever the same text would give other terms.
        k1: BM25 saturation.
        b: BM25 length normalisation.
        mean_length: Terms (unigrams and bigrams) of a typical chunk. A constant, not the mean of
            the collection, so that a stored weight never goes stale as documents come and go.
        tables: Digest of the tables of abbreviations, organisations and places, which decide what
            is stored beside the words of a text.
    """

    version: int = 2
    k1: float = 1.2
    b: float = 0.75
    mean_length: float = 300.0
    tables: str = field(default_factory=_tables_digest)


class Token(NamedTuple):
    """A token and where it stands.

    Attributes:
        text: Matching form (`kb.text.to_matching_form`); numbers without thousands separators.
        start_char: Offset in the text that was tokenised.
        end_char: End of it, exclusive.
        starts_run: Whether no bigram joins it to the token before.
    """

    text: str
    start_char: int
    end_char: int
    starts_run: bool


def token_spans(text: str) -> list[Token]:
    """Return the tokens of an NFC text with their offsets in it."""
    tokens: list[Token] = []
    starts_run = True
    for match in _TOKEN.finditer(text):
        if match.lastgroup is not None:
            starts_run = True
            continue
        tokens.append(Token(_token_form(match[0]), match.start(), match.end(), starts_run))
        starts_run = False
    return tokens


@lru_cache(maxsize=65_536)
def _token_form(raw: str) -> str:
    if raw[0].isdigit() and raw[-1].isdigit() and not _DOC_PART.fullmatch(raw):
        return _THOUSANDS.sub("", raw.lower())
    return to_matching_form(raw)


@lru_cache(maxsize=65_536)
def fold_token(token: str) -> str:
    """Return a token without diacritics."""
    return fold(token)


def find_tokens(text: str, forms: frozenset[str], *, folded: bool) -> list[Token]:
    """Return only those tokens of an NFC text that have one of the forms, in order.

    The same tokens as filtering `token_spans` gives, many times faster, since nothing is made of
    the others. `starts_run` tells here that the token before in the text is no match, too.

    Args:
        text: NFC text.
        forms: Matching forms, or folded ones if `folded`.
        folded: Whether diacritics do not count.
    """
    haystack = text.lower()
    if len(haystack) != len(text):  # "İ" grows in lower case: offsets would be off
        return _filtered_tokens(text, forms, folded=folded)
    if folded:
        haystack = haystack.translate(_FOLDED_LETTERS)
    found: list[Token] = []
    end = -1
    for match in _finder(forms).finditer(haystack):
        start = match.start()
        joined = end >= 0 and _NO_BORDER.fullmatch(text, end, start) is not None
        end = match.end()
        found.append(Token(_token_form(text[start:end]), start, end, not joined))
    return found


def _filtered_tokens(text: str, forms: frozenset[str], *, folded: bool) -> list[Token]:
    found: list[Token] = []
    joined = False
    for token in token_spans(text):
        if (fold_token(token.text) if folded else token.text) in forms:
            found.append(token._replace(starts_run=not joined or token.starts_run))
            joined = True
        else:
            joined = False
    return found


@lru_cache(maxsize=256)
def _finder(forms: frozenset[str]) -> re.Pattern[str]:
    """Return a pattern for the spellings of the forms, longest first, as whole tokens."""
    spellings = {spelling for form in forms for spelling in _spellings(form)}
    body = "|".join(sorted(spellings, key=lambda spelling: (-len(spelling), spelling)))
    return re.compile(rf"(?<![^\W_])(?<!\d[.,])(?:{body or '(?!)'})(?![^\W_])(?![.,]\d)")


def _spellings(form: str) -> Iterator[str]:
    """Yield patterns of the ways in which texts write a form."""
    if form.isdigit():
        yield r"\.?".join(form)
        return
    yield re.escape(form)
    for new, old in _OLD_STYLE.items():
        if form.endswith(new) and not form.endswith("q" + new):
            yield re.escape(form[: -len(new)] + old)


def tokenize(text: str) -> list[list[str]]:
    """Return runs of tokens in matching form; bigrams are taken within a run.

    Example:
        >>> tokenize("Thu 1.129 tỷ đồng. Hoà giải theo QĐ 249/MTTQ-BTT")
        [['thu', '1129', 'tỷ', 'đồng'], ['hòa', 'giải', 'theo', 'qđ', '249/mttq-btt']]
    """
    runs: list[list[str]] = []
    for token in token_spans(unicodedata.normalize("NFC", text)):
        if token.starts_run:
            runs.append([])
        runs[-1].append(token.text)
    return runs


def terms_of(runs: Iterable[Sequence[str]], *, bigrams: bool = True) -> list[str]:
    """Return the unigrams and bigrams of token runs, in order.

    The parts of a document number are terms beside the whole.

    Example:
        >>> terms_of([["dân", "vận", "khéo"]])
        ['dân', 'vận', 'khéo', 'dân vận', 'vận khéo']
    """
    terms: list[str] = []
    for run in runs:
        for token in run:
            terms.append(token)
            if "/" in token:
                terms.extend(_DOC_PART.findall(token))
        if bigrams:
            terms.extend(f"{left} {right}" for left, right in itertools.pairwise(run))
    return terms


def fold_runs(runs: Iterable[Sequence[str]]) -> list[list[str]]:
    """Return the runs without diacritics."""
    return [[fold_token(token) for token in run] for run in runs]


def hash_term(term: str) -> int:
    """Return the 32-bit index of a term (CRC-32 of its UTF-8 bytes)."""
    return zlib.crc32(term.encode())


def document_terms(terms: Sequence[str], scheme: TermScheme) -> SparseTerms:
    """Return the BM25 weights of a chunk's terms, without IDF.

    `w = tf (k1 + 1) / (tf + k1 (1 - b + b |d| / mean_length))`
    """
    counts = Counter(map(hash_term, terms))
    norm = scheme.k1 * (1 - scheme.b + scheme.b * len(terms) / scheme.mean_length)
    return SparseTerms(
        tuple(counts), tuple(tf * (scheme.k1 + 1) / (tf + norm) for tf in counts.values())
    )


def query_terms(terms: Sequence[str]) -> SparseTerms:
    """Return the query side: a term weighs as often as it is typed."""
    return weighted_terms(Counter(terms))


def weighted_terms(weights: Mapping[str, float]) -> SparseTerms:
    """Return the query side of terms with weights."""
    hashed: dict[int, float] = {}
    for term, weight in weights.items():
        index = hash_term(term)
        hashed[index] = hashed.get(index, 0.0) + weight
    return SparseTerms(tuple(hashed), tuple(map(float, hashed.values())))
