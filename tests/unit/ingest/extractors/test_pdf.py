"""PDF files made here, with a font that has Vietnamese letters, to documents."""

import shutil
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import matplotlib
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from ingest.extractors import ocr
from ingest.extractors import pdf as pdf_extractor
from ingest.extractors.pdf import _list, extract
from ingest.extractors.pdf_layout import Line, Segment, _char
from ingest.ports import Limits
from ingest.sources import SourceFile
from kb.errors import EmptyDocument, ExtractionFailed, IngestError, MissingTool
from kb.models import Document

FONT = "Chữ"
LEFT, TOP, PITCH, SIZE = 72, 760, 18, 12
Draw = Callable[[Canvas], None]


@pytest.fixture(autouse=True, scope="module")
def _font():
    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    pdfmetrics.registerFont(TTFont(FONT, str(path)))


def write(canvas: Canvas, x: float, y: float, *lines: str, size: float = SIZE) -> float:
    canvas.setFont(FONT, size)
    for line in lines:
        canvas.drawString(x, y, line)
        y -= PITCH
    return y


def pdf(path: Path, *pages: Draw, **options: object) -> Path:
    canvas = Canvas(str(path), pagesize=A4, **options)
    for draw in pages:
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return path


def read(path: Path, limits: Limits | None = None) -> Document:
    (document,) = extract(SourceFile(path, "pdf"), limits or Limits())
    assert isinstance(document, Document)
    return document


def notes(document: Document) -> list[str]:
    return [item.value for item in document.evidence if item.field == "notes"]


FIRST = [
    "Tổ hợp tác ấp Rau Dừa có 24 hộ cùng thả cá trên ruộng lúa, mỗi",
    "hộ góp vốn theo diện tích và chia việc theo ngày trong cả mùa vụ,",
    "nên ai cũng nắm rõ phần việc của mình.",
]
SECOND = [
    "Vụ vừa qua, một hộ lãi gần 18 triệu đồng từ cá và lúa, cao hơn",
    "trồng lúa đơn thuần.",
]


def test_lines_become_paragraphs(tmp_path: Path):
    def page(canvas: Canvas) -> None:
        write(canvas, LEFT, TOP, "Nuôi cá trên ruộng lúa", size=20)
        y = write(canvas, LEFT, TOP - 40, *FIRST)
        write(canvas, LEFT, y, *SECOND)

    document = read(pdf(tmp_path / "a.pdf", page))
    assert document.text == "\n\n".join(
        ["Nuôi cá trên ruộng lúa", " ".join(FIRST), " ".join(SECOND)]
    )
    assert document.title == "Nuôi cá trên ruộng lúa"


def test_first_lines_that_are_indented_begin_paragraphs(tmp_path: Path):
    def page(canvas: Canvas) -> None:
        write(canvas, LEFT, TOP, "Nuôi cá trên ruộng lúa", size=20)
        first = write(canvas, LEFT + 30, TOP - 40, "Tổ hợp tác có 24 hộ thả cá trên ruộng lúa, mỗi")
        y = write(canvas, LEFT, first, "hộ góp vốn theo diện tích và chia việc theo ngày mùa vụ.")
        write(canvas, LEFT + 30, y, "Vụ vừa qua, một hộ lãi gần 18 triệu đồng từ cá và lúa.")

    document = read(pdf(tmp_path / "a.pdf", page))
    assert document.text.split("\n\n")[1:] == [
        "Tổ hợp tác có 24 hộ thả cá trên ruộng lúa, mỗi hộ góp vốn theo diện tích và chia việc "
        "theo ngày mùa vụ.",
        "Vụ vừa qua, một hộ lãi gần 18 triệu đồng từ cá và lúa.",
    ]


def test_table_rows_keep_their_cells(tmp_path: Path):
    def page(canvas: Canvas) -> None:
        write(canvas, LEFT, TOP, "Kết quả", size=20)
        for row, cells in enumerate([("Ấp", "Số hộ"), ("Rau Dừa", "24")]):
            for column, cell in enumerate(cells):
                write(canvas, LEFT + 150 * column, TOP - 40 - PITCH * row, cell)

    assert read(pdf(tmp_path / "a.pdf", page)).text == "Kết quả\n\nẤp | Số hộ\nRau Dừa | 24"


def test_a_cell_that_wraps_stays_in_its_row(tmp_path: Path):
    def page(canvas: Canvas) -> None:
        write(canvas, LEFT, TOP, "Kết quả", size=20)
        write(canvas, LEFT, TOP - 40, "Số: 12/BC-UBND")
        write(canvas, LEFT + 200, TOP - 40, "Thới Bình, ngày 12 tháng 5 năm", "2023")
        write(canvas, LEFT, TOP - 110, *SECOND)

    assert read(pdf(tmp_path / "a.pdf", page)).text.split("\n\n")[1:] == [
        "Số: 12/BC-UBND | Thới Bình, ngày 12 tháng 5 năm 2023",
        " ".join(SECOND),
    ]


