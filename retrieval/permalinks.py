"""Addresses under which the service shows what is cited."""

from urllib.parse import quote, urlencode

# As much of a hash as tells one stored version of a document from another.
SHA_CHARS = 12


def path_of(kind: str, identifier: str) -> str:
    """Return the path of one case or document.

    Example:
        >>> path_of("cases", "nuôi tôm/1")
        '/cases/nu%C3%B4i%20t%C3%B4m%2F1'
    """
    return f"/{kind}/{quote(identifier, safe='')}"


def document_path(document_id: str, start_char: int, end_char: int, sha256: str = "") -> str:
    """Return the path of a document's page with a span of it marked and scrolled to.

    Args:
        document_id: The document.
        start_char: First character of the span.
        end_char: The one after its last.
        sha256: Hash of the document that was quoted; the page says if the stored one is another.

    Example:
        >>> document_path("bai-1", 3, 9)
        '/documents/bai-1?start=3&end=9#trich-dan'
        >>> document_path("bai-1", 3, 9, "0123456789abcdef")
        '/documents/bai-1?start=3&end=9&sha=0123456789ab#trich-dan'
    """
    values: dict[str, object] = {"start": start_char, "end": end_char}
    if sha256:
        values["sha"] = sha256[:SHA_CHARS]
    query = urlencode(values)
    return f"{path_of('documents', document_id)}?{query}#trich-dan"


def permalink(base: str, path: str) -> str:
    """Return an address for use outside the service: absolute where its public address is known.

    Example:
        >>> permalink("https://mohinh.vn/", "/documents/bai-1")
        'https://mohinh.vn/documents/bai-1'
        >>> permalink("", "/documents/bai-1")
        '/documents/bai-1'
    """
    return f"{base.rstrip('/')}{path}"
