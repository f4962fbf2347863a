"""A language model of syllables, learnt from the texts of the knowledge base.

It tells which accented forms a folded syllable has and how well syllables follow each other:
a trigram model in matching form (`kb.terms.tokenize`), interpolated after Witten and Bell (1991),
"The zero-frequency problem". A small corpus does not hold every syllable, so its counts are
mixed with a background: a table of syllables (`kb/data/syllables.tsv`), the phrases that questions
are made of, foreign words in use, the compounds of a word list, and names of places and topics.
"""

import importlib.util
import io
import itertools
import json
import logging
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Self, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from kb.errors import StoreUnavailable
from kb.files import write_atomically
from kb.places import MADE_OF, place_graph
from kb.syllables import parse_syllable
from kb.taxonomy import FIELD_NAMES, TOPIC_NAMES
from kb.terms import fold_token, tokenize

logger = logging.getLogger(__name__)

FILE_NAME = "lexicon.npz"
# Raised when the layout of the file changes. The background is stored in it with ids of its own, so
# a file stays good when the tables of the package change; `rebuild_lexicon` takes them up.
VERSION = 1

UNKNOWN, START, NUMBER = 0, 1, 2
_SPECIAL = ("\x00", "\x01", "\x02")
# Three word ids share one 64-bit key.
_BITS = 21
_MASK = (1 << _BITS) - 1
# Further spellings are unknown words, so that misprints of a large corpus do not fill the memory.
# Syllables of Vietnamese, whose number has an end, are always taken.
_MAX_WORDS = 300_000
# Counted at once; some 50 bytes each while they are.
_BATCH_TOKENS = 250_000
# Beyond these sizes what was seen least is dropped; it hardly moves a probability.
_MAX_BIGRAMS = 3_000_000
_MAX_TRIGRAMS = 3_000_000
_MAX_WORD_CHARS = 40

# Set by cross-validation over the documents of the starter corpus.
_BACKGROUND_NEIGHBOURS = 6_000.0
_COMPOUND_COUNT = 0.7
# Documents state, questions ask: as often as this, a phrase of a question counts as read.
_PHRASE_COUNT = 3
_UNKNOWN_PROBABILITY = 1e-7
# Beside the scores of the syllables: that of a rare one.
_FOREIGN = 1e-6

# Tables separate phrases by tabs, bars and the like.
_CELL = re.compile(r"[^\t\n|;>=~]+")

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]
_Number = TypeVar("_Number", np.int64, np.float64)


# By class, since a lexicon is never changed.
_EMPTY: "dict[type[Lexicon], Lexicon]" = {}


