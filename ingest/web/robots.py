"""What a site lets programs read, and how fast: robots.txt (RFC 9309).

A site without the file, or that refuses to show it (4xx), allows everything. A site whose file
cannot be fetched now (5xx, no answer) allows nothing for now: it may be down because of us.
"""

from collections.abc import Callable
from dataclasses import dataclass

from protego import Protego

from ingest.web.addresses import site_key
from kb.errors import FetchRefused, IngestError, SourceUnavailable

# RFC 9309 section 2.5: at least this much has to be read, and more is no honest file.
MAX_BYTES = 500 * 1024
# A site may ask for a longer pause than anyone can wait for a thousand pages.
MAX_CRAWL_DELAY = 30.0


@dataclass(frozen=True, slots=True)
class RobotsAnswer:
    """What came for robots.txt: the status, and the body if that is 200."""

    status: int
    body: bytes = b""


class Robots:
    """Rules of the sites of one run, each fetched once."""

    def __init__(self, get: Callable[[str], RobotsAnswer], user_agent: str) -> None:
        """Make an empty cache.

        Args:
            get: Fetches an address, raising `SourceUnavailable` when there is no answer.
            user_agent: Name of this program; up to "/" it is what robots.txt calls it.
        """
        self._get = get
        self._token = user_agent.partition("/")[0].split()[0] if user_agent.strip() else "*"
        self._sites: dict[str, Protego | IngestError] = {}

    def check(self, address: str) -> None:
        """Check that an address may be read.

        Raises:
            FetchRefused: robots.txt disallows it.
            SourceUnavailable: robots.txt cannot be fetched now.
        """
        rules = self._rules(address)
        if isinstance(rules, IngestError):
            # The cached error has the traceback of its first use.
            raise type(rules)(*rules.args)
        if not rules.can_fetch(address, self._token):
            raise FetchRefused(
                f"{address}: trang không cho chương trình đọc địa chỉ này "
                f"({site_key(address)}/robots.txt). Xin phép đơn vị chủ quản, hoặc lưu trang ra "
                "tệp rồi nạp từ đĩa."
            )

    def delay(self, address: str) -> float:
        """Return the pause in seconds that the site asks for, at most `MAX_CRAWL_DELAY`."""
        rules = self._rules(address)
        if isinstance(rules, IngestError):
            return 0.0
        delay = rules.crawl_delay(self._token) or 0.0
        rate = rules.request_rate(self._token)
        if rate and rate.requests > 0:
            delay = max(delay, rate.seconds / rate.requests)
        return float(min(max(delay, 0.0), MAX_CRAWL_DELAY))

    def _rules(self, address: str) -> Protego | IngestError:
        site = site_key(address)
        if site not in self._sites:
            try:
                self._sites[site] = self._fetch(f"{site}/robots.txt")
            except IngestError as exc:
                self._sites[site] = exc
        return self._sites[site]

    def _fetch(self, address: str) -> Protego:
        answer = self._get(address)
        # "Too many requests" is no statement about what may be read (as Google reads it, too).
        if answer.status == 429 or answer.status >= 500:
            raise SourceUnavailable(
                f"{address}: máy chủ báo lỗi {answer.status}, chưa biết trang cho đọc những gì "
                "nên chưa tải. Nạp lại sau."
            )
        text = answer.body.decode("utf-8", "replace") if answer.status == 200 else ""
        return Protego.parse(text.removeprefix("\ufeff"))
