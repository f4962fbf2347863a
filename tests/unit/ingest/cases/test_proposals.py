from dataclasses import replace

import pytest

from ingest.cases import extract_cases, merge_proposals
from kb.models import Document

TEXT = (
    "Chuyện ở cơ sở\n\nXã có mô hình “Áo ấm” trao 90 suất quà.\n\nỞ ấp 3, bà con rủ nhau góp gạo "
    "cho nồi cháo chiều thứ Bảy, mỗi tuần 60 suất. Họ hưởng ứng phong trào “Dân vận khéo”, giữ "
    "phương châm “Gần dân hơn nữa”.\n\nXem thêm: nồi cơm chiều Chủ nhật ở xã bạn"
)
DOCUMENT = Document("bai-1", "article", "Chuyện", TEXT, "bai.txt", "0")
QUOTE = "bà con rủ nhau góp gạo cho nồi cháo chiều thứ Bảy, mỗi tuần 60 suất"


def _added(*proposals: dict[str, object]) -> list[str]:
    cases = extract_cases(DOCUMENT)
    merged = merge_proposals(DOCUMENT, cases, proposals)
    return [case.name for case in merged if case.name not in {known.name for known in cases}]


def test_a_proposal_whose_words_stand_in_the_text_is_added_with_its_figures() -> None:
    cases = extract_cases(DOCUMENT)
    merged = merge_proposals(
        DOCUMENT, cases, [{"name": "nồi cháo chiều thứ Bảy", "quote": QUOTE, "figures": [999]}]
    )
    added = next(case for case in merged if case.name == "nồi cháo chiều thứ Bảy")
    assert [figure.value for figure in added.figures] == [60.0]
    assert merged[0].case_id == cases[0].case_id
    assert 0.6 <= added.confidence < cases[0].confidence


def test_name_and_quote_are_compared_in_reading_form() -> None:
    assert _added({"name": "“nồi cháo\u00a0chiều thứ Bảy”", "quote": QUOTE}) == [
        "nồi cháo chiều thứ Bảy"
    ]


@pytest.mark.parametrize(
    "proposal",
    [
        {"name": "nồi cháo chiều thứ Hai", "quote": QUOTE},
        {"name": "nồi cháo chiều thứ Bảy", "quote": "bà con nấu nồi cháo chiều thứ Bảy"},
        {"name": "Áo ấm", "quote": "mô hình “Áo ấm” trao 90 suất quà"},
        {"name": "Dân vận khéo", "quote": "hưởng ứng phong trào “Dân vận khéo”"},
        {"name": "Gần dân hơn nữa", "quote": "giữ phương châm “Gần dân hơn nữa”"},
        {"name": "nồi cơm chiều Chủ nhật", "quote": "nồi cơm chiều Chủ nhật ở xã bạn"},
        {"name": "ấp", "quote": "Ở ấp 3"},
        {"name": "", "quote": ""},
        {"name": None, "quote": 3},
        {},
    ],
)
def test_what_the_text_does_not_bear_out_is_passed_over(proposal: dict[str, object]) -> None:
    assert _added(proposal) == []


def test_links_of_known_cases_are_kept() -> None:
    cases = [replace(case, same_as="ho-so-1") for case in extract_cases(DOCUMENT)]
    merged = merge_proposals(DOCUMENT, cases, [{"name": "nồi cháo chiều thứ Bảy", "quote": QUOTE}])
    assert [case.same_as for case in merged if case.name == "Áo ấm"] == ["ho-so-1"]


def test_without_proposals_the_cases_stay_as_they_are() -> None:
    cases = extract_cases(DOCUMENT)
    assert merge_proposals(DOCUMENT, cases, []) == cases
