"""HTML to lines of text and to what the page declares about itself.

The parser (selectolax, Lexbor) mends broken markup as a browser does and never raises on it.
"""

from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser

from ingest.articles.main_text import main_text
from ingest.metadata.declarations import clean, read_declarations
from kb.models import MetadataEvidence


@dataclass(frozen=True, slots=True)
class WebPage:
    """A page as text lines and declared metadata; None where the page declares nothing.

    Attributes:
        text: Main text, one block a line, blank lines between blocks.
        title: Headline, without the site's name.
        published: `YYYY-MM-DD`.
        author: As declared.
        publisher: As declared.
        url: Canonical address.
        updated: Day of the last change, later than `published`.
        section: Innermost section of the site that the page stands in.
        evidence: What declares each value; quotes are the raw words of the markup, without span.
    """

    text: str
    title: str | None = None
    published: str | None = None
    author: str | None = None
    publisher: str | None = None
    url: str | None = None
    updated: str | None = None
    section: str | None = None
    evidence: tuple[MetadataEvidence, ...] = ()


def read_webpage(html: str) -> WebPage:
    """Return the main text of a page and what the page declares about itself.

    Args:
        html: Markup, already decoded; it may be broken.
    """
    tree = LexborHTMLParser(html.replace("\x00", ""))
    declared = read_declarations(tree)
    meta = tree.css_first("meta[name=description i]") or tree.css_first(
        "meta[property='og:description' i]"
    )
    description = clean(meta.attributes.get("content") if meta else None) or ""
    text = main_text(tree, declared.title, description)
    return WebPage(
        text=text,
        title=declared.title,
        published=declared.published,
        author=declared.author,
        publisher=declared.publisher,
        url=declared.url,
        updated=declared.updated,
        section=declared.section,
        evidence=declared.evidence,
    )
