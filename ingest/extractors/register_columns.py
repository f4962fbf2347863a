"""What the columns of a register mean, and the mapping file that says so where names do not.

The columns follow the registration form of a model (name, problem, aim, content, place, forces,
resources, time, results, ability to spread). A heading is looked up without marks and case: as a
whole, then by the first synonym it holds.

A mapping file is `dang-ky.xlsx.mapping.toml` beside `dang-ky.xlsx`, or `mapping.toml` for all
registers of its folder. Every key is optional:

    header_row = 6               # row of the headings, as the spreadsheet numbers it
    sheets = ["Năm 2024"]        # read these sheets only
    province = "Cà Mau"          # for rows that do not say
    field = "kinh-te"
    topics = ["giam-ngheo"]

    [columns]                    # heading = field, for headings that are not recognised
    "Việc đã làm" = "approach"
    "Mã số" = "ignore"
"""

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from ingest.records.models import Slug, Text, canonical_province, validate
from kb.errors import ExtractionFailed
from kb.models import Field as CaseField
from kb.text import fold

Column = Literal[
    "number",
    "name",
    "problem",
    "goal",
    "approach",
    "place",
    "hamlet",
    "commune",
    "district",
    "province",
    "participants",
    "organization",
    "partners",
    "resources",
    "period",
    "results",
    "conditions",
    "field",
    "topic",
    "subject",
    "level",
    "note",
    "ignore",
]

# Folded. Longer synonyms are tried first, so "ten don vi thuc hien" is not a name.
_SYNONYMS: Mapping[Column, str] = {
    "number": "stt|tt|so tt|so thu tu|#",
    "name": (
        "ten mo hinh|mo hinh|ten mo hinh dien hinh|mo hinh dien hinh|ten mo hinh dan van kheo|"
        "mo hinh dan van kheo|dien hinh|ten dien hinh|ten cong trinh phan viec|"
        "ten mo hinh cach lam|"
        "ten goi mo hinh|ten mh|mo hinh dvk|ten mo hinh dvk|mo hinh dang ky|noi dung dang ky|"
        "cach lam hay|ten sang kien|ten"
    ),
    "problem": (
        "thuc trang|ly do|ly do xay dung|thuc trang ly do|su can thiet|hoan canh ra doi|boi canh|"
        "van de|dac diem tinh hinh|can cu xay dung|khoi nguon"
    ),
    "goal": "muc tieu|tieu chi|muc dich|chi tieu|yeu cau|muc dich yeu cau|muc tieu tieu chi",
    "approach": (
        "noi dung|cach lam|cach thuc|cach thuc thuc hien|noi dung cach lam|noi dung thuc hien|"
        "noi dung hoat dong|hoat dong|giai phap|bien phap|phuong thuc|cach thuc hien|"
        "noi dung mo hinh|tom tat noi dung|mo ta|noi dung cach thuc|cach trien khai|tom tat|"
        "noi dung chinh|noi dung cu the|qua trinh thuc hien"
    ),
    "place": (
        "dia ban|dia diem|noi thuc hien|dia chi|pham vi|dia ban thuc hien|dia diem thuc hien|"
        "dia phuong|pham vi thuc hien|noi trien khai"
    ),
    "hamlet": (
        "thon|ap|khom|ban|buon|lang|to dan pho|khu pho|khu dan cu|kdc|thon ban|thon ap|tdp|"
        "ap khom|thon to dan pho"
    ),
    "commune": "xa|phuong|xa phuong|xa phuong thi tran|xa phuong tt|thi tran|phuong xa|cap xa",
    "district": (
        "huyen|quan|thi xa|huyen thi|huyen thi xa thanh pho|huyen thanh pho|quan huyen|huyen tp|"
        "huyen thi tp|huyen thi thanh pho|thanh pho thi xa"
    ),
    "province": "tinh|tinh thanh|tinh thanh pho|thanh pho truc thuoc tw",
    "participants": (
        "doi tuong|doi tuong tham gia|doi tuong huong loi|thanh phan tham gia|nguoi tham gia|"
        "thanh vien|doi tuong thu huong|doi tuong tac dong|quy mo"
    ),
    "organization": (
        "don vi|don vi thuc hien|co quan|chu tri|don vi chu tri|co quan chu tri|co quan don vi|"
        "to chuc thuc hien|don vi dang ky|tap the thuc hien|luc luong thuc hien|nguoi thuc hien|"
        "ten don vi|don vi xay dung|chu the|don vi phu trach|co quan thuc hien|tap the ca nhan|"
        "ten tap the ca nhan|ten don vi thuc hien|tap the ca nhan thuc hien|luc luong|"
        "ten tap the|ten ca nhan|ho va ten|ho ten|to chuc|don vi dia phuong"
    ),
    "partners": "phoi hop|don vi phoi hop|luc luong phoi hop|co quan phoi hop|luc luong tham gia",
    "resources": (
        "nguon luc|kinh phi|kinh phi thuc hien|von|nguon kinh phi|tong kinh phi|nguon von|"
        "tong von|nguon luc kinh phi|dau tu"
    ),
    "period": (
        "thoi gian|nam|thoi gian thuc hien|giai doan|tien do|nam thuc hien|nam dang ky|"
        "thoi diem|tu nam|ngay thanh lap|nam cong nhan|thoi gian trien khai|nam xay dung|"
        "thoi gian dang ky|bat dau"
    ),
    "results": (
        "ket qua|hieu qua|san pham|ket qua dat duoc|ket qua dau ra|hieu qua mang lai|"
        "ket qua thuc hien|tac dong|hieu qua kinh te|ket qua noi bat|danh gia ket qua|"
        "hieu qua thuc te|hieu qua kinh te xa hoi|san pham ket qua"
    ),
    "conditions": (
        "kha nang nhan rong|nhan rong|kha nang duy tri|dieu kien nhan rong|duy tri nhan rong|"
        "tinh ben vung|kha nang duy tri nhan rong|suc lan toa|lan toa|tinh lan toa|"
        "huong nhan rong|kinh nghiem|bai hoc kinh nghiem"
    ),
    "field": "linh vuc|thuoc linh vuc|linh vuc dang ky|nhom linh vuc|linh vuc hoat dong",
    "topic": "chu de|chuyen de|tu khoa|nhom chu de",
    "subject": "loai hinh|tap the|ca nhan|tap the hay ca nhan|phan loai|hinh thuc|tap the/ca nhan",
    "level": "cap|cap cong nhan|cap do|cap dang ky|cap khen thuong",
    "note": "ghi chu|luu y|y kien|nhan xet",
}

