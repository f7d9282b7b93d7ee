"""Users, their grants and sessions, one-time sign-ins, and failed sign-ins.

What a browser or a letter holds is a random value; here only its digest is kept, so that reading
the database signs nobody in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, or_, select, update

from plugin.cases.roles import Grant, role
from plugin.store.rows import insert_once
from plugin.store.schema import grant, sign_in_failure, sign_in_link, user, user_session


@dataclass(frozen=True, slots=True)
class User:
    """A person who may sign in. `email` is lower-case; `password` an argon2 hash or None."""

    id: int
    email: str
    name: str
    password: str | None
    disabled_at: datetime | None
    grants: tuple[Grant, ...] = ()


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that is signed in. `digest` names it and signs nobody in.

    `by_link`: begun by a one-time link, and so may set a password without the old one.
    """

    digest: str
    user: User
    created_at: datetime
    seen_at: datetime
    browser: str
    by_link: bool


def digest_of(value: str) -> str:
    """What is kept of a random value."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()


def add(connection: Connection, *, id: int, email: str, name: str, now: datetime) -> bool:
    """Add a user without password or grants; False where the address is a user's already."""
    if by_email(connection, email) is not None:
        return False
    connection.execute(user.insert().values(id=id, email=email, name=name, created_at=now))
    return True


def by_email(connection: Connection, email: str) -> User | None:
    """The user with that address, however it is written."""
    row = connection.execute(select(user).where(user.c.email == email.strip().lower())).first()
    return _user(row, grants_of(connection, row.id)) if row else None


def everybody(connection: Connection) -> list[User]:
    """Every user with their grants, by address."""
    held: dict[int, list[Grant]] = {}
    for row in connection.execute(select(grant)):
        held.setdefault(row.user_id, []).append(Grant(row.provider, role(row.role)))
    rows = connection.execute(select(user).order_by(user.c.email))
    return [_user(row, held.get(row.id, [])) for row in rows]


def grants_of(connection: Connection, id: int) -> list[Grant]:
    """What a user may do where."""
    rows = connection.execute(
        select(grant).where(grant.c.user_id == id).order_by(grant.c.provider, grant.c.role)
    )
    return [Grant(row.provider, role(row.role)) for row in rows]


def give(connection: Connection, id: int, granted: Grant) -> None:
    """Grant a role; granted already, nothing changes."""
    insert_once(connection, grant, user_id=id, provider=granted.provider, role=granted.role.word)


def take_away(connection: Connection, id: int, granted: Grant) -> bool:
    """Take a grant back; says whether there was one."""
    done = connection.execute(
        delete(grant).where(
            grant.c.user_id == id,
            grant.c.provider == granted.provider,
            grant.c.role == granted.role.word,
        )
    )
    return bool(done.rowcount)


def still_has(connection: Connection, id: int, hashed: str | None) -> bool:
    """Is this still the user's password, and may they still sign in?"""
    row = connection.execute(
        select(user.c.password, user.c.disabled_at).where(user.c.id == id).with_for_update()
    ).one_or_none()
    return row is not None and row.password == hashed and row.disabled_at is None


def set_password(connection: Connection, id: int, hashed: str) -> None:
    """Keep a password's hash."""
    connection.execute(update(user).where(user.c.id == id).values(password=hashed))


def disable(connection: Connection, id: int, at: datetime | None) -> None:
    """Shut a user out from `at` on, or let them in again (None)."""
    connection.execute(update(user).where(user.c.id == id).values(disabled_at=at))


def begin_session(
    connection: Connection, value: str, id: int, browser: str, now: datetime, *, by_link: bool
) -> None:
    """Sign a browser in that holds `value`."""
    connection.execute(
        user_session.insert().values(
            digest=digest_of(value),
            user_id=id,
            created_at=now,
            seen_at=now,
            browser=browser[:80],
            by_link=by_link,
        )
    )


def link_is_spent(connection: Connection, digest: str) -> None:
    """A session begun by a link has set its password, and is like any other."""
    connection.execute(
        update(user_session).where(user_session.c.digest == digest).values(by_link=False)
    )


def session_of(connection: Connection, value: str) -> Session | None:
    """The session of a browser that holds `value`, its user and grants: two queries."""
    row = connection.execute(
        select(
            user,
            user_session.c.digest,
            user_session.c.created_at.label("began_at"),
            user_session.c.seen_at,
            user_session.c.browser,
            user_session.c.by_link,
        )
        .join(user_session, user_session.c.user_id == user.c.id)
        .where(user_session.c.digest == digest_of(value), user.c.disabled_at.is_(None))
    ).first()
    if row is None:
        return None
    held = _user(row, grants_of(connection, row.id))
    return Session(row.digest, held, row.began_at, row.seen_at, row.browser, row.by_link)


def sessions(connection: Connection, id: int) -> Sequence[Row[Any]]:
    """A user's sessions, the last used first."""
    return connection.execute(
        select(user_session)
        .where(user_session.c.user_id == id)
        .order_by(user_session.c.seen_at.desc(), user_session.c.digest)
    ).all()


