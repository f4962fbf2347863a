"""The measure of main text: counted by hand, and floors that can fail."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from eval import cleaning as module
from eval.cleaning import (
    FLOORS,
    PAGES,
    Page,
    check_floors,
    cleaning_command,
    extract_as_ingest,
    measure,
    read_pages,
    score,
)
from eval.errors import DatasetError

PAGE = Page("a", "<p>x</p>", "Vườn rau sạch của ấp", ("Giá vàng tăng mạnh",))


def test_precision_and_recall_count_syllables_without_marks() -> None:
    # Three of four syllables are wanted; three of five wanted ones are there.
    assert score("vuon RAU sạch hôm", PAGE) == (0.75, 0.6, False)


def test_a_syllable_said_twice_counts_once_where_the_truth_has_it_once() -> None:
    assert score("rau rau rau rau", PAGE) == (0.25, 0.2, False)


def test_nothing_extracted_scores_zero() -> None:
    assert score("", PAGE) == (0.0, 0.0, False)


def test_leak_is_a_whole_foreign_sentence() -> None:
    assert score("Rau. Giá vàng tăng mạnh!", PAGE)[2]
    assert not score("Giá vàng tăng", PAGE)[2]
    assert not score("Giá vàng tăng mạnhx", PAGE)[2]


def test_every_page_has_the_same_weight() -> None:
    long = Page("b", "long", " ".join(f"từ{i}" for i in range(98)), ())
    scores = measure([PAGE, long], lambda markup: PAGE.main if markup == PAGE.markup else "khác")
    assert (scores.precision, scores.recall, scores.f1, scores.pages) == (0.5, 0.5, 0.5, 2)


def test_pages_of_the_repository_have_truth_and_splits_are_apart() -> None:
    dev, test, check = read_pages("dev"), read_pages("test"), read_pages("check")
    assert len(dev) >= 12
    assert len(test) >= 20
    every = dev + test + check
    assert len({page.main for page in every}) == len(every)
    for page in every:
        lowered = page.main.casefold()
        assert all(sentence.casefold() not in lowered for sentence in page.foreign)


def test_truth_is_in_the_markup_of_its_page() -> None:
    for page in read_pages("dev") + read_pages("test") + read_pages("check"):
        precision, recall, _ = score(page.markup, page)
        # Line breaks are written "\\n" in JSON, which glues an "n" to a syllable.
        assert recall > 0.95, page.name
        assert 0 < precision < 1


def test_ingest_reaches_the_floors() -> None:
    assert check_floors() == []


def test_floors_fail_for_cleaning_that_cuts_or_keeps_too_much() -> None:
    everything = check_floors(lambda markup: markup)
    assert any("độ chính xác" in problem for problem in everything)
    assert any("sót tin khác" in problem for problem in everything)
    title_only = check_floors(lambda markup: extract_as_ingest(markup).split("\n")[0])
    assert len(title_only) == 1
    assert "độ đầy đủ" in title_only[0]


def test_floor_is_a_bound_that_is_allowed(tmp_path: Path) -> None:
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "a.html").write_text("x", encoding="utf-8")
    (tmp_path / "test" / "a.txt").write_text("một hai\n%%\nba bốn\n", encoding="utf-8")
    floors = tmp_path / "floors.json"
    floors.write_text(json.dumps({"precision": 0.5, "recall": 1, "leak": 1}), encoding="utf-8")

    def check() -> list[str]:
        return check_floors(lambda _: "một hai ba bốn", directory=tmp_path, floors=floors)

    assert check() == []
    floors.write_text(json.dumps({"precision": 0.51, "recall": 1, "leak": 0.9}), encoding="utf-8")
    assert len(check()) == 2


@pytest.mark.parametrize("truth", ["", "%%\n", "chỉ có nội dung\n", None])
def test_page_without_truth_is_an_error_that_names_it(tmp_path: Path, truth: str | None) -> None:
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "trang.html").write_text("x", encoding="utf-8")
    if truth is not None:
        (tmp_path / "dev" / "trang.txt").write_text(truth, encoding="utf-8")
    with pytest.raises(DatasetError, match=r"trang\.txt"):
        read_pages("dev", tmp_path)


def test_missing_pages_and_bad_floors_are_errors(tmp_path: Path) -> None:
    with pytest.raises(DatasetError):
        read_pages("test", tmp_path)
    bad = tmp_path / "floors.json"
    for content in ("{", "[]", '{"precision": 1}'):
        bad.write_text(content, encoding="utf-8")
        with pytest.raises(DatasetError, match="floors"):
            check_floors(floors=bad)


def test_floors_of_the_repository_are_not_empty_promises() -> None:
    floors = json.loads(FLOORS.read_text(encoding="utf-8"))
    assert floors["precision"] > 0.8
    assert floors["recall"] > 0.9
    assert floors["leak"] < 0.3
    assert FLOORS.parent == PAGES


def test_command_prints_all_splits_and_what_is_below_its_floor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "set_ups", lambda: iter([("không làm gì", lambda _: "rau")]))
    monkeypatch.setattr(module, "check_floors", lambda: ["Lọc trang web kém"])
    result = CliRunner().invoke(cleaning_command)
    assert result.exit_code == 1
    assert "dev: 12 trang" in result.output
    assert "test: 24 trang" in result.output
    assert "check: 6 trang" in result.output
    assert "không làm gì" in result.output
    assert "Lọc trang web kém" in result.output
