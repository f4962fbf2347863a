"""Find the places that a text names: regions, provinces, districts, communes.

Names are matched on their syllables in both tone styles, bare, with a rank word before them or
with the unit above beside them. Many names are ordinary words or names of people and firms, so a
small place counts only where something tells that a place is meant.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from kb.places.graph import Unit, era_of, key_of
from kb.places.homonyms import Homonyms
from kb.places.mention import MentionLevel, PlaceMention
from kb.places.name_index import NameHit, WidePlace, name_forms, name_index
from kb.places.name_words import (
    AND,
    BEFORE_DIRECTION,
    BEFORE_PERSON,
    BEFORE_REGION,
    CONNECTING,
    DIRECTIONS,
    EVERYDAY_COMMUNES,
    EVERYDAY_DISTRICTS,
    EVERYDAY_PROVINCES,
    EVERYDAY_SYLLABLES,
    FAMILY_NAMES,
    LOCATIVE,
    PERSONS,
)
from kb.places.surroundings import Surroundings
from kb.text import fold

# What may stand between the members of a list of places, or a place and the one it lies in.
_LIST_GAP = re.compile(r"\s*[,;/&+]?\s*")
_BESIDE_GAP = re.compile(r"\s*[,(\-–—:;/]?\s*")
_SHORT_TEXT = 40  # tokens: a query rather than a document
# No Vietnamese syllable has two vowels apart: "Pleiku", "Sapa".
_TWO_SYLLABLES = re.compile(r"[aeiouy]+[^aeiouy]+[aeiouy]")


def warm_up() -> None:
    """Read the table of units now rather than at the first use."""
    name_index()


class _Reader:
    """One pass over one text."""

    def __init__(self, text: str, date: str | None) -> None:
        self.text = text
        self.before_reform = era_of(date) == "old"
        self.date = date
        self.index = name_index()
        self.graph = self.index.graph
        self.around = Surroundings(text)
        self.tokens = self.around.tokens
        self.taken = self.around.taken
        self.homonyms = Homonyms(self.graph)
        self.found: dict[int, tuple[NameHit, PlaceMention]] = {}

    def read(self) -> list[PlaceMention]:
        hits = list(self._hits())
        if hits:
            self._take_wide(hits)
            small = [hit for hit in hits if hit.key in self.index.codes]
            self._take_small([hit for hit in small if not hit.overlaps(self.taken)], "district")
            self._take_small([hit for hit in small if not hit.overlaps(self.taken)], "commune")
        return [mention for _, (_, mention) in sorted(self.found.items())]

    def _hits(self) -> Iterator[NameHit]:
        """Yield what spells a name, from left to right, longer before shorter."""
        tokens, lengths = self.tokens, self.index.lengths
        wide, codes = self.index.wide, self.index.codes
        for index, token in enumerate(tokens):
            for length in lengths.get(token.folded, ()):
                end = index + length
                if end > len(tokens):
                    continue
                key = " ".join([each.folded for each in tokens[index:end]])
                if key not in wide and key not in codes:
                    continue
                if all(self.around.joined(inner) for inner in range(index + 1, end)):
                    yield NameHit(index, end, key)

    def _take(self, hit: NameHit, mention: PlaceMention) -> None:
        for index in range(hit.first, hit.end):
            self.taken[index] = True
        self.found[hit.first] = (hit, mention)
        self.homonyms.note(mention)

    def _mention(
        self,
        hit: NameHit,
        level: MentionLevel,
        name: str,
        units: Sequence[Unit],
        old_provinces: frozenset[str],
        ranked: bool,
    ) -> PlaceMention:
        start, end = self.tokens[hit.first].start, self.tokens[hit.end - 1].end
        written = self.text[start:end]
        return PlaceMention(start, end, written, level, name, tuple(units), old_provinces, ranked)

    # --- regions and provinces ------------------------------------------------------------------

    def _take_wide(self, hits: Sequence[NameHit]) -> None:
        blocked_until = 0
        for hit in hits:
            if hit.first < blocked_until or hit.overlaps(self.taken):
                continue
            rank = self.around.rank(hit.first)
            if rank and rank[0] in ("district", "commune") and self._small_codes(hit, rank[0]):
                blocked_until = hit.end
                continue
            for wide in self.index.wide.get(hit.key, ()):
                mention = self._judge_wide(hit, wide)
                if mention:
                    self._take(hit, mention)
                    break
            else:
                # "An Giang Đông" is no part of An Giang: a longer name hides the shorter one.
                if self.around.capitals(hit) and self._small_codes(hit) and hit.end - hit.first > 2:
                    blocked_until = hit.end

    def _judge_wide(self, hit: NameHit, wide: WidePlace) -> PlaceMention | None:
        exact = self.around.precise(hit, wide.forms)
        if exact is None:
            return None
        rank = self.around.rank(hit.first)
        kind = rank[0] if rank else None
        ranked = kind in ("province", "city")
        if wide.level == "region":
            if kind in ("hamlet", "commune", "district") or not self._is_region(hit, exact):
                return None
            return self._mention(hit, "region", wide.name, (), wide.old_provinces, False)
        if kind == "hamlet" or (kind == "commune" and not self.around.generic(hit.first - 2)):
            return None
        if kind == "city" and self._is_city_below_province(hit, wide):
            return None
        if wide.only_with_rank and not ranked:
            return None
        if not ranked and not self._is_province_bare(hit, exact):
            return None
        if wide.province is None:
            return self._mention(hit, "province", wide.name, (), wide.old_provinces, ranked)
        covered = wide.old_provinces
        era: Literal["old", "new"] = "old"
        if not self.before_reform and wide.province.is_current:
            covered, era = frozenset(wide.province.parts), "new"
        code = self.graph.province_code(wide.name, era)
        units = (self.graph.unit(code),) if code else ()
        return self._mention(hit, "province", wide.name, units, covered, ranked)

    def _is_region(self, hit: NameHit, exact: bool) -> bool:
        if not exact and not self.around.plain_near(hit.first):
            return False
        before = self.tokens[hit.first - 1].form if hit.first else ""
        if before in BEFORE_DIRECTION:
            return False
        form = " ".join(token.form for token in self.tokens[hit.first : hit.end])
        if form in DIRECTIONS and not self.around.is_shouting:
            return self.tokens[hit.first].capital or before in BEFORE_REGION
        if not exact and len(form.split()) == 2 and form.split()[0] != "mien":
            # "dong bac", "nam bo": too short to be sure of without a word that says region.
            return before in ("vung", "khu", "mien", "tinh") or form == "tay nguyen"
        return True

    def _is_city_below_province(self, hit: NameHit, wide: WidePlace) -> bool:
        """Tell whether "thành phố X" is the town of that name rather than the province."""
        if not self._small_codes(hit, "district"):
            return False
        if hit.end < len(self.tokens) and self.tokens[hit.end].form == "tỉnh":
            return True
        today = self.graph.province_code(wide.name, "old" if self.before_reform else "new")
        return today is None or self.graph.rank_of(today) != "thành phố"

    def _is_province_bare(self, hit: NameHit, exact: bool) -> bool:
        tokens = self.tokens[hit.first : hit.end]
        before = self.tokens[hit.first - 1].form if hit.first else ""
        located = before in LOCATIVE and self.around.gap(hit.first) == " "
        form = " ".join(token.form for token in tokens)
        if before in BEFORE_PERSON and self.around.gap(hit.first) == " " and tokens[0].capital:
            return False
        if form in PERSONS or hit.key == "ho chi minh":
            return located and self.around.capitals(hit)
        if form in EVERYDAY_PROVINCES and not located:
            return tokens[0].capital and tokens[-1].capital
        if exact or self.around.plain_near(hit.first):
            return True
        # Officers leave marks out in a part of a query; a document does not.
        return located or (self.date is None and len(self.tokens) <= _SHORT_TEXT)

    # --- districts and communes -----------------------------------------------------------------

    def _small_codes(self, hit: NameHit, level: str | None = None) -> list[str]:
        """Return the units of that name whose spelling fits."""
        found = []
        for code in self.index.codes.get(hit.key, ()):
            if level is not None and code[1] != level[0]:
                continue
            if self.before_reform and code[0] == "n":
                continue
            names = self.graph.names_of(code)
            if any(self.around.precise(hit, name_forms(name)) is not None for name in names):
                found.append(code)
        return found

    def _spelt_exactly(self, hit: NameHit, codes: Sequence[str]) -> list[str]:
        """Keep the units that are spelt just so, if there are any."""
        return [code for code in codes if self._is_exact(hit, code)] or list(codes)

    def _is_exact(self, hit: NameHit, code: str) -> bool:
        return any(self.around.precise(hit, name_forms(name)) for name in self.graph.names_of(code))

    def _take_small(self, hits: Sequence[NameHit], level: Literal["district", "commune"]) -> None:
        skip_until = 0
        for hit in hits:
            if hit.first < skip_until or hit.overlaps(self.taken):
                continue
            mention = self._judge_small(hit, level)
            if mention:
                self._take(hit, mention)
            elif (
                level == "district"
                and hit.end - hit.first > 1
                and (rank := self.around.rank(hit.first))
                and rank[0] == "commune"
                and self._small_codes(hit, "commune")
            ):
                # "xã Tân Hưng Đông" hides the district Tân Hưng.
                skip_until = hit.end

    def _judge_small(
        self, hit: NameHit, level: Literal["district", "commune"]
    ) -> PlaceMention | None:
        rank = self.around.rank(hit.first)
        kind = rank[0] if rank else None
        if kind == "city":
            kind = "district"
        if self.around.named_after(hit) or kind == "province":
            return None
        ranked = kind == level
        if kind is not None and not ranked:
            return None
        capitals = self.around.capitals(hit)
        listed = not ranked and self._in_list(hit, level)
        # Nearly all names are written in capitals, so most of a text needs no closer look.
        if not (
            ranked or listed or capitals or self.around.is_plain or len(self.tokens) <= _SHORT_TEXT
        ):
            return None
        codes = self._small_codes(hit, level)
        if not codes:
            return None
        codes = self._spelt_exactly(hit, codes)
        exact = self._is_exact(hit, codes[0])
        if not exact and not ranked and not self.around.plain_near(hit.first):
            return None
        if (
            not exact
            and "-" in self.text[self.tokens[hit.first].end : self.tokens[hit.end - 1].start]
        ):
            return None  # a part of an address of a page
        if ranked and rank is not None:
            codes = self.homonyms.of_rank(codes, rank[1])
        after, before = self._after(hit, level), self._before(hit, level)
        within = self.homonyms.within(codes, after) if after else []
        contradicted = bool(after) and not within and not self.homonyms.is_unique(codes)
        if not within and before:
            within = self.homonyms.within(codes, before)
        number = self.tokens[hit.first].form.isdigit()
        if not ranked:
            if level == "commune" and self.around.named_after_product(hit):
                return None
            if number or (contradicted and not listed):
                return None
            if not within and not self._stands_alone(hit, level, codes, capitals, listed):
                return None
            if within and not capitals and not self._lower_case_is_fine(hit, after, level):
                return None
            if within and self.around.inside_longer_name(hit):
                return None
        codes = within or self.homonyms.settle(codes)
        return self._small_mention(hit, level, codes, ranked)

    def _small_mention(
        self, hit: NameHit, level: MentionLevel, codes: Sequence[str], ranked: bool
    ) -> PlaceMention:
        covered = frozenset().union(*(self.graph.old_provinces(code) for code in codes))
        units = [self.graph.unit(code) for code in codes]
        name = next(
            (name for name in self.graph.names_of(codes[0]) if key_of(name) == hit.key),
            units[0].name,
        )
        return self._mention(hit, level, name, units, covered, ranked)

    def _stands_alone(
        self,
        hit: NameHit,
        level: Literal["district", "commune"],
        codes: Sequence[str],
        capitals: bool,
        listed: bool,
    ) -> bool:
        """Tell whether a name without rank word and without the unit above beside it is a place."""
        if self.around.inside_longer_name(hit):
            return False
        if hit.end - hit.first < 2 and not _TWO_SYLLABLES.search(hit.key):
            return False
        if not capitals:
            return level == "district" and self._located_in_lower_case(hit, codes)
        if listed:
            return True
        form = " ".join(token.form for token in self.tokens[hit.first : hit.end])
        forms = form.split()
        if level == "district":
            everyday = form in EVERYDAY_DISTRICTS
            if everyday or (self.around.is_plain and not self._is_exact(hit, codes[0])):
                return False
            # Beside other places of An Giang, "Phú Lộc" is its commune, not the district of Huế.
            communes = self._small_codes(hit, "commune")
            return bool(self.homonyms.named_parents(codes)) or not self.homonyms.named_parents(
                communes
            )
        if (
            form in EVERYDAY_COMMUNES
            or forms[0] in FAMILY_NAMES
            or all(part in EVERYDAY_SYLLABLES for part in forms)
        ):
            return False
        if self.around.is_plain and len(self.tokens) > len(forms):
            return False
        return bool(self.homonyms.named_parents(codes)) or self.homonyms.is_unique(codes)

    def _located_in_lower_case(self, hit: NameHit, codes: Sequence[str]) -> bool:
        """Tell whether a query without capitals says "ở" before a district, or ends with it."""
        if (
            self.date is not None
            or len(self.tokens) > _SHORT_TEXT
            or self.text != self.text.lower()
        ):
            return False
        located = hit.first > 0 and self.tokens[hit.first - 1].form in LOCATIVE
        # "mô hình nuôi tôm năm căn": at the end of a query stands its place.
        if not located and (self.around.is_plain or hit.first == 0 or hit.end < len(self.tokens)):
            return False
        forms = [token.form for token in self.tokens[hit.first : hit.end]]
        everyday = {fold(part) for part in EVERYDAY_SYLLABLES}
        return len(codes) == 1 and not all(fold(part) in everyday for part in forms)

    def _lower_case_is_fine(self, hit: NameHit, after: PlaceMention | None, level: str) -> bool:
        """Tell whether a lower-case name with the unit above beside it is a place.

        "biên giới Tây Ninh" is the border, though there is a commune of that name; so a commune
        needs its district right behind it.
        """
        if level == "commune" and (after is None or after.level != "district"):
            return False
        if self.around.is_shouting or self.around.is_plain:
            return hit.end - hit.first > 1
        forms = [token.form for token in self.tokens[hit.first : hit.end]]
        everyday = all(part in EVERYDAY_SYLLABLES for part in forms)
        return len(forms) > 1 and not everyday and self.date is None

    def _in_list(self, hit: NameHit, level: str) -> bool:
        """Tell whether the place before it in a list has a rank word: "các huyện A, B và C"."""
        before = hit.first - 1
        if before > 0 and self.tokens[before].form in AND and not self.taken[before]:
            before -= 1
        if before < 0 or not self.taken[before]:
            return False
        for start in range(before, max(-1, before - 6), -1):
            if start in self.found:
                other, mention = self.found[start]
                return (
                    other.end == before + 1
                    and mention.level == level
                    and mention.ranked
                    and bool(_LIST_GAP.fullmatch(self.around.gap(other.end)))
                    and (before + 1 != hit.first or "," in self.around.gap(hit.first))
                )
        return False

    def _after(self, hit: NameHit, level: str) -> PlaceMention | None:
        """Return the larger place that stands right after a name: "A, huyện B"."""
        index = hit.end
        while index < len(self.tokens) and _BESIDE_GAP.fullmatch(self.around.gap(index)):
            if index in self.found:
                mention = self.found[index][1]
                return mention if mention.level not in (level, "commune") else None
            if self.taken[index] or index - hit.end >= 3 or not self._connects(index):
                return None
            index += 1
        return None

    def _before(self, hit: NameHit, level: str) -> PlaceMention | None:
        """Return the larger place that stands right before a name: "B: xã A"."""
        index = hit.first - 1
        while index >= 0 and _BESIDE_GAP.fullmatch(self.around.gap(index + 1)):
            if self.taken[index]:
                while index not in self.found:
                    index -= 1
                mention = self.found[index][1]
                return mention if mention.level not in (level, "commune") else None
            if hit.first - index > 3 or not self._connects(index):
                return None
            index -= 1
        return None

    def _connects(self, index: int) -> bool:
        return self.tokens[index].form in CONNECTING


def find_places(text: str, *, date: str | None = None) -> list[PlaceMention]:
    """Return the places that a text names, in order, none inside another.

    Args:
        text: A query or a document; the offsets of the mentions refer to it.
        date: Day, month or year of a document ("2024-05-03", "2024-05", "2024"): before
            1 July 2025 a name means the place of then. None means today.
    """
    return _Reader(text, date).read()