_NOT_WORD = re.compile(r"[^a-z0-9#]+")
_UNIT = re.compile(r"\(\s*([^()]{1,30}?)\s*\)\s*$")
_UNIT_LABEL = re.compile(r"^(?:đvt|đơn vị tính|đơn vị|tính bằng)\s*:?\s*", re.IGNORECASE)
_COUNTED = re.compile(
    r"số (?:lượng )?(hộ|người|hội viên|thành viên|đoàn viên|đảng viên|lượt người|lượt|công trình|"
    r"căn nhà|nhà|mô hình|ngày công|học sinh|tổ|km)\b",
    re.IGNORECASE,
)
_MAX_HEADING = 120
# A heading that only holds a synonym must be mostly that: "Tên mô hình, điển hình tiêu biểu".
_MAX_WORDS = 9


def heading_key(heading: str) -> str:
    r"""Return a heading as it is compared: folded words.

    Example:
        >>> heading_key(" Kết quả,\nhiệu quả (2024) ")
        'ket qua hieu qua 2024'
    """
    return _NOT_WORD.sub(" ", fold(heading)).strip()


@cache
def _whole() -> Mapping[str, Column]:
    return {
        heading_key(synonym): column
        for column, synonyms in _SYNONYMS.items()
        for synonym in synonyms.split("|")
    }


@cache
def _inside() -> re.Pattern[str]:
    """Return the pattern of synonyms of two words or more, the longest first."""
    several = sorted((key for key in _whole() if " " in key), key=len, reverse=True)
    return re.compile(r"(?<![a-z0-9])(?:" + "|".join(several) + r")(?![a-z0-9])")


