"""Commands about who may sign in to the panel: user add, list, grant, revoke, link, disable."""

from __future__ import annotations

import re
from collections.abc import Iterable

import click

from plugin import runtime
from plugin.bundle import folder
from plugin.cases.roles import EVERY_PROVIDER, Grant, Role, role
from plugin.cli.common import EXAMPLE, desk, echo_json, say
from plugin.codes.load import keys
from plugin.desk import people
from plugin.desk.ports import Desk
from plugin.store import people as rows
from plugin.store.people import User

_ROLE = click.Choice([one.word for one in Role])
_ADDRESS = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+")


@click.group()
def user() -> None:
    """Who may sign in to the panel, and what they may do there."""


@user.command(epilog=f"{EXAMPLE}answerable user add kim@example.com --role agent --provider ooma")
@click.argument("email")
@click.option("--name", help="As the panel shows it; left out, the address.")
@click.option("--role", "as_role", type=_ROLE, default="agent", show_default=True)
@click.option("--provider", default=EVERY_PROVIDER, help="A provider; left out, every one.")
def add(email: str, name: str | None, as_role: str, provider: str) -> None:
    """Add a person; prints a one-time sign-in.

    It holds for 24 hours; with it they set their password.
    """
    if not _ADDRESS.fullmatch(email):
        raise click.ClickException(f"{email!r} is no e-mail address; give one like kim@example.com")
    grants = [_grant(as_role, provider)]
    with desk() as built:
        id = people.add_user(built, email, name or email, grants, runtime.utc_now())
        if id is None:
            raise click.ClickException(f"{email} is a user already; see: answerable user list")
        click.echo(f"{email} is {as_role} at {_where(provider)}.")
        _print_link(built, id)


@user.command("list", epilog=f"{EXAMPLE}answerable user list")
@click.option("--json", "as_json", is_flag=True)
def list_(as_json: bool) -> None:
    """Everybody who may sign in, with their roles."""
    with desk() as built, built.database.read() as connection:
        everybody = rows.everybody(connection)
    if as_json:
        echo_json([_document(one) for one in everybody])
        return
    if not everybody:
        click.echo("There are no users yet; add one with: answerable user add ADDRESS")
    for one in everybody:
        roles = _roles(one.grants)
        state = "disabled" if one.disabled_at else "password set" if one.password else "no password"
        say(f"{one.email}  {one.name}  {roles}  ({state})")


@user.command(epilog=f"{EXAMPLE}answerable user grant kim@example.com supervisor --provider ooma")
@click.argument("email")
@click.argument("as_role", metavar="ROLE", type=_ROLE)
@click.option("--provider", default=EVERY_PROVIDER, help="A provider; left out, every one.")
def grant(email: str, as_role: str, provider: str) -> None:
    """Give a person a role."""
    granted = _grant(as_role, provider)
    with desk() as built:
        found = _user(built, email)
        built.database.write(lambda c: rows.give(c, found.id, granted))
    click.echo(f"{email} is {as_role} at {_where(provider)}.")


@user.command(epilog=f"{EXAMPLE}answerable user revoke kim@example.com supervisor --provider ooma")
@click.argument("email")
@click.argument("as_role", metavar="ROLE", type=_ROLE)
@click.option("--provider", default=EVERY_PROVIDER, help="A provider; left out, every one.")
def revoke(email: str, as_role: str, provider: str) -> None:
    """Take a role back, from the next click on."""
    granted = _grant(as_role, provider)
    with desk() as built:
        found = _user(built, email)
        if not built.database.write(lambda c: rows.take_away(c, found.id, granted)):
            raise click.ClickException(f"{email} is not {as_role} at {_where(provider)}")
        with built.database.read() as connection:
            left = rows.grants_of(connection, found.id)
    click.echo(f"{email} is no longer {as_role} at {_where(provider)}; is now {_roles(left)}.")


@user.command(epilog=f"{EXAMPLE}answerable user link kim@example.com")
@click.argument("email")
def link(email: str) -> None:
    """Print a new one-time sign-in.

    With it a person who forgot their password sets a new one. It holds for 24 hours.
    """
    with desk() as built:
        found = _user(built, email)
        if found.disabled_at:
            raise click.ClickException(f"{email} is disabled; run: answerable user enable {email}")
        _print_link(built, found.id)


@user.command(epilog=f"{EXAMPLE}answerable user disable kim@example.com")
@click.argument("email")
def disable(email: str) -> None:
    """Shut a person out at once."""
    with desk() as built:
        people.disable(built, _user(built, email).id, runtime.utc_now())
    click.echo(f"{email} cannot sign in any more.")


@user.command(epilog=f"{EXAMPLE}answerable user enable kim@example.com")
@click.argument("email")
def enable(email: str) -> None:
    """Let a disabled person in again."""
    with desk() as built:
        people.disable(built, _user(built, email).id, None)
    click.echo(f"{email} can sign in again.")


def _user(built: Desk, email: str) -> User:
    with built.database.read() as connection:
        found = rows.by_email(connection, email)
    if found is None:
        raise click.ClickException(f"there is no user {email}; see: answerable user list")
    return found


def _grant(as_role: str, provider: str) -> Grant:
    known = keys(folder("templates"))
    if provider != EVERY_PROVIDER and provider not in known:
        choices = ", ".join(known)
        raise click.ClickException(f"there is no provider {provider!r}; there are: {choices}")
    return Grant(provider, role(as_role))


def _roles(grants: Iterable[Grant]) -> str:
    said = (f"{granted.role.word} at {_where(granted.provider)}" for granted in grants)
    return ", ".join(said) or "without a role"


def _where(provider: str) -> str:
    return "every provider" if provider == EVERY_PROVIDER else provider


def _print_link(built: Desk, id: int) -> None:
    web = built.settings.web
    value = people.one_time_link(built, id, runtime.utc_now())
    known = web.url or web.port
    address = web.address(web.port) if known else "(the panel's address)"
    click.echo(f"One-time sign-in, for the next 24 hours:\n{address}/sign-in/once/{value}")


def _document(one: User) -> dict[str, object]:
    return {
        "email": one.email,
        "name": one.name,
        "disabled_at": one.disabled_at,
        "password": one.password is not None,
        "grants": [{"provider": g.provider, "role": g.role.word} for g in one.grants],
    }
