"""The XLM-R tokenizer of multilingual-e5-small, made to be ready in milliseconds.

The Rust `Unigram` model builds a trie of 250,000 pieces on every start: 1.3 s and some 200 MB, most
of the cold start of a one-shot command. A table of pieces and a Viterbi search that remembers
words does the same work here: Vietnamese has a few thousand syllables, so nearly every word of a
passage is one dictionary look-up. The normaliser is the Rust one, since its treatment of grapheme
clusters is part of what has to be equal. Equality with the original `tokenizer.json` is tested.
"""

import re
import struct
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Regex, normalizers

from kb.embedders.e5_file import E5Vocabulary
from kb.errors import ModelError
from kb.ports import FloatArray

_META = "\u2581"  # SentencePiece's visible space
_UNK_PENALTY = 10.0
_ADDED = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
_ADDED_SPLIT = re.compile("(" + "|".join(map(re.escape, _ADDED)) + ")")
# Words of a language follow Zipf's law: past this many, what is remembered is mostly noise.
_MAX_REMEMBERED = 50_000
_MAX_REMEMBERED_CHARS = 40

PIECES_FILE = "pieces.txt"
SCORES_FILE = "scores.npy"
CHARSMAP_FILE = "charsmap.bin"


class E5Tokenizer:
    """Text to token ids, equal to the original tokenizer of multilingual-e5-small.

    Safe to use from several threads.

    Args:
        pieces: Pieces in the order of their ids.
        scores: `(len(pieces),)` log probabilities.
        charsmap: The normalisation in SentencePiece's precompiled form.
    """

    bos, pad, eos, unk = 0, 1, 2, 3

    def __init__(self, pieces: list[str], scores: FloatArray, charsmap: bytes) -> None:
        if len(pieces) != len(scores) or tuple(pieces[:4]) != _ADDED[:4]:
            raise ModelError(
                "Từ vựng của mô hình đi kèm không hợp lệ; hãy xóa thư mục mô hình để dựng lại."
            )
        self._pieces = pieces
        self._ids = dict(zip(pieces, range(len(pieces)), strict=True))
        self._scores: list[float] = scores.tolist()
        self._unk_score = float(scores.min()) - _UNK_PENALTY
        self._longest = max(map(len, pieces))
        self._normaliser = normalizers.Sequence(
            [normalizers.Precompiled(charsmap), normalizers.Replace(Regex(" {2,}"), " ")]
        )
        self._words: dict[str, tuple[int, ...]] = {}

    @classmethod
    def load(cls, folder: Path) -> "E5Tokenizer":
        """Return the tokenizer that `save` wrote to `folder`.

        Raises:
            OSError: A file is missing.
            ModelError: The files do not fit together.
        """
        pieces = (folder / PIECES_FILE).read_text(encoding="utf-8").split("\n")
        scores = np.load(folder / SCORES_FILE, allow_pickle=False)
        return cls(pieces, scores, (folder / CHARSMAP_FILE).read_bytes())

    @staticmethod
    def save(vocabulary: E5Vocabulary, folder: Path) -> None:
        """Write the three files that `load` reads."""
        # No piece holds a line feed: the normaliser turns it into a space.
        (folder / PIECES_FILE).write_bytes("\n".join(vocabulary.pieces).encode())
        np.save(folder / SCORES_FILE, vocabulary.scores, allow_pickle=False)
        (folder / CHARSMAP_FILE).write_bytes(
            precompiled_charsmap(normalisation_map(vocabulary.normalisation))
        )

    def information(self, token_id: int) -> float:
        """Return how much a token tells: `-ln p` of its piece, 0 without a letter or digit.

        The probabilities are those of the model's own Unigram vocabulary, so a weight depends on
        no collection; frequent syllables such as "và" count about half of rare ones.
        """
        if token_id <= self.unk or not any(map(str.isalnum, self._pieces[token_id])):
            return 0.0
        return -self._scores[token_id]

    def encode(self, text: str, max_tokens: int = 512) -> list[int]:
        """Return `<s>`, the ids of `text`, `</s>`: at most `max_tokens` in all, cut at the end.

        Args:
            text: Any text; lone surrogates count as question marks.
            max_tokens: At least 2.
        """
        budget = max_tokens - 2
        ids = [self.bos]
        # A lone surrogate cannot cross into Rust.
        clean = text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
        for part in _ADDED_SPLIT.split(clean):
            if part in _ADDED:
                ids.append(self._ids[part])
            elif part:
                self._encode_part(part, ids, budget + 1)
            if len(ids) > budget:
                break
        return [*ids[: budget + 1], self.eos]

    def _encode_part(self, part: str, ids: list[int], limit: int) -> None:
        normal = self._normaliser.normalize_str(part).replace(" ", _META)
        if not normal:
            return
        for word in normal.removeprefix(_META).split(_META):
            ids.extend(self._encode_word(_META + word))
            if len(ids) >= limit:
                return

    def _encode_word(self, word: str) -> tuple[int, ...]:
        known = self._words.get(word)
        if known is None:
            known = self._viterbi(word)
            if len(word) <= _MAX_REMEMBERED_CHARS:
                if len(self._words) >= _MAX_REMEMBERED:
                    self._words.clear()
                self._words[word] = known
        return known

    def _viterbi(self, word: str) -> tuple[int, ...]:
        """Return the ids of the best segmentation; of equal ones the first found wins.

        Source: Kudo (2018), "Subword Regularization", section 3.2; order of the comparisons and
        the fusing of neighbouring unknowns as in `tokenizers` (`Unigram::encode_optimized`).
        """
        ids, scores, longest, size = self._ids, self._scores, self._longest, len(word)
        best = [0.0] * (size + 1)
        start_of: list[int] = [-1] * (size + 1)
        id_of = [self.unk] * (size + 1)
        for start in range(size):
            so_far = best[start]
            for end in range(start + 1, min(start + longest, size) + 1):
                token = ids.get(word[start:end])
                if token is None:
                    if end > start + 1:
                        continue
                    token, score = self.unk, so_far + self._unk_score
                else:
                    score = so_far + scores[token]
                if start_of[end] < 0 or score > best[end]:
                    best[end], start_of[end], id_of[end] = score, start, token
        found: list[int] = []
        end = size
        while end > 0:
            token = id_of[end]
            if token != self.unk or not found or found[-1] != self.unk:
                found.append(token)
            end = start_of[end]
        return tuple(reversed(found))


