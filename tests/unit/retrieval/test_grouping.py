"""Documents of one case become one entry, namesakes do not."""

from dataclasses import replace

from kb.models import Case, Document, Field, Source, Span
from kb.store import Membership
from retrieval.candidates import Candidate, Found
from retrieval.grouping import Group, group_same_cases

GREEN = (
    "Hội phụ nữ dựng những ngôi nhà bằng lưới thép, hằng tuần thu gom chai nhựa và lon bia, bán"
    " lấy tiền mua bảo hiểm y tế cho hội viên nghèo."
)
OTHER = "Đoàn thanh niên thắp sáng đường quê bằng đèn năng lượng mặt trời, mỗi tuyến hai cây số."


def case(
    name: str, province: str, district: str | None, text: str, key: str, commune: str | None = None
) -> Found:
    told = Case(key, name, Field.CULTURE_SOCIETY, (), province, district=district, commune=commune)
    document = Document(
        key, "case", name, text, f"/{key}.md", "s", province=province, case=told,
        sources=(Source("Bài", "Báo", f"https://example.org/{key}"),),
    )  # fmt: skip
    return found(document)


def found(document: Document) -> Found:
    candidate = Candidate(document.document_id, f"{document.document_id}.0", 0.5, {})
    return Found(candidate, document, Span(0, len(document.text)))


def printed(item: Found, publisher: str) -> Found:
    sources = tuple(replace(source, publisher=publisher) for source in item.document.sources)
    return replace(item, document=replace(item.document, sources=sources))


def copies(*names: str) -> dict[str, Membership]:
    """Return the memberships of a group of copies of the first document."""
    first = names[0]
    return {name: Membership(name, first, None if name == first else first, 1.0) for name in names}


def ids(groups: list[Group]) -> list[list[str]]:
    return [
        [item.document.document_id for item in (group.leader, *group.others)] for group in groups
    ]


def article(key: str, text: str) -> Found:
    url = f"https://example.org/{key}"
    return found(Document(key, "article", "Nhà xanh", text, f"/{key}.html", "s", url=url))


def test_a_reprint_is_folded_into_the_document_before_it() -> None:
    items = [article("a", GREEN), article("b", GREEN + " Theo báo.")]
    assert ids(group_same_cases(items, copies("a", "b"))) == [["a", "b"]]
    assert ids(group_same_cases(items[::-1], copies("a", "b"))) == [["b", "a"]]


def test_a_case_told_in_other_words_is_known_by_its_name_and_district() -> None:
    items = [
        case("Ngôi nhà xanh", "Cà Mau", "U Minh", GREEN, "a"),
        case("Ngôi nhà xanh", "Cà Mau", "u minh", OTHER, "b"),
    ]
    assert ids(group_same_cases(items)) == [["a", "b"]]


def test_namesakes_in_other_districts_and_provinces_stay_apart() -> None:
    items = [
        case("Ngôi nhà xanh", "Cà Mau", "U Minh", GREEN, "a"),
        case("Ngôi nhà xanh", "Cà Mau", "Thới Bình", OTHER, "b"),
        case("Ngôi nhà xanh", "Hà Giang", "U Minh", OTHER + " Ở đây cũng vậy.", "c"),
    ]
    assert ids(group_same_cases(items)) == [["a"], ["b"], ["c"]]


def test_namesakes_stay_apart_where_the_district_is_not_known() -> None:
    items = [
        case("Ngôi nhà xanh", "Cà Mau", None, GREEN, "a", "xã Đất Mũi"),
        case("Ngôi nhà xanh", "Cà Mau", None, OTHER, "b", "xã Khánh An"),
    ]
    assert ids(group_same_cases(items)) == [["a"], ["b"]]


def test_namesakes_in_two_communes_of_a_district_stay_apart() -> None:
    items = [
        case("Ngôi nhà xanh", "Cà Mau", "U Minh", GREEN, "a", "Khánh Hội"),
        case("Ngôi nhà xanh", "Cà Mau", "U Minh", OTHER, "b", "Khánh An"),
    ]
    assert ids(group_same_cases(items)) == [["a"], ["b"]]


def test_different_cases_of_one_district_stay_apart() -> None:
    items = [
        case("Ngôi nhà xanh", "Cà Mau", "U Minh", GREEN, "a"),
        case("Thắp sáng đường quê", "Cà Mau", "U Minh", OTHER, "b"),
    ]
    assert ids(group_same_cases(items)) == [["a"], ["b"]]


def test_the_old_and_the_new_name_of_a_province_are_one_place() -> None:
    items = [
        case("Ngôi nhà xanh", "Bạc Liêu", "Phước Long", GREEN, "a"),
        case("Ngôi nhà xanh", "Cà Mau", "Phước Long", OTHER, "b"),
    ]
    assert ids(group_same_cases(items)) == [["a", "b"]]


