"""What the search understood of a question, in short Vietnamese rows for officers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kb.models import Field
from kb.places import get_province
from kb.taxonomy import FIELD_NAMES, topic_name
from retrieval.query import PART_NAMES

RowKey = Literal[
    "follow_up",
    "reading",
    "question_type",
    "plain",
    "abbreviations",
    "places",
    "fields",
    "topics",
    "organizations",
    "levels",
    "years",
    "related",
    "filters",
    "off",
]

# A pasted page is quoted by its beginning, and lists of places and names are cut.
_QUOTED_CHARS, _LISTED = 160, 6

_QUESTION_TYPES = {
    "figure": "hỏi số liệu",
    "how_to": "hỏi cách làm",
    "list": "tìm các mô hình",
    "compare": "so sánh các mô hình",
    "yes_no": "hỏi có hay không",
    "definition": "hỏi mô hình là gì",
    "place": "tìm hiểu một địa bàn",
}
_SMALL_LEVELS = {"district": "cấp huyện", "commune": "cấp xã"}


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was understood.

    Attributes:
        key: Which thing it is.
        label: What stands before the colon.
        text: What stands after it.
        parts: The parts of the understanding it comes from, so that a switch can stand beside
            it; empty if nothing switches it off. In the row "off" those that are switched off.
    """

    key: RowKey
    label: str
    text: str
    parts: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The row as text: one line, or two for a follow-up question."""
        return f"{self.label}: {self.text}"


def describe_interpretation(data: Mapping[str, Any]) -> list[Row]:
    """Return what the search understood, the reading first and what is switched off last.

    Before all stands the question that was answered where it was a follow-up.

    Args:
        data: `interpretation` of a search result or an answer; absent keys tell nothing.

    Example:
        >>> data = {"abbreviations": [{"short": "CCB", "long": ["Cựu chiến binh"]}]}
        >>> [row.line for row in describe_interpretation(data)]
        ['Viết tắt: CCB = Cựu chiến binh']
    """
    off = tuple(name for name in data.get("without", ()) if name in PART_NAMES)
    is_topical = bool(data.get("topics"))
    rows = [
        _follow_up(data),
        _reading(data),
        Row(
            "question_type", "Kiểu câu hỏi", _QUESTION_TYPES.get(data.get("question_type", ""), "")
        ),
        Row(
            "plain", "Câu gõ không dấu", "" if data.get("diacritics", True) else "tìm cả chữ có dấu"
        ),
        Row("abbreviations", "Viết tắt", _abbreviations(data), ("abbreviations",)),
        Row("places", "Địa bàn", _places(data), ("places",)),
        # Nearly every topic is of the economy: the field tells nothing beside it.
        Row("fields", "Lĩnh vực", "" if is_topical else _names(data, "fields"), ("facets",)),
        Row("topics", "Chủ đề", _names(data, "topics"), ("facets",)),
        Row("organizations", "Tổ chức", _names(data, "organizations"), ("facets",)),
        Row("levels", "Cấp", _names(data, "levels"), ("facets",)),
        Row("years", "Năm", _years(data.get("years", ())), ("facets",)),
        Row("related", "Tìm thêm", _listed(data.get("related", ()), limit=99), ("synonyms",)),
        Row("filters", "Chỉ lọc", _filters(data.get("filters", {}))),
        Row("off", "Đã tắt", "; ".join(PART_NAMES[name] for name in off), off),
    ]
    return [row for row in rows if row.text]


def _follow_up(data: Mapping[str, Any]) -> Row:
    """Return what a follow-up question was understood as; without text if nothing was put in.

    What was put in stands on a line of its own.
    """
    told = data.get("follow_up") or {}
    changes = tuple(told.get("changes", ()))
    text = f"{' '.join(told['understood'].split())}\n  ({'; '.join(changes)})" if changes else ""
    return Row("follow_up", "Hiểu là", text)


def _reading(data: Mapping[str, Any]) -> Row:
    """Return how the question was read; without text if it was read as it stands."""
    typed, reading = str(data.get("typed", "")), str(data.get("normalized", ""))
    kinds = {item["kind"] for item in data.get("corrections", ())}
    changes = {"diacritics": "diacritics" in kinds, "typos": bool(kinds - {"diacritics"})}
    parts = tuple(name for name, is_active in changes.items() if is_active)
    if not parts or typed.casefold() == reading.casefold():  # a capital is no other reading
        return Row("reading", "Đọc là", "")
    how = "; ".join(PART_NAMES[name] for name in parts)
    return Row("reading", "Đọc là", f"“{_shortened(reading)}” ({how})", parts)


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _QUOTED_CHARS else text[:_QUOTED_CHARS].rstrip() + "…"


def _abbreviations(data: Mapping[str, Any]) -> str:
    rows = {
        item["short"]: " hoặc ".join(item["long"][:2])
        for item in data.get("abbreviations", ())
        if item["long"]
    }
    return _listed((f"{short} = {long}" for short, long in rows.items()), separator="; ")


def _places(data: Mapping[str, Any]) -> str:
    provinces = {row["name"]: _province(row) for row in data.get("provinces", ())}
    others = {
        (row["level"], row["name"]): _place(row)
        for row in data.get("places", ())
        if row["level"] != "province" or row["name"] not in provinces
    }
    return _listed([*provinces.values(), *others.values()], separator="; ")


def _province(row: Mapping[str, Any]) -> str:
    if row["name"] != row["today"]:
        return f"{row['name']} cũ (nay thuộc {row['today']})"
    return _covering(row["name"], row["covers"])


def _place(row: Mapping[str, Any]) -> str:
    """Return a region, a province of earlier times, or a district or commune."""
    name, provinces = row["name"], row["provinces"]
    if row["level"] in _SMALL_LEVELS:
        level = _SMALL_LEVELS[row["level"]]
        if len(provinces) > 2:
            return f"{name} ({level}, có ở {len(provinces)} tỉnh cũ)"
        return f"{name} ({', '.join([level, *provinces])})"
    if row["level"] == "province":
        return f"{name} (gồm {' và '.join(provinces)})" if provinces else name
    is_own_name = row["text"].casefold() == name.casefold()
    called = name if is_own_name else f"{row['text']}, tức {name}"
    return f"{called} ({len(provinces)} tỉnh cũ)"


def _covering(name: str, covers: Sequence[str]) -> str:
    others = [part for part in covers if part != name]
    return f"{name} (gồm {' và '.join(others)} cũ)" if others else name


def _names(data: Mapping[str, Any], key: str) -> str:
    # Some names hold commas.
    return _listed((row["name"] for row in data.get(key, ())), separator="; ")


def _years(years: Sequence[int]) -> str:
    """Return years with runs of three and more as ranges."""
    runs: list[list[int]] = []
    for year in sorted(set(years)):
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    shown = [
        [f"{run[0]}-{run[-1]}"] if len(run) > 2 else [str(year) for year in run] for run in runs
    ]
    return _listed(text for run in shown for text in run)


def _filters(filters: Mapping[str, Any]) -> str:
    parts = []
    if "province" in filters:
        province = get_province(filters["province"])
        parts.append(_covering(filters["province"], province.parts if province else ()))
    if "field" in filters:
        parts.append(f"lĩnh vực {FIELD_NAMES[Field(filters['field'])]}")
    if "topic" in filters:
        parts.append(f"chủ đề {topic_name(filters['topic'])}")
    if "year" in filters:
        parts.append(f"năm {filters['year']}")
    return "; ".join(parts)


def _listed(items: Iterable[str], *, separator: str = ", ", limit: int = _LISTED) -> str:
    """Return distinct items in a row, the first few of many."""
    distinct = list(dict.fromkeys(items))
    more = [f"và {len(distinct) - limit} mục khác"] if len(distinct) > limit else []
    return separator.join([*distinct[:limit], *more])
