"""Mails and archives with documents in them."""

import email.policy
from email.message import EmailMessage

from tests.data.office_files.documents import docx_of
from tests.data.office_files.packages import zip_of
from tests.data.office_files.texts import text_of
from tests.data.office_stories import STORIES


def containers() -> dict[str, bytes]:
    inner = zip_of({"tram-bom.docx": docx_of(STORIES["zip_nested"])})
    members = {
        "Năm 2023/nhà sàn.txt": text_of("zip_member").encode(),
        "cu/goi-con.zip": inner,
        "__MACOSX/._rac": b"\x00\x05",
        "anh.jpg": b"\xff\xd8\xff\xe0",
    }
    return {"thu-gui.eml": _mail(), "goi-tai-lieu.zip": zip_of(members)}


def _mail() -> bytes:
    story = STORIES["eml"]
    # Not folded: Python drops the space between two encoded words of a folded header.
    mail = EmailMessage(policy=email.policy.SMTP.clone(max_line_length=300))
    mail["From"] = "Đồn biên phòng <don@example.vn>"
    mail["To"] = "ban-dan-van@example.vn"
    mail["Subject"] = story.title
    mail["Date"] = "Mon, 03 Jun 2024 08:00:00 +0700"
    mail["Message-ID"] = "<vuon-rau@example.vn>"
    mail.set_content("\n\n".join((*story.paragraphs, story.figure)) + "\n")
    mail.add_attachment(
        docx_of(STORIES["eml_attachment"]),
        maintype="application",
        subtype="vnd.openxmlformats-officedocument.wordprocessingml.document",
        filename="phu-luc.docx",
    )
    mail.set_boundary("ranh-gioi-phan-thu")
    return mail.as_bytes()
