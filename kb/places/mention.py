"""A place that a text names."""

from dataclasses import dataclass
from typing import Literal

from kb.places.graph import Unit, place_graph

MentionLevel = Literal["region", "province", "district", "commune"]


@dataclass(frozen=True, slots=True)
class PlaceMention:
    """A place named in a text.

    Attributes:
        start_char: Offset in the text.
        end_char: End of it, exclusive; the rank word is not part of it.
        text: The name as written.
        level: What kind of place is meant.
        name: Canonical bare name.
        units: The units that may be meant: several if neither the text nor the name tells which.
            Empty for regions and for provinces of before 1997.
        old_provinces: Names of the old provinces that the place covers or lies in.
        ranked: Whether a rank word stands before the name.
    """

    start_char: int
    end_char: int
    text: str
    level: MentionLevel
    name: str
    units: tuple[Unit, ...]
    old_provinces: frozenset[str]
    ranked: bool = False

    @property
    def is_ambiguous(self) -> bool:
        """Whether the name stands for places in several provinces and nothing tells which."""
        if self.level not in ("district", "commune") or len(self.units) < 2:
            return False
        graph = place_graph()
        shared = [graph.old_provinces(unit.code) for unit in self.units]
        return not frozenset.intersection(*shared)
