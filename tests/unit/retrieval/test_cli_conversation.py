"""`kb ask --then`: follow-up questions of the command line."""

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from ingest.lexicon import rebuild_lexicon
from kb.errors import EmptyQuery
from kb.knowledge_base import KnowledgeBase
from kb.settings import Settings
from retrieval.cli import ask_command

FIRST, THEN = "nuôi cua trong vuông tôm ở Cà Mau", "còn ở Bạc Liêu thì sao?"


@pytest.fixture
def ask(
    cases: KnowledgeBase, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Result]:
    """Run `kb ask` on the cases."""
    rebuild_lexicon(cases)
    cases.close()
    monkeypatch.setattr("retrieval.cli.settings_of_environment", lambda: settings)
    monkeypatch.setenv("COLUMNS", "300")
    return lambda *arguments: CliRunner().invoke(ask_command, arguments)


def test_each_question_is_printed_with_what_was_understood(ask: Callable[..., Result]):
    result = ask(FIRST, "--then", THEN, "--then", "mô hình đó làm thế nào?")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    headings = [lines.index(f"1. {FIRST}"), lines.index(f"2. {THEN}")]
    assert headings == sorted(headings)
    assert lines[headings[0] + 1] != "Hiểu là: " + FIRST
    assert lines[headings[1] + 1] == "Hiểu là: nuôi cua trong vuông tôm ở Bạc Liêu"
    assert lines[headings[1] + 2] == "  (địa bàn: Cà Mau → Bạc Liêu)"
    assert "Hiểu là: “Nuôi cua trong vuông tôm” (Bạc Liêu) làm thế nào?" in lines


def test_json_is_a_list_only_with_follow_ups(ask: Callable[..., Result]):
    answers = json.loads(ask(FIRST, "--then", THEN, "--json").stdout)
    assert [answer["question"] for answer in answers] == [FIRST, THEN]
    assert [answer["turn"]["number"] for answer in answers] == [1, 2]
    assert answers[0]["turn"]["session_id"] == answers[1]["turn"]["session_id"]
    single = json.loads(ask(FIRST, "--json").stdout)
    assert single["question"] == FIRST
    assert single["turn"] is None


def test_an_error_hides_no_answer_before_it(ask: Callable[..., Result]):
    result = ask(FIRST, "--then", "???", "--then", THEN)
    assert isinstance(result.exception, EmptyQuery)
    assert f"1. {FIRST}" in result.output
    assert f"2. {THEN}" not in result.output


def test_filters_hold_for_every_question(ask: Callable[..., Result]):
    answers = json.loads(ask(FIRST, "--then", THEN, "--year", "2021", "--json").stdout)
    assert [answer["interpretation"]["filters"] for answer in answers] == [{"year": 2021}] * 2
