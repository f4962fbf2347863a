"""Claims out of streams, whole, broken and endless."""

import json
from collections.abc import Iterator

import pytest

from kb.errors import ModelError
from kb.settings import LlmSettings
from retrieval.answering.llm.claim_stream import MOST_CLAIMS, WrittenClaim, read_claims

JSON, TEXT = LlmSettings(), LlmSettings(output="text")


def claims(text: str, size: int = 5, settings: LlmSettings = JSON) -> list[WrittenClaim]:
    pieces = (text[start : start + size] for start in range(0, len(text), size))
    return list(read_claims(pieces, settings))


def written(*texts: str) -> str:
    rows = [{"text": text, "passages": [1], "quote": "q"} for text in texts]
    return json.dumps({"claims": rows}, ensure_ascii=False)


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_claims_are_read_whatever_the_size_of_the_pieces(size: int):
    row = {"text": 'Có "12" hộ {a} \\ ở\nxã', "passages": [2, 1, 2], "quote": "Có 12 hộ"}
    assert claims(json.dumps({"claims": [row]}), size) == [
        WrittenClaim(row["text"], (2, 1), "Có 12 hộ")
    ]


def test_each_claim_comes_as_soon_as_it_is_complete():
    text = written("một ý", "hai ý")
    end = text.index("}") + 1
    taken: list[str] = []

    def pieces() -> Iterator[str]:
        yield text[:end]
        taken.append("rest")
        yield text[end:]

    read = read_claims(pieces(), JSON)
    assert next(read).text == "một ý"
    assert taken == []
    assert next(read).text == "hai ý"


@pytest.mark.parametrize(
    "wrapped",
    [
        "```json\n{}\n```",
        "Đây là câu trả lời:\n{}\nChúc anh chị mạnh khỏe {{}}",
        '<think>Có {{"text": "sai"}} thì sao?</think>\n{}',
        "\n\n  {}",
    ],
)
def test_wrapping_is_taken_off(wrapped: str):
    text = wrapped.replace("{{", "\0").replace("}}", "\1").replace("{}", written("một ý"))
    text = text.replace("\0", "{").replace("\1", "}")
    assert [claim.text for claim in claims(text)] == ["một ý"]


@pytest.mark.parametrize(
    "text",
    [
        '{"claims": [{"text": "một ý", "passages": "[1], [3]", "quote": null,},]}',
        '[{"text": "một ý", "passages": ["đoạn 1", 3]}]',
        '{"text": "một ý", "passages": [1, 3, true, null, 1.5]}',
    ],
)
def test_usual_slips_are_forgiven(text: str):
    assert claims(text) == [WrittenClaim("một ý", (1, 3), "")]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n",
        "Có 12 hộ làm theo.",
        '{"answer": "x"}',
        '{"claims": "x"}',
        "<think>mãi",
        '{"claims": [{"text": "Có',
        "{" * 50,
        " " * 5000,
        "ý " * 50_000,
        '{"claims": [{"text": "' + "ý " * 5000,
    ],
)
def test_what_is_no_list_of_claims_is_an_error_in_vietnamese(text: str):
    with pytest.raises(ModelError, match=r"ô hình ngôn ngữ"):
        claims(text, 50)


def test_claims_before_the_break_are_yielded():
    text = written("một ý", "hai ý")
    read = read_claims([text[: text.index("hai")]], JSON)
    assert next(read).text == "một ý"
    with pytest.raises(ModelError, match="KB_LLM__MAX_TOKENS"):
        next(read)


def test_an_empty_list_is_no_error():
    assert claims('{"claims": []}') == []


def test_what_comes_after_the_list_is_not_waited_for():
    def pieces() -> Iterator[str]:
        yield written("một ý")
        raise AssertionError("read on")

    assert len(list(read_claims(pieces(), JSON))) == 1


def test_a_claim_said_again_is_told_once_and_a_loop_is_stopped():
    assert len(claims(written("một ý", "một ý", "hai ý"))) == 2
    with pytest.raises(ModelError, match="lặp lại"):
        claims(written(*["một ý"] * 10))


def test_there_are_never_more_claims_than_an_answer_holds():
    assert len(claims(written(*[f"ý {number}" for number in range(40)]))) == MOST_CLAIMS


def test_lines_with_numbers_of_passages_are_claims():
    text = "Trả lời:\n- Có 12 hộ. [1]\n- Có 5 xã [2, 3][4]\nHết\nMỗi hộ lãi 5 triệu (đoạn 2)"
    assert claims(text, settings=TEXT) == [
        WrittenClaim("- Có 12 hộ.", (1,), ""),
        WrittenClaim("- Có 5 xã", (2, 3, 4), ""),
        WrittenClaim("Mỗi hộ lãi 5 triệu", (2,), ""),
    ]


@pytest.mark.parametrize("text", ["", "Có 12 hộ làm theo.\nCó 5 xã.", "x" * 9000, "[1]"])
def test_text_without_passages_is_an_error(text: str):
    with pytest.raises(ModelError, match="KB_LLM__MODEL"):
        claims(text, 50, TEXT)
