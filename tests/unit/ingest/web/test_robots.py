import pytest

from ingest.web.robots import MAX_CRAWL_DELAY, Robots, RobotsAnswer
from kb.errors import FetchRefused, SourceUnavailable

PAGE = "https://bao.vn/a"


def robots(text: str, status: int = 200) -> Robots:
    return Robots(lambda address: RobotsAnswer(status, text.encode()), "mohinh-kb/0.1 (thu)")


def test_rules_for_this_program_win_over_those_for_all():
    rules = robots("User-agent: *\nDisallow: /\n\nUser-agent: MoHinh-KB\nDisallow: /b\n")
    rules.check(PAGE)
    with pytest.raises(FetchRefused, match=r"https://bao\.vn/robots\.txt"):
        rules.check("https://bao.vn/b/c")


def test_longer_rule_wins_and_wildcards_count():
    rules = robots(
        "\ufeffUser-agent: *\nDisallow: /tin/*.pdf$\nDisallow: /x/\nAllow: /x/cong-khai/"
    )
    rules.check("https://bao.vn/x/cong-khai/1")
    rules.check("https://bao.vn/tin/a.pdf?b")
    for path in ("/x/1", "/tin/a.pdf"):
        with pytest.raises(FetchRefused):
            rules.check(f"https://bao.vn{path}")


def test_vietnamese_paths_are_compared_percent_encoded():
    rules = robots("User-agent: *\nDisallow: /nội-bộ/\n")
    with pytest.raises(FetchRefused):
        rules.check("https://bao.vn/n%E1%BB%99i-b%E1%BB%99/a")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_refused_file_allows_everything(status):
    robots("User-agent: *\nDisallow: /", status).check(PAGE)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_server_error_allows_nothing_for_now(status):
    with pytest.raises(SourceUnavailable, match=str(status)):
        robots("", status).check(PAGE)


def test_each_site_is_asked_once_even_when_it_fails():
    asked = []

    def get(address):
        asked.append(address)
        if "hong" in address:
            raise SourceUnavailable("hỏng")
        return RobotsAnswer(200, b"User-agent: *\nCrawl-delay: 3")

    rules = Robots(get, "x")
    for _ in range(2):
        rules.check(PAGE)
        rules.check("http://bao.vn/a")
        with pytest.raises(SourceUnavailable):
            rules.check("https://hong.vn/")
    assert asked == [
        "https://bao.vn/robots.txt", "http://bao.vn/robots.txt", "https://hong.vn/robots.txt",
    ]  # fmt: skip
    assert rules.delay("https://hong.vn/") == 0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("", 0),
        ("User-agent: *\nCrawl-delay: 2.5", 2.5),
        ("User-agent: *\nRequest-rate: 1/10s", 10),
        ("User-agent: *\nCrawl-delay: 86400", MAX_CRAWL_DELAY),
        ("User-agent: *\nCrawl-delay: mai", 0),
        ("User-agent: khac\nCrawl-delay: 9", 0),
    ],
)
def test_pause_is_what_the_site_asks_within_bounds(text, seconds):
    assert robots(text).delay(PAGE) == seconds
