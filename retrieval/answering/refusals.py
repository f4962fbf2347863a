"""What is said where there is no answer."""

from kb.models import NoAnswerReason
from retrieval.answering.evidence import settled_places
from retrieval.query import Query

_REASONS = {
    NoAnswerReason.NO_EVIDENCE: (
        "Cơ sở tri thức chưa có tài liệu trả lời câu hỏi này. "
        "Dưới đây là các mô hình gần nhất, không phải câu trả lời."
    ),
    NoAnswerReason.WRONG_PLACE: (
        "Cơ sở tri thức chưa có tài liệu về nội dung này ở {places}. "
        "Dưới đây là các mô hình gần nhất, không phải câu trả lời."
    ),
    NoAnswerReason.FIGURE_NOT_GIVEN: (
        "Có tài liệu liên quan nhưng nguồn không nêu con số được hỏi. "
        "Dưới đây là các mô hình gần nhất để tham khảo."
    ),
    NoAnswerReason.OUT_OF_DOMAIN: (
        "Câu hỏi nằm ngoài phạm vi: cơ sở tri thức này chỉ có các mô hình, cách làm hay của địa "
        "phương, đơn vị."
    ),
    NoAnswerReason.AMBIGUOUS: (
        "Chưa rõ câu hỏi nói về mô hình hay nơi nào. Hãy nêu tên mô hình, hoặc tên tỉnh đi kèm."
    ),
    NoAnswerReason.EMPTY_KNOWLEDGE_BASE: (
        "Cơ sở tri thức còn trống. Hãy nạp tài liệu bằng `kb ingest`, ví dụ "
        "`kb ingest corpus --recursive`."
    ),
}


def refusal_text(reason: NoAnswerReason, query: Query) -> str:
    """Return what a refusal says."""
    names = [mention.province.name for mention in query.provinces]
    names = names or [mention.name for mention in settled_places(query)]
    places = " và ".join(dict.fromkeys(names)) or "địa bàn được hỏi"
    return _REASONS[reason].format(places=places)
