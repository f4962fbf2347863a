"""PDF with a text layer, and PDF that is only a picture of a page."""

import importlib.util
import io
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from tests.data.office_stories import Story

_FONT = "DejaVuSans.ttf"


def pdf_of(story: Story, **options: object) -> bytes:
    buffer = io.BytesIO()
    canvas = _canvas(buffer, **options)
    for page in ((story.title, *story.paragraphs), (story.figure,)):
        canvas.setFont("DejaVu", 11)
        y = 780
        for text in page:
            for line in _wrapped(text, 80):
                canvas.drawString(60, y, line)
                y -= 18
            y -= 10
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def scan_of(story: Story) -> bytes:
    """Return a page that is only a picture, at 200 dots an inch."""
    page = Image.new("L", (1654, 2339), 255)
    draw = ImageDraw.Draw(page)
    font = ImageFont.truetype(str(_font_path()), 42)
    y = 240
    for text in (story.title, *story.paragraphs, story.figure):
        for line in _wrapped(text, 52):
            draw.text((170, y), line, font=font, fill=0)
            y += 72
        y += 40
    buffer = io.BytesIO()
    canvas = _canvas(buffer)
    canvas.drawImage(ImageReader(page), 0, 0, 595, 842)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _canvas(buffer: io.BytesIO, **options: object) -> Canvas:
    if "DejaVu" not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont("DejaVu", str(_font_path())))
    return Canvas(buffer, invariant=1, pageCompression=1, **options)


def _font_path() -> Path:
    spec = importlib.util.find_spec("matplotlib")
    folders = [Path("/usr/share/fonts/truetype/dejavu"), Path("/usr/share/fonts/dejavu-sans-fonts")]
    if spec is not None and spec.origin is not None:
        folders.insert(0, Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf")
    for folder in folders:
        if (folder / _FONT).is_file():
            return folder / _FONT
    raise FileNotFoundError(f"{_FONT}: install matplotlib or the system package fonts-dejavu-core")


def _wrapped(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
