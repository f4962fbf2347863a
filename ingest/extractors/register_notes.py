"""Why a table or a row became an article, and what makes a case of it, told to the officer."""

from ingest.extractors.register_columns import RegisterMapping
from ingest.sources import SourceFile
from kb.models import Field, Locator, MetadataEvidence


def sheet_note(
    file: SourceFile, sheet: str | None, header: int, mapping: RegisterMapping
) -> MetadataEvidence:
    """Return the note on a sheet that is no register.

    Args:
        file: The spreadsheet.
        sheet: Name of the sheet.
        header: Number of the row that may hold the headings.
        mapping: The mapping file that was read, or its absence.
    """
    where = f"Trang tính “{sheet}”" if sheet else "Bảng này"
    remedy = _beside(file) if mapping.name is None else f"sửa tệp {mapping.name}"
    return _note(
        f"{where} không có cột nào nhận ra là tên mô hình nên được nạp thành một bài viết, không "
        f"thành các phiếu mô hình. Nếu đây là danh sách mô hình, {remedy}: ghi dòng tiêu đề "
        f'(header_row = {header}), dưới [columns] ghi cột nào là tên mô hình ("Tên cột" = "name"), '
        "và province, field nếu bảng không ghi tỉnh, lĩnh vực (xem README), rồi nạp lại."
    )


def row_note(
    file: SourceFile, at: Locator, province: str | None, field: Field | None
) -> MetadataEvidence:
    """Return the note on a row whose province or field is not known.

    Args:
        file: The spreadsheet.
        at: The row.
        province: Its province.
        field: Its field.
    """
    missing = [
        (name, line)
        for name, line, value in (
            ("tỉnh", 'province = "Cà Mau"', province),
            ("lĩnh vực", 'field = "kinh-te"', field),
        )
        if value is None
    ]
    names = " và ".join(name for name, _ in missing)
    lines = " và ".join(line for _, line in missing)
    where = f"{at.label[0].upper()}{at.label[1:]}"
    return _note(
        f"{where} được nạp thành bài viết, không thành phiếu mô hình, vì không rõ {names}. Ghi "
        f"{names} vào một cột hay vào tiêu đề của bảng, hoặc {_beside(file)} ghi {names} chung của "
        f"cả bảng, ví dụ {lines} (xem README), rồi nạp lại."
    )


def _beside(file: SourceFile) -> str:
    """Return where a mapping file goes; what came in an archive or by the web has no folder."""
    name = f"{file.name}.mapping.toml"
    if file.known_as is None:
        return f"đặt cạnh nó tệp {name}"
    return f"lưu bảng vào một thư mục, đặt cạnh nó tệp {name}"


def _note(text: str) -> MetadataEvidence:
    return MetadataEvidence("notes", text, 1.0, "extraction", "")
