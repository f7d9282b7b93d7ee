"""Commands that run the service: serve, work, db, doctor, secret."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from plugin import clockwork, runtime
from plugin.cli.common import EXAMPLE, desk, settings
from plugin.desk.ports import Desk
from plugin.store import migrate, people
from plugin.store.engine import Database
from plugin.store.secrets import Secrets
from plugin.watching import Watchman

if TYPE_CHECKING:
    from plugin import demo

WEB_THREADS = 8
"""How many pages are made at the same time."""

MAX_HEADER_BYTES = 32 * 1024
MAX_CONNECTIONS = 500
IDLE_SECONDS = 30
"""Bounds on requests, so that few clients cannot keep all others out."""

_MARKS = {"ok": "ok  ", "ask": "ask ", "fail": "FAIL"}


@click.command(epilog=f"{EXAMPLE}answerable serve --demo")
@click.option(
    "--role", type=click.Choice(["all", "web", "worker"]), default="all", show_default=True
)
@click.option("--demo", "as_demo", is_flag=True, help="Start the demo desk: nothing to configure.")
def serve(role: str, as_demo: bool) -> None:
    """Run the service until it is told to stop (Ctrl-C, SIGTERM)."""
    from plugin.web.logs import Masking

    lines = logging.StreamHandler()
    lines.setFormatter(Masking("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[lines])
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    if as_demo:
        # Its servers and the pages are imported by whoever starts them: no other command needs one.
        from plugin import demo

        with demo.desk(click.echo) as made:
            _run(made.desk, role, stop, made)
        return
    with desk() as built:
        _run(replace(built, tell=_log), role, stop, None)


_TROUBLE = frozenset({"mailbox_failed", "second_route_failed", "webhook_failed"})


def _log(kind: str, **facts: object) -> None:
    """A line for those who read the service's output, where something is wrong."""
    if kind in _TROUBLE:
        said = ", ".join(f"{name} {value}" for name, value in facts.items())
        logging.getLogger("answerable").warning("%s: %s", kind.replace("_", " "), said)


def _run(built: Desk, role: str, stop: threading.Event, as_demo: demo.Demo | None) -> None:
    """Tick and listen until `stop`; what runs is let finish."""
    runtime.release_the_dead(built)
    ticking = watching = None
    if role in ("all", "worker"):
        edges = runtime.edges(built)
        ticking = clockwork.Clockwork(
            clockwork.jobs(built, edges, runtime.utc_now), runtime.utc_now
        )
        ticking.start()
        watching = Watchman(built, edges.boxes, partial(runtime.watched, built), runtime.utc_now)
        watching.start()
    server: Any = None
    if role in ("all", "web"):
        server = _listen(built, as_demo)
    if as_demo is None:
        click.echo(f"Answerable is at work ({role}); stop it with Ctrl-C.")
    stop.wait()
    if server is not None:
        with suppress(OSError):
            server.close()
    if watching is not None:
        watching.stop()
    if ticking is not None:
        ticking.stop()


def _listen(built: Desk, as_demo: demo.Demo | None) -> Any:
    """Serve the pages from a thread of their own, and say where."""
    from waitress.server import create_server

    from plugin.app import create_app
    from plugin.desk.calls import get_ready
    from plugin.desk.phones import phones
    from plugin.web.security import MAX_FORM_BYTES
    from voice.webhook import MAX_BODY

    web = built.settings.web
    posted = as_demo.posted if as_demo else None
    systems = phones(built)
    if systems:
        get_ready(built, runtime.utc_now())
    app = create_app(built, runtime.utc_now, posted, systems)
    behind_proxy: dict[str, Any] = {
        "trusted_proxy": web.proxy,
        "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"},
    }
    server: Any = create_server(
        app,
        host=web.host,
        port=web.port,
        threads=WEB_THREADS,
        ident=None,
        clear_untrusted_proxy_headers=True,
        max_request_body_size=max(MAX_FORM_BYTES, MAX_BODY),
        max_request_header_size=MAX_HEADER_BYTES,
        connection_limit=MAX_CONNECTIONS,
        channel_timeout=IDLE_SECONDS,
        **(behind_proxy if web.proxy else {}),
    )
    threading.Thread(target=server.run, name="web", daemon=True).start()
    address = web.address(server.effective_port)
    if as_demo is not None:
        click.echo(f"The panel:            {address}/")
        click.echo(f"Sign in once with:    {address}/sign-in/once/{as_demo.link()}\n")
        return server
    click.echo(f"Answerable listens on {address}/")
    with built.database.read() as connection:
        if not people.any_user(connection):
            click.echo("Nobody can sign in yet; run: answerable user add YOUR-ADDRESS --role admin")
    return server


@click.command(epilog=f"{EXAMPLE}answerable work --until-idle")
@click.option("--until-idle", is_flag=True, required=True, help="Stop when nothing is due.")
def work(until_idle: bool) -> None:
    """Run every due job until nothing is due, then exit."""
    with desk() as built:
        runtime.release_the_dead(built)
        edges = runtime.edges(built)
        made = clockwork.jobs(built, edges, runtime.utc_now)
        try:
            done = clockwork.until_idle(made, runtime.utc_now)
        finally:
            edges.close()
    click.echo(f"{done} done; nothing more is due." if until_idle else "")


@click.group()
def db() -> None:
    """The database: bring its schema up to date, or ask whether it is."""


@db.command(epilog=f"{EXAMPLE}answerable db upgrade")
@click.option("--new-keys", is_flag=True, help="Where the key file is lost for good: make another.")
def upgrade(new_keys: bool) -> None:
    """Run the migrations that have not run yet; makes the database and the first keys."""
    if new_keys:
        runtime.make_keys(settings().keys_file)
    runtime.prepare(settings())
    click.echo("The database is up to date.")


@db.command(epilog=f"{EXAMPLE}answerable db check")
def check() -> None:
    """Is the schema the one this version needs?"""
    database = Database(settings().database_url)
    try:
        problem = migrate.problem(database)
    finally:
        database.close()
    if problem:
        raise click.ClickException(problem)
    click.echo("The database is up to date.")


@click.command(epilog=f"{EXAMPLE}answerable doctor")
def doctor() -> None:
    """Check everything the service needs; a line each, with the remedy."""
    from plugin.doctor import examine

    failed = 0
    for finding in examine(settings()):
        failed += finding.level == "fail"
        click.echo(f"{_MARKS[finding.level]}  {finding.about}: {finding.text}")
    if failed:
        raise click.ClickException(f"{failed} {'thing' if failed == 1 else 'things'} would fail")


@click.group()
def secret() -> None:
    """Secrets sealed in the database, to be named by settings such as password_secret."""


@secret.command("set", epilog=f"{EXAMPLE}answerable secret set ooma-mailbox")
@click.argument("name")
def set_(name: str) -> None:
    """Seal a secret under NAME; it is asked for, or read from stdin."""
    asked = sys.stdin.isatty()
    value = click.prompt("The secret", hide_input=True) if asked else _from_stdin()
    with desk() as built:
        built.database.write(
            lambda c: Secrets(built.ring).put(c, name, value, now=runtime.utc_now())
        )
    click.echo(f"Sealed as {name}.")


def _from_stdin() -> str:
    value = sys.stdin.read().rstrip("\r\n")
    if not value:
        raise click.ClickException("nothing was given on stdin")
    return value
