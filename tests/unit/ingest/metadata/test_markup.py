"""Words of elements, and that nesting does not multiply them."""

from selectolax.lexbor import LexborHTMLParser

from ingest.metadata.declarations import read_declarations
from ingest.metadata.linked_data import read_breadcrumbs, read_microdata
from ingest.metadata.markup import nodes_inside, texts_inside, texts_of


def test_elements_inside_are_those_of_the_combined_selector() -> None:
    tree = LexborHTMLParser(
        "<li>ngoài</li><div class=b><ul class=b><li>một</li><li>hai<ul><li>ba</li></ul></li></ul>"
        "</div><p><li>giữa</li></p><nav class=b><li class=b>bốn</li></nav>"
    )
    expected = [node.text() for node in tree.css(".b li")]
    assert [node.text() for node in nodes_inside(tree, ".b", "li")] == expected
    assert list(texts_inside(tree, ".b", "li")) == ["một", "haiba", "ba", "bốn"]


def test_element_that_is_both_outer_and_inner_is_not_inside_itself() -> None:
    tree = LexborHTMLParser("<li class=b>một</li>")
    assert list(texts_inside(tree, ".b", "li")) == []


def test_texts_end_where_they_are_long_together() -> None:
    tree = LexborHTMLParser(f"<h1>{'a' * 60_000}</h1>" * 5)
    assert len(list(texts_of(tree, "h1"))) == 2


# Where the time grows with the square of the depth, these take far longer than all others together.


def test_nested_breadcrumbs_are_read_in_linear_time() -> None:
    depth = 5_000
    tree = LexborHTMLParser("<ul class=breadcrumb><li>x" * depth)
    total = sum(map(len, read_breadcrumbs(tree)))
    assert depth <= total <= 100_000 + depth  # and not twelve million


def test_deeply_nested_items_name_no_article() -> None:
    item = "<div itemscope itemtype='https://schema.org/Article'><b itemprop=headline>"
    assert read_microdata(LexborHTMLParser(item * 2_500), ["Tin"]) is None


def test_deeply_nested_headlines_and_times_declare_no_day() -> None:
    assert read_declarations(LexborHTMLParser("<h1><div>x" * 4_000)).published is None
    assert read_declarations(LexborHTMLParser("<article><time>x" * 6_000)).published is None


def test_day_of_a_time_element_in_the_article_is_taken_before_that_of_others() -> None:
    tree = LexborHTMLParser(
        "<aside><time datetime='2023-01-02'></time></aside>"
        "<article><h1>Tin</h1><time datetime='2024-03-05'></time></article>"
    )
    assert read_declarations(tree).published == "2024-03-05"
