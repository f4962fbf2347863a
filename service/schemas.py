"""Requests and responses of `/v1`; responses mirror `retrieval.rendering`.

Offsets count Unicode code points of the document's text (NFC), start at 0 and exclude the end.
"""

from datetime import date as Date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from kb.models import (
    AnswerStatus,
    AnswerWriter,
    DocumentKind,
    Level,
    LocatorKind,
    NoAnswerReason,
    NoteCode,
    SearchMode,
    Subject,
)
from kb.models import Field as CaseField
from kb.store import JobStatus
from retrieval.answering.answerer import WriterChoice
from retrieval.query import PART_NAMES
from service.briefs.model import BriefFormat

# Far above any limit of the settings; the searcher refuses long queries with its own message.
_MAX_TEXT = 1_000_000

ProvinceName = Annotated[
    str | None,
    Field(
        max_length=200,
        description="Tên tỉnh, thành, có dấu hoặc không dấu. Tên hiện nay gồm cả các tỉnh cũ đã "
        "nhập vào; tên cũ chỉ gồm tỉnh đó.",
        examples=["Cà Mau"],
    ),
]
FieldName = Annotated[
    str | None,
    Field(max_length=200, description="Lĩnh vực, mã hoặc tên tiếng Việt.", examples=["kinh-te"]),
]
TopicName = Annotated[
    str | None,
    Field(max_length=200, description="Chủ đề, mã hoặc tên tiếng Việt.", examples=["giam-ngheo"]),
]
Year = Annotated[
    int | None,
    Field(description="Năm mà tài liệu nói đến hoặc được đăng, 1945-2100.", examples=[2023]),
]
PartName = Annotated[str, Field(max_length=50, json_schema_extra={"enum": [*PART_NAMES, "all"]})]
Without = Annotated[
    list[PartName],
    Field(
        max_length=20,
        description="Tắt các phần của việc hiểu câu hỏi: "
        + "; ".join(f"{name}: {meaning}" for name, meaning in PART_NAMES.items())
        + "; all: tất cả.",
        examples=[["synonyms"]],
    ),
]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Response(BaseModel):
    model_config = ConfigDict(frozen=True)


class SearchRequest(_Request):
    """Câu truy vấn và các điều kiện lọc."""

    query: Annotated[
        str,
        Field(
            max_length=_MAX_TEXT,
            description="Từ khóa hoặc câu hỏi tiếng Việt, có dấu hoặc không dấu.",
            examples=["nuôi tôm quảng canh cải tiến"],
        ),
    ]
    top_k: Annotated[int, Field(ge=1, le=100, strict=True, description="Số kết quả.")] = 10
    mode: Annotated[
        SearchMode,
        Field(description="hybrid: theo nghĩa và theo từ; dense: theo nghĩa; lexical: theo từ."),
    ] = "hybrid"
    province: ProvinceName = None
    field: FieldName = None
    topic: TopicName = None
    year: Year = None
    without: Without = []


class AnswerRequest(_Request):
    """Câu hỏi và các điều kiện lọc."""

    question: Annotated[
        str,
        Field(
            max_length=_MAX_TEXT,
            description="Câu hỏi tiếng Việt.",
            examples=["Mô hình giảm nghèo ở Cà Mau có kết quả gì?"],
        ),
    ]
    stream: Annotated[
        bool,
        Field(
            strict=True,
            description="Nhận dòng sự kiện (text/event-stream) trong khi câu trả lời hình thành.",
        ),
    ] = False
    session_id: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=200,
            description="Để hỏi tiếp: new mở cuộc trao đổi mới, hoặc mã ở `turn.session_id` của "
            "câu trả lời trước. Không gửi thì câu hỏi đứng riêng.",
            examples=["new"],
        ),
    ] = None
    writer: Annotated[
        WriterChoice,
        Field(
            description="auto: mô hình ngôn ngữ viết nếu dịch vụ có; extractive: chỉ trích lời của "
            "nguồn."
        ),
    ] = "auto"
    province: ProvinceName = None
    field: FieldName = None
    topic: TopicName = None
    year: Year = None
    without: Without = []


