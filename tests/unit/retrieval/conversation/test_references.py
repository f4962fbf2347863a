"""What points back in a question, and what does not."""

import json
from pathlib import Path

import pytest

from retrieval.conversation.references import ReferenceKind, find_reference, refers_back

TOPICS = Path(__file__).parents[4] / "eval" / "topics"


def _topics(*names: str) -> list[str]:
    rows = []
    for name in names:
        lines = (TOPICS / name / "queries.jsonl").read_text(encoding="utf-8").splitlines()
        rows += [json.loads(line) for line in lines]
    return [row["text"] for row in rows if row["metadata"]["answerable"]]


@pytest.mark.parametrize("text", _topics("casebook-dev", "refusal-dev"))
def test_questions_with_a_subject_point_at_nothing(text: str):
    assert find_reference(text) is None
    assert not refers_back(text)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("còn ở Bạc Liêu thì sao?", "Bạc Liêu"),
        ("thế ở Hậu Giang?", "Hậu Giang"),
        ("vậy tỉnh Sóc Trăng?", "tỉnh Sóc Trăng"),
        ("Bạc Liêu thì sao?", "Bạc Liêu"),
        ("còn miền Tây thì sao ạ", "miền Tây"),
        ("còn ở huyện Cái Nước, Cà Mau thì sao?", "huyện Cái Nước, Cà Mau"),
        ("còn ở ấp Tân Lập thì sao?", "ấp Tân Lập"),
        ("con o bac lieu thi sao", "bac lieu"),
        ("the con tinh hau giang", "tinh hau giang"),
        ("quay lại Cà Mau", "Cà Mau"),
        ("trở lại với tỉnh Cà Mau nhé", "tỉnh Cà Mau"),
        ("quay lai ca mau", "ca mau"),
    ],
)
def test_another_place_for_the_same_question(text: str, place: str):
    reference = find_reference(text)
    assert reference is not None
    assert (reference.kind, reference.place) == (ReferenceKind.PLACE_CHANGE, place)
    assert refers_back(text)


def test_a_place_alone_may_be_a_question_of_its_own():
    found = find_reference("ở Bạc Liêu")
    assert found is not None
    assert found.kind == ReferenceKind.PLACE_CHANGE
    assert not refers_back("ở Bạc Liêu")
    assert find_reference("Bạc Liêu") is None


@pytest.mark.parametrize(
    ("text", "place", "year"),
    [
        ("còn năm 2023?", "", "2023"),
        ("con nam 2023 thi sao", "", "2023"),
        ("thế giai đoạn 2021-2023 thì sao", "", "2021-2023"),
        ("còn ở Bạc Liêu năm 2022 thì sao?", "Bạc Liêu", "2022"),
    ],
)
def test_another_year_for_the_same_question(text: str, place: str, year: str):
    reference = find_reference(text)
    assert reference is not None
    assert (reference.place, reference.year) == (place, year)
    assert refers_back(text)


@pytest.mark.parametrize(
    ("text", "words", "positions"),
    [
        ("mô hình thứ hai làm thế nào?", "mô hình thứ hai", (2,)),
        ("Cái đầu tiên", "Cái đầu tiên", (1,)),
        ("cách thứ 3", "cách thứ 3", (3,)),
        ("mô hình cuối cùng tốn bao nhiêu tiền", "mô hình cuối cùng", (-1,)),
        ("so sánh hai mô hình đầu", "hai mô hình đầu", (1, 2)),
        ("mô hình số 2 và số 4 khác nhau ra sao", "mô hình số 2 và số 4", (2, 4)),
        ("mô hình thứ nhất với mô hình thứ tư?", "mô hình thứ nhất với mô hình thứ tư", (1, 4)),
        ("mô hình thứ hai mươi mốt là gì", "mô hình thứ hai mươi mốt", (21,)),
        ("mô hình thứ mười ở đâu", "mô hình thứ mười", (10,)),
        ("còn thứ ba thì sao?", "thứ ba", (3,)),
        ("mo hinh thu nam lam the nao", "mo hinh thu nam", (5,)),
        ("cai dau tien", "cai dau tien", (1,)),
    ],
)
def test_cases_may_be_counted(text: str, words: str, positions: tuple[int, ...]):
    reference = find_reference(text)
    assert reference is not None
    assert (reference.kind, reference.text) == (ReferenceKind.ORDINAL, words)
    assert reference.positions == positions
    assert text[reference.start_char : reference.end_char] == words
    assert refers_back(text)


