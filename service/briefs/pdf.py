"""Briefs as PDF through LibreOffice, where it is installed.

It runs without a window, without network and with a profile of its own that is thrown away, so
neither a running LibreOffice nor its settings matter. One conversion at a time: each takes a
processor and some hundred megabytes for seconds.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from pathlib import Path

from kb.errors import BriefError, MissingTool

PROGRAMS = ("soffice", "libreoffice")
_SECONDS = 60.0
_CONVERTING = threading.Lock()
# Nothing in a brief is loaded from elsewhere; should a document ever ask, this leads nowhere.
_NOWHERE = "http://127.0.0.1:9"
_PROFILE = """\
<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Inet/Settings"><prop oor:name="ooInetProxyType" oor:op="fuse">
<value>2</value></prop></item>
<item oor:path="/org.openoffice.Inet/Settings"><prop oor:name="ooInetHTTPProxyName" oor:op="fuse">
<value>127.0.0.1</value></prop></item>
<item oor:path="/org.openoffice.Inet/Settings"><prop oor:name="ooInetHTTPProxyPort" oor:op="fuse">
<value>9</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop></item>
</oor:items>
"""


def to_pdf(word: bytes, *, timeout_seconds: float = _SECONDS) -> bytes:
    """Return a Word file as PDF.

    Args:
        word: The Word file.
        timeout_seconds: Longest time that it may take, and that it may wait for another one.

    Raises:
        MissingTool: LibreOffice is not installed.
        BriefError: It failed or took too long.
    """
    program = next((path for name in PROGRAMS if (path := shutil.which(name))), None)
    if program is None:
        raise MissingTool(
            "Xuất báo cáo PDF cần chương trình LibreOffice (soffice). Cài bằng "
            "`apt-get install libreoffice-writer`, hoặc chọn định dạng docx rồi lưu thành PDF "
            "bằng Word."
        )
    if not _CONVERTING.acquire(timeout=timeout_seconds):
        raise BriefError(_too_slow(timeout_seconds))
    try:
        with tempfile.TemporaryDirectory(prefix="kb-brief-") as folder:
            return _convert(program, word, Path(folder), timeout_seconds)
    finally:
        _CONVERTING.release()


def _convert(program: str, word: bytes, folder: Path, timeout_seconds: float) -> bytes:
    (folder / "brief.docx").write_bytes(word)
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_PROFILE, encoding="utf-8")
    command = [
        program,
        f"-env:UserInstallation={profile.as_uri()}",
        *("--headless", "--invisible", "--norestore", "--nologo", "--nodefault"),
        *("--nolockcheck", "--nofirststartwizard"),
        *("--convert-to", "pdf:writer_pdf_Export", "--outdir", str(folder)),
        str(folder / "brief.docx"),
    ]
    try:
        code, said = _run(command, folder, timeout_seconds)
    except OSError as exc:
        raise MissingTool(
            f"Không chạy được LibreOffice {program!r} ({exc.strerror}). Cài lại bằng "
            "`apt-get install libreoffice-writer`, hoặc chọn định dạng docx."
        ) from exc
    made = folder / "brief.pdf"
    if code or not made.is_file() or not made.stat().st_size:
        raise BriefError(
            f"LibreOffice không xuất được PDF (mã {code}): {said or 'không nói lý do'}. "
            "Chọn định dạng docx rồi lưu thành PDF bằng Word."
        )
    return made.read_bytes()


def _run(command: list[str], folder: Path, timeout_seconds: float) -> tuple[int, str]:
    """Run a program in a group of its own, which ends with it; return its code and last words."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LANG": "C.UTF-8",
        "SAL_USE_VCLPLUGIN": "svp",
        **dict.fromkeys(("http_proxy", "https_proxy", "ftp_proxy"), _NOWHERE),
    }
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            _, said = process.communicate(timeout=timeout_seconds)
        except subprocess.TimeoutExpired as exc:
            raise BriefError(_too_slow(timeout_seconds)) from exc
        finally:
            # The program starts another one, which does the work; both go.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return process.returncode, lines[-1][:200] if lines else ""


def _too_slow(seconds: float) -> str:
    return (
        f"LibreOffice xuất PDF quá {seconds:g} giây. Hãy thử lại, hoặc chọn định dạng docx rồi lưu "
        "thành PDF bằng Word."
    )
