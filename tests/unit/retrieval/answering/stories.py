"""Cases and articles in our own words, and what a search would have made of them."""

from collections.abc import Sequence

from ingest.records.models import case_document
from kb.models import Case, CaseResult, Citation, Document, Field, Source, Span
from retrieval.candidates import Candidate, Found


def case(
    case_id: str,
    name: str,
    province: str,
    *,
    district: str | None = None,
    commune: str | None = None,
    who: str | None = None,
    for_whom: str | None = None,
    period: str | None = None,
    problem: str | None = None,
    steps: Sequence[str] = (),
    results: Sequence[str] = (),
    conditions: str | None = None,
    published: str | None = "2026-05-01",
    publishers: Sequence[str] = ("Báo Thử",),
) -> Document:
    """Return the document of a case; each publisher is a source of it."""
    sources = tuple(
        Source("Bài báo", publisher, f"https://example.org/{case_id}/{number}", published)
        for number, publisher in enumerate(publishers)
    )
    told = Case(
        case_id=case_id,
        name=name,
        field=Field.ECONOMY,
        topics=("giam-ngheo",),
        province=province,
        district=district,
        commune=commune,
        organization=who,
        participants=for_whom,
        period=period,
        problem=problem,
        approach=tuple(steps),
        results=tuple(CaseResult(result) for result in results),
        conditions=conditions,
        sources=sources,
    )
    return case_document(told, f"/cases/{case_id}.md")


def article(
    document_id: str,
    title: str,
    *sentences: str,
    province: str | None = None,
    publisher: str | None = "Báo Thử",
    published: str | None = "2026-05-01",
) -> Document:
    """Return an article whose text is its title and its sentences, a line each."""
    return Document(
        document_id,
        "article",
        title,
        "\n".join([title, *sentences]),
        f"/articles/{document_id}.md",
        f"sha-{document_id}",
        publisher=publisher,
        published=published,
        url=f"https://example.org/{document_id}",
        province=province,
    )


def found(
    document: Document, score: float = 0.9, *, late: float = 0.5, dense: float = 0.9
) -> Found:
    """Return a document as a search found it."""
    candidate = Candidate(
        document.document_id,
        f"{document.document_id}.0",
        score,
        {"dense": dense},
        features={"late": late},
    )
    return Found(candidate, document, Span(0, len(document.text)))


def span_of(document: Document, stretch: str) -> Span:
    """Return where a stretch stands in a document, which must hold it once."""
    assert document.text.count(stretch) == 1, stretch
    start = document.text.index(stretch)
    return Span(start, start + len(stretch))


def citation(marker: int, document: Document, quote: str) -> Citation:
    """Return a citation of a stretch of a document."""
    span = span_of(document, quote)
    return Citation(
        marker=marker,
        document_id=document.document_id,
        case_id=document.case.case_id if document.case else None,
        title=document.title,
        publisher=document.publisher,
        url=document.url,
        published=document.published,
        quote=quote,
        start_char=span.start_char,
        end_char=span.end_char,
    )


EELS = case(
    "nuoi-luon-vinh-long",
    "Nuôi lươn không bùn",
    "Vĩnh Long",
    district="Tam Bình",
    commune="Hòa Lộc",
    who="Hội Nông dân xã Hòa Lộc",
    for_whom="26 hộ ít đất",
    period="2021-2023",
    problem="Đất vườn hẹp, nhiều hộ thiếu việc làm.",
    steps=["Xây bể lót bạt trong sân", "Thả 200 con lươn giống mỗi bể", "Thay nước 2 lần mỗi ngày"],
    results=[
        "Có 26 hộ nuôi lươn",
        "Mỗi hộ lãi 35 triệu đồng một năm",
        "Vốn xây bể 12 triệu đồng",
        "Tỷ lệ lươn sống 85%",
        "Tổ được lập năm 2021",
    ],
    conditions="Cần nguồn nước sạch và một người biết kỹ thuật.",
)
EELS_ELSEWHERE = case(
    "nuoi-luon-hau-giang",
    "Nuôi lươn không bùn trong nhà lưới",
    "Hậu Giang",
    district="Long Mỹ",
    commune="Thuận Hưng",
    who="Tổ hợp tác Thuận Hưng",
    steps=["Lắp hệ thống lọc nước tuần hoàn"],
    results=["Có 71 hộ nuôi lươn", "Mỗi hộ lãi 90 triệu đồng một năm"],
)
MENDERS = case(
    "to-hoa-giai-soc-trang",
    "Tổ hòa giải ba không",
    "Sóc Trăng",
    district="Kế Sách",
    commune="An Mỹ",
    who="Mặt trận xã An Mỹ",
    steps=["Nghe từng bên kể riêng", "Mời người có uy tín cùng dự"],
    results=["Hòa giải thành 44 vụ", "Tỷ lệ hòa giải thành 92%"],
)
