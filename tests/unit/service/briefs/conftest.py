"""A hand-made answer over stored cases, and readers of the files that briefs become."""

import io
import re
import zipfile
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from xml.etree import ElementTree

import pytest

from ingest.records.models import case_document
from kb.ids import content_sha256
from kb.models import (
    Answer,
    AnswerRow,
    Case,
    CaseFact,
    CaseFigure,
    CaseResult,
    Cell,
    Claim,
    Document,
    ExtractedCase,
    Field,
    Locator,
    Note,
    Source,
    Span,
)
from service.briefs.build import Frame, Material, build_brief
from service.briefs.citing import FootnoteBook
from service.briefs.model import Brief, Letterhead

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
DAY = date(2026, 2, 5)
BASE = "https://kho.example.vn"

DUCKS = Case(
    case_id="nuoi-vit-chay-dong",
    name="Nuôi vịt chạy đồng của 12 hộ",
    field=Field.ECONOMY,
    topics=("giam-ngheo",),
    province="Bạc Liêu",
    commune="xã Bờ Kinh",
    organization="Hội Nông dân xã Bờ Kinh",
    period="2019-2021",
    problem="Sau vụ lúa đất bỏ không, 35 hộ thiếu việc làm.",
    approach=("Góp vốn 5 triệu đồng mỗi hộ", "Thuê chung máy ấp & chuồng <di động>"),
    results=(
        CaseResult("Lãi 1.250 con vịt mỗi lứa", 1250, "con"),
        CaseResult("Hộ nghèo còn 4 hộ", 4, "hộ"),
    ),
    conditions="Cần đồng trống ít nhất 2 tháng mỗi vụ.",
    sources=(
        Source("Vịt về đồng", "Báo Đồng Bằng", "https://bao.example.vn/vit?a=1&b=2", "2021-03-09"),
        Source("Chuyện vịt", "Đài huyện", "javascript:alert(1)", "2020"),
    ),
)
GARDEN = Case(
    case_id="vuon-rau-to-phu-nu",
    name="Vườn rau của tổ phụ nữ",
    field=Field.ECONOMY,
    topics=("giam-ngheo", "phu-nu"),
    province="Cà Mau",
    approach=("Chia 3 luống cho mỗi chị",),
    results=(CaseResult("Thu 600 nghìn đồng mỗi tháng", 600, "nghìn đồng"),),
    sources=(Source("Luống rau", "Báo Mũi Đất", "https://bao.example.vn/rau", None),),
)
ARTICLE_TEXT = (
    "Xóm nhỏ làm điều lớn\n\n"
    "Ở Cà Mau, tổ “Bếp chung” do chi hội phụ nữ lập năm 2022.\n\n"
    "Tổ nấu 80 suất cơm mỗi ngày cho người già."
)


def find(text: str, words: str) -> Span:
    start = text.index(words)
    return Span(start, start + len(words))


def stored(case: Case) -> Document:
    return replace(
        case_document(case, "/kho/mo-hinh.jsonl"),
        fetched_at=datetime(2026, 1, 2, 18, 30, tzinfo=UTC),
    )


@pytest.fixture
def ducks() -> Document:
    return replace(stored(DUCKS), locators=(Locator(0, "page", 3),))


@pytest.fixture
def garden() -> Document:
    return stored(GARDEN)


@pytest.fixture
def article() -> Document:
    kitchen = ExtractedCase(
        case_id="bai-xom-nho--bep-chung",
        document_id="bai-xom-nho",
        name="Bếp chung",
        mentions=(find(ARTICLE_TEXT, "Bếp chung"),),
        passages=(find(ARTICLE_TEXT, "Tổ nấu 80 suất cơm mỗi ngày cho người già."),),
        figures=(
            CaseFigure(
                80,
                "suất cơm",
                "",
                "ngày",
                "nấu 80 suất cơm mỗi ngày",
                find(ARTICLE_TEXT, "nấu 80 suất cơm mỗi ngày"),
                find(ARTICLE_TEXT, "80"),
            ),
        ),
        organization=CaseFact("Chi hội phụ nữ", find(ARTICLE_TEXT, "chi hội phụ nữ")),
        province="Cà Mau",
    )
    return Document(
        document_id="bai-xom-nho",
        kind="article",
        title="Xóm nhỏ làm điều lớn",
        text=ARTICLE_TEXT,
        origin="/kho/bai viết/xom-nho.docx",
        sha256=content_sha256(ARTICLE_TEXT),
        extracted=(kitchen,),
    )


@pytest.fixture
def answer(ducks: Document, garden: Document) -> Answer:
    """Two claims; the second rests on a quote of the first too."""
    book = FootnoteBook()
    place = book.cite(ducks, Span(0, find(ducks.text, "Bạc Liêu").end_char))
    steps = book.cite(
        ducks, Span(ducks.text.index("1. Góp"), find(ducks.text, "<di động>").end_char)
    )
    flock = book.cite(ducks, find(ducks.text, "Lãi 1.250 con vịt mỗi lứa"))
    income = book.cite(garden, find(garden.text, "Thu 600 nghìn đồng mỗi tháng"))
    row = AnswerRow(
        document_id=ducks.document_id,
        case_id=DUCKS.case_id,
        case=Cell(DUCKS.name, (place,)),
        place=Cell("Bạc Liêu", (place,)),
        approach=(Cell("1. Góp vốn 5 triệu đồng mỗi hộ", (steps,)),),
        results=(Cell("Lãi 1.250 con vịt mỗi lứa", (flock,)),),
        source_count=3,
        independent_source_count=2,
        published="2021-03-09",
    )
    checks = {"has_citation": True, "quote_verbatim": True, "figures_supported": True}
    return Answer(
        question="Nuôi gì để giảm nghèo?",
        status="answered",
        reason=None,
        text="",
        claims=(
            Claim("12 hộ nuôi vịt, lãi 1.250 con vịt mỗi lứa", (place, steps, flock), checks),
            Claim("Tổ phụ nữ thu 600 nghìn đồng, như 12 hộ kia", (income, place), checks),
        ),
        citations=book.citations,
        related=(),
        interpretation={"filters": {"province": "Bạc Liêu"}},
        timings_ms={"total": 1.0},
        notes=(Note("old_source", "Nguồn mới nhất là của năm 2021.", (flock,)),),
        rows=(row,),
    )


