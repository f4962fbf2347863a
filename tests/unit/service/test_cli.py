import socket

import click
import pytest

from kb.settings import load_settings
from service.app import service_url
from service.cli import _greeting, _listen


def _settings(host: str, port: int):
    return load_settings(service={"host": host, "port": port})


def test_a_port_in_use_is_said_with_a_remedy():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(click.ClickException, match=f"Cổng {port} đã có .* --port {port + 1}"):
            _listen("127.0.0.1", port)


def test_an_address_of_another_machine_is_said():
    with pytest.raises(click.ClickException, match=r"--host 127\.0\.0\.1"):
        _listen("192.0.2.1", 0)
    with pytest.raises(click.ClickException, match="--host"):
        _listen("khong-co.invalid", 0)


def test_the_url_can_be_opened():
    assert service_url(_settings("127.0.0.1", 0)) is None
    assert service_url(_settings("0.0.0.0", 8000)) == "http://127.0.0.1:8000"
    assert service_url(_settings("::1", 81)) == "http://[::1]:81"
    assert "http://127.0.0.1:99" in _greeting(_settings("127.0.0.1", 0), 99)
    assert "mọi địa chỉ" in _greeting(_settings("0.0.0.0", 0), 99)
