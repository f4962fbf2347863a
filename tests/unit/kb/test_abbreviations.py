"""Abbreviations are found, expanded in both directions, and mined."""

import pytest

from kb.abbreviations import (
    abbreviations,
    find_abbreviations,
    find_long_forms,
    index_expansions,
    mine_abbreviations,
)
from kb.text import to_reading_form


def _pairs(text: str) -> list[tuple[str, str]]:
    return [(mention.short, mention.longs[0]) for mention in find_abbreviations(text)]


@pytest.mark.parametrize(
    ("text", "short", "long"),
    [
        ("mô hình DVK của xã", "DVK", "dân vận khéo"),
        ("Hội CCB phường", "CCB", "Cựu chiến binh"),
        ("UB MTTQ xã", "UBMTTQ", "Ủy ban Mặt trận Tổ quốc"),
        ("UBMTTQ xã", "UBMTTQ", "Ủy ban Mặt trận Tổ quốc"),
        ("H.ND xã", "HND", "Hội Nông dân"),
        ("tổ TK & VV số 3", "TK&VV", "tiết kiệm và vay vốn"),
        ("phòng NN-PTNT huyện", "NN&PTNT", "Nông nghiệp và Phát triển nông thôn"),
        ("lĩnh vực QPAN", "QP-AN", "quốc phòng - an ninh"),
        ("lĩnh vực QP – AN", "QP-AN", "quốc phòng - an ninh"),
        ("BCHTW Đoàn", "BCHTW", "Ban Chấp hành Trung ương"),
    ],
)
def test_capitals_are_expanded_in_all_their_spellings(text: str, short: str, long: str):
    assert (short, long) in _pairs(text) or long in [pair[1] for pair in _pairs(text)]


@pytest.mark.parametrize(
    ("text", "short"),
    [("htx rau", "HTX"), ("bdbp giup dan", "BĐBP"), ("bđbp giúp dân", "BĐBP"), ("Gpmb", "GPMB")],
)
def test_small_letters_count_where_no_syllable_is_spelled_so(text: str, short: str):
    assert [pair[0] for pair in _pairs(text)] == [short]


@pytest.mark.parametrize("text", ["tu hu be an vac", "tu sửa nhà", "hn", "cb xã", "người hu"])
def test_small_syllables_and_ambiguous_ones_never_count(text: str):
    assert find_abbreviations(text) == []


def test_capitals_say_nothing_in_a_text_of_capitals():
    assert [pair[0] for pair in _pairs("HỘI CCB TU BỔ ĐÌNH LÀNG HU CÙNG HTX")] == ["CCB", "HTX"]


@pytest.mark.parametrize(
    "text", ["Công văn 249/MTTQ-BTT", "Quyết định 06/2021/QĐ-UBND", "số 12-KH/TU"]
)
def test_document_numbers_are_left_whole(text: str):
    assert find_abbreviations(text) == []


@pytest.mark.parametrize(
    ("text", "long"),
    [
        ("BTV Huyện ủy", "ban thường vụ"),
        ("BTV đài truyền hình", "biên tập viên"),
        ("xây nhà cho HN", "hộ nghèo"),
        ("tổ chức HN sơ kết", "hội nghị"),
        ("BCH Quân sự xã", "ban chỉ huy"),
        ("BCH Hội Nông dân", "ban chấp hành"),
        ("DTN xa, lop DTN cho lao dong nong thon", "đào tạo nghề"),
    ],
)
def test_words_around_settle_what_is_meant(text: str, long: str):
    mention = find_abbreviations(text)[-1]
    assert mention.longs == (long,)
    assert 0.5 < mention.confidence < 1


def test_the_own_clause_settles_before_the_neighbouring_one():
    longs = [m.longs[0] for m in find_abbreviations("BTV Huyện ủy; BTV đài truyền hình")]
    assert longs == ["ban thường vụ", "biên tập viên"]


def test_without_context_the_list_decides():
    assert find_abbreviations("HN") == []
    assert find_abbreviations("BTV")[0].confidence < 0.5


