import pytest

from ingest.web.feeds import read_feed, read_list, read_sitemap
from kb.errors import ExtractionFailed, SourceUnavailable, UnsafeSource, UnsupportedSource

FEED = "https://bao.vn/tin/rss"
SITEMAP = "https://bao.vn/sitemap.xml"
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def test_rss_gives_links_and_counts_entries_without_one():
    listing = read_feed(
        """<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>
        <link>https://bao.vn/</link>
        <item><title>Một</title><link> https://bao.vn/1 </link></item>
        <item><title>Hai</title><link>../2?a=1&amp;b=2</link></item>
        <item><title>Ba</title><guid isPermaLink="true">https://bao.vn/3</guid></item>
        <item><title>Bốn</title></item></channel></rss>""".encode(),
        FEED,
        "text/xml",
    )
    assert listing.addresses == ("https://bao.vn/1", "https://bao.vn/2?a=1&b=2", "https://bao.vn/3")
    assert [str(problem) for problem in listing.problems] == [
        f"{FEED}: 1 mục của nguồn tin không có liên kết, không có gì để tải."
    ]


def test_atom_and_rdf_are_feeds_too():
    atom = b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://bao.vn/x/">
        <link rel="self" href="/atom"/><entry><link rel="alternate" href="1"/></entry></feed>"""
    rdf = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
        xmlns="http://purl.org/rss/1.0/"><item><link>https://bao.vn/2</link></item></rdf:RDF>"""
    assert read_feed(atom, FEED, "").addresses == ("https://bao.vn/x/1",)
    assert read_feed(rdf, FEED, "text/xml; charset=utf-8").addresses == ("https://bao.vn/2",)


def test_feed_that_is_no_xml_is_mended():
    broken = b"<rss version='2.0'><channel><item><link>/1?a=1&b</link><br></item></channel>"
    assert read_feed(broken, FEED, "text/xml").addresses == ("https://bao.vn/1?a=1&b",)


def test_feed_without_entries_is_an_empty_list():
    empty = b"<rss version='2.0'><channel><title>a</title></channel></rss>"
    assert read_feed(empty, FEED, "").addresses == ()
    odd = b"<?xml version='1.0' encoding='us-ascii'?>" + empty
    assert read_feed(odd, FEED, "text/xml; charset=utf-8").addresses == ()


@pytest.mark.parametrize("data", [b"<rss>", b"", b"<?xml version='1.0' encoding='\xf5'?><rss/>"])
def test_what_is_no_feed_is_broken(data):
    with pytest.raises(ExtractionFailed, match=FEED):
        read_feed(data, FEED, "text/xml")


def test_overlong_feed_is_unsupported():
    with pytest.raises(UnsupportedSource, match=r"\.urls"):
        read_feed(b"<rss>" + b" " * 5_000_000, FEED, "text/xml")


def test_feed_is_never_taken_for_the_name_of_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "feed").write_bytes(
        b"<rss version='2.0'><channel><item><link>/bi-mat</link></item></channel></rss>"
    )
    with pytest.raises(ExtractionFailed):
        read_feed(b"feed", FEED, "text/xml")


def test_sitemap_gives_pages_but_not_their_pictures():
    listing = read_sitemap(
        f"""<?xml version="1.0"?><urlset xmlns="{NAMESPACE}" xmlns:image="urn:anh">
        <url><loc>
          https://bao.vn/1?a=1&amp;b=2 </loc><image:image><image:loc>https://bao.vn/a.jpg</image:loc>
        </image:image></url><url><lastmod>2026-11-02</lastmod></url></urlset>""".encode(),
        SITEMAP,
    )
    assert listing.addresses == ("https://bao.vn/1?a=1&b=2",)
    assert len(listing.problems) == 1


def test_sitemap_index_and_sitemap_without_namespace():
    index = f'<sitemapindex xmlns="{NAMESPACE}"><sitemap><loc>https://bao.vn/1.xml</loc></sitemap></sitemapindex>'
    assert read_sitemap(index.encode(), SITEMAP).addresses == ("https://bao.vn/1.xml",)
    plain = b"<urlset><url><loc>https://bao.vn/1</loc></url></urlset>"
    assert read_sitemap(plain, SITEMAP).addresses == ("https://bao.vn/1",)


@pytest.mark.parametrize(
    "data",
    [b"<urlset><url>", b"", b"<?xml version='1.0' encoding='bogus'?><urlset/>"],
)
def test_broken_sitemap_is_reported(data):
    with pytest.raises(ExtractionFailed, match="sitemap"):
        read_sitemap(data, SITEMAP)


ENTITY = '<!DOCTYPE a [<!ENTITY b "x">]><urlset/>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
def test_declared_entities_are_unsafe_in_any_encoding(encoding):
    with pytest.raises(UnsafeSource, match="entity"):
        read_sitemap(ENTITY.encode(encoding), SITEMAP)
    with pytest.raises(UnsafeSource):
        read_feed(ENTITY.encode(encoding), FEED, "text/xml")


def test_document_type_without_entities_is_harmless():
    data = (
        b'<!DOCTYPE urlset SYSTEM "http://127.0.0.1/a.dtd"><urlset><url><loc>u</loc></url></urlset>'
    )
    assert read_sitemap(data, SITEMAP).addresses == ("u",)


def test_list_has_one_address_a_line(tmp_path):
    path = tmp_path / "bai.urls"
    path.write_bytes("\ufeff# ghi chú\r\nhttps://bao.vn/1#a  # bài một\r\n\r\n hai \r\n".encode())
    assert read_list(path).addresses == ("https://bao.vn/1#a", "hai")


def test_unreadable_list_is_reported(tmp_path):
    with pytest.raises(SourceUnavailable, match=r"mat\.urls"):
        read_list(tmp_path / "mat.urls")
    path = tmp_path / "cu.urls"
    path.write_bytes(b"\xff\xfehttp")
    with pytest.raises(ExtractionFailed, match="UTF-8"):
        read_list(path)
