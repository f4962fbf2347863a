"""Field and topics of articles in our own words, and the absence of what is not clear."""

from collections import Counter

import pytest

from ingest.metadata.classify import (
    MIN_FIELD,
    MIN_TOPIC,
    Model,
    Stack,
    classify,
    dump_model,
    features,
    field_probabilities,
    is_survey,
    load_model,
    opening,
    parse_model,
    probabilities,
    scores,
    topic_probability,
)
from kb.models import Field
from kb.taxonomy import TOPIC_NAMES

SHRIMP = (
    "Tổ hợp tác nuôi tôm giúp nhau thoát nghèo",
    "Mười hai hộ ở cuối ấp góp vốn lập tổ hợp tác nuôi tôm sú dưới tán rừng. Ai có con giống tốt "
    "thì chia cho nhà khác, ai biết kỹ thuật thì chỉ lại cách cải tạo vuông tôm.\n\n"
    "Sau ba vụ, thu nhập của mỗi hộ tăng gần gấp đôi, bảy hộ nghèo trong tổ đã thoát nghèo, có "
    "vốn mở rộng ao nuôi và bán tôm cho doanh nghiệp với giá ổn định.",
)
SECURITY = (
    "Camera an ninh giữ bình yên cho xóm nhỏ",
    "Công an xã vận động bà con góp tiền gắn camera an ninh ở các ngã ba. Tổ tự quản thay nhau "
    "tuần tra ban đêm, báo tin về tội phạm, ma túy cho công an.\n\n"
    "Một năm qua trong xóm không còn trộm cắp, an ninh trật tự được giữ vững, người dân yên tâm "
    "đi làm, thanh niên từng lầm lỗi được giúp đỡ tái hòa nhập.",
)
OFFICE = (
    "Bộ phận một cửa không hẹn ngày mai",
    "Cán bộ, công chức bộ phận một cửa của xã làm thủ tục hành chính cho dân ngay trong ngày. Hồ "
    "sơ chứng thực, khai sinh được trả tại chỗ, người già được hướng dẫn nộp hồ sơ qua dịch vụ "
    "công trực tuyến.\n\nĐảng ủy xã đưa cải cách hành chính vào tiêu chí xét thi đua của từng chi "
    "bộ, đảng viên; người dân hài lòng với cán bộ hơn trước.",
)
MOVEMENT = (
    "Sơ kết phong trào thi đua",
    "Hội nghị đánh giá các mô hình trên lĩnh vực kinh tế, văn hóa - xã hội, quốc phòng - an ninh "
    "và xây dựng hệ thống chính trị.\n\nTrong lĩnh vực kinh tế có mô hình nuôi tôm, trồng lúa; "
    "trong lĩnh vực văn hóa - xã hội có mô hình thu gom rác, xây nhà cho hộ nghèo.",
)
WEATHER = (
    "Trời trở lạnh vào cuối tuần",
    "Không khí lạnh tràn về làm nhiệt độ giảm nhanh, đêm có mưa nhỏ vài nơi và gió mạnh dần lên.",
)


def _text(article: tuple[str, str]) -> str:
    return "\n\n".join(article)


@pytest.mark.parametrize(
    ("article", "field", "topic"),
    [
        (SHRIMP, Field.ECONOMY, "thuy-san"),
        (SECURITY, Field.DEFENCE_SECURITY, "an-ninh-trat-tu"),
        (OFFICE, Field.POLITICAL_SYSTEM, "cai-cach-hanh-chinh"),
    ],
)
def test_clear_article_has_its_field_and_topic(
    article: tuple[str, str], field: Field, topic: str
) -> None:
    found = classify(article[0], _text(article))
    assert found.field is field
    assert topic in found.topics
    assert set(found.topics) <= set(TOPIC_NAMES)


@pytest.mark.parametrize("article", [MOVEMENT, WEATHER])
def test_survey_of_all_fields_and_an_article_about_nothing_of_ours_have_no_field(
    article: tuple[str, str],
) -> None:
    assert classify(article[0], _text(article)).field is None


def test_news_about_nothing_of_ours_has_no_topic() -> None:
    assert classify(WEATHER[0], _text(WEATHER)).topics == ()


def test_evidence_is_a_sentence_of_the_text_and_above_the_threshold() -> None:
    text = _text(SHRIMP)
    found = classify(SHRIMP[0], text)
    assert [each.value for each in found.evidence] == [Field.ECONOMY.value, *found.topics]
    for each in found.evidence:
        assert each.span is not None
        assert text[each.span.start_char : each.span.end_char] == each.quote
        assert each.confidence >= (MIN_FIELD if each.field == "field" else MIN_TOPIC)


def test_survey_names_at_least_three_fields() -> None:
    assert is_survey(MOVEMENT[1])
    assert not is_survey("Mô hình trên lĩnh vực kinh tế và văn hóa - xã hội.")


def test_whole_text_can_only_lower_what_the_opening_says() -> None:
    model = load_model()
    alone = probabilities(model, SHRIMP[0], _text(SHRIMP))
    mixed = probabilities(model, SHRIMP[0], _text(SHRIMP) + "\n\n" + (SECURITY[1] + "\n\n") * 4)
    assert mixed[Field.ECONOMY.value] < alone[Field.ECONOMY.value]


def test_features_fold_and_stop_at_punctuation_and_numbers() -> None:
    assert features("Nuôi TÔM, lúa 2 vụ") == Counter(
        {"nuoi": 1, "tom": 1, "nuoi tom": 1, "lua": 1, "vu": 1}
    )


def test_opening_ends_between_paragraphs_or_words() -> None:
    assert opening("ngắn") == "ngắn"
    text = "a" * 600 + "\n\n" + "b " * 400
    assert opening(text).strip() == "a" * 600
    assert opening("xin chào " * 300).endswith(("xin", "chào"))


SMALL = Model(
    labels=("kinh-te", "van-hoa-xa-hoi", "quoc-phong-an-ninh", "he-thong-chinh-tri", "thuy-san"),
    biases=(0.0, 0.0, 0.0, 0.0, -1.0),
    weights={"tom": (2.0, ((0, 3.0), (4, 2.0)))},
    sharpness=1.0,
    stack=Stack(1.0, 2.0, 1.0, 4.0, 2.0, -1.0),
)


def test_scores_are_bias_plus_weight_of_the_normalised_vector() -> None:
    # The one known feature makes a vector of length 1.
    assert scores(SMALL, "tôm tôm tép") == [3.0, 0.0, 0.0, 0.0, 1.0]
    assert scores(SMALL, "tép") == [0.0, 0.0, 0.0, 0.0, -1.0]


def test_probabilities_are_softmax_and_logistic() -> None:
    assert field_probabilities(SMALL, [0.0] * 5) == [0.25] * 4
    # -1 + 1 * 1 + 4 * 0.5 = 2; 1 / (1 + e^-2) = 0.8808
    assert topic_probability(SMALL.stack, 1.0, (0.0, 0.0, 0.5, 0.0)) == pytest.approx(
        0.8808, abs=1e-4
    )


def test_model_survives_its_file() -> None:
    assert parse_model(dump_model(SMALL).splitlines()) == SMALL
    assert load_model().labels == (*(field.value for field in Field), *TOPIC_NAMES)
