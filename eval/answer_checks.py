"""What answers are worth: nuggets found, citations that support, quotes, figures, refusals.

Every answer is read as the caller gets it; nothing that the answering code says of itself (its
`checks`) is believed. Quotes are compared with the stored texts, figures with the quotes, by the
code of this folder alone.

Sources: nuggets: Voorhees 2003, "Overview of the TREC 2003 Question Answering Track"; Pradeep et
al. 2024, "Initial Nugget Evaluation Results for the TREC 2024 RAG Track". Citations: Gao et al.
2023, "Enabling Large Language Models to Generate Text with Citations" (ALCE), section 4.
"""

import json
import re
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from statistics import fmean
from typing import Any

from eval.errors import RecordError
from eval.experiment import (
    DatasetReference,
    RunRecord,
    history_directory,
    run_experiment,
)
from eval.formats import Dataset, Nugget, Topic, write_text
from eval.nuggets import LENIENT_SHARE, STRICT_SHARE, content_share, has_values_of, states_number
from kb.errors import QueryError
from kb.knowledge_base import KnowledgeBase
from kb.models import Answer, Citation, Claim
from kb.settings import Settings
from retrieval.answering.answerer import Answerer
from retrieval.answering.writers import ClaimWriter

RECORD_VERSION = 1
# A quote supports a claim if it holds this share of the claim's content syllables and all its
# figures: the stand-in for ALCE's entailment model, which would need a network and a GPU.
SUPPORT_SHARE = 0.8
_MARKER = re.compile(r"\[\d+\]")

# Called after each topic with (topics done, topics in all).
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class NuggetFinding:
    """Whether an answer holds a nugget.

    Attributes:
        text: The fact.
        is_document_cited: Whether the answer cites a document that states it.
        is_found: Cited, and what the answer says *from those documents* holds all its figures, or
            `STRICT_SHARE` of its content syllables if it has no figures.
        is_found_leniently: Cited, and the answer holds all its figures anywhere, or
            `LENIENT_SHARE` of its content syllables.
    """

    text: str
    is_document_cited: bool
    is_found: bool
    is_found_leniently: bool


@dataclass(frozen=True, slots=True)
class TopicResult:
    """An answer to one topic, judged.

    Attributes:
        query_id: The topic.
        text: The question.
        style: How it is worded.
        is_answerable: Whether the corpus holds an answer.
        status: What the answer says of itself; `no_answer` is a refusal.
        reason: Why it was refused.
        latency_ms: Time on the wall.
        answer: The text that was given.
        nuggets: Findings, in the order of the dataset.
        nugget_documents: Distinct documents that the nuggets name.
        cited_nugget_documents: Those of them that are cited.
        citations: Distinct citations.
        relevant_citations: Those whose document is judged 1 or more, or named by a nugget.
        claims: Statements of the answer.
        supported_claims: Those that their quotes support.
        verbatim_quotes: Citations whose quote is the stored text at its offsets.
        figure_claims: Claims all of whose figures stand in the quotes that they cite.
        has_figures_of_quotes: Whether the figures of the whole text stand in some quote of it.
        llm_claims: Claims that a language model worded.
    """

    query_id: str
    text: str
    style: str
    is_answerable: bool
    status: str
    reason: str | None
    latency_ms: float
    answer: str = ""
    nuggets: tuple[NuggetFinding, ...] = ()
    nugget_documents: int = 0
    cited_nugget_documents: int = 0
    citations: int = 0
    relevant_citations: int = 0
    claims: int = 0
    supported_claims: int = 0
    verbatim_quotes: int = 0
    figure_claims: int = 0
    has_figures_of_quotes: bool = True
    llm_claims: int = 0

    @property
    def is_refusal(self) -> bool:
        """Whether no answer was given."""
        return self.status == "no_answer"

    @property
    def nugget_recall(self) -> float | None:
        """Share of the nuggets that were found, or None if the topic has none."""
        return fmean(item.is_found for item in self.nuggets) if self.nuggets else None


