"""Who may change the knowledge base, asked of every route that changes it."""

import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from ingest.remote import TOKEN_FILE
from kb.embedders.hashing import HashingEmbedder
from kb.errors import StoreUnavailable
from kb.settings import Settings
from service.app import create_app
from service.permissions import create_token, remove_token

HERE, LOOPBACK = "http://127.0.0.1", ("127.0.0.1", 50000)
ELSEWHERE = ("203.0.113.9", 50000)
# These read; everything else that is no GET changes something.
READERS = {
    ("POST", "/v1/search"),
    ("POST", "/v1/answer"),
    ("POST", "/v1/briefs"),
    ("POST", "/hoi-tiep"),
}
CHANGES = {
    ("POST", "/v1/documents"),
    ("DELETE", "/v1/documents/{document_id}"),
    ("POST", "/v1/ingest"),
    ("POST", "/v1/jobs/{job_id}/cancel"),
    ("POST", "/v1/dead-letters/retry"),
    ("POST", "/jobs"),
    ("POST", "/jobs/dismiss"),
    ("POST", "/jobs/{job_id}/cancel"),
}


@pytest.fixture
def local(empty_client: TestClient) -> TestClient:
    """A program on the machine of the service."""
    return TestClient(empty_client.app, base_url=HERE, client=LOOPBACK)


@pytest.fixture
def stranger(empty_client: TestClient) -> TestClient:
    """A program on another machine."""
    return TestClient(empty_client.app, base_url=HERE, client=ELSEWHERE)


def token_of(settings: Settings) -> dict[str, str]:
    token = (settings.data_dir / TOKEN_FILE).read_text(encoding="utf-8")
    return {"Authorization": f"Bearer {token}"}


