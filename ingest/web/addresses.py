"""What an address is: its normal form, its identity, and which hosts may be asked.

One article must be one document however it is linked, so addresses are normalised (RFC 3986
section 6, IDNA as UTS 46) and lose what only counts clicks. Addresses come from feeds, sitemaps
and other people's lists, and the machine that fetches stands inside an office network; so what
could point into that network is refused (SSRF). Names are judged here by how they are written, and
IP addresses by what they are; `ingest.web.network` judges what a name resolves to.
"""

import ipaddress
import re
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

import idna

from kb.errors import FetchRefused

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

LIST_PREFIX = "list:"
LIST_SUFFIX = ".urls"

_DEFAULT_PORTS = {"http": 80, "https": 443}
# Addresses are keys of tables, and PostgreSQL keeps no longer ones than about 2,700 bytes.
_MAX_LENGTH = 2_000
_MAX_HOST = 253
_MAX_SHOWN = 200
# Host names beyond RFC 1123: an underscore is in use, and harmless.
_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
# A last label that browsers and C libraries read as a number makes the host an IPv4 address.
_NUMERIC = re.compile(r"(?:\d+|0x[0-9a-f]*)")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_SUB_DELIMITERS = frozenset("!$&'()*+,;=:@")
_PATH = _UNRESERVED | _SUB_DELIMITERS | {"/"}
_QUERY = _PATH | {"?"}
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
# Parameters that tell the site where a click came from, never which page is meant.
# Source: the lists of ClearURLs and of Firefox's query stripping, and Zalo's own.
_TRACKING = frozenset(
    """fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid twclid ttclid igshid igsh mc_cid mc_eid
    _ga _gl _openstat fb_action_ids fb_action_types fb_ref fb_source li_fat_id zarsrc
    zalo_share_id zanpid""".split()
)
_TRACKING_PREFIX = "utm_"
# Subdomains under which a site shows the same pages.
_SAME_SITE = re.compile(r"^(?:www|m|mobile|amp)\.(?=[^.]+\.)")

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_SHARED = ipaddress.ip_network("100.64.0.0/10")
# Where clouds hand out their machines' credentials. None of them is a web site.
_METADATA = frozenset(
    ipaddress.ip_address(text)
    for text in ("169.254.169.254", "100.100.100.200", "192.0.0.192", "fd00:ec2::254")
)
_ALLOW_PRIVATE = "Nếu đó là máy chủ nội bộ đáng tin, đặt KB_WEB__ALLOW_PRIVATE=true rồi nạp lại."


def is_address(text: str) -> bool:
    """Tell whether an argument of `kb ingest` is for the web: an address, or a list of them."""
    lowered = text.strip().lower()
    return lowered.startswith(("http://", "https://", LIST_PREFIX)) or lowered.endswith(LIST_SUFFIX)


def display(address: str) -> str:
    """Return an address as reports may show it: printable, not too long, without credentials."""
    text = "".join(character if character.isprintable() else "�" for character in address.strip())
    text = re.sub(r"(?<=//)[^/?#]*@", "…@", text)
    return text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "…"


def normalise(address: str, base: str | None = None) -> str:
    """Return the address in normal form, to be asked for.

    Scheme and host in lower case, the host in ASCII, no default port, no "." and ".." in the
    path, percent-encoding only where needed and in capitals, no fragment. Parameters stay as they
    are.

    Args:
        address: As written; a reference is resolved if there is a `base`.
        base: Address of the page that it stands in.

    Raises:
        FetchRefused: It is no address, its scheme is not http or https, it holds credentials, or
            its host is written so as to hide what it is.

    Example:
        >>> normalise("HTTP://Báo.VN:80/tin/../mô-hình?a=1#cuoi")
        'http://xn--bo-mia.vn/m%C3%B4-h%C3%ACnh?a=1'
    """
    shown = repr(display(address))
    try:
        parts = urlsplit(urljoin(base, address.strip()) if base else address.strip())
        port = parts.port
    except ValueError as exc:
        raise FetchRefused(f"{shown} không phải địa chỉ web hợp lệ. Kiểm tra lại.") from exc
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS:
        raise FetchRefused(
            f"{shown}: chỉ tải được địa chỉ bắt đầu bằng http:// hoặc https://. Viết đủ địa chỉ."
        )
    if "@" in parts.netloc:
        raise FetchRefused(
            f"{shown}: địa chỉ chứa tên đăng nhập hay mật khẩu (phần trước “@”). Bỏ phần ấy đi."
        )
    host = _host(parts.hostname or "", shown)
    if port == 0:
        raise FetchRefused(f"{shown}: cổng 0 không hợp lệ. Kiểm tra lại địa chỉ.")
    netloc = host if port in (None, _DEFAULT_PORTS[scheme]) else f"{host}:{port}"
    path = _encode(_without_dots(parts.path), _PATH) or "/"
    normal = urlunsplit((scheme, netloc, path, _encode(parts.query, _QUERY), ""))
    if len(normal) > _MAX_LENGTH:
        raise FetchRefused(
            f"{shown}: địa chỉ dài quá {_MAX_LENGTH} ký tự. "
            "Lưu trang ra tệp rồi nạp từ đĩa, hoặc tìm địa chỉ ngắn của trang."
        )
    return normal


def identity(address: str) -> str:
    """Return the normal form without the parameters that only count clicks.

    Raises:
        FetchRefused: As `normalise`.

    Example:
        >>> identity("https://bao.vn/bai?utm_source=zalo&id=7&fbclid=x#doc")
        'https://bao.vn/bai?id=7'
    """
    parts = urlsplit(normalise(address))
    kept = [part for part in parts.query.split("&") if part and not _is_tracking(part)]
    return urlunsplit((*parts[:3], "&".join(kept), ""))


