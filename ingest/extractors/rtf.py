"""RTF files."""

from collections.abc import Iterator

from ingest.extractors.rtf_reader import NotRtfError, read_rtf
from ingest.extractors.zip_guard import broken_message
from ingest.office.compose import compose
from ingest.ports import Item, Limits
from ingest.sources import SourceFile
from kb.errors import ExtractionFailed, SourceUnavailable


def extract(file: SourceFile, limits: Limits) -> Iterator[Item]:
    """Yield the document of an RTF file.

    Raises:
        ExtractionFailed: It is damaged or no RTF.
        EmptyDocument: It holds no text.
    """
    try:
        data = file.path.read_bytes()
    except OSError as exc:
        raise SourceUnavailable(
            f"{file.name}: không đọc được tệp ({exc.strerror}). Kiểm tra quyền đọc."
        ) from exc
    try:
        text = read_rtf(data)
    except (NotRtfError, ValueError, OverflowError) as exc:
        raise ExtractionFailed(broken_message(file.name)) from exc
    yield compose(text, file)