def retry(client: TestClient, **headers: str) -> int:
    """Ask for the smallest change, and return the status."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post("/v1/dead-letters/retry", headers=named).status_code


def operations(client: TestClient) -> set[tuple[str, str]]:
    """Every method and path of the application, those too that the API guide leaves out."""
    pending, found = list(client.app.routes), set()
    while pending:
        route = pending.pop()
        router = getattr(route, "original_router", None)
        pending += list(getattr(router, "routes", ()))
        found |= {(method, route.path) for method in getattr(route, "methods", None) or ()}
    return found


def test_every_route_that_changes_something_is_known_here(empty_client):
    found = {pair for pair in operations(empty_client) if pair[0] not in {"GET", "HEAD"}}
    assert found - READERS == CHANGES


@pytest.mark.parametrize(("method", "path"), sorted(CHANGES))
def test_strangers_are_refused_everywhere_and_nothing_happens(stranger, method, path):
    response = stranger.request(method, re.sub(r"{\w+}", "x", path), json={"urls": ["http://a.vn"]})
    assert (response.status_code, response.json()["code"]) == (403, "access_denied")
    assert stranger.get("/v1/jobs").json()["total"] == 0


def test_reading_is_open_to_strangers(stranger):
    for path in ("/v1/jobs", "/v1/dead-letters", "/v1/documents", "/jobs", "/"):
        assert stranger.get(path).status_code == 200


def test_the_key_of_the_service_opens(stranger, settings):
    assert retry(stranger, **token_of(settings)) == 202


def test_the_key_is_asked_for_by_its_scheme(stranger, settings):
    key = token_of(settings)["Authorization"].removeprefix("Bearer ")
    assert retry(stranger, Authorization=f"bearer {key}") == 202
    for header in (
        key,
        f"Basic {key}",
        "Bearer",
        "Bearer ",
        f"Bearer {key[:-1]}",
        f"Bearer {key}x",
    ):
        assert retry(stranger, Authorization=header) == 403
    sent = {"Authorization": "Bearer khóa".encode()}
    assert stranger.post("/v1/dead-letters/retry", headers=sent).status_code == 403


def with_service(settings: Settings, **changes: object) -> Settings:
    service = settings.service.model_copy(update=changes)
    return settings.model_copy(update={"service": service})


@pytest.fixture
def open_to_all(settings: Settings) -> Iterator[TestClient]:
    """A service on all addresses with a key in its settings, asked from its own machine."""
    changed = with_service(settings, host="0.0.0.0", token="khoa-cua-co-quan")
    app = create_app(changed, embedder=HashingEmbedder())
    with TestClient(app, base_url=HERE, client=LOOPBACK) as client:
        yield client


def test_the_key_of_the_settings_opens_beside_the_one_of_the_service(open_to_all, settings):
    assert retry(open_to_all, Authorization="Bearer khoa-cua-co-quan") == 202
    assert retry(open_to_all, **token_of(settings)) == 202
    assert retry(open_to_all, Authorization="Bearer khoa-khac") == 403


def test_a_service_on_all_addresses_wants_the_key_from_its_own_machine_too(open_to_all):
    # Behind a proxy everybody seems to be on this machine.
    assert retry(open_to_all) == 403


def test_an_empty_key_in_the_settings_is_no_key(stranger):
    assert retry(stranger, Authorization="Bearer  ") == 403


def test_programs_on_this_machine_need_no_key(local, empty_client):
    assert retry(local) == 202
    named = TestClient(empty_client.app, base_url="http://localhost:8000", client=LOOPBACK)
    assert retry(named) == 202
    sixth = TestClient(empty_client.app, base_url="http://[::1]:8000", client=("::1", 50000))
    assert retry(sixth) == 202


def test_files_of_the_machine_need_the_key_even_from_this_machine(local, settings, tmp_path):
    body = {"targets": [str(tmp_path)]}
    refused = local.post("/v1/ingest", json=body)
    assert refused.status_code == 403
    assert TOKEN_FILE in refused.json()["detail"]
    assert local.post("/v1/ingest", json=body, headers=token_of(settings)).status_code == 202


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "http://127.0.0.1:81", "http://127.0.0.1.evil.example", "null", "",
     "http://[", "http://evil.example/127.0.0.1"],
)  # fmt: skip
def test_pages_of_other_sites_are_refused(local, origin):
    assert retry(local, Origin=origin) == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site", "bat-ky"])
def test_what_a_browser_says_to_come_from_elsewhere_is_refused(local, site):
    assert retry(local, Sec_Fetch_Site=site) == 403


def test_own_pages_and_typed_addresses_pass(local):
    assert retry(local, Origin=HERE, Sec_Fetch_Site="same-origin") == 202
    assert retry(local, Sec_Fetch_Site="none") == 202


@pytest.mark.parametrize("name", ["evil.example", "127.0.0.1.evil.example", "", "[", "0.0.0.0"])
def test_names_that_only_lead_here_are_refused(local, name):
    # DNS rebinding: the browser believes to talk to the other site, in its own name.
    assert retry(local, Host=name) == 403
    assert retry(local, Host=name, Origin=f"http://{name}", Sec_Fetch_Site="same-origin") == 403


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_what_a_proxy_passes_on_is_refused(local, header):
    assert retry(local, **{header: "127.0.0.1"}) == 403


def test_a_foreign_page_with_the_key_passes(local, settings):
    # Only who holds the key can send it; a form of another site cannot.
    assert retry(local, Origin="http://portal.example", **token_of(settings)) == 202


def test_the_key_is_for_its_owner_alone_from_its_first_moment(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "chmod", lambda *_: None)
    (tmp_path / TOKEN_FILE).write_text("cũ", encoding="utf-8")
    token = create_token(tmp_path)
    path = tmp_path / TOKEN_FILE
    assert path.read_text(encoding="utf-8") == token
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == [TOKEN_FILE]


def test_every_run_has_another_key_and_the_end_takes_it_away(tmp_path):
    first, second = create_token(tmp_path), create_token(tmp_path)
    assert first != second
    assert len(first) >= 40
    remove_token(tmp_path)
    assert list(tmp_path.iterdir()) == []
    remove_token(tmp_path)


def test_a_directory_that_takes_no_key_is_named(tmp_path):
    with pytest.raises(StoreUnavailable, match="quyền ghi"):
        create_token(tmp_path / "khong-co")
