"""Marked articles: what an extractor should find in them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from eval.errors import DatasetError
from kb.models import Document
from kb.text import to_reading_form

Split = Literal["dev", "test"]
FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class MarkedFigure:
    """A figure that belongs to a case; `quote` is the words that say it."""

    value: float
    unit: str
    quote: str


@dataclass(frozen=True, slots=True)
class MarkedCase:
    """A case that an article tells of, with the other ways in which it is named.

    `optional_figures` are borderline: neither missing where absent nor wrong where given.
    """

    name: str
    aliases: tuple[str, ...] = ()
    figures: tuple[MarkedFigure, ...] = ()
    place: str | None = None
    organization: str | None = None
    optional_figures: tuple[MarkedFigure, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All ways in which it is named."""
        return (self.name, *self.aliases)


@dataclass(frozen=True, slots=True)
class MarkedArticle:
    """An article and its cases.

    `teasers` are stretches that must give no case; `optional_cases` are borderline: neither
    missing where absent nor wrong where given.
    """

    article_id: str
    title: str
    text: str
    published: str | None
    province: str | None
    cases: tuple[MarkedCase, ...]
    teasers: tuple[str, ...] = ()
    optional_cases: tuple[MarkedCase, ...] = ()

    def document(self) -> Document:
        """Return it as the document that ingest would make of it."""
        return Document(
            document_id=self.article_id,
            kind="article",
            title=self.title,
            text=to_reading_form(self.text),
            origin=self.article_id,
            sha256="",
            published=self.published,
            province=self.province,
        )


def read_articles(split: Split, folder: Path = FOLDER) -> list[MarkedArticle]:
    """Return the articles of a split by file name.

    Raises:
        DatasetError: There are none, or a file is not of the form.
    """
    paths = sorted((folder / split).glob("*.json"))
    if not paths:
        raise DatasetError(
            f"Không có bài nào trong {str(folder / split)!r}. Kiểm tra lại thư mục, "
            "mỗi bài là một tệp .json."
        )
    return [article for path in paths for article in _read(path)]


def _read(path: Path) -> list[MarkedArticle]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return [_article(item) for item in (data if isinstance(data, list) else [data])]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise DatasetError(
            f"Không đọc được bài đánh dấu {path.name!r}: {exc!r}. Sửa tệp theo mẫu của bộ dev."
        ) from exc


def _article(data: dict[str, Any]) -> MarkedArticle:
    return MarkedArticle(
        article_id=data["id"],
        title=data["title"],
        text=data["text"],
        published=data["published"],
        province=data["province"],
        cases=tuple(map(_case, data["cases"])),
        teasers=tuple(data.get("teasers", ())),
        optional_cases=tuple(
            _case({"name": item} if isinstance(item, str) else item)
            for item in data.get("optional_cases", ())
        ),
    )


def _case(data: dict[str, Any]) -> MarkedCase:
    return MarkedCase(
        name=data["name"],
        aliases=tuple(data.get("aliases", ())),
        figures=_figures(data.get("figures", ())),
        place=data.get("place"),
        organization=data.get("organization"),
        optional_figures=_figures(data.get("optional_figures", ())),
    )


def _figures(rows: Iterable[dict[str, Any]]) -> tuple[MarkedFigure, ...]:
    return tuple(
        MarkedFigure(float(row["value"]), row["unit"], row.get("quote", "")) for row in rows
    )
