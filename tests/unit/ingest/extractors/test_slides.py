"""Slides made here, to documents."""

from pathlib import Path

import pptx
import pytest
from pptx.util import Inches

from ingest.extractors.slides import extract
from ingest.ports import Limits
from ingest.sources import SourceFile
from kb.errors import EmptyDocument, ExtractionFailed, UnsafeSource
from kb.models import Document


def read(path: Path, limits: Limits | None = None) -> Document:
    (document,) = extract(SourceFile(path, "pptx"), limits or Limits())
    assert isinstance(document, Document)
    return document


@pytest.fixture
def slides(tmp_path: Path) -> Path:
    show = pptx.Presentation()
    first = show.slides.add_slide(show.slide_layouts[0])
    first.shapes.title.text = "Nuôi cá trên\vruộng lúa"
    first.placeholders[1].text = "Hội Nông dân xã"
    second = show.slides.add_slide(show.slide_layouts[5])
    box = second.shapes.add_textbox(Inches(1), Inches(2), Inches(4), Inches(1)).text_frame
    box.text = "24 hộ tham gia"
    run = box.add_paragraph().add_run()
    run.text, run.font.name = "Mçi vô l·i 18 triÖu ®ång", ".VnTime"
    second.shapes.title.text = "Kết quả"
    table = second.shapes.add_table(2, 2, Inches(1), Inches(4), Inches(4), Inches(1)).table
    table.cell(0, 0).text = "Ấp"
    table.cell(0, 0).merge(table.cell(0, 1))
    table.cell(1, 0).text, table.cell(1, 1).text = "Rau Dừa", "24"
    group = second.shapes.add_group_shape()
    inner = group.shapes.add_textbox(Inches(1), Inches(6), Inches(4), Inches(1))
    inner.text_frame.text = "Trong nhóm"
    second.notes_slide.notes_text_frame.text = "Nhấn mạnh ngày công."
    path = tmp_path / "trinh-chieu.pptx"
    show.save(str(path))
    return path


def test_slides_are_read_one_by_one_with_tables_groups_and_notes(slides: Path):
    document = read(slides)
    assert document.title == "Nuôi cá trên ruộng lúa"
    assert document.text == (
        "Nuôi cá trên ruộng lúa\n\nHội Nông dân xã\n\nKết quả\n\n24 hộ tham gia\n\n"
        "Mỗi vụ lãi 18 triệu đồng\n\nẤp\nRau Dừa | 24\n\nTrong nhóm\n\nNhấn mạnh ngày công."
    )


def test_locators_count_slides(slides: Path):
    document = read(slides)
    assert [(item.kind, item.number) for item in document.locators] == [("slide", 1), ("slide", 2)]
    assert document.text[document.locators[1].start_char :].startswith("Kết quả\n\n")


def test_a_bomb_is_refused(slides: Path):
    with pytest.raises(UnsafeSource, match=r"trinh-chieu\.pptx"):
        read(slides, Limits(max_archive_bytes=1000))


def test_damaged_protected_and_foreign_files_are_errors(slides: Path, tmp_path: Path):
    path = tmp_path / "hong.pptx"
    for data in (slides.read_bytes()[:5000], b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 90, b"%PDF-1.4"):
        path.write_bytes(data)
        with pytest.raises(ExtractionFailed, match=r"hong\.pptx"):
            read(path)


def test_slides_without_text_are_an_empty_document(tmp_path: Path):
    show = pptx.Presentation()
    show.slides.add_slide(show.slide_layouts[6])
    path = tmp_path / "anh.pptx"
    show.save(str(path))
    with pytest.raises(EmptyDocument, match=r"anh\.pptx"):
        read(path)