class Lexicon:
    """Counts of syllables, bigrams and trigrams, and the questions asked of them.

    The phrases of the background (of questions, of the tables of `kb/data`, of how places are
    named) are counted like texts, so even the `empty` lexicon holds counts.

    Not changed after it is made, so several threads may share it.

    Attributes:
        words: Spellings in matching form; a word's index is its id.
        abbreviations: Short forms and what they stand for, as the texts explain them.
        tokens: How many words were counted, those of the background's phrases included.
    """

    def __init__(
        self,
        words: Sequence[str],
        counts: Ids,
        bigrams: tuple[Ids, Ids],
        trigrams: tuple[Ids, Ids],
        compounds: Ids,
        prior: Floats,
        *,
        folds: Sequence[str] | None = None,
        abbreviations: Mapping[str, str] | None = None,
    ) -> None:
        """Take counts as they are; use `build`, `empty` or `load` instead.

        Args:
            words: Spellings in the order of their ids.
            counts: How often texts and phrases of the background hold each.
            bigrams: Sorted keys and their counts.
            trigrams: Sorted keys and their counts.
            compounds: Sorted bigram keys of the word list and of names.
            prior: Background probability of each word.
            folds: `words` without diacritics, if known.
            abbreviations: Short forms.
        """
        self.words = list(words)
        self.abbreviations: Mapping[str, str] = dict(abbreviations or {})
        self._counts = counts
        self._bigrams, self._bigram_counts = bigrams
        self._trigrams, self._trigram_counts = trigrams
        self._compounds = compounds
        self._prior = prior
        self._folds = list(folds) if folds is not None else [fold_token(w) for w in self.words]
        self._ids = dict(zip(self.words, range(len(self.words)), strict=True))
        self._forms: dict[str, list[int]] = {}
        for index in range(len(_SPECIAL), len(self.words)):
            self._forms.setdefault(self._folds[index], []).append(index)
        self._derive()

    def _derive(self) -> None:
        size = len(self.words)
        self.tokens = int(self._counts.sum())
        # Behind an unseen pair the number of different left neighbours tells more than frequency:
        # "hình" is frequent, but hardly anywhere except behind "mô" (Kneser & Ney 1995).
        neighbours = np.bincount(self._bigrams & _MASK, minlength=size).astype(np.float64)
        neighbours[: len(_SPECIAL)] = 0
        share: Floats = (neighbours + _BACKGROUND_NEIGHBOURS * self._prior) / (
            neighbours.sum() + _BACKGROUND_NEIGHBOURS
        )
        self._unigram: Floats = np.maximum(share, _UNKNOWN_PROBABILITY)
        self._unigram[UNKNOWN] = _UNKNOWN_PROBABILITY
        left = self._bigrams >> _BITS
        followers = np.bincount(left, minlength=size)
        total = np.bincount(left, weights=self._bigram_counts, minlength=size)
        compounds = np.bincount(self._compounds >> _BITS, minlength=size)
        self._escape = followers.astype(np.float64) + 1.0
        self._total = total + _COMPOUND_COUNT * compounds + self._escape
        # Contexts of trigrams: their key, how often they occur, and the number of followers.
        contexts = self._trigrams >> _BITS
        first = np.flatnonzero(np.diff(contexts, prepend=-1))
        self._contexts = contexts[first]
        if len(first):
            self._context_escape = np.diff(first, append=len(contexts)).astype(np.float64)
            sums = np.add.reduceat(self._trigram_counts, first)
            self._context_total = sums + self._context_escape
        else:
            self._context_escape = self._context_total = np.zeros(0)

    # --- making ------------------------------------------------------------------------------

    @classmethod
    def empty(cls) -> Self:
        """Return a lexicon that knows the background only; made once (half a second)."""
        if cls not in _EMPTY:
            _EMPTY[cls] = cls._background_only()
        return cast(Self, _EMPTY[cls])

    @classmethod
    def _background_only(cls) -> Self:
        words, prior, compounds = _background()
        none = np.zeros(0, np.int64)
        counts = np.zeros(len(words), np.int64)
        bare = cls(words, counts, (none, none), (none, none), compounds, prior)
        phrases = _data_lines("phrases.txt") * _PHRASE_COUNT
        return bare.updated([*phrases, *_vocabulary(), *_place_phrases()])

    @classmethod
    def build(cls, texts: Iterable[str], *, abbreviations: Mapping[str, str] | None = None) -> Self:
        """Return the lexicon of texts; they are read one by one."""
        lexicon = cls.empty().updated(texts)
        return lexicon.with_abbreviations(abbreviations) if abbreviations else lexicon

    def updated(self, texts: Iterable[str]) -> Self:
        """Return a lexicon with the counts of more texts."""
        words, ids = list(self.words), dict(self._ids)
        counts = self._counts
        bigrams = (self._bigrams, self._bigram_counts)
        trigrams = (self._trigrams, self._trigram_counts)
        for stream in _id_streams(texts, words, ids):
            counts = np.bincount(stream, minlength=len(words)) + _padded(counts, len(words))
            bigrams = _merged(bigrams, _ngrams(stream, 2))
            trigrams = _merged(trigrams, _ngrams(stream, 3))
            # Not at every piece: what is rare so far needs room to become frequent.
            if len(bigrams[0]) > 2 * _MAX_BIGRAMS:
                bigrams = _pruned(bigrams, _MAX_BIGRAMS)
            if len(trigrams[0]) > 2 * _MAX_TRIGRAMS:
                trigrams = _pruned(trigrams, _MAX_TRIGRAMS)
        counts = _padded(counts, len(words))
        counts[START] = 0
        return type(self)(
            words,
            counts,
            _pruned(bigrams, _MAX_BIGRAMS),
            _pruned(trigrams, _MAX_TRIGRAMS),
            self._compounds,
            _padded(self._prior, len(words)),
            folds=[*self._folds, *map(fold_token, words[len(self.words) :])],
            abbreviations=self.abbreviations,
        )

    def with_abbreviations(self, abbreviations: Mapping[str, str]) -> Self:
        """Return the same lexicon with other abbreviations."""
        return type(self)(
            self.words,
            self._counts,
            (self._bigrams, self._bigram_counts),
            (self._trigrams, self._trigram_counts),
            self._compounds,
            self._prior,
            folds=self._folds,
            abbreviations=abbreviations,
        )

    # --- questions ---------------------------------------------------------------------------

    def id_of(self, word: str) -> int:
        """Return the id of a word in matching form; numbers share one, unknown words too."""
        if word[:1].isdigit():
            return NUMBER
        return self._ids.get(word, UNKNOWN)

    def count(self, word: str) -> int:
        """Return how often texts and phrases of the background hold a word in matching form."""
        index = self._ids.get(word)
        return int(self._counts[index]) if index is not None else 0

    def occurs(self, index: int) -> bool:
        """Tell whether texts or phrases of the background hold the word with an id.

        Words that only its lists of words hold do not occur.
        """
        return bool(self._counts[index])

    def knows(self, word: str) -> bool:
        """Tell whether the texts or any part of the background hold a word in matching form."""
        return word in self._ids

    def forms(self, folded: str) -> Sequence[int]:
        """Return the ids of the accented forms of a folded word."""
        return self._forms.get(folded, ())

    def has_bigram(self, left: int, right: int) -> bool:
        """Tell whether texts, phrases of the background or its word list hold a pair of words."""
        key = left << _BITS | right
        return _contains(self._bigrams, key) or _contains(self._compounds, key)

    def bigram_counts(self, left: Ids, right: Ids) -> Floats:
        """Return how often words follow each other; compounds of the word list count a bit.

        Args:
            left: Ids.
            right: Ids, of a shape that broadcasts with that of `left`.
        """
        keys = (left << _BITS) | right
        return _look_up(self._bigrams, self._bigram_counts, keys) + _COMPOUND_COUNT * _look_up(
            self._compounds, None, keys
        )

    def unigram(self, words: Ids) -> Floats:
        """Return the probabilities of words without context."""
        return self._unigram[words]

    def log_probabilities(self, before: Ids, last: Ids, words: Ids) -> Floats:
        """Return the log probability of words after pairs of words.

        Args:
            before: `(k,)` ids of the last but one words.
            last: `(k,)` ids of the last words.
            words: `(c,)` ids of the words in question.

        Returns:
            `(k, c)` natural logarithms.
        """
        last_column = last[:, None]
        counts = self.bigram_counts(last_column, words)
        probability: Floats = (
            counts + self._escape[last_column] * self._unigram[words]
        ) / self._total[last_column]
        contexts = (before << _BITS) | last
        if len(self._contexts):
            position = np.searchsorted(self._contexts, contexts)
            position[position == len(self._contexts)] = 0
            known = self._contexts[position] == contexts
            if known.any():
                position = position[known]
                keys = (contexts[known][:, None] << _BITS) | words
                seen = _look_up(self._trigrams, self._trigram_counts, keys)
                escape = self._context_escape[position][:, None]
                total = self._context_total[position][:, None]
                probability[known] = (seen + escape * probability[known]) / total
        return np.log(probability)

    # --- file --------------------------------------------------------------------------------

    def save(self, path: Path) -> None:
        """Write the lexicon atomically.

        Raises:
            StoreUnavailable: The directory cannot be written; the old file stays.
        """
        buffer = io.BytesIO()
        np.savez(
            buffer,
            version=np.array(VERSION),
            words=_packed("\n".join(self.words)),
            folds=_packed("\n".join(self._folds)),
            counts=self._counts,
            bigrams=self._bigrams,
            bigram_counts=self._bigram_counts.astype(np.uint32),
            trigrams=self._trigrams,
            trigram_counts=self._trigram_counts.astype(np.uint32),
            compounds=self._compounds,
            prior=self._prior,
            abbreviations=_packed(json.dumps(dict(self.abbreviations))),
        )
        try:
            write_atomically(path, buffer.getvalue())
        except OSError as exc:
            raise StoreUnavailable(
                f"Không ghi được {str(path)!r}: {exc.strerror}. "
                "Kiểm tra quyền ghi và dung lượng đĩa, rồi chạy lại lệnh."
            ) from exc

    @classmethod
    def load(cls, path: Path) -> Self | None:
        """Return the lexicon of a file, or None if there is none that this version reads."""
        try:
            # numpy leaves a file open that it opened itself and cannot read.
            with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
                if int(data["version"]) != VERSION:
                    logger.warning("Tệp %s thuộc phiên bản khác; lần nạp sau sẽ tạo lại.", path)
                    return None
                return cls(
                    _unpacked(data["words"]).split("\n"),
                    data["counts"],
                    (data["bigrams"], data["bigram_counts"].astype(np.int64)),
                    (data["trigrams"], data["trigram_counts"].astype(np.int64)),
                    data["compounds"],
                    data["prior"],
                    folds=_unpacked(data["folds"]).split("\n"),
                    abbreviations=json.loads(_unpacked(data["abbreviations"])),
                )
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, IndexError, EOFError, zipfile.BadZipFile) as exc:
            logger.warning("Không đọc được %s (%s); lần nạp sau sẽ tạo lại.", path, exc)
            return None


