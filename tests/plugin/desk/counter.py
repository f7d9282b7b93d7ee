"""A counter where customers' mail arrives, people act and time passes: the real desk on SQLite.

Made for tables of cases: it begins with a database made once, keeps what was posted, and gives what
stands in the rows as plain words, so that a table can say it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import Row, event, select

from mail.login import MailRefused, MailUnavailable
from mail.parse import sender_hint
from plugin.cases.actions import WAITING
from plugin.cases.case import effective
from plugin.cases.events import Event
from plugin.cases.roles import Role
from plugin.desk import keep, receive, send
from plugin.desk.act import Acted, ActionRefused, Doer, act, act_on_contact
from plugin.desk.ports import Desk
from plugin.desk.providers import Providers
from plugin.sections import ProviderSettings
from plugin.settings import Settings
from plugin.store import cases, inbound
from plugin.store.engine import Database
from plugin.store.schema import alert, case, contact, delivery, letter, party, promise
from plugin.store.schema import inbound as arrivals
from tests.plugin.support import NOW, RING, SeededDraw, desk, settings

JO, KIT, MAX = "Jo Marsh <jo@example.com>", "Kit Vane <kit@example.net>", "Max <max@example.org>"
COMPLAINT = "I would like to make a complaint about my line."
ESCALATION = "Please escalate my complaint."
NEITHER = "Here is the account number you asked for."
WORDS = {"complaint": COMPLAINT, "escalation": ESCALATION, "neither": NEITHER}
THANKS = "Many thanks for your help!"
AUTHSERV = "mx.example"
FAILED = f"{AUTHSERV}; dmarc=fail"

_PROVIDERS = Providers()
"""Loaded once: a version of a provider never changes."""


@cache
def _stocked() -> bytes:
    """A migrated database with the shipped providers."""
    with TemporaryDirectory() as place:
        path = Path(place) / "stocked.db"
        made = desk(f"sqlite:///{path}", settings(Path(place)))
        made.database.close()
        return path.read_bytes()


def at(text: str, zone: Any = UTC) -> datetime:
    """A moment as people write it, e.g. "Tue 24 Nov 2026 10:00"; the weekday must be right."""
    moment = datetime.strptime(text, "%a %d %b %Y %H:%M")  # noqa: DTZ007
    assert moment.strftime("%a") == text[:3], f"{text} is a {moment:%A}"
    return moment.replace(tzinfo=zone).astimezone(UTC)


@dataclass
class Post:
    """A mail server that is a list; it refuses addresses for good or for now where told to."""

    letters: list[bytes] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)
    is_down: bool = False

    def send(self, raw: bytes, *, sender: str, recipient: str) -> str:
        if self.is_down:
            raise MailUnavailable("421 later")
        if recipient in self.refuses:
            raise MailRefused("550 no such mailbox")
        self.letters.append(raw)
        return "250 accepted"

    @property
    def mails(self) -> list[EmailMessage]:
        return [message_from_bytes(raw, policy=policy.default) for raw in self.letters]


@dataclass
class Counter:
    """One provider's desk. Cases are counted from 1 in order of opening."""

    desk: Desk
    provider: str
    now: datetime = NOW
    post: Post = field(default_factory=Post)
    role: Role = Role.ADMIN
    _mails: int = 0
    _copies: int = 0

    @property
    def path(self) -> Path:
        return Path(str(self.desk.database.engine.url.database))

    # What happens ------------------------------------------------------------------------------

    def mail(
        self,
        text: str,
        *,
        sender: str = JO,
        subject: str = "My line",
        answers: str | None = None,
        headers: dict[str, str] | None = None,
        message_id: str | None = None,
        send: bool = True,
    ) -> tuple[str, str | None]:
        """A mail arrives now and is worked on; gives (outcome, why). `send`: post goes out too."""
        self._mails += 1
        made = EmailMessage()
        for name, value in (headers or {}).items():
            made[name] = value
        made["From"], made["Subject"] = sender, subject
        made["To"] = f"complaints@{self.provider}.example"
        made["Message-ID"] = message_id or f"<{self._mails}.{parseaddr(sender)[1]}>"
        if answers is not None:
            made["In-Reply-To"] = made["References"] = answers
        made.set_content(text)
        return self.raw(made.as_bytes(), send=send)

    def raw(self, raw: bytes, *, send: bool = True, ends: str = "done") -> tuple[str, str | None]:
        """Bytes arrive now and are worked on. `ends`: the state they end in."""
        arrival = inbound.Arrival(
            id=self.desk.draw.id(),
            provider=self.provider,
            source="mailbox",
            mailbox="box",
            raw=raw,
            lane=sender_hint(raw),
            received_at=self.now,
            received_source="internaldate",
            fetched_at=self.now,
        )
        self.desk.database.write(lambda c: inbound.add(c, [arrival]))
        while receive.receive(self.desk, self.now):
            pass
        if send:
            self.send()
        (row,) = self.rows(arrivals, arrivals.c.id == arrival.id)
        assert row.state == ends, row.reason
        return row.outcome, row.why

    def act(
        self,
        kind: str,
        /,
        *,
        about: int = 1,
        role: Role | None = None,
        actor: str = "user:1",
        send: bool = True,
        **facts: object,
    ) -> Acted:
        """A person acts on a case, or on a contact (then `about` is its id) where `kind` does."""
        doer = Doer(actor, role or self.role)
        if kind in WAITING:
            done = act_on_contact(self.desk, self.provider, about, kind, facts, doer, self.now)
        else:
            done = act(self.desk, self.provider, self.id(about), kind, facts, doer, self.now)
        if send:
            self.send()
        return done

    def customer(self, kind: str, /, *, about: int = 1, **facts: object) -> Acted:
        """The customer acts on the page of the case."""
        doer = Doer(f"customer:{self.parties(about)[0].id}")
        done = act(self.desk, self.provider, self.id(about), kind, facts, doer, self.now)
        self.send()
        return done

    def send(self) -> None:
        """The post goes out."""
        send.send(self.desk, self.post, lambda: self.now)

    def keep(self) -> int:
        """The desk looks at what has come due."""
        return keep.keep(self.desk, self.now)

    def later(self, **length: float) -> datetime:
        """Time passes, and everything that falls due meanwhile is done."""
        return self.until(self.now + timedelta(**length))

    def until(self, moment: datetime) -> datetime:
        """Time passes up to a moment, that moment included."""
        for _ in range(1000):
            moments = [keep.next_at(self.desk), send.next_at(self.desk)]
            due = min((one for one in moments if one), default=None)
            if due is None or due > moment:
                break
            self.now = max(self.now, due)
            self.keep()
            self.send()
        else:
            raise AssertionError(f"it comes to no end at {self.now}")
        self.now = max(self.now, moment)
        return self.now

    def propose(self, text: str = "We have repaired your line.", **more: Any) -> None:
        """An hour later, the customer is told an outcome; another hour passes."""
        self.now += timedelta(hours=1)
        self.act("outcome_advised", text=text, **more)
        self.now += timedelta(hours=1)

    def close(self, number: int = 1) -> None:
        """The customer confirms an outcome in writing, and the case is closed; an hour passes."""
        self.propose(about=number)
        self.act("customer_confirmed", about=number, channel="email")
        self.now += timedelta(hours=1)

    def set(self, **values: str) -> None:
        """The provider's section of the settings says so from now on."""
        section = dict(self.desk.settings.provider)
        said = {**section[self.provider].model_dump(), **values}
        section[self.provider] = ProviderSettings.model_validate(said)
        changed = self.desk.settings.model_copy(update={"provider": section})
        self.desk = replace(self.desk, settings=changed)

    def copy(self, folder: Path) -> Counter:
        """The same counter at the same moment, to do something else there."""
        there = _at(folder, self.desk.settings, (self.path).read_bytes(), self._copies + 4)
        self._copies += 1
        return replace(self, desk=there, post=Post([*self.post.letters]))

    # What stands in the rows -------------------------------------------------------------------

    def rows(self, table: Any, *where: Any, order: Any = None) -> Sequence[Row[Any]]:
        query = select(table).where(table.c.provider == self.provider, *where)
        with self.desk.database.read() as connection:
            return connection.execute(query.order_by(*(order or table.primary_key))).all()

    def id(self, number: int) -> int:
        found: int = self.cases[number - 1].id
        return found

    @property
    def cases(self) -> Sequence[Row[Any]]:
        return self.rows(case, order=[case.c.id])

    def case(self, number: int = 1) -> Row[Any]:
        return self.cases[number - 1]

    def state(self, number: int = 1) -> tuple[str, str]:
        row = self.case(number)
        return row.state, row.level

    def parties(self, number: int = 1) -> Sequence[Row[Any]]:
        return self.rows(party, party.c.case_id == self.id(number))

    @property
    def contacts(self) -> Sequence[Row[Any]]:
        return self.rows(contact, order=[contact.c.id])

    @property
    def newest(self) -> Row[Any]:
        """The contact that arrived last."""
        return self.contacts[-1]

    def timeline(self, number: int = 1) -> list[Event]:
        with self.desk.database.read() as connection:
            return cases.timeline(connection, self.provider, self.id(number))

    def kinds(self, number: int = 1, *, letters: bool = False) -> list[str]:
        """The kinds of a case's events that stand; those about letters where asked for."""
        stands = effective(self.timeline(number))
        return [one.kind for one in stands if letters or not one.kind.startswith("letter_")]

    def event(self, kind: str, number: int = 1) -> Event:
        """The last event of a kind."""
        return [one for one in self.timeline(number) if one.kind == kind][-1]

    def facts(self, kind: str, number: int = 1) -> dict[str, Any]:
        return dict(self.event(kind, number).facts or {})

    def alerts(self, number: int | None = None, *, cleared: bool = True) -> list[str]:
        """What there are alerts about, at one case, or in all."""
        where = [] if number is None else [alert.c.case_id == self.id(number)]
        rows = self.rows(alert, *where, order=[alert.c.at, alert.c.key])
        return [row.about for row in rows if cleared or row.cleared_at is None]

    def letters(self, number: int = 1) -> list[Row[Any]]:
        """The letters of a case with their deliveries, the first made first."""
        query = (
            select(letter, delivery.c.channel, delivery.c.recipient, delivery.c.state)
            .join(delivery, delivery.c.letter_id == letter.c.id)
            .where(letter.c.provider == self.provider, letter.c.case_id == self.id(number))
            .order_by(letter.c.id)
        )
        with self.desk.database.read() as connection:
            return list(connection.execute(query).all())

    def letter(self, kind: str, number: int = 1) -> Row[Any]:
        """The last letter of a kind."""
        return [one for one in self.letters(number) if one.kind == kind][-1]

    def posted(self) -> list[tuple[str, str]]:
        """(letter, recipient) of everything that was queued at all, in order."""
        kinds = {f"<{row.message_id}>": row.kind for row in self.rows(letter)}
        return [(kinds[str(one["Message-ID"])], str(one["To"])) for one in self.post.mails]

    def promises(self, number: int = 1) -> dict[str, str]:
        """The newest occurrence of each promise -> its state."""
        rows = self.rows(
            promise,
            promise.c.case_id == self.id(number),
            order=[promise.c.name, promise.c.occurrence],
        )
        return {row.name: row.state for row in rows}

    def promise(self, name: str, number: int = 1) -> Row[Any]:
        where = (promise.c.case_id == self.id(number), promise.c.name == name)
        return self.rows(promise, *where, order=[promise.c.occurrence])[-1]

    def reference(self, number: int = 1) -> str:
        return str(self.case(number).reference)

    def thread(self, kind: str = "acknowledgement", number: int = 1) -> str:
        """The Message-ID of a letter, as a reply names it."""
        return f"<{self.letter(kind, number).message_id}>"


