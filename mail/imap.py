"""Collecting over IMAP: the only socket on the reading side.

Everything here is by UID and nothing changes the server's state by reading: bodies are fetched
with BODY.PEEK, and the read flag means nothing to us. Moves are asked for by the desk, after its
commit. Errors are of two kinds: `MailUnavailable` (try later) and `MailRefused` (look at it).
"""

from __future__ import annotations

import imaplib
import re
import select
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError, ProtocolError

from mail.login import (
    MECHANISMS,
    Login,
    MailRefused,
    MailUnavailable,
    Tokens,
    after_bearer,
    bearer,
    sign_in,
)

BATCH = 50
"""How many mails are fetched at once (measured: slower below, no faster above)."""

BATCH_BYTES = 16 * 1024 * 1024
"""How many bytes of mail are held at once, save a single mail larger than that."""

MAX_FETCH_BYTES = 100 * 1024 * 1024
"""A mail larger than this is not fetched whole; its header is, and it is quarantined."""

MAX_UID = 2**32
"""UIDs and UIDVALIDITY are numbers below it (RFC 9051, 2.3.1.1)."""

_FETCH = (b"BODY.PEEK[]", b"INTERNALDATE")
_HEADER = (b"BODY.PEEK[HEADER]", b"INTERNALDATE")

