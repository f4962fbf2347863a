"""Mails (.eml): the text becomes an article, attachments become files of their own.

The day of a mail is not the day when something was published, so it is kept only as the day of
the last change.
"""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from email import policy
from email.errors import MessageError
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import PurePosixPath

from selectolax.lexbor import LexborHTMLParser

from ingest.encodings import decode_text, repair_text
from ingest.extractors.archive import (
    check_depth,
    check_size,
    format_of,
    new_spool_file,
    numbered,
    unknown_format,
    why_unsafe,
)
from ingest.metadata.localities import locate_province
from ingest.metadata.titles import derive_title
from ingest.ports import Item, Limits
from ingest.records.case_text import years_in
from ingest.sources import SourceFile, Unreadable, refused_origin, too_long
from kb.errors import (
    EmptyDocument,
    ExtractionFailed,
    IngestError,
    SourceUnavailable,
    UnsafeSource,
)
from kb.ids import content_sha256, document_id_for
from kb.models import Document, MetadataEvidence
from kb.text import to_reading_form

_REPLY = re.compile(r"^(?:(?:re|fw|fwd|tl|ct|v/v)\s*:\s*)+", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
# Where HTML breaks lines; a separator that no text has stands for it until the markup is gone.
_BREAK = re.compile(
    r"<(?:/(?:p|div|li|tr|h[1-6]|table|ul|ol|blockquote|title)|br|hr)\b[^>]*>", re.IGNORECASE
)
_CELL = re.compile(r"</t[dh]\b[^>]*>", re.IGNORECASE)
_LINE = "\x1f"
# What the standard library raises on headers and bodies that break the rules.
_MALFORMED = (
    MessageError,
    ValueError,
    LookupError,
    AttributeError,
    TypeError,
    NotImplementedError,
)


def extract(file: SourceFile, limits: Limits) -> Iterator[Item]:
    """Yield the article of a mail, if it has a text, and its attachments as files.

    Args:
        file: The mail.
        limits: Sizes, number and depth; attachments are written into `limits.spool`.

    Raises:
        ExtractionFailed: It is no mail.
        EmptyDocument: It has neither text nor attachment.
        UnsafeSource: It lies in too many archives and mails, or has too many parts.
        UnsupportedSource: It is larger than `limits.max_bytes`.
        SourceUnavailable: It cannot be read.
    """
    check_size(file, limits)
    check_depth(file, limits)
    mail = _parse(file)
    body, problem = None, None
    try:
        body = _body(mail, file)
    except IngestError as exc:
        problem = exc
    attachments = _attachments(mail, limits, file)
    if body:
        yield _article(file, mail, body)
    elif problem is not None:
        yield Unreadable(file.origin, problem)
    elif not attachments:
        raise EmptyDocument(f"{file.name}: thư không có nội dung và không có tệp đính kèm.")
    seen: Counter[str] = Counter()
    for number, part in enumerate(attachments, 1):
        name = _attachment_name(part, number)
        seen[name] += 1
        yield _child(file, part, numbered(name, seen[name]), limits)


def _parse(file: SourceFile) -> EmailMessage:
    try:
        with file.path.open("rb") as stream:
            mail = BytesParser(policy=policy.default).parse(stream)
    except OSError as exc:
        raise SourceUnavailable(
            f"{file.name}: không đọc được tệp ({exc.strerror}). Kiểm tra quyền đọc."
        ) from exc
    except RecursionError as exc:
        raise _nested_too_deep(file) from exc
    except _MALFORMED as exc:
        raise _no_mail(file) from exc
    if not isinstance(mail, EmailMessage) or not mail.keys():
        raise _no_mail(file)
    return mail


def _no_mail(file: SourceFile) -> ExtractionFailed:
    return ExtractionFailed(
        f"{file.name}: không phải thư điện tử (.eml). Lưu lại thư từ chương trình thư rồi nạp lại."
    )


def _nested_too_deep(file: SourceFile) -> UnsafeSource:
    return UnsafeSource(f"{file.name}: các phần của thư lồng nhau quá sâu, nên không đọc.")


def _header(mail: EmailMessage, name: str) -> str:
    """Return a header as text; empty if it is absent or breaks the rules."""
    try:
        value = mail.get(name)
        text = "" if value is None else str(value)
    except _MALFORMED:
        return ""
    # Bytes that no header may have come as lone surrogates.
    if any(0xDC80 <= ord(char) <= 0xDCFF for char in text):
        try:
            text = decode_text(text.encode("ascii", "surrogateescape"), name=name)
        except (IngestError, UnicodeError):
            text = text.encode("utf-8", "ignore").decode()
    return to_reading_form(repair_text(text))


# --- text -----------------------------------------------------------------------------------


def _body(mail: EmailMessage, file: SourceFile) -> str:
    """Return the best text part: plain if there is one with content, else HTML without markup."""
    for kind in ("plain", "html"):
        try:
            part = mail.get_body(preferencelist=(kind,))
        except RecursionError as exc:
            raise _nested_too_deep(file) from exc
        except _MALFORMED:
            part = None
        if part is None or part.get_content_disposition() == "attachment":
            continue
        payload = _payload(part)
        if not payload.strip():
            continue
        text = decode_text(payload, name=file.name, declared=_charset(part))
        text = to_reading_form(_html_text(text) if kind == "html" else text)
        if any(char.isalnum() for char in text):
            return text
    return ""


def _payload(part: MIMEPart) -> bytes:
    try:
        payload = part.get_payload(decode=True)
    except _MALFORMED:
        return b""
    return payload if isinstance(payload, bytes) else b""


def _charset(part: MIMEPart) -> str | None:
    try:
        return part.get_content_charset()
    except _MALFORMED:
        return None


def _html_text(html: str) -> str:
    html = _SPACE.sub(" ", html)
    html = _CELL.sub(" ", _BREAK.sub(_LINE, html))
    tree = LexborHTMLParser(html)
    tree.strip_tags(["script", "style", "head", "noscript", "template"])
    text = tree.body.text(separator="") if tree.body else ""
    return "\n".join(filter(None, (line.strip() for line in text.split(_LINE))))


def _article(file: SourceFile, mail: EmailMessage, body: str) -> Document:
    subject = _REPLY.sub("", _header(mail, "subject")).strip()
    title = subject or derive_title(body.split("\n", 1)[0])
    paragraphs = [line for line in body.split("\n") if line]
    text = to_reading_form("\n\n".join([title, body]))
    author = _sender(_header(mail, "from"))
    day = _day(_header(mail, "date"))
    evidence = []
    if author:
        quote = _header(mail, "from")
        evidence.append(MetadataEvidence("author", author, 0.8, "mail From", quote))
    if day:
        quote = _header(mail, "date")
        evidence.append(MetadataEvidence("updated", day, 0.8, "mail Date", quote))
    return Document(
        document_id=document_id_for(file.origin),
        kind="article",
        title=title,
        text=text,
        origin=file.origin,
        sha256=content_sha256("mail", text, author or "", day or ""),
        author=author,
        province=locate_province(title, paragraphs),
        years=years_in(title),
        updated=day,
        fetched_at=file.fetched_at or datetime.fromtimestamp(file.path.stat().st_mtime, UTC),
        evidence=tuple(evidence),
    )


def _sender(header: str) -> str | None:
    """Return the name of who sent a mail; an address alone is no name."""
    names = [name.strip() for name, _ in getaddresses([header])]
    return names[0] if names and names[0] and "@" not in names[0] else None


def _day(header: str) -> str | None:
    try:
        return parsedate_to_datetime(header).date().isoformat()
    except _MALFORMED:
        return None


# --- attachments ----------------------------------------------------------------------------


def _attachments(mail: EmailMessage, limits: Limits, file: SourceFile) -> list[EmailMessage]:
    """Return the attached parts.

    Raises:
        UnsafeSource: There are too many, or they are nested too deep.
    """
    found: list[EmailMessage] = []
    queue = [mail]
    seen = 0
    while queue:
        part = queue.pop(0)
        seen += 1
        if seen > limits.max_archive_files:
            raise UnsafeSource(
                f"{file.name}: thư có hơn {limits.max_archive_files} phần, quá giới hạn."
            )
        if _is_mail(part) and part is not mail:
            found.append(part)
        elif part.is_multipart():
            queue[:0] = [sub for sub in part.get_payload() if isinstance(sub, EmailMessage)]
        elif _file_name(part) or part.get_content_disposition() == "attachment":
            found.append(part)
    return found


def _file_name(part: MIMEPart) -> str:
    try:
        name = part.get_filename() or ""
    except _MALFORMED:
        return ""
    name = to_reading_form(repair_text(name)).replace("\\", "/").rpartition("/")[2]
    return re.sub(r"[\x00-\x1f]", "", name)


def _attachment_name(part: EmailMessage, number: int) -> str:
    name = _file_name(part) or f"dinh-kem-{number}"
    return name if not _is_mail(part) or name.lower().endswith(".eml") else f"{name}.eml"


def _is_mail(part: EmailMessage) -> bool:
    return part.get_content_type() == "message/rfc822"


def _child(file: SourceFile, part: EmailMessage, name: str, limits: Limits) -> Item:
    origin = f"{file.origin}!/{name}"
    if error := too_long(origin):
        return Unreadable(refused_origin(origin), error)
    problem = why_unsafe(name)
    if problem:
        return Unreadable(
            origin, UnsafeSource(f"{name!r}: {problem}, nên không mở tệp đính kèm này.")
        )
    kind = format_of(name)
    if kind is None:
        return unknown_format(origin)
    try:
        content = _attached_mail(part) if _is_mail(part) else _payload(part)
    except (*_MALFORMED, RecursionError):
        content = b""
    if not content:
        return Unreadable(
            origin, ExtractionFailed(f"{name}: tệp đính kèm rỗng hoặc hỏng. Xin gửi lại thư.")
        )
    path = new_spool_file(limits, PurePosixPath(name).suffix)
    path.write_bytes(content)
    return SourceFile(
        path,
        kind,
        known_as=origin,
        fetched_at=file.fetched_at,
        charset=_charset(part),
        depth=file.depth + 1,
    )


def _attached_mail(part: EmailMessage) -> bytes:
    inner = part.get_payload(0)
    return inner.as_bytes() if isinstance(inner, EmailMessage) else b""
