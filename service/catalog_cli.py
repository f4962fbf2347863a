"""Commands `kb documents` and `kb cases`: what the knowledge base holds."""

from collections.abc import Mapping
from typing import Any, get_args

import click
from rich.console import Console
from rich.table import Table

from ingest.jobs import remove_with_uploads
from kb.cli import print_json, settings_of_environment
from kb.errors import DocumentNotFound
from kb.knowledge_base import open_knowledge_base, open_store
from kb.models import ExtractedCase
from kb.taxonomy import FIELD_NAMES
from retrieval.query import parse_filters
from retrieval.rendering import case_card_to_data, document_to_data, told_card_to_data
from service.case_list import Kind, cards_of, find_case, list_cases

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
    store = open_store(settings_of_environment())
    document = store.get_document(document_id)
    if as_json:
        told = store.extracted_cases.of_documents([document_id])
        print_json(document_to_data(document, told.get(document_id, ())))
    else:
        facts = [document.publisher, document.published, document.province, document.url]
        click.echo(" · ".join(fact for fact in facts if fact))
        for note in document.evidence:
            if note.field == "notes":
                click.echo(f"Lưu ý: {note.value}")
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
        remove_with_uploads(kb, list(known))
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
@click.option(
    "--kind",
    type=click.Choice(get_args(Kind)),
    default="all",
    help="recorded: có phiếu riêng; extracted: rút từ bài viết; all: cả hai.",
)
@_limit_option
@_offset_option
@_json_option
def show_cases(
    province: str | None,
    field: str | None,
    topic: str | None,
    kind: Kind,
    limit: int,
    offset: int,
    as_json: bool,
) -> None:
    """Liệt kê mô hình theo mã."""
    store = open_store(settings_of_environment())
    filters = parse_filters(
        province=province, field=field, topic=topic, known_topics=store.known_topics()
    )
    total, rows = list_cases(store, filters, kind=kind, limit=limit, offset=offset)
    if as_json:
        cards = cards_of(store, rows)
        print_json({"total": total, "limit": limit, "offset": offset, "cases": cards})
        return
    table = Table("Mã", "Tên mô hình", "Địa bàn", "Lĩnh vực")
    for row in rows:
        case = row if isinstance(row, ExtractedCase) else row[0]
        field_name = FIELD_NAMES[case.field] if case.field else ""
        table.add_row(case.case_id, case.name, case.province or "", field_name)
    console = Console()
    console.print(table)
    console.print(f"{len(rows)}/{total} mô hình")


@cases_group.command("show", short_help="Xem một mô hình.")
@click.argument("case_id")
@_json_option
def show_case(case_id: str, as_json: bool) -> None:
    """Xem mô hình CASE_ID: thực trạng, cách làm, kết quả, nguồn."""
    store = open_store(settings_of_environment())
    case, document = find_case(store, case_id)
    if isinstance(case, ExtractedCase):
        card = told_card_to_data(case, document)
        print_json(card) if as_json else _print_told(card)
        return
    if as_json:
        print_json(case_card_to_data(case, document.document_id))
        return
    click.echo(document.text)
    click.echo("\nNguồn")
    for source in case.sources:
        facts = [source.title, source.publisher, source.published, source.url]
        click.echo("- " + " · ".join(fact for fact in facts if fact))
    if document.locators:
        click.echo(f"Tệp gốc: {document.origin}, {document.locators[0].label}")


def _print_told(card: Mapping[str, Any]) -> None:
    """Print the card of a case that an article tells of, each fact with where it stands."""
    source = card["sources"][0]
    click.echo(f"{card['name']} (rút từ bài viết {card['document_id']})")
    labels = (("place", "Địa bàn"), ("organization", "Đơn vị thực hiện"), ("period", "Thời gian"))
    for key, label in labels:
        if fact := card.get(key):
            click.echo(f"{label}: {fact['value']}  [ký tự {_range(fact['span'])}]")
    if card["figures"]:
        click.echo("\nCon số")
        for figure in card["figures"]:
            click.echo(f"- {figure['text']}  [ký tự {_range(figure['span'])}]")
    if card["passages"]:
        click.echo("\nBài viết kể")
        for passage in card["passages"]:
            click.echo(f"- {passage['text']}  [ký tự {_range(passage)}]")
    click.echo("\nNguồn")
    facts = [source.get(key) for key in ("title", "publisher", "published", "url")]
    click.echo("- " + " · ".join(fact for fact in facts if fact))


def _range(span: Mapping[str, int]) -> str:
    return f"{span['start_char']}-{span['end_char']}"
