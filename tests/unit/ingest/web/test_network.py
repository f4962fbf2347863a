import ipaddress
import socket

import httpcore
import pytest

from ingest.web import network
from ingest.web.network import Deadline, GuardedBackend, resolve_host
from kb.errors import FetchRefused, SourceUnavailable


class Sockets(httpcore.NetworkBackend):
    """Connects to nothing; some addresses do not answer."""

    def __init__(self, dead: frozenset[str] = frozenset()) -> None:
        self.dead = dead
        self.asked: list[str] = []

    def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        self.asked.append(host)
        if host in self.dead:
            raise httpcore.ConnectError(host)
        return httpcore.MockStream([b"hello"])


def backend(sockets: Sockets, *found: str, deadline: Deadline | None = None, private=False):
    return GuardedBackend(
        deadline or Deadline(),
        allow_private=private,
        resolve=lambda host: [ipaddress.ip_address(text) for text in found],
        inner=sockets,
    )


def test_next_address_is_tried_when_the_first_does_not_answer():
    sockets = Sockets(frozenset({"2606:4700::1"}))
    backend(sockets, "2606:4700::1", "8.8.8.8").connect_tcp("bao.vn", 80)
    assert sockets.asked == ["2606:4700::1", "8.8.8.8"]
    with pytest.raises(httpcore.ConnectError):
        backend(sockets, "2606:4700::1").connect_tcp("bao.vn", 80)


def test_private_addresses_among_public_ones_are_never_connected_to():
    sockets = Sockets(frozenset({"8.8.8.8"}))
    with pytest.raises(httpcore.ConnectError):
        backend(sockets, "10.0.0.1", "8.8.8.8", "127.0.0.1").connect_tcp("bao.vn", 80)
    assert sockets.asked == ["8.8.8.8"]


def test_name_that_leads_only_inside_is_refused_before_connecting():
    sockets = Sockets()
    with pytest.raises(FetchRefused, match=r"10\.0\.0\.1"):
        backend(sockets, "10.0.0.1").connect_tcp("bao.vn", 80)
    with pytest.raises(SourceUnavailable, match="không có địa chỉ"):
        backend(sockets).connect_tcp("bao.vn", 80)
    assert sockets.asked == []
    backend(sockets, "10.0.0.1", private=True).connect_tcp("bao.vn", 80)
    assert sockets.asked == ["10.0.0.1"]


def test_literal_ip_address_is_judged_without_asking_the_name_server():
    sockets = Sockets()
    for host in ("127.0.0.1", "::1", "[::1]"):
        with pytest.raises(FetchRefused):
            backend(sockets, "8.8.8.8").connect_tcp(host, 80)
    assert sockets.asked == []


def test_sockets_of_this_machine_are_out_of_reach():
    with pytest.raises(FetchRefused):
        backend(Sockets(), "8.8.8.8").connect_unix_socket("/run/docker.sock")


def test_every_step_of_a_connection_ends_by_the_deadline():
    now = [0.0]
    deadline = Deadline(lambda: now[0])
    stream = backend(Sockets(), "8.8.8.8", deadline=deadline).connect_tcp("bao.vn", 80)
    deadline.start(5)
    assert (deadline.bound(20), deadline.bound(2), deadline.bound(None)) == (5, 2, 5)
    assert stream.read(10, 1) == b"hello"
    now[0] = 5.0
    assert deadline.is_over
    for step in (lambda: stream.read(10, 1), lambda: stream.write(b"x", 1)):
        with pytest.raises(httpcore.ReadTimeout):
            step()


def test_names_are_resolved_once_each_and_without_scopes(monkeypatch):
    def found(host, port, **options):
        assert (host, port, options) == ("bao.vn", None, {"type": socket.SOCK_STREAM})
        return [
            (0, 0, 0, "", ("fe80::1%eth0", 0, 0, 2)),
            (0, 0, 0, "", ("8.8.8.8", 0)),
            (0, 0, 0, "", ("8.8.8.8", 0)),
        ]

    monkeypatch.setattr(network.socket, "getaddrinfo", found)
    assert [str(ip) for ip in resolve_host("bao.vn")] == ["fe80::1", "8.8.8.8"]


def test_unknown_name_is_told_from_a_name_server_that_does_not_answer(monkeypatch):
    def fail(code):
        def raise_(*args, **kwargs):
            raise socket.gaierror(code, "x")

        monkeypatch.setattr(network.socket, "getaddrinfo", raise_)

    fail(socket.EAI_NONAME)
    with pytest.raises(SourceUnavailable, match=r"bao\.vn"):
        resolve_host("bao.vn")
    fail(socket.EAI_AGAIN)
    with pytest.raises(httpcore.ConnectError):
        resolve_host("bao.vn")
