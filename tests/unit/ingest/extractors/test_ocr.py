"""Tesseract as a program: missing, failing, slow; what it says of words."""

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ingest.extractors import ocr
from kb.errors import ExtractionFailed, ExtractionTimeout, MissingTool


def program(folder: Path, script: str) -> str:
    path = folder / "tesseract"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    def install(script: str) -> None:
        path = program(tmp_path, script)
        monkeypatch.setattr(ocr.shutil, "which", lambda name: path)
        ocr._languages.cache_clear()

    yield install
    ocr._languages.cache_clear()


def test_a_missing_program_or_language_is_told_with_the_remedy(use, monkeypatch):
    monkeypatch.setattr(ocr.shutil, "which", lambda name: None)
    assert "chưa cài Tesseract" in (ocr.missing() or "")
    with pytest.raises(MissingTool, match="apt-get install tesseract-ocr tesseract-ocr-vie"):
        ocr.read_image(b"P5", name="a.pdf", page=1)
    use("echo eng; echo osd")
    assert "chưa có tiếng Việt" in (ocr.missing() or "")
    use("echo eng; echo vie")
    assert ocr.missing() is None


def row(line: int, text: str, left: int, width: int) -> str:
    """Return a line of Tesseract's table: a word of 50 by `width` pixels."""
    fields = [5, 1, 1, 1, line, 1, left, 100 * line, width, 50, 96, text]
    return "\t".join(map(str, fields))


def test_the_picture_goes_in_and_lines_with_cells_come_out(use):
    use("cat")
    table = "\n".join(
        [
            "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight"
            "\tconf\ttext",
            row(1, "UBND", 100, 200),
            row(1, "XÃ", 320, 80),
            row(1, "Độc", 900, 100),
            row(2, "Hai", 100, 90),
            row(2, " ", 200, 90),
            "5\tbroken",
        ]
    )
    lines = ocr.read_image(table.encode(), name="a", page=1)
    assert [line.text for line in lines] == ["UBND XÃ | Độc", "Hai"]
    # 250 dots an inch: 100 dots are 28.8 points.
    assert lines[0].left == pytest.approx(28.8)
    assert lines[0].bottom - lines[1].bottom == pytest.approx(28.8)
    assert lines[0].size == lines[1].size


def test_an_empty_page_has_no_lines(use):
    use("true")
    assert ocr.read_image(b"", name="a", page=1) == []


def test_a_failure_names_file_page_and_reason(use):
    use("cat >/dev/null; echo 'image is bad' >&2; exit 1")
    with pytest.raises(ExtractionFailed, match=r"a\.pdf: .*trang 7 \(image is bad\)"):
        ocr.read_image(b"P5", name="a.pdf", page=7)


def test_a_slow_run_is_stopped(use, monkeypatch):
    use("true")

    def too_slow(*args: object, **kwargs: Any) -> SimpleNamespace:
        raise subprocess.TimeoutExpired("tesseract", kwargs["timeout"])

    monkeypatch.setattr(ocr.subprocess, "run", too_slow)
    with pytest.raises(ExtractionTimeout, match="trang 3"):
        ocr.read_image(b"P5", name="a.pdf", page=3)
