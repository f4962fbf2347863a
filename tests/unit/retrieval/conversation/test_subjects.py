"""The parts of a question that a follow-up keeps or replaces."""

import pytest

from retrieval.conversation.subjects import (
    place_phrases,
    places_of,
    shared_province,
    subject_of,
    with_place,
    with_year,
    without_place,
)


@pytest.mark.parametrize(
    ("question", "new", "expected"),
    [
        ("giảm nghèo ở Cà Mau", "Bạc Liêu", "giảm nghèo ở Bạc Liêu"),
        ("Hội quán tỉnh Đồng Tháp làm gì?", "An Giang", "Hội quán An Giang làm gì?"),
        ("Cựu chiến binh huyện Cái Nước, Cà Mau", "Bạc Liêu", "Cựu chiến binh Bạc Liêu"),
        ("Huyện Phú Lương (Thái Nguyên) có gì", "Cao Bằng", "Cao Bằng có gì"),
        ("lúa - tôm ở Cà Mau và Kiên Giang lãi gì", "Bạc Liêu", "lúa - tôm ở Bạc Liêu lãi gì"),
        ("Cà Mau nuôi cua như ở Kiên Giang", "Bạc Liêu", "Bạc Liêu nuôi cua như ở Bạc Liêu"),
        ("nuôi cua thế nào?", "Bạc Liêu", "nuôi cua thế nào ở Bạc Liêu?"),
        ("“Chợ Cà Mau” (Cà Mau) làm gì", "Bạc Liêu", "“Chợ Cà Mau” (Bạc Liêu) làm gì"),
    ],
)
def test_a_question_about_another_place(question: str, new: str, expected: str):
    assert with_place(question, new) == expected


def test_a_province_tells_which_district_of_several_is_meant():
    question = "Mô hình ở huyện Châu Thành có gì?"
    assert with_place(question, "Sóc Trăng") == "Mô hình ở huyện Châu Thành, Sóc Trăng có gì?"
    assert with_place(question, "Hà Giang") == "Mô hình ở Hà Giang có gì?"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("giảm nghèo ở Cà Mau", "giảm nghèo"),
        ("Hội quán của tỉnh Đồng Tháp ở huyện Cao Lãnh có gì?", "Hội quán có gì?"),
        ("Hưng Yên có tổ tự quản nào?", "có tổ tự quản nào?"),
        ("nuôi cua", "nuôi cua"),
        ("Cà Mau", ""),
    ],
)
def test_a_question_about_any_place(question: str, expected: str):
    assert without_place(question) == expected


def test_places_are_told_as_written():
    assert places_of("Hội ở huyện Cái Nước, Cà Mau và ở TP.HCM") == "huyện Cái Nước, Cà Mau, TP.HCM"
    assert places_of("nuôi cua") == ""
    (phrase,) = place_phrases("Cựu chiến binh huyện Cái Nước, Cà Mau")
    assert [mention.name for mention in phrase.mentions] == ["Cái Nước", "Cà Mau"]


@pytest.mark.parametrize(
    ("question", "year", "expected"),
    [
        ("Hội quán năm 2021 ra sao?", "2023", "Hội quán năm 2023 ra sao?"),
        ("Hội quán giai đoạn 2018-2020", "2023", "Hội quán giai đoạn 2023"),
        ("Hội quán?", "2021-2023", "Hội quán giai đoạn 2021-2023?"),
        ("“Vụ 2021” năm 2022", "2023", "“Vụ 2021” năm 2023"),
    ],
)
def test_a_question_about_another_year(question: str, year: str, expected: str):
    assert with_year(question, year) == expected


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("nuôi cua", "nuôi cua"),
        ("Nuôi cua ở Cà Mau lãi bao nhiêu?", "Nuôi cua ở Cà Mau"),
        ("Trồng rau trên ruộng do ai làm, kinh phí ở đâu?", "Trồng rau trên ruộng"),
        ("So sánh các mô hình nuôi cua: ở đâu, lãi bao nhiêu?", "mô hình nuôi cua"),
        ("Muốn lập hội quán nông dân thì làm thế nào?", "lập hội quán nông dân"),
        ("nuoi cua o ca mau lam the nao", "nuoi cua o ca mau"),
        # More of the subject stands behind what asks: all of it is kept.
        ("Tỉnh nào vận động dân trồng rừng ngập mặn?", "Tỉnh nào vận động dân trồng rừng ngập mặn"),
        ("trồng cam: ai làm?", "trồng cam"),
        ("?", ""),
    ],
)
def test_the_subject_is_the_question_without_what_it_asks(question: str, subject: str):
    assert subject_of(question) == subject


def test_a_province_is_shared_if_all_have_it():
    assert shared_province(["Cà Mau", "Cà Mau"]) == "Cà Mau"
    assert shared_province(["Cà Mau", "Bạc Liêu"]) == ""
    assert shared_province(["Cà Mau", None]) == ""
    assert shared_province([]) == ""
