"""What mutations start from: for each target, good files of its format.

Most are those of `tests/data/make_office_files.py`; pages are those that cleaning is measured on.
"""

import io
from collections.abc import Mapping
from pathlib import Path

from reportlab.pdfgen.canvas import Canvas

from tests.data.legacy_bytes import to_cp1258, to_tcvn3, to_viscii, to_vni
from tests.data.make_office_files import make
from tests.data.office_stories import STORIES

_REPOSITORY = Path(__file__).parents[2]
_OFFICE: Mapping[str, tuple[str, ...]] = {
    "docx": ("bao-cao-hien-dat.docx", "bao-cao-phong-chu-cu.docx"),
    "doc": ("bao-cao-nuoi-ca.doc",),
    "pdf": ("tong-ket.pdf", "co-mat-khau.pdf"),
    "pptx": ("tap-huan.pptx",),
    "rtf": ("ke-hoach.rtf", "ke-hoach-cp1258.rtf"),
    "odt": ("van-ban.odt",),
    "xlsx": ("so-theo-doi.xlsx", "phieu-dang-ky.xlsx"),
    "xls": ("dang-ky-2022.xls", "thuc-ra-la-trang-web.xls"),
    "ods": ("danh-sach.ods",),
    "csv": ("danh-sach.csv", "danh-sach-cp1258.csv"),
    "mail": ("thu-gui.eml",),
    "archive": ("goi-tai-lieu.zip",),
}
_RSS = """<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Tin xã</title>
<item><title>Tổ vá đường</title><link>https://xa.example.vn/to-va-duong</link>
<pubDate>Mon, 03 Jun 2024 08:00:00 +0700</pubDate></item>
<item><title>Bếp chung</title><link>/bep-chung</link></item></channel></rss>"""
_ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Tin</title><entry><title>Bếp</title>
<link href="https://xa.example.vn/bep"/><updated>2024-06-03T08:00:00Z</updated></entry></feed>"""
_SITEMAP = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url>
<loc>https://xa.example.vn/bai-1</loc><lastmod>2024-06-03</lastmod></url><url><loc/></url></urlset>"""
_LIST = (
    "# bài của xã\nhttps://xa.example.vn/a?utm_source=x#y\nhttps://Xã.example.vn/mô-hình # hay\n"
)
_ROBOTS = """User-agent: *
Disallow: /quan-tri/*.php$
Allow: /quan-tri/mo*
Crawl-delay: 2.5
Request-rate: 1/10s

User-agent: kb
Disallow: /t%C3%ACm
Sitemap: https://xa.example.vn/sitemap.xml
"""
_LINKED = """{"@context":"https://schema.org","@graph":[{"@type":"NewsArticle","@id":"#bai",
"headline":"Tổ tự quản giữ sạch kênh Ba","datePublished":"2024-06-03T08:00:00+07:00",
"dateModified":"2024-06-05","author":[{"@type":"Person","name":"Lê An"},{"@id":"#toa"}],
"publisher":{"@id":"#toa"},"articleSection":["Dân vận"],"url":"https://xa.example.vn/bai"},
{"@type":"Organization","@id":"#toa","name":"Báo Xã Nhà"},{"@type":"BreadcrumbList",
"itemListElement":[{"position":1,"name":"Trang chủ"},{"position":2,"item":{"name":"Dân vận"}}]}]}"""
_MICRODATA = """<ol class="breadcrumb"><li><a href="/">Trang chủ</a></li><li>Dân vận</li></ol>
<article itemscope itemtype="https://schema.org/NewsArticle"><h1 itemprop="headline">Tổ tự quản</h1>
<time itemprop="datePublished" datetime="2024-06-03">3/6</time><span itemprop="author" itemscope>
<b itemprop="name">Lê An</b></span></article>"""


def make_seeds(folder: Path) -> dict[str, list[bytes]]:
    """Return the seeds of every target, by its name.

    Args:
        folder: Where the office files are written.

    Raises:
        FileNotFoundError: No font with Vietnamese letters is installed.
    """
    make(folder)
    seeds = {
        target: [(folder / name).read_bytes() for name in names]
        for target, names in _OFFICE.items()
    }
    seeds["pdf"].append(_plain_pdf())
    seeds["doc"].append((_REPOSITORY / "tests/data/office/tcvn3.doc").read_bytes())
    pages = sorted((_REPOSITORY / "eval/pages").glob("*/*.html"))
    seeds["page"] = [path.read_bytes() for path in pages]
    articles = [_article(name).encode() for name in STORIES]
    seeds["text"] = [path.with_suffix(".txt").read_bytes() for path in pages] + articles
    seeds["cases"] = [*articles, "\n".join(map(_article, STORIES)).encode()]
    story = _article("docx_tcvn3").translate({0x201C: '"', 0x201D: '"', 0x2013: "-"})
    seeds["encodings"] = [
        story.encode(),
        story.encode("utf-16"),
        story.encode("utf-16-be"),
        *(encode(story) for encode in (to_tcvn3, to_vni, to_viscii, to_cp1258)),
    ]
    seeds["listings"] = [text.encode() for text in (_RSS, _ATOM, _SITEMAP, _LIST)]
    seeds["robots"] = [_ROBOTS.encode()]
    seeds["linked-data"] = [_LINKED.encode(), _MICRODATA.encode()]
    return seeds


def _article(name: str) -> str:
    story = STORIES[name]
    return "\n\n".join((story.title, *story.paragraphs, story.figure))


def _plain_pdf() -> bytes:
    """Return a PDF whose pages are not compressed, so that changes reach their operators."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1, pageCompression=0)
    for page in range(3):
        canvas.setFont("Helvetica", 11)
        for line in range(12):
            canvas.drawString(60, 780 - 18 * line, f"Trang {page}, dong {line}: mo hinh nuoi ca.")
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()
