"""The reading side against Dovecot and against pymap: what another client, or a bad file, does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mail import imap
from mail.imap import Fetched, Mailbox
from mail.login import Login, MailRefused, MailUnavailable
from tests.servers.cutting import Cutting
from tests.servers.dovecot import Dovecot
from tests.servers.imap import PASSWORD, ImapServer
from tests.servers.wait import HOST

WHEN = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)


def mail(number: int, size: int = 0) -> bytes:
    """A small mail, or one of exactly so many bytes."""
    head = b"From: Jo <jo@example.com>\r\nSubject: Mail %d\r\n\r\nHello\r\n" % number
    return head + b"x" * (size - len(head) - 2) + b"\r\n" if size else head


class Place:
    """A user's mailbox at a server, and our side of it behind a proxy."""

    def __init__(self, server: ImapServer, user: str) -> None:
        self.server, self.user = server, user
        self.proxy = Cutting(server.port)
        self.proxy.start()
        self.folder = "INBOX"
        self.mailbox = self.connect()
        with server.client(user) as client:
            # Not every server numbers its first mail 1.
            self.base = int(client.folder_status("INBOX", [b"UIDNEXT"])[b"UIDNEXT"]) - 1

    def uids(self, *numbers: int) -> list[int]:
        """The UIDs of the first mail, the second, and so on."""
        return [self.base + number for number in numbers]

    def connect(self, folder: str = "INBOX", password: str = PASSWORD) -> Mailbox:
        login = Login(HOST, self.proxy.port, "plain", self.user, password, timeout=10)
        return Mailbox(login, folder)

    def put(self, *numbers: int) -> None:
        for number in numbers:
            self.server.append(self.user, mail(number), folder=self.folder, when=WHEN)

    def expunge(self, *numbers: int) -> None:
        """As another client would."""
        with self.server.client(self.user) as client:
            client.select_folder(self.folder)
            client.delete_messages(self.uids(*numbers))
            client.uid_expunge(self.uids(*numbers))

    def meanwhile(self, command: str, *numbers: int) -> None:
        """Expunge those just before the first line with `command` reaches the server."""

        def passing(line: str) -> None:
            if command in line:
                self.proxy.passing = lambda line: None
                self.expunge(*numbers)

        self.proxy.passing = passing

    def read(self, after: int = 0) -> list[Fetched]:
        """What comes after the mail of that number."""
        self.mailbox.open()
        batches = self.mailbox.fetch(self.mailbox.uids_after(self.base + after if after else 0))
        return [one for batch in batches for one in batch]

    def told(self, found: list[Fetched]) -> list[tuple[int, bytes]]:
        """Number and bytes of mails that came whole."""
        assert all(one.problem is None for one in found)
        return [(one.uid - self.base, one.raw) for one in found]


@contextmanager
def _place(server: ImapServer, user: str) -> Iterator[Place]:
    place = Place(server, user)
    yield place
    place.mailbox.close()
    place.proxy.stop()


@pytest.fixture
def at_dovecot(dovecot: Dovecot, mail_user: str) -> Iterator[Place]:
    with _place(dovecot, mail_user) as place:
        yield place


@pytest.fixture
def place(imap_server: ImapServer, mail_user: str) -> Iterator[Place]:
    """A mailbox at each server."""
    with _place(imap_server, mail_user) as place:
        yield place


def test_every_mail_comes_once_whatever_gaps_the_uids_have(place: Place) -> None:
    place.put(1, 2, 3, 4, 5)
    place.expunge(1, 3, 5)
    place.put(6)
    found = place.read()
    assert place.told(found) == [(2, mail(2)), (4, mail(4)), (6, mail(6))]
    assert {one.internal_date for one in found} == {WHEN}
    assert place.read(after=6) == [], '"7:*" names the last mail even where there is no seventh'


def test_nothing_read_is_marked_as_read(place: Place) -> None:
    place.put(1, 2)
    with place.server.client(place.user) as client:
        client.select_folder("INBOX")
        client.add_flags(place.uids(1), [b"\\Seen"])
    assert len(place.read()) == 2
    with place.server.client(place.user) as client:
        client.select_folder("INBOX", readonly=True)
        flags = client.get_flags(place.uids(1, 2))
    assert [b"\\Seen" in flags[uid] for uid in place.uids(1, 2)] == [True, False]


@pytest.mark.parametrize("command", ["RFC822.SIZE", "BODY.PEEK"])
def test_a_mail_expunged_while_we_read_stops_nobody_elses(place: Place, command: str) -> None:
    place.put(1, 2, 3)
    place.meanwhile(command, 2)
    found = place.told(place.read())
    # A server may still hand over what it had shown us; what it may not is hand over nothing.
    assert found in (
        [(1, mail(1)), (3, mail(3))],
        [(1, mail(1)), (2, mail(2)), (3, mail(3))],
    )
    place.mailbox.open()
    assert place.mailbox.uids_after(0) == place.uids(1, 3)


def test_every_mail_expunged_while_we_read_leaves_nothing(place: Place) -> None:
    place.put(1, 2)
    place.meanwhile("RFC822.SIZE", 1, 2)
    assert {raw for _, raw in place.told(place.read())} <= {mail(1), mail(2)}
    assert place.read() == []


