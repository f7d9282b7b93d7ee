"""Fixtures that start real servers, and the rule for where they are missing.

A test whose server is not on the machine is skipped by name, and the last lines say what was not
tested. In CI nothing may be skipped for want of a server.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.servers.dovecot import Dovecot
from tests.servers.fetch import UNPACKED, find
from tests.servers.imap import ImapServer
from tests.servers.postfix import Postfix
from tests.servers.postgres import Postgres
from tests.servers.pymap import Pymap
from tests.servers.smtp import SmtpCatcher
from tests.servers.tokens import TokenServer

_SERVER_FIXTURES = {
    *("dovecot", "token_dovecot", "postgres_url", "any_database_url", "chromium"),
    *("imap_server", "pango", "liblouis", "postfix", "sip"),
}
_missing: set[str] = set()

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""Chromium as root in CI, asking nobody outside for anything."""
_users = count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a server or the corpora, so that `make quick` can leave it out."""
    for item in items:
        names = set(getattr(item, "fixturenames", ()))
        if names & _SERVER_FIXTURES:
            item.add_marker(pytest.mark.servers)
        if "corpora" in names:
            item.add_marker(pytest.mark.corpora)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say last what was not tested."""
    for name in sorted(_missing):
        terminalreporter.write_line(f"NOT TESTED for want of a server: {name}")


def _need(name: str) -> None:
    if find(name) is None:
        _lack(name, f"{name} is not here; run make test-servers")


def _lack(name: str, why: str) -> None:
    _missing.add(name)
    if os.environ.get("CI") == "true":
        pytest.fail(f"{why}; in CI nothing may be skipped")
    pytest.skip(why)


@pytest.fixture(scope="session")
def dovecot_server() -> Iterator[Dovecot]:
    """One Dovecot for the whole run."""
    _need("Dovecot")
    server = Dovecot()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def token_server() -> Iterator[TokenServer]:
    """A service that gives access tokens."""
    server = TokenServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture(params=["oauthbearer", "xoauth2"])
def token_dovecot(request: pytest.FixtureRequest, token_server: TokenServer) -> Iterator[Dovecot]:
    """A Dovecot that asks the service whether a token is good, by either way of signing in."""
    _need("Dovecot")
    server = Dovecot(token_server.introspection, request.param)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def mail_user() -> str:
    """A user name of a mailbox that nobody has used yet."""
    return f"user{next(_users)}"


@pytest.fixture
def dovecot(dovecot_server: Dovecot) -> Dovecot:
    """The running Dovecot; use it with `mail_user`."""
    return dovecot_server


@pytest.fixture(params=["dovecot", "pymap"])
def imap_server(request: pytest.FixtureRequest, mail_user: str) -> Iterator[ImapServer]:
    """Each server in turn that reads mail to `mail_user`."""
    if request.param == "dovecot":
        yield request.getfixturevalue("dovecot")
        return
    server = Pymap(mail_user)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postfix_server() -> Iterator[Postfix]:
    """One Postfix for the whole run."""
    _need("Postfix")
    if os.geteuid() != 0:
        _lack("Postfix", "Postfix changes between users; run these tests as root")
    server = Postfix()
    server.start()
    yield server
    server.stop()
    server.remove()


@pytest.fixture
def postfix(postfix_server: Postfix) -> Postfix:
    """The running Postfix, with nothing in its mailboxes."""
    postfix_server.clear()
    return postfix_server


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One headless Chromium for the whole run; each test opens a context of its own."""
    _need("Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=[*QUIET])
        yield browser
        browser.close()


@pytest.fixture
def pango() -> None:
    """What lays out text for PDFs is there."""
    _need("Pango")


@pytest.fixture
def liblouis(monkeypatch: pytest.MonkeyPatch) -> None:
    """The Braille translator is on the path, with its tables."""
    _need("liblouis")
    if not Path("/usr/bin/lou_translate").exists():
        (libraries,) = UNPACKED.glob("usr/lib/*-linux-gnu")
        monkeypatch.setenv("PATH", f"{UNPACKED / 'usr/bin'}:{os.environ['PATH']}")
        monkeypatch.setenv("LD_LIBRARY_PATH", str(libraries))
        monkeypatch.setenv("LOUIS_TABLEPATH", str(UNPACKED / "usr/share/liblouis/tables"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """One PostgreSQL for the whole run."""
    _need("PostgreSQL")
    server = Postgres()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def postgres_url(postgres_server: Postgres) -> str:
    """A fresh PostgreSQL database."""
    return postgres_server.url()


@pytest.fixture(params=["sqlite", "postgresql"])
def any_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/answerable.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def smtp() -> Iterator[SmtpCatcher]:
    """A mail server that keeps what it accepts."""
    catcher = SmtpCatcher()
    catcher.start()
    yield catcher
    catcher.stop()


@pytest.fixture
def sip() -> None:
    """A phone system's programs are there."""
    _need("Kamailio")
    _need("SIPp")


@pytest.fixture
def corpora() -> Path:
    """The folder of other people's mail, read where it lies."""
    project = Path(__file__).parents[1]
    folder = Path(os.environ.get("CORPORA", project.parent / "shared" / "data"))
    if not (folder / "mail").is_dir():
        pytest.skip(f"no mail corpora in {folder}; name their folder in the variable CORPORA")
    return folder