@dataclass(frozen=True)
class AnswersRecord:
    """An evaluation of answers, as it is kept in the history beside the records of runs.

    Attributes:
        name: Shown to people.
        created_at: UTC, ISO 8601, to the second.
        dataset: What was asked.
        corpus_digest: As in `eval.experiment.RunRecord`.
        settings: The settings in force, secrets blanked.
        settings_digest: As in `eval.experiment.RunRecord`.
        measures: Measure -> value; one that the dataset cannot show (no nuggets, nothing
            unanswerable) is missing. See `measures_of`.
        by_style: Style -> measure -> value.
        reasons: Reason of a refusal -> `right` and `wrong` -> number of topics.
        topics: Results, in the order of the dataset.
    """

    name: str
    created_at: str
    dataset: DatasetReference
    corpus_digest: str
    settings: Mapping[str, Any]
    settings_digest: str
    measures: Mapping[str, float]
    by_style: Mapping[str, Mapping[str, float]]
    reasons: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    topics: tuple[TopicResult, ...] = ()

    def to_data(self) -> dict[str, Any]:
        """Return it as plain data for JSON."""
        data = {name: getattr(self, name) for name in self.__dataclass_fields__}
        data["dataset"] = self.dataset._asdict()
        data["topics"] = [asdict(topic) for topic in self.topics]
        return {"version": RECORD_VERSION, "kind": "answers", **data}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "AnswersRecord":
        """Return the record that `to_data` wrote.

        Raises:
            RecordError: It is not a record of answers, or one of another version.
        """
        if data.get("kind") != "answers" or data.get("version") != RECORD_VERSION:
            raise RecordError(
                "Không phải bản ghi đánh giá câu trả lời của phiên bản này. "
                "Chạy lại `kb eval answers` để tạo bản ghi mới."
            )
        try:
            values = {name: data[name] for name in cls.__dataclass_fields__}
            values["dataset"] = DatasetReference(**data["dataset"])
            values["topics"] = tuple(
                TopicResult(
                    **{
                        **topic,
                        "nuggets": tuple(NuggetFinding(**item) for item in topic["nuggets"]),
                    }
                )
                for topic in data["topics"]
            )
            return cls(**values)
        except (KeyError, TypeError, AttributeError) as exc:
            raise RecordError(
                f"Bản ghi thiếu hoặc sai mục ({exc}). Chạy lại `kb eval answers`."
            ) from exc


def ask_topics(
    dataset: Dataset,
    kb: KnowledgeBase,
    *,
    writer: ClaimWriter | None = None,
    progress: Progress | None = None,
) -> list[TopicResult]:
    """Return the judged answers to all topics of a dataset, in its order.

    The model is loaded before the clock starts. A question that is refused as malformed counts as
    a refusal with the error's code as its reason.

    Args:
        dataset: Topics, judgements, nuggets.
        kb: The knowledge base, opened.
        writer: Words the answers; without one they are quoted, and so the same on every machine.
        progress: Called after each topic.
    """
    answerer = Answerer(kb, writer=writer)
    kb.embedder.warm_up()
    results = []
    for done, topic in enumerate(dataset.topics, 1):
        started = time.perf_counter()
        try:
            answer: Answer | None = answerer.answer(topic.text)
            reason = answer.reason.value if answer and answer.reason else None
        except QueryError as exc:
            answer, reason = None, exc.code
        latency_ms = round((time.perf_counter() - started) * 1000, 3)
        if answer is None:
            results.append(_refused(topic, reason, latency_ms, dataset))
        else:
            texts = {
                document.document_id: document.text
                for document in kb.store.get_documents(
                    [citation.document_id for citation in answer.citations]
                )
            }
            results.append(judge_answer(topic, answer, latency_ms, dataset, texts))
        if progress:
            progress(done, len(dataset.topics))
    return results


def _refused(topic: Topic, reason: str | None, latency_ms: float, dataset: Dataset) -> TopicResult:
    nuggets = dataset.nuggets.get(topic.query_id, ())
    return TopicResult(
        query_id=topic.query_id,
        text=topic.text,
        style=topic.style,
        is_answerable=topic.is_answerable,
        status="no_answer",
        reason=reason,
        latency_ms=latency_ms,
        nuggets=tuple(NuggetFinding(item.text, False, False, False) for item in nuggets),
        nugget_documents=len({name for item in nuggets for name in item.documents}),
    )


