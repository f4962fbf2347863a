"""Marked articles: what an extractor should find in them."""

import json
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
    """A case that an article tells of, with the other ways in which it is named."""

    name: str
    aliases: tuple[str, ...] = ()
    figures: tuple[MarkedFigure, ...] = ()
    place: str | None = None
    organization: str | None = None


@dataclass(frozen=True, slots=True)
class MarkedArticle:
    """An article and its cases; `teasers` are stretches about other articles."""

    article_id: str
    title: str
    text: str
    published: str | None
    province: str | None
    cases: tuple[MarkedCase, ...]
    teasers: tuple[str, ...] = ()

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
        cases=tuple(
            MarkedCase(
                name=case["name"],
                aliases=tuple(case.get("aliases", ())),
                figures=tuple(
                    MarkedFigure(float(item["value"]), item["unit"], item.get("quote", ""))
                    for item in case.get("figures", ())
                ),
                place=case.get("place"),
                organization=case.get("organization"),
            )
            for case in data["cases"]
        ),
        teasers=tuple(data.get("teasers", ())),
    )
