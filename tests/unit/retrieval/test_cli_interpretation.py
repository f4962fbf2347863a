"""What was understood, as rows for officers and as lines of the command line."""

import io
import json
from dataclasses import replace

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from ingest.lexicon import rebuild_lexicon
from kb.errors import InvalidFilter
from kb.knowledge_base import KnowledgeBase
from kb.lexicon import Lexicon
from kb.models import Answer, AnswerRow, Cell, Claim, Document, Hit, Note, Span
from kb.settings import Settings
from retrieval.answering.question_types import QuestionType
from retrieval.cli import _print_answer, _told_by, ask_command, search_command
from retrieval.interpretation import Row, describe_interpretation
from retrieval.query import PART_NAMES, Parts, parse_query

TEXT = "mo hinh nuôi tômm của HTX ở Bạc Liêu năm 2023"


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.build(
        ["Mô hình nuôi tôm của hợp tác xã ở Bạc Liêu năm 2023. Mô hình nuôi tôm."] * 5
    )


def _rows(text: str, lexicon: Lexicon | None = None, *off: str) -> dict[str, Row]:
    query = parse_query(text, lexicon=lexicon, parts=Parts.without(off))
    return {row.key: row for row in describe_interpretation(query.interpretation())}


def test_every_part_has_a_row_that_names_it(lexicon: Lexicon) -> None:
    rows = _rows(TEXT, lexicon)
    assert rows["reading"].line == (
        "Đọc là: “mô hình nuôi tôm của HTX ở Bạc Liêu năm 2023” (thêm dấu; sửa lỗi gõ)"
    )
    assert rows["reading"].parts == ("diacritics", "typos")
    assert rows["abbreviations"].line == "Viết tắt: HTX = hợp tác xã"
    assert rows["places"].line == "Địa bàn: Bạc Liêu cũ (nay thuộc Cà Mau)"
    assert rows["years"].line == "Năm: 2023"
    assert rows["related"].line.startswith("Tìm thêm: ")
    assert {part for row in rows.values() for part in row.parts} == set(PART_NAMES)


@pytest.mark.parametrize("name", PART_NAMES)
def test_a_part_that_is_off_is_only_said_to_be_off(name: str, lexicon: Lexicon) -> None:
    rows = _rows(TEXT, lexicon, name)
    assert rows.pop("off") == Row("off", "Đã tắt", PART_NAMES[name], (name,))
    assert all(name not in row.parts for row in rows.values())


def test_a_question_read_as_it_stands_has_no_reading() -> None:
    assert "reading" not in _rows("nuôi tôm ở Kon Tum")
    assert "reading" not in _rows("nuôi tôm ở kon tum")  # a capital alone is no other reading


def test_names_of_places_given_their_marks_are_part_of_the_reading() -> None:
    assert _rows("lua o ca mau")["reading"].line == "Đọc là: “lua o Cà Mau” (thêm dấu)"


def test_a_follow_up_is_told_first_with_what_was_put_in() -> None:
    told = {"understood": "nuôi cua\nở Bạc Liêu", "changes": ["địa bàn: Cà Mau → Bạc Liêu"]}
    rows = describe_interpretation({"question_type": "figure", "follow_up": told})
    assert [row.key for row in rows] == ["follow_up", "question_type"]
    assert rows[0].line == "Hiểu là: nuôi cua ở Bạc Liêu\n  (địa bàn: Cà Mau → Bạc Liêu)"
    assert rows[0].parts == ()


def test_a_question_that_nothing_was_put_in_is_no_follow_up() -> None:
    told = {"understood": "mô hình thứ chín", "changes": []}
    assert describe_interpretation({"follow_up": told}) == []


@pytest.mark.parametrize("kind", QuestionType)
def test_every_type_of_question_has_a_name(kind: QuestionType) -> None:
    (row,) = describe_interpretation({"question_type": kind.value})
    assert row.line.startswith("Kiểu câu hỏi: ")


def test_the_field_is_shown_only_without_topics() -> None:
    fields, topics = [{"value": "kinh-te", "name": "Kinh tế"}], [{"value": "x", "name": "Thủy sản"}]
    (row,) = describe_interpretation({"fields": fields})
    assert row.line == "Lĩnh vực: Kinh tế"
    (row,) = describe_interpretation({"fields": fields, "topics": topics})
    assert row.line == "Chủ đề: Thủy sản"


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        (("miền Tây", "region", "Đồng bằng sông Cửu Long", ["a"] * 13), "13 tỉnh cũ"),
        (("Mường Lát", "district", "Mường Lát", ["Thanh Hóa"]), "Mường Lát (cấp huyện, Thanh Hóa)"),
        (("Châu Thành", "district", "Châu Thành", ["a", "b", "c"]), "có ở 3 tỉnh cũ"),
        (("Minh Hải", "province", "Minh Hải", ["Bạc Liêu", "Cà Mau"]), "gồm Bạc Liêu và Cà Mau"),
    ],
)
def test_places_of_every_level_are_told(place: tuple[str, str, str, list[str]], shown: str) -> None:
    row = dict(zip(("text", "level", "name", "provinces"), place, strict=True))
    (told,) = describe_interpretation({"places": [row]})
    assert shown in told.text


def test_runs_of_years_are_ranges() -> None:
    (row,) = describe_interpretation({"years": [2025, 2021, 2022, 2023, 2019, 2018, 2021]})
    assert row.text == "2018, 2019, 2021-2023, 2025"


def test_long_readings_and_long_lists_are_cut(lexicon: Lexicon) -> None:
    rows = _rows("mo hinh nuoi tom " * 200, lexicon)
    assert len(rows["reading"].text) < 220
    names = [{"value": str(i), "name": f"Chủ đề {i}"} for i in range(30)]
    (row,) = describe_interpretation({"topics": names})
    assert row.text.endswith("Chủ đề 5; và 24 mục khác")