def complained(
    folder: Path, provider: str = "ooma", now: datetime = NOW, **sections: Any
) -> Counter:
    """A counter where Jo has complained (case 1), an hour ago."""
    at = first_mail(folder, provider, now, **sections)
    at.now += timedelta(hours=1)
    return at


def first_mail(
    folder: Path, provider: str = "ooma", now: datetime = NOW, **sections: Any
) -> Counter:
    """A counter where Jo complains just now. What that makes is made once, and copied."""
    key = f"{provider} {now} {sections}"
    if key not in _MADE:
        made = counter(folder, provider, now, **sections)
        made.mail(COMPLAINT)
        _MADE[key] = (made.path.read_bytes(), made.post.letters)
        made.desk.database.close()
    rows, posted = _MADE[key]
    with_settings = _settings(folder, provider, sections)
    return Counter(_at(folder, with_settings, rows, 3), provider, now, Post([*posted]), _mails=1)


_MADE: dict[str, tuple[bytes, list[bytes]]] = {}
"""Databases after a first complaint, and what was posted."""


def refused(at: Counter, match: str, kind: str, /, **facts: Any) -> None:
    """An action is refused with this reason, and changes nothing."""
    before = (len(at.timeline()), len(at.letters()), at.promises())
    with pytest.raises(ActionRefused, match=match):
        at.act(kind, **facts)
    assert (len(at.timeline()), len(at.letters()), at.promises()) == before