class BriefBody(_Request):
    """Câu hỏi, hoặc các mô hình được chọn, hoặc cả hai; và hình thức của báo cáo."""

    question: Annotated[
        str,
        Field(
            max_length=_MAX_TEXT,
            description="Câu hỏi tiếng Việt; để trống nếu chỉ tóm tắt các mô hình được chọn.",
            examples=["Mô hình giảm nghèo ở Cà Mau có kết quả gì?"],
        ),
    ] = ""
    cases: Annotated[
        list[Annotated[str, Field(max_length=500)]],
        Field(
            max_length=50,
            description="Mã mô hình hoặc tài liệu, theo thứ tự trong báo cáo.",
            examples=[["mat-than-an-ninh-phuong-2-ca-mau"]],
        ),
    ] = []
    format: Annotated[
        BriefFormat, Field(description="docx: Word; md: Markdown; pdf: cần LibreOffice.")
    ] = "docx"
    organization: Annotated[
        str,
        Field(
            max_length=300,
            description="Cơ quan ban hành; dòng trên, nếu có, là cơ quan chủ quản. Có cơ quan thì "
            "có quốc hiệu, tiêu ngữ.",
            examples=["TỈNH ỦY CÀ MAU\nBAN DÂN VẬN"],
        ),
    ] = ""
    place: Annotated[str, Field(max_length=100, description="Địa danh trước ngày tháng.")] = ""
    title: Annotated[
        str, Field(max_length=200, description="Tên báo cáo, thay cho “Báo cáo tóm tắt”.")
    ] = ""
    recipients: Annotated[
        list[Annotated[str, Field(max_length=200)]],
        Field(max_length=20, description="Các dòng ở Nơi nhận."),
    ] = []
    date: Annotated[
        Date | None, Field(description="Ngày của báo cáo; không gửi thì là hôm nay.")
    ] = None
    writer: Annotated[
        WriterChoice,
        Field(description="extractive: chỉ trích lời của nguồn; auto: như `POST /v1/answer`."),
    ] = "extractive"
    province: ProvinceName = None
    field: FieldName = None
    topic: TopicName = None
    year: Year = None
    without: Without = []


class SpanOut(_Response):
    """Một đoạn của toàn văn tài liệu."""

    start_char: int
    end_char: int


class UnderstoodProvince(_Response):
    """Một tỉnh, thành mà câu hỏi nhắc đến."""

    name: str
    today: Annotated[str, Field(description="Tỉnh, thành hiện nay.")]
    covers: Annotated[list[str], Field(description="Các tỉnh cũ mà tên này bao gồm.")]


class CorrectionOut(_Response):
    """Một chỗ được đọc khác với chữ đã gõ; vị trí tính trên `typed`."""

    start_char: int
    end_char: int
    typed: str
    read: str
    kind: Annotated[
        str,
        Field(
            description="diacritics: thêm dấu; telex, vni: phím gõ còn sót; spelling: lỗi gõ.",
            examples=["diacritics"],
        ),
    ]


class UnderstoodAbbreviation(_Response):
    """Một chữ viết tắt và các cách hiểu, chắc nhất trước."""

    short: str
    long: list[str]


class UnderstoodPlace(_Response):
    """Một địa danh ở bất kỳ cấp nào."""

    text: Annotated[str, Field(description="Như trong câu hỏi.")]
    level: Annotated[str, Field(description="region, province, district hoặc commune.")]
    name: str
    provinces: Annotated[list[str], Field(description="Các tỉnh cũ mà nơi này gồm hoặc thuộc về.")]


class UnderstoodValue(_Response):
    """Một giá trị có mã và tên tiếng Việt."""

    value: str
    name: str


