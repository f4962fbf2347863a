"""Word 97-2003 documents (`.doc`) through olefile and the piece table.

Older ones (Word 6, 95) go through antiword or catdoc where one is installed.
"""

import shutil
import struct
import subprocess
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import olefile

from ingest.extractors.legacy_fonts import decode_runs
from ingest.extractors.tables import table_blocks
from ingest.extractors.word_binary import (
    EncryptedError,
    NotWordError,
    OldWordError,
    WordParagraph,
    WordText,
    needed_table,
    read_word_text,
)
from ingest.extractors.zip_guard import broken_message, protected_message
from ingest.office.compose import compose
from ingest.ports import Block, BlockKind, FileProperties, Item, Limits, OfficeText
from ingest.sources import SourceFile
from kb.errors import ExtractionFailed, ExtractionTimeout, MissingTool
from kb.models import Document

_SECONDS = 60
# A hyphenation point is the letter ư of TCVN3; the other marks say nothing to a reader.
_MARKS = str.maketrans(
    {"\x1f": "\u00ad", "\x1e": "-", "\x0b": "\n", "\x0e": "\n"} | dict.fromkeys(map(chr, range(9)))
)


def extract(file: SourceFile, limits: Limits) -> Iterator[Document | Item]:
    """Yield the document of an old Word file: body, then footnotes.

    Raises:
        ExtractionFailed: It is damaged, protected or no Word file.
        MissingTool: It is of Word 6 or 95 and no program for these is installed.
        EmptyDocument: It holds no text.
    """
    try:
        with olefile.OleFileIO(str(file.path)) as ole:
            stream = _stream(ole, "WordDocument")
            table = _stream(ole, needed_table(stream))
            properties = read_properties(ole)
        text = read_word_text(stream, table)
        blocks = _blocks(text)
    except EncryptedError as exc:
        raise ExtractionFailed(protected_message(file.name)) from exc
    except OldWordError:
        yield compose(_by_program(file), file)
        return
    # olefile raises many kinds of errors on damaged files, struct and index errors among them.
    except Exception as exc:
        raise ExtractionFailed(broken_message(file.name)) from exc
    yield compose(OfficeText(tuple(blocks), properties=properties), file)


def _stream(ole: Any, name: str) -> bytes:
    if not ole.exists(name):
        raise NotWordError(f"no stream {name}")
    data: bytes = ole.openstream(name).read()
    return data


def read_properties(ole: Any) -> FileProperties:
    """Return the summary information of an OLE file; damaged ones count as absent."""
    try:
        meta = ole.get_metadata()
        encoding = "utf-8" if meta.codepage in {65001, -535} else f"cp{meta.codepage}"
        return FileProperties(
            title=_text(meta.title, encoding),
            author=_text(meta.author, encoding),
            organization=_text(meta.company, encoding),
            created=_moment(meta.create_time),
            modified=_moment(meta.last_saved_time),
        )
    except (OSError, ValueError, TypeError, AttributeError, IndexError, LookupError, struct.error):
        return FileProperties()


def _text(value: Any, encoding: str) -> str | None:
    if isinstance(value, bytes):
        try:
            value = value.decode(encoding, "replace")
        except LookupError:
            value = value.decode("cp1252", "replace")
    return value.strip("\x00 ") or None if isinstance(value, str) else None


def _moment(value: Any) -> datetime | None:
    # The zero of the format is 1601; OLE times are UTC.
    if not isinstance(value, datetime) or value.year < 1980:
        return None
    return value.replace(tzinfo=UTC)


def _blocks(text: WordText) -> list[Block]:
    return _join_tables(text.body) + _join_tables(text.footnotes)


def _join_tables(paragraphs: Iterable[WordParagraph]) -> list[Block]:
    """Return the blocks of paragraphs, those of tables as rows."""
    blocks: list[Block] = []
    rows: list[list[list[str]]] = []
    cells: list[list[str]] = []
    cell: list[str] = []
    for paragraph in paragraphs:
        lines = _lines(paragraph)
        if paragraph.ends_row:
            rows.append(cells)
            cells, cell = [], []
        elif paragraph.ends_cell:
            cells.append(cell + lines)
            cell = []
        elif paragraph.in_table:
            cell += lines
        else:
            blocks += table_blocks(rows)
            rows = []
            blocks += [Block(line, _kind(paragraph)) for line in lines]
    # A damaged file may lack the mark that ends its last row.
    rows.append([*cells, cell])
    return blocks + table_blocks([row for row in rows if any(row)])


def _lines(paragraph: WordParagraph) -> list[str]:
    text = decode_runs((text.translate(_MARKS), font) for text, font in paragraph.runs)
    # Text in UTF-16 comes in single units: what lies outside the first plane is put together.
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    return [line for line in text.split("\n") if line.strip()]


def _kind(paragraph: WordParagraph) -> BlockKind:
    if paragraph.is_heading:
        return "heading"
    return "item" if paragraph.is_item else "paragraph"


def _by_program(file: SourceFile) -> OfficeText:
    """Return the text of a Word 6 or 95 file as antiword or catdoc gives it."""
    commands = {
        "antiword": ["-m", "UTF-8.txt", "-w", "0"],
        "catdoc": ["-d", "utf-8", "-w"],
    }
    program = next((name for name in commands if shutil.which(name)), None)
    if program is None:
        raise MissingTool(
            f"{file.name}: tệp Word đời cũ (Word 6/95) cần chương trình antiword. Cài bằng "
            "`apt-get install antiword`, hoặc mở bằng Word rồi lưu thành .docx."
        )
    try:
        run = subprocess.run(
            [program, *commands[program], str(file.path.absolute())],
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired as exc:
        raise ExtractionTimeout(
            f"{file.name}: {program} đọc quá {_SECONDS} giây. Mở bằng Word rồi lưu thành .docx."
        ) from exc
    except OSError as exc:
        raise MissingTool(f"{file.name}: không chạy được {program} ({exc.strerror}).") from exc
    if run.returncode:
        raise ExtractionFailed(broken_message(file.name))
    lines = run.stdout.decode("utf-8", "replace").splitlines()
    return OfficeText(tuple(Block(line) for line in lines if line.strip()))
