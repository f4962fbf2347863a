"""A title for a text that has none: words of its first sentence, never words of our own."""

import re

from kb.sentences import split_sentences

_EDGE = " \t|,:;.-–—()[]•·/*"
MAX_DERIVED_TITLE = 150
_EVENT = re.compile(
    r"\b(?P<noun>(?:hội (?:nghị|thi|thảo|diễn|thao)|lễ|đại hội|tọa đàm|toạ đàm|kỳ họp|phiên họp"
    r"|liên hoan|ngày hội|diễn đàn|lớp (?:tập huấn|bồi dưỡng)|cuộc thi|buổi (?:lễ|làm việc|gặp mặt"
    r"|tọa đàm|đối thoại)|chương trình|chuyên đề)\s+(?=\S))",
    re.IGNORECASE,
)
# The event must be what the sentence reports: an object of one of these verbs.
_EVENT_VERB = re.compile(
    r"(?:chủ trì|tổ chức|diễn ra|khai mạc|tham dự|dự|bế mạc|phối hợp tổ chức|tiến hành|khai giảng"
    r"|phát động|đã có)(?:\s+(?:thành công|xong))?\s+$",
    re.IGNORECASE,
)
_SUBJECT = re.compile(r"^(?:phong trào|mô hình|cuộc vận động|chương trình|công tác)\b", re.I)
_ADVERBIAL = re.compile(
    r"^(?:(?:trong\s+)?(?:thời gian|những năm|nhiều năm|các năm|năm|tháng)\b.{0,30}"
    r"|hiện nay|đến nay|vừa qua|qua đó|từ đó)$",
    re.IGNORECASE,
)
_BORDER = re.compile(r"[,;:]\s|\s[-–—]\s")


def derive_title(paragraph: str) -> str:
    """Return a title for a text that has none: words of its first sentence, at most 150 characters.

    Sentences without a letter or digit are passed over; a paragraph of such alone is its own title.

    In order: the event that the sentence reports on, up to the end of its sentence; the clause
    about a movement or model; the sentence cut at the last border of a clause that fits.

    Example:
        >>> derive_title("Sáng 5/3, đồng chí A chủ trì Hội nghị sơ kết phong trào X năm 2023.")
        'Hội nghị sơ kết phong trào X năm 2023'
    """
    sentences = (paragraph[span.start_char : span.end_char] for span in split_sentences(paragraph))
    first = next((words for words in sentences if any(map(str.isalnum, words))), None)
    if first is None:
        return _fit(paragraph.strip())
    sentence = first.rstrip(" .…;:,!")
    sentence = re.sub(r"^\([^()]{1,20}\)\s*[-–—:]\s*", "", sentence).lstrip(_EDGE + "+") or sentence
    for match in _EVENT.finditer(sentence):
        if not _EVENT_VERB.search(sentence[: match.start()]):
            continue
        event = _fit(sentence[match.start() :])
        if len(event.split()) >= 5:
            return event[0].upper() + event[1:]
    if len(sentence) > MAX_DERIVED_TITLE:
        for border in re.finditer(r",\s", sentence):
            clause = sentence[border.end() :]
            if border.end() > MAX_DERIVED_TITLE:
                break
            if _SUBJECT.match(clause) and len(fitted := _fit(clause)) >= 40:
                return fitted[0].upper() + fitted[1:]
    return _fit(sentence)


def _fit(text: str) -> str:
    """Return the text, or its longest whole clauses within the limit, quotes not torn apart."""
    if len(text) <= MAX_DERIVED_TITLE:
        return text
    cuts = [match.start() for match in _BORDER.finditer(text[: MAX_DERIVED_TITLE + 2])]
    for cut in reversed(cuts):
        head = text[:cut].rstrip(" ,;:-–—")
        torn = head.count("“") != head.count("”") or head.count("(") > head.count(")")
        if len(head) < 30 or torn:
            continue
        previous = max((match.end() for match in _BORDER.finditer(head)), default=0)
        if previous and _ADVERBIAL.match(head[previous:].strip()):
            continue  # "…, thời gian qua": a hanging adverbial says nothing in a title
        return head
    head = text[: MAX_DERIVED_TITLE - 1]
    cut = head.rfind(" ")
    return (head[:cut] if cut > 40 else head).rstrip(" ,;:-–—") + "…"
