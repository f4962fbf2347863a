"""Text of page images through Tesseract, as a program of its own."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from statistics import median

from ingest.extractors.pdf_layout import Line, Segment
from kb.errors import ExtractionFailed, ExtractionTimeout, MissingTool

LANGUAGE = "vie"
DPI = 250
MAX_SECONDS = 60.0
_REMEDY = "Cài bằng `apt-get install tesseract-ocr tesseract-ocr-vie` rồi nạp lại."
_POINTS = 72
# Boxes of lines are as high as their letters happen to be: within these shares of the usual height
# a line is of the usual size, outside it is a heading or a footnote.
_SMALLER, _LARGER = 0.7, 1.35
_SIZE_OF_BOX = 1.1
# Between words of one cell; in multiples of the size.
_WIDE_GAP = 1.6


def missing() -> str | None:
    """Return what OCR lacks with the remedy, None if it can run."""
    program = shutil.which("tesseract")
    if program is None:
        return f"chưa cài Tesseract. {_REMEDY}"
    if LANGUAGE not in _languages(program):
        return f"Tesseract chưa có tiếng Việt. {_REMEDY}"
    return None


@lru_cache(maxsize=4)
def _languages(program: str) -> frozenset[str]:
    try:
        run = subprocess.run(
            [program, "--list-langs"],
            capture_output=True,
            timeout=20,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return frozenset()
    return frozenset((run.stdout + run.stderr).decode("utf-8", "replace").split())


def read_image(image: bytes, *, name: str, page: int, seconds: float = MAX_SECONDS) -> list[Line]:
    """Return the lines of a page.

    Args:
        image: Picture in a format of Tesseract (PNG, PNM) of `DPI` dots an inch.
        name: File name for messages.
        page: Page, 1-based, for messages.
        seconds: What it may take.

    Raises:
        MissingTool: Tesseract cannot be started.
        ExtractionTimeout: It took too long.
        ExtractionFailed: It failed.
    """
    program = shutil.which("tesseract")
    if program is None:
        raise MissingTool(f"{name}: {missing()}")
    # More threads of one Tesseract only fight each other; pages go through in parallel processes.
    command = [program, "stdin", "stdout", "-l", LANGUAGE, "--dpi", str(DPI), "--psm", "3", "tsv"]
    try:
        run = subprocess.run(
            command,
            input=image,
            capture_output=True,
            timeout=seconds,
            check=False,
            env={"OMP_THREAD_LIMIT": "1", **_environment()},
        )
    except subprocess.TimeoutExpired as exc:
        raise ExtractionTimeout(
            f"{name}: nhận dạng chữ trang {page} quá {seconds:.0f} giây. Quét lại trang rõ hơn, "
            "hoặc chia nhỏ tệp."
        ) from exc
    except OSError as exc:
        raise MissingTool(f"{name}: không chạy được Tesseract ({exc.strerror}). {_REMEDY}") from exc
    if run.returncode:
        detail = run.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or [""]
        raise ExtractionFailed(
            f"{name}: Tesseract không đọc được trang {page} ({detail[0][:120]}). "
            "Quét lại trang, hoặc nạp bản có chữ."
        )
    return lines_of(run.stdout.decode("utf-8", "replace"))


def _environment() -> dict[str, str]:
    kept = ("PATH", "TESSDATA_PREFIX", "LD_LIBRARY_PATH", "HOME", "LANG", "TMPDIR")
    return {name: os.environ[name] for name in kept if name in os.environ}


def lines_of(table: str) -> list[Line]:
    """Return the lines of Tesseract's table of words, lengths in points, upwards below zero.

    Words far apart in a line are cells of their own: the two columns of a letterhead, a table.
    """
    found = [
        words
        for _, group in groupby(_words(table), key=lambda word: word.line)
        if (words := list(group))
    ]
    if not found:
        return []
    usual = median(_height(words) for words in found)
    return [Line(tuple(_cells(words, usual))) for words in found]


@dataclass(frozen=True, slots=True)
class _Word:
    line: tuple[str, ...]
    text: str
    left: float
    top: float
    right: float
    bottom: float


def _words(table: str) -> Iterator[_Word]:
    scale = _POINTS / DPI
    for row in table.splitlines():
        fields = row.split("\t")
        if len(fields) != 12 or fields[0] != "5" or not fields[11].strip():
            continue
        try:
            left, top, width, height = (int(value) * scale for value in fields[6:10])
        except ValueError:
            continue
        yield _Word(
            tuple(fields[1:5]), fields[11].strip(), left, -top, left + width, -(top + height)
        )


def _height(words: Sequence[_Word]) -> float:
    return max(word.top for word in words) - min(word.bottom for word in words)


def _cells(words: Sequence[_Word], usual: float) -> Iterator[Segment]:
    height = _height(words)
    size = (usual if _SMALLER * usual <= height <= _LARGER * usual else height) / _SIZE_OF_BOX
    bottom = median(word.bottom for word in words)
    cell: list[_Word] = []
    for word in (*words, None):
        if cell and (word is None or word.left - cell[-1].right > _WIDE_GAP * size):
            yield Segment(
                " ".join(item.text for item in cell),
                cell[0].left,
                bottom,
                cell[-1].right,
                bottom + size,
                size,
            )
            cell = []
        if word is not None:
            cell.append(word)
