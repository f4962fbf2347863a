"""Province, district and commune of an article, with the words that tell them."""

from ingest.metadata.localities import Locality, locate

TITLE = "Hội Phụ nữ gây quỹ học bổng từ vỏ chai"


def _locate(*paragraphs: str, title: str = TITLE, **kwargs: str) -> tuple[Locality, str]:
    text = "\n\n".join((title, *paragraphs))
    return locate(text, title=title, **kwargs), text


def test_address_gives_province_district_and_commune_with_spans() -> None:
    found, text = _locate(
        "Ở xã Khánh Hội, huyện U Minh, tỉnh Cà Mau, chị em gom vỏ chai.",
        "Hội Phụ nữ xã Khánh Hội trao 86 suất học bổng.",
        published="2024-03-08",
    )
    assert (found.province, found.district, found.commune) == ("Cà Mau", "U Minh", "Khánh Hội")
    for each in found.evidence:
        assert each.span is not None
        assert text[each.span.start_char : each.span.end_char] == each.quote == each.value


def test_date_decides_between_old_and_new_province() -> None:
    paragraph = "Tỉnh Hậu Giang có nhiều mô hình. Tỉnh Hậu Giang khen thưởng 12 tập thể."
    assert _locate(paragraph, published="2024-09-24")[0].province == "Hậu Giang"
    assert _locate(paragraph, published="2025-09-24")[0].province == "Cần Thơ"
    assert _locate(paragraph)[0].province == "Hậu Giang"


def test_district_with_rank_word_tells_its_province() -> None:
    found, _ = _locate("Huyện Năm Căn vận động bà con nuôi cua.", "Huyện Năm Căn có 9 tổ hợp tác.")
    assert (found.province, found.district) == ("Cà Mau", "Năm Căn")


def test_name_of_many_communes_tells_nothing() -> None:
    found, _ = _locate("Xã Tân Hòa gom vỏ chai.", "Xã Tân Hòa trao học bổng.")
    assert found == Locality()


def test_districts_of_two_provinces_tell_no_province() -> None:
    found, _ = _locate(
        "Huyện Năm Căn và huyện Mỹ Xuyên kết nghĩa.", "Huyện Năm Căn đón đoàn huyện Mỹ Xuyên."
    )
    assert found.province is None


def test_city_behind_its_rank_word_counts_and_a_street_does_not() -> None:
    found, _ = _locate("Liên đoàn Lao động thành phố Hà Nội trao 230 mái ấm.")
    assert found.province == "Hà Nội"
    found, _ = _locate("Đoàn viên dọn rác ở phố Hà Nội.", "Sau đó họ tới đường Hà Nội.")
    assert found.province is None


def test_words_in_small_letters_are_no_places() -> None:
    found, _ = _locate("Phường đông cơ sở kinh doanh, phường đông cơ quan, phường đông cơ sở.")
    assert found == Locality()


def test_unnamed_province_is_told_by_the_newspaper_and_trusted_less() -> None:
    found, _ = _locate("Toàn tỉnh có 120 mô hình.", publisher="Báo Cà Mau")
    (evidence,) = found.evidence
    assert found.province == "Cà Mau"
    assert (evidence.source, evidence.quote, evidence.span) == ("publisher", "Báo Cà Mau", None)
    assert evidence.confidence < 0.9
