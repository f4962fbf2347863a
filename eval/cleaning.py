"""How well the main text of web pages is found, measured on pages written for it.

`eval/pages` holds pages with their main text and with sentences of theirs that are not of it
(teasers, comments, a second article). Text is compared as a multiset of syllables without their
marks, as CleanEval and the evaluation of trafilatura do, and averaged over pages so that a long
one counts no more than a short one. `python -m eval.cleaning` prints the table of set-ups;
`check_floors` is for the gate.

Source: Baroni et al., "CleanEval: a competition for cleaning web pages", LREC 2008.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import click
from rich import box
from rich.console import Console
from rich.table import Table
from selectolax.lexbor import LexborHTMLParser

from eval.console import wide_console
from eval.errors import DatasetError
from ingest.articles.cleaning import clean_page
from ingest.articles.main_text import dense_text
from ingest.articles.trafilatura_text import MAX_MARKUP
from ingest.articles.webpage import read_webpage
from kb.text import fold

Split = Literal["dev", "test", "check"]
# Page as markup -> title and main text.
Extraction = Callable[[str], str]

PAGES = Path(__file__).with_name("pages")
FLOORS = PAGES / "floors.json"
_SEPARATOR = "%%"
_SYLLABLE = re.compile(r"[^\W_]+")
_LABELS: Mapping[str, str] = {
    "precision": "độ chính xác",
    "recall": "độ đầy đủ",
    "leak": "tỷ lệ trang còn sót tin khác",
}


@dataclass(frozen=True, slots=True)
class Page:
    """A page with its truth.

    Attributes:
        name: Of its file.
        markup: HTML.
        main: Title, lead, body, sub-headings and table rows.
        foreign: Headlines and sentences that belong to something else.
    """

    name: str
    markup: str
    main: str
    foreign: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scores:
    """What an extraction reaches, averaged over pages, each from 0 to 1.

    Attributes:
        precision: Share of the extracted syllables that are of the main text.
        recall: Share of the main text's syllables that were extracted.
        f1: Harmonic mean of the two, page by page.
        leak: Share of pages on which any foreign sentence stayed whole.
        pages: How many.
    """

    precision: float
    recall: float
    f1: float
    leak: float
    pages: int


def read_pages(split: Split, directory: Path = PAGES) -> list[Page]:
    """Return the pages of a split, by name.

    Raises:
        DatasetError: The folder has no pages, or a page has no truth beside it.
    """
    pages = [_read_page(path) for path in sorted((directory / split).glob("*.html"))]
    if not pages:
        raise DatasetError(
            f"Không thấy trang nào trong {directory / split}. Hãy chạy trong kho mã đầy đủ, hoặc "
            "chỉ đúng thư mục có các tệp .html và .txt."
        )
    return pages


def _read_page(path: Path) -> Page:
    truth = path.with_suffix(".txt")
    try:
        main, separator, foreign = truth.read_text(encoding="utf-8").partition(f"{_SEPARATOR}\n")
        markup = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise DatasetError(
            f"Không đọc được đáp án {truth.name!r} của trang {path.name!r}. Hãy đặt tệp UTF-8 này "
            "cạnh trang."
        ) from exc
    if not separator or not main.strip():
        raise DatasetError(
            f"Đáp án {truth.name!r} thiếu nội dung chính hoặc dòng {_SEPARATOR!r} ngăn phần không "
            "thuộc bài. Hãy bổ sung."
        )
    return Page(path.stem, markup, main, tuple(foreign.splitlines()))


# --- measures -----------------------------------------------------------------------------------


def score(extracted: str, page: Page) -> tuple[float, float, bool]:
    """Return precision and recall of a text, and whether a foreign sentence stands in it whole.

    Example:
        >>> page = Page("a", "", "Vườn rau sạch", ("Tin bóng đá",))
        >>> score("vuon rau tin bong da", page)
        (0.4, 0.6666666666666666, True)
    """
    found, wanted = _syllables(extracted), _syllables(page.main)
    shared = sum((Counter(found) & Counter(wanted)).values())
    text = f" {' '.join(found)} "
    leaks = any(f" {' '.join(_syllables(sentence))} " in text for sentence in page.foreign)
    return _ratio(shared, len(found)), _ratio(shared, len(wanted)), leaks


def _syllables(text: str) -> list[str]:
    return _SYLLABLE.findall(fold(text))


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def measure(pages: Sequence[Page], extraction: Extraction) -> Scores:
    """Return the scores of an extraction over pages, every page with the same weight."""
    rows = [score(extraction(page.markup), page) for page in pages]
    count = len(rows)
    f1s = [2 * p * r / (p + r) if p + r else 0.0 for p, r, _ in rows]
    return Scores(
        precision=sum(p for p, _, _ in rows) / count,
        recall=sum(r for _, r, _ in rows) / count,
        f1=sum(f1s) / count,
        leak=sum(leaks for _, _, leaks in rows) / count,
        pages=count,
    )


# --- set-ups ------------------------------------------------------------------------------------


def extract_as_ingest(markup: str) -> str:
    """Return what ingest keeps: both opinions weighed, then cleaned line by line."""
    page = read_webpage(markup)
    return _cleaned(page.text, page.title)


def _cleaned(text: str, title: str | None) -> str:
    page = clean_page(text, title=title)
    return "\n".join((page.title, *page.paragraphs))


def _weighed_only(markup: str) -> str:
    page = read_webpage(markup)
    return f"{page.title or ''}\n{page.text}"


def _dense(markup: str) -> str:
    title = read_webpage(markup).title
    tree = LexborHTMLParser(markup.replace("\x00", ""))
    return _cleaned(dense_text(tree, title, _description(tree)), title)


def _description(tree: LexborHTMLParser) -> str:
    node = tree.css_first("meta[name=description]")
    return (node.attributes.get("content") or "") if node else ""


def _trafilatura(*, cleaned: bool, **settings: bool) -> Extraction:
    def extraction(markup: str) -> str:
        from trafilatura import extract

        title = read_webpage(markup).title
        text = extract(markup[:MAX_MARKUP], include_comments=False, **settings) or ""
        lines = "\n\n".join(text.split("\n"))
        return _cleaned(lines, title) if cleaned else f"{title or ''}\n{lines}"

    return extraction


def set_ups() -> Iterator[tuple[str, Extraction]]:
    """Yield what is compared, by name."""
    variants: Mapping[str, Mapping[str, bool]] = {
        "trafilatura": {},
        "trafilatura favor_precision": {"favor_precision": True},
        "trafilatura favor_recall": {"favor_recall": True},
        "trafilatura fast": {"fast": True},
    }
    for name, settings in variants.items():
        yield name, _trafilatura(cleaned=False, **settings)
        yield f"{name} + cleaning", _trafilatura(cleaned=True, **settings)
    yield "density + cleaning", _dense
    yield "both weighed", _weighed_only
    yield "both weighed + cleaning (ingest)", extract_as_ingest


# --- floors -------------------------------------------------------------------------------------


def check_floors(
    extraction: Extraction = extract_as_ingest,
    *,
    directory: Path = PAGES,
    floors: Path = FLOORS,
) -> list[str]:
    """Return what is worse than its floor on the test pages, in Vietnamese; empty if nothing is.

    Args:
        extraction: What is checked, as a rule what ingest does.
        directory: Folder of the splits.
        floors: JSON with `precision` and `recall` (at least) and `leak` (at most).

    Raises:
        DatasetError: Pages or floors cannot be read.
    """
    limits = _read_floors(floors)
    scores = measure(read_pages("test", directory), extraction)
    problems = []
    for name, limit in limits.items():
        now = getattr(scores, name)
        if now > limit if name == "leak" else now < limit:
            bound = "trên mức tối đa" if name == "leak" else "dưới mức tối thiểu"
            problems.append(
                f"Lọc trang web: {_LABELS[name]} {now:.3f} {bound} {limit:.3f}. Chạy "
                "`python -m eval.cleaning` để xem từng cách lọc."
            )
    return problems


def _read_floors(path: Path) -> dict[str, float]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise DatasetError(f"Không đọc được mức sàn {path.name!r}. Hãy lấy lại từ git.") from exc
    if not isinstance(data, dict) or set(data) != set(_LABELS):
        raise DatasetError(f"Mức sàn {path.name!r} phải có đúng các khóa {', '.join(_LABELS)}.")
    return {name: float(value) for name, value in data.items()}


# --- command ------------------------------------------------------------------------------------


@click.command("cleaning", short_help="Đo việc lấy nội dung chính của trang web.")
def cleaning_command() -> None:
    """Đo các cách lấy nội dung chính trên các trang mẫu; dưới mức sàn thì mã thoát là 1."""
    console = wide_console()
    splits: tuple[Split, ...] = ("dev", "test", "check")
    for split in splits:
        _print_table(console, split, read_pages(split))
    problems = check_floors()
    if problems:
        raise click.ClickException("; ".join(problems))


def _print_table(console: Console, split: Split, pages: Sequence[Page]) -> None:
    table = Table(title=f"{split}: {len(pages)} trang", box=box.SIMPLE_HEAD, title_justify="left")
    table.add_column("Cách lấy")
    for heading in ("Chính xác", "Đầy đủ", "F1", "Sót tin khác"):
        table.add_column(heading, justify="right")
    for name, extraction in set_ups():
        scores = measure(pages, extraction)
        values = (scores.precision, scores.recall, scores.f1, scores.leak)
        table.add_row(name, *(f"{value:.3f}" for value in values))
    console.print(table)


if __name__ == "__main__":
    cleaning_command()
