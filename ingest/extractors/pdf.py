"""PDF files through pdfium: the text layer page by page; scans through OCR if it is installed."""

import re
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import pypdfium2

from ingest.extractors import ocr
from ingest.extractors.pdf_layout import (
    Line,
    drop_furniture,
    page_blocks,
    read_lines,
    usual_size,
)
from ingest.extractors.zip_guard import protected_message
from ingest.office.compose import compose
from ingest.ports import Block, FileProperties, Item, Limits, OfficeText
from ingest.sources import SourceFile
from kb.errors import (
    EmptyDocument,
    ExtractionFailed,
    ExtractionTimeout,
    IngestError,
    MissingTool,
    SourceUnavailable,
)
from kb.models import Document

# A scan may carry a stamp or a page number as text; a text page of fewer letters is a picture.
_MIN_LETTERS = 20
_POINTS = 72
# 25 million pixels are an A3 sheet at 250 dots an inch and 25 MB in grey.
_MAX_PIXELS = 25_000_000
_PASSWORD_ERROR = 4
# A page takes two to three seconds of processor time. A worker that overran the time of its file
# would lose the pages that were read, so OCR stops before (the default is 120 seconds).
_OCR_SECONDS = 90
_DATE = re.compile(
    r"D:(?P<digits>\d{8}(?:\d{6})?)(?:(?P<sign>[+-])(?P<hours>\d{2})'?(?P<minutes>\d{2})?)?"
)


def extract(file: SourceFile, limits: Limits) -> Iterator[Document | Item]:
    """Yield the document of a PDF file; locators count pages.

    Raises:
        ExtractionFailed: It is damaged or protected.
        MissingTool: All pages are pictures and OCR is not installed or switched off.
        EmptyDocument: There is no text on any page.
    """
    try:
        pdf = pypdfium2.PdfDocument(file.path)
    except pypdfium2.PdfiumError as exc:
        raise ExtractionFailed(_message(file.name, exc)) from exc
    except OSError as exc:
        raise SourceUnavailable(
            f"{file.name}: không đọc được tệp ({exc.strerror}). Kiểm tra quyền đọc."
        ) from exc
    try:
        text = _read(pdf, file, limits)
    except IngestError:
        raise
    # A damaged object may fail anywhere below, in pdfium or in ctypes.
    except Exception as exc:
        raise ExtractionFailed(_message(file.name, exc)) from exc
    finally:
        pdf.close()
    yield compose(text, file)


def _message(name: str, exc: Exception) -> str:
    if getattr(exc, "err_code", None) == _PASSWORD_ERROR:
        return protected_message(name)
    return (
        f"{name}: tệp PDF hỏng, bị cắt cụt hoặc không phải PDF. Mở bằng trình đọc PDF, in lại "
        "thành PDF mới, hoặc lấy lại bản gốc."
    )


def _read(pdf: Any, file: SourceFile, limits: Limits) -> OfficeText:
    pages: list[list[Line]] = []
    scans: list[int] = []
    broken: list[int] = []
    for index in range(len(pdf)):
        try:
            lines, is_scan = _read_page(pdf, index)
        except pypdfium2.PdfiumError:  # one damaged page does not hide the others
            lines, is_scan = [], False
            broken.append(index + 1)
        pages.append(lines)
        if is_scan:
            scans.append(index + 1)
    if broken and len(broken) == len(pages):
        raise ExtractionFailed(_message(file.name, ValueError()))
    notes = [f"Không đọc được trang {_list(broken)} (trang hỏng)."] if broken else []
    scanned, more = _read_scans(pdf, scans, file, limits, has_text=any(pages))
    for number, lines in scanned.items():
        pages[number - 1] = lines
    kept = drop_furniture(pages)
    size = usual_size(kept)
    blocks: list[Block] = []
    for index, lines in enumerate(kept):
        blocks += page_blocks(lines, index + 1, size)
    return OfficeText(tuple(blocks), "page", _properties(pdf), (*notes, *more))