# --- counting --------------------------------------------------------------------------------


def _id_streams(texts: Iterable[str], words: list[str], ids: dict[str, int]) -> Iterator[Ids]:
    """Yield the ids of texts in large pieces, each run after a START; new words are appended.

    A text is never divided, so a piece may exceed `_BATCH_TOKENS` by the length of one.
    """
    stream: list[int] = []
    for text in texts:
        for run in tokenize(text):
            stream.append(START)
            for token in run:
                if token[0].isdigit():
                    stream.append(NUMBER)
                    continue
                index = ids.get(token)
                if index is None:
                    if len(token) > _MAX_WORD_CHARS or (
                        len(words) >= _MAX_WORDS and parse_syllable(token) is None
                    ):
                        stream.append(UNKNOWN)
                        continue
                    index = ids[token] = len(words)
                    words.append(token)
                stream.append(index)
        if len(stream) >= _BATCH_TOKENS:
            yield np.array(stream, np.int64)
            stream = []
    if stream:
        yield np.array(stream, np.int64)


def _ngrams(stream: Ids, size: int) -> tuple[Ids, Ids]:
    """Return the sorted keys and counts of n-grams that cross no start of a run."""
    keys = stream[: len(stream) - size + 1].copy()
    inside = np.ones(len(keys), bool)
    for offset in range(1, size):
        shifted = stream[offset : len(stream) - size + 1 + offset]
        keys = (keys << _BITS) | shifted
        inside &= shifted != START
    unique, counts = np.unique(keys[inside], return_counts=True)
    return unique, counts.astype(np.int64)


