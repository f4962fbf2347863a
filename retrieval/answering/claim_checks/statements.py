"""Whether a claim is a plain statement about the subject, and how it looks without markup."""

import re

from kb.text import to_matching_form, to_reading_form
from retrieval.answering.injection import is_instruction

# A claim shorter than this names no fact, a longer one is no single claim.
LEAST_CHARS, MOST_CHARS = 12, 700
_MOST_LAYERS = 4

_TEMPLATE_TOKEN = re.compile(r"<\|[^|>\n]{0,40}\|>|</?s>|\[/?INST\]|<</?SYS>>", re.IGNORECASE)
_HTML = re.compile(r"<!--.*?-->|</?[a-zA-Z][^<>]{0,300}>", re.DOTALL)
_ENTITY = re.compile(r"&(?:[a-z]{2,8}|#\d{1,6}|#x[0-9a-f]{1,6});", re.IGNORECASE)
_IMAGE_OR_LINK = re.compile(r"!?\[([^\]\n]*)\]\((?:[^()\n]|\([^()\n]*\))*\)")
_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_MARKER = re.compile(
    r"\s*[\[【]\s*(?:đoạn|nguồn|source|passage)?\s*[\d\s,;–-]{1,20}[\]】]", re.IGNORECASE
)
_EMPHASIS = re.compile(r"\*+|`+|~~|(?<!\w)_+|_+(?!\w)")
_LINE_START = re.compile(r"^\s*(?:#{1,6}\s+|>\s*|[-•+*]\s+|\d{1,2}[.)]\s+)+")
_TABLE_BAR = re.compile(r"\s*\|\s*")

# Claims about the prompt, the passages or the writer, in matching form.
_ABOUT_ITSELF = re.compile(
    r"\b(?:"
    r"(?:theo|trong|ở|từ|tại|dựa (?:trên|vào)) (?:các )?(?:đoạn|trích đoạn|văn bản trên|ngữ cảnh|"
    r"thông tin (?:trên|đã cho|được cung cấp))|"
    r"(?<!giai )(?:các )?đoạn (?:trích|văn|số|\d+)|đoạn thứ|ngữ cảnh|"
    r"(?:tài liệu|thông tin|nguồn|dữ liệu|văn bản) (?:được|đã) (?:cung cấp|cho)|"
    r"(?:tôi|mình) (?:là|không thể|không có|sẽ|xin|có thể|đã|chỉ)|"
    r"mô hình ngôn ngữ|trí tuệ nhân tạo tạo ra|trợ lý (?:ảo|ai)|as an ai|language model|"
    r"câu (?:hỏi|trả lời)|người (?:dùng|hỏi)|bạn (?:hỏi|muốn)|"
    r"không (?:có|tìm thấy|đủ|thấy) (?:thông tin|dữ liệu|câu trả lời|đề cập)|"
    r"(?:không|chưa) (?:được )?đề cập|json|claims?|passages?|system prompt|lời nhắc"
    r")\b"
)
_LETTER = re.compile(r"[^\W\d_]")
_ASKS = re.compile(r"\?\s*$")


def plain_claim(text: str) -> str:
    """Return a claim as one line of plain text: without markers, Markdown, HTML and addresses.

    No square bracket is left, so that nothing in a claim can pass for the marker of a citation.

    Example:
        >>> plain_claim("- **Có 12 hộ** <b>làm theo</b> [1][2, 3]. Xem [bài](http://x.vn)")
        'Có 12 hộ làm theo. Xem bài'
    """
    text = to_reading_form(text)
    for _ in range(_MOST_LAYERS):  # taking one mark off may show another
        stripped = _without_markup(text)
        if stripped == text:
            break
        text = stripped
    text = text.replace("[", "(").replace("]", ")")
    return text.strip(" -–—\"“”'`") if _is_wrapped(text) else text.strip(" -–—")


def _without_markup(text: str) -> str:
    text = _TEMPLATE_TOKEN.sub(" ", text)
    text = _ENTITY.sub(" ", _HTML.sub(" ", text))
    text = _URL.sub(" ", _IMAGE_OR_LINK.sub(r"\1", text))
    text = _MARKER.sub("", _EMPHASIS.sub("", text))
    text = " ".join(_LINE_START.sub("", line) for line in text.split("\n"))
    text = re.sub(r"\s+", " ", _TABLE_BAR.sub(" ", text))
    return re.sub(r"\s+([.,;:!?)])", r"\1", text)


def _is_wrapped(text: str) -> bool:
    """Tell whether a whole claim stands in quotation marks, which say nothing."""
    stripped = text.strip()
    return len(stripped) > 2 and stripped[0] in "\"“'" and stripped[-1] in "\"”'"


def is_statement(text: str) -> bool:
    """Tell whether a plain claim states something about the subject.

    Questions, instructions, words about the passages or the writer, and what is too short or too
    long to be one claim are no statements.

    Example:
        >>> is_statement("Có 12 hộ làm theo."), is_statement("Theo đoạn 2, có 12 hộ làm theo.")
        (True, False)
    """
    if not LEAST_CHARS <= len(text) <= MOST_CHARS or _ASKS.search(text):
        return False
    if len(_LETTER.findall(text)) < LEAST_CHARS // 2:
        return False
    return not _ABOUT_ITSELF.search(to_matching_form(text)) and not is_instruction(text)