class Interpretation(_Response):
    """Hệ thống hiểu câu hỏi thế nào; có thể thêm khóa mới về sau."""

    model_config = ConfigDict(extra="allow", frozen=True)

    typed: Annotated[str, Field(description="Câu đã gõ, ở dạng chuẩn Unicode.")]
    normalized: Annotated[str, Field(description="Câu được dùng để tìm: đã thêm dấu, sửa lỗi gõ.")]
    diacritics: Annotated[bool, Field(description="Câu được dùng để tìm có dấu tiếng Việt.")]
    confidence: Annotated[float, Field(description="Độ chắc của cách đọc, trong khoảng [0, 1].")]
    corrections: list[CorrectionOut]
    abbreviations: list[UnderstoodAbbreviation]
    provinces: list[UnderstoodProvince]
    places: list[UnderstoodPlace]
    fields: list[UnderstoodValue]
    topics: list[UnderstoodValue]
    organizations: list[UnderstoodValue]
    levels: list[UnderstoodValue]
    years: list[int]
    related: Annotated[list[str], Field(description="Từ gần nghĩa được tìm thêm.")]
    without: Annotated[list[str], Field(description="Các phần đã tắt.")]
    filters: dict[str, str | int]


class PassageOut(_Response):
    """Một đoạn khớp khác: `text == text[start_char:end_char]` của toàn văn."""

    text: str
    start_char: int
    end_char: int
    highlights: list[SpanOut]


class SameCaseOut(_Response):
    """Một tài liệu kể cùng một mô hình, được gộp vào kết quả."""

    document_id: str
    title: str
    publisher: str | None
    url: str | None
    published: str | None


class LocatorOut(_Response):
    """Chỗ trong tệp gốc: trang, trang chiếu, hoặc dòng của trang tính."""

    kind: LocatorKind
    number: int
    sheet: str | None
    label: Annotated[str, Field(examples=["trang 3"])]


class DocumentLocatorOut(LocatorOut):
    """Nơi bắt đầu của một trang hay một dòng trong toàn văn."""

    start_char: int


class ToldCaseOut(_Response):
    """Một mô hình mà bài viết kể; vị trí là chỗ đầu tiên nêu tên."""

    case_id: str
    name: str
    start_char: int
    end_char: int
    same_as: Annotated[str | None, Field(description="Mã của mô hình đã có trong kho, nếu trùng.")]


class HitOut(_Response):
    """Một kết quả: tài liệu với đoạn phù hợp nhất."""

    rank: int
    score: Annotated[float, Field(description="Trong khoảng [0, 1].")]
    document_id: str
    case_id: str | None
    title: str
    snippet: Annotated[
        str, Field(description="Nguyên văn text[snippet_start_char:snippet_end_char].")
    ]
    snippet_start_char: int
    snippet_end_char: int
    highlights: Annotated[
        list[SpanOut], Field(description="Chỗ khớp; tính theo toàn văn, không theo snippet.")
    ]
    province: str | None
    province_today: str | None
    field: CaseField | None
    topics: list[str]
    organization: str | None
    key_result: str | None
    url: str | None
    publisher: str | None
    published: Annotated[str | None, Field(description="YYYY-MM-DD, YYYY-MM hoặc YYYY.")]
    passages: Annotated[list[PassageOut], Field(description="Các đoạn khớp khác, tốt nhất trước.")]
    same_case: list[SameCaseOut]
    source_count: Annotated[int, Field(description="Số nguồn khác nhau cùng đưa mô hình này.")]
    independent_source_count: Annotated[
        int, Field(description="Trong đó, số nguồn không đăng lại bài của nguồn khác.")
    ]
    features: Annotated[
        dict[str, float],
        Field(description="Các trị số mà phép xếp hạng đã cân nhắc; rỗng nếu không xếp hạng lại."),
    ]
    locator: Annotated[LocatorOut | None, Field(description="Chỗ của đoạn trích trong tệp gốc.")]
    cases: Annotated[list[ToldCaseOut], Field(description="Mô hình mà bài viết kể ở đoạn này.")]


class SearchResponse(_Response):
    """Kết quả tìm kiếm, tốt nhất trước."""

    query: str
    interpretation: Interpretation
    total: int
    hits: list[HitOut]
    timings_ms: dict[str, float]


