"""Vector index adapters; `get_index` picks one by the settings."""

from pathlib import Path

from kb.errors import SettingsError
from kb.ports import VectorIndex
from kb.settings import IndexSettings


def get_index(
    settings: IndexSettings, directory: Path, dim: int, *, recreate: bool = False
) -> VectorIndex:
    """Return the index of the settings, created empty if it does not exist.

    Args:
        settings: Section `index`.
        directory: Where the embedded engine keeps its files.
        dim: Length of the dense vectors.
        recreate: Drop what a server holds first (the embedded engine's files are the caller's).

    Raises:
        SettingsError: `kind = "qdrant"` without a URL.
        StoreLocked: Another process holds the embedded index.
        StoreUnavailable: The server cannot be reached, or the files cannot be opened.
    """
    match settings.kind:
        case "edge":
            from kb.indexes.edge import EdgeIndex

            return EdgeIndex(directory, dim)
        case "qdrant":
            if not settings.url:
                raise SettingsError(
                    "KB_INDEX__KIND=qdrant cần địa chỉ máy chủ: đặt KB_INDEX__URL, "
                    "ví dụ http://127.0.0.1:6333."
                )
            from kb.indexes.qdrant import QdrantIndex

            return QdrantIndex.connect(
                settings.url,
                settings.collection,
                dim,
                api_key=settings.api_key or None,
                recreate=recreate,
            )
