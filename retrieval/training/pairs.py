"""Pairs of query and passage for training, made from stored cases without anybody's judgement.

A query is something that a case says of itself (its name, a sentence of the problem, a step, a
result); the passage is the text of the case without that very sentence, so that a model is
rewarded for meaning and not for equal strings. A part of the queries is rewritten the way officers
type: without marks, in abbreviations, in a few key words, with words left out.
"""

import itertools
import math
import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from kb.abbreviations import find_long_forms
from kb.errors import StoreError
from kb.figures import result_line
from kb.models import Case, Document
from kb.sentences import split_sentences
from kb.terms import TermScheme, document_terms, fold_runs, query_terms, terms_of, tokenize
from kb.text import fold

MIN_CASES = 50
_MIN_SYLLABLES = 4
_MAX_SYLLABLES = 40
_KEY_PHRASES = (2, 3)
_DROPPED = 0.3
_SYLLABLE = re.compile(r"[^\W_]+")
_SPACES = re.compile(r"[ \t]{2,}")
_REWRITES = ("plain", "plain", "unaccented", "short", "keywords", "dropout")


@dataclass(frozen=True, slots=True)
class TrainingPair:
    """A query and the passage that should be found by it.

    Attributes:
        case_id: The case that both come from; pairs are held out by it.
        part: What the query was made of: `name`, `problem`, `step`, `result`, `conditions`.
        rewrite: How it was rewritten: `plain`, `unaccented`, `short`, `keywords`, `dropout`.
        query: Without prompt.
        passage: Without prompt, and without the sentence that the query was made of.
        negative: A passage of another case that shares words with the query; may be empty.
    """

    case_id: str
    part: str
    rewrite: str
    query: str
    passage: str
    negative: str = ""


def make_pairs(documents: Sequence[Document], *, seed: int = 0) -> list[TrainingPair]:
    """Return the pairs of all documents that are cases, in the order of the documents.

    Two versions of a case (same case id) count once. Equal input gives equal output, whatever else
    is stored: every case has its own random numbers.

    Args:
        documents: Documents of the store; articles are passed over.
        seed: Of the random numbers.

    Raises:
        StoreError: There are fewer than `MIN_CASES` cases.
    """
    cases = check_enough(documents)
    rarity = _Rarity([document.text for document in cases.values()])
    pairs: list[TrainingPair] = []
    for case_id, document in cases.items():
        # Seeded by text: an integer of `hash` would differ between processes.
        pairs.extend(_pairs_of_case(case_id, document, rarity, random.Random(f"{seed} {case_id}")))
    return pairs


def check_enough(documents: Sequence[Document]) -> dict[str, Document]:
    """Return the distinct cases if there are enough to train on.

    Raises:
        StoreError: There are fewer than `MIN_CASES`.
    """
    cases = distinct_cases(documents)
    if len(cases) < MIN_CASES:
        raise StoreError(
            f"Cơ sở tri thức có {len(cases)} mô hình, huấn luyện cần ít nhất {MIN_CASES}: ít hơn "
            "thì mô hình nhúng chỉ học thuộc. Hãy nạp thêm bằng: kb ingest THƯ_MỤC --recursive"
        )
    return cases


def distinct_cases(documents: Sequence[Document]) -> dict[str, Document]:
    """Return the documents that are cases by case id; of several the first."""
    cases: dict[str, Document] = {}
    for document in documents:
        if document.case is not None:
            cases.setdefault(document.case.case_id, document)
    return cases


def hold_out(case_ids: Sequence[str], share: float, *, seed: int = 0) -> frozenset[str]:
    """Return the cases that are never trained on: at least one, never all of several.

    Args:
        case_ids: All cases.
        share: Between 0 and 1.
        seed: Of the random numbers.
    """
    ordered = sorted(set(case_ids))
    count = min(max(1, round(share * len(ordered))), max(1, len(ordered) - 1))
    return frozenset(random.Random(f"{seed} hold out").sample(ordered, min(count, len(ordered))))


def add_hard_negatives(
    pairs: Sequence[TrainingPair], documents: Mapping[str, Document], *, seed: int = 0
) -> list[TrainingPair]:
    """Return the pairs, each with the text of another case that BM25 ranks high for its query.

    One of the ranks 3 to 10 is drawn: the first ones are too often right answers, too.

    Args:
        pairs: Of `make_pairs`.
        documents: Cases that negatives may come from, by case id.
        seed: Of the random numbers.
    """
    ranking = LexicalRanking({case_id: item.text for case_id, item in documents.items()})
    result = []
    for pair in pairs:
        chance = random.Random(f"{seed} {pair.case_id} {pair.query}")
        others = [other for other in ranking.rank(pair.query, 11) if other != pair.case_id]
        chosen = others[2:10] or others
        negative = documents[chance.choice(chosen)].text if chosen else ""
        result.append(replace(pair, negative=negative))
    return result


