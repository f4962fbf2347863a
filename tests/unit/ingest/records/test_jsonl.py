"""JSON lines: good lines go in, broken ones are named."""

import json

import pytest

from ingest.records.jsonl import read_jsonl
from kb.errors import EmptyDocument, ExtractionFailed, IngestError
from kb.models import Document

GOOD = {
    "id": "a", "name": "Tên", "field": "kinh-te", "topics": ["y-te"], "province": "Huế",
}  # fmt: skip


def read(text: str) -> list[Document | IngestError]:
    return list(read_jsonl(text, origin="/goc/so.jsonl", name="so.jsonl"))


def line(**changes: object) -> str:
    return json.dumps({**GOOD, **changes}, ensure_ascii=False)


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ('{"id": "b",', "JSON sai ở cột 12"),
        ("không phải JSON", "JSON sai ở cột 1"),
        ("[1, 2]", "phải là một đối tượng JSON"),
        ("[" * 100_000, "JSON sai (lồng quá sâu)"),
        ('{"value": ' + "1" * 5000 + "}", "JSON sai"),
        (line(id="b", organisation="x"), "không có khóa 'organisation'"),
        (line(id="b", province="Atlantis"), "'Atlantis'"),
    ],
)
def test_broken_line_is_named_and_the_others_go_in(broken: str, expected: str) -> None:
    first, error, last = read(f"{line()}\n{broken}\n\n{line(id='c')}\n")
    assert isinstance(first, Document)
    assert isinstance(last, Document)
    assert (first.document_id, last.document_id) == ("a", "c")
    assert isinstance(error, ExtractionFailed)
    assert expected in str(error)


def test_message_counts_lines_as_an_editor_does() -> None:
    (error,) = read('\n\n{"id":\n')
    assert str(error).startswith("so.jsonl: dòng 3: JSON sai")


def test_line_separator_inside_a_text_ends_no_line() -> None:
    (document,) = read(line(problem="một\u2028hai\u0085ba"))
    assert isinstance(document, Document)
    assert "một\nhai\nba" in document.text


def test_windows_line_ends_do_no_harm() -> None:
    assert [type(item) for item in read(f"{line()}\r\n{line(id='b')}\r\n")] == [Document, Document]


def test_beir_passage_keeps_its_id() -> None:
    (document,) = read('{"_id": "dev/1:2", "title": "Nhan đề", "text": "Nội  dung"}')
    assert isinstance(document, Document)
    assert document.document_id == "dev/1:2"
    assert (document.kind, document.title) == ("article", "Nhan đề")
    assert document.text == "Nhan đề\n\nNội dung"


def test_beir_passage_without_title_takes_its_first_words() -> None:
    (document,) = read('{"_id": "1", "text": "Nội dung"}')
    assert isinstance(document, Document)
    assert (document.title, document.text) == ("Nội dung", "Nội dung")


@pytest.mark.parametrize(
    ("record", "kind", "expected"),
    [
        ({"_id": 1, "text": "x"}, ExtractionFailed, "'_id', 'title' và 'text' phải là chuỗi"),
        ({"_id": "1"}, ExtractionFailed, "phải là chuỗi"),
        ({"_id": "a b", "text": "x"}, ExtractionFailed, "không có khoảng trắng"),
        ({"_id": "a\ud800", "text": "x"}, ExtractionFailed, "ký tự điều khiển"),
        ({"_id": "a" * 201, "text": "x"}, ExtractionFailed, "200 ký tự"),
        ({"_id": "", "text": "x"}, EmptyDocument, "để trống"),
        ({"_id": "1", "text": " \u200b"}, EmptyDocument, "để trống"),
    ],
)
def test_bad_beir_passage_is_refused(
    record: dict[str, object], kind: type[IngestError], expected: str
) -> None:
    (error,) = read(json.dumps(record))
    assert isinstance(error, kind)
    assert "so.jsonl: dòng 1: " in str(error)
    assert expected in str(error)


def test_half_a_character_in_a_text_is_dropped() -> None:
    broken, case = read('{"_id": "1", "text": "Ấp\\ud83d 5"}\n' + line(name="Tên\ud83d"))
    assert isinstance(broken, Document)
    assert isinstance(case, Document)
    assert (broken.text, case.title) == ("Ấp 5", "Tên")