def _read_page(pdf: Any, index: int) -> tuple[list[Line], bool]:
    """Return the lines of a page and whether it is a picture without text."""
    page = pdf[index]
    try:
        textpage = page.get_textpage()
        try:
            lines = read_lines(textpage)
        finally:
            textpage.close()
        letters = sum(char.isalpha() for line in lines for char in line.text)
        is_scan = letters < _MIN_LETTERS and any(
            item.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE for item in page.get_objects(max_depth=3)
        )
        return lines, is_scan
    finally:
        page.close()


def _read_scans(
    pdf: Any, numbers: Sequence[int], file: SourceFile, limits: Limits, *, has_text: bool
) -> tuple[dict[int, list[Line]], list[str]]:
    """Return the lines of pages that are pictures, and notes on them.

    Raises:
        MissingTool: They cannot be read and there are no other pages.
    """
    if not numbers:
        return {}, []
    lack = ocr.missing() if limits.ocr else "nhận dạng chữ (OCR) đang tắt. Bật lại rồi nạp lại."
    if lack is not None:
        message = f"trang {_list(numbers)} là ảnh quét không có chữ, cần nhận dạng chữ: {lack}"
        if not has_text:
            raise MissingTool(f"{file.name}: {message}")
        return {}, [f"Bỏ qua {message}"]
    found: dict[int, list[Line]] = {}
    notes = []
    end = time.monotonic() + _OCR_SECONDS
    for position, number in enumerate(numbers):
        left = end - time.monotonic()
        if left <= 0:
            notes.append(
                f"Bỏ qua trang {_list(numbers[position:])}: nhận dạng chữ quá {_OCR_SECONDS} giây. "
                "Tách các trang này thành tệp riêng rồi nạp thêm."
            )
            break
        try:
            picture = _render(pdf, number - 1)
            seconds = min(ocr.MAX_SECONDS, left)
            found[number] = ocr.read_image(picture, name=file.name, page=number, seconds=seconds)
        except (ExtractionTimeout, ExtractionFailed) as exc:
            notes.append(str(exc))
    read = [number for number, lines in found.items() if lines]
    if read:
        notes.insert(0, f"Chữ của trang {_list(read)} do máy nhận dạng từ ảnh quét, có thể sai.")
    if not read and not has_text:
        raise EmptyDocument(
            f"{file.name}: nhận dạng ảnh quét không ra chữ nào. Quét lại rõ hơn rồi nạp lại."
        )
    return found, notes


def _render(pdf: Any, index: int) -> bytes:
    """Return a page as a grey PNM picture."""
    page = pdf[index]
    try:
        width, height = page.get_size()
        scale = ocr.DPI / _POINTS
        pixels = max(width * height * scale * scale, 1.0)
        scale *= min(1.0, (_MAX_PIXELS / pixels) ** 0.5)
        bitmap = page.render(scale=scale, grayscale=True)
        try:
            grey = bitmap.to_numpy()
            rows, columns = grey.shape[:2]
            return b"P5 %d %d 255\n%b" % (columns, rows, grey.tobytes())
        finally:
            bitmap.close()
    finally:
        page.close()


def _list(numbers: Sequence[int]) -> str:
    """Return page numbers as text, runs as "3-7"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def _properties(pdf: Any) -> FileProperties:
    meta = pdf.get_metadata_dict(skip_empty=True)
    return FileProperties(
        title=meta.get("Title"),
        author=meta.get("Author"),
        created=_moment(meta.get("CreationDate")),
        modified=_moment(meta.get("ModDate")),
    )


def _moment(text: str | None) -> datetime | None:
    match = _DATE.match(text or "")
    if match is None:
        return None
    offset = timedelta(hours=int(match["hours"] or 0), minutes=int(match["minutes"] or 0))
    zone = timezone(-offset if match["sign"] == "-" else offset)
    try:
        return datetime.strptime(match["digits"].ljust(14, "0"), "%Y%m%d%H%M%S").replace(
            tzinfo=zone
        )
    except ValueError:
        return None
