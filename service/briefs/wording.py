"""Fixed words of administrative documents and what may stand in their files.

Source: Decree 30/2020/NĐ-CP on clerical work, annex I: national title and motto, the line of place
and date with its leading zeros, headings, margins and sizes.
"""

import re
from datetime import date

NATION = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"

# Characters that XML 1.0 has no way to write.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_safe(text: str) -> str:
    r"""Return a text without characters that XML cannot hold.

    Example:
        >>> xml_safe("tôm\x00 sú\ufffe")
        'tôm sú'
    """
    return _NOT_XML.sub("", text)


def date_line(place: str, dated: date) -> str:
    """Return the line of place and date; days below 10 and months below 3 get a zero.

    Example:
        >>> date_line("Cà Mau", date(2026, 2, 5)), date_line("", date(2026, 3, 12))
        ('Cà Mau, ngày 05 tháng 02 năm 2026', 'Ngày 12 tháng 3 năm 2026')
    """
    month = f"{dated.month:02d}" if dated.month < 3 else str(dated.month)
    line = f"ngày {dated.day:02d} tháng {month} năm {dated.year}"
    return f"{place}, {line}" if place else line.capitalize()


def quoted_title(title: str) -> str:
    """Return a title in quotation marks, unless it brings some.

    Example:
        >>> quoted_title("Vịt về đồng"), quoted_title("“Mắt thần” an ninh")
        ('“Vịt về đồng”', '“Mắt thần” an ninh')
    """
    return title if any(mark in title for mark in '“”"') else f"“{title}”"