def test_a_case_and_an_article_are_never_one() -> None:
    told = case("Ngôi nhà xanh", "Cà Mau", None, GREEN, "a")
    article = replace(told.document, document_id="b", kind="article", case=None)
    assert ids(group_same_cases([told, found(article)])) == [["a"], ["b"]]


def test_articles_without_a_province_need_the_same_text() -> None:
    same = [
        Document(key, "article", "Tin tức trong ngày", text, f"/{key}.md", "s")
        for key, text in (("a", GREEN), ("b", OTHER), ("c", GREEN))
    ]
    items = [found(item) for item in same]
    assert ids(group_same_cases(items, copies("a", "c"))) == [["a", "c"], ["b"]]


def test_rows_of_a_register_that_share_their_sentences_are_different_cases() -> None:
    items = [
        case("Nuôi dê sinh sản", "Bắc Giang", "Lạng Giang", GREEN, "a"),
        case("Camera giám sát ngõ xóm", "Bắc Giang", "Lạng Giang", GREEN, "b"),
        case("Nuôi dê sinh sản", "Bắc Giang", "Yên Thế", GREEN, "c"),
    ]
    assert ids(group_same_cases(items, copies("a", "b", "c"))) == [["a"], ["b"], ["c"]]


def test_a_record_that_came_twice_is_one_case_though_its_district_is_not_known() -> None:
    items = [case("Ngôi nhà xanh", "Cà Mau", None, GREEN, key) for key in ("a", "b")]
    assert ids(group_same_cases(items, copies("a", "b"))) == [["a", "b"]]


def test_reprints_are_sources_but_not_independent_ones() -> None:
    items = [article("a", GREEN), article("b", GREEN)]
    (group,) = group_same_cases(items, copies("a", "b"))
    assert (group.source_count, group.independent_count) == (2, 1)


def test_copies_of_a_text_that_is_not_shown_count_once() -> None:
    memberships = {"b": Membership("b", "a", "a", 1.0), "c": Membership("c", "a", "a", 1.0)}
    (group,) = group_same_cases([article("b", GREEN), article("c", GREEN)], memberships)
    assert (group.source_count, group.independent_count) == (2, 1)


def test_equal_records_that_rest_on_different_sources_are_independent() -> None:
    items = [
        printed(case("Nhà xanh", "Cà Mau", None, GREEN, "a"), "Báo Một"),
        printed(case("Nhà xanh", "Cà Mau", None, GREEN, "b"), "Báo Hai"),
    ]
    (group,) = group_same_cases(items, copies("a", "b"))
    assert (group.source_count, group.independent_count) == (2, 2)


def test_two_pages_of_one_paper_are_not_independent() -> None:
    items = [case("Nhà xanh", "Cà Mau", None, GREEN, key) for key in ("a", "b")]
    (group,) = group_same_cases(items, copies("a", "b"))
    assert (group.source_count, group.independent_count) == (2, 1)


def test_groups_stand_in_the_order_of_their_best_documents() -> None:
    items = [
        case("Thắp sáng đường quê", "Cà Mau", "U Minh", OTHER, "c"),
        case("Ngôi nhà xanh", "Cà Mau", "U Minh", GREEN, "b"),
        case("Thắp sáng đường quê", "Cà Mau", "U Minh", OTHER, "a"),
    ]
    assert ids(group_same_cases(items)) == [["c", "a"], ["b"]]


def test_empty_texts_and_titles_are_not_taken_for_one_case() -> None:
    items = [case("", "Cà Mau", None, "", "a"), case("", "Cà Mau", None, "", "b")]
    assert ids(group_same_cases(items)) == [["a"], ["b"]]
    assert group_same_cases([]) == []


def test_distinct_sources_of_all_documents_are_counted() -> None:
    one = case("Ngôi nhà xanh", "Cà Mau", "U Minh", GREEN, "a")
    assert Group(one).source_count == 1
    two = replace(one, document=replace(one.document, document_id="b"))  # the same address
    third = case("Ngôi nhà xanh", "Cà Mau", "U Minh", GREEN, "c")
    assert Group(one, (two,)).source_count == 1
    assert Group(one, (two, third)).source_count == 2


def test_sources_without_an_address_are_told_apart_by_publisher_and_title() -> None:
    base = case("Ngôi nhà xanh", "Cà Mau", "U Minh", GREEN, "a")

    def told_by(*sources: Source) -> Found:
        return replace(base, document=replace(base.document, sources=sources))

    group = Group(told_by(Source("Bài 1", "Báo")), (told_by(Source("Bài 1", "Báo")),))
    assert group.source_count == 1
    other = Group(told_by(Source("Bài 1", "Báo"), Source("Bài 2", "Báo")))
    assert other.source_count == 2
    assert Group(told_by()).source_count == 1
