"""What an index was built with, so that it is never searched with something else."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kb.errors import IndexMismatch, StoreUnavailable
from kb.files import write_atomically
from kb.ports import EmbedderSpec
from kb.settings import ChunkerSettings
from kb.terms import TermScheme

SCHEMA_VERSION = 2
FILE_NAME = "manifest.json"

_LABELS = {
    "schema": "lược đồ chỉ mục",
    "embedder": "mô hình nhúng",
    "terms": "cách tách từ khóa",
    "chunker": "cách chia đoạn",
    "index": "nơi đặt chỉ mục",
}


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything that makes stored vectors and offsets fit a query.

    Attributes:
        schema: Version of tables, payload and vector names.
        embedder: Model, prompts, dimension, segmentation, revision.
        terms: Term scheme with its version.
        chunker: Chunk sizes.
        index: Kind and address of the vector index.
    """

    schema: int
    embedder: dict[str, Any]
    terms: dict[str, Any]
    chunker: dict[str, Any]
    index: str

    @classmethod
    def of(
        cls, embedder: EmbedderSpec, terms: TermScheme, chunker: ChunkerSettings, index: str
    ) -> "Manifest":
        """Return the manifest of the settings in force."""
        return cls(SCHEMA_VERSION, asdict(embedder), asdict(terms), chunker.model_dump(), index)

    def check(self, current: "Manifest", directory: Path) -> None:
        """Compare the stored manifest (self) with the one of the settings in force.

        Raises:
            IndexMismatch: They differ; the message says in what and which command mends it.
        """
        stored, wanted = asdict(self), asdict(current)
        changes = [
            f"{_LABELS[key]} (chỉ mục: {_brief(stored[key], wanted[key])}; "
            f"thiết lập: {_brief(wanted[key], stored[key])})"
            for key in stored
            if stored[key] != wanted[key]
        ]
        if changes:
            raise IndexMismatch(
                f"Chỉ mục trong {str(directory)!r} được tạo với thiết lập khác: "
                + ", ".join(changes)
                + ". Chạy `kb reindex` để tạo lại chỉ mục theo thiết lập hiện tại, "
                "hoặc trả thiết lập về như cũ."
            )


def _brief(value: Any, other: Any) -> str:
    """Show only what differs of two sections."""
    if isinstance(value, dict) and isinstance(other, dict):
        parts = [f"{key}={value[key]!r}" for key in value if value[key] != other.get(key)]
        return ", ".join(parts) or "thiếu mục"
    return repr(value)


def read_manifest(directory: Path) -> Manifest | None:
    """Return the manifest of a data directory, or None if nothing was indexed there yet.

    Raises:
        IndexMismatch: The file is not a manifest that this version reads.
    """
    path = directory / FILE_NAME
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return Manifest(**data)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as exc:
        raise IndexMismatch(
            f"Tệp {str(path)!r} không đọc được ({exc}). Chạy `kb reindex` để tạo lại chỉ mục."
        ) from exc


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Write the manifest atomically.

    Raises:
        StoreUnavailable: The directory cannot be written; the old manifest stays.
    """
    path = directory / FILE_NAME
    try:
        write_atomically(path, json.dumps(asdict(manifest), ensure_ascii=False, indent=2).encode())
    except OSError as exc:
        raise StoreUnavailable(
            f"Không ghi được {str(path)!r}: {exc.strerror}. "
            "Kiểm tra quyền ghi và dung lượng đĩa, rồi chạy lại lệnh."
        ) from exc
