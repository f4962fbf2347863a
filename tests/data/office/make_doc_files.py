"""Make `unicode.doc` and `tcvn3.doc`: the same report in a Unicode font and in `.VnTime`.

Needs LibreOffice (`soffice`). The files are kept in the repository, since tests must not need it.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import docx
from viparse.normalize.encodings import CHARMAPS

_HEAD = (
    ("ỦY BAN NHÂN DÂN", "XÃ TÂN HƯNG", "Số: 12/BC-UBND"),
    (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Tân Hưng, ngày 12 tháng 5 năm 2023",
    ),
)
_BODY = (
    ("BÁO CÁO", None),
    ("Kết quả thực hiện mô hình nuôi cá đồng trên ruộng lúa", None),
    (
        "Tổ hợp tác ấp Rau Dừa có 24 hộ, thả 1.250 kg cá giống trên 36 ha ruộng; mỗi vụ lãi gần "
        "18 triệu đồng một hộ.",
        None,
    ),
    ("1. Cách làm", "Heading 1"),
    ("Hội Nông dân vận động từng hộ góp vốn, chia việc theo ngày.", "List Bullet"),
)
_TABLE = (("Ấp", "Số hộ", "Lãi (triệu đồng)"), ("Rau Dừa", "24", "18"), ("Kinh Lớn", "17", "15,5"))
_FOOT = ("Nơi nhận:", "- Thường trực Đảng ủy; - Lưu: VT.")


def to_tcvn3(text: str) -> str:
    """Return the characters that a `.VnTime` font draws as the text; it has no marked capitals."""
    table: dict[str, str] = {}
    for surface, letter in CHARMAPS["tcvn3"].pairs:
        table.setdefault(letter, surface)
    return "".join(table.get(char) or table.get(char.lower()) or char for char in text)


def make(path: Path, font: str, encode: Callable[[str], str]) -> None:
    """Write the report as DOCX."""
    word = docx.Document()

    def add(paragraph: docx.text.paragraph.Paragraph, text: str) -> None:
        paragraph.add_run(encode(text)).font.name = font

    head = word.add_table(1, 2)
    for cell, lines in zip(head.rows[0].cells, _HEAD, strict=True):
        for position, line in enumerate(lines):
            add(cell.paragraphs[0] if position == 0 else cell.add_paragraph(), line)
    for text, style in _BODY:
        add(word.add_paragraph(style=style), text)
    table = word.add_table(len(_TABLE), len(_TABLE[0]))
    for row, texts in zip(table.rows, _TABLE, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            add(cell.paragraphs[0], text)
    for text in _FOOT:
        add(word.add_paragraph(), text)
    word.save(str(path))


def main() -> int:
    """Write both files beside this script."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / "unicode.docx", Path(folder) / "tcvn3.docx"]
        make(files[0], "Times New Roman", lambda text: text)
        make(files[1], ".VnTime", to_tcvn3)
        command = ["soffice", "--headless", f"-env:UserInstallation=file://{folder}/profile"]
        command += ["--convert-to", "doc", "--outdir", str(Path(__file__).parent)]
        subprocess.run([*command, *map(str, files)], check=True, timeout=120)
    return 0


if __name__ == "__main__":
    sys.exit(main())
