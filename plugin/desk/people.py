"""Signing in and out, and who may: the use cases behind the panel's door.

Failed sign-ins slow down whoever makes them and nobody else. They are counted for the pair of
account and network, so that a stranger's guesses cannot keep a person out; a browser that has
signed in before carries a token and is counted by itself; guesses at many accounts from one
network are slowed down together, known browsers apart.
"""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from plugin import passwords
from plugin.cases.roles import Grant
from plugin.desk.ports import Desk
from plugin.store import people
from plugin.store.people import Session, User

SESSION_IDLE = timedelta(hours=2)
SESSION_LASTS = timedelta(hours=12)
"""A session ends when nobody has used it this long, and at the latest so long after sign-in."""

SEEN_EVERY = timedelta(minutes=1)
"""How exactly it is kept when a session was last used."""

LINK_LASTS = timedelta(hours=24)
"""How long a one-time sign-in holds."""

FREE_FAILURES = 5
FREE_FAILURES_OF_NETWORK = 50
"""How many wrong passwords cost nothing; each further one doubles the wait."""

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)

FORGET_AFTER = timedelta(hours=24)
"""Failures count until none has come for this long."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Where a sign-in comes from: the peer's address, and the token of a browser known before."""

    address: str
    device: str = ""
    browser: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A successful sign-in: what the browser is to hold from now on."""

    user: User
    session: str
    device: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A sign-in that was not: try again at `retry_at`, or at once where it is None."""

    retry_at: datetime | None = None


def sign_in(
    desk: Desk, email: str, password: str, attempt: Attempt, now: datetime
) -> SignedIn | Refused:
    """Sign in by password. Never says whether the account exists.

    Raises passwords.Busy where too many sign in at once.
    """
    email = email.replace("\0", "").strip().lower()[:320]
    with desk.database.read() as connection:
        found = people.by_email(connection, email)
    keys = _keys(desk, email, found, attempt)
    retry_at = desk.database.write(lambda c: _count(c, keys, now))
    if retry_at is not None:
        return Refused(retry_at)
    kept = found.password if found and found.disabled_at is None else None
    try:
        right = passwords.matches(password, kept)
    except passwords.Busy:
        desk.database.write(lambda c: people.uncount(c, keys))
        raise
    if not right or found is None:
        return Refused()
    user = found

    def work(connection: Connection) -> SignedIn | Refused:
        # The password may have been changed while it was checked.
        if not people.still_has(connection, user.id, kept):
            return Refused()
        return _begin(connection, desk, user, attempt, now, keys)

    return desk.database.write(work)


def sign_in_once(desk: Desk, value: str, attempt: Attempt, now: datetime) -> SignedIn | None:
    """Sign in by a one-time link, worth nothing thereafter; None where it holds no more."""

    def work(connection: Connection) -> SignedIn | None:
        user = people.use_link(connection, value, now)
        return _begin(connection, desk, user, attempt, now, [], by_link=True) if user else None

    return desk.database.write(work)


def current(desk: Desk, value: str, now: datetime, *, in_use: bool) -> Session | None:
    """The session of a browser, None where it has ended. `in_use`: a person did something."""
    with desk.database.read() as connection:
        session = people.session_of(connection, value)
    if session is None or now >= ends_at(session):
        return None
    if in_use and now - session.seen_at >= SEEN_EVERY:
        # That nobody waits for: a database that is busy is no reason to keep a page back.
        desk.database.try_write(lambda c: people.seen(c, session.digest, now))
    return session


def ends_at(session: Session) -> datetime:
    """When a session ends if nobody uses it."""
    return min(session.seen_at + SESSION_IDLE, session.created_at + SESSION_LASTS)


def change_password(
    desk: Desk, session: Session, old: str, new: str, attempt: Attempt, now: datetime
) -> str | None:
    """Set a new password and end the user's other sessions.

    `old` is asked for where there is one, but not of a session begun by a one-time link. Returns
    why it was not done: "wrong", "wait", or what `passwords.problem` says. Raises passwords.Busy.
    """
    user = session.user
    why = passwords.problem(new, email=user.email, name=user.name)
    if why:
        return why
    keys = _keys(desk, user.email, user, attempt)
    if user.password is not None and not session.by_link:
        if desk.database.write(lambda c: _count(c, keys, now)) is not None:
            return "wait"
        if not passwords.matches(old, user.password):
            return "wrong"
    hashed = passwords.hashed(new)

    def work(connection: Connection) -> None:
        people.forgive(connection, keys, FREE_FAILURES)
        people.set_password(connection, user.id, hashed)
        people.end_sessions(connection, user.id, but=session.digest)
        people.drop_links(connection, user.id)
        people.link_is_spent(connection, session.digest)

    desk.database.write(work)
    return None


