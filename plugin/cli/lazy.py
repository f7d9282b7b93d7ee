"""A group whose commands are imported when they are used.

What the list of commands says of each is written down beside it, and a test holds it against the
command's own help, so that `--help` imports nothing either.
"""

from __future__ import annotations

import gc
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click


@dataclass(frozen=True, slots=True)
class Lazy:
    """Where a command lies: a module of `plugin.cli` and a name in it; `says`: its short help."""

    module: str
    name: str
    says: str

    def load(self) -> click.Command:
        """Import it."""
        # What is imported stays: looking through it for garbage, now and later, is a sixth of what
        # a short command costs.
        gc.disable()
        try:
            found = getattr(importlib.import_module(f"plugin.cli.{self.module}"), self.name)
        finally:
            gc.enable()
        gc.freeze()
        assert isinstance(found, click.Command)
        return found


class LazyGroup(click.Group):
    """A click group over a table of `Lazy` commands."""

    def __init__(self, *args: Any, lazy: Mapping[str, Lazy], **more: Any) -> None:
        super().__init__(*args, **more)
        self.lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in alphabetical order."""
        return sorted({*super().list_commands(ctx), *self.lazy})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now; None where there is none."""
        found = self.lazy.get(cmd_name)
        return found.load() if found else super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table, importing none."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, one.says) for name, one in sorted(self.lazy.items())])
