"""Reading a response within limits, also after decompression.

Compressed bodies are unpacked here, a bounded piece at a time, since the decoders of HTTP clients
unpack whatever arrives before anyone can count it.
"""

import zlib
from collections.abc import Iterable, Iterator

from kb.errors import SourceUnavailable, UnsafeSource, UnsupportedSource

_PIECE = 1 << 16
# Bytes that unpack to over a hundred times their size and past the limit are made for harm: HTML
# of news sites packs about 1:5.
_BOMB_RATIO = 100
_ZLIB_HEADER = 2
_GZIP_START = b"\x1f"
_WINDOW = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


class TruncatedBody(Exception):  # becomes SourceUnavailable after the last retry
    """The compressed data ends early or is broken."""


def read_body(
    pieces: Iterable[bytes], encoding: str, *, max_bytes: int, name: str, cut: bool = False
) -> Iterator[bytes]:
    """Yield the unpacked body in pieces of at most 64 KiB.

    Args:
        pieces: The body as it comes from the network.
        encoding: `Content-Encoding`.
        max_bytes: Limit of the unpacked size.
        name: Address, for messages.
        cut: Stop at the limit instead of failing.

    Raises:
        UnsupportedSource: It is larger than the limit, or packed in a way that was not asked for.
        UnsafeSource: It is small and unpacks past the limit.
        TruncatedBody: The packed data ends early or is broken.
    """
    encoding = encoding.strip().lower()
    received = _Counter(pieces)
    if encoding in ("", "identity"):
        unpacked: Iterator[bytes] = iter(received)
    elif encoding in _WINDOW:
        unpacked = _inflate(received, _WINDOW[encoding])
    else:
        raise UnsupportedSource(
            f"{name}: máy chủ nén trang theo lối {encoding!r} mà chương trình không yêu cầu, "
            "nên không đọc được. Tải trang về rồi nạp từ tệp."
        )
    size = 0
    for piece in unpacked:
        room = max_bytes - size
        if len(piece) > room:
            if not cut:
                raise _too_large(name, received.total, max_bytes)
            yield piece[:room]
            return
        size += len(piece)
        yield piece


def unpack_gzip(data: bytes, *, max_bytes: int, name: str) -> bytes:
    """Return the content of a gzip file.

    Raises:
        UnsafeSource: It unpacks past the limit.
        UnsupportedSource: The same, though it is no bomb.
        SourceUnavailable: It is broken or cut off.
    """
    try:
        return b"".join(read_body([data], "gzip", max_bytes=max_bytes, name=name))
    except TruncatedBody as exc:
        raise SourceUnavailable(f"{name}: tệp nén GZip bị hỏng hoặc thiếu. Tải lại.") from exc


def too_large(name: str, megabytes: float) -> UnsupportedSource:
    """Return the error for a page above the limit of size."""
    return UnsupportedSource(
        f"{name}: lớn hơn giới hạn {megabytes:g} MB. Tăng KB_WEB__MAX_PAGE_MB rồi nạp lại."
    )


def _too_large(name: str, received: int, max_bytes: int) -> UnsupportedSource | UnsafeSource:
    if received * _BOMB_RATIO < max_bytes:
        return UnsafeSource(
            f"{name}: {received} byte nén bung ra hơn {max_bytes / 1e6:g} MB, "
            "có dấu hiệu phá hoại, nên không đọc."
        )
    return too_large(name, max_bytes / 1e6)


class _Counter:
    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces
        self.total = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            # Pieces of the network may be large; what is counted should be what was unpacked.
            for start in range(0, len(piece), _PIECE):
                part = piece[start : start + _PIECE]
                self.total += len(part)
                yield part


def _inflate(pieces: Iterable[bytes], window: int) -> Iterator[bytes]:
    inflater = None
    start = b""
    for piece in pieces:
        data = piece
        if inflater is None:
            start += data
            if len(start) < _ZLIB_HEADER:
                continue
            data = start
            # Some servers send "deflate" without the zlib header (RFC 9110 section 8.4.1.2).
            is_raw = window == zlib.MAX_WBITS and not _has_zlib_header(data)
            inflater = zlib.decompressobj(-zlib.MAX_WBITS if is_raw else window)
        while data:
            if inflater.eof:  # gzip may hold several members; what else follows is padding
                if window <= zlib.MAX_WBITS or not data.startswith(_GZIP_START):
                    break
                inflater = zlib.decompressobj(window)
            try:
                unpacked = inflater.decompress(data, _PIECE)
            except zlib.error as exc:
                raise TruncatedBody(str(exc)) from exc
            if unpacked:
                yield unpacked
            data = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
            if not data and not inflater.eof and len(unpacked) == _PIECE:
                # The rest may wait inside the decoder without any input left.
                while rest := inflater.decompress(b"", _PIECE):
                    yield rest
    if start and (inflater is None or not inflater.eof):
        raise TruncatedBody("incomplete")


def _has_zlib_header(data: bytes) -> bool:
    """Tell whether data starts as RFC 1950 section 2.2 demands."""
    return data[0] & 0x0F == zlib.DEFLATED and (data[0] << 8 | data[1]) % 31 == 0
