"""Command `kb serve`."""

import asyncio
import errno
import logging
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import click
import uvicorn

from kb.cli import settings_of_environment
from kb.settings import Settings
from service.app import create_app, service_url

_BACKLOG = 2048
_GRACE_SECONDS = 10


class _Server(uvicorn.Server):
    """A server that stops on a signal and leaves the rest of the shutdown to its caller.

    uvicorn raises the signal again once it has stopped, which would end the process before the
    knowledge base is closed.
    """

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let SIGINT and SIGTERM ask for a graceful stop; a second one does not wait."""
        kept = {
            number: signal.signal(number, self.handle_exit)
            for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            for number, handler in kept.items():
                signal.signal(number, handler)


@click.command("serve", short_help="Mở dịch vụ web.")
@click.option("--host", help="Địa chỉ lắng nghe; mặc định theo KB_SERVICE__HOST (127.0.0.1).")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Cổng; mặc định theo KB_SERVICE__PORT (8000); 0 là cổng trống bất kỳ.",
)
def serve(host: str | None, port: int | None) -> None:
    """Mở trang web cho cán bộ và API cho các cổng thông tin; dừng bằng Ctrl+C."""
    settings = settings_of_environment()
    # uvicorn reports every connection at INFO; its errors still reach our handler.
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    changes = {"host": host, "port": port}
    service = settings.service.model_copy(
        update={key: value for key, value in changes.items() if value is not None}
    )
    asyncio.run(_serve(settings.model_copy(update={"service": service})))
    click.echo("Đã dừng dịch vụ.", err=True)


async def _serve(settings: Settings) -> None:
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        lifespan="off",  # ours surrounds the server, so that its errors reach the command line
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    async with app.router.lifespan_context(app):
        listener = _listen(settings.service.host, settings.service.port)
        try:
            click.echo(_greeting(settings, listener.getsockname()[1]), err=True)
            await _Server(config).serve(sockets=[listener])
        finally:
            listener.close()


def _greeting(settings: Settings, port: int) -> str:
    """Return where the service is, given the port that it got."""
    service = settings.service.model_copy(update={"port": port})
    url = service_url(settings.model_copy(update={"service": service}))
    everywhere = " (mọi địa chỉ của máy này)" if service.host in {"", "0.0.0.0", "::"} else ""
    return f"Đang phục vụ tại {url}{everywhere} ... Dừng bằng Ctrl+C."


def _listen(host: str, port: int) -> socket.socket:
    """Return a bound socket.

    Raises:
        click.ClickException: The port is taken or forbidden, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as exc:
        listener.close()
        raise click.ClickException(_bind_message(exc, host, port)) from exc
    listener.set_inheritable(True)
    return listener


def _bind_message(error: OSError, host: str, port: int) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return (
                f"Cổng {port} đã có chương trình khác dùng. Dừng chương trình đó, hoặc chọn cổng "
                f"khác: kb serve --port {port + 1 if port < 65535 else 8000}"
            )
        case errno.EACCES:
            return f"Không có quyền mở cổng {port}. Chọn cổng từ 1024 trở lên: kb serve --port 8000"
        case _:
            return (
                f"Không mở được địa chỉ {host!r} cổng {port}: {error.strerror}. "
                "Dùng --host 127.0.0.1 (chỉ máy này) hoặc --host 0.0.0.0 (mọi địa chỉ)."
            )
