"""A panel for tests: the real application on a real desk, with people who may sign in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from plugin.app import create_app
from plugin.cases.roles import Grant, Role
from plugin.desk import ingest, people, send
from plugin.desk.ports import Desk
from plugin.passwords import hashed
from plugin.store import people as rows
from plugin.web.office import Posted
from tests.plugin.support import Clock, Post, desk, settings

PASSWORD = "nine blue kettles sing"


@dataclass
class Rooms:
    """The panel, its desk and its clock."""

    app: Flask
    desk: Desk
    clock: Clock
    post: Post
    posted: list[Posted] = field(default_factory=list)

    def user(self, email: str, *grants: tuple[str, Role]) -> int:
        """A user with a password and these grants."""
        held = [Grant(provider, role) for provider, role in grants]
        id = people.add_user(self.desk, email, email.partition("@")[0].title(), held, self.clock())
        assert id is not None
        kept = hashed(PASSWORD)
        self.desk.database.write(lambda c: rows.set_password(c, id, kept))
        return id

    def client(self, *, address: str = "192.0.2.7") -> FlaskClient:
        """A browser that nobody has used yet, at that address."""
        made = self.app.test_client()
        made.environ_base["REMOTE_ADDR"] = address
        return made

    def signed_in(self, *grants: tuple[str, Role], email: str = "kim@example.com") -> FlaskClient:
        """A browser in which a new user with these grants is signed in."""
        self.user(email, *grants)
        browser = self.client()
        assert sign_in(browser, email).status_code == 302
        return browser

    def arrive(self, *mails: bytes, provider: str = "ooma") -> None:
        """Let mails arrive, be processed and be answered."""
        list(ingest.ingest(self.desk, mails, provider, self.clock()))
        while send.send(self.desk, self.post, self.clock):
            pass


def rooms(folder: Path, url: str | None = None, **sections: object) -> Rooms:
    """A panel on a new database."""
    clock, made = Clock(), []  # type: ignore[var-annotated]
    built = desk(url or f"sqlite:///{folder}/panel.db", settings(folder, **sections))
    app = create_app(built, clock, lambda: made)
    app.testing = True
    # A fault is to be seen as people see it, on its page.
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return Rooms(app, built, clock, Post(), made)


def sign_in(browser: FlaskClient, email: str, password: str = PASSWORD) -> TestResponse:
    """Fill in the form and send it."""
    return submit(browser, "/sign-in", email=email, password=password)


def submit(
    browser: FlaskClient, address: str, page: str | None = None, **fields: str
) -> TestResponse:
    """Send a form as a browser does, with the token of the page it stands on."""
    shown = browser.get(page or address, follow_redirects=True).get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', shown)
    assert token is not None, "the page has no form"
    return browser.post(address, data={"csrf_token": token[1], **fields})


def text(response: TestResponse) -> str:
    """The page's words, its markup gone and white space folded."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)).split())