def _merged(old: tuple[Ids, Ids], new: tuple[Ids, Ids]) -> tuple[Ids, Ids]:
    """Return the sum of two sorted tables."""
    if not len(old[0]):
        return new
    position = np.searchsorted(old[0], new[0])
    clipped = np.minimum(position, len(old[0]) - 1)
    known = old[0][clipped] == new[0]
    counts = old[1].copy()
    counts[position[known]] += new[1][known]
    fresh = ~known
    return (
        np.insert(old[0], position[fresh], new[0][fresh]),
        np.insert(counts, position[fresh], new[1][fresh]),
    )


def _pruned(table: tuple[Ids, Ids], limit: int) -> tuple[Ids, Ids]:
    keys, counts = table
    least = 1
    while len(keys) > limit:
        least += 1
        kept = counts >= least
        keys, counts = keys[kept], counts[kept]
    return keys, counts


def _padded(values: NDArray[_Number], size: int) -> NDArray[_Number]:
    return np.pad(values, (0, size - len(values)))


def _contains(keys: Ids, key: int) -> bool:
    position = int(np.searchsorted(keys, key))
    return position < len(keys) and int(keys[position]) == key


def _look_up(keys: Ids, counts: Ids | None, wanted: Ids) -> Floats:
    """Return the counts of keys, 0 for those that are missing; without counts, 1 or 0."""
    if not len(keys):
        return np.zeros(wanted.shape)
    position = np.searchsorted(keys, wanted)
    position[position == len(keys)] = 0
    found = keys[position] == wanted
    weights: Floats = found.astype(np.float64)
    if counts is not None:
        weights *= counts[position]
    return weights


