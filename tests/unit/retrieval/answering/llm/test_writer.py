"""From a stream of text to checked claims, with the endpoint replaced."""

from collections.abc import Generator

import pytest

from kb.embedders.hashing import HashingEmbedder
from kb.errors import ModelError
from kb.models import Document, Span
from kb.settings import LlmSettings
from retrieval.answering.drafts import Draft, Quoted
from retrieval.answering.llm import chat_stream
from retrieval.answering.llm.writer import ChatWriter
from retrieval.answering.question_types import QuestionType
from retrieval.answering.writers import Rejected, WritingTask

TEXT = "Tổ có 14 hộ nuôi dê. Mỗi hộ lãi 30 triệu đồng một năm."
PASSAGE = Quoted(Document("de", "article", "Nuôi dê", TEXT, "/de", "0" * 64), Span(0, len(TEXT)))
TASK = WritingTask("có bao nhiêu hộ", QuestionType.FIGURE, (PASSAGE,))


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch):
    """Let the endpoint say something; returns whether its stream was closed."""
    closed: list[bool] = []

    def replace(text: str) -> list[bool]:
        def pieces(_: object) -> Generator[str]:
            try:
                yield from text
            finally:
                closed.append(True)

        monkeypatch.setattr(chat_stream.ChatStream, "pieces", pieces)
        return closed

    return replace


def write(text_settings: str = "json_schema") -> list[Draft | Rejected]:
    settings = LlmSettings.model_validate(
        {"model": "m", "base_url": "http://localhost:9/v1", "output": text_settings}
    )
    return list(ChatWriter(settings, HashingEmbedder()).write(TASK))


def test_numbers_of_passages_count_from_one_and_unknown_ones_carry_nothing(says):
    says(
        '{"claims": [{"text": "Tổ có 14 hộ nuôi dê.", "passages": [1, 9], "quote": ""},'
        '{"text": "Mỗi hộ lãi 30 triệu đồng một năm.", "passages": [0, 2], "quote": ""}]}'
    )
    good, bad = write()
    assert isinstance(good, Draft)
    assert [item.text for item in good.quotes] == ["Tổ có 14 hộ nuôi dê."]
    assert isinstance(bad, Rejected)


def test_an_output_without_claims_is_an_error(says):
    says('{"claims": []}')
    with pytest.raises(ModelError, match="không viết ý nào"):
        write()


def test_the_stream_is_closed_when_the_reader_stops(says):
    closed = says('{"claims": [{"text": "Tổ có 14 hộ nuôi dê.", "passages": [1], "quote": ""},')
    settings = LlmSettings(model="m", base_url="http://localhost:9/v1")
    stream = ChatWriter(settings, HashingEmbedder()).write(TASK)
    assert isinstance(next(stream), Draft)
    stream.close()  # type: ignore[attr-defined]
    assert closed == [True]