@pytest.mark.parametrize(
    ("text", "words", "count", "noun"),
    [
        ("Mô hình đó làm thế nào?", "Mô hình đó", 1, "case"),
        ("mo hinh nay co hieu qua khong", "mo hinh nay", 1, "case"),
        ("mô hình trên có bao nhiêu hộ tham gia?", "mô hình trên", 1, "case"),
        ("Tổ tự quản này làm thế nào", "Tổ tự quản này", 1, "case"),
        ("hai mô hình ấy khác nhau thế nào?", "hai mô hình ấy", 2, "case"),
        ("các mô hình trên ở đâu?", "các mô hình trên", 0, "case"),
        ("Ở đấy có bao nhiêu hộ tham gia?", "Ở đấy", 1, "place"),
        ("nơi ấy có gì hay", "nơi ấy", 1, "place"),
        ("o do lam the nao", "o do", 1, "place"),
        ("họ làm thế nào?", "họ", 0, "people"),
        ("ho lam the nao", "ho", 0, "people"),
        ("nó tốn bao nhiêu?", "nó", 1, "people"),
        ("Ông ấy vận động được bao nhiêu tiền?", "Ông ấy", 1, "people"),
    ],
)
def test_words_that_stand_for_a_case_or_place(text: str, words: str, count: int, noun: str):
    reference = find_reference(text)
    assert reference is not None
    assert (reference.kind, reference.text) == (ReferenceKind.PRONOUN, words)
    assert (reference.count, reference.noun) == (count, noun)
    assert refers_back(text)


@pytest.mark.parametrize(
    "text",
    [
        "mô hình nuôi cua này làm thế nào?",
        "Tổ phụ nữ góp vốn ở Cà Mau: mô hình đó làm ra sao?",
        "mô hình này: nuôi cua trong vuông tôm",
        "mô hình trên cát ven biển làm thế nào?",
        "họ Nguyễn làm khuyến học thế nào?",
        "dòng họ làm thế nào?",
        "Hồ ra sao?",
        "mo hinh do rac lay qua",
        "mo hinh do day chuyen",
        "mo hinh do dan gop tien",
        "o do thi trong rau",
        "Hội quán ở Đồng Tháp, ở đó làm gì?",
        "mô hình “3 sạch” này làm thế nào?",
        "Chiến tranh thế giới thứ hai kết thúc năm nào?",
        "xã đầu tiên đạt nông thôn mới ở Cà Mau",
        "Mô hình đầu tiên về nuôi cua là gì?",
        "Tổ hợp tác số 5 làm thế nào?",
        "mô hình 3 không làm thế nào?",
        "Cà Mau có mô hình nào?",
        "nuôi cua lãi bao nhiêu?",
        "nuôi cua, còn gọi là cua biển, thế nào?",
        "ngày thứ hai hằng tuần",
        "thì là mà và của",
        "",
        "???",
    ],
)
def test_a_question_that_names_what_it_means_points_at_nothing(text: str):
    assert find_reference(text) is None


def test_a_hamlet_pointed_at_leaves_the_subject_that_is_named():
    text = "Mô hình Tổ phụ nữ ở ấp đó làm thế nào?"
    reference = find_reference(text)
    assert reference is not None
    assert (reference.noun, reference.is_alone) == ("place", False)
    assert not refers_back(text)


@pytest.mark.parametrize(
    "text",
    [
        "bao nhiêu hộ tham gia?",
        "kết quả ra sao?",
        "ai làm?",
        "Cách làm?",
        "kinh phí",
        "cho biết kinh phí",
        "có hiệu quả không?",
        "tổng vốn bao nhiêu?",
        "bao nhieu ho tham gia",
        "mấy tổ tham gia?",
        "mỗi hộ thu bao nhiêu tiền?",
    ],
)
def test_a_question_without_a_subject_is_elliptic_but_no_pointer(text: str):
    reference = find_reference(text)
    assert reference is not None
    assert reference.kind == ReferenceKind.ELLIPSIS
    assert not refers_back(text)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("còn về môi trường thì sao?", "môi trường"),
        ("thế còn nuôi tôm thì sao", "nuôi tôm"),
        ("con ve moi truong thi sao", "moi truong"),
    ],
)
def test_another_subject_can_be_understood_alone(text: str, topic: str):
    reference = find_reference(text)
    assert reference is not None
    assert (reference.kind, reference.topic) == (ReferenceKind.TOPIC_CHANGE, topic)
    assert not refers_back(text)


@pytest.mark.parametrize(
    "text",
    [
        "còn nơi nào nữa không?",
        "con noi nao nua khong",
        "còn mô hình nào khác không?",
        "thêm mô hình khác",
        "cho tôi thêm ví dụ",
        "còn ai nữa không?",
    ],
)
def test_more_of_the_same(text: str):
    reference = find_reference(text)
    assert reference is not None
    assert reference.kind == ReferenceKind.MORE
    assert refers_back(text)


def test_more_of_something_else_is_a_question_of_its_own():
    assert find_reference("còn mô hình nuôi cua nào nữa không?") is None


def test_long_texts_are_not_read():
    assert find_reference("Mô hình đó làm thế nào? " * 100) is None
