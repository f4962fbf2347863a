"""Makes `kb/data/syllables.tsv`: Vietnamese syllables and their log probabilities.

Run once, when the rules of `kb.syllables` change:

    python -m kb.embedders.syllable_table

The pieces of multilingual-e5-small's tokenizer (an XLM-R Unigram model, MIT licence) carry log
probabilities learnt from web text in a hundred languages. Those that are one Vietnamese syllable
make a prior for what the knowledge base's own texts lack. Syllables without marks are words of
other languages as well ("the", "an"), so their scores say little and are cut off; so are those
of a few short words with marks that Portuguese, Spanish, Czech, ... share.
"""

import math
from collections import defaultdict
from pathlib import Path

from kb.embedders.e5_file import E5File, find_source
from kb.syllables import parse_syllable
from kb.text import has_diacritics, to_matching_form

TABLE = Path(__file__).parent.parent / "data" / "syllables.tsv"

_WORD_START = "\u2581"
_SHARED = frozenset(
    "não são mão tão vão há já só é à á í ó ú è ì ò ù má más tá tú mí sí té dé sé né pé lé mé ré "
    "ná nó ló sú cú rá dá pá vá sá ní nú mú rí dí tím nám vám mám súa día ría qué vý ný být két "
    "án át én són pán hún tõ sõ või õ déc dê tê vê sê pê rê hê bê kê hé vé bé cá lá".split()
)
# Between the most frequent syllables and the typical one.
_HIGHEST, _HIGHEST_PLAIN = -8.8, -13.5


def syllable_scores(pieces: dict[str, float]) -> dict[str, float]:
    """Return the log probabilities of those pieces that are a whole Vietnamese syllable.

    Args:
        pieces: SentencePiece pieces with log probabilities.
    """
    sums: defaultdict[str, float] = defaultdict(float)
    for piece, score in pieces.items():
        word = to_matching_form(piece.removeprefix(_WORD_START))
        if not piece.startswith(_WORD_START) or not word.isalpha():
            continue
        syllable = parse_syllable(word)
        if syllable is not None and str(syllable) == word:
            sums[word] += math.exp(score)
    return {word: min(math.log(total), _highest(word)) for word, total in sums.items()}


def _highest(word: str) -> float:
    return _HIGHEST if has_diacritics(word) and word not in _SHARED else _HIGHEST_PLAIN


def main() -> None:
    """Write the table."""
    vocabulary = E5File(find_source()).vocabulary
    pieces = dict(zip(vocabulary.pieces, vocabulary.scores.tolist(), strict=True))
    scores = syllable_scores(pieces)
    lines = [
        "# syllable, log probability; made by kb/embedders/syllable_table.py from the tokenizer"
    ]
    lines.append("# of multilingual-e5-small (MIT licence)")
    lines += [f"{word}\t{score:.2f}" for word, score in sorted(scores.items())]
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
