"""Places of one name told apart: by their rank, the place beside them, the places of the text."""

from collections import defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from kb.places.graph import PlaceGraph
from kb.places.mention import PlaceMention

_AT_LEAST = {
    "thành phố": {"thành phố", "quận"}, "thị xã": {"thị xã", "thành phố", "quận"},
    "quận": {"quận", "thành phố"}, "phường": {"phường"}, "thị trấn": {"thị trấn", "phường"},
}  # fmt: skip


class Homonyms:
    """The places that a text named so far, and which units of one name they speak for."""

    def __init__(self, graph: PlaceGraph) -> None:
        self._graph = graph
        self._districts: set[str] = set()
        self._provinces: set[str] = set()
        self._regions: set[str] = set()

    def note(self, mention: PlaceMention) -> None:
        """Remember a place that the text names."""
        if mention.level == "district":
            self._districts.update(unit.code for unit in mention.units)
        elif mention.level == "province":
            self._provinces |= mention.old_provinces
        elif mention.level == "region":
            self._regions |= mention.old_provinces

    def is_unique(self, codes: Sequence[str]) -> bool:
        """Tell whether units are one place: one of each era at most, in the same old province."""
        old = [code for code in codes if code[0] == "o"]
        new = [code for code in codes if code[0] == "n"]
        if len(old) > 1 or len(new) > 1:
            return False
        if old and new:
            return bool(self._graph.old_provinces(old[0]) & self._graph.old_provinces(new[0]))
        return True

    def of_rank(self, codes: Sequence[str], word: str) -> list[str]:
        """Prefer the rank that is written.

        Ranks rise but hardly ever fall, so "thành phố" speaks against a mere huyện anywhere, while
        "huyện" tells two homonyms apart only if both lie under one parent.
        """
        if allowed := _AT_LEAST.get(word):
            codes = [code for code in codes if self._graph.rank_of(code) in allowed] or codes
        by_parent: dict[str, list[str]] = defaultdict(list)
        for code in codes:
            by_parent[self._graph.parent_of(code)].append(code)
        kept = []
        for group in by_parent.values():
            fitting = [code for code in group if self._graph.rank_of(code) == word]
            kept.extend(fitting or group)
        return kept

    def within(self, codes: Sequence[str], mention: PlaceMention) -> list[str]:
        """Return the units that lie in a district, province or region."""
        if mention.level == "district":
            return self._in_districts(codes, {unit.code for unit in mention.units})
        found = self._in_provinces(codes, mention.old_provinces)
        # Districts and old communes were in old provinces: "huyện Châu Thành, Tây Ninh" is not
        # the one of Long An, though that is a part of Tây Ninh today.
        namesakes = self._in_provinces([code for code in found if code[0] == "o"], {mention.name})
        return [*namesakes, *(code for code in found if code[0] == "n")] if namesakes else found

    def _in_districts(self, codes: Sequence[str], districts: AbstractSet[str]) -> list[str]:
        return [
            code for code in codes if code[1] == "c" and self._graph.old_districts(code) & districts
        ]

    def _in_provinces(self, codes: Sequence[str], provinces: AbstractSet[str]) -> list[str]:
        return [code for code in codes if self._graph.old_provinces(code) & provinces]

    def named_parents(self, codes: Sequence[str]) -> list[str]:
        """Return the units that lie in a district, else in a province that the text names."""
        return self._in_districts(codes, self._districts) or self._in_provinces(
            codes, self._provinces
        )

    def settle(self, codes: Sequence[str]) -> list[str]:
        """Keep the homonyms that the places named anywhere in the text speak for."""
        if len(codes) == 1:
            return list(codes)
        return self.named_parents(codes) or self._in_provinces(codes, self._regions) or list(codes)
