"""Commands `kb search` and `kb ask`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, get_args

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from kb.cli import print_json, settings_of_environment
from kb.knowledge_base import KnowledgeBase, open_knowledge_base
from kb.models import Answer, AnswerRow, Cell, Filters, Hit, Note, SearchMode, SearchResult
from kb.taxonomy import FIELD_NAMES
from retrieval.answering.answerer import Answerer, WriterChoice
from retrieval.answering.llm import chat_writer
from retrieval.conversation.conversations import NEW, Conversations
from retrieval.interpretation import describe_interpretation
from retrieval.query import PART_NAMES, Parts, parse_filters
from retrieval.rendering import answer_to_data, search_to_data, source_line
from retrieval.search import Searcher

_FILTERS = (
    click.option("--province", metavar="TỈNH", help="Tỉnh, thành (tên nay gồm cả các tỉnh cũ)."),
    click.option("--field", metavar="LĨNH_VỰC", help="Lĩnh vực, ví dụ kinh-te."),
    click.option("--topic", metavar="CHỦ_ĐỀ", help="Chủ đề, ví dụ giam-ngheo."),
    click.option("--year", type=int, metavar="NĂM", help="Năm."),
)
_WITHOUT = click.option(
    "--without",
    multiple=True,
    metavar="PHẦN",
    help="Tắt một phần của việc hiểu câu hỏi, dùng được nhiều lần: "
    + ", ".join(f"{name} ({meaning})" for name, meaning in PART_NAMES.items())
    + "; all tắt hết.",
)


_REWORDED = "Diễn đạt bởi mô hình ngôn ngữ, đã đối chiếu với nguồn."
# Headings of the table of cases and their shares of its width, and the narrowest terminal for it.
_COLUMNS = (
    ("Mô hình", 3),
    ("Địa bàn", 2),
    ("Cách làm", 6),
    ("Kết quả", 4),
    ("Điều kiện nhân rộng", 3),
    ("Nguồn", 2),
)
_TABLE_COLUMNS = 120

# Cases of one article that a list of results names.
_SHOWN_CASES = 6


def _with_filters(command: Any) -> Any:
    for option in reversed(_FILTERS):
        command = option(command)
    return command


def _filters(kb: KnowledgeBase, values: dict[str, Any]) -> Filters:
    return parse_filters(**values, known_topics=kb.store.known_topics())


@click.command("search", short_help="Tìm mô hình và tài liệu.")
@click.argument("query")
@click.option("--top-k", type=click.IntRange(1, 100), help="Số kết quả.")
@click.option("--mode", type=click.Choice(get_args(SearchMode)), default="hybrid", help="Cách tìm.")
@click.option("--json", "as_json", is_flag=True, help="In kết quả dạng JSON.")
@_WITHOUT
@_with_filters
def search_command(
    query: str,
    top_k: int | None,
    mode: SearchMode,
    as_json: bool,
    without: tuple[str, ...],
    **values: Any,
) -> None:
    """Tìm mô hình và tài liệu cho QUERY, mỗi mô hình một kết quả."""
    parts = Parts.without(without)
    with open_knowledge_base(settings_of_environment(), purpose="search") as kb:
        filters = _filters(kb, values)
        result = Searcher(kb).search(query, filters=filters, mode=mode, top_k=top_k, parts=parts)
    if as_json:
        print_json(search_to_data(result))
    else:
        _print_result(Console(), result)


@click.command("ask", short_help="Hỏi và nhận câu trả lời có trích dẫn.")
@click.argument("question")
@click.option(
    "--then",
    "follow_ups",
    multiple=True,
    metavar="QUESTION",
    help="Hỏi tiếp trong cùng cuộc trò chuyện, dùng được nhiều lần, ví dụ “còn ở Bạc Liêu thì "
    "sao?”. Với --json: in danh sách câu trả lời.",
)
@click.option(
    "--writer",
    type=click.Choice(get_args(WriterChoice)),
    default="auto",
    help="auto: mô hình ngôn ngữ diễn đạt nếu có cấu hình; extractive: chỉ trích nguyên văn.",
)
@click.option("--json", "as_json", is_flag=True, help="In kết quả dạng JSON.")
@_WITHOUT
@_with_filters
def ask_command(
    question: str,
    follow_ups: tuple[str, ...],
    writer: WriterChoice,
    as_json: bool,
    without: tuple[str, ...],
    **values: Any,
) -> None:
    """Trả lời QUESTION từ cơ sở tri thức, mỗi ý có trích dẫn nguyên văn."""
    parts = Parts.without(without)
    with open_knowledge_base(settings_of_environment(), purpose="ask") as kb:
        filters = _filters(kb, values)
        if follow_ups:
            answers = _converse(kb, (question, *follow_ups), filters, parts, writer)
            if as_json:
                print_json([answer_to_data(answer) for answer in answers])
                return
            console = Console()
            for answer in answers:  # each as it comes, so that an error hides only what follows
                _print_turn(console, answer)
                _print_answer(console, answer)
            return
        answerer = Answerer(kb, writer=chat_writer(kb.settings.llm, kb.embedder))
        answer = answerer.answer(question, filters=filters, parts=parts, writer=writer)
    if as_json:
        print_json(answer_to_data(answer))
    else:
        _print_answer(Console(), answer)


def _converse(
    kb: KnowledgeBase,
    questions: Iterable[str],
    filters: Filters,
    parts: Parts,
    writer: WriterChoice,
) -> Iterator[Answer]:
    """Yield the answers to questions of one conversation, in order."""
    answerer = Answerer(kb, writer=chat_writer(kb.settings.llm, kb.embedder))
    conversations = Conversations(answerer, kb.settings.conversation)
    session_id = NEW
    for question in questions:
        answer = conversations.answer(
            question, session_id=session_id, filters=filters, parts=parts, writer=writer
        )
        yield answer
        session_id = answer.turn.session_id if answer.turn else NEW


def _print_turn(console: Console, answer: Answer) -> None:
    """Print a question of a conversation; what was understood of it comes with its answer."""
    number = answer.turn.number if answer.turn else 1
    if number > 1:
        console.print()
    console.print(Text(f"{number}. {answer.question}", "bold"))


def _print_understood(console: Console, interpretation: Mapping[str, Any]) -> None:
    rows = describe_interpretation(interpretation)
    for row in rows:
        console.print(Text(row.line, "dim"))
    if rows:
        console.print()


def _print_result(console: Console, result: SearchResult) -> None:
    _print_understood(console, result.interpretation)
    if not result.hits:
        console.print("Không tìm thấy tài liệu phù hợp.")
        return
    for hit in result.hits:
        _print_hit(console, hit)
    console.print(
        f"[dim]{len(result.hits)}/{result.total} kết quả, {result.timings_ms['total']:.0f} ms[/dim]"
    )


def _print_hit(console: Console, hit: Hit) -> None:
    document = hit.document
    facts = [
        document.province,
        FIELD_NAMES[document.field] if document.field else None,
        document.publisher,
        document.published,
    ]
    console.print(f"[bold]{hit.rank}. {escape(document.title)}[/bold]", highlight=False)
    line = " · ".join(fact for fact in facts if fact)
    console.print(f"   {escape(line)}", style="cyan", highlight=False)
    console.print(_marked(hit), highlight=False)
    if told := _told_by(hit):
        console.print(Text(f"   {told}", "green"))
    if hit.cases:
        names = "; ".join(case.name for case in hit.cases[:_SHOWN_CASES])
        more = len(hit.cases) - _SHOWN_CASES
        rest = f" và {more} mô hình nữa" if more > 0 else ""
        console.print(Text(f"   Bài kể: {names}{rest}", "green"))
    console.print(
        f"   [dim]{escape(document.document_id)}  {hit.score:.3f}[/dim]\n", highlight=False
    )


def _told_by(hit: Hit) -> str:
    """Return how many sources tell the case, and the documents folded into the hit."""
    count = source_line(hit)
    titles = _once(document.title for document in hit.same_case)
    if not titles:
        return count
    return f"{count or 'Cùng một mô hình'}: {'; '.join(titles)}"


def _once(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def _marked(hit: Hit) -> Text:
    text = Text(hit.snippet)
    offset = hit.snippet_span.start_char
    for span in hit.highlights:
        text.stylize("bold yellow", span.start_char - offset, span.end_char - offset)
    return Text("   ") + Text(" ").join(text.split("\n"))


def _print_answer(console: Console, answer: Answer) -> None:
    _print_understood(console, answer.interpretation)
    console.print(answer.text, highlight=False, markup=False)
    if answer.writer == "llm":
        console.print(Text(_REWORDED, "dim"))
    if answer.notes:
        console.print("\n[bold]Lưu ý[/bold]")
    for note in answer.notes:
        console.print(Text(f"- {_noted(note)}", "yellow"))
    # One case has nothing to stand beside, and narrow columns are harder to read than the text.
    if len(answer.rows) > 1 and console.width >= _TABLE_COLUMNS:
        console.print()
        console.print(_table(answer.rows))
    if answer.citations:
        console.print("\n[bold]Nguồn trích dẫn[/bold]")
    for citation in answer.citations:
        facts = [citation.title, citation.publisher, citation.published, citation.url]
        console.print(
            Text(f"[{citation.marker}] " + " · ".join(fact for fact in facts if fact), "cyan")
        )
        console.print(Text(f"    “{' '.join(citation.quote.split())}”"))
        where = f"ký tự {citation.start_char}-{citation.end_char}"
        if citation.locator:
            where = f"{citation.locator.label}, {where}"
        console.print(Text(f"    {citation.document_id}, {where}", "dim"))
    if answer.related and answer.status != "answered":
        console.print("\n[bold]Mô hình gần nhất (không phải câu trả lời)[/bold]")
        for hit in answer.related:
            place = f" ({hit.document.province})" if hit.document.province else ""
            console.print(Text(f"  - {hit.document.title}{place}"))
    console.print(f"[dim]{answer.timings_ms['total']:.0f} ms[/dim]")


def _noted(note: Note) -> str:
    """Return a note with those of its markers that its text does not name."""
    rest = (f"[{marker}]" for marker in note.citations)
    missing = "".join(marker for marker in rest if marker not in note.text)
    return f"{note.text} {missing}" if missing else note.text


def _table(rows: Sequence[AnswerRow]) -> Table:
    """Return cases side by side."""
    table = Table(title="So sánh các mô hình", title_justify="left", show_lines=True, expand=True)
    for heading, share in _COLUMNS:
        table.add_column(heading, ratio=share, overflow="fold")
    for row in rows:
        table.add_row(
            Text(_cells([row.case]), "bold"),
            Text(row.place.text),
            *(Text(_cells(cells)) for cells in (row.approach, row.results, row.conditions)),
            Text("\n".join([_sources(row), row.published or "không ghi ngày"])),
        )
    return table


def _cells(cells: Sequence[Cell]) -> str:
    """Return cells line by line; those of one quote share its markers, behind the last of them."""
    lines = []
    for position, cell in enumerate(cells):
        following = cells[position + 1].citations if position + 1 < len(cells) else ()
        markers = "".join(f"[{marker}]" for marker in cell.citations)
        shown = f" {markers}" if markers and following != cell.citations else ""
        lines.append(f"{'- ' if len(cells) > 1 else ''}{cell.text}{shown}")
    return "\n".join(lines) or "Nguồn không nêu"


def _sources(row: AnswerRow) -> str:
    if row.source_count < 2:
        return "1 nguồn"
    return f"{row.source_count} nơi đăng, {row.independent_source_count} nguồn độc lập"