def column_of(heading: str) -> Column | None:
    """Return what a heading means, None if it is not known.

    Example:
        >>> column_of("Tên mô hình Dân vận khéo"), column_of("KẾT QUẢ ĐẠT ĐƯỢC (đến 2024)")
        ('name', 'results')
        >>> column_of("Đơn vị thực hiện"), column_of("Số hộ tham gia") is None
        ('organization', True)
    """
    if len(heading) > _MAX_HEADING:
        return None
    if fold(heading).strip() in ("tap the/ca nhan", "tap the / ca nhan"):
        return "subject"
    key = heading_key(re.sub(r"\([^()]*\)", " ", heading)) or heading_key(heading)
    if key in _whole():
        return _whole()[key]
    if len(key.split()) > _MAX_WORDS or key.startswith(("so ", "ty le ", "tong so ")):
        return None
    matches = list(_inside().finditer(key))
    # A heading names the thing first and details it after.
    return _whole()[matches[0][0]] if matches and matches[0].start() <= 12 else None


def unit_of(heading: str) -> str | None:
    """Return the unit that a heading gives for the numbers below it.

    Example:
        >>> unit_of("Kinh phí (triệu đồng)"), unit_of("Số hộ tham gia"), unit_of("Diện tích")
        ('triệu đồng', 'hộ', None)
    """
    bracketed = _UNIT.search(heading)
    if bracketed and not any(char.isdigit() for char in bracketed[1]):
        return re.sub(
            r"^(?:đvt|đơn vị tính|đơn vị|tính bằng)\s*:?\s*", "", bracketed[1], flags=re.I
        )
    counted = _COUNTED.match(heading.strip())
    return counted[1].lower() if counted else None


# --- the mapping file -----------------------------------------------------------------------


class MappingRecord(BaseModel):
    """The content of a mapping file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    header_row: Annotated[int, Field(ge=1)] | None = None
    sheets: list[Text] | None = None
    province: Text | None = None
    field: CaseField | None = None
    topics: list[Slug] = []
    columns: dict[str, Column] = {}


@dataclass(frozen=True, slots=True)
class RegisterMapping:
    """A mapping file, or its absence.

    Attributes:
        record: What it says.
        name: Its file name; None if there is none.
    """

    record: MappingRecord
    name: str | None = None

    def column_of(self, heading: str) -> Column | None:
        """Return what a heading means, by the file before the synonyms."""
        key = heading_key(heading)
        for given, column in self.record.columns.items():
            if heading_key(given) == key:
                return column
        return column_of(heading)

    def check_headings(self, headings: Sequence[str]) -> None:
        """Refuse a file that names headings which no sheet has.

        Raises:
            ExtractionFailed: It does; the message names the nearest.
        """
        known = {heading_key(heading): heading for heading in headings if heading}
        for given in self.record.columns:
            if heading_key(given) in known:
                continue
            close = difflib.get_close_matches(heading_key(given), known, n=1, cutoff=0.6)
            listed = ", ".join(repr(heading) for heading in known.values())
            hint = f"có phải ý là {known[close[0]]!r}" if close else f"các cột: {listed}"
            raise ExtractionFailed(f"{self.name}: bảng không có cột {given!r}, {hint}.")


def read_mapping(path: Path) -> RegisterMapping:
    """Return the mapping of a register: that of the file, that of its folder, or an empty one.

    Args:
        path: The register.

    Raises:
        ExtractionFailed: The mapping file is wrong; the message says where.
    """
    for candidate in (path.with_name(f"{path.name}.mapping.toml"), path.with_name("mapping.toml")):
        if candidate.is_file():
            return _parse(candidate)
    return RegisterMapping(MappingRecord())


def _parse(path: Path) -> RegisterMapping:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as exc:
        raise ExtractionFailed(f"{path.name}: không đọc được tệp ({exc.strerror}).") from exc
    except UnicodeDecodeError as exc:
        raise ExtractionFailed(
            f"{path.name}: không phải UTF-8. Lưu lại tệp với bảng mã UTF-8 rồi nạp lại."
        ) from exc
    except tomllib.TOMLDecodeError as exc:
        raise ExtractionFailed(
            f'{path.name}: TOML sai ({exc}). Đặt chữ trong dấu nháy kép: "Tên cột" = "name".'
        ) from exc
    columns = data.get("columns")
    if isinstance(columns, dict):
        for heading, column in columns.items():
            if column not in get_args(Column):
                raise ExtractionFailed(
                    f"{path.name}: cột {heading!r} gán cho {column!r}, nhưng chỉ có: "
                    f"{', '.join(get_args(Column))}."
                )
    record = validate(MappingRecord, data, path.name)
    if record.province is not None:
        province = canonical_province(record.province, path.name)
        record = record.model_copy(update={"province": province})
    return RegisterMapping(record, path.name)
