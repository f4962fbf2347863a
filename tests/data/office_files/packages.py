"""Zip packages with the same bytes in every run."""

import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

DATE = (2024, 6, 3, 8, 0, 0)
_NOW = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")
_ODF = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" office:version="1.2"'
)


def zip_of(members: Mapping[str, bytes], *, stored: Iterable[str] = ()) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, DATE)
            info.compress_type = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, data)
    return buffer.getvalue()


def frozen(package: bytes) -> bytes:
    """Return an office package with the times of its writing made constant."""
    stamp = datetime(*DATE, tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    core = "docProps/core.xml"
    if core in members:
        members[core] = _NOW.sub(rb"\g<1>" + stamp + rb"\g<2>", members[core])
    return zip_of(members)


def open_document(kind: str, body: str) -> bytes:
    mime = f"application/vnd.oasis.opendocument.{kind}"
    manifest = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    return zip_of(
        {
            "mimetype": mime.encode(),
            "content.xml": (
                f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_ODF}>'
                f"<office:body>{body}</office:body></office:document-content>"
            ).encode(),
            "META-INF/manifest.xml": (
                '<?xml version="1.0" encoding="UTF-8"?>'
                f'<manifest:manifest xmlns:manifest="{manifest}" manifest:version="1.2">'
                f'<manifest:file-entry manifest:full-path="/" '
                f'manifest:media-type="{mime}"/>'
                '<manifest:file-entry manifest:full-path="content.xml" '
                'manifest:media-type="text/xml"/></manifest:manifest>'
            ).encode(),
        },
        stored={"mimetype"},
    )
