"""A small correction of the bundled model's weights, learnt from one knowledge base (`kb train`).

It is one square matrix: a pooled vector `v` becomes `v + v @ residual`, normalised. The matrix is
part of the network when that is converted, so it costs a thousandth of an inference. Token vectors
are left alone: the projection of late interaction was learnt on them as they are.
"""

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from kb.errors import ModelError, ModelUnavailable
from kb.files import write_atomically
from kb.ports import FloatArray

# Raised whenever the file changes its form or its meaning.
ADAPTER_LAYOUT = 1
_HEADER = "header"
_RESIDUAL = "residual"
_BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError)


@dataclass(frozen=True, slots=True)
class AdapterHeader:
    """What an adapter was made of and what it was seen to do.

    Attributes:
        base_sha256: Hex digest of the file of weights that it corrects; it fits no other.
        training_cases: Cases whose pairs it was trained on.
        training_pairs: Those pairs.
        won: Whether it was better on the cases held out, beyond chance.
        measures: Name to value, of the cases held out.
        layout: `ADAPTER_LAYOUT` of the writer.
    """

    base_sha256: str
    training_cases: int
    training_pairs: int
    won: bool
    measures: Mapping[str, float] = field(default_factory=dict)
    layout: int = ADAPTER_LAYOUT


@dataclass(frozen=True)
class Adapter:
    """A correction of pooled vectors.

    Attributes:
        header: Where it comes from.
        residual: `(dim, dim)` float32; zeros change nothing.
    """

    header: AdapterHeader
    residual: FloatArray

    @cached_property
    def digest(self) -> str:
        """Hex digest of the base and of the matrix: equal digests give equal vectors."""
        digest = hashlib.sha256(f"{self.header.base_sha256}{self.residual.shape}".encode())
        digest.update(np.ascontiguousarray(self.residual, "<f4").tobytes())
        return digest.hexdigest()

    def apply(self, vectors: FloatArray) -> FloatArray:
        """Return what the adapted model gives for texts whose plain vectors are given.

        Args:
            vectors: `(n, dim)` float32, rows L2-normalised.

        Returns:
            `(n, dim)` float32, rows L2-normalised.
        """
        moved = vectors + vectors @ self.residual
        lengths = np.linalg.norm(moved, axis=1, keepdims=True)
        return np.asarray(moved / np.maximum(lengths, 1e-12), dtype=np.float32)

    def check_base(self, base_sha256: str, dim: int) -> None:
        """Make sure that it was trained on these weights.

        Raises:
            ModelError: It was trained on others.
        """
        if self.residual.shape != (dim, dim):
            raise ModelError(
                f"Bộ hiệu chỉnh có {len(self.residual)} chiều, mô hình có {dim} chiều; hãy huấn "
                "luyện lại bằng: kb train"
            )
        if base_sha256 != self.header.base_sha256:
            raise ModelError(
                f"Bộ hiệu chỉnh được huấn luyện trên trọng số {self.header.base_sha256[:12]}, còn "
                f"mô hình đang cài là {base_sha256[:12]}; hãy huấn luyện lại bằng: kb train, hoặc "
                "bỏ KB_EMBEDDER__ADAPTER để dùng mô hình gốc."
            )

    def save(self, path: Path) -> None:
        """Write it as one file; a reader never sees half of it.

        Raises:
            ModelUnavailable: The file cannot be written.
        """
        header = np.frombuffer(json.dumps(asdict(self.header)).encode(), np.uint8)
        buffer = io.BytesIO()
        np.savez_compressed(buffer, header=header, residual=self.residual)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, buffer.getvalue())
        except OSError as exc:
            raise ModelUnavailable(
                f"Không ghi được bộ hiệu chỉnh {str(path)!r}: {exc.strerror}; hãy kiểm tra quyền "
                "ghi và dung lượng đĩa, hoặc chọn thư mục khác bằng --output."
            ) from exc


def load_adapter(path: Path) -> Adapter:
    """Return the adapter of a file; nothing in it is executed.

    Raises:
        ModelUnavailable: The file cannot be read.
        ModelError: It is damaged, or of a layout that this version does not know.
    """
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise ModelUnavailable(
            f"Không đọc được bộ hiệu chỉnh {str(path)!r}: {exc.strerror}; hãy kiểm tra đường dẫn "
            "trong KB_EMBEDDER__ADAPTER, hoặc tạo lại bằng: kb train"
        ) from exc
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            header = AdapterHeader(**json.loads(arrays[_HEADER].tobytes()))
            adapter = Adapter(header, arrays[_RESIDUAL])
    # A zip cut short or with a wrong sum, a member missing, an object array, other fields.
    except (ValueError, KeyError, TypeError, EOFError, OSError, *_BROKEN) as exc:
        raise _damaged(path) from exc
    if header.layout != ADAPTER_LAYOUT or not _is_square(adapter.residual):
        raise _damaged(path)
    return adapter


def _is_square(matrix: FloatArray) -> bool:
    return (
        matrix.ndim == 2
        and matrix.shape[0] == matrix.shape[1]
        and matrix.dtype == np.float32
        and bool(np.isfinite(matrix).all())
    )


def _damaged(path: Path) -> ModelError:
    return ModelError(
        f"Tệp {str(path)!r} không phải bộ hiệu chỉnh mà phiên bản này dùng được (hỏng hoặc khác "
        "định dạng); hãy tạo lại bằng: kb train, hoặc bỏ KB_EMBEDDER__ADAPTER."
    )
