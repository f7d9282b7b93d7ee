"""Commands that act: case do, contact do. Any action of the one table, its facts as key=value."""

from __future__ import annotations

from typing import ClassVar

import click
from sqlalchemy import select

from plugin import runtime
from plugin.cases.actions import ACTIONS, WAITING, Action
from plugin.cases.facts import MAX_ID
from plugin.cases.reference import is_valid
from plugin.cases.roles import Role, may
from plugin.cli.common import EXAMPLE, desk, echo_json, pairs, say
from plugin.desk import listing
from plugin.desk.act import Acted, ActionRefused, Doer, act, act_on_contact
from plugin.desk.ports import Desk
from plugin.store import cases
from plugin.store import people as users
from plugin.store.schema import contact as contacts

COMMAND_LINE = Doer("user:command-line", Role.ADMIN)
"""Who acts where nobody is named: whoever holds this machine's settings and keys."""


class TableHelp(click.Command):
    """A command whose help ends with the table of actions."""

    table: ClassVar[dict[str, Action]] = {}

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The example, then every action with its facts."""
        super().format_epilog(ctx, formatter)
        with formatter.section("Actions (facts in brackets may be left out)"):
            formatter.write_dl([(one.kind, _row(one)) for one in self.table.values()])


class CaseHelp(TableHelp):
    """The table of what may be done to a case."""

    table = ACTIONS


class ContactHelp(TableHelp):
    """The table of what may be done to a contact that waits."""

    table = WAITING


@click.command(
    "do",
    cls=CaseHelp,
    epilog=f'{EXAMPLE}answerable case do 1234-5678-56 noted text="Called back, no answer"',
)
@click.argument("reference")
@click.argument("kind")
@click.argument("facts", nargs=-1, metavar="KEY=VALUE...")
@click.option("--provider", help="Where several providers have a case of that reference.")
@click.option("--as", "email", help="The user who acts; their role decides what they may do.")
@click.option("--json", "as_json", is_flag=True)
def case_do(
    reference: str,
    kind: str,
    facts: tuple[str, ...],
    provider: str | None,
    email: str | None,
    as_json: bool,
) -> None:
    """Do something to a case.

    What is told to the customer goes out as a letter; a promise is kept when it has gone. Elements
    are given one by one: elements.progress="...".
    """
    given = pairs(facts)
    if not is_valid(reference):
        raise click.ClickException(f"{reference} is no case reference; check its digits")
    with desk() as built:
        key, id = _case(built, reference, provider)
        doer = _doer(built, email, key)
        try:
            done = act(built, key, id, kind, given, doer, runtime.utc_now())
        except ActionRefused as why:
            raise click.ClickException(str(why)) from None
    _tell(done, reference, as_json)


@click.group()
def contact() -> None:
    """Contacts that wait for a person."""


@contact.command("list", epilog=f"{EXAMPLE}answerable contact list")
@click.option("--provider", help="Only this provider's.")
def contact_list(provider: str | None) -> None:
    """What waits for a person, the longest first, with its number."""
    with desk() as built:
        rows = listing.list_waiting(built, [provider] if provider else None)
    if not rows:
        click.echo("Nothing waits.")
    for row in rows:
        when = f"{row.received_at:%d %b %H:%M} UTC"
        say(f"{row.id}  {row.provider:8} {when}  {str(row.waits).replace('_', ' ')}")


@contact.command(
    "do", cls=ContactHelp, epilog=f"{EXAMPLE}answerable contact do 812345 promoted label=complaint"
)
@click.argument("number", type=click.IntRange(1, MAX_ID))
@click.argument("kind")
@click.argument("facts", nargs=-1, metavar="KEY=VALUE...")
@click.option("--as", "email", help="The user who acts; their role decides what they may do.")
@click.option("--json", "as_json", is_flag=True)
def contact_do(
    number: int, kind: str, facts: tuple[str, ...], email: str | None, as_json: bool
) -> None:
    """Decide what becomes of a contact: a complaint, part of a case, or neither."""
    given = pairs(facts)
    with desk() as built:
        with built.database.read() as connection:
            found = select(contacts.c.provider).where(contacts.c.id == number)
            key = connection.execute(found).scalar()
        if key is None:
            raise click.ClickException(f"there is no contact {number}")
        doer = _doer(built, email, key)
        try:
            done = act_on_contact(built, key, number, kind, given, doer, runtime.utc_now())
        except ActionRefused as why:
            raise click.ClickException(str(why)) from None
        with built.database.read() as connection:
            reference = cases.reference_of(connection, key, done.case) if done.case else None
    _tell(done, reference, as_json)


def _case(built: Desk, reference: str, provider: str | None) -> tuple[str, int]:
    with built.database.read() as connection:
        known = list(built.providers.newest(connection))
        asked = known if provider is None else [provider]
        rows = cases.find(connection, asked, reference)
    if not rows:
        raise click.ClickException(f"there is no case {reference}")
    if len(rows) > 1:
        there = ", ".join(row.provider for row in rows)
        raise click.ClickException(f"several providers have {reference}: {there}; use --provider")
    return rows[0].provider, rows[0].id


def _doer(built: Desk, email: str | None, provider: str) -> Doer:
    """The user named, with the highest role they have at the provider."""
    if email is None:
        return COMMAND_LINE
    with built.database.read() as connection:
        user = users.by_email(connection, email)
    if user is None or user.disabled_at is not None:
        raise click.ClickException(f"{email} is no user; see: answerable user list")
    held = [one for one in Role if may(user.grants, provider, one)]
    if not held:
        raise click.ClickException(f"{email} has no role at {provider}; see: answerable user grant")
    return Doer(f"user:{user.id}", max(held))


def _tell(done: Acted, reference: str | None, as_json: bool) -> None:
    if as_json:
        echo_json({"case": reference, "events": done.events, "letters": done.letters})
        return
    where = f"Case {reference}: " if reference else "The contact: "
    events = ", ".join(event.replace("_", " ") for event in done.events) or "nothing recorded"
    say(f"{where}{events}.")
    for letter in done.letters:
        say(f"A letter is queued: {letter.replace('_', ' ')}. It goes when the service runs.")


def _row(action: Action) -> str:
    needs = " ".join(f"{spec.name}=" for spec in action.needs)
    takes = " ".join(f"[{spec.name}=]" for spec in action.takes)
    facts = f" {needs} {takes}".replace("  ", " ").rstrip()
    return f"{action.says}.{facts or ''} ({action.states}; {action.least.word})"