def seen(connection: Connection, digest: str, now: datetime) -> None:
    """Note that a session is in use."""
    connection.execute(
        update(user_session).where(user_session.c.digest == digest).values(seen_at=now)
    )


def end_session(connection: Connection, id: int, digest: str) -> bool:
    """End one session of a user; says whether there was one."""
    done = connection.execute(
        delete(user_session).where(user_session.c.user_id == id, user_session.c.digest == digest)
    )
    return bool(done.rowcount)


def end_sessions(connection: Connection, id: int, *, but: str | None = None) -> int:
    """End every session of a user, save one; returns how many."""
    query = delete(user_session).where(user_session.c.user_id == id)
    if but is not None:
        query = query.where(user_session.c.digest != but)
    return int(connection.execute(query).rowcount)


def add_link(connection: Connection, value: str, id: int, expires_at: datetime) -> None:
    """Let whoever holds `value` sign in as this user, once."""
    connection.execute(
        sign_in_link.insert().values(digest=digest_of(value), user_id=id, expires_at=expires_at)
    )


def peek_link(connection: Connection, value: str, now: datetime) -> bool:
    """Is this a one-time sign-in that still holds?"""
    return connection.execute(_link(value, now)).first() is not None


def use_link(connection: Connection, value: str, now: datetime) -> User | None:
    """The user a one-time sign-in is for; it is gone thereafter."""
    row = connection.execute(_link(value, now)).first()
    if row is None:
        return None
    gone = connection.execute(delete(sign_in_link).where(sign_in_link.c.digest == digest_of(value)))
    # Two browsers at once: the database lets one of them delete the row.
    return _user(row, grants_of(connection, row.id)) if gone.rowcount == 1 else None


def drop_links(connection: Connection, id: int) -> None:
    """Take back every one-time sign-in of a user."""
    connection.execute(delete(sign_in_link).where(sign_in_link.c.user_id == id))


def failures(connection: Connection, keys: Iterable[str]) -> dict[str, tuple[int, datetime]]:
    """Failed sign-ins by key: how many, and when the last one was."""
    rows = connection.execute(
        select(
            sign_in_failure.c.key,
            sign_in_failure.c.count.label("failed"),
            sign_in_failure.c.last_at,
        ).where(sign_in_failure.c.key.in_(list(keys)))
    )
    return {row.key: (row.failed, row.last_at) for row in rows}


def add_failure(connection: Connection, key: str, now: datetime, forgotten: datetime) -> None:
    """Count a failure; those before `forgotten` count no more."""
    table = sign_in_failure
    if insert_once(connection, table, key=key, count=1, last_at=now):
        return
    recent = table.c.last_at > forgotten
    connection.execute(
        update(table).where(table.c.key == key, recent).values(count=table.c.count + 1, last_at=now)
    )
    connection.execute(
        update(table).where(table.c.key == key, ~recent).values(count=1, last_at=now)
    )


def uncount(connection: Connection, keys: Iterable[tuple[str, int]]) -> None:
    """A try that was counted was never made: take it back."""
    table = sign_in_failure
    for key, _ in keys:
        connection.execute(
            update(table)
            .where(table.c.key == key, table.c.count > 0)
            .values(count=table.c.count - 1)
        )


def forgive(connection: Connection, keys: Iterable[tuple[str, int]], whole: int) -> None:
    """A try went well: forget the failures of keys with `whole` free ones, elsewhere one."""
    table = sign_in_failure
    for key, free in keys:
        if free == whole:
            connection.execute(delete(table).where(table.c.key == key))
        else:
            uncount(connection, [(key, free)])


def tidy(connection: Connection, *, idle: datetime, begun: datetime, forgotten: datetime) -> int:
    """Remove sessions and links that have ended and failures long past; returns how many rows.

    `idle`, `begun`: sessions last used or begun before these have ended.
    """
    ended = or_(user_session.c.seen_at < idle, user_session.c.created_at < begun)
    done = [
        connection.execute(delete(user_session).where(ended)),
        connection.execute(delete(sign_in_failure).where(sign_in_failure.c.last_at < forgotten)),
        connection.execute(delete(sign_in_link).where(sign_in_link.c.expires_at < forgotten)),
    ]
    return sum(int(one.rowcount) for one in done)


def any_user(connection: Connection) -> bool:
    """Is there anybody who could sign in?"""
    return bool(connection.execute(select(func.count()).select_from(user)).scalar_one())


def _link(value: str, now: datetime) -> Any:
    return (
        select(user)
        .join(sign_in_link, sign_in_link.c.user_id == user.c.id)
        .where(
            and_(
                sign_in_link.c.digest == digest_of(value),
                sign_in_link.c.expires_at > now,
                user.c.disabled_at.is_(None),
            )
        )
    )


def _user(row: Row[Any], grants: Iterable[Grant]) -> User:
    return User(row.id, row.email, row.name, row.password, row.disabled_at, tuple(grants))
