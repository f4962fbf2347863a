import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.web.addresses import (
    canonical,
    display,
    identity,
    is_address,
    is_home_page,
    is_same_site,
    normalise,
    refuse_private,
    site_key,
)
from kb.errors import FetchRefused


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("HTTP://Bao.VN", "http://bao.vn/"),
        ("http://bao.vn:80/a", "http://bao.vn/a"),
        ("https://bao.vn:443", "https://bao.vn/"),
        ("https://bao.vn:80/", "https://bao.vn:80/"),
        ("https://bao.vn./a", "https://bao.vn/a"),
        ("  https://bao.vn/a#phan-2 ", "https://bao.vn/a"),
        ("https://bao.vn/a/./b/../c", "https://bao.vn/a/c"),
        ("https://bao.vn/../../a/..", "https://bao.vn/"),
        ("https://bao.vn/%7Ea/%e1%ba%a1", "https://bao.vn/~a/%E1%BA%A1"),
        ("https://bao.vn/ạ b", "https://bao.vn/%E1%BA%A1%20b"),
        ("https://bao.vn/a%2fb", "https://bao.vn/a%2Fb"),
        ("https://bao.vn/100%", "https://bao.vn/100%25"),
        ("https://bao.vn/?q=a+b&q=", "https://bao.vn/?q=a+b&q="),
        ("https://báo.vn/", "https://xn--bo-mia.vn/"),
        ("https://b%C3%A1o.vn/", "https://xn--bo-mia.vn/"),
        ("https://ủy_ban.vn/", None),
        ("https://uy_ban.vn/", "https://uy_ban.vn/"),
        ("http://[2606:4700:0:0::1111]/", "http://[2606:4700::1111]/"),
        ("http://203.0.113.7/", "http://203.0.113.7/"),
        ("http://２０３.0.113.7/", "http://203.0.113.7/"),
    ],
)
def test_normal_form(written, expected):
    if expected is None:
        with pytest.raises(FetchRefused, match="tên miền"):
            normalise(written)
    else:
        assert normalise(written) == expected


@pytest.mark.parametrize(
    "written",
    [
        "", "bao.vn/a", "//bao.vn/", "ftp://bao.vn/", "file:///etc/passwd", "javascript:alert(1)",
        "data:text/html,x", "http://", "http:///a", "http://a:b@bao.vn/",
        "http://bao.vn\\@127.0.0.1/",
        "http://bao..vn/", "http://-bao.vn/", "http://bao.vn:0/", "http://bao.vn:70000/",
        "http://bao.vn:x/", "http://[::1", "http://[fe80::1%25eth0]/",
        "http://" + "a." * 130 + "vn/",
        "http://ba o.vn/", "http://bao.vn/" + "a" * 9000,
    ],
)  # fmt: skip
def test_what_is_no_address_of_the_web_is_refused(written):
    with pytest.raises(FetchRefused):
        normalise(written)


@pytest.mark.parametrize(
    "host",
    ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "127.0.1", "0x7f.0.0.1", "①27.1",
     "1.2.3.4.5", "bao.0x1", "999.1.1.1"],
)  # fmt: skip
def test_odd_notations_of_ip_addresses_are_refused(host):
    with pytest.raises(FetchRefused, match="khác thường"):
        normalise(f"http://{host}/")


def test_references_are_resolved_against_their_page():
    assert normalise("../c?x#y", "https://bao.vn/a/b/") == "https://bao.vn/a/c?x"
    assert normalise("//khac.vn/c", "https://bao.vn/a") == "https://khac.vn/c"