def test_bullets_that_the_program_drew_are_dropped(tmp_path: Path):
    def page(canvas: Canvas) -> None:
        write(canvas, LEFT, TOP, "Cách làm", size=20)
        for row, line in enumerate(["Góp vốn theo hộ.", "Chia công theo ngày."]):
            write(canvas, LEFT, TOP - 40 - PITCH * row, "•")
            write(canvas, LEFT + 30, TOP - 40 - PITCH * row, line)

    assert read(pdf(tmp_path / "a.pdf", page)).text == (
        "Cách làm\n\nGóp vốn theo hộ.\n\nChia công theo ngày."
    )


def test_heads_feet_and_page_numbers_are_dropped_and_pages_located(tmp_path: Path):
    def page(number: int) -> Draw:
        def draw(canvas: Canvas) -> None:
            write(canvas, LEFT, 810, "Báo cáo của Hội Nông dân huyện")
            write(canvas, LEFT, TOP, f"Phần việc {'một hai ba bốn'.split()[number - 1]}", size=16)
            write(canvas, LEFT, TOP - 60, f"Ở ấp thứ {number} có {number * 10} hộ tham gia.")
            write(canvas, 300, 30, f"Trang {number}/4")

        return draw

    document = read(pdf(tmp_path / "a.pdf", *(page(number) for number in (1, 2, 3, 4))))
    assert "Hội Nông dân" not in document.text
    assert "Trang" not in document.text
    assert [item.number for item in document.locators] == [1, 2, 3, 4]
    for item, word in zip(document.locators, ["một", "hai", "ba", "bốn"], strict=True):
        number = item.number
        assert document.text[item.start_char :].startswith(
            f"Phần việc {word}\n\nỞ ấp thứ {number} có {number * 10} hộ tham gia."
        )


def test_columns_written_across_are_read_one_after_the_other(tmp_path: Path):
    left = [f"dòng bên trái số {number} của bài viết này" for number in range(1, 9)]
    right = [f"dòng bên phải số {number} của bài viết này" for number in range(1, 9)]

    def page(canvas: Canvas) -> None:
        for index, (one, other) in enumerate(zip(left, right, strict=True)):
            write(canvas, 40, TOP - PITCH * index, one, size=9)
            write(canvas, 320, TOP - PITCH * index, other, size=9)

    text = read(pdf(tmp_path / "a.pdf", page)).text
    assert text.index("trái số 8") < text.index("phải số 1")


def test_text_in_a_legacy_encoding_is_repaired(tmp_path: Path):
    def page(canvas: Canvas) -> None:
        write(canvas, LEFT, TOP, "M« h×nh nu«i c¸ ®ång trªn ruéng lóa", size=20)
        write(canvas, LEFT, TOP - 60, "Tæ hîp t¸c cã 24 hé, mçi vô l·i 18 triÖu ®ång mét hé.")

    document = read(pdf(tmp_path / "a.pdf", page))
    assert document.title == "Mô hình nuôi cá đồng trên ruộng lúa"


def test_a_hyphen_at_a_line_end_is_the_letter_of_a_legacy_font():
    assert (_char(0x02, "ABCDEF+.VnTime"), _char(0x02, "Times-Roman")) == ("\u00ad", "-")
    assert _char(0xF0B7, "Symbol") == "•"


def picture(*lines: str) -> ImageReader:
    """Return a page of text as a picture."""
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=(595, 300))
    write(canvas, 60, 240, *lines, size=16)
    canvas.save()
    rendered = pypdfium2.PdfDocument(buffer.getvalue())[0].render(scale=3, grayscale=True)
    return ImageReader(rendered.to_pil())


def scan(*lines: str) -> Draw:
    return lambda canvas: canvas.drawImage(picture(*lines), 0, 400, width=595, height=300)


def text_page(canvas: Canvas) -> None:
    write(canvas, LEFT, TOP, *FIRST)


def test_a_scan_without_ocr_says_which_pages_and_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ocr.shutil, "which", lambda name: None)
    path = pdf(tmp_path / "quet.pdf", scan("Một"), scan("Hai"))
    with pytest.raises(MissingTool, match=r"quet\.pdf: trang 1-2 .*tesseract-ocr-vie"):
        read(path)
    with pytest.raises(MissingTool, match="đang tắt"):
        read(path, Limits(ocr=False))


def test_text_pages_are_kept_and_pages_left_out_are_noted(tmp_path: Path):
    path = pdf(tmp_path / "quet.pdf", text_page, scan("Một"), text_page)
    document = read(path, Limits(ocr=False))
    assert [item.number for item in document.locators] == [1, 3]
    assert len(notes(document)) == 1
    assert notes(document)[0].startswith("Bỏ qua trang 2 là ảnh quét")


