from email import policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from ingest.extractors.mail import extract
from ingest.ports import Limits
from ingest.sources import SourceFile, Unreadable
from kb.errors import EmptyDocument, ExtractionFailed, UnsafeSource
from kb.models import Document
from tests.data.legacy_bytes import to_cp1258

BODY = "Kính gửi Ban Dân vận.\n\nMô hình đã giúp 27 hộ ở xã Tân Hưng, tỉnh Cà Mau thoát nghèo."


def message(body: str = BODY, *, html: str | None = None) -> EmailMessage:
    mail = EmailMessage(policy=policy.SMTP)
    mail["Subject"] = "Re: Kết quả mô hình nuôi cá đồng"
    mail["From"] = "Hội Nông dân xã <hoi@example.vn>"
    mail["Date"] = "Tue, 04 Jun 2024 08:30:00 +0700"
    if body:
        mail.set_content(body)
    if html:
        if body:
            mail.add_alternative(html, subtype="html")
        else:
            mail.set_content(html, subtype="html")
    return mail


@pytest.fixture
def limits(tmp_path: Path) -> Limits:
    spool = tmp_path / "spool"
    spool.mkdir()
    return Limits(spool=spool)


def read(
    tmp_path: Path, mail: EmailMessage | bytes, limits: Limits, *, depth: int = 0
) -> list[Document | SourceFile | Unreadable]:
    path = tmp_path / "thu.eml"
    path.write_bytes(mail if isinstance(mail, bytes) else mail.as_bytes())
    return list(extract(SourceFile(path, "mail", depth=depth), limits))


def test_a_mail_is_an_article_with_subject_sender_and_day(tmp_path: Path, limits: Limits) -> None:
    (document,) = read(tmp_path, message(), limits)
    assert document.kind == "article"
    assert document.title == "Kết quả mô hình nuôi cá đồng"
    assert document.text == f"Kết quả mô hình nuôi cá đồng\n\n{BODY}"
    assert document.author == "Hội Nông dân xã"
    assert document.published is None  # sending is no publication
    assert document.updated == "2024-06-04"
    found = {item.field: (item.value, item.source) for item in document.evidence}
    assert found["updated"] == ("2024-06-04", "mail Date")
    assert found["author"] == ("Hội Nông dân xã", "mail From")


def test_html_is_read_where_there_is_no_plain_text(tmp_path: Path, limits: Limits) -> None:
    html = (
        "<html><head><style>p {color: red}</style></head><body><p>Có <b>27</b> hộ\nthoát nghèo.</p>"
        "<script>alert(1)</script><ul><li>Một</li><li>Hai</li></ul>"
        "<table><tr><td>Ấp 1</td><td>12 hộ</td></tr></table></body></html>"
    )
    (document,) = read(tmp_path, message("", html=html), limits)
    body = document.text.split("\n\n", 1)[1]
    assert body.split("\n") == ["Có 27 hộ thoát nghèo.", "Một", "Hai", "Ấp 1 12 hộ"]


def test_plain_text_is_preferred_to_html(tmp_path: Path, limits: Limits) -> None:
    (document,) = read(tmp_path, message(html="<p>khác</p>"), limits)
    assert document.text.endswith(BODY)


def test_attachments_become_files_and_unknown_ones_are_reported(
    tmp_path: Path, limits: Limits
) -> None:
    mail = message()
    mail.add_attachment(b"a", maintype="application", subtype="x", filename="Báo cáo.docx")
    mail.add_attachment(b"b", maintype="application", subtype="x", filename="Báo cáo.docx")
    mail.add_attachment(b"c", maintype="image", subtype="png", filename="anh.png")
    _, first, second, image = read(tmp_path, mail, limits)
    origin = (tmp_path / "thu.eml").as_posix()
    assert first.origin == f"{origin}!/Báo cáo.docx"
    assert second.origin == f"{origin}!/Báo cáo (2).docx"
    assert (first.format, first.depth, first.path.read_bytes()) == ("docx", 1, b"a")
    assert first.path.parent == limits.spool
    assert isinstance(image, Unreadable)
    assert image.skipped


