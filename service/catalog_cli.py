"""Commands `kb documents` and `kb cases`: what the knowledge base holds."""

import click
from rich.console import Console
from rich.table import Table

from ingest.indexing import remove_documents
from kb.cli import print_json, settings_of_environment
from kb.errors import DocumentNotFound
from kb.knowledge_base import open_knowledge_base, open_store
from kb.taxonomy import FIELD_NAMES
from retrieval.query import parse_filters
from retrieval.rendering import case_card_to_data, document_to_data

_json_option = click.option("--json", "as_json", is_flag=True, help="In dạng JSON.")
_limit_option = click.option(
    "--limit", type=click.IntRange(1, 10_000), default=100, help="Số dòng."
)
_offset_option = click.option("--offset", type=click.IntRange(0), default=0, help="Bỏ qua số dòng.")


@click.group("documents", short_help="Liệt kê, xem, xóa tài liệu.")
def documents_group() -> None:
    """Liệt kê, xem, xóa tài liệu trong cơ sở tri thức."""


@documents_group.command("list", short_help="Liệt kê tài liệu.")
@_limit_option
@_offset_option
@_json_option
def list_documents(limit: int, offset: int, as_json: bool) -> None:
    """Liệt kê tài liệu theo mã."""
    store = open_store(settings_of_environment())
    rows = store.list_documents(limit=limit, offset=offset)
    if as_json:
        print_json(
            {
                "total": store.counts().documents,
                "documents": [
                    {
                        "document_id": row.document_id,
                        "kind": row.kind,
                        "title": row.title,
                        "province": row.province,
                        "published": row.published,
                        "origin": row.origin,
                    }
                    for row in rows
                ],
            }
        )
        return
    table = Table("Mã", "Nhan đề", "Địa bàn", "Ngày đăng")
    for row in rows:
        table.add_row(row.document_id, row.title, row.province or "", row.published or "")
    Console().print(table)


@documents_group.command("show", short_help="Xem một tài liệu.")
@click.argument("document_id")
@_json_option
def show_document(document_id: str, as_json: bool) -> None:
    """Xem toàn văn và thông tin của tài liệu DOCUMENT_ID."""
    document = open_store(settings_of_environment()).get_document(document_id)
    if as_json:
        print_json(document_to_data(document))
    else:
        facts = [document.publisher, document.published, document.province, document.url]
        click.echo(" · ".join(fact for fact in facts if fact))
        click.echo(document.text)


@documents_group.command("delete", short_help="Xóa tài liệu.")
@click.argument("document_ids", nargs=-1, required=True)
@_json_option
def delete_documents(document_ids: tuple[str, ...], as_json: bool) -> None:
    """Xóa các tài liệu DOCUMENT_IDS khỏi kho và chỉ mục (tệp gốc không bị đụng tới)."""
    with open_knowledge_base(settings_of_environment(), purpose="documents delete") as kb:
        known = kb.store.states(document_ids)
        missing = [name for name in document_ids if name not in known]
        if missing:
            raise DocumentNotFound(
                f"Không có tài liệu {', '.join(map(repr, missing))}; chưa xóa gì. "
                "Xem các mã bằng `kb documents list`."
            )
        remove_documents(kb, list(known))
    if as_json:
        print_json({"deleted": list(known)})
    else:
        click.echo(f"Đã xóa {len(known)} tài liệu.")


@click.group("cases", short_help="Liệt kê, xem mô hình.")
def cases_group() -> None:
    """Liệt kê, xem các mô hình."""


@cases_group.command("list", short_help="Liệt kê mô hình.")
@click.option("--province", metavar="TỈNH", help="Tỉnh, thành (tên nay gồm cả các tỉnh cũ).")
@click.option("--field", metavar="LĨNH_VỰC", help="Lĩnh vực, ví dụ kinh-te.")
@click.option("--topic", metavar="CHỦ_ĐỀ", help="Chủ đề, ví dụ giam-ngheo.")
@_limit_option
@_offset_option
@_json_option
def list_cases(
    province: str | None,
    field: str | None,
    topic: str | None,
    limit: int,
    offset: int,
    as_json: bool,
) -> None:
    """Liệt kê mô hình theo mã."""
    store = open_store(settings_of_environment())
    filters = parse_filters(
        province=province, field=field, topic=topic, known_topics=store.known_topics()
    )
    total, rows = store.list_cases(
        province=filters.province,
        field=filters.field,
        topic=filters.topic,
        limit=limit,
        offset=offset,
    )
    if as_json:
        cards = [case_card_to_data(case, document_id) for case, document_id in rows]
        print_json({"total": total, "limit": limit, "offset": offset, "cases": cards})
        return
    table = Table("Mã", "Tên mô hình", "Địa bàn", "Lĩnh vực")
    for case, _ in rows:
        table.add_row(case.case_id, case.name, case.province, FIELD_NAMES[case.field])
    console = Console()
    console.print(table)
    console.print(f"{len(rows)}/{total} mô hình")


@cases_group.command("show", short_help="Xem một mô hình.")
@click.argument("case_id")
@_json_option
def show_case(case_id: str, as_json: bool) -> None:
    """Xem mô hình CASE_ID: thực trạng, cách làm, kết quả, nguồn."""
    store = open_store(settings_of_environment())
    case, document_id = store.get_case(case_id)
    if as_json:
        print_json(case_card_to_data(case, document_id))
        return
    click.echo(store.get_document(document_id).text)
    click.echo("\nNguồn")
    for source in case.sources:
        facts = [source.title, source.publisher, source.published, source.url]
        click.echo("- " + " · ".join(fact for fact in facts if fact))
