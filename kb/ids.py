"""Stable identifiers."""

import hashlib
import re
import uuid

from kb.text import fold

_CHUNK_NAMESPACE = uuid.UUID("6f1d6f0e-52a5-4b6b-9d55-0a3f5b8d7c11")
_NOT_SLUG = re.compile(r"[^a-z0-9]+")


def slugify(text: str) -> str:
    """Return lower-case ASCII words joined by hyphens; empty if the text has no such letter.

    Example:
        >>> slugify("Đưa màu xuống ruộng (Cà Mau)")
        'dua-mau-xuong-ruong-ca-mau'
    """
    return _NOT_SLUG.sub("-", fold(text)).strip("-")


def document_id_for(origin: str) -> str:
    """Return the id of a record that brings none: its file's name and a short digest.

    The digest covers all of an address or an upload, since the same path stands on many sites,
    and the last two parts of a local path, so the id survives a move of the whole folder and a
    change of the content. Of what lies in an archive or a mail it covers the whole path inside.

    Args:
        origin: Path or address of the source.
    """
    outer, separator, inner = origin.partition("!/")
    parts = _parts(origin)
    stem = slugify(re.sub(r"\.[A-Za-z0-9]{1,5}$", "", parts[-1] if parts else "")) or "tai-lieu"
    is_whole = "://" in outer or outer.startswith("upload:")
    key = outer if is_whole else "/".join(_parts(outer)[-2:])
    digest = hashlib.sha256(f"{key}{separator}{inner}".encode()).hexdigest()[:6]
    return f"{stem[:80].strip('-')}-{digest}"


def document_id_apart(document_id: str, origin: str) -> str:
    """Return a longer id for a document whose derived one another source has already.

    Args:
        document_id: The derived id.
        origin: Path or address of the source; all of it counts.
    """
    return f"{document_id}-{hashlib.sha256(origin.encode()).hexdigest()[:8]}"


def _parts(path: str) -> list[str]:
    return [part for part in re.split(r"[/\\]+", path) if part]


def chunk_id_for(document_id: str, ordinal: int) -> str:
    """Return the UUID of the n-th chunk of a document; vector engines take only UUIDs or ints."""
    return str(uuid.uuid5(_CHUNK_NAMESPACE, f"{document_id}\x00{ordinal}"))


def content_sha256(*parts: str) -> str:
    """Return the hex SHA-256 of the parts; their borders count."""
    digest = hashlib.sha256()
    for part in parts:
        encoded = part.encode()
        digest.update(len(encoded).to_bytes(8, "little"))
        digest.update(encoded)
    return digest.hexdigest()