@given(st.text(max_size=60), st.sampled_from(["", "http://", "https://bao.vn/", "http://bao.vn/?"]))
def test_normal_form_is_stable_or_refused(text, start):
    try:
        once = normalise(start + text)
    except FetchRefused:
        return
    assert normalise(once) == once
    assert once.isascii()
    assert identity(identity(once)) == identity(once)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("https://bao.vn/a?utm_source=x&UTM_Campaign=y&id=7&fbclid=z", "https://bao.vn/a?id=7"),
        ("https://bao.vn/a?zarsrc=31&gclid=1", "https://bao.vn/a"),
        ("https://bao.vn/a?b=2&a=1", "https://bao.vn/a?b=2&a=1"),
        ("https://bao.vn/a?my_utm_source=1", "https://bao.vn/a?my_utm_source=1"),
    ],
)
def test_identity_loses_what_counts_clicks_and_nothing_else(written, expected):
    assert identity(written) == expected


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        (None, "https://www.bao.vn/bai?id=7"),
        (" ", "https://www.bao.vn/bai?id=7"),
        ("/bai.html", "https://www.bao.vn/bai.html"),
        ("https://bao.vn/bai.html?utm_source=a#b", "https://bao.vn/bai.html"),
        ("https://m.bao.vn/bai", "https://m.bao.vn/bai"),
        ("http://bao.vn/bai", "https://bao.vn/bai"),
        ("https://bao.vn/", "https://www.bao.vn/bai?id=7"),
        ("https://bao.vn/index.html", "https://www.bao.vn/bai?id=7"),
        ("https://bao.com.vn/bai", "https://www.bao.vn/bai?id=7"),
        ("https://bao.vn.ke-xau.example/bai", "https://www.bao.vn/bai?id=7"),
        ("javascript:void(0)", "https://www.bao.vn/bai?id=7"),
        ("https://u:p@bao.vn/bai", "https://www.bao.vn/bai?id=7"),
    ],
)
def test_canonical_address_is_believed_within_its_site_and_away_from_the_front_page(
    declared, expected
):
    assert canonical(declared, "https://www.bao.vn/bai?id=7&fbclid=1") == expected


def test_front_page_may_call_itself_canonical():
    assert canonical("https://bao.vn/", "https://www.bao.vn/") == "https://bao.vn/"
    assert is_home_page("https://bao.vn/vi/")
    assert not is_home_page("https://bao.vn/?id=1")
    assert not is_home_page("https://bao.vn/vi/bai")


def test_sites_are_told_apart():
    assert is_same_site("https://www.bao.vn/", "http://m.bao.vn/a")
    assert not is_same_site("https://a.gov.vn/", "https://b.gov.vn/")
    assert not is_same_site("https://m.vn/", "https://www.vn/")
    assert site_key("https://bao.vn:8443/a?b") == "https://bao.vn:8443"


PUBLIC = ["8.8.8.8", "203.162.0.1", "2606:4700::1111", "64:ff9b::808:808"]
PRIVATE = [
    "127.0.0.1", "127.9.9.9", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1",
    "100.127.255.254", "::1", "fd12::1", "::ffff:127.0.0.1", "::ffff:192.168.0.1",
    "64:ff9b::7f00:1", "2002:7f00:1::", "2002:a00:1::1",
]  # fmt: skip
NEVER = [
    "0.0.0.0", "169.254.169.254", "169.254.1.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::",
    "fe80::1", "ff02::1", "fec0::1", "fd00:ec2::254", "100.100.100.200", "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::", "::127.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("text", PUBLIC)
def test_public_ip_addresses_pass(text):
    refuse_private(ipaddress.ip_address(text), "bao.vn", allow_private=False)


@pytest.mark.parametrize("text", PRIVATE)
def test_private_ip_addresses_pass_only_when_allowed(text):
    with pytest.raises(FetchRefused, match=r"bao\.vn.*KB_WEB__ALLOW_PRIVATE"):
        refuse_private(ipaddress.ip_address(text), "bao.vn", allow_private=False)
    refuse_private(ipaddress.ip_address(text), "bao.vn", allow_private=True)


@pytest.mark.parametrize("text", NEVER)
@pytest.mark.parametrize("allow", [False, True])
def test_ip_addresses_of_no_web_site_never_pass(text, allow):
    with pytest.raises(FetchRefused):
        refuse_private(ipaddress.ip_address(text), "bao.vn", allow_private=allow)


def test_arguments_for_the_web_are_recognised():
    for text in ("https://bao.vn", "HTTP://bao.vn", "list:a.txt", "nguon/bai.URLS"):
        assert is_address(text)
    for text in ("bao.vn", "a.html", "httpd/a.txt", "C:\\a.docx"):
        assert not is_address(text)


def test_reports_show_no_credentials_and_no_control_characters():
    assert display("https://u:p@bao.vn/a\x1b[31m") == "https://…@bao.vn/a�[31m"
    assert len(display("https://bao.vn/" + "a" * 999)) == 201


def test_address_that_is_too_long_to_be_a_key_is_refused_with_a_remedy():
    assert len(normalise("https://bao.vn/" + "a" * 1_985)) == 2_000
    for path in ("a" * 1_986, "ă" * 400):
        with pytest.raises(FetchRefused, match=r"dài quá 2000 ký tự\. Lưu trang ra tệp"):
            normalise(f"https://bao.vn/{path}")
