"""The `kb` command: a group whose commands other packages register as entry points.

A command is the click command that an entry point of the group `kb.commands` names, so this
module needs no package above `kb`, and calling one command imports only that one.
"""

import gettext
import json
import logging
import os
import sys
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import click

from kb.errors import KbError
from kb.log import configure
from kb.settings import Settings, load_settings

ENTRY_POINT_GROUP = "kb.commands"


_LOCALE = Path(__file__).parent / "locale"


class _LazyGroup(click.Group):
    """A group that imports a command when it is called."""

    def _entry_points(self) -> dict[str, EntryPoint]:
        return {entry.name: entry for entry in entry_points(group=ENTRY_POINT_GROUP)}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self._entry_points())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = self._entry_points().get(cmd_name)
        if entry is None:
            return None
        command: click.Command = entry.load()
        return command


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Cơ sở tri thức về mô hình, cách làm hay: tìm kiếm và trả lời có trích dẫn nguồn."""


def settings_of_environment() -> Settings:
    """Return the settings in force, with logging set up for a command."""
    settings = load_settings()
    configure(settings.log_level)
    return settings


def print_json(data: Mapping[str, Any] | list[Any]) -> None:
    """Write data as one JSON document to standard output."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))


def main() -> None:
    """Run the command line; our errors go to standard error with exit code 1."""
    _speak_vietnamese()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        cli(standalone_mode=False)
    except KbError as exc:
        if logging.getLogger().isEnabledFor(logging.DEBUG):
            logging.getLogger(__name__).debug("command failed", exc_info=exc)
        click.echo(f"Lỗi [{exc.code}]: {exc}", err=True)
        sys.exit(1)
    except click.ClickException as exc:
        exc.show()
        sys.exit(exc.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Đã dừng theo yêu cầu.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        # The reader (`head`) has gone; the interpreter must not try to flush to it again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _speak_vietnamese() -> None:
    """Let click's own texts ("Usage", "Missing argument") come from our catalogue."""
    os.environ["LANGUAGE"] = "vi"
    gettext.bindtextdomain("kb", str(_LOCALE))
    gettext.textdomain("kb")