def site_key(address: str) -> str:
    """Return scheme, host and port of a normal address: what robots.txt and politeness go by."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def is_same_site(first: str, second: str) -> bool:
    """Tell whether two normal addresses are of one host, "www." and mobile versions aside."""
    one, two = urlsplit(first), urlsplit(second)
    return _SAME_SITE.sub("", one.hostname or "") == _SAME_SITE.sub("", two.hostname or "")


def is_home_page(address: str) -> bool:
    """Tell whether a normal address is the front page of its site."""
    parts = urlsplit(address)
    return not parts.query and re.fullmatch(
        r"/(?:vi/?|(?:index|default|home|trang-chu)(?:\.\w{2,5})?/?)?", parts.path, re.IGNORECASE
    ) is not None  # fmt: skip


def canonical(declared: str | None, address: str) -> str:
    """Return the identity of a page: what it declares where that can be believed.

    Content systems often declare their front page, or another site, as the canonical address of
    everything; then the page is known by its own address.

    Args:
        declared: `href` of `<link rel=canonical>`, absolute or relative to `address`.
        address: Where the page was finally fetched from, in normal form.
    """
    own = identity(address)
    if not declared or not declared.strip():
        return own
    try:
        found = identity(normalise(declared, address))
    except FetchRefused:
        return own
    if not is_same_site(found, own) or (is_home_page(found) and not is_home_page(own)):
        return own
    if own.startswith("https://") and found.startswith("http://"):
        # Left from before the site had a certificate: the page itself shows that https answers.
        return "https://" + found.removeprefix("http://")
    return found


def refuse_private(ip: IpAddress, host: str, *, allow_private: bool) -> None:
    """Check that an IP address is one of the public Internet.

    Args:
        ip: What the host resolves to.
        host: Its name, for the message.
        allow_private: Let private, loopback and shared (100.64.0.0/10) addresses pass. Link-local,
            multicast, reserved and cloud metadata addresses are no web sites, and never pass.

    Raises:
        FetchRefused: It is not public.
    """
    ip = _embedded(ip)
    if ip in _METADATA or _is_unusable(ip):
        raise FetchRefused(
            f"{host!r} trỏ tới {ip}, địa chỉ mạng không phải của trang web nào, nên không tải. "
            "Kiểm tra lại địa chỉ."
        )
    if not allow_private and not ip.is_global:
        raise FetchRefused(
            f"{host!r} trỏ tới {ip}, địa chỉ trong mạng nội bộ, nên không tải. {_ALLOW_PRIVATE}"
        )


def _is_unusable(ip: IpAddress) -> bool:
    if ip.is_loopback or ip in _SHARED:
        return False  # "::1" counts as reserved
    site_local = isinstance(ip, ipaddress.IPv6Address) and ip.is_site_local
    return (
        ip.is_link_local or ip.is_multicast or ip.is_reserved or ip.is_unspecified or site_local
    )  # fmt: skip


def _embedded(ip: IpAddress) -> IpAddress:
    """Return the IPv4 address that packets to an IPv6 address end at, or the address itself."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None) or ip


def _host(host: str, shown: str) -> str:
    if not host:
        raise FetchRefused(f"{shown}: thiếu tên máy chủ. Kiểm tra lại địa chỉ.")
    if ":" in host:  # urlsplit took the brackets off
        try:
            ip = ipaddress.IPv6Address(host.partition("%")[0])
        except ValueError as exc:
            raise FetchRefused(f"{shown}: địa chỉ IPv6 không hợp lệ. Kiểm tra lại.") from exc
        if "%" in host:
            raise FetchRefused(f"{shown}: địa chỉ IPv6 có vùng (“%…”) chỉ dùng trong mạng nội bộ.")
        return f"[{ip.compressed}]"
    if not host.isascii() or "%" in host:
        try:
            host = idna.encode(unquote(host), uts46=True).decode()
        except (idna.IDNAError, UnicodeError) as exc:
            raise FetchRefused(f"{shown}: tên miền không hợp lệ. Kiểm tra lại địa chỉ.") from exc
    host = host.lower().removesuffix(".")
    if len(host) > _MAX_HOST or not _HOST.fullmatch(host):
        raise FetchRefused(f"{shown}: tên máy chủ không hợp lệ. Kiểm tra lại địa chỉ.")
    if _NUMERIC.fullmatch(host.rpartition(".")[2]):
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError as exc:
            raise FetchRefused(
                f"{shown}: địa chỉ IP viết theo lối khác thường (một số, hệ 8, hệ 16) nên không "
                "tải. Viết đủ bốn số thập phân, ví dụ 203.0.113.7."
            ) from exc
    return host


def _without_dots(path: str) -> str:
    """Return the path without "." and ".." segments (RFC 3986 section 5.2.4)."""
    path = re.sub(r"%2e", ".", path, flags=re.IGNORECASE)
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            if len(kept) > 1:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/".join(kept)


def _encode(text: str, allowed: frozenset[str]) -> str:
    """Return text with every character either plain or percent-encoded, never one of two ways."""
    pieces = []
    position = 0
    for match in _ESCAPE.finditer(text):
        pieces.append(_quote(text[position : match.start()], allowed))
        character = chr(int(match[1], 16))
        pieces.append(character if character in _UNRESERVED else f"%{match[1].upper()}")
        position = match.end()
    pieces.append(_quote(text[position:], allowed))
    return "".join(pieces)


def _quote(text: str, allowed: frozenset[str]) -> str:
    return "".join(
        character
        if character in allowed
        else "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))
        for character in text
    )


def _is_tracking(parameter: str) -> bool:
    name = unquote(parameter.partition("=")[0]).lower()
    return name in _TRACKING or name.startswith(_TRACKING_PREFIX)
