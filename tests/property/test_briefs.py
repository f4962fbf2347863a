"""Whatever a source holds, its quote comes out of a brief as it went in."""

from hypothesis import given, settings
from hypothesis import strategies as st

from kb.models import Answer, Claim, Document, Span
from kb.text import to_reading_form
from service.briefs.build import Frame, Material, build_brief
from service.briefs.citing import FootnoteBook
from service.briefs.docx import to_docx
from service.briefs.markdown import to_markdown
from service.briefs.wording import xml_safe
from tests.unit.service.briefs.conftest import DAY, MarkdownFile, WordFile

# Texts of what documents hold, and of what Markdown and XML could take for their own.
TEXTS = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="aơ1 .-+#>*_`[]()|<&^~\\\n“”\"'$=:", max_size=60),
).map(lambda text: xml_safe(to_reading_form(text)))


@settings(max_examples=60)
@given(quote=TEXTS.filter(bool), claim=TEXTS)
def test_quotes_survive_word_and_markdown(quote: str, claim: str) -> None:
    document = Document("a", "article", "Bài", quote, "/a.txt", "0" * 64)
    book = FootnoteBook()
    marker = book.cite(document, Span(0, len(quote)))
    answer = Answer(
        question=claim or "?",
        status="answered",
        reason=None,
        text="",
        claims=(Claim(claim or "?", (marker,), {}),),
        citations=book.citations,
        related=(),
        interpretation={},
        timings_ms={},
    )
    brief = build_brief(Material(answer, (), {"a": document}), Frame(DAY))
    assert WordFile(to_docx(brief)).quotes() == {1: quote}
    assert MarkdownFile(to_markdown(brief)).quotes() == {1: quote}
