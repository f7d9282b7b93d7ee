"""The command line: thin commands over the desk, for people and scripts.

Every command has `--help` with an example, exits 0 on success, 2 on wrong use and 1 on failure with
a clear line on stderr. `--json` prints one JSON document; `--jsonl` reads and writes JSON lines and
never stops at a bad one. A command's module is imported when it is used, so that none waits for
what only another needs.
"""

from __future__ import annotations

import sys

import click

from plugin import __version__
from plugin.cli.lazy import Lazy, LazyGroup

COMMANDS = {
    "case": Lazy("cases", "case", "Cases: what is due, and each one's whole story."),
    "code": Lazy("codes", "code", "The codes of practice that this installation knows."),
    "contact": Lazy("doing", "contact", "Contacts that wait for a person."),
    "db": Lazy("service", "db", "The database: bring its schema up to date, or ask whether it is."),
    "doctor": Lazy(
        "service", "doctor", "Check everything the service needs; a line each, with the remedy."
    ),
    "ingest": Lazy(
        "reading",
        "ingest_command",
        "Take in files, mbox files or Maildir folders through the ordinary way in.",
    ),
    "mail": Lazy("reading", "mail", "How mail is read."),
    "phone": Lazy("phone", "phone", "Telephone numbers, and where calls are routed."),
    "secret": Lazy(
        "service",
        "secret",
        "Secrets sealed in the database, to be named by settings such as password_secret.",
    ),
    "serve": Lazy(
        "service", "serve", "Run the service until it is told to stop (Ctrl-C, SIGTERM)."
    ),
    "simulate": Lazy(
        "simulate",
        "simulate",
        "Run a scenario with a clock of its own, and tell everything that happens.",
    ),
    "triage": Lazy(
        "reading",
        "triage",
        "Does a contact explicitly say complaint or escalate, and by which words?",
    ),
    "user": Lazy("users", "user", "Who may sign in to the panel, and what they may do there."),
    "voice": Lazy("phone", "voice", "Webhooks of phone systems, and whether they are believed."),
    "work": Lazy("service", "work", "Run every due job until nothing is due, then exit."),
}
"""Every command: where it lies, and what the list of commands says of it."""


@click.group(
    cls=LazyGroup,
    lazy=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with: answerable doctor",
)
@click.version_option(__version__, prog_name="answerable")
def commands() -> None:
    """Answerable makes a telecom provider's complaints code of practice run."""


def main() -> None:
    """The console script: known failures become one clear message on stderr, and exit 1."""
    try:
        commands(standalone_mode=True)
    except Exception as error:
        said = _known(error)
        if said is None:
            raise
        click.echo(said, err=True)
        sys.exit(1)


def _known(error: Exception) -> str | None:
    """What to say of a failure that has a remedy, None for a fault of ours."""
    # Imported here: a command that goes well needs none of it.
    from sqlalchemy.exc import SQLAlchemyError

    from plugin.codes.load import ProviderError
    from plugin.keys import SealBroken
    from plugin.runtime import NotReady
    from plugin.settings import SettingsError
    from plugin.store.secrets import SecretMissing

    if isinstance(error, SettingsError | ProviderError | NotReady | SecretMissing | SealBroken):
        return str(error)
    if isinstance(error, SQLAlchemyError):
        # The statement and its values stay out: they may hold what a customer wrote.
        cause = getattr(error, "orig", None)
        said = " ".join(str(cause or type(error).__name__).split())[:300]
        return f"the database could not do it: {said}"
    return None
