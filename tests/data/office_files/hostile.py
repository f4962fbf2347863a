"""Files that must be refused: bombs, broken, locked, empty, binary."""

import io
import zipfile
import zlib

from reportlab.lib.pdfencrypt import StandardEncryption

from tests.data.office_files.documents import docx_of
from tests.data.office_files.packages import zip_of
from tests.data.office_files.pdf import pdf_of
from tests.data.office_stories import STORIES


def hostile() -> dict[str, bytes]:
    story = STORIES["pdf"]
    secret = StandardEncryption("mo-ra", ownerPassword="chu", canPrint=0)
    return {
        "bom-nen.zip": zip_of({"bom.txt": bytes(30_000_000)}),
        "thoat-ra-ngoai.zip": zip_of({"../../thoat.txt": b"ra ngoai"}),
        "ty-tieng-cuoi.docx": _billion_laughs(),
        "cat-cut.pdf": pdf_of(story)[:900],
        "co-mat-khau.pdf": pdf_of(story, encrypt=secret),
        "co-mat-khau.zip": _encrypted_zip("mat.txt", "Nội dung kín".encode(), b"mat-khau"),
        "rong.txt": b"",
        "nhi-phan.txt": bytes(range(256)) * 8,
    }


def _billion_laughs() -> bytes:
    entities = '<!ENTITY a0 "ha">' + "".join(
        f'<!ENTITY a{level} "{f"&a{level - 1};" * 10}">' for level in range(1, 10)
    )
    body = (
        f'<?xml version="1.0"?><!DOCTYPE w [{entities}]><w:document xmlns:w="http://schemas.'
        'openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>&a9;</w:t></w:r>'
        "</w:p></w:body></w:document>"
    )
    with zipfile.ZipFile(io.BytesIO(docx_of(STORIES["docx"]))) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    return zip_of({**members, "word/document.xml": body.encode()})


def _encrypted_zip(name: str, data: bytes, password: bytes) -> bytes:
    """Return an archive with one member in the traditional encryption of PKWARE (APPNOTE 6.1)."""
    keys = [0x12345678, 0x23456789, 0x34567890]

    def crc(byte: int, start: int) -> int:
        return zlib.crc32(bytes([byte]), start ^ 0xFFFFFFFF) ^ 0xFFFFFFFF

    def update(byte: int) -> None:
        keys[0] = crc(byte, keys[0])
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = crc(keys[1] >> 24, keys[2])

    for byte in password:
        update(byte)
    checksum = zlib.crc32(data)
    secret = bytearray()
    for byte in (*range(11), checksum >> 24, *data):
        word = (keys[2] | 2) & 0xFFFF
        secret.append(byte ^ (((word * (word ^ 1)) >> 8) & 0xFF))
        update(byte)
    plain = zip_of({name: bytes(secret)}, stored={name})
    # Stored as it is, the member only lacks the flag, its size and its checksum: in both headers.
    out = bytearray(plain)
    for header, flags, sums in ((b"PK\x03\x04", 6, 14), (b"PK\x01\x02", 8, 16)):
        start = out.index(header)
        out[start + flags] |= 1
        out[start + sums : start + sums + 4] = checksum.to_bytes(4, "little")
        size = start + sums + 8
        out[size : size + 4] = len(data).to_bytes(4, "little")
    return bytes(out)