def judge_answer(
    topic: Topic,
    answer: Answer,
    latency_ms: float,
    dataset: Dataset,
    texts: Mapping[str, str],
) -> TopicResult:
    """Return what an answer is worth.

    Args:
        topic: What was asked.
        answer: What came back.
        latency_ms: Time on the wall.
        dataset: Its judgements and nuggets.
        texts: Stored texts of the cited documents, by id.
    """
    nuggets = dataset.nuggets.get(topic.query_id, ())
    named = {name for item in nuggets for name in item.documents}
    grades = dataset.qrels.get(topic.query_id, {})
    cited = {citation.document_id for citation in answer.citations}
    quotes = {citation.marker: citation.quote for citation in answer.citations}
    plain = _MARKER.sub("", answer.text) if answer.citations else ""
    return TopicResult(
        query_id=topic.query_id,
        text=topic.text,
        style=topic.style,
        is_answerable=topic.is_answerable,
        status=answer.status,
        reason=answer.reason.value if answer.reason else None,
        latency_ms=latency_ms,
        answer=answer.text,
        nuggets=tuple(find_nugget(item, answer) for item in nuggets),
        nugget_documents=len(named),
        cited_nugget_documents=len(named & cited),
        citations=len(answer.citations),
        relevant_citations=sum(
            grades.get(citation.document_id, 0) >= 1 or citation.document_id in named
            for citation in answer.citations
        ),
        claims=len(answer.claims),
        supported_claims=sum(is_supported(claim, quotes) for claim in answer.claims),
        verbatim_quotes=sum(
            is_verbatim(citation, texts.get(citation.document_id)) for citation in answer.citations
        ),
        figure_claims=sum(
            has_values_of(claim.text, _quoted(claim, quotes)) for claim in answer.claims
        ),
        has_figures_of_quotes=has_values_of(plain, "\n".join(quotes.values())),
        llm_claims=sum(claim.written_by == "llm" for claim in answer.claims),
    )


def find_nugget(nugget: Nugget, answer: Answer) -> NuggetFinding:
    """Return whether an answer holds a nugget; see `NuggetFinding` for the rules.

    What an answer says from a document is the text of the claims that cite it, and the quotes of
    it; so a figure that another document states does not find the nugget.
    """
    own = {
        citation.marker: citation.quote
        for citation in answer.citations
        if citation.document_id in nugget.documents
    }
    if not own:
        return NuggetFinding(nugget.text, False, False, False)
    from_documents = "\n".join(
        [*(claim.text for claim in answer.claims if own.keys() & claim.citations), *own.values()]
    )
    everything = "\n".join(
        [
            *(claim.text for claim in answer.claims),
            *(citation.quote for citation in answer.citations),
        ]
    )
    if nugget.numbers:
        strict = all(states_number(number, from_documents) for number in nugget.numbers)
        lenient = all(states_number(number, everything) for number in nugget.numbers)
    else:
        share = content_share(nugget.text, from_documents)
        strict, lenient = share >= STRICT_SHARE, share >= LENIENT_SHARE
    return NuggetFinding(nugget.text, True, strict, lenient)


def is_supported(claim: Claim, quotes: Mapping[int, str]) -> bool:
    """Tell whether the quotes that a claim cites, taken together, support it.

    ALCE calls a statement supported if the concatenation of its citations entails it. Entailment
    is judged here by words: the quotes hold `SUPPORT_SHARE` of the claim's content syllables and
    all its figures. A rewritten claim that passes may still twist its source; one that fails says
    something that its source does not say in these words.

    Args:
        claim: The statement.
        quotes: Marker -> quote of the answer; a marker that is missing supports nothing.
    """
    quoted = _quoted(claim, quotes)
    return (
        bool(quoted)
        and content_share(claim.text, quoted) >= SUPPORT_SHARE
        and has_values_of(claim.text, quoted)
    )