def add_user(desk: Desk, email: str, name: str, grants: list[Grant], now: datetime) -> int | None:
    """Add a user; returns the id, None where the address is a user's already."""
    id = desk.draw.id()

    def work(connection: Connection) -> int | None:
        if not people.add(connection, id=id, email=email.strip().lower(), name=name, now=now):
            return None
        for granted in grants:
            people.give(connection, id, granted)
        return id

    return desk.database.write(work)


def one_time_link(desk: Desk, id: int, now: datetime) -> str:
    """A new one-time sign-in for a user, earlier ones taken back: the value its link carries."""
    value = desk.draw.salt() + desk.draw.salt()

    def work(connection: Connection) -> None:
        people.drop_links(connection, id)
        people.add_link(connection, value, id, now + LINK_LASTS)

    desk.database.write(work)
    return value


def disable(desk: Desk, id: int, now: datetime | None) -> None:
    """Shut a user out at once, or let them in again (None)."""

    def work(connection: Connection) -> None:
        people.disable(connection, id, now)
        people.end_sessions(connection, id)
        people.drop_links(connection, id)

    desk.database.write(work)


def tidy(desk: Desk, now: datetime) -> int:
    """Remove what has ended; returns how many rows."""
    return desk.database.write(
        lambda c: people.tidy(
            c, idle=now - SESSION_IDLE, begun=now - SESSION_LASTS, forgotten=now - FORGET_AFTER
        )
    )


def _begin(
    connection: Connection,
    desk: Desk,
    user: User,
    attempt: Attempt,
    now: datetime,
    keys: list[tuple[str, int]],
    *,
    by_link: bool = False,
) -> SignedIn:
    value = desk.draw.salt() + desk.draw.salt()
    people.begin_session(connection, value, user.id, attempt.browser, now, by_link=by_link)
    # The network's other failures stay: a good sign-in there excuses no guesses at others.
    people.forgive(connection, keys, FREE_FAILURES)
    device = attempt.device if _knows(desk, user, attempt.device) else _device(desk, user)
    return SignedIn(user, value, device)


def _device(desk: Desk, user: User) -> str:
    name = desk.draw.salt()
    return f"{name}.{desk.ring.sign('device', str(user.id), name)}"


def _knows(desk: Desk, user: User | None, device: str) -> bool:
    """Has this browser signed in as this user before?"""
    name, _, token = device.partition(".")
    return user is not None and desk.ring.verify(token, "device", str(user.id), name)


def _keys(desk: Desk, email: str, user: User | None, attempt: Attempt) -> list[tuple[str, int]]:
    """What failures of this attempt are counted under, and how many of each cost nothing."""
    if _knows(desk, user, attempt.device):
        return [(_key(desk, "device", attempt.device.partition(".")[0]), FREE_FAILURES)]
    network = _network(attempt.address)
    return [
        (_key(desk, "pair", email, network), FREE_FAILURES),
        (_key(desk, "network", network), FREE_FAILURES_OF_NETWORK),
    ]


def _key(desk: Desk, *parts: str) -> str:
    # Keyed, so that a copy of the table tells nobody who failed to sign in from where.
    return hashlib.sha256(desk.ring.sign("failure", *parts).encode()).hexdigest()


def _network(address: str) -> str:
    """One household or office: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def _count(connection: Connection, keys: list[tuple[str, int]], now: datetime) -> datetime | None:
    """Count a try as failed before it is made, so that many at once do not pass as one.

    Returns when the next may be made, where this one may not.
    """
    found = people.failures(connection, [key for key, _ in keys])
    waits = [_retry_at(free, found[key], now) for key, free in keys if key in found]
    retry_at = max((moment for moment in waits if moment), default=None)
    if retry_at is None:
        for key, _ in keys:
            people.add_failure(connection, key, now, now - FORGET_AFTER)
    return retry_at


def _retry_at(free: int, failed: tuple[int, datetime], now: datetime) -> datetime | None:
    """When the next try is due, None where one may be made now."""
    count, last_at = failed
    if count < free or now - last_at > FORGET_AFTER:
        return None
    wait = min(FIRST_WAIT * 2 ** min(count - free, 10), LONGEST_WAIT)
    return last_at + wait if now < last_at + wait else None
