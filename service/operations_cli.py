"""Commands `kb info` and `kb doctor`: what is set up, and whether it is sound."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import click
from rich.console import Console
from rich.table import Table

from kb.cli import print_json, settings_of_environment
from kb.embedders import get_embedder
from kb.errors import KbError, StoreLocked
from kb.knowledge_base import INDEX_DIRECTORY, open_knowledge_base, open_store
from kb.manifest import read_manifest
from kb.settings import Settings, describe_settings

_ENOUGH_BYTES = 2_000_000_000


@click.command("info", short_help="Thông tin về cơ sở tri thức.")
@click.option("--json", "as_json", is_flag=True, help="In dạng JSON.")
def info_command(as_json: bool) -> None:
    """Cho biết số tài liệu, mô hình, thiết lập và chỉ mục."""
    settings = settings_of_environment()
    counts = open_store(settings).counts()
    manifest = read_manifest(settings.data_dir)
    data = {
        "data_dir": str(settings.data_dir.absolute()),
        "documents": counts.documents,
        "cases": counts.cases,
        "chunks": counts.chunks,
        "pending": counts.pending,
        "embedder": manifest.embedder if manifest else None,
        "settings": describe_settings(settings),
    }
    if as_json:
        print_json(data)
        return
    table = Table(show_header=False)
    table.add_row("Thư mục dữ liệu", str(data["data_dir"]))
    table.add_row("Tài liệu", str(counts.documents))
    table.add_row("Mô hình", str(counts.cases))
    table.add_row("Đoạn", str(counts.chunks))
    table.add_row("Chưa vào chỉ mục", str(counts.pending))
    table.add_row("Mô hình nhúng", manifest.embedder["name"] if manifest else "chưa có chỉ mục")
    Console().print(table)


@dataclass(frozen=True, slots=True)
class _Check:
    """One finding of `kb doctor`."""

    name: str
    ok: bool
    detail: str


@click.command("doctor", short_help="Kiểm tra cài đặt và dữ liệu.")
@click.option("--json", "as_json", is_flag=True, help="In dạng JSON.")
def doctor_command(as_json: bool) -> None:
    """Kiểm tra cài đặt, kho và chỉ mục; mỗi lỗi kèm cách khắc phục."""
    settings = settings_of_environment()
    checks = list(_checks(settings))
    if as_json:
        rows = [{"name": check.name, "ok": check.ok, "detail": check.detail} for check in checks]
        print_json({"ok": all(check.ok for check in checks), "checks": rows})
    else:
        for check in checks:
            click.echo(f"[{'đạt' if check.ok else 'lỗi'}] {check.name}: {check.detail}")
    if not all(check.ok for check in checks):
        raise SystemExit(1)


def _checks(settings: Settings) -> Iterator[_Check]:
    steps: list[tuple[str, Callable[[Settings], str]]] = [
        ("thư mục dữ liệu", _check_directory),
        ("mô hình nhúng", _check_embedder),
        ("kho và chỉ mục", _check_consistency),
    ]
    for name, step in steps:
        try:
            yield _Check(name, ok=True, detail=step(settings))
        except StoreLocked as exc:
            yield _Check(name, ok=True, detail=f"bỏ qua, vì: {exc}")
        except KbError as exc:
            yield _Check(name, ok=False, detail=str(exc))


def _check_directory(settings: Settings) -> str:
    open_store(settings).close()
    free = shutil.disk_usage(settings.data_dir).free
    if not os.access(settings.data_dir, os.W_OK):
        raise KbError(f"Không ghi được vào {str(settings.data_dir)!r}. Sửa quyền ghi.")
    if free < _ENOUGH_BYTES:
        raise KbError(
            f"Đĩa chỉ còn {free / 1e9:.1f} GB, cần ít nhất {_ENOUGH_BYTES / 1e9:.0f} GB. "
            "Dọn bớt hoặc đặt KB_DATA_DIR sang đĩa khác."
        )
    return f"{settings.data_dir.absolute()}, còn trống {free / 1e9:.0f} GB"


def _check_embedder(settings: Settings) -> str:
    embedder = get_embedder(settings.embedder, settings.model_dir)
    vectors = embedder.embed_queries(["kiểm tra"])
    return f"{embedder.spec.name}, {vectors.shape[1]} chiều"


def _check_consistency(settings: Settings) -> str:
    if not (settings.data_dir / INDEX_DIRECTORY).exists() and settings.index.kind == "edge":
        return "chưa có chỉ mục; nạp tài liệu bằng `kb ingest corpus --recursive`"
    with open_knowledge_base(settings, purpose="doctor") as kb:
        counts = kb.store.counts()
        if counts.pending:
            raise KbError(
                f"{counts.pending} tài liệu chưa vào chỉ mục do lần nạp trước bị ngắt. "
                "Chạy lại `kb ingest` với đường dẫn bất kỳ, hoặc `kb reindex`."
            )
        stored = {row.document_id for row in kb.store.states_in("indexed")}
        indexed = set(kb.index.document_ids())
        if stored != indexed:
            raise KbError(
                f"Kho có {len(stored)} tài liệu, chỉ mục có {len(indexed)}; "
                f"{len(stored ^ indexed)} tài liệu lệch nhau. Chạy `kb reindex`."
            )
        return f"{counts.documents} tài liệu, {counts.chunks} đoạn, khớp nhau"
