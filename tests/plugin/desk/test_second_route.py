"""Those who keep the service running hear of it by another way when mail itself stands still."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from mail.login import Login
from mail.smtp import Sender
from plugin import runtime
from plugin.desk import expiry, ops
from plugin.desk.ops import Notice, RouteFailed
from plugin.desk.ports import Desk
from plugin.second_route import OpsMail, Webhook
from plugin.store import alerts
from plugin.store.schema import alert
from plugin.store.tokens import Kept
from tests.plugin.support import NOW, desk, settings
from tests.servers.hooks import HookServer
from tests.servers.smtp import SmtpCatcher

SAID = "The mailbox ooma cannot be read: no connection"
NOTICE = Notice("ooma:mailbox:ooma:never", "ooma", "mailbox_unavailable", SAID, NOW)


@dataclass
class Heard:
    """A route that keeps what it is told, or fails."""

    notices: list[Notice] = field(default_factory=list)
    fails: bool = False

    def tell(self, notice: Notice, now: object) -> None:
        if self.fails:
            raise RouteFailed("no answer")
        self.notices.append(notice)


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Desk]:
    built = desk(f"sqlite:///{tmp_path}/answerable.db", settings(tmp_path))
    yield built
    built.database.close()


@pytest.fixture
def hook_server() -> Iterator[HookServer]:
    server = HookServer()
    server.start()
    yield server
    server.stop()


def raised(at: Desk, about: str = "mailbox_unavailable", key: str = "one") -> None:
    at.database.write(lambda c: alerts.raise_(c, "ooma", key=key, about=about, text=SAID, at=NOW))


def test_an_alert_about_the_service_is_told_once(at: Desk) -> None:
    raised(at)
    route = Heard()
    assert ops.next_at(at) == NOW
    assert ops.tell(at, [route], NOW) == 1
    assert ops.tell(at, [route], NOW) == 0
    assert ops.next_at(at) is None
    assert [(one.about, one.text) for one in route.notices] == [("mailbox_unavailable", SAID)]


def test_an_alert_about_a_case_is_for_the_agents_alone(at: Desk) -> None:
    raised(at, "handler_missing")
    assert ops.next_at(at) is None


def test_a_route_that_fails_is_tried_again_and_one_that_works_is_enough(at: Desk) -> None:
    raised(at)
    broken, sound = Heard(fails=True), Heard()
    assert ops.tell(at, [broken], NOW) == 0
    assert ops.next_at(at) == NOW + ops.AGAIN
    assert ops.tell(at, [broken, sound], NOW + ops.AGAIN) == 1
    assert len(sound.notices) == 1
    assert ops.next_at(at) is None


def test_a_route_with_a_fault_of_ours_keeps_no_other_from_hearing(at: Desk) -> None:
    raised(at)

    class Faulty(Heard):
        def tell(self, notice: Notice, now: object) -> None:
            raise UnicodeEncodeError("ascii", "ö", 0, 1, "no")

    sound = Heard()
    for _ in range(3):
        ops.tell(at, [sound, Faulty()], NOW)
    assert len(sound.notices) == 1


def test_a_consent_that_every_use_prolongs_is_told_of_once_a_week(at: Desk, tmp_path: Path) -> None:
    oauth = {**OAUTH, "secret_expires": None}
    at = replace(at, settings=settings(tmp_path, mailbox={"care": {**BOX, "oauth": oauth}}))
    (keeper,) = runtime.tokens(at).values()
    for day in range(10):
        now = NOW + timedelta(days=day)
        kept = Kept("t", "r", now, now + timedelta(hours=1), now + timedelta(days=3))
        at.database.write(partial(keeper._put, kept=kept))
        expiry.remind(at, {"mailbox.care": keeper}, now)
    with at.database.read() as connection:
        assert len(connection.execute(select(alert)).all()) == 2


def test_a_reminder_ends_when_a_new_secret_is_made(at: Desk, tmp_path: Path) -> None:
    at = replace(at, settings=settings(tmp_path, mailbox={"care": BOX}))
    expiry.remind(at, runtime.tokens(at), NOW)
    new = {**BOX, "oauth": {**OAUTH, "secret_expires": date(2028, 1, 1)}}
    at = replace(at, settings=settings(tmp_path, mailbox={"care": new}))
    expiry.remind(at, runtime.tokens(at), NOW)
    with at.database.read() as connection:
        (row,) = connection.execute(select(alert)).all()
    assert row.cleared_at == NOW


def test_what_is_over_or_old_is_told_to_nobody(at: Desk) -> None:
    raised(at, key="over")
    at.database.write(lambda c: alerts.clear_key(c, "ooma", "over", now=NOW))
    route = Heard()
    assert ops.tell(at, [route], NOW) == 0
    raised(at, key="old")
    assert ops.tell(at, [route], NOW + ops.STALE) == 0
    assert (route.notices, ops.next_at(at)) == ([], None)


@pytest.mark.parametrize("secret", ["whsec_" + base64.b64encode(b"k" * 24).decode(), "plain text"])
def test_a_webhook_is_signed_and_shows_its_text(hook_server: HookServer, secret: str) -> None:
    Webhook(hook_server.url, secret, hook_server.ca_file).tell(NOTICE, NOW)
    ((headers, body),) = hook_server.taken
    told = json.loads(body)
    assert told["text"] == f"[ooma] {SAID}"
    assert told["about"] == "mailbox_unavailable"
    key = b"k" * 24 if secret.startswith("whsec_") else secret.encode()
    said = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.digest(key, said, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))


def test_a_webhook_told_again_has_the_same_id(hook_server: HookServer) -> None:
    route = Webhook(hook_server.url, "", hook_server.ca_file)
    route.tell(NOTICE, NOW)
    route.tell(NOTICE, NOW + timedelta(minutes=5))
    first, second = [headers for headers, _ in hook_server.taken]
    assert first["webhook-id"] == second["webhook-id"]
    assert "webhook-signature" not in first


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_webhook_that_is_not_taken_has_failed(hook_server: HookServer, status: int) -> None:
    hook_server.status = status
    with pytest.raises(RouteFailed, match=f"it answered {status}"):
        Webhook(hook_server.url, "", hook_server.ca_file).tell(NOTICE, NOW)
    assert len(hook_server.taken) == 1


def test_a_webhook_with_a_strangers_certificate_is_told_nothing(hook_server: HookServer) -> None:
    with pytest.raises(RouteFailed, match="no answer"):
        Webhook(hook_server.url, "").tell(NOTICE, NOW)
    assert not hook_server.taken


def test_a_mail_goes_to_everybody_and_says_that_a_machine_wrote_it(smtp: SmtpCatcher) -> None:
    post = Sender(Login("127.0.0.1", smtp.port, "plain", "", "", timeout=5))
    people = ("ops@ooma.example", "night@ooma.example")
    OpsMail(post, "answerable@ooma.example", people).tell(NOTICE, NOW)
    post.close()
    first, second = smtp.letters
    assert (first.recipients, second.recipients) == ((people[0],), (people[1],))
    assert first.message["Auto-Submitted"] == "auto-generated"
    assert first.message["Subject"] == "Answerable: mailbox unavailable (ooma)"
    assert SAID in first.message.get_content()


def test_a_mail_that_nobody_takes_has_failed() -> None:
    nowhere = Sender(Login("127.0.0.1", 9, "plain", "", "", timeout=5))
    with pytest.raises(RouteFailed, match="no connection"):
        OpsMail(nowhere, "a@ooma.example", ("ops@ooma.example",)).tell(NOTICE, NOW)


OAUTH = {
    "service": "microsoft",
    "client_id": "the-client",
    "client_secret": "the-secret",
    "tenant": "example.com",
    "secret_expires": date(2026, 12, 24),
}
BOX = {
    "provider": "ooma",
    "address": "complaints@ooma.example",
    "host": "mail.example",
    "oauth": OAUTH,
}


def test_a_secret_that_ends_is_told_ever_more_often(at: Desk, tmp_path: Path) -> None:
    at = replace(at, settings=settings(tmp_path, mailbox={"care": BOX}))
    keepers = runtime.tokens(at)
    for day in range(40):
        expiry.remind(at, keepers, NOW + timedelta(days=day))
    with at.database.read() as connection:
        rows = connection.execute(select(alert).order_by(alert.c.at)).all()
    told = [(row.at.date() - NOW.date()).days for row in rows]
    # It ends on day 30; once it has ended, every Monday.
    assert told == [0, 16, 23, 27, 29, 30, 31, 34]
    assert rows[0].text.startswith("The application's secret of mailbox.care ends in 30 days")
    assert "ends today" in rows[5].text
    assert "has ended" in rows[6].text
    assert {row.about for row in rows} == {"token_expires"}
