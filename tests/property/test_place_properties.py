"""What must hold for places in every text and for every unit of the table."""

import unicodedata
from collections.abc import Callable

from hypothesis import example, given, settings
from hypothesis import strategies as st

from kb.places import (
    MADE_OF,
    Agreement,
    agreement,
    find_places,
    find_provinces,
    place_graph,
    resolve_place,
)

_GRAPH = place_graph()
_CODES = sorted({code for codes in _GRAPH.codes_by_key.values() for code in codes})
_OLD_NAMES = {part for parts in MADE_OF.values() for part in parts}
_WORDS = (
    "xã huyện tỉnh thành phố TP TX. H. P. quận phường thị trấn ấp bản và , . ; - ( ) ở tại mô hình "
    "Hòa Bình Cà Mau Châu Thành 1 5 12 Tân Tiến miền Tây Bắc Hồ Chí Minh ông HTX hợp tác cai nuoc"
).split()

codes = st.sampled_from(_CODES)
old_communes = st.sampled_from([code for code in _CODES if code.startswith("oc")])
old_districts = st.sampled_from([code for code in _CODES if code.startswith("od")])
new_communes = st.sampled_from([code for code in _CODES if code.startswith("nc")])
pieces = st.one_of(
    st.sampled_from(_WORDS),
    codes.map(_GRAPH.name_of),
    codes.map(lambda code: f"{_GRAPH.rank_of(code)} {_GRAPH.name_of(code)}"),
    st.sampled_from(sorted(_OLD_NAMES)),
    st.text(max_size=4),
)
texts = st.one_of(
    st.lists(pieces, max_size=25).map(" ".join),
    st.lists(pieces, max_size=25).map("".join),
    st.text(st.characters(), max_size=80),
)
variants = st.sampled_from(
    [str, str.upper, str.lower, lambda text: unicodedata.normalize("NFD", text)]
)
dates = st.one_of(st.none(), st.sampled_from(["2019", "2025-06", "2025-07-01", "2026", "", "x"]))


@given(texts, variants, dates)
@example("\ud800 Cà Mau", str, None)
@example("xã İ Cà Mau", str.lower, "2026")
@example("P." * 50, str, None)
def test_mentions_stand_in_the_text_in_order_and_apart(
    text: str, variant: Callable[[str], str], date: str | None
) -> None:
    text = variant(text)
    end = 0
    for mention in find_places(text, date=date):
        assert end <= mention.start_char < mention.end_char <= len(text)
        assert text[mention.start_char : mention.end_char] == mention.text
        assert mention.old_provinces
        assert mention.old_provinces <= _OLD_NAMES
        assert mention.units or mention.level in ("region", "province")
        end = mention.end_char


@given(st.one_of(st.none(), texts), st.one_of(st.none(), texts), st.one_of(st.none(), texts), dates)
def test_any_fields_resolve_to_known_provinces(
    province: str | None, district: str | None, commune: str | None, date: str | None
) -> None:
    place = resolve_place(province, district, commune, date=date)
    assert place.old_provinces <= _OLD_NAMES
    assert bool(place.old_provinces) or not place.old_units
    assert (place.latitude is None) == (place.longitude is None)
    if place.today is not None:
        assert place.old_provinces <= set(MADE_OF[place.today])
    for mention in find_places("Cà Mau, miền Bắc, huyện Châu Thành, xã Tân Tiến"):
        assert isinstance(agreement(mention, place), Agreement)


def _full_name(code: str) -> tuple[str, str, str]:
    district = _GRAPH.parent_of(code)
    return (
        f"{_GRAPH.rank_of(code)} {_GRAPH.name_of(code)}",
        f"{_GRAPH.rank_of(district)} {_GRAPH.name_of(district)}",
        _GRAPH.name_of(_GRAPH.parent_of(district)),
    )


@given(old_communes)
@settings(max_examples=300)
def test_every_old_commune_is_found_and_resolved_by_its_full_name(code: str) -> None:
    commune, district, province = _full_name(code)
    mention = find_places(f"{commune}, {district}, {province}", date="2024")[0]
    assert [unit.code for unit in mention.units] == [code]
    place = resolve_place(province, district, commune)
    assert [unit.code for unit in place.old_units] == [code]
    assert agreement(mention, place) is Agreement.COMMUNE


@given(new_communes)
@settings(max_examples=300)
def test_every_new_commune_is_found_and_resolved_under_its_province(code: str) -> None:
    commune = f"{_GRAPH.rank_of(code)} {_GRAPH.name_of(code)}"
    province = _GRAPH.name_of(_GRAPH.parent_of(code))
    mention = find_places(f"{commune}, {province}")[0]
    assert code in {unit.code for unit in mention.units}
    place = resolve_place(province, None, commune, date="2025-09")
    assert [unit.code for unit in place.new_units] == [code]
    assert agreement(mention, place) is Agreement.COMMUNE


@given(st.one_of(old_communes, old_districts), st.one_of(old_communes, old_districts))
def test_agreement_of_old_places_does_not_depend_on_which_one_is_asked_for(
    one: str, other: str
) -> None:
    def both(code: str) -> tuple[str, ...]:
        if code.startswith("oc"):
            return _full_name(code)
        name = f"{_GRAPH.rank_of(code)} {_GRAPH.name_of(code)}"
        return ("", name, _GRAPH.name_of(_GRAPH.parent_of(code)))

    results = []
    for asked, stored in ((one, other), (other, one)):
        commune, district, province = both(asked)
        query = ", ".join(part for part in (commune, district, f"tỉnh {province}") if part)
        mention = find_places(query, date="2024")[0]
        commune, district, province = both(stored)
        results.append(agreement(mention, resolve_place(province, district, commune)))
    assert results[0] is results[1]


@given(st.sampled_from(sorted(_OLD_NAMES)), dates)
def test_a_bare_province_is_one_for_both_matchers(name: str, date: str | None) -> None:
    (mention,) = find_places(name, date=date)
    (province,) = find_provinces(name)
    assert mention.level == "province"
    assert mention.name == province.province.name
