"""What is said where there is no answer."""

from kb.models import NoAnswerReason
from retrieval.answering.evidence import settled_places
from retrieval.query import Query

_REASONS = {
    NoAnswerReason.NO_EVIDENCE: ("Cơ sở tri thức chưa có tài liệu trả lời câu hỏi này."),
    NoAnswerReason.WRONG_PLACE: ("Cơ sở tri thức chưa có tài liệu về nội dung này ở {places}."),
    NoAnswerReason.FIGURE_NOT_GIVEN: (
        "Có tài liệu liên quan nhưng nguồn không nêu con số được hỏi."
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
_NEAREST = "Dưới đây là các mô hình gần nhất, không phải câu trả lời."


def refusal_text(reason: NoAnswerReason, query: Query, *, has_related: bool) -> str:
    """Return what a refusal says.

    Args:
        reason: Why there is no answer.
        query: The question.
        has_related: Whether the nearest cases are shown beside it.
    """
    names = [mention.province.name for mention in query.provinces]
    names = names or [mention.name for mention in settled_places(query)]
    places = " và ".join(dict.fromkeys(names)) or "địa bàn được hỏi"
    text = _REASONS[reason].format(places=places)
    return f"{text} {_NEAREST}" if has_related else text
