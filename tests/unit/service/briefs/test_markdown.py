"""Markdown briefs, read again."""

import re

from kb.figures import numbers_in
from service.briefs.build import Frame, Material, build_brief
from service.briefs.markdown import to_markdown
from service.briefs.selection import Chosen
from tests.unit.service.briefs.conftest import DAY


def test_quotes_are_verbatim_and_figures_stand_in_them(brief, read_markdown):
    read = read_markdown(to_markdown(brief))
    quotes = read.quotes()
    assert quotes == {note.number: note.citation.quote for note in brief.footnotes}
    cited = [(text, numbers) for text, numbers in read.statements() if numbers]
    assert [numbers for _, numbers in cited[:2]] == [[1, 2, 3], [4, 1]]
    assert len(cited) == 6
    for text, numbers in cited:
        quoted = {figure for number in numbers for figure in numbers_in(quotes[number])}
        assert set(numbers_in(text)) <= quoted, text


def test_what_could_be_markup_is_escaped(brief):
    text = to_markdown(brief)
    assert r"2\. Thuê chung máy ấp \& chuồng \<di động\>" in text
    assert "<di động>" not in text.replace(r"\<di động\>", "")


def test_table_has_six_columns_in_every_row(brief):
    rows = [line for line in to_markdown(brief).splitlines() if line.startswith("| ")]
    assert len(rows) == 3
    assert {len(re.split(r"(?<!\\)\|", row)) for row in rows} == {8}


def test_sources_are_numbered_with_date_page_and_version(brief):
    text = to_markdown(brief)
    ducks = brief.footnotes[0].citation
    assert (
        "1. “Nuôi vịt chạy đồng của 12 hộ”; “Vịt về đồng”, Báo Đồng Bằng, 09/03/2021 "
        "<https://bao.example.vn/vit?a=1&b=2>; “Chuyện vịt”, Đài huyện, 2020; trang 3; "
        f"lấy vào kho ngày 03/01/2026; mã bản lưu {ducks.sha256[:12]}.\n"
        "2. “Vườn rau của tổ phụ nữ”; “Luống rau”, Báo Mũi Đất <https://bao.example.vn/rau>; "
    ) in text
    assert "javascript" not in text


def test_steps_of_a_chosen_case_are_a_numbered_list(ducks):
    brief = build_brief(Material(None, (Chosen(ducks, ducks.case),), {}), Frame(DAY))
    lines = to_markdown(brief).splitlines()
    steps = [re.sub(r"\[\^\d+\]", "", line) for line in lines if re.match(r"\d\. [GT]", line)]
    assert steps == [
        "1. Góp vốn 5 triệu đồng mỗi hộ",
        r"2. Thuê chung máy ấp \& chuồng \<di động\>",
    ]
