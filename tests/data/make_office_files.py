"""Make a folder of files as offices have them: every format and encoding, good and hostile.

    python tests/data/make_office_files.py DIRECTORY

The same bytes in every run. `EXPECTED` says which sentence each good file must be found by and
where it stands, `FAILURES` how each bad one must fail. The ".doc" is a fixture from
`tests/data/office`, since no Python package writes that format.
"""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

_HERE = Path(__file__).resolve().parent
if __name__ == "__main__":  # run as a script from anywhere
    sys.path.insert(0, str(_HERE.parent.parent))

from tests.data.office_files.containers import containers  # noqa: E402 - needs the path above
from tests.data.office_files.documents import documents  # noqa: E402
from tests.data.office_files.hostile import hostile  # noqa: E402
from tests.data.office_files.tables import (  # noqa: E402
    CSV,
    CSV_1258,
    ODS,
    REGISTER,
    WEB_XLS,
    XLS,
    tables,
)
from tests.data.office_files.texts import texts  # noqa: E402
from tests.data.office_stories import STORIES  # noqa: E402

EXPECTED: Mapping[str, tuple[str, str | None]] = {
    "bao-cao-hien-dat.docx": (STORIES["docx"].figure, None),
    "bao-cao-phong-chu-cu.docx": (STORIES["docx_tcvn3"].figure, None),
    "bao-cao-nuoi-ca.doc": ("thả 1.250 kg cá giống trên 36 ha ruộng", None),
    "ke-hoach.rtf": (STORIES["rtf"].figure, None),
    "ke-hoach-cp1258.rtf": (STORIES["rtf_cp1258"].figure, None),
    "tong-ket.pdf": (STORIES["pdf"].figure, "trang 2"),
    "ban-quet.pdf": (STORIES["scan"].figure, "trang 1"),
    "tap-huan.pptx": (STORIES["pptx"].figure, "trang chiếu 2"),
    "so-theo-doi.xlsx": (REGISTER[1][5], "trang tính “Kinh tế”, dòng 6"),
    "phieu-dang-ky.xlsx": ("Giảm 23 vụ mất trộm", "trang tính “Phiếu”, dòng 3"),
    "dang-ky-2022.xls": (XLS[1][5], "trang tính “Đăng ký”, dòng 5"),
    "danh-sach.csv": (CSV[1][5], "dòng 3"),
    "danh-sach-cp1258.csv": (CSV_1258[1][5], "dòng 3"),
    "danh-sach.ods": (ODS[0][5], "trang tính “Năm 2023”, dòng 3"),
    "Ghi chép của xóm.txt": (STORIES["txt_utf8"].figure, None),
    "utf16.txt": (STORIES["txt_utf16"].figure, None),
    "tcvn3.txt": (STORIES["txt_tcvn3"].figure, None),
    "vni.txt": (STORIES["txt_vni"].figure, None),
    "viscii.txt": (STORIES["txt_viscii"].figure, None),
    "luu-sai-bang-ma.txt": (STORIES["txt_mojibake"].figure, None),
    "nfd.txt": (STORIES["txt_nfd"].figure, None),
    "bai-viet.html": (STORIES["html"].figure, None),
    "bai-viet-cp1258.html": (STORIES["html_cp1258"].figure, None),
    "bai-viet.md": (STORIES["md_article"].figure, None),
    "mo-hinh.md": ("Đào 1.380 hố rác gia đình", None),
    "so-mo-hinh.jsonl": ("Ghép được 62 cặp bạn học", None),
    "thu-gui.eml": (STORIES["eml"].figure, None),
    "thu-gui.eml!/phu-luc.docx": (STORIES["eml_attachment"].figure, None),
    "goi-tai-lieu.zip!/Năm 2023/nhà sàn.txt": (STORIES["zip_member"].figure, None),
    "goi-tai-lieu.zip!/cu/goi-con.zip!/tram-bom.docx": (STORIES["zip_nested"].figure, None),
    "van-ban.odt": (STORIES["odt"].figure, None),
    "thuc-ra-la-docx.doc": (STORIES["docx_as_doc"].figure, None),
    "thuc-ra-la-rtf.doc": (STORIES["rtf_as_doc"].figure, None),
    "thuc-ra-la-trang-web.xls": (WEB_XLS[0][5], "dòng 2"),
}
"""End of a document's origin to the sentence in its text and the label of its locator."""

FAILURES: Mapping[str, str] = {
    "bom-nen.zip": "unsafe_source",
    "thoat-ra-ngoai.zip": "unsafe_source",
    "ty-tieng-cuoi.docx": "unsafe_source",
    "cat-cut.pdf": "extraction_failed",
    "co-mat-khau.pdf": "extraction_failed",
    "co-mat-khau.zip": "extraction_failed",
    "rong.txt": "empty_document",
    "nhi-phan.txt": "unsupported_source",
}
"""File (or archive that holds it) to the code of the error that its report must carry."""


def make(folder: Path) -> list[Path]:
    """Write all files into a folder and return their paths, sorted.

    Args:
        folder: Is made if it does not exist.

    Raises:
        FileNotFoundError: No font with Vietnamese letters is installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in {**documents(), **tables(), **texts(), **containers(), **hostile()}.items():
        (folder / name).write_bytes(data)
    shutil.copyfile(_HERE / "office" / "unicode.doc", folder / "bao-cao-nuoi-ca.doc")
    return sorted(folder.iterdir())


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    make(Path(sys.argv[1]))
