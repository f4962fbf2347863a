"""Reading questions that were typed without marks, with keys left over, or with slips."""

import pytest

from kb.lexicon import Lexicon
from retrieval.query import spelling
from retrieval.query.spelling import Correction, Restoration, restore

TEXTS = [
    "Mô hình nuôi tôm của Hội Cựu chiến binh (CCB) xã ven biển.",
    "Hợp tác xã nuôi tôm, trồng lúa; mô hình tôm lúa.",
    "Người dân hiến đất làm đường, xây dựng nông thôn mới.",
    "Xây dựng nông thôn mới: đường làng sáng, xanh, sạch, đẹp.",
    "Tổ hòa giải hoàn thành nhiệm vụ. Camera an ninh do dân góp tiền.",
    "Phụ nữ giúp nhau vượt khó, thoát nghèo. Dân vận khéo. Ngành giáo dục.",
    "Tổ hòa giải ở Cà Mau. Nuôi tôm ở Cà Mau. Lắp camera an ninh.",
]


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.build(TEXTS * 3)


def read(text: str, lexicon: Lexicon, **options: bool) -> str:
    return restore(text, lexicon, **options).text


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("mo hinh nuoi tom", "mô hình nuôi tôm"),
        ("Nuoi tom o Ca Mau", "Nuôi tôm ở Cà Mau"),
        ("MO HINH NUOI TOM", "MÔ HÌNH NUÔI TÔM"),
        ("dan van kheo", "dân vận khéo"),
        ("hien dat lam duong", "hiến đất làm đường"),
        ("to hoa giai, phu nu giup nhau!", "tổ hòa giải, phụ nữ giúp nhau!"),
    ],
)
def test_missing_marks_are_added(typed: str, meant: str, lexicon: Lexicon) -> None:
    result = restore(typed, lexicon)
    assert result.text == meant
    assert {correction.kind for correction in result.corrections} == {"diacritics"}
    assert result.confidence > 0.5


@pytest.mark.parametrize(
    "typed",
    ["mô hình nuoi tôm của xã", "mo hình nuôi tôm của xã", "mô hinh nuôi tom của xã"],
)
def test_a_half_marked_question_is_completed(typed: str, lexicon: Lexicon) -> None:
    assert read(typed, lexicon) == "mô hình nuôi tôm của xã"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("moo hinhf nuooi toom", "mô hình nuôi tôm"),
        ("mo hinhf nuoi toom", "mô hình nuôi tôm"),
        ("hieens ddaats lamf dduwowngf", "hiến đất làm đường"),
        ("hieen daats lam duongf", "hiến đất làm đường"),
        ("Moo hinhf", "Mô hình"),
    ],
)
def test_telex_keys_are_read(typed: str, meant: str, lexicon: Lexicon) -> None:
    result = restore(typed, lexicon)
    assert result.text == meant
    assert "telex" in {correction.kind for correction in result.corrections}


@pytest.mark.parametrize("typed", ["mo6 hi2nh nuo6i to6m", "mo hinh2 nuoi6 tom6"])
def test_vni_keys_are_read(typed: str, lexicon: Lexicon) -> None:
    result = restore(typed, lexicon)
    assert result.text == "mô hình nuôi tôm"
    assert result.corrections[-1].kind == "vni"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("mô hihn nuôi tôm", "mô hình nuôi tôm"),
        ("đường làng sángg xanh sạhc đẹp", "đường làng sáng xanh sạch đẹp"),
        ("nghành giáo dục", "ngành giáo dục"),
        ("hòan thành nhiệm vụ", "hoàn thành nhiệm vụ"),
        ("xây dựng nôngthôn mới", "xây dựng nông thôn mới"),
        ("xay dung nongthon moi", "xây dựng nông thôn mới"),
    ],
)
def test_slips_are_mended(typed: str, meant: str, lexicon: Lexicon) -> None:
    result = restore(typed, lexicon)
    assert result.text == meant
    assert "spelling" in {correction.kind for correction in result.corrections}


