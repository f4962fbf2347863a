"""The two ports of ingest: where files come from, and how a format is read.

A `Source` yields files. An `Extractor` reads one file and yields what it holds: documents, files
inside it (of an archive or a mail), and what went wrong, so that one bad part never hides the
rest. Extractors run in worker processes with limits of time and memory (`ingest.workers`); they
get everything as arguments and touch nothing but the file, the spool directory and temporary
files.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

from ingest.sources import SourceFile, Unreadable
from kb.models import Document, LocatorKind

Item = Document | SourceFile | Unreadable


class Stopped(Exception):
    """The caller wants to stop while something is being read or fetched."""


class Source(Protocol):
    """Files under a path, at an address, in a feed."""

    def files(self) -> Iterable[SourceFile | Unreadable]:
        """Yield what is to be read, and what cannot be with its reason."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may take.

    Attributes:
        max_bytes: Largest file, and largest member of an archive.
        max_archive_bytes: All members of an archive together, unpacked.
        max_archive_files: Members of an archive.
        max_depth: Archives inside archives.
        ocr: Whether scans may go through Tesseract.
        extract_cases: Whether cases are looked for in articles.
        spool: Directory for files that come out of archives; the run deletes it at its end.
    """

    max_bytes: int = 50_000_000
    max_archive_bytes: int = 500_000_000
    max_archive_files: int = 10_000
    max_depth: int = 3
    ocr: bool = True
    extract_cases: bool = True
    spool: Path | None = None


class Extractor(Protocol):
    """Reads the files of one or several formats."""

    def __call__(self, file: SourceFile, limits: Limits) -> Iterator[Item]:
        """Yield what a file holds.

        Raises:
            IngestError: Nothing of it can be read; the message names the file and the remedy.
        """
        ...


BlockKind = Literal["title", "heading", "paragraph", "item", "row"]


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of an office document in reading order.

    Attributes:
        text: One paragraph, heading, list item or table row; no line break inside.
        kind: What it is.
        number: Page, slide or row that it starts on, 1-based; None if the format has none.
    """

    text: str
    kind: BlockKind = "paragraph"
    number: int | None = None


@dataclass(frozen=True, slots=True)
class FileProperties:
    """What the file says of itself; often left over from a template, so trusted little."""

    title: str | None = None
    author: str | None = None
    organization: str | None = None
    created: datetime | None = None
    modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class OfficeText:
    """What an office format holds, before it becomes a document.

    Attributes:
        blocks: In reading order.
        counted: What `Block.number` counts, None if nothing.
        properties: Of the file.
        notes: What a reader should know, in Vietnamese (pages read by OCR, pages left out).
    """

    blocks: tuple[Block, ...]
    counted: LocatorKind | None = None
    properties: FileProperties = field(default_factory=FileProperties)
    notes: tuple[str, ...] = ()
