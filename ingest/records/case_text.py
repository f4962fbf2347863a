"""A case as the text that is stored, searched and quoted.

Casebook records and Markdown cases both become a `Case` and are rendered here, so the same case
gives the same text and the same offsets whichever way it came in.
"""

import re

from kb.figures import result_line
from kb.models import Case
from kb.taxonomy import FIELD_NAMES, topic_name
from kb.text import to_reading_form

_YEAR = re.compile(r"(?<!\d)(?:19[89]\d|20[0-4]\d)(?!\d)")


def render_case(case: Case) -> str:
    """Return the reading form of a case: name, facts, then one section a part."""
    facts = [
        ("Địa bàn", place_line(case)),
        ("Lĩnh vực", FIELD_NAMES[case.field]),
        ("Chủ đề", ", ".join(topic_name(topic) for topic in case.topics)),
        ("Đơn vị thực hiện", case.organization),
        ("Đối tượng tham gia", case.participants),
        ("Thời gian", case.period),
    ]
    head = "\n".join(f"{label}: {value}" for label, value in facts if value)
    sections = [
        ("Thực trạng", case.problem),
        ("Cách làm", "\n".join(f"{i}. {step}" for i, step in enumerate(case.approach, 1))),
        ("Kết quả", "\n".join(f"- {result_line(result)}" for result in case.results)),
        ("Điều kiện nhân rộng", case.conditions),
    ]
    body = [f"{label}\n{value}" for label, value in sections if value]
    return to_reading_form("\n\n".join([case.name, head, *body]))


def place_line(case: Case) -> str:
    """Return the place from small to large, without repeating a name."""
    return ", ".join(part for part in (case.commune, case.district, case.province) if part)


def years_in(*texts: str | None) -> tuple[int, ...]:
    """Return the years that texts name, ascending; a span "2020-2023" counts in full.

    Example:
        >>> years_in("2020-2022", "từ năm 2024")
        (2020, 2021, 2022, 2024)
    """
    years: set[int] = set()
    for text in texts:
        if not text:
            continue
        years.update(int(match[0]) for match in _YEAR.finditer(text))
        for first, last in re.findall(r"(?<!\d)(20[0-4]\d)\s*[-–]\s*(20[0-4]\d)(?!\d)", text):
            if 0 <= int(last) - int(first) <= 15:
                years.update(range(int(first), int(last) + 1))
    return tuple(sorted(years))