@pytest.fixture
def documents(ducks: Document, garden: Document, article: Document) -> dict[str, Document]:
    return {document.document_id: document for document in (ducks, garden, article)}


@pytest.fixture
def brief(answer: Answer, documents: dict[str, Document]) -> Brief:
    letterhead = Letterhead("Huyện ủy Bờ Kinh\nBan Dân vận", "Bờ Kinh", ("Lưu.",))
    return build_brief(Material(answer, (), documents), Frame(DAY, letterhead, base=BASE))


@dataclass
class WordFile:
    """A brief as Word would read it: paragraphs with the notes that each mentions."""

    content: bytes

    def part(self, name: str) -> ElementTree.Element:
        with zipfile.ZipFile(io.BytesIO(self.content)) as archive:
            return ElementTree.fromstring(archive.read(name))

    @property
    def document(self) -> ElementTree.Element:
        return self.part("word/document.xml")

    def quotes(self) -> dict[int, str]:
        """Return the quote of each footnote: what stands between its mark and its source."""
        found = {}
        for note in self.part("word/footnotes.xml").findall(f"{W}footnote"):
            if note.get(f"{W}type") is None:
                paragraphs = [
                    "".join(self._plain(run) for run in paragraph.findall(f"{W}r"))
                    for paragraph in note.findall(f"{W}p")
                ]
                words = "\n\n".join(paragraphs).strip()
                assert words[0] == "“"
                assert words[-1] == "”"
                found[int(note.get(f"{W}id", ""))] = words[1:-1]
        return found

    @staticmethod
    def _plain(run: ElementTree.Element) -> str:
        properties = run.find(f"{W}rPr")
        if properties is not None:  # the mark and the source
            return ""
        return "".join(
            "\n" if child.tag == f"{W}br" else child.text or ""
            for child in run
            if child.tag in {f"{W}t", f"{W}br"}
        )

    def addresses(self) -> dict[int, str]:
        """Return where the link of each footnote leads."""
        relations = self.part("word/_rels/footnotes.xml.rels")
        targets = {item.get("Id"): item.get("Target", "") for item in relations}
        return {
            int(note.get(f"{W}id", "")): targets[link.get(f"{R}id")]
            for note in self.part("word/footnotes.xml")
            for link in note.iter(f"{W}hyperlink")
        }

    def statements(self) -> list[tuple[str, list[int]]]:
        """Return each paragraph of section II with the numbers of its footnotes."""
        found, is_told = [], False
        for paragraph in self.document.iter(f"{W}p"):
            text = "".join(self._shown(run) for run in paragraph.iter(f"{W}r")).strip()
            if self._style(paragraph) == "Heading1":
                is_told = text.startswith("II.")
            elif is_told and text and not self._style(paragraph).startswith("Heading"):
                found.append((text, self._numbers(paragraph)))
        return found

    @staticmethod
    def _style(paragraph: ElementTree.Element) -> str:
        style = paragraph.find(f"{W}pPr/{W}pStyle")
        return "" if style is None else style.get(f"{W}val", "")

    @staticmethod
    def _shown(run: ElementTree.Element) -> str:
        style = run.find(f"{W}rPr/{W}rStyle")
        if style is not None and style.get(f"{W}val") == "FootnoteReference":
            return ""
        return "".join(item.text or "" for item in run.findall(f"{W}t"))

    @staticmethod
    def _numbers(paragraph: ElementTree.Element) -> list[int]:
        first = [int(item.get(f"{W}id", "")) for item in paragraph.iter(f"{W}footnoteReference")]
        again = re.findall(
            r"_Ref0*(\d+)", " ".join(item.text or "" for item in paragraph.iter(f"{W}instrText"))
        )
        links = [
            re.sub(r"\D", "", item.get(f"{W}anchor", ""))
            for item in paragraph.iter(f"{W}hyperlink")
            if item.get(f"{W}anchor")
        ]
        return first + [int(number) for number in (*again, *links)]


@pytest.fixture
def read_word():
    return WordFile


@dataclass
class MarkdownFile:
    """A brief as a reader of Markdown sees it."""

    text: str

    @staticmethod
    def plain(text: str) -> str:
        return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text.replace("\\\n", "\n"))

    def quotes(self) -> dict[int, str]:
        found = {}
        for note in re.split(r"\n(?=\[\^\d+\]: )", self.text)[1:]:
            head, _, body = note.partition(": ")
            words = re.sub(r"^    ", "", body, flags=re.MULTILINE).strip()
            found[int(head[2:-1])] = self.plain(words.rpartition("\n\n")[0])[1:-1]
        return found

    def statements(self) -> list[tuple[str, list[int]]]:
        told = self.text.split("## II. Nội dung\n")[1].split("\n## III.")[0]
        found = []
        for block in re.split(r"\n\n|\n(?=- |\|)|<br>|(?<= )\| ", told):
            numbers = [int(number) for number in re.findall(r"\[\^(\d+)\]", block)]
            text = self.plain(re.sub(r"\[\^\d+\]", "", block)).strip()
            if text and not text.startswith("#"):
                found.append((text, numbers))
        return found


@pytest.fixture
def read_markdown():
    return MarkdownFile
