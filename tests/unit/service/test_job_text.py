import pytest

from ingest.report import IngestReport, Outcome
from kb.store import Job
from service.job_text import (
    STATUS_NAMES,
    job_subject,
    moment,
    outcome_line,
    outcome_name,
    progress_line,
    source_name,
)


def job(*targets: str, uploads: tuple[str, ...] = ()) -> Job:
    request = {"targets": list(targets), "uploads": list(uploads)}
    return Job("a", "queued", "2026-03-01T00:00:00+00:00", request)


def test_a_job_is_called_by_its_first_source_and_the_number_of_others():
    assert job_subject(job("/srv/kho/bao-cao.docx")) == "bao-cao.docx"
    assert job_subject(job("/srv/kho", uploads=("upload:0123456789ab/Sổ.xlsx",))) == (
        "Sổ.xlsx và 1 nguồn khác"
    )
    assert job_subject(job("https://a.vn/b", "/c", "/d")) == "https://a.vn/b và 2 nguồn khác"
    assert job_subject(job()) == "Nạp lại các nguồn lỗi"


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        ("/srv/kho/", "kho"),
        ("/", "/"),
        ("a.docx", "a.docx"),
        ("upload:0123456789ab/Báo cáo.docx", "Báo cáo.docx"),
        ("/kho/a.zip!/Năm 2023/b.zip!/c.docx", "a.zip → Năm 2023/b.zip → c.docx"),
        ("upload:0123456789ab/thu.eml!/phu-luc.docx", "thu.eml → phu-luc.docx"),
        ("https://bao.vn/kho/a.zip!/b.docx", "https://bao.vn/kho/a.zip!/b.docx"),
        ("http://bao.vn/tin/", "http://bao.vn/tin/"),
    ],
)
def test_sources_are_called_by_file_names_and_addresses_in_full(origin, name):
    assert source_name(origin) == name


def test_every_status_and_outcome_has_a_name():
    assert set(STATUS_NAMES) == {"queued", "running", "done", "failed", "cancelled"}
    assert [outcome_name(outcome.value) for outcome in Outcome] == [
        "thêm mới", "cập nhật", "không đổi", "gỡ bỏ", "hoàn tất việc dở dang", "bỏ qua", "lỗi",
    ]  # fmt: skip


def test_counts_that_are_zero_are_left_out():
    report = IngestReport()
    assert outcome_line(report.to_data()) == "không có gì thay đổi"
    report.counts[Outcome.FAILED] = 2
    report.counts[Outcome.ADDED] = 31
    assert outcome_line(report.to_data()) == "thêm mới 31, lỗi 2"


@pytest.mark.parametrize(
    ("progress", "line"),
    [
        ({}, "đang chuẩn bị"),
        ({"files_total": 0, "documents": 0, "seconds_left": None}, "đang chuẩn bị"),
        ({"files_total": 9}, "0/9 tệp"),
        (
            {"files_done": 3, "files_total": 9, "documents": 40, "seconds_left": 0.2},
            "3/9 tệp, 40 tài liệu, còn khoảng 1 giây",
        ),
        ({"seconds_left": 89.4}, "còn khoảng 89 giây"),
        ({"seconds_left": 90}, "còn khoảng 2 phút"),
        ({"seconds_left": 1500}, "còn khoảng 25 phút"),
        ({"seconds_left": 7300}, "còn khoảng 2 giờ"),
    ],
)
def test_progress_is_told_as_far_as_it_is_known(progress, line):
    assert progress_line(progress) == line


def test_times_are_those_of_vietnam():
    assert moment("2025-12-31T17:30:00.123+00:00") == "00:30 01/01/2026"
    assert moment(None) == moment("") == ""