@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("tesseract") is None or ocr.missing() is not None,
    reason="needs Tesseract with Vietnamese",
)
def test_a_scanned_page_is_read_and_said_to_be(tmp_path: Path):
    path = pdf(
        tmp_path / "quet.pdf", text_page, scan("Mô hình nuôi cá đồng trên", "ruộng lúa của 24 hộ.")
    )
    document = read(path)
    page = document.text[document.locators[1].start_char :]
    assert page == "Mô hình nuôi cá đồng trên ruộng lúa của 24 hộ."
    assert notes(document) == ["Chữ của trang 2 do máy nhận dạng từ ảnh quét, có thể sai."]


def test_a_failed_scan_does_not_hide_the_other_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def fail(image: bytes, *, name: str, page: int, seconds: float) -> list[Line]:
        assert image.startswith(b"P5 ")
        raise ExtractionFailed(f"{name}: hỏng trang {page}")

    monkeypatch.setattr(ocr, "missing", lambda: None)
    monkeypatch.setattr(ocr, "read_image", fail)
    document = read(pdf(tmp_path / "quet.pdf", text_page, scan("Một")))
    assert document.text.endswith(" ".join(FIRST))
    assert notes(document) == ["quet.pdf: hỏng trang 2"]


def test_ocr_stops_in_time_and_says_which_pages_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    clock = iter([0.0, 10.0, 95.0])
    monkeypatch.setattr(pdf_extractor.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(ocr, "missing", lambda: None)
    line = Line((Segment("Mô hình nuôi cá trên ruộng lúa", 10, -20, 200, -8, 12),))
    monkeypatch.setattr(ocr, "read_image", lambda image, *, name, page, seconds: [line])
    document = read(pdf(tmp_path / "quet.pdf", scan("Một"), scan("Hai"), scan("Ba")))
    assert notes(document) == [
        "Chữ của trang 1 do máy nhận dạng từ ảnh quét, có thể sai.",
        "Bỏ qua trang 2-3: nhận dạng chữ quá 90 giây. "
        "Tách các trang này thành tệp riêng rồi nạp thêm.",
    ]


def test_a_protected_file_asks_for_its_password_to_be_removed(tmp_path: Path):
    path = pdf(tmp_path / "kin.pdf", text_page, encrypt=StandardEncryption("bimat"))
    with pytest.raises(ExtractionFailed, match=r"kin\.pdf: tệp có mật khẩu"):
        read(path)


def test_damaged_and_foreign_files_are_errors(tmp_path: Path):
    whole = pdf(tmp_path / "a.pdf", text_page).read_bytes()
    path = tmp_path / "hong.pdf"
    for data in (b"", whole[:200], b"PK\x03\x04" + whole[4:300], b"<html></html>"):
        path.write_bytes(data)
        with pytest.raises(ExtractionFailed, match=r"hong\.pdf"):
            read(path)


def test_blank_pages_are_an_empty_document(tmp_path: Path):
    path = pdf(tmp_path / "trang.pdf", lambda canvas: None, lambda canvas: None)
    with pytest.raises(EmptyDocument, match=r"trang\.pdf"):
        read(path)


def test_a_page_of_enormous_size_is_rendered_small(tmp_path: Path):
    def page(canvas: Canvas) -> None:
        canvas.setPageSize((14_000, 14_000))
        canvas.drawImage(picture("Một"), 0, 0, width=14_000, height=14_000)

    sizes = []

    def measure(image: bytes, *, name: str, page: int, seconds: float) -> list[Line]:
        sizes.append(len(image))
        return [Line((Segment("Một tờ giấy rất lớn", 10, -20, 100, -8, 12),))]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ocr, "missing", lambda: None)
        patch.setattr(ocr, "read_image", measure)
        read(pdf(tmp_path / "lon.pdf", page))
    assert sizes[0] < 26_000_000


def test_runs_of_pages_are_named_shortly():
    assert _list([1, 2, 3, 7, 9, 10]) == "1-3, 7, 9-10"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return pdf(tmp_path_factory.mktemp("pdf") / "a.pdf", text_page, text_page).read_bytes()


@settings(max_examples=60)
@given(st.data())
def test_damaged_bytes_give_a_document_or_an_error_of_ours(
    sample: bytes, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
):
    damaged = bytearray(sample)
    for place in data.draw(st.lists(st.integers(0, len(damaged) - 1), max_size=20)):
        damaged[place] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "hong.pdf"
    path.write_bytes(bytes(damaged))
    try:
        text = read(path).text
    except IngestError as exc:
        text = str(exc)
    assert text


def test_a_page_gets_no_more_time_than_is_left_for_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    clock = iter([0.0, 10.0, 75.0, 95.0])
    given: list[float] = []

    def read_image(image: bytes, *, name: str, page: int, seconds: float) -> list[Line]:
        given.append(seconds)
        return [Line((Segment("Mô hình nuôi cá trên ruộng lúa", 10, -20, 200, -8, 12),))]

    monkeypatch.setattr(pdf_extractor.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(ocr, "missing", lambda: None)
    monkeypatch.setattr(ocr, "read_image", read_image)
    read(pdf(tmp_path / "quet.pdf", scan("Một"), scan("Hai"), scan("Ba")))
    assert given == [60.0, 15.0]