def _packed(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), np.uint8)


def _unpacked(data: NDArray[np.uint8]) -> str:
    return data.tobytes().decode()


# --- background ------------------------------------------------------------------------------


@cache
def _background() -> tuple[list[str], Floats, Ids]:
    """Return words with their prior probabilities, and the bigram keys of known compounds."""
    words = list(_SPECIAL)
    ids = {word: index for index, word in enumerate(words)}
    scores: list[float] = [0.0] * len(words)
    for line in _data_lines("syllables.tsv"):
        word, score = line.split("\t")
        ids[word] = len(words)
        words.append(word)
        scores.append(float(np.exp(float(score))))
    for word in _data_lines("foreign.txt"):
        ids[word] = len(words)
        words.append(word)
        scores.append(_FOREIGN)
    pairs: set[int] = set()
    for phrase in [*_word_list(), *TOPIC_NAMES.values(), *FIELD_NAMES.values(), *_place_names()]:
        for run in tokenize(phrase):
            indices = []
            for token in run:
                if token not in ids and parse_syllable(token) is not None:
                    ids[token] = len(words)
                    words.append(token)
                    scores.append(0.0)
                indices.append(ids.get(token, UNKNOWN))
            pairs.update(
                left << _BITS | right
                for left, right in itertools.pairwise(indices)
                if left and right
            )
    prior: Floats = np.array(scores)
    # A syllable of the word list that the table lacks is rare, but not impossible.
    rare = float(prior[len(_SPECIAL) :].min()) if prior.any() else 1e-6
    prior[len(_SPECIAL) :] = np.maximum(prior[len(_SPECIAL) :], rare)
    return words, prior / prior.sum(), np.array(sorted(pairs), np.int64)


def _data_lines(name: str) -> list[str]:
    text = resources.files("kb").joinpath("data", name).read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _vocabulary() -> list[str]:
    """Return the phrases of the tables of abbreviations, synonyms and facets, each once."""
    folder = resources.files("kb").joinpath("data")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".tsv"))
    return [
        phrase
        for name in names
        if name != "syllables.tsv"
        for phrase in dict.fromkeys(_CELL.findall("\n".join(_data_lines(name))))
        if " " in phrase
    ]


def _place_names() -> list[str]:
    graph = place_graph()
    codes = sorted({code for codes in graph.codes_by_key.values() for code in codes})
    return list(dict.fromkeys(name for code in codes for name in graph.names_of(code)))


def _place_phrases() -> list[str]:
    """Return how questions name the larger places: they stand behind "ở" more than texts tell."""
    graph = place_graph()
    provinces = dict.fromkeys([*MADE_OF, *itertools.chain.from_iterable(MADE_OF.values())])
    districts = dict.fromkeys(
        name
        for codes in graph.codes_by_key.values()
        for code in codes
        if graph.unit(code).level == "district"
        for name in graph.names_of(code)
    )
    phrases = [f"{word} {name}" for name in provinces for word in ("ở", "tỉnh")]
    return phrases + [f"{word} {name}" for name in sorted(districts) for word in ("ở", "huyện")]


def _word_list() -> list[str]:
    """Return the compounds of the word list inside pyvi, which is not imported (it is slow)."""
    spec = importlib.util.find_spec("pyvi")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / "models" / "words.txt"
        try:
            return path.read_text(encoding="utf-8").lower().splitlines()
        except (OSError, UnicodeDecodeError) as exc:
            logger.warning("Không đọc được danh sách từ %s: %s", path, exc)
    return []
