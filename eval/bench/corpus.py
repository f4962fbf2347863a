"""Made-up cases and questions, recombined from sentences of the starter corpus.

No text comes from outside and nothing is random: the same seed gives the same texts. A made-up
case reads like a real one (real steps, results and places, of different cases), so lexical terms
have natural frequencies. The facts are nonsense, which speed does not mind.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from ingest.readers import read_documents
from ingest.records.case_text import render_case
from ingest.sources import SourceFile, find_files
from kb.models import Case, CaseResult, Document, Field

STARTER_CORPUS = Path(__file__).resolve().parents[2] / "corpus"
SEED = 2026
TARGET_CHARS = 850
_MAX_BYTES = 10_000_000
_TRIES = 20  # draws a question before giving up
_MARKUP_CHARS = 4  # number or dash, space, line feed of a step or result

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Parts:
    """What made-up cases are put together from; all sequences are in a fixed order."""

    names: Sequence[str]
    problems: Sequence[str]
    steps: Sequence[str]
    results: Sequence[str]
    organizations: Sequence[str]
    participants: Sequence[str]
    periods: Sequence[str]
    places: Sequence[tuple[str, str | None, str | None]]
    labels: Sequence[tuple[Field, tuple[str, ...]]]


def read_starter_documents(folder: Path = STARTER_CORPUS) -> list[Document]:
    """Return the documents of the starter corpus, ordered by file."""
    return [
        item
        for file in find_files(folder, recursive=True)
        if isinstance(file, SourceFile)
        for item in read_documents(file, max_bytes=_MAX_BYTES)
        if isinstance(item, Document)
    ]


def collect_parts(cases: Sequence[Case]) -> Parts:
    """Return the parts of cases, each once, in order of appearance."""
    return Parts(
        names=_distinct(case.name for case in cases),
        problems=_distinct(case.problem for case in cases if case.problem),
        steps=_distinct(step for case in cases for step in case.approach),
        results=_distinct(result.text for case in cases for result in case.results),
        organizations=_distinct(case.organization for case in cases if case.organization),
        participants=_distinct(case.participants for case in cases if case.participants),
        periods=_distinct(case.period for case in cases if case.period),
        places=_distinct((case.province, case.district, case.commune) for case in cases),
        labels=_distinct((case.field, case.topics) for case in cases),
    )


def _distinct(items: Iterable[T]) -> list[T]:
    return list(dict.fromkeys(items))


def make_cases(parts: Parts, count: int, *, seed: int = SEED) -> Iterator[Case]:
    """Yield made-up cases whose text is about `TARGET_CHARS` long.

    The first n cases are the same whatever `count` is.

    Args:
        parts: What they are put together from; no sequence is empty.
        count: How many.
        seed: Another one gives other cases; their ids differ too.
    """
    choose = random.Random(seed)
    for number in range(count):
        yield _make_case(parts, choose, f"bench-{seed}-{number:06d}")


def _make_case(parts: Parts, choose: random.Random, case_id: str) -> Case:
    field, topics = choose.choice(parts.labels)
    province, district, commune = choose.choice(parts.places)
    steps, results = choose.sample(parts.steps, 2), choose.sample(parts.results, 1)
    facts = Case(
        case_id=case_id,
        name=choose.choice(parts.names),
        field=field,
        topics=topics,
        province=province,
        district=district,
        commune=commune,
        organization=choose.choice(parts.organizations),
        participants=choose.choice(parts.participants),
        period=choose.choice(parts.periods),
        problem=choose.choice(parts.problems),
    )

    def finished() -> Case:
        return replace(facts, approach=tuple(steps), results=tuple(map(CaseResult, results)))

    missing = TARGET_CHARS - len(render_case(finished()))
    while True:
        pool, target = (
            (parts.results, results) if len(steps) > len(results) else (parts.steps, steps)
        )
        sentence = choose.choice(pool)
        added = len(sentence) + _MARKUP_CHARS
        if missing < added / 2:  # one more would overshoot by more than is lacking
            return finished()
        target.append(sentence)
        missing -= added


def make_questions(parts: Parts, count: int, *, seed: int = SEED) -> list[str]:
    """Return questions as officers type them: names, needs and doings, a third with a place.

    No two are equal, so that a system which remembers the vectors of questions gains nothing.

    Args:
        parts: What they are put together from.
        count: How many; far below what the parts allow.
        seed: Another one gives other questions.

    Raises:
        ValueError: The parts do not give so many.
    """
    choose = random.Random(f"questions {seed}")
    questions: dict[str, None] = {}
    for _ in range(_TRIES * count):
        if len(questions) == count:
            break
        kind = len(questions) % 3
        words = choose.choice((parts.names, parts.steps, parts.problems)[kind]).split()
        start = choose.choice(("", "mô hình ", "cách làm hay về ", "kinh nghiệm "))
        place = f" ở {choose.choice(parts.places)[0]}" if kind == 2 else ""
        body = " ".join(words[: choose.randint(7, 12)]).rstrip(".,;:")
        questions[start + body + place] = None
    if len(questions) < count:
        raise ValueError(f"only {len(questions)} of {count} questions differ")
    return list(questions)
