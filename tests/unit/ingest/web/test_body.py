import gzip
import itertools
import zlib

import pytest

from ingest.web.body import TruncatedBody, read_body, unpack_gzip
from kb.errors import SourceUnavailable, UnsafeSource, UnsupportedSource

TEXT = "Tổ hợp tác trồng dừa. ".encode() * 20_000


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def read(data: bytes, encoding: str, *, size: int = 7, limit: int = 10_000_000, cut=False) -> bytes:
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    return b"".join(read_body(pieces, encoding, max_bytes=limit, name="bao.vn", cut=cut))


@pytest.mark.parametrize("size", [1, 7, 10_000_000])
@pytest.mark.parametrize(
    ("pack", "encoding"),
    [
        (bytes, ""),
        (bytes, "identity"),
        (gzip.compress, "gzip"),
        (gzip.compress, " X-GZIP "),
        (zlib.compress, "deflate"),
        (raw_deflate, "deflate"),
        (lambda data: gzip.compress(data[:99]) + gzip.compress(data[99:]), "gzip"),
        (lambda data: gzip.compress(data) + bytes(100), "gzip"),
        (lambda data: gzip.compress(data) + b"rac phia sau", "gzip"),
    ],
)
def test_body_comes_out_as_it_went_in(pack, encoding, size):
    if pack is bytes and size == 1:
        size = 5
    assert read(pack(TEXT), encoding, size=size) == TEXT


def test_pieces_are_never_larger_than_64_kib():
    packed = gzip.compress(bytes(3_000_000))
    sizes = [len(piece) for piece in read_body([packed], "gzip", max_bytes=10**7, name="x")]
    assert max(sizes) <= 65536
    assert sum(sizes) == 3_000_000


def test_body_of_exactly_the_limit_passes_and_one_byte_more_does_not():
    assert read(b"a" * 100, "", limit=100) == b"a" * 100
    with pytest.raises(UnsupportedSource, match="KB_WEB__MAX_PAGE_MB"):
        read(b"a" * 101, "", limit=100)
    assert read(b"a" * 101, "", limit=100, cut=True) == b"a" * 100


def test_bomb_is_unsafe_and_is_not_unpacked_to_its_end():
    packed = gzip.compress(bytes(20_000_000))
    pieces = read_body([packed], "gzip", max_bytes=5_000_000, name="x")
    unpacked = itertools.islice(pieces, 5_000_000 // 65536)
    assert sum(len(piece) for piece in unpacked) == 76 * 65536
    with pytest.raises(UnsafeSource, match="phá hoại"):
        next(pieces)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_packed_body_that_is_cut_off_or_broken_is_truncated(encoding):
    packed = gzip.compress(TEXT) if encoding == "gzip" else zlib.compress(TEXT)
    with pytest.raises(TruncatedBody):
        read(packed[:-20], encoding)
    with pytest.raises(TruncatedBody):
        read(b"\xff\xfe khong nen", encoding)
    assert read(b"", encoding) == b""


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "compress"])
def test_other_encodings_are_unsupported(encoding):
    with pytest.raises(UnsupportedSource, match="nén"):
        read(b"x", encoding)


def test_gzip_file_is_unpacked_within_the_limit():
    assert unpack_gzip(gzip.compress(TEXT), max_bytes=10**7, name="a.gz") == TEXT
    with pytest.raises(UnsupportedSource, match="giới hạn"):
        unpack_gzip(gzip.compress(TEXT), max_bytes=10_000, name="a.gz")
    with pytest.raises(SourceUnavailable, match="hỏng hoặc thiếu"):
        unpack_gzip(gzip.compress(TEXT)[:50], max_bytes=10**7, name="a.gz")