class LexicalRanking:
    """BM25 over a few hundred texts in memory, with the terms of the lexical leg, folded.

    Args:
        texts: Texts by id.
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        scheme = TermScheme()
        self._postings: dict[int, list[tuple[str, float]]] = {}
        for key, text in texts.items():
            terms = document_terms(terms_of(fold_runs(tokenize(text))), scheme)
            for index, weight in zip(terms.indices, terms.values, strict=True):
                self._postings.setdefault(index, []).append((key, weight))
        self._size = len(texts)

    def rank(self, query: str, limit: int) -> list[str]:
        """Return the ids of the best texts that share a term with the query, best first."""
        scores: dict[str, float] = {}
        terms = query_terms(terms_of(fold_runs(tokenize(query))))
        for index, weight in zip(terms.indices, terms.values, strict=True):
            postings = self._postings.get(index, [])
            found = len(postings)
            idf = math.log((self._size - found + 0.5) / (found + 0.5) + 1)
            for key, value in postings:
                scores[key] = scores.get(key, 0.0) + weight * idf * value
        return sorted(scores, key=lambda key: (-scores[key], key))[:limit]


def _pairs_of_case(
    case_id: str, document: Document, rarity: "_Rarity", chance: random.Random
) -> Iterator[TrainingPair]:
    assert document.case is not None
    seen: set[str] = set()
    for part, said in _statements(document.case):
        if not _MIN_SYLLABLES <= len(_SYLLABLE.findall(said)) <= _MAX_SYLLABLES:
            continue
        passage = without(document.text, said)
        if not _SYLLABLE.search(passage):
            continue
        rewrite = chance.choice(_REWRITES)
        query = _rewritten(said, rewrite, rarity, chance)
        if query not in seen:
            seen.add(query)
            yield TrainingPair(case_id, part, rewrite, query, passage)


def _statements(case: Case) -> Iterator[tuple[str, str]]:
    yield "name", case.name
    parts = [("problem", case.problem or "")]
    parts += [("step", step) for step in case.approach]
    parts += [("result", result_line(result)) for result in case.results]
    parts.append(("conditions", case.conditions or ""))
    for part, text in parts:
        for span in split_sentences(text):
            yield part, text[span.start_char : span.end_char]


def without(text: str, sentence: str) -> str:
    r"""Return the text with every occurrence of the sentence taken out, list marks included.

    Example:
        >>> without("Tên\n\nCách làm\n1. Vận động dân.\n2. Góp vốn.", "Vận động dân.")
        'Tên\n\nCách làm\n2. Góp vốn.'
    """
    if not sentence.strip():
        return text
    lines = []
    for line in text.split("\n"):
        rest = line.replace(sentence, " ")
        if rest == line:
            lines.append(line)
        elif _SYLLABLE.search(re.sub(r"^\s*(?:[-*]|\d{1,3}\.)\s*", "", rest)):
            lines.append(_SPACES.sub(" ", rest).strip())
    return "\n".join(lines).strip("\n")


def _rewritten(said: str, rewrite: str, rarity: "_Rarity", chance: random.Random) -> str:
    """Return a sentence as somebody might type it; itself if the rewrite leaves nothing."""
    match rewrite:
        case "unaccented":
            query = fold(said)
        case "short":
            query = shorten(said)
        case "keywords":
            query = rarity.key_words(said, chance.choice(_KEY_PHRASES))
        case "dropout":
            words = said.split()
            query = " ".join(word for word in words if chance.random() > _DROPPED)
        case _:
            query = said
    query = query.strip(" .;:,")
    return query if _SYLLABLE.search(query) else said


def shorten(text: str) -> str:
    """Return the text with long forms replaced by the abbreviations that officers use.

    Example:
        >>> shorten("Hội Cựu chiến binh lập hợp tác xã")
        'HCCB lập HTX'
    """
    pieces: list[str] = []
    position = 0
    for mention in find_long_forms(text):
        if mention.start_char >= position:  # else inside a longer form
            pieces += [text[position : mention.start_char], mention.short]
            position = mention.end_char
    return "".join(pieces) + text[position:]


class _Rarity:
    """How rare pairs of syllables are among the cases, to pick the telling ones."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._size = len(texts)
        self._counts: Counter[str] = Counter()
        for text in texts:
            self._counts.update(
                {f"{a} {b}" for run in tokenize(text) for a, b in itertools.pairwise(run)}
            )

    def key_words(self, sentence: str, phrases: int) -> str:
        """Return the syllables of the rarest pairs that other cases have too, in their order."""
        runs = tokenize(sentence)
        places = [(run, at) for run, tokens in enumerate(runs) for at in range(len(tokens) - 1)]

        def commonness(place: tuple[int, int]) -> tuple[int, tuple[int, int]]:
            run, at = place
            count = self._counts[f"{runs[run][at]} {runs[run][at + 1]}"]
            return (count if count > 1 else self._size, place)

        chosen = sorted(places, key=commonness)[:phrases]
        kept = sorted({(run, at + step) for run, at in chosen for step in (0, 1)})
        return " ".join(runs[run][at] for run, at in kept)
