"""Markdown cases and articles."""

import pytest

from ingest.records.markdown import read_markdown
from kb.errors import EmptyDocument, ExtractionFailed
from kb.models import CaseResult, Document, Field, Source

CASE = """---
id: dua-mau
name: Đưa màu xuống ruộng
field: kinh-te
topics: [nong-nghiep, giam-ngheo]
province: Cà Mau
period: 2021
figures:
- {result: 2, value: 400, unit: triệu đồng}
sources:
- title: Bài báo
  published: 2024-05-06
---

## Thực trạng

Đất bỏ không.

Dân nghèo.

## Cách làm

1. Vận động **từng hộ**
2. Cho vay
   giống

## Kết quả

- Mỗi hộ lãi khá
- Hộ cá biệt thu lớn

## ĐIỀU KIỆN NHÂN RỘNG:

Có nước ngọt.
"""


def read(text: str) -> Document:
    return read_markdown(text, origin="/goc/bai/tep.md", name="tep.md")


def message(text: str) -> str:
    with pytest.raises(ExtractionFailed) as caught:
        read(text)
    assert str(caught.value).startswith("tep.md: ")
    return str(caught.value)


def front(**changes: str) -> str:
    fields = {
        "id": "a", "name": "Tên", "field": "kinh-te", "topics": "[y-te]", "province": "Huế",
        **changes,
    }  # fmt: skip
    return "---\n" + "".join(f"{key}: {value}\n" for key, value in fields.items()) + "---\n"


def test_case_is_read_section_by_section() -> None:
    document = read(CASE)
    case = document.case
    assert case is not None
    assert document.kind == "case"
    assert document.document_id == "dua-mau"
    assert case.field is Field.ECONOMY
    assert case.period == "2021"
    assert case.problem == "Đất bỏ không.\nDân nghèo."
    assert case.approach == ("Vận động từng hộ", "Cho vay giống")
    assert case.results == (
        CaseResult("Mỗi hộ lãi khá"),
        CaseResult("Hộ cá biệt thu lớn", 400.0, "triệu đồng"),
    )
    assert case.conditions == "Có nước ngọt."
    assert case.sources == (Source("Bài báo", published="2024-05-06"),)
    assert document.years == (2021, 2024)


def test_case_without_sections_is_still_a_case() -> None:
    assert read(front()).case is not None


@pytest.mark.parametrize("lead", ["\n", "\n\n  \n"])
def test_blank_lines_before_the_front_matter_do_no_harm(lead: str) -> None:
    assert read(lead + CASE) == read(CASE)


def test_line_ends_of_windows_give_the_same_document() -> None:
    assert read(CASE.replace("\n", "\r\n")) == read(CASE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (front(provnce="Huế"), "không có khóa 'provnce', có phải ý là 'province'"),
        (front(kind="bài"), "'kind' phải là 'case' hoặc 'article', không phải 'bài'"),
        (front(field="kinh"), "'field' phải là một trong"),
        (front(province="Atlantis"), "không có tỉnh, thành 'Atlantis'"),
        (front(name="Một: hai: ba"), "phần đầu (YAML) sai ở dòng 3"),
        (front(name="{"), "phần đầu (YAML) sai"),
        (front(period="2024-02-30"), "phần đầu (YAML) có giá trị không đọc được"),
        (front(name="[" * 1000), "phần đầu (YAML)"),
        ("---\n- a\n- b\n---\nx", "phần đầu phải gồm các dòng 'khóa: giá trị'"),
        ("---\nid: a\n", "mở bằng '---' mà không có dòng '---' đóng lại"),
        (front() + "## Mục lạ\n\nx", "không có mục 'Mục lạ' trong mẫu mô hình. Các mục:"),
        (front() + "lạc loài\n\n## Kết quả\n\n- x", "có chữ trước mục đầu tiên ('lạc loài')"),
        (
            front(figures="[{result: 2, value: 1}]") + "## Kết quả\n\n- một",
            "'figures' nói đến kết quả thứ 2, nhưng mục Kết quả chỉ có 1 dòng",
        ),
        (front(figures="[{result: 0, value: 1}]"), "'figures.0.result' phải từ 1 trở lên"),
        (front(figures="[{result: 1, value: .inf}]"), "'figures.0.value' phải là một số"),
    ],
)
def test_mistake_is_named_with_a_remedy(text: str, expected: str) -> None:
    assert expected in message(text)


def test_article_keeps_its_text_without_markup() -> None:
    document = read(
        "---\ntitle: Nhan đề\nauthor: A\nprovince: Bạc Liêu\npublished: 2024-05\nfield: kinh-te\n"
        "topics: [y-te]\n---\n\n# Nhan đề\n\nĐoạn **một**, [liên kết](https://example.org) &amp; "
        "`mã`.\nDòng hai<br>dòng ba.\n\n## Mục\n\n- ý một\n- ý hai\n\n```\nmã\n```\n"
    )
    assert document.kind == "article"
    assert document.text == (
        "Nhan đề\n\nĐoạn một, liên kết & mã. Dòng hai dòng ba.\n\nMục\n\ný một\n\ný hai\n\nmã"
    )
    assert (document.title, document.author, document.province) == ("Nhan đề", "A", "Bạc Liêu")
    assert (document.field, document.topics, document.years) == (
        Field.ECONOMY,
        ("y-te",),
        (2024,),
    )


def test_article_without_front_matter_takes_its_heading_as_title() -> None:
    document = read("# Nhan đề\n\nNội dung.")
    assert (document.title, document.text) == ("Nhan đề", "Nhan đề\n\nNội dung.")
    assert document.document_id.startswith("tep-")


def test_article_without_heading_takes_its_first_words_as_title() -> None:
    assert read("Nội dung bài.").title == "Nội dung bài."


def test_article_with_an_id_keeps_it() -> None:
    assert read("---\nid: bai-1\n---\nNội dung").document_id == "bai-1"


@pytest.mark.parametrize("text", ["---\ntitle: A\n---\n", "---\n---\n", "# Chỉ có nhan đề\n"])
def test_article_without_content_is_refused(text: str) -> None:
    with pytest.raises(EmptyDocument, match=r"tep\.md: không có nội dung"):
        read(text)


def test_no_text_of_a_case_is_lost_silently() -> None:
    document = read(front() + "## Thực trạng\n\n    thụt bốn dấu cách\n\n```\ntrong khung\n```\n")
    assert document.case is not None
    assert document.case.problem == "thụt bốn dấu cách\ntrong khung"