def counter(
    folder: Path, provider: str = "ooma", now: datetime = NOW, seed: int = 2, **sections: object
) -> Counter:
    """A counter of a provider, with nobody at it yet."""
    with_settings = _settings(folder, provider, sections)
    return Counter(_at(folder, with_settings, _stocked(), seed), provider, now)


def _settings(folder: Path, provider: str, sections: dict[str, Any]) -> Settings:
    box = {
        "provider": provider,
        "address": f"complaints@{provider}.example",
        "host": "mail.example",
        "authserv_id": AUTHSERV,
    }
    return settings(folder, mailbox={"box": box}, **sections)


def _at(folder: Path, with_settings: Settings, rows: bytes, seed: int) -> Desk:
    path = folder / f"{seed}.db"
    path.write_bytes(rows)
    database = Database(f"sqlite:///{path}")
    event.listen(database.engine, "connect", _careless)
    return Desk(
        database=database,
        ring=RING,
        settings=with_settings,
        providers=_PROVIDERS,
        draw=SeededDraw(seed),
        worker="test-worker",
    )


def _careless(connection: Any, _entry: object) -> None:
    """Nobody misses this database after a crash: wait for no disk."""
    cursor = connection.cursor()
    for pragma in ("journal_mode=MEMORY", "synchronous=OFF"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