def test_a_mail_in_a_mail_is_a_file(tmp_path: Path, limits: Limits) -> None:
    mail = message()
    mail.add_attachment(message("Nội dung thư trong thư."))
    _, inner = read(tmp_path, mail, limits)
    assert inner.format == "mail"
    (document,) = extract(inner, limits)
    assert "Nội dung thư trong thư." in document.text


def test_a_mail_with_attachments_alone_gives_only_them(tmp_path: Path, limits: Limits) -> None:
    mail = message(" \n")
    mail.add_attachment(b"x", maintype="application", subtype="pdf", filename="a.pdf")
    (file,) = read(tmp_path, mail, limits)
    assert isinstance(file, SourceFile)


def test_an_empty_mail_is_reported(tmp_path: Path, limits: Limits) -> None:
    with pytest.raises(EmptyDocument, match=r"thu\.eml: thư không có nội dung"):
        read(tmp_path, message(" \n"), limits)


def test_a_body_in_an_old_code_page_with_the_wrong_charset_is_read(
    tmp_path: Path, limits: Limits
) -> None:
    text = "Xã nhà đã vận động hiến đất làm đường, giúp nhau thoát nghèo bền vững."
    head = b"Subject: Thu\nContent-Type: text/plain; charset=iso-8859-1\n\n"
    (document,) = read(tmp_path, head + to_cp1258(text), limits)
    assert document.text == f"Thu\n\n{text}"


def test_a_subject_in_raw_utf8_bytes_is_read(tmp_path: Path, limits: Limits) -> None:
    (document,) = read(tmp_path, "Subject: Báo cáo tháng 5\n\nNội dung.".encode(), limits)
    assert document.title == "Báo cáo tháng 5"


@pytest.mark.parametrize("name", ["../../x.txt", "C:\\x\\y.txt"])
def test_paths_in_names_of_attachments_are_dropped(
    name: str, tmp_path: Path, limits: Limits
) -> None:
    mail = message()
    mail.add_attachment(b"x", maintype="text", subtype="plain", filename=name)
    _, file = read(tmp_path, mail, limits)
    assert file.name in ("x.txt", "y.txt")
    assert file.path.parent == limits.spool


def test_an_unreadable_body_does_not_hide_the_attachments(tmp_path: Path, limits: Limits) -> None:
    data = (
        b"Subject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=B\n\n"
        b"--B\nContent-Type: text/plain; charset=utf-8\n\n\xff\xfe\xfd broken \x81\xff\n"
        b"--B\nContent-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\nx\n"
        b"--B--\n"
    )
    broken, file = read(tmp_path, data, limits)
    assert isinstance(broken, Unreadable)
    assert isinstance(file, SourceFile)


def test_what_is_no_mail_says_so(tmp_path: Path, limits: Limits) -> None:
    with pytest.raises(ExtractionFailed, match="không phải thư điện tử"):
        read(tmp_path, b"\n\nKh\xc3\xb4ng c\xc3\xb3 \xc4\x91\xe1\xba\xa7u th\xc6\xb0", limits)


def test_mails_in_too_many_mails_or_with_too_many_parts_are_refused(
    tmp_path: Path, limits: Limits
) -> None:
    with pytest.raises(UnsafeSource, match="nằm trong 3 lớp"):
        read(tmp_path, message(), limits, depth=3)
    mail = message()
    for number in range(5):
        mail.add_attachment(b"x", maintype="text", subtype="plain", filename=f"{number}.txt")
    with pytest.raises(UnsafeSource, match="hơn 4 phần"):
        read(tmp_path, mail, Limits(spool=limits.spool, max_archive_files=4))


def test_parts_nested_without_end_fail_as_an_unsafe_mail(tmp_path: Path, limits: Limits) -> None:
    depth = 3_000
    head = "".join(
        f"Content-Type: multipart/mixed; boundary=B{n}\n\n--B{n}\n" for n in range(depth)
    )
    data = f"Subject: x\nMIME-Version: 1.0\n{head}Content-Type: text/plain\n\nx\n".encode()
    with pytest.raises((UnsafeSource, EmptyDocument)):
        read(tmp_path, data, limits)
