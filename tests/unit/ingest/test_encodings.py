"""Legacy encodings; the bytes are made by tables of their own (`tests/data/legacy_bytes.py`)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.encodings import decode_text, from_legacy, legacy_of_font, repair_text
from kb.errors import ExtractionFailed, UnsupportedSource
from tests.data.legacy_bytes import to_cp1258, to_mojibake, to_tcvn3, to_viscii, to_vni

SENTENCE = (
    "Nhờ góp ngày công, bà con thôn Phú Lễ đã làm xong 3 km đường, giữ sạch ngõ xóm và giúp nhau "
    "thoát nghèo."
)
SMALL = "aàảãáạăằẳẵắặâầẩẫấậeèẻẽéẹêềểễếệiìỉĩíịoòỏõóọôồổỗốộơờởỡớợuùủũúụưừửữứựyỳỷỹýỵđ"
ENCODERS = {"tcvn3": to_tcvn3, "vni": to_vni, "viscii": to_viscii, "cp1258": to_cp1258}


@pytest.mark.parametrize("encoding", ENCODERS)
def test_every_small_letter_of_every_table_is_read(encoding: str) -> None:
    surface = ENCODERS[encoding](SMALL).decode("latin-1")
    assert from_legacy(surface, encoding) == SMALL


@pytest.mark.parametrize("encoding", ["vni", "viscii", "cp1258"])
def test_every_capital_of_the_tables_that_have_them_is_read(encoding: str) -> None:
    surface = ENCODERS[encoding](SMALL.upper()).decode("latin-1")
    assert from_legacy(surface, encoding) == SMALL.upper()


@pytest.mark.parametrize("encoding", ENCODERS)
def test_bytes_of_a_sentence_are_recognised_without_being_told(encoding: str) -> None:
    assert decode_text(ENCODERS[encoding](SENTENCE), name="a.txt") == SENTENCE


@pytest.mark.parametrize("encoding", ENCODERS)
def test_legacy_text_that_is_already_a_string_is_repaired(encoding: str) -> None:
    assert repair_text(ENCODERS[encoding](SENTENCE).decode("latin-1")) == SENTENCE


@pytest.mark.parametrize("encoding", ["viscii", "cp1258"])
def test_bytes_above_7f_that_were_read_as_windows_1252_are_repaired(encoding: str) -> None:
    text = "Đề nghị Ủy ban xã hỗ trợ 5 hộ nghèo dựng lại nhà ở Ấp Một, Ổ Gà và Ẩn Phước"
    surface = "".join(
        chr(b) if b in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else bytes([b]).decode("cp1252")
        for b in ENCODERS[encoding](text)
    )
    assert repair_text(surface) == text


def test_utf8_that_was_taken_for_windows_1252_is_repaired() -> None:
    assert repair_text(to_mojibake(SENTENCE)) == SENTENCE
    assert repair_text(to_mojibake(to_mojibake(SENTENCE))) == SENTENCE
    assert decode_text(to_mojibake(SENTENCE).encode(), name="a.txt") == SENTENCE


def test_the_no_break_space_of_a_grave_may_have_become_a_plain_one_or_gone() -> None:
    surface = to_mojibake("Đây là một bài của xã nhà")
    assert repair_text(surface.replace("\xa0", " ")) == "Đây là một bài của xã nhà"
    collapsed = " ".join(surface.replace("\xa0", " ").split())
    assert repair_text(collapsed) == "Đây là một bài của xã nhà"
    shouted = "CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM"
    assert repair_text(to_mojibake(shouted)) == shouted


def test_short_lines_are_read_in_the_encoding_of_the_whole_text() -> None:
    text = f"Hà Giang\n{SENTENCE}\nXã Quảng Lộc\nBiểu 1"
    assert repair_text(to_tcvn3(text).decode("latin-1")) == text
    assert repair_text("Hµ Giang") == "Hµ Giang"  # alone it may be anything


def test_unicode_lines_between_legacy_lines_stay() -> None:
    legacy = to_tcvn3(SENTENCE).decode("latin-1")
    text = f"{SENTENCE}\n{legacy}\nCafé Đà Nẵng"
    assert repair_text(text) == f"{SENTENCE}\n{SENTENCE}\nCafé Đà Nẵng"


def test_capitals_of_a_capitals_only_font_are_restored() -> None:
    shouted = to_tcvn3("CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM").decode("latin-1")
    assert from_legacy(shouted, "tcvn3") == "CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM"
    assert repair_text(shouted) == "CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM"


def test_title_case_and_abbreviations_are_not_taken_for_capitals_only_fonts() -> None:
    text = "Số 12 của UBND xã Hà Lộc về việc hỗ trợ"
    assert from_legacy(to_tcvn3(text).decode("latin-1"), "tcvn3") == text


@pytest.mark.parametrize(
    "text",
    [
        "Quán café, Đà Nẵng", "café", "Hà Giang", "Xã Hà An", "bò tót", "cà phê", "ý kiến", "í ới",
        "10 µm và 20 µm", "© 2024", "Vinamilk®", "«An toàn»", "§ 12, ½ kg, 20 °C, 2×3 m, ± 5",
        "Très bien, à bientôt, où êtes-vous", "L'été dernier nous avons mangé à la terrasse",
        "né à Paris", "thé glacé", "Señor Muñoz vive en España", "El niño cumplió años ayer",
        "São Paulo e João", "Grüße aus München, schöne Straße", "für Ärzte", "Björn Åse Øystein",
        "Perché no? È così", "Ä Ö Ü", "Ðắk Lắk", "Bà Rịa - Vũng Tàu", "Công ty Nestlé", "Ã©", "",
    ],
)  # fmt: skip
def test_right_text_of_any_language_comes_back_unchanged(text: str) -> None:
    assert repair_text(text) == text


_ONSETS = ["", "b", "c", "ch", "đ", "g", "h", "kh", "l", "m", "n", "ng", "nh", "t", "th", "tr", "x"]
_RHYMES = [
    "à", "á", "ạ", "ân", "ấp", "ồng", "ộ", "ơn", "ươi", "ước", "ử", "ũ", "ị", "in", "ẽ", "ê", "ăm",
    "an", "o", "ô", "ý", "ỹ", "oà", "uế",
]  # fmt: skip
_SYLLABLE = st.builds(str.__add__, st.sampled_from(_ONSETS), st.sampled_from(_RHYMES))
_WORD = st.one_of(
    _SYLLABLE, _SYLLABLE.map(str.title), st.sampled_from(["café", "Nestlé", "São", "12,5%", "-"])
)


@given(st.lists(_WORD, min_size=1, max_size=12).map(" ".join))
def test_vietnamese_unicode_is_never_changed(text: str) -> None:
    assert repair_text(text) == text
    decomposed = unicodedata.normalize("NFD", text)
    assert repair_text(decomposed) == decomposed


@given(st.text(max_size=200))
def test_repair_takes_any_text_and_keeps_its_lines(text: str) -> None:
    assert repair_text(text).count("\n") == text.count("\n")


@given(st.binary(max_size=300))
def test_any_bytes_give_a_text_or_one_of_two_errors(data: bytes) -> None:
    try:
        assert isinstance(decode_text(data, name="a.txt"), str)
    except (ExtractionFailed, UnsupportedSource):
        return


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_unicode_is_read_with_and_without_byte_order_mark(encoding: str) -> None:
    assert decode_text(SENTENCE.encode(encoding), name="a.txt") == SENTENCE


def test_a_declared_encoding_that_the_bytes_contradict_is_not_believed() -> None:
    assert decode_text(to_tcvn3(SENTENCE), name="a.txt", declared="iso-8859-1") == SENTENCE
    assert decode_text(SENTENCE.encode(), name="a.txt", declared="windows-1258") == SENTENCE
    assert decode_text(to_cp1258(SENTENCE), name="a.txt", declared="no-such-code") == SENTENCE


def test_a_declared_encoding_decides_where_the_text_is_not_vietnamese() -> None:
    text = "Très bien, à bientôt, où êtes-vous"
    assert decode_text(text.encode("cp1252"), name="a.html", declared="windows-1252") == text
    with pytest.raises(ExtractionFailed, match="dòng 1 không phải UTF-8"):
        decode_text(text.encode("cp1252"), name="a.html")


def test_a_mixture_is_refused_with_line_and_remedy() -> None:
    data = "dòng một\ndòng hai\n".encode() + to_cp1258("Đường làng")
    with pytest.raises(ExtractionFailed) as caught:
        decode_text(data, name="a.md")
    assert "a.md: dòng 3 không phải UTF-8 (byte 0x" in str(caught.value)
    assert "Lưu lại tệp với bảng mã UTF-8" in str(caught.value)


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", b"PK\x03\x04\x14\x00", bytes(range(256))]
)
def test_binary_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(UnsupportedSource, match=r"tệp nhị phân mang đuôi .\.txt."):
        decode_text(data, name="bao-cao.txt")


def test_fonts_tell_their_encoding() -> None:
    fonts = [".VnTime", "ABCDEF+.VnArialH", "VNI-Helve", "VPS Long Xuyen", "Times New Roman"]
    assert [legacy_of_font(font) for font in fonts] == ["tcvn3", "tcvn3", "vni", "vps", None]


@pytest.mark.parametrize("letter", ["İ", "ß", "Ã", "a", "ª"])
def test_word_without_end_is_repaired_in_linear_time(letter: str) -> None:
    # These take minutes where the time grows with the square of the length.
    word = letter * 60_000
    repaired = repair_text(f"Há»™i NÃ´ng dÃ¢n {word}")
    assert repaired.startswith("Hội Nông dân ")
    assert repair_text(word.encode().decode("latin-1")) is not None