def test_a_mail_moved_by_somebody_else_is_no_error_at_the_next_look(place: Place) -> None:
    place.put(1, 2)
    place.mailbox.open()
    place.expunge(1)
    place.mailbox.open()
    place.mailbox.move(place.uids(1, 2), "Handled")
    assert place.server.messages(place.user, "Handled") == [mail(2)]
    assert place.server.messages(place.user) == []


def test_a_folder_made_anew_while_we_read_is_not_read_by_the_old_uids(at_dovecot: Place) -> None:
    place = at_dovecot
    place.folder = "Complaints"
    with place.server.client(place.user) as client:
        client.create_folder(place.folder)
    place.put(1, 2)

    def make_anew(line: str) -> None:
        if "BODY.PEEK" in line:
            place.proxy.passing = lambda line: None
            with place.server.client(place.user) as client:
                client.delete_folder(place.folder)
                client.create_folder(place.folder)
            place.put(8, 9)

    place.proxy.passing = make_anew
    place.mailbox = place.connect(place.folder)
    with pytest.raises(MailUnavailable):
        place.read()
    assert place.told(place.read()) == [(1, mail(8)), (2, mail(9))]


def test_a_mail_of_the_greatest_size_is_whole_and_one_above_is_its_header(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "MAX_FETCH_BYTES", 50_000)
    for number, size in enumerate((50_000, 50_001, 300), start=1):
        place.server.append(place.user, mail(number, size))
    whole, above, small = place.read()
    assert (len(whole.raw), whole.problem) == (50_000, None)
    assert above.raw.startswith(b"From: Jo <jo@example.com>")
    assert b"xxx" not in above.raw
    assert above.problem is not None
    assert "only its header is kept" in above.problem
    assert (len(small.raw), small.problem) == (300, None)


def test_batches_are_bounded_in_number_and_in_bytes(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "BATCH", 3)
    monkeypatch.setattr(imap, "BATCH_BYTES", 2_000)
    for size in (300, 300, 300, 300, 1_500, 1_500, 9_000, 300):
        place.server.append(place.user, mail(1, size))
    place.mailbox.open()
    batches = place.mailbox.fetch(place.mailbox.uids_after(0))
    uids = [[one.uid for one in batch] for batch in batches]
    assert uids == [place.uids(*numbers) for numbers in ((1, 2, 3), (4, 5), (6,), (7,), (8,))]


def test_a_folder_that_is_not_there_and_a_wrong_password_are_refused(place: Place) -> None:
    with pytest.raises(MailRefused, match=r"(?i)nowhere|exist|not found|no such"):
        place.connect("Nowhere").open()
    with pytest.raises(MailRefused, match="sign-in refused"):
        place.connect(password="wrong").open()
    with pytest.raises(MailUnavailable, match="closed"):
        place.mailbox.uids_after(0)


def files(place: Place) -> list[Path]:
    """Dovecot's files of the mails it has seen, the oldest first."""
    assert isinstance(place.server, Dovecot)
    with place.server.client(place.user) as client:
        client.select_folder("INBOX")
    found = (place.server.home / "mail" / place.user / "cur").iterdir()
    # Their names begin with seconds and, of as many digits as it takes, microseconds.
    return sorted(found, key=lambda path: [int(one) for one in re.findall(r"\d+", path.name)[:2]])


def spoil(path: Path, how: str) -> None:
    """Let Dovecot be unable to hand over the mail in a file."""
    if how == "emptied":
        path.write_bytes(b"")
    elif how == "grown":
        path.write_bytes(path.read_bytes() + b"more than its name says\r\n")
    else:
        path.chmod(0)


@pytest.mark.parametrize("how", ["emptied", "grown", "unreadable"])
def test_a_mail_that_dovecot_cannot_hand_over_stops_nobody_elses(
    at_dovecot: Place, how: str
) -> None:
    at_dovecot.put(1, 2, 3, 4)
    spoil(files(at_dovecot)[1], how)
    first, second, *others = at_dovecot.read()
    assert at_dovecot.told([first, *others]) == [(1, mail(1)), (3, mail(3)), (4, mail(4))]
    assert (second.uid, second.raw) == (2, b"")
    assert second.problem is not None
    assert "did not hand it over" in second.problem
    assert at_dovecot.told(at_dovecot.read(after=2)) == [(3, mail(3)), (4, mail(4))]


def test_a_mail_of_which_dovecot_cannot_tell_the_size_stops_nobody_elses(
    at_dovecot: Place,
) -> None:
    at_dovecot.put(1, 2)
    # A file whose name does not say its size is read for it, and nobody may read this one.
    nameless = files(at_dovecot)[1].with_name("9999999999.M1P1.vm:2,")
    nameless.write_bytes(mail(3))
    nameless.chmod(0)
    at_dovecot.put(4)
    found = at_dovecot.read()
    assert {one.raw for one in found} == {mail(1), mail(2), mail(4), b""}
    (spoilt,) = (one for one in found if one.problem)
    assert spoilt.raw == b""
