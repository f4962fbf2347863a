import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from eval.errors import DatasetError
from eval.extraction.__main__ import main
from eval.extraction.articles import MarkedArticle, MarkedCase, MarkedFigure, read_articles
from eval.extraction.measure import FLOORS, check_floors, measure, same_name, scaled
from ingest.cases import extract_cases
from kb.models import CaseFigure, Document, ExtractedCase, Span

TEXT = "Bài\n\nMô hình “Áo ấm” trao 2 triệu đồng, “Bữa sáng”.\n\nXem thêm: “Sông xanh”"


def _case(name: str, *figures: tuple[float, str]) -> ExtractedCase:
    start = TEXT.find(name)
    return ExtractedCase(
        case_id=name,
        document_id="a",
        name=name,
        mentions=(Span(start, start + len(name)),),
        figures=tuple(
            CaseFigure(value, unit, "", "", str(value), Span(0, 1), Span(0, 1))
            for value, unit in figures
        ),
    )


def _article(*cases: MarkedCase) -> MarkedArticle:
    return MarkedArticle("a", "Bài", TEXT, None, None, cases, ("Xem thêm: “Sông xanh”",))


MARKED = (
    MarkedCase("Áo ấm", figures=(MarkedFigure(2, "triệu đồng", "2 triệu đồng"),)),
    MarkedCase("Bữa sáng", aliases=("Bữa sáng 0 đồng",)),
)


def test_names_and_figures_are_counted() -> None:
    found = [_case("Áo ấm", (2_000_000, "đồng"), (7, "hộ")), _case("Sông xanh", (3, "hộ"))]
    result = measure([_article(*MARKED)], lambda _: found)
    assert (result.names.right, result.names.found, result.names.marked) == (1, 2, 2)
    assert (result.figures.right, result.figures.found, result.figures.marked) == (1, 3, 1)
    assert result.names.precision == 0.5
    assert result.names.recall == 0.5
    assert result.names.f1 == 0.5
    assert result.from_teasers == 1
    assert [error.split(":")[0] for error in result.articles[0].errors] == [
        "thừa",
        "thiếu",
        "số thừa ở “Áo ấm”",
        "số thừa ở “Sông xanh”",
    ]


def test_a_case_found_twice_is_right_once() -> None:
    result = measure([_article(*MARKED)], lambda _: [_case("Áo ấm"), _case("Áo ấm")])
    assert (result.names.right, result.names.found) == (1, 2)


def test_a_figure_told_twice_is_neither_right_nor_wrong_the_second_time() -> None:
    found = [_case("Áo ấm", (2, "triệu đồng"), (2, "triệu đồng"))]
    result = measure([_article(*MARKED)], lambda _: found)
    assert (result.figures.right, result.figures.found) == (1, 1)


def test_nothing_found_is_precise_and_recalls_nothing() -> None:
    result = measure([_article(*MARKED)], lambda _: [])
    assert (result.names.precision, result.names.recall, result.names.f1) == (1.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("found", "marked", "same"),
    [
        ("ÁO ẤM", "“Áo ấm”", True),
        ("Tổ tự quản an ninh thôn", "Tổ tự quản an ninh thôn Hạ", True),
        ("Tổ tự quản", "Tổ tự quản an ninh", False),
        ("Nuôi bò", "Nuôi dê", False),
        ("", "Nuôi dê", False),
    ],
)
def test_names_are_the_same_by_words(found: str, marked: str, same: bool) -> None:
    assert same_name(found, marked) is same


def test_multipliers_are_written_out() -> None:
    assert scaled(1.5, "tỷ đồng") == scaled(1500, "triệu đồng") == 1.5e9
    assert scaled(60, "suất quà") == 60


def test_floors_name_what_is_below_them() -> None:
    perfect = measure(
        [_article(*MARKED)], lambda _: [_case("Áo ấm", (2, "triệu đồng")), _case("Bữa sáng")]
    )
    assert check_floors(perfect) == []
    poor = measure([_article(*MARKED)], lambda _: [_case("Sông xanh")])
    failed = " ".join(check_floors(poor))
    assert "name_precision 0.000" in failed
    assert "giới thiệu bài khác" not in failed  # one is admitted
    twice = [_case("Sông xanh"), _case("Sông xanh")]
    assert "2 mô hình lấy nhầm" in " ".join(
        check_floors(measure([_article(*MARKED)], lambda _: twice))
    )


def test_development_articles_reach_the_floors() -> None:
    articles = read_articles("dev")
    assert len(articles) >= 12
    result = measure(articles, extract_cases)
    assert check_floors(result) == []
    assert set(FLOORS) <= set(result.values())


def test_marked_articles_hold_their_own_words() -> None:
    for article in read_articles("dev"):
        text = article.document().text
        for case in article.cases:
            assert case.name in text
            assert all(figure.quote in text for figure in case.figures)
        assert all(teaser in text for teaser in article.teasers)


def test_a_folder_without_articles_and_a_broken_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="Không có bài nào"):
        read_articles("dev", tmp_path)
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "hong.json").write_text(json.dumps({"id": "x"}), encoding="utf-8")
    with pytest.raises(DatasetError, match=r"hong\.json"):
        read_articles("dev", tmp_path)


def test_command_prints_measures_and_errors() -> None:
    result = CliRunner().invoke(main, ["--split", "dev"])
    assert result.exit_code == 0
    assert "Tên: độ chính xác" in result.output
    assert "dev-01" in result.output


def test_marked_article_becomes_a_document() -> None:
    document = _article().document()
    assert isinstance(document, Document)
    assert document.text == TEXT
