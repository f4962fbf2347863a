"""`kb eval answers --writer`: quoted answers by default, worded ones where they are asked for."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from eval.answer_checks import ask_topics, judge_answer, measures_of
from eval.answers import answers_command
from eval.formats import Dataset, Topic
from ingest.indexing import write_batch
from kb.errors import SettingsError
from kb.knowledge_base import KnowledgeBase
from kb.models import Answer, Citation, Claim, Document
from retrieval.answering.drafts import Draft
from retrieval.answering.writers import Rejected, WritingTask

TEXT = "Nuôi dê sinh sản\n\nTổ nuôi dê sinh sản có 14 thành viên ở xã."
DOCUMENT = Document("de", "article", "Nuôi dê sinh sản", TEXT, "/de.md", "0" * 64)
TOPIC = Topic("q1", "tổ nuôi dê sinh sản", {})
DATASET = Dataset(
    name="tiny",
    directory=Path(),
    split="test",
    topics=(TOPIC,),
    qrels={"q1": {"de": 2}},
    nuggets={},
    has_corpus=False,
    digest="",
)


class Writer:
    """Says what the first passage says."""

    def write(self, task: WritingTask) -> Iterator[Draft | Rejected]:
        passage = task.passages[-1]
        yield Draft(passage.text.rstrip("."), (passage,), written_by="llm")


def test_topics_are_asked_without_a_writer_unless_one_is_given(kb: KnowledgeBase):
    write_batch(kb, [DOCUMENT])
    (quoted,) = ask_topics(DATASET, kb)
    (worded,) = ask_topics(DATASET, kb, writer=Writer())
    assert quoted.claims > 0
    assert (quoted.llm_claims, worded.llm_claims) == (0, 1)


def test_the_share_of_worded_claims_is_measured_where_there_are_any():
    start = TEXT.index("Tổ")
    quote = Citation(1, "de", None, "t", None, None, None, TEXT[start:], start, len(TEXT))
    claims = (Claim("Tổ có 14 thành viên", (1,), {}, "llm"), Claim("Ở xã", (1,), {}))
    answer = Answer("q", "answered", None, "t [1]", claims, (quote,), (), {}, {})
    result = judge_answer(TOPIC, answer, 1.0, DATASET, {"de": TEXT})
    assert measures_of([result])["written_by_llm"] == 0.5
    assert "written_by_llm" not in measures_of([replace(result, llm_claims=0)])


def test_auto_without_a_model_says_which_setting_is_missing(tmp_path: Path):
    arguments = ["--dataset", str(tmp_path), "--writer", "auto"]
    result = CliRunner().invoke(answers_command, arguments)
    assert isinstance(result.exception, SettingsError) or "KB_LLM__MODEL" in result.output
    with pytest.raises(SettingsError, match="KB_LLM__MODEL"):
        CliRunner().invoke(answers_command, arguments, catch_exceptions=False)
