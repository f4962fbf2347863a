"""Changes to bytes that reach what a reader does, and not only what unpacks it.

Office packages are ZIP archives whose members carry checksums: a changed byte of the archive stops
at the checksum. So a change goes into a member and the archive is packed anew. Slices are repeated
many times over, because that is what shows time that grows faster than the input.
"""

import io
import random
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["replace", "insert", "delete", "repeat", "move", "flip", "truncate"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_TEXT_TOKENS = (
    "mô hình", "Mô hình “", "”", "“", '"', "câu lạc bộ ", "như: ", "; ", ". ", "\n", "\n\n",
    "- ", "xã ", "huyện ", "tỉnh Cà Mau", "Hội Phụ nữ", "năm 2024", "1.250 hộ ", "tỷ đồng",
    "trên ", "ngày 3 tháng 6 năm 2024", "(", ")", ":", "…", "\u0301", "\u200b", "\ufeff",
    "\U0001f600", "İ", "ß", "ﬁ", "\u2028", "Đ", "Ð", "0", "99999999999999999999", "-1",
    "65535", "NaN", "<div>", "</div>", "<p>", "<table><tr><td>", "<!--", "-->", "<![CDATA[",
    "&#55296;", "&amp;", "<script type='application/ld+json'>", "{", "}", "[", "]",
    '{"@graph":[', '"@type":"NewsArticle"', '"headline":', '"datePublished":"2024-06-03"',
    "\\u0301", "\\'e1", "\\ud800", "{\\", "\\par ", "\\cell", "\\row ", "\\bin9", "\\u-10179?",
    "=?utf-8?b?", "Content-Type: ", "boundary=", "--", "stream\n", "endobj", "/Kids [", "obj",
    "<<", ">>", "User-agent: *\n", "Disallow: /", "*$", "<loc>", "<url>", "<item><link>",
    "STT,Tên mô hình\n", ",", "\t", "Tổng cộng", "II.",
)  # fmt: skip
_BYTE_TOKENS = (b"\x00", b"\xff", b"\xff" * 4, b"\x80", b"\xc3", b"\xfe\xff", b"\x01\x00\x00\x00")
# Formats and Vietnamese texts give these a meaning; what is inserted is often one of them.
TOKENS: tuple[bytes, ...] = (*(token.encode() for token in _TEXT_TOKENS), *_BYTE_TOKENS)

_MAX_REPEATS = 4096
# Unpacked members that are looked into; a larger one stays as it is.
_MAX_MEMBER = 2_000_000


@dataclass(frozen=True, slots=True)
class Edit:
    """One change.

    Attributes:
        kind: What is done.
        position: Where, as a share of the input in [0, 1).
        length: Bytes that are replaced, deleted, moved or repeated.
        data: What is put there.
        count: How often a slice is repeated.
        member: Which member of an archive, as a share of their number in [0, 1).
    """

    kind: Kind
    position: float
    length: int
    data: bytes
    count: int
    member: float


def random_edit(rng: random.Random) -> Edit:
    """Return a change that suits any format."""
    return Edit(
        kind=rng.choice(KINDS),
        position=rng.random(),
        length=rng.choice((1, 2, 4, 16, 64, 300, 2000)),
        data=rng.choice(TOKENS) if rng.random() < 0.8 else rng.randbytes(rng.randint(1, 8)),
        count=rng.choice((2, 3, 10, 100, 1000, _MAX_REPEATS)),
        member=rng.random(),
    )


def apply_edits(data: bytes, edits: Sequence[Edit], *, max_bytes: int) -> bytes:
    """Return changed bytes, at most so many; of an archive, its members are changed.

    Example:
        >>> apply_edits(b"abc", [Edit("insert", 0.4, 1, b"-", 2, 0.0)], max_bytes=10)
        b'a-bc'
    """
    for edit in edits:

        def change(part: bytes, edit: Edit = edit) -> bytes:
            return _edited(part, edit, max_bytes)

        data = edit_inside(data, edit.member, change)
    return data[:max_bytes]


def edit_inside(data: bytes, member: float, change: Callable[[bytes], bytes]) -> bytes:
    """Return bytes with a change made to them, or inside a member if they are a ZIP archive.

    Args:
        data: The bytes.
        member: Which member, as a share of their number in [0, 1).
        change: The change.
    """
    if not data.startswith(b"PK\x03\x04"):
        return change(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = [info for info in archive.infolist() if info.file_size <= _MAX_MEMBER]
            members = [(info, archive.read(info)) for info in infos]
    # Not a sound archive any more.
    except Exception:  # noqa: BLE001
        return change(data)
    if not members:
        return change(data)
    chosen = _chosen_member([info.filename for info, _ in members], member)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for index, (info, content) in enumerate(members):
            archive.writestr(info.filename, change(content) if index == chosen else content)
    return buffer.getvalue()


def _chosen_member(names: Sequence[str], member: float) -> int:
    """Return the index of a member: half of the time the one that holds the content."""
    main = [
        index
        for index, name in enumerate(names)
        if name.endswith(("document.xml", "content.xml", "sharedStrings.xml"))
        or ("/slides/slide" in name or "/worksheets/sheet" in name)
    ]
    if main and member < 0.6:
        return main[int(member / 0.6 * len(main))]
    return int(member * len(names))


def _edited(data: bytes, edit: Edit, max_bytes: int) -> bytes:
    start = int(edit.position * (len(data) + 1))
    end = min(len(data), start + edit.length)
    head, part, tail = data[:start], data[start:end], data[end:]
    match edit.kind:
        case "replace":
            return head + edit.data + tail
        case "insert":
            return head + edit.data + part + tail
        case "delete":
            return head + tail
        case "repeat":
            slice_ = part if edit.length > 4 else edit.data
            room = max(1, (max_bytes - len(data)) // max(1, len(slice_)))
            return head + slice_ * min(edit.count, room) + part + tail
        case "move":
            return part + head + tail
        case "flip":
            flipped = bytes(byte ^ (1 << (edit.count % 8)) for byte in part[:4])
            return head + flipped + part[4:] + tail
        case "truncate":
            return head
