"""Command `kb brief`: an answer or chosen cases as a file."""

import contextlib
import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import click

from kb.cli import settings_of_environment
from kb.errors import BriefError
from kb.knowledge_base import open_knowledge_base, open_store
from kb.settings import Settings
from retrieval.answering.answerer import Answerer
from retrieval.query import Parts, parse_filters
from service.briefs.export import (
    BriefRequest,
    check_request,
    make_brief,
    render_brief,
)
from service.briefs.model import Brief, BriefFormat, Letterhead

_STANDARD_OUTPUT = "-"


@click.command("brief", short_help="Lập báo cáo Word, Markdown hoặc PDF.")
@click.argument("question", default="")
@click.option(
    "--output",
    required=True,
    metavar="TỆP",
    help="Tệp .docx, .md hoặc .pdf; - in Markdown ra màn hình.",
)
@click.option(
    "--case",
    "chosen",
    multiple=True,
    metavar="MÃ",
    help="Mã mô hình hoặc tài liệu đưa vào báo cáo, dùng được nhiều lần, theo thứ tự đã nêu.",
)
@click.option(
    "--organization",
    "organizations",
    multiple=True,
    metavar="TÊN",
    help="Cơ quan ban hành, in ở đầu; nêu cơ quan chủ quản trước nếu có.",
)
@click.option("--place", default="", metavar="ĐỊA_DANH", help="Địa danh trước ngày tháng.")
@click.option("--title", default="", metavar="TÊN", help="Thay cho “Báo cáo tóm tắt”.")
@click.option("--recipient", "recipients", multiple=True, metavar="TÊN", help="Dòng ở Nơi nhận.")
@click.option(
    "--date",
    "dated",
    type=click.DateTime(["%Y-%m-%d", "%d/%m/%Y"]),
    help="Ngày của báo cáo; để trống là hôm nay.",
)
@click.option("--province", metavar="TỈNH", help="Tỉnh, thành (tên nay gồm cả các tỉnh cũ).")
@click.option("--field", metavar="LĨNH_VỰC", help="Lĩnh vực, ví dụ kinh-te.")
@click.option("--topic", metavar="CHỦ_ĐỀ", help="Chủ đề, ví dụ giam-ngheo.")
@click.option("--year", type=int, metavar="NĂM", help="Năm.")
@click.option(
    "--without", multiple=True, metavar="PHẦN", help="Tắt một phần của việc hiểu câu hỏi."
)
@click.option("--force", is_flag=True, help="Ghi đè tệp đã có.")
def brief_command(
    question: str,
    output: str,
    chosen: tuple[str, ...],
    organizations: tuple[str, ...],
    place: str,
    title: str,
    recipients: tuple[str, ...],
    dated: datetime | None,
    without: tuple[str, ...],
    force: bool,
    **values: Any,
) -> None:
    """Lập báo cáo trả lời QUESTION, hoặc tóm tắt các mô hình được chọn, có chú thích nguồn."""
    check_request(question, tuple(dict.fromkeys(chosen)))
    kind, path = _target(output, force=force)
    settings = settings_of_environment()
    request = BriefRequest(
        question=question,
        chosen=chosen,
        parts=Parts.without(without),
        letterhead=Letterhead("\n".join(organizations), place, recipients),
        title=title,
        dated=dated.date() if dated else None,
        base=settings.service.public_url,
    )
    content = render_brief(_make(settings, request, values), kind)
    if path is None:
        click.echo(content.decode(), nl=False)
        return
    _write(path, content, force=force)
    click.echo(str(path))


def _make(settings: Settings, request: BriefRequest, values: dict[str, Any]) -> Brief:
    if not request.question.strip():
        # Chosen cases alone need no index, so this works beside a running service.
        store = open_store(settings)
        filters = parse_filters(**values, known_topics=store.known_topics())
        return make_brief(store, None, replace(request, filters=filters))
    with open_knowledge_base(settings, purpose="brief") as kb:
        filters = parse_filters(**values, known_topics=kb.store.known_topics())
        return make_brief(kb.store, Answerer(kb), replace(request, filters=filters))


def _target(output: str, *, force: bool) -> tuple[BriefFormat, Path | None]:
    """Return the format and the file, or None for standard output.

    Raises:
        BriefError: The name says no known format, or the file must not be written.
    """
    if output == _STANDARD_OUTPUT:
        return "md", None
    path = Path(output)
    ending = path.suffix.lower().removeprefix(".")
    for known in get_args(BriefFormat):
        if ending == known:
            break
    else:
        raise BriefError(
            f"Không rõ định dạng của {output!r}. Đặt tên tệp có đuôi .docx, .md hoặc .pdf."
        )
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise BriefError(
            f"Không ghi được {output!r}: thư mục không tồn tại, hoặc tên này là một thư mục."
        )
    if path.exists() and not force:
        raise BriefError(_exists_message(path))
    return known, path


def _write(path: Path, content: bytes, *, force: bool) -> None:
    """Write the file as a whole or not at all, under a name beside it that nobody else uses."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(content)
        if force:
            temporary.replace(path)
        else:
            _put_new(temporary, path)
    except OSError as exc:
        raise BriefError(
            f"Không ghi được {str(path)!r}: {exc.strerror}. Kiểm tra quyền ghi và dung lượng đĩa."
        ) from exc
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def _put_new(temporary: Path, path: Path) -> None:
    """Give a file its name, unless a file came there while the brief was made."""
    try:
        path.hardlink_to(temporary)
    except FileExistsError as exc:
        raise BriefError(_exists_message(path)) from exc
    except OSError:  # a file system without links, such as a USB stick's
        if path.exists():
            raise BriefError(_exists_message(path)) from None
        temporary.replace(path)


def _exists_message(path: Path) -> str:
    return f"Tệp {str(path)!r} đã có. Thêm --force để ghi đè, hoặc chọn tên khác."