def _quoted(claim: Claim, quotes: Mapping[int, str]) -> str:
    return "\n".join(quotes[marker] for marker in claim.citations if marker in quotes)


def is_verbatim(citation: Citation, text: str | None) -> bool:
    """Tell whether a quote is the stored text at its offsets, in code points of NFC text."""
    return (
        text is not None
        and unicodedata.is_normalized("NFC", text)
        and 0 <= citation.start_char < citation.end_char <= len(text)
        and text[citation.start_char : citation.end_char] == citation.quote
        and bool(citation.quote.strip())
    )


def measures_of(results: Sequence[TopicResult]) -> dict[str, float]:
    """Return the measures over topics; one that they cannot show is missing.

    - `nugget_recall`: share of a topic's nuggets found (`NuggetFinding.is_found`), mean over the
      topics with nuggets; a refusal finds none. `nugget_recall_lenient` and
      `nugget_recall_pooled` (all nuggets of all topics as one list) beside it.
    - `nugget_cited`: the same with "a document that states it is cited" instead of "found": the
      most that better extraction from the same documents could reach.
    - `document_recall`: share of the distinct documents named by a topic's nuggets that are
      cited, mean over topics with nuggets.
    - `citation_precision`: share of an answer's citations whose document is judged 1 or more or
      is named by a nugget, mean over the answers to answerable topics;
      `citation_precision_pooled` over all their citations. ALCE's precision asks whether each
      citation is needed for its statement; here a person has judged the document instead.
    - `citation_recall`: share of claims that their quotes support (`is_supported`), over all
      claims.
    - `quotes_verbatim`, `figures_supported`: share of all citations, and of all claims and whole
      answer texts, that hold; 1 if there are none, for nothing was broken.
    - `refusal_precision`, `refusal_recall`, `refusal_f1`: refusing (status `no_answer`) as the
      finding of unanswerable topics; without a refusal precision is 0.
    - `answered`: share of answerable topics that got an answer.
    - `written_by_llm`: share of all claims that a language model worded; missing if none is.
    - `latency_p50_ms`, `latency_p95_ms`: nearest-rank percentiles of the time for one answer.
    """
    measures: dict[str, float] = {}
    asked = [result for result in results if result.nuggets]
    if asked:
        findings = [item for result in asked for item in result.nuggets]
        measures |= {
            "nugget_recall": fmean(
                fmean(item.is_found for item in result.nuggets) for result in asked
            ),
            "nugget_recall_lenient": fmean(
                fmean(item.is_found_leniently for item in result.nuggets) for result in asked
            ),
            "nugget_recall_pooled": fmean(item.is_found for item in findings),
            "nugget_cited": fmean(
                fmean(item.is_document_cited for item in result.nuggets) for result in asked
            ),
            "document_recall": fmean(
                _share(result.cited_nugget_documents, result.nugget_documents) for result in asked
            ),
        }
    answerable = [result for result in results if result.is_answerable]
    if answerable:
        answered = [result for result in answerable if result.citations]
        precisions = [result.relevant_citations / result.citations for result in answered]
        measures |= {
            "citation_precision": fmean(precisions) if precisions else 0.0,
            "citation_precision_pooled": _share(
                sum(result.relevant_citations for result in answered),
                sum(result.citations for result in answered),
            ),
            "answered": _share(len(answered), len(answerable)),
        }
    claims = sum(result.claims for result in results)
    given = [result for result in results if result.claims]
    measures |= {
        "citation_recall": _share(sum(result.supported_claims for result in results), claims),
        "quotes_verbatim": _share(
            sum(result.verbatim_quotes for result in results),
            sum(result.citations for result in results),
            empty=1.0,
        ),
        "figures_supported": _share(
            sum(result.figure_claims + result.has_figures_of_quotes for result in given),
            claims + len(given),
            empty=1.0,
        ),
    }
    if worded := sum(result.llm_claims for result in results):
        measures["written_by_llm"] = _share(worded, claims)
    if len(answerable) < len(results):
        measures |= _refusal_measures(results)
    if results:
        latencies = sorted(result.latency_ms for result in results)
        measures["latency_p50_ms"] = percentile(latencies, 0.50)
        measures["latency_p95_ms"] = percentile(latencies, 0.95)
    return measures


