"""Requests for briefs and the names of their files."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from kb.errors import BriefError, CaseNotFound
from kb.knowledge_base import open_store
from kb.models import Filters
from service.briefs.citing import vietnam_date
from service.briefs.export import (
    BriefRequest,
    content_disposition,
    file_name,
    make_brief,
    render_brief,
)
from service.briefs.model import Letterhead
from tests.unit.service.briefs.conftest import DAY


class Answers:
    """Gives one answer and keeps how it was asked."""

    def __init__(self, answer):
        self.answer_given, self.asked = answer, []

    def answer(self, question, **how):
        self.asked.append((question, how))
        return self.answer_given


@pytest.fixture
def store(settings, documents):
    opened = open_store(settings)
    opened.put_pending([(document, []) for document in documents.values()])
    opened.set_state(list(documents), "indexed")
    yield opened
    opened.close()


def test_a_question_is_answered_in_the_words_of_the_sources(store, answer):
    answers = Answers(answer)
    filters = Filters(province="Cà Mau")
    brief = make_brief(store, answers, BriefRequest("Nuôi gì?", filters=filters, dated=DAY))
    ((question, how),) = answers.asked
    assert (question, how["filters"], how["writer"]) == ("Nuôi gì?", filters, "extractive")
    assert [entry.number for entry in brief.sources] == [1, 2]
    assert [origin.text for origin in brief.sources[0].origins][
        1
    ] == "“Chuyện vịt”, Đài huyện, 2020"


def test_chosen_ids_keep_their_order_and_count_once(store):
    ids = ("vuon-rau-to-phu-nu", "bai-xom-nho", "vuon-rau-to-phu-nu", "nuoi-vit-chay-dong")
    brief = make_brief(store, None, BriefRequest(chosen=ids, dated=DAY))
    assert brief.subject == "Về 3 mô hình, tài liệu được chọn"
    assert [entry.title for entry in brief.sources] == [
        "Vườn rau của tổ phụ nữ",
        "Xóm nhỏ làm điều lớn",
        "Nuôi vịt chạy đồng của 12 hộ",
    ]
    assert brief.sources[1].origins[0].text == "tệp xom-nho.docx"


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (BriefRequest("  "), "Chưa có gì để lập báo cáo"),
        (BriefRequest(chosen=tuple(map(str, range(51)))), "nhiều nhất 50 .* đã chọn 51"),
        (BriefRequest(chosen=("bai-xom-nho",), filters=Filters(year=2020)), "chỉ dùng cho câu hỏi"),
    ],
)
def test_requests_for_nothing_or_too_much_are_refused(store, request_, message):
    with pytest.raises(BriefError, match=message):
        make_brief(store, None, request_)


def test_an_unknown_id_is_refused_before_anything_is_answered(store, answer):
    answers = Answers(answer)
    with pytest.raises(CaseNotFound):
        make_brief(store, answers, BriefRequest("Nuôi gì?", chosen=("la",)))
    assert answers.asked == []


def test_two_runs_give_equal_files(store, answer):
    request = BriefRequest("Nuôi gì?", chosen=("bai-xom-nho",), dated=DAY)
    for kind in ("docx", "md"):
        first, second = (
            render_brief(make_brief(store, Answers(answer), request), kind) for _ in range(2)
        )
        assert first == second


def test_file_names_hold_no_character_that_a_file_system_refuses(brief):
    assert file_name(brief, "docx") == "Báo cáo tóm tắt - Nuôi gì để giảm nghèo.docx"
    odd = replace(brief, title="BÁO CÁO", subject='Về câu hỏi: “../a\\b:"c"\r\n' + "từ " * 50)
    name = file_name(odd, "md")
    assert name.startswith("Báo cáo - a b c từ từ")
    assert name.endswith(" từ.md")
    assert len(name) <= 83


def test_names_travel_in_ascii_and_in_utf_8():
    header = content_disposition("Báo cáo “đàn vịt”.pdf")
    assert header == (
        'attachment; filename="bao-cao-dan-vit.pdf"; '
        "filename*=UTF-8''B%C3%A1o%20c%C3%A1o%20%E2%80%9C%C4%91%C3%A0n%20v%E1%BB%8Bt%E2%80%9D.pdf"
    )
    assert header.isascii()


def test_days_are_those_of_vietnam():
    assert vietnam_date(datetime(2026, 1, 31, 17, 0, tzinfo=UTC)) == "01/02/2026"
    assert vietnam_date(None) == ""


def test_a_title_of_one_long_word_still_names_the_file(brief):
    odd = replace(brief, title="A" * 100, subject="")
    assert file_name(odd, "docx") == "A" + "a" * 79 + ".docx"


def test_line_ends_in_the_frame_are_spaces(store):
    letterhead = Letterhead("Ban A\nBan B", "Bến\n Tre", ("Ban\r\nBí thư", " \n"))
    request = BriefRequest(
        chosen=("bai-xom-nho",), letterhead=letterhead, title="BÁO CÁO\n\n# Nhanh", dated=DAY
    )
    brief = make_brief(store, None, request)
    assert brief.title == "BÁO CÁO # NHANH"
    assert brief.letterhead == Letterhead("Ban A\nBan B", "Bến Tre", ("Ban Bí thư",))
