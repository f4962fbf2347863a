"""Casebook records and front matter, checked by pydantic and turned into documents."""

import difflib
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from ingest.records.case_text import render_case, years_in
from kb.codec import case_to_data, source_from_data
from kb.errors import ExtractionFailed
from kb.ids import content_sha256
from kb.models import Case, CaseResult, Document, Source
from kb.models import Field as CaseField
from kb.places import close_province_names, get_province
from kb.taxonomy import FIELD_NAMES
from kb.text import to_reading_form
from kb.validation import reason

R = TypeVar("R", bound=BaseModel)

MAX_ID_LENGTH = 200  # as the document store


def _to_text(value: Any) -> Any:
    """YAML reads `2021` as a number and `2024-05-06` as a date; both are text here."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float | date):
        return str(value)
    return to_reading_form(value) if isinstance(value, str) else value


def _check_date(value: str) -> str:
    """Refuse days that no calendar has, such as 2024-02-30."""
    date.fromisoformat(f"{value}-01-01"[:10])
    return value


Text = Annotated[str, BeforeValidator(_to_text), StringConstraints(min_length=1, max_length=20_000)]
Slug = Annotated[
    str, BeforeValidator(_to_text), StringConstraints(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$")
]
RecordId = Annotated[
    str,
    BeforeValidator(_to_text),
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=MAX_ID_LENGTH),
]
PublishedDate = Annotated[
    str,
    BeforeValidator(_to_text),
    StringConstraints(pattern=r"^(?:19|20)\d\d(?:-\d\d(?:-\d\d)?)?$"),
    AfterValidator(_check_date),
]
# JSON and YAML can both write NaN and infinity, which no text can state.
Figure = Annotated[float, Field(allow_inf_nan=False)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceRecord(_Record):
    """Where facts come from."""

    title: Text | None = None
    publisher: Text | None = None
    url: Annotated[Text, StringConstraints(pattern=r"^https?://\S+$")] | None = None
    published: PublishedDate | None = None

    def to_source(self) -> Source:
        """Return the domain type."""
        return source_from_data(self.model_dump())


class ResultRecord(_Record):
    """One outcome, with a figure where the source gives one."""

    text: Text
    value: Figure | None = None
    unit: Text | None = None


class FigureRecord(_Record):
    """The figure of the n-th result (1-based) of a Markdown case."""

    result: Annotated[int, Field(ge=1)]
    value: Figure
    unit: Text | None = None


class CaseFacts(_Record):
    """What casebook records and front matter share."""

    id: RecordId
    name: Text
    field: CaseField
    topics: Annotated[list[Slug], Field(min_length=1, max_length=10)]
    province: Text
    district: Text | None = None
    commune: Text | None = None
    organization: Text | None = None
    participants: Text | None = None
    period: Text | None = None
    sources: list[SourceRecord] = []


class CasebookRecord(CaseFacts):
    """A line of a casebook file; the fields of `corpus/README.md`."""

    problem: Text | None = None
    approach: list[Text] = []
    results: list[ResultRecord] = []
    conditions: Text | None = None

    def to_case(self) -> Case:
        """Return the domain type."""
        return Case(
            case_id=self.id,
            name=self.name,
            field=self.field,
            topics=tuple(self.topics),
            province=self.province,
            district=self.district,
            commune=self.commune,
            organization=self.organization,
            participants=self.participants,
            period=self.period,
            problem=self.problem,
            approach=tuple(self.approach),
            results=tuple(CaseResult(row.text, row.value, row.unit) for row in self.results),
            conditions=self.conditions,
            sources=tuple(source.to_source() for source in self.sources),
        )


class ArticleFrontMatter(_Record):
    """The front matter of a Markdown article; every key is optional."""

    kind: str = "article"
    id: RecordId | None = None
    title: Text | None = None
    author: Text | None = None
    publisher: Text | None = None
    url: Annotated[Text, StringConstraints(pattern=r"^https?://\S+$")] | None = None
    published: PublishedDate | None = None
    province: Text | None = None
    field: CaseField | None = None
    topics: list[Slug] = []
    organization: Text | None = None
    period: Text | None = None
    sources: list[SourceRecord] = []


def validate(model: type[R], data: Mapping[str, Any], where: str) -> R:
    """Return the checked record.

    Args:
        model: One of the record types above.
        data: What the file holds.
        where: File and line, for the message.

    Raises:
        ExtractionFailed: A key is unknown, missing, or holds a bad value; the message names each
            with a remedy.
    """
    try:
        return model.model_validate(data)
    except ValidationError as exc:
        problems = "; ".join(_problem(error, model) for error in exc.errors())
        raise ExtractionFailed(f"{where}: {problems.rstrip('?')}.") from exc


def _problem(error: Any, model: type[BaseModel]) -> str:
    path = ".".join(str(part) for part in error["loc"])
    match error["type"]:
        case "extra_forbidden":
            keys = list(model.model_fields)
            close = difflib.get_close_matches(str(error["loc"][-1]), keys, n=1, cutoff=0.6)
            hint = (
                f"có phải ý là {close[0]!r}?"
                if close
                else f"các khóa có thể dùng: {', '.join(keys)}"
            )
            return f"không có khóa {path!r}, {hint}"
        case "missing":
            return f"thiếu khóa bắt buộc {path!r}"
        case "enum":
            return f"{path!r} phải là một trong: {', '.join(field.value for field in FIELD_NAMES)}"
        case "string_pattern_mismatch" | "value_error" if path.endswith("published"):
            return f"{path!r} phải là ngày có thật, dạng 2024, 2024-05 hoặc 2024-05-06"
        case "string_pattern_mismatch":
            return f"{path!r} không đúng dạng ({error['input']!r})"
        case _:
            return f"{path!r} {reason(error)}"


def case_document(case: Case, origin: str, where: str | None = None) -> Document:
    """Return the document of a case.

    Args:
        case: The case; its id becomes the document's.
        origin: Where the record was read.
        where: File and line, for the message; the id if absent.

    Raises:
        ExtractionFailed: There is no such province.
    """
    text = render_case(case)
    first = case.sources[0] if case.sources else Source()
    return Document(
        document_id=case.case_id,
        kind="case",
        title=case.name,
        text=text,
        origin=origin,
        sha256=content_sha256("case", text, repr(sorted(case_to_data(case).items()))),
        publisher=first.publisher,
        url=first.url,
        published=first.published,
        province=canonical_province(case.province, where or f"mô hình {case.case_id!r}"),
        field=case.field,
        topics=case.topics,
        organization=case.organization,
        years=years_in(case.period, *(source.published for source in case.sources)),
        sources=case.sources,
        case=case,
    )


def canonical_province(name: str, where: str) -> str:
    """Return the canonical name of a province.

    Raises:
        ExtractionFailed: There is no such province; the message names close ones.
    """
    province = get_province(name)
    if province is None:
        close = ", ".join(close_province_names(name)) or "danh sách trong corpus/README.md"
        raise ExtractionFailed(f"{where}: không có tỉnh, thành {name!r}. Gần nhất: {close}.")
    return province.name
