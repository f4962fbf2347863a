"""Command `kb train`."""

import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from kb.cli import print_json, settings_of_environment
from kb.embedders.adapter import Adapter
from kb.embedders.e5_file import E5File, find_source
from kb.embedders.openvino_e5 import BundledE5Embedder
from kb.knowledge_base import open_store
from kb.models import Document
from kb.settings import Settings
from kb.store import DocumentStore
from retrieval.training.adapt import train_adapter
from retrieval.training.pairs import check_enough

ADAPTER_FILE = "adapter.npz"
# Longer texts are cut for training: it halves the time, and the head of a case tells what it is.
_MAX_TOKENS = 160


@click.command("train", short_help="Huấn luyện bộ hiệu chỉnh cho mô hình nhúng.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="THƯ_MỤC",
    help="Nơi ghi bộ hiệu chỉnh; mặc định là thư mục adapter trong thư mục dữ liệu.",
)
@click.option("--epochs", type=click.IntRange(1, 100), default=6, help="Số lượt học tối đa.")
@click.option("--json", "as_json", is_flag=True, help="In kết quả dạng JSON.")
def train_command(output: Path | None, epochs: int, as_json: bool) -> None:
    """Huấn luyện bộ hiệu chỉnh trên các mô hình trong kho và đo trên các mô hình để riêng.

    Bộ hiệu chỉnh không tự được dùng: chỉ nên bật khi lệnh này báo nó tốt hơn mô hình gốc.
    """
    settings = settings_of_environment()
    store = open_store(settings)
    try:
        adapter = _train(settings, store, epochs)
    finally:
        store.close()
    path = (output or settings.data_dir / "adapter") / ADAPTER_FILE
    adapter.save(path)
    if as_json:
        print_json(_to_data(adapter, path))
    else:
        _print(Console(), adapter, path)


def _train(settings: Settings, store: DocumentStore, epochs: int) -> Adapter:
    documents = stored_cases(store)
    check_enough(documents)  # before the model is loaded or built
    # The plain model, whatever the settings say: an adapter is never trained on another one.
    embedder = BundledE5Embedder(
        settings.model_dir,
        threads=settings.embedder.threads,
        precision=settings.embedder.precision,
        max_tokens=_MAX_TOKENS,
    )
    return train_adapter(documents, embedder, E5File(find_source()).sha256, epochs=epochs)


def stored_cases(store: DocumentStore) -> list[Document]:
    """Return the stored documents that are cases, ordered by id; no article is read."""
    # One page: for each, the store goes through all cases.
    _, found = store.list_cases(limit=sys.maxsize)
    return store.get_documents(sorted(document_id for _, document_id in found))


def _to_data(adapter: Adapter, path: Path) -> dict[str, Any]:
    header = adapter.header
    return {
        "path": str(path),
        "digest": adapter.digest,
        "won": header.won,
        "training_cases": header.training_cases,
        "training_pairs": header.training_pairs,
        **header.measures,
    }


def _print(console: Console, adapter: Adapter, path: Path) -> None:
    header, measures = adapter.header, adapter.header.measures
    lines = [
        f"Đã học từ {header.training_pairs} cặp của {header.training_cases} mô hình.",
        f"Trên {measures['test_cases']:.0f} mô hình để riêng, nDCG@10: "
        f"{measures['ndcg_before']:.3f} -> {measures['ndcg_after']:.3f} "
        f"(chênh {measures['difference']:+.3f}, p = {measures['p_value']:.3f}).",
        f"Đã ghi {path}",
    ]
    if header.won:
        lines.append(
            f"Tốt hơn mô hình gốc. Để dùng: đặt KB_EMBEDDER__ADAPTER={path} rồi chạy: kb reindex. "
            "Hãy so lại trên bộ câu hỏi của mình bằng: kb eval compare"
        )
    else:
        lines.append("Chưa thấy tốt hơn mô hình gốc một cách chắc chắn: không nên dùng.")
    console.print("\n".join(lines), highlight=False, markup=False, soft_wrap=True)