def normalisation_map(single: Mapping[str, str]) -> dict[str, str]:
    """Return all replacements of the original map that can have an effect.

    The file holds replacements of single code points. The original map also composes sequences,
    but its reader looks a grapheme cluster up only if that is shorter than six bytes of UTF-8, and
    takes the shortest key that begins it. What is left are the pairs of an undecomposable letter
    and a mark: 675 of 219,874 sequences.
    """
    marks: dict[str, list[str]] = {}
    for mark in map(chr, range(0x300, 0x370)):  # U+0340 is another U+0300
        marks.setdefault(unicodedata.normalize("NFC", mark), []).append(mark)
    pairs = {}
    for composed in map(chr, range(0x80, 0x3100)):
        parts = unicodedata.decomposition(composed).split()
        if len(parts) != 2 or unicodedata.normalize("NFC", composed) != composed:
            continue
        letter, mark = (chr(int(part, 16)) if part[0] != "<" else "" for part in parts)
        if not letter or letter in single or unicodedata.decomposition(letter):
            continue
        for variant in marks.get(mark, [mark]):
            if len((letter + variant).encode()) < 6:
                pairs[letter + variant] = composed
    return {**single, **pairs}


def precompiled_charsmap(replacements: Mapping[str, str]) -> bytes:
    """Return SentencePiece's binary form of a replacement map.

    It is a little-endian u32 with the size of the trie in bytes, a double-array trie over the
    UTF-8 of the keys, and the replacements, each ended by a zero byte. A unit of the trie keeps
    the label in bits 0-7, "a key ends here" in bit 8 and the XOR offset to its children from bit
    10; the child with label 0 holds the position of the replacement and has bit 31 set.

    Source: S. Yata, darts-clone, as read by SentencePiece's `normalizer.cc`.
    """
    blob = bytearray()
    positions: dict[str, int] = {}
    children: dict[bytes, set[int]] = {b"": set()}
    values: dict[bytes, int] = {}
    for key, value in replacements.items():
        if value not in positions:
            positions[value] = len(blob)
            blob += value.encode() + b"\0"
        encoded = key.encode()
        values[encoded] = positions[value]
        for length in range(len(encoded)):
            children.setdefault(encoded[:length], set()).add(encoded[length])
    units = _double_array(children, values)
    return struct.pack("<I", units.nbytes) + units.tobytes() + bytes(blob)


def _double_array(
    children: Mapping[bytes, Iterable[int]], values: Mapping[bytes, int]
) -> NDArray[np.uint32]:
    units: dict[int, int] = {0: 0}
    bases: set[int] = set()
    highest = 0
    queue = [(b"", 0)]
    while queue:
        prefix, position = queue.pop()
        labels = sorted(children.get(prefix, ()))
        if prefix in values:
            labels.insert(0, 0)
        # Gaps further back are not worth a search: a few kilobytes against seconds.
        base = max(1, highest - 128)
        while base in bases or any(base ^ label in units for label in labels):
            base += 1
        bases.add(base)
        for label in labels:
            child = base ^ label
            if label:
                units[child] = label
                queue.append((prefix + bytes([label]), child))
            else:
                units[child] = values[prefix] | 1 << 31
        units[position] |= (position ^ base) << 10 | (prefix in values) << 8
        highest = max(highest, *(base ^ label for label in labels))
    # A reader steps to any of the 256 labels before it checks: pad to whole blocks.
    array = np.zeros((max(units) // 256 + 1) * 256, np.uint32)
    for position, unit in units.items():
        array[position] = unit
    return array