def _refusal_measures(results: Sequence[TopicResult]) -> dict[str, float]:
    refused = [result for result in results if result.is_refusal]
    right = sum(not result.is_answerable for result in refused)
    precision = _share(right, len(refused))
    recall = _share(right, sum(not result.is_answerable for result in results))
    total = precision + recall
    return {
        "refusal_precision": precision,
        "refusal_recall": recall,
        "refusal_f1": 2 * precision * recall / total if total else 0.0,
    }


def _share(part: int, whole: int, *, empty: float = 0.0) -> float:
    return part / whole if whole else empty


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile of values in ascending order.

    Example:
        >>> percentile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.95)
        10
    """
    rank = -int(-share * len(ordered) // 1)  # rounded up
    return ordered[max(rank, 1) - 1]


def by_style(results: Iterable[TopicResult]) -> dict[str, dict[str, float]]:
    """Return the measures of each style, with its number of topics, in order of appearance."""
    groups: dict[str, list[TopicResult]] = {}
    for result in results:
        groups.setdefault(result.style, []).append(result)
    return {
        style: {"topics": float(len(group)), **measures_of(group)}
        for style, group in groups.items()
        if style
    }


def refusal_reasons(results: Iterable[TopicResult]) -> dict[str, dict[str, int]]:
    """Return how many refusals each reason gave, right (unanswerable) and wrong ones."""
    counts: Counter[tuple[str, bool]] = Counter(
        (result.reason or "", not result.is_answerable) for result in results if result.is_refusal
    )
    return {
        reason: {"right": counts[reason, True], "wrong": counts[reason, False]}
        for reason in sorted({reason for reason, _ in counts})
    }


def write_answers_record(record: AnswersRecord, path: Path) -> None:
    """Write a record as JSON, replacing the file.

    Raises:
        EvaluationError: It cannot be written.
    """
    write_text(path, json.dumps(record.to_data(), ensure_ascii=False) + "\n")


def read_answers_record(path: Path) -> AnswersRecord:
    """Return the record of a file.

    Raises:
        RecordError: The file is missing or no record of answers.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as exc:
        raise RecordError(f"Không đọc được bản ghi {str(path)!r}: {exc}.") from exc
    if not isinstance(data, dict):
        raise RecordError(f"{str(path)!r} không phải bản ghi của `kb eval answers`.")
    return AnswersRecord.from_data(data)


def circumstances_of(dataset: Dataset, kb: KnowledgeBase) -> RunRecord:
    """Return a record of a run over no topics: digests, settings and notes, measured on nothing.

    Raises:
        JudgedDocumentsMissing: None of the judged documents is in the knowledge base.
    """
    return run_experiment(replace(dataset, topics=()), kb)


def answers_record(
    dataset: Dataset, circumstances: RunRecord, results: Sequence[TopicResult], name: str = ""
) -> AnswersRecord:
    """Return the record of judged answers.

    Args:
        dataset: What was asked.
        circumstances: Any record of a run on the same knowledge base.
        results: What `ask_topics` returned.
        name: Name of the record.
    """
    return AnswersRecord(
        name=name or dataset.name,
        created_at=circumstances.created_at,
        dataset=DatasetReference(dataset.name, dataset.split, dataset.digest),
        corpus_digest=circumstances.corpus_digest,
        settings=circumstances.settings,
        settings_digest=circumstances.settings_digest,
        measures=measures_of(results),
        by_style=by_style(results),
        reasons=refusal_reasons(results),
        topics=tuple(results),
    )


def add_answers_to_history(record: AnswersRecord, settings: Settings) -> Path:
    """Keep a record beside those of runs and return its file.

    Raises:
        EvaluationError: The data directory cannot be written.
    """
    moment = re.sub(r"[^0-9]", "", record.created_at)[:14]
    name = re.sub(r"[^\w.-]+", "-", record.name)[:80]
    path = history_directory(settings) / f"answers-{moment}-{name}.json"
    write_answers_record(record, path)
    return path
