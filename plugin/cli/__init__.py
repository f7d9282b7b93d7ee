"""The command line: thin commands over the desk, for people and scripts.

Every command has `--help` with an example, exits 0 on success, 2 on wrong use and 1 on failure with
a clear line on stderr. `--json` prints one JSON document; `--jsonl` reads and writes JSON lines and
never stops at a bad one.
"""

from __future__ import annotations

import sys

import click
from sqlalchemy.exc import SQLAlchemyError

from plugin import __version__
from plugin.cli import cases, codes, reading, service, users
from plugin.codes.load import ProviderError
from plugin.runtime import NotReady
from plugin.settings import SettingsError


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with: answerable doctor",
)
@click.version_option(__version__, prog_name="answerable")
def commands() -> None:
    """Answerable makes a telecom provider's complaints code of practice run."""


for _module in (service, cases, reading, codes, users):
    _module.add_to(commands)


def main() -> None:
    """The console script: known failures become one clear message on stderr, and exit 1."""
    try:
        commands(standalone_mode=True)
    except (SettingsError, ProviderError, NotReady) as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    except SQLAlchemyError as error:
        # The statement and its values stay out: they may hold what a customer wrote.
        cause = getattr(error, "orig", None)
        said = " ".join(str(cause or type(error).__name__).split())[:300]
        click.echo(f"the database could not do it: {said}", err=True)
        sys.exit(1)
