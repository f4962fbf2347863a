"""Write a BEIR folder of synthetic Vietnamese documents and queries, for tests of speed.

Documents are shuffled sentences of the starter corpus, so lengths, words and tokens are those of
real text; a query is a stretch of one sentence, and the document that holds the sentence is its
judgement. Measures on such a set mean nothing; times do.

    python tests/data/make_beir_set.py DIRECTORY [--documents 1000] [--queries 1000]
"""

import argparse
import json
import random
import re
from pathlib import Path

CORPUS = Path(__file__).parent.parent.parent / "corpus"
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]")
_SENTENCES_A_DOCUMENT = (4, 12)
_QUERY_SYLLABLES = (5, 14)


def corpus_sentences(corpus: Path = CORPUS) -> list[str]:
    """Return the sentences of the starter corpus, in a fixed order."""
    sentences = []
    for path in sorted((corpus / "cases").rglob("*.md")):
        body = _FRONT_MATTER.sub("", path.read_text(encoding="utf-8"))
        for line in body.splitlines():
            if not line.startswith("#"):
                text = re.sub(r"^(?:\d+\.|-)\s*", "", line)
                sentences.extend(match.strip() for match in _SENTENCE.findall(text))
    return [sentence for sentence in sentences if len(sentence.split()) >= 6]


def make_beir_set(
    directory: Path, documents: int = 1000, queries: int = 1000, seed: int = 0
) -> Path:
    """Write `corpus.jsonl`, `queries.jsonl` and `qrels/test.tsv`; return the folder."""
    chance = random.Random(seed)
    sentences = corpus_sentences()
    (directory / "qrels").mkdir(parents=True, exist_ok=True)
    bodies = [
        chance.sample(sentences, chance.randint(*_SENTENCES_A_DOCUMENT)) for _ in range(documents)
    ]
    _write_lines(
        directory / "corpus.jsonl",
        [
            {"_id": f"d{number:05}", "title": body[0][:80], "text": " ".join(body[1:])}
            for number, body in enumerate(bodies)
        ],
    )
    topics, judgements = [], ["query-id\tcorpus-id\tscore"]
    for number in range(queries):
        target = number % documents
        words = chance.choice(bodies[target]).rstrip(".!?").split()
        length = min(len(words), chance.randint(*_QUERY_SYLLABLES))
        start = chance.randint(0, len(words) - length)
        topics.append(
            {
                "_id": f"q{number:05}",
                "text": " ".join(words[start : start + length]),
                "metadata": {"style": "short" if length < 9 else "long"},
            }
        )
        judgements.append(f"q{number:05}\td{target:05}\t1")
    _write_lines(directory / "queries.jsonl", topics)
    (directory / "qrels" / "test.tsv").write_text("\n".join(judgements) + "\n", encoding="utf-8")
    return directory


def _write_lines(path: Path, records: list[dict[str, object]]) -> None:
    lines = (json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    path.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--queries", type=int, default=1000)
    arguments = parser.parse_args()
    make_beir_set(arguments.directory, arguments.documents, arguments.queries)