def test_two_known_ones_glued_together_are_taken_apart():
    assert find_abbreviations("HĐNDUBND")[0].longs == ("Hội đồng nhân dân Ủy ban nhân dân",)
    assert find_abbreviations("XYZUBND") == []


def test_spellings_of_one_abbreviation_are_no_ambiguity():
    mention = find_abbreviations("Bộ GD-ĐT")[0]
    assert mention.confidence == 1
    assert set(mention.longs) == {"Giáo dục và Đào tạo", "giáo dục - đào tạo"}


def test_ambiguous_short_forms_are_not_indexed_for_their_long_forms():
    assert index_expansions("giúp hộ nghèo") == []


def test_what_the_document_explains_goes_first():
    mention = find_abbreviations("BTT họp", {"BTT": "Ban Tiếp thị"})[0]
    assert mention.longs == ("Ban Tiếp thị",)


def test_long_forms_are_found_also_without_marks_and_inside_others():
    assert [m.short for m in find_long_forms("hop tac xa")] == ["HTX"]
    shorts = [m.short for m in find_long_forms("Uỷ ban Mặt trận Tổ quốc xã")]
    assert {"UBMTTQ", "MTTQ"} <= set(shorts)
    assert find_long_forms("hợp tác. Xã") == []


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        (
            "công nhân, viên chức, lao động (CNVCLĐ)",
            {"CNVCLĐ": "công nhân, viên chức, lao động"},
        ),
        ("thành lập Ban Chỉ đạo (BCĐ) xã", {"BCĐ": "Ban Chỉ đạo"}),
        ("các HTX (hợp tác xã)", {"HTX": "hợp tác xã"}),
        ("Hội Liên hiệp Phụ nữ (LHPN)", {"LHPN": "Liên hiệp Phụ nữ"}),
        ("tổ tiết kiệm và vay vốn (TK&VV)", {"TK&VV": "tiết kiệm và vay vốn"}),
        ("quốc phòng - an ninh (sau đây gọi tắt là QP-AN)", {"QP-AN": "quốc phòng - an ninh"}),
        ('Tổ bảo vệ đường biên, gọi tắt là "TBVĐB"', {"TBVĐB": "Tổ bảo vệ đường biên"}),
        ("xã Hòa An (HTX)", {}),
        ("Ông Nguyễn Văn An (SN 1970), thôn Nà (Cao Bằng)", {}),
        ("Hội thi. Ban (BCĐ)", {}),
        ("() (A) ((BCĐ)) (", {}),
    ],
)
def test_pairs_are_mined_only_where_the_initials_fit(text: str, pairs: dict[str, str]):
    assert mine_abbreviations(text) == pairs


def test_the_index_gets_the_other_form_of_each_once():
    added = index_expansions("HTX và HTX; hợp tác xã. Hội Cựu chiến binh. GPMB")
    assert "hợp tác xã" not in added
    assert "HTX" not in added
    assert "giải phóng mặt bằng" in added
    assert "CCB" in added
    assert len(added) == len(set(added))


def test_the_index_gets_mined_forms_too():
    mined = {"TBVĐB": "Tổ bảo vệ đường biên"}
    assert "Tổ bảo vệ đường biên" in index_expansions("TBVĐB tuần tra", mined)
    assert "TBVĐB" in index_expansions("Tổ bảo vệ đường biên tuần tra", mined)


@pytest.mark.parametrize(
    "text", ["", " ", "🙂", "漢字 кириллица", "&-.", "A" * 5000, "H.N.D." * 900]
)
def test_odd_texts_do_no_harm(text: str):
    assert isinstance(index_expansions(text, mine_abbreviations(text)), list)


def test_the_list_is_well_formed():
    rows = abbreviations()
    assert len(rows) > 300
    assert {row.kind for row in rows} == {"sure", "first", "context"}
    sure = [row.short for row in rows if row.kind == "sure"]
    assert len(sure) == len(set(sure))
    assert not {row.short for row in rows if row.kind != "sure"} & set(sure)
    for row in rows:
        assert row.short == to_reading_form(row.short)
        assert row.long == to_reading_form(row.long)
        assert row.kind == "sure" or row.context