class ClaimOut(_Response):
    """Một ý của câu trả lời, với số trích dẫn và các phép kiểm tra."""

    text: str
    citations: list[int]
    checks: dict[str, bool]
    written_by: Annotated[
        AnswerWriter, Field(description="extractive: lời của nguồn; llm: mô hình ngôn ngữ viết.")
    ]


class CitationOut(_Response):
    """Trích dẫn nguyên văn: `quote == text[start_char:end_char]` của tài liệu."""

    marker: int
    document_id: str
    case_id: str | None
    title: str
    publisher: str | None
    url: str | None
    published: str | None
    quote: str
    start_char: int
    end_char: int
    locator: Annotated[LocatorOut | None, Field(description="Chỗ trong tệp gốc, nếu có.")]
    permalink: Annotated[
        str,
        Field(
            description="Trang mở toàn văn, đoạn trích được đánh dấu; tuyệt đối nếu đặt "
            "KB_SERVICE__PUBLIC_URL."
        ),
    ]
    sha256: Annotated[str, Field(description="Mã băm của bản đã lưu lúc trích.")]
    fetched_at: Annotated[str | None, Field(description="Lúc lấy bản đó về.")]


class NoteOut(_Response):
    """Điều người đọc cần biết kèm câu trả lời; không phải lời của nguồn."""

    code: NoteCode
    text: str
    citations: list[int]


class CellOut(_Response):
    """Một ô của bảng."""

    text: str
    citations: list[int]


class AnswerRowOut(_Response):
    """Một mô hình trong bảng đối chiếu của câu trả lời."""

    document_id: str
    case_id: str | None
    case: CellOut
    place: CellOut
    approach: list[CellOut]
    results: list[CellOut]
    conditions: list[CellOut]
    source_count: int
    independent_source_count: int
    published: str | None


class TurnOut(_Response):
    """Vị trí của câu hỏi trong cuộc trao đổi."""

    session_id: Annotated[str, Field(description="Gửi lại để hỏi tiếp; ai có mã là hỏi tiếp được.")]
    number: int
    asked: str
    understood: Annotated[str, Field(description="Câu hỏi đã điền đủ điều được nhắc tới.")]
    is_restarted: Annotated[bool, Field(description="Mã gửi lên không còn, đã bắt đầu lại.")]


class AnswerResponse(_Response):
    """Câu trả lời có trích dẫn, hoặc lời từ chối có lý do."""

    question: str
    status: AnswerStatus
    reason: NoAnswerReason | None
    answer: Annotated[str, Field(description="Câu trả lời, với số trích dẫn dạng [1].")]
    claims: list[ClaimOut]
    citations: list[CitationOut]
    related: Annotated[list[HitOut], Field(description="Mô hình gần nhất; không phải câu trả lời.")]
    writer: AnswerWriter
    notes: list[NoteOut]
    rows: Annotated[list[AnswerRowOut], Field(description="Các mô hình đặt cạnh nhau.")]
    turn: TurnOut | None
    interpretation: Interpretation
    timings_ms: dict[str, float]


class SearchEvent(_Response):
    """Sự kiện `search` của dòng trả lời."""

    interpretation: Interpretation
    found: int


class DeltaEvent(_Response):
    """Sự kiện `delta` của dòng trả lời; `claim` vắng ở lời từ chối."""

    text: str
    claim: ClaimOut | None


class SourceOut(_Response):
    """Nguồn; khóa nào không biết thì vắng mặt."""

    title: str | None = None
    publisher: str | None = None
    url: str | None = None
    published: str | None = None


class ResultOut(_Response):
    """Một kết quả; `value` và `unit` chỉ có khi nguồn nêu con số."""

    text: str
    value: float | None = None
    unit: str | None = None


class CaseCard(_Response):
    """Phiếu mô hình; khóa nào nguồn không nêu thì vắng mặt."""

    kind: Literal["recorded"]
    id: str
    case_id: str
    document_id: str
    name: str
    field: CaseField
    field_name: str
    topics: list[str]
    topic_names: list[str]
    province: str
    province_today: str | None
    district: str | None = None
    commune: str | None = None
    organization: str | None = None
    participants: str | None = None
    period: str | None = None
    problem: str | None = None
    approach: list[str] | None = None
    results: list[ResultOut] | None = None
    conditions: str | None = None
    sources: list[SourceOut]