_BYTES = re.compile(r"\bb(['\"])(.*?)\1")
"""What the libraries show of a server's words as Python has bytes."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Fetched:
    """A mail as the server holds it. `problem` says why `raw` is not the whole of it."""

    uid: int
    raw: bytes
    internal_date: datetime | None
    problem: str | None = None


class Mailbox:
    """One signed-in connection with one folder selected."""

    def __init__(self, login: Login, folder: str) -> None:
        self._login = login
        self._folder = folder
        self._client: IMAPClient | None = None
        self._uidvalidity = self._next = 0

    def open(self) -> int:
        """Connect, sign in and select the folder, unless that stands already; its UIDVALIDITY.

        Raises MailUnavailable, or MailRefused where the sign-in or the folder is refused.
        """
        if self._client is None:
            self._client = self._guard(self._connect)
        client = self._client

        def select() -> tuple[int, int]:
            told = client.select_folder(self._folder)
            validity, following = int(told[b"UIDVALIDITY"]), int(told.get(b"UIDNEXT", MAX_UID))
            if not (0 < validity <= MAX_UID and 0 <= following <= MAX_UID):
                raise ValueError("no number of its kind")
            return validity, following

        self._uidvalidity, self._next = self._guard(select)
        return self._uidvalidity

    def uids_after(self, uid: int, since: date | None = None) -> list[int]:
        """The UIDs above `uid`, ascending; `since`: only what arrived on that day or later."""
        # "n:*" names the last mail even where its UID is below n (RFC 9051, section 6.4.4).
        return sorted(number for number in self._search(uid + 1, None, since) if number > uid)

    def fetch(self, uids: Sequence[int]) -> Iterator[list[Fetched]]:
        """Fetch mails in batches bounded in number and bytes. Expunged ones are passed over.

        A mail that the server cannot hand over is given with its `problem`, so that it stops
        nobody else's.
        """
        for at in range(0, len(uids), 10 * BATCH):
            sizes = self._sizes(uids[at : at + 10 * BATCH])
            for batch in _batches(sizes):
                yield self._fetch_batch(batch, sizes)

    def move(self, uids: Sequence[int], folder: str) -> None:
        """Move mails to another folder, made where it is missing. Gone ones are no error."""
        client = self._signed_in()
        if not self._guard(lambda: client.folder_exists(folder)):
            self._guard(lambda: client.create_folder(folder))
        if client.has_capability("MOVE"):
            self._guard(lambda: client.move(uids, folder))
            return
        self._guard(lambda: client.copy(uids, folder))
        self._guard(lambda: client.delete_messages(uids))
        if client.has_capability("UIDPLUS"):
            self._guard(lambda: client.uid_expunge(uids))

    def watch(self, seconds: int, stop: Callable[[], bool]) -> bool | None:
        """Wait for new mail for up to so many seconds (IDLE, RFC 2177); did some come?

        `stop` is asked once a second. None where the server cannot tell. The folder must be open.
        Every call is a question of its own, so that a dead line is found out within this time and
        no server gets tired of us (it may after half an hour). Raises MailUnavailable, MailRefused.
        """
        client = self._signed_in()
        if not self._guard(lambda: client.has_capability("IDLE")):
            return None
        return self._guard(lambda: _idle(client, seconds, stop))

    def close(self) -> None:
        """Sign out and hang up; never raises."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(Exception):
                client.logout()

    def _connect(self) -> IMAPClient:
        login = self._login
        client = IMAPClient(
            login.host,
            port=login.port,
            ssl=login.security == "tls",
            ssl_context=login.tls() if login.security == "tls" else None,
            timeout=login.timeout,
        )
        try:
            client.normalise_times = False
            if login.security == "starttls":
                client.starttls(login.tls())
            if login.tokens is None:
                client.login(login.username, login.password)
            else:
                _sign_in(client, login, login.tokens)
        except BaseException:
            with suppress(Exception):
                client.shutdown()
            raise
        return client

    def _signed_in(self) -> IMAPClient:
        if self._client is None:
            raise MailUnavailable("the connection is closed")
        return self._client

    def _guard(self, step: Callable[[], Result]) -> Result:
        """Run one command; turn what goes wrong into one of our two errors."""
        try:
            return step()
        except LoginError as error:
            self._hang_up()
            raise MailRefused(f"sign-in refused: {_said(error)}") from error
        except ssl.SSLCertVerificationError as error:
            self._hang_up()
            said = f"the server's certificate is not trusted: {error.verify_message}"
            raise MailRefused(said) from error
        except (IMAPClientError, imaplib.IMAP4.error, ProtocolError) as error:
            dropped = isinstance(error, imaplib.IMAP4.abort)
            self._hang_up()
            if dropped:
                raise _HungUp(f"the connection was lost: {_said(error)}") from error
            raise MailRefused(_said(error)) from error
        except UnicodeError as error:
            self._hang_up()
            raise MailRefused("the user name or password has letters IMAP cannot send") from error
        except (KeyError, ValueError, OverflowError) as error:
            self._hang_up()
            said = f"the server answered what cannot be understood ({type(error).__name__})"
            raise MailRefused(said) from error
        except (OSError, EOFError) as error:
            self._hang_up()
            raise MailUnavailable(f"no connection: {_said(error)}") from error

    def _hang_up(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with suppress(Exception):
                client.shutdown()

    def _search(self, first: int, last: int | None, since: date | None) -> set[int]:
        """The UIDs from `first` to `last` (None: to the end), as `uids_after` has it."""
        client = self._signed_in()
        asked: list[Any] = ["UID", f"{first}:{last or '*'}", *(["SINCE", since] if since else [])]
        try:
            return set(self._guard(lambda: client.search(asked)))
        except MailRefused as error:
            # imaplib reads no line of more than a million bytes, which a huge mailbox fills.
            if "got more than" not in str(error):
                raise
        self._look_again()
        middle = (first + (last or self._next)) // 2
        return self._search(first, middle, since) | self._search(middle + 1, last, since)

    def _sizes(self, uids: Sequence[int]) -> dict[int, int]:
        client = self._signed_in()
        try:
            told = self._guard(lambda: client.fetch(uids, [b"RFC822.SIZE"]))
        except (MailRefused, _HungUp):
            self._look_again()
            if len(uids) == 1:
                return {uids[0]: 0}
            half = len(uids) // 2
            return self._sizes(uids[:half]) | self._sizes(uids[half:])
        return {uid: int(told[uid].get(b"RFC822.SIZE", 0)) for uid in sorted(told) if uid in uids}

    def _fetch_batch(self, uids: list[int], sizes: dict[int, int]) -> list[Fetched]:
        huge = sizes[uids[0]] > MAX_FETCH_BYTES
        try:
            told = self._ask_for(uids, huge)
        except (MailRefused, _HungUp):
            told = {uid: {} for uid in uids}
        there = [uid for uid in uids if uid in told]
        got = [_fetched(uid, told[uid], huge) or self._alone(uid, huge) for uid in there]
        return [mail for mail in got if mail]

    def _ask_for(self, uids: list[int], huge: bool) -> dict[int, dict[bytes, Any]]:
        client = self._signed_in()
        return self._guard(lambda: client.fetch(uids, _HEADER if huge else _FETCH))

    def _alone(self, uid: int, huge: bool) -> Fetched | None:
        """A mail that did not come with others, asked for anew; None where it is gone.

        A server that cannot read one mail refuses the command or hangs up (Dovecot does), and
        would at every visit. So would a bad line: it is asked twice, over another connection.
        """
        problem = "it sent nothing"
        for _ in range(2):
            self._look_again()
            try:
                told = self._ask_for([uid], huge)
            except (MailRefused, _HungUp) as error:
                problem = str(error)
                continue
            if uid not in told:
                return None
            if mail := _fetched(uid, told[uid], huge):
                return mail
        self._look_again()
        return Fetched(uid, b"", None, f"the server did not hand it over: {problem}")

    def _look_again(self) -> None:
        """The folder as it is now, what others expunged gone. Raises MailUnavailable if remade."""
        before = self._uidvalidity
        if self.open() != before:
            raise MailUnavailable("the folder was made anew while it was read")


def _sign_in(client: IMAPClient, login: Login, tokens: Tokens) -> None:
    """Sign in with a token. Raises LoginError, MailRefused, MailUnavailable."""
    mechanism = next((one for one in MECHANISMS if client.has_capability(f"AUTH={one}")), None)
    if mechanism is None:
        raise MailRefused("the server takes no OAuth2 tokens; sign in with a password")

    def say(token: str) -> None:
        said = bearer(mechanism, login, token)
        client.sasl_login(mechanism, lambda why: after_bearer(mechanism) if why else said)

    sign_in(tokens, say, LoginError)


def _idle(client: IMAPClient, seconds: int, stop: Callable[[], bool]) -> bool:
    """One IDLE, ended by new mail, by time or by `stop`."""
    client.idle()
    heard: list[Any] = []
    for _ in range(seconds):
        if stop():
            break
        heard = client.idle_check(timeout=1)
        if heard or _has_ended(client):
            break
    # It answers with what it had not said yet, or not at all where the line is dead.
    _, more = client.idle_done()
    return any(len(said) > 1 and said[1] == b"EXISTS" for said in [*heard, *more])


def _has_ended(client: IMAPClient) -> bool:
    """Is there something to read although nothing was said? Then the line has ended."""
    poller = select.poll()
    poller.register(client.socket(), select.POLLIN)
    return bool(poller.poll(0))


class _HungUp(MailUnavailable):
    """The server ended the connection while it answered, by saying so or without a word."""


def _fetched(uid: int, told: dict[bytes, Any], huge: bool) -> Fetched | None:
    """The mail as the server told it; None where it had no content to tell (RFC 9051, 7.5.2)."""
    raw = told.get(b"BODY[HEADER]" if huge else b"BODY[]")
    if raw is None:
        return None
    problem = f"it is larger than {MAX_FETCH_BYTES // 1024**2} MiB; only its header is kept"
    date: datetime | None = told.get(b"INTERNALDATE")
    when = date.astimezone(UTC) if date and date.tzinfo else None
    return Fetched(uid, bytes(raw), when, problem if huge else None)


def _batches(sizes: dict[int, int]) -> Iterator[list[int]]:
    """UIDs in order, in batches of at most BATCH mails and BATCH_BYTES, huge mails alone."""
    batch: list[int] = []
    held = 0
    for uid, size in sizes.items():
        alone = size > MAX_FETCH_BYTES
        if batch and (alone or len(batch) == BATCH or held + size > BATCH_BYTES):
            yield batch
            batch, held = [], 0
        batch.append(uid)
        held += size
        if alone:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


def _said(error: BaseException) -> str:
    """What the server said, on one line and bounded."""
    words = _BYTES.sub(r"\2", " ".join(str(error).split())[:300])
    shown = (one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in words)
    return "".join(shown) or type(error).__name__