@pytest.mark.parametrize(
    "text", ["🐟🐟 tôm", "TÔM " * 1000, "to\u0302m", "漁業", "<b>[dim]x[/dim]"]
)
def test_odd_questions_are_described(text: str, lexicon: Lexicon) -> None:
    query = parse_query(text, lexicon=lexicon)
    assert all(row.text.strip() for row in describe_interpretation(query.interpretation()))


def test_an_empty_interpretation_tells_nothing() -> None:
    assert describe_interpretation({}) == []


def _document(title: str) -> Document:
    return Document(title, "article", title, title, "x.md", "0")


def test_hits_tell_who_else_reports_the_case() -> None:
    one, two, three = (_document(f"Bài {i}") for i in range(3))
    hit = Hit(1, 1.0, one, "", Span(0, 0), (), "c")
    assert _told_by(hit) == ""
    folded = Hit(
        1,
        1.0,
        one,
        "",
        Span(0, 0),
        (),
        "c",
        same_case=(two, three, two),
        source_count=3,
        independent_source_count=3,
    )
    assert _told_by(folded) == "3 nguồn cùng đưa: Bài 1; Bài 2"


@pytest.fixture
def run(cases: KnowledgeBase, settings: Settings, monkeypatch: pytest.MonkeyPatch):
    """Run a command on the cases."""
    rebuild_lexicon(cases)
    cases.close()
    monkeypatch.setattr("retrieval.cli.settings_of_environment", lambda: settings)
    monkeypatch.setenv("COLUMNS", "300")

    def invoke(command, *arguments: str) -> Result:
        return CliRunner().invoke(command, arguments)

    return invoke


@pytest.mark.parametrize("command", [search_command, ask_command])
def test_commands_print_what_was_understood_and_what_is_off(run, command) -> None:
    shown = run(command, "nuôi cua của HTX ở Bạc Liêu")
    assert "Viết tắt: HTX = hợp tác xã" in shown.output
    assert "Địa bàn: Bạc Liêu cũ (nay thuộc Cà Mau)" in shown.output
    shown = run(command, "nuôi cua của HTX", "--without", "abbreviations", "--without", "synonyms")
    assert "Viết tắt" not in shown.output
    assert "Đã tắt: giải chữ viết tắt; thêm từ gần nghĩa" in shown.output


@pytest.mark.parametrize("command", [search_command, ask_command])
def test_json_holds_the_interpretation_and_no_lines(run, command) -> None:
    data = json.loads(run(command, "nuôi cua", "--json", "--without", "all").stdout)
    assert data["interpretation"]["without"] == list(PART_NAMES)


@pytest.mark.parametrize("command", [search_command, ask_command])
def test_an_unknown_part_is_refused_with_the_names(run, command) -> None:
    result = run(command, "nuôi cua", "--without", "spelling")
    assert isinstance(result.exception, InvalidFilter)
    assert "synonyms (thêm từ gần nghĩa)" in str(result.exception)


@pytest.mark.parametrize("command", [search_command, ask_command])
def test_help_lists_the_parts(command) -> None:
    shown = " ".join(CliRunner().invoke(command, ["--help"]).output.split())
    for name, meaning in PART_NAMES.items():
        assert f"{name} ({meaning})" in shown


def _row(number: int) -> AnswerRow:
    return AnswerRow(
        document_id=f"d{number}",
        case_id=None,
        case=Cell(f"Mô hình {number}", (1,)),
        place=Cell("Cà Mau", (1,)),
        approach=(Cell("Góp công", (2,)), Cell("Góp [bold]của[/bold]", (2,))),
        results=(Cell("Xong 34", (3,)),),
        source_count=number,
        independent_source_count=1,
        published="2021",
    )


def _printed(width: int, **changes: object) -> str:
    answer = Answer(
        question="?",
        status="answered",
        reason=None,
        text="- Mô hình 1. [1]",
        claims=(Claim("Mô hình 1.", (1,), {}),),
        citations=(),
        related=(),
        interpretation={},
        timings_ms={"total": 1.0},
    )
    console = Console(width=width, record=True, file=io.StringIO())
    _print_answer(console, replace(answer, **changes))
    return console.export_text()


def test_notes_are_printed_with_all_their_markers() -> None:
    notes = (
        Note("old_source", "Đăng năm 2019 [3].", (3,)),
        Note("independent_sources", "[Một] nơi đăng.", (1, 2)),
    )
    printed = _printed(80, notes=notes)
    assert "Lưu ý\n- Đăng năm 2019 [3].\n- [Một] nơi đăng. [1][2]\n" in printed
    assert "Lưu ý" not in _printed(80)


def test_the_words_of_a_language_model_are_told_as_such() -> None:
    assert "Diễn đạt bởi mô hình ngôn ngữ, đã đối chiếu với nguồn." in _printed(80, writer="llm")
    assert "mô hình ngôn ngữ" not in _printed(80)


def test_cases_stand_side_by_side_where_the_terminal_is_wide_enough() -> None:
    rows = (_row(1), _row(2))
    wide = _printed(160, rows=rows)
    assert "So sánh các mô hình" in wide
    assert "Điều kiện nhân rộng" in wide
    assert "- Góp [bold]của[/bold] [2]" in wide  # the words of a source are no markup
    assert "- Góp công [2]" not in wide  # cells of one quote share its marker
    assert "Nguồn không nêu" in wide
    assert "2 nơi đăng" in wide
    assert "So sánh" not in _printed(100, rows=rows)
    assert "So sánh" not in _printed(160, rows=rows[:1])