class QuotedSpanOut(SpanOut):
    """Một đoạn của toàn văn, kèm nguyên văn."""

    text: str


class CaseFactOut(_Response):
    """Một thông tin của mô hình và chỗ nêu thông tin đó."""

    value: str
    span: SpanOut
    confidence: float


class CaseFigureOut(_Response):
    """Một con số của mô hình: `text` là nguyên văn của `span`."""

    value: float
    unit: str
    qualifier: Annotated[str, Field(description="Từ chỉ khoảng, ví dụ trên, gần; có thể rỗng.")]
    per: Annotated[str, Field(description="Tính theo gì, ví dụ năm, hộ; có thể rỗng.")]
    text: str
    span: SpanOut
    number_span: SpanOut


class ToldCaseCard(_Response):
    """Phiếu của một mô hình mà bài viết kể; mọi vị trí tính trên toàn văn của `document_id`."""

    kind: Literal["extracted"]
    id: str
    case_id: str
    document_id: str
    name: str
    mentions: list[QuotedSpanOut]
    passages: list[QuotedSpanOut]
    figures: list[CaseFigureOut]
    place: CaseFactOut | None = None
    province: str | None = None
    province_today: str | None = None
    organization: CaseFactOut | None = None
    period: CaseFactOut | None = None
    field: CaseField | None = None
    field_name: str | None = None
    topics: list[str]
    topic_names: list[str]
    subject: Subject | None = None
    confidence: Annotated[float, Field(description="Độ chắc rằng đây là một mô hình, (0, 1].")]
    same_as: str | None = None
    sources: list[SourceOut]


CaseKind = Annotated[
    Literal["all", "recorded", "extracted"],
    Field(description="recorded: có phiếu riêng; extracted: rút từ bài viết; all: cả hai."),
]


class CasesResponse(_Response):
    """Một trang mô hình: có phiếu riêng trước, rút từ bài viết sau, mỗi loại xếp theo mã."""

    total: int
    limit: int
    offset: int
    cases: list[CaseCard | ToldCaseCard]


class EvidenceOut(_Response):
    """Vì sao tài liệu có một thông tin: nguyên văn, chỗ và độ chắc."""

    field: str
    value: str
    confidence: float
    source: str
    quote: str
    span: SpanOut | None = None


class DocumentOut(_Response):
    """Tài liệu với toàn văn; mọi vị trí ký tự đều tính trên `text`."""

    document_id: str
    case_id: str | None
    kind: DocumentKind
    title: str
    text: str
    sha256: str
    publisher: str | None
    author: str | None
    url: str | None
    published: str | None
    province: str | None
    province_today: str | None
    field: CaseField | None
    topics: list[str]
    organization: str | None
    sources: list[SourceOut]
    fetched_at: str | None
    updated: str | None
    level: Level | None
    subject: Subject | None
    evidence: list[EvidenceOut]
    locators: Annotated[
        list[DocumentLocatorOut], Field(description="Nơi bắt đầu từng trang hay dòng.")
    ]
    cases: Annotated[list[ToldCaseOut], Field(description="Mô hình mà bài viết kể.")]


class DocumentSummaryOut(_Response):
    """Một dòng trong danh sách tài liệu."""

    document_id: str
    kind: DocumentKind
    title: str
    province: str | None
    published: str | None


class DocumentsResponse(_Response):
    """Một trang tài liệu, xếp theo mã."""

    total: int
    limit: int
    offset: int
    documents: list[DocumentSummaryOut]


class ProvinceFacetOut(_Response):
    """Tỉnh, thành và số mô hình; tên hiện nay gồm cả các tỉnh cũ."""

    name: str
    today: str
    cases: int


class NamedFacetOut(_Response):
    """Lĩnh vực hoặc chủ đề và số mô hình."""

    value: str
    name: str
    cases: int


class FacetsResponse(_Response):
    """Các giá trị để lọc."""

    cases: int
    provinces: list[ProvinceFacetOut]
    fields: list[NamedFacetOut]
    topics: list[NamedFacetOut]