@pytest.mark.parametrize(
    "typed",
    [
        "mô hình nuôi tôm",
        "camera an ninh dân góp tiền",
        "Tổ hoà giải ở Cà Mau",
        "CCB HTX 249/MTTQ-BTT",
        "H5N1 covid19 km2 4h 10a 2.500",
        "startup online chatbot vietgap",
        "chị Blok Êban ở buôn Dhong",
        "htx ubnd mttq",
        "nuôi tôm a1 m2 o7",
        "😀 中文 İstanbul Привет",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ],
)
def test_what_is_right_or_foreign_stays(typed: str, lexicon: Lexicon) -> None:
    result = restore(typed, lexicon)
    assert result.text == typed
    assert not result.changed
    assert result.corrections == ()


@pytest.mark.parametrize("word", ["data", "test", "bus", "app", "max", "car", "shop"])
def test_foreign_words_are_not_taken_for_telex_keys(word: str, lexicon: Lexicon) -> None:
    assert read(f"mô hình {word} nuôi tôm", lexicon) == f"mô hình {word} nuôi tôm"


def test_a_number_may_stick_to_its_word(lexicon: Lexicon) -> None:
    assert read("to1 hoa giai", lexicon) == "tổ1 hòa giải"


def test_capitals_are_abbreviations_unless_all_is_in_capitals(lexicon: Lexicon) -> None:
    assert read("CCB nuoi tom, TOM", lexicon) == "CCB nuôi tôm, TOM"
    assert read("HTX CCB", lexicon) == "HTX CCB"


def test_protected_spans_stay(lexicon: Lexicon) -> None:
    text = "mo hinh nuoi tom"
    assert restore(text, lexicon, protected=[(0, 2)]).text == "mo hình nuôi tôm"
    assert restore(text, lexicon, protected=[(0, len(text))]).text == text


def test_parts_can_be_switched_off(lexicon: Lexicon) -> None:
    assert read("nuoi toom", lexicon, typos=False) == "nuôi toom"
    assert read("xây dung nôngthôn", lexicon, diacritics=False) == "xây dung nông thôn"
    assert read("nuoi toom", lexicon, diacritics=False, typos=False) == "nuoi toom"


def test_corrections_say_where_and_what(lexicon: Lexicon) -> None:
    result = restore("Nuôi toom, lúa", lexicon)
    assert result.corrections == (Correction(5, 9, "toom", "tôm", "telex"),)


def test_decomposed_text_is_read_like_composed_text(lexicon: Lexicon) -> None:
    import unicodedata

    assert read(unicodedata.normalize("NFD", "mô hình nuôi toom"), lexicon) == "mô hình nuôi tôm"


def test_readings_are_distinct_and_ordered(lexicon: Lexicon) -> None:
    result = restore("to hoa giai o dau", lexicon)
    texts = [reading.text for reading in result.readings]
    shares = [reading.probability for reading in result.readings]
    assert len(set(texts)) == len(texts) <= spelling.MAX_READINGS
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) <= 1 + 1e-9
    assert result.confidence == shares[0]


def test_a_question_without_any_word_is_read_as_it_is(lexicon: Lexicon) -> None:
    for text in ("", "   ", "?!", "123"):
        assert restore(text, lexicon) == Restoration(
            text.strip(), result_readings(text), (), 1.0, changed=False
        )


def result_readings(text: str) -> tuple[spelling.Reading, ...]:
    return (spelling.Reading(text.strip(), 1.0),)


def test_only_the_beginning_of_a_long_text_is_read(lexicon: Lexicon) -> None:
    result = restore("nuoi tom " * 300, lexicon)
    words = result.text.split()
    assert words[: spelling.MAX_TOKENS] == ["nuôi", "tôm"] * (spelling.MAX_TOKENS // 2)
    assert words[spelling.MAX_TOKENS :] == ["nuoi", "tom"] * 200


def test_the_background_alone_restores_common_words() -> None:
    assert read("phu nu thoat ngheo", Lexicon.empty()).split()[:2] == ["phụ", "nữ"]
