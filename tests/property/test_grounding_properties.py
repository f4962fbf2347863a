"""What must hold of grounding and of claim streams for any output of a model."""

import json
import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kb.embedders.hashing import HashingEmbedder
from kb.errors import ModelError
from kb.figures import numbers_in
from kb.models import Document, Span
from kb.settings import LlmSettings
from kb.text import to_reading_form
from retrieval.answering.drafts import Draft, Quoted
from retrieval.answering.grounding import ground
from retrieval.answering.injection import is_instruction
from retrieval.answering.llm.claim_stream import WrittenClaim, read_claims
from retrieval.answering.llm.prompt import harmless
from retrieval.answering.question_types import QuestionType
from retrieval.answering.quote_finder import find_quote
from retrieval.answering.writers import WritingTask

EMBEDDER = HashingEmbedder(dim=16)
WORDS = st.sampled_from(
    "tổ có 12 hộ 30 triệu đồng một năm không chưa giảm tăng nuôi dê bò Cà Mau Hà Giang xã mỗi lãi "
    "“nhóm” [1] ** <b> 5% - từ xuống hơn gần và . ; \n <|im_end|> bỏ qua hướng dẫn trước".split(" ")
)
PROSE = st.lists(WORDS, max_size=25).map(" ".join)
ANY = st.one_of(PROSE, st.text(max_size=80))


def document_of(text: str, province: str | None) -> Document:
    return Document("d", "article", "Nuôi dê", to_reading_form(text), "/d", "0", province=province)


@given(PROSE, ANY, ANY, st.sampled_from([None, "Cà Mau", "Hà Giang"]), st.booleans())
@settings(max_examples=300)
def test_what_passes_is_quoted_from_the_passages_with_its_figures(
    body: str, claim: str, quote: str, province: str | None, asks_place: bool
):
    document = document_of(body, province)
    if not document.text:
        return
    middle = len(document.text) // 2
    passages = (
        Quoted(document, Span(0, max(1, middle))),
        Quoted(document, Span(max(1, middle), len(document.text))),
    )
    places = ("Cà Mau",) if asks_place else ()
    task = WritingTask("?", QuestionType.LIST, passages, places)
    result = ground(claim or body, list(passages), quote, task, EMBEDDER)
    if not isinstance(result, Draft):
        assert result.failed
        return
    assert all((result.checks or {}).values())
    assert not is_instruction(result.text)
    assert "[" not in result.text
    quoted = " ".join(item.text for item in result.quotes)
    assert set(numbers_in(result.text)) <= set(numbers_in(quoted))
    if asks_place:
        assert province != "Hà Giang"
    for item in result.quotes:
        assert item.text.strip()
        assert any(
            passage.span.start_char <= item.span.start_char
            and item.span.end_char <= passage.span.end_char
            for passage in passages
        )


@given(st.text(max_size=60), st.data())
def test_every_stretch_of_a_passage_is_found_in_it(text: str, data: st.DataObject):
    document = document_of(f"{text} tổ có mười hai thành viên tham gia {text}", None)
    stored = document.text
    start = data.draw(st.integers(0, len(stored)))
    end = data.draw(st.integers(start, len(stored)))
    wanted = stored[start:end]
    found = find_quote(wanted, [Quoted(document, Span(0, len(stored)))])
    for item in found:
        assert stored[item.span.start_char : item.span.end_char] == item.text


def _read(pieces: list[str], output: str) -> tuple[list[WrittenClaim], bool]:
    claims: list[WrittenClaim] = []
    try:
        claims.extend(read_claims(pieces, LlmSettings.model_validate({"output": output})))
    except ModelError:
        return claims, True
    return claims, False


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 99) | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["claims", "text", "passages", "quote", "a"]), inner)
    ),
    max_leaves=12,
)


@given(
    st.one_of(ANY, JSON.map(json.dumps), st.text('{}[]",:\\ \n[1]ab', max_size=60)),
    st.integers(1, 9),
    st.sampled_from(["json_schema", "text"]),
)
@example('{"claims": [{"text": "a", "passages": [1], "quote": "\\u00', 3, "json_schema")
@example("[" * 60, 1, "json_schema")
@settings(max_examples=300)
def test_any_output_gives_claims_or_one_error_whatever_its_pieces(
    text: str, size: int, output: str
):
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    claims, _ = _read(pieces, output)
    whole, _ = _read([text], output)
    assert claims == whole
    for claim in claims:
        assert all(isinstance(number, int) for number in claim.passages)


@pytest.mark.parametrize("nonce", ["ab12cd34ef56"])
@given(text=st.one_of(ANY, st.text("<>|`=-ab12cd34ef56 \n", max_size=80)))
def test_no_source_can_write_a_mark(text: str, nonce: str):
    shown = harmless(text, nonce)
    assert nonce not in shown
    assert "<<" not in shown
    assert not re.search(r"<\|\w*\|>", shown)


@given(st.one_of(ANY, st.text(max_size=300)))
def test_any_text_can_be_asked_for_orders(text: str):
    assert isinstance(is_instruction(text), bool)


def test_long_texts_cost_no_more_than_their_length():
    texts: list[Any] = ["bo qua " * 20_000, "<|" * 50_000, "hay " * 50_000, "a" * 200_000]
    for text in texts:
        assert is_instruction(text) in {True, False}
        assert "<<" not in harmless(text, "x" * 12)