Address = Annotated[str, Field(min_length=1, max_length=4096, pattern=r"^https?://\S+$")]


class IngestByUrl(_Request):
    """Địa chỉ của trang, tệp, sitemap hay nguồn tin RSS/Atom."""

    urls: Annotated[list[Address], Field(min_length=1, max_length=1000)]
    force: Annotated[bool, Field(description="Đọc lại cả khi nguồn không đổi.")] = False


class IngestByPath(_Request):
    """Đường dẫn tuyệt đối trên máy chủ, hoặc địa chỉ mạng."""

    targets: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=4096)]], Field(max_length=1000)
    ] = []
    recursive: bool = False
    force: Annotated[bool, Field(description="Đọc lại cả khi nguồn không đổi.")] = False
    retry_failed: Annotated[bool, Field(description="Nạp lại các nguồn lỗi.")] = False


JobStatusName = Annotated[
    JobStatus | None,
    Field(description="queued: chờ; running: đang chạy; done, failed, cancelled: đã xong."),
]


class JobOut(_Response):
    """Một lượt nạp; `failed` là chính lượt nạp bị đứt, không phải một tệp trong đó bị lỗi."""

    job_id: str
    status: JobStatus
    created_at: str
    started_at: str | None
    finished_at: str | None
    request: dict[str, Any]
    progress: dict[str, Any]
    report: Annotated[
        dict[str, Any] | None, Field(description="Như `kb ingest --json`, khi đã xong.")
    ]
    error: dict[str, Any] | None


class JobsResponse(_Response):
    """Một trang các lượt nạp, mới nhất trước."""

    total: int
    limit: int
    offset: int
    jobs: list[JobOut]


class DeadLetterOut(_Response):
    """Một nguồn chưa nạp được."""

    origin: str
    code: str
    reason: Annotated[str, Field(description="Lỗi gì và khắc phục thế nào.")]
    retryable: Annotated[bool, Field(description="Thử lại mà không sửa nguồn có thể được.")]
    attempts: int
    first_failed: str
    last_failed: str
    job_id: str | None


class DeadLettersResponse(_Response):
    """Một trang các nguồn chưa nạp được, lỗi mới nhất trước."""

    total: int
    limit: int
    offset: int
    dead_letters: list[DeadLetterOut]


class DeletedResponse(_Response):
    """Các tài liệu đã xóa."""

    deleted: list[str]


class HealthResponse(_Response):
    """Tiến trình còn sống."""

    status: Literal["ok"]


class ReadyResponse(_Response):
    """Kho, chỉ mục và mô hình nhúng đã sẵn sàng."""

    status: Literal["ready"]
    documents: int
    cases: int
    chunks: int
    pending: Annotated[int, Field(description="Tài liệu chờ lập chỉ mục.")]
    indexed_chunks: int
    embedder: str


class ProblemItem(_Response):
    """Một chỗ sai trong yêu cầu."""

    pointer: Annotated[str | None, Field(description="JSON Pointer trong thân yêu cầu.")] = None
    parameter: Annotated[str | None, Field(description="Tham số trên địa chỉ.")] = None
    detail: str


class Problem(_Response):
    """Lỗi theo RFC 9457; chương trình rẽ nhánh theo `code`."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    errors: list[ProblemItem] | None = None


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of a route that may fail in these ways.

    `service.app` turns their media type into `application/problem+json`.
    """
    return {
        status: {"model": Problem, "description": PROBLEM_DESCRIPTIONS[status]}
        for status in statuses
    }


PROBLEM_DESCRIPTIONS: dict[int, str] = {
    400: "Thân yêu cầu không phải JSON hợp lệ",
    403: "Không được phép",
    404: "Không tìm thấy",
    413: "Thân yêu cầu quá lớn",
    415: "Định dạng không được hỗ trợ",
    422: "Yêu cầu không hợp lệ",
    500: "Lỗi bên trong dịch vụ",
    503: "Tạm thời chưa phục vụ được; thử lại sau số giây ở `Retry-After`",
}
