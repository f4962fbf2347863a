"""The parts of query understanding, each of which can be switched off."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Self

from kb.errors import InvalidFilter

# What an officer reads beside the switch of a part.
PART_NAMES = {
    "diacritics": "thêm dấu",
    "typos": "sửa lỗi gõ",
    "abbreviations": "giải chữ viết tắt",
    "places": "nhận địa bàn",
    "facets": "nhận chủ đề, tổ chức, năm",
    "synonyms": "thêm từ gần nghĩa",
}


@dataclass(frozen=True, slots=True)
class Parts:
    """Which parts of the understanding take part.

    Attributes:
        diacritics: Restore diacritics.
        typos: Mend Telex and VNI residue and slips.
        abbreviations: Write abbreviations out.
        places: Recognise places.
        facets: Recognise field, topic, organisation, level, years.
        synonyms: Add related phrases.
    """

    diacritics: bool = True
    typos: bool = True
    abbreviations: bool = True
    places: bool = True
    facets: bool = True
    synonyms: bool = True

    @classmethod
    def without(cls, names: Iterable[str]) -> Self:
        """Return all parts but some; `all` names every part.

        Raises:
            InvalidFilter: A name is none of the parts; the message lists them.
        """
        off = {name.strip() for name in names if name.strip()}
        known = [part.name for part in fields(cls)]
        if unknown := sorted(off - {*known, "all"}):
            listed = ", ".join(f"{name} ({PART_NAMES[name]})" for name in known)
            raise InvalidFilter(
                f"Không có phần {unknown[0]!r} để tắt. Chọn trong: {listed}; hoặc all để tắt hết."
            )
        return cls(**{name: name not in off and "all" not in off for name in known})

    @property
    def off(self) -> tuple[str, ...]:
        """Names of the parts that are switched off, in order of declaration."""
        return tuple(part.name for part in fields(self) if not getattr(self, part.name))


ALL_PARTS = Parts()
