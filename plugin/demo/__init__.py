"""The demo desk: a mailbox and mail server of its own, and the ordinary service at work on them.

Nothing is faked: it writes an ordinary settings file for two real servers on loopback, and what
then runs is the service as anybody would run it. It starts anew each time.
"""

from __future__ import annotations

import os
import shutil
import socket
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from plugin import runtime
from plugin.cases.roles import EVERY_PROVIDER, Grant, Role
from plugin.demo.samples import samples
from plugin.demo.servers import HOST, MAX_LETTERS, DemoMailbox, DemoPost
from plugin.demo.story import Story
from plugin.desk import people
from plugin.desk.ports import Desk
from plugin.settings import load
from plugin.web.office import Posted

FOLDER = Path("var/demo")
"""Everything the demo keeps; made anew at each start."""

USERS = ("ooma", "8x8", "jive", "opus")

_SETTINGS = """\
# The demo desk's settings, written at its start. Point a file like this, named answerable.toml, at
# a real mailbox and a real mail server, and the same service does the same work there.
default_provider = "ooma"

[database]
url = "sqlite:///answerable.db"

[keys]
file = "keys.json"

[web]
port = {web_port}
url = "http://{host}:{web_port}"

[smtp]
host = "{host}"
port = {smtp_port}
security = "plain"

[provider.jive]
acknowledgement_timeframe = "10 business days"
"""

_MAILBOX = """
[mailbox.{user}]
provider = "{user}"
address = "complaints@{user}.example"
host = "{host}"
port = {port}
security = "plain"
username = "{user}"
password_file = "password"
poll_seconds = 1
file_into = {{ handled = "Handled", not_complaint = "Not complaints", automatic = "Automatic", \
quarantine = "Quarantine" }}
"""


WEB_PORT = 8080

USER = "demo@answerable.example"
"""Who may sign in to the demo's panel, as an admin of every provider."""


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo desk: the desk, the letters its mail server has taken, and a one-time sign-in."""

    desk: Desk
    posted: Callable[[], Sequence[Posted]]
    link: Callable[[], str]


class _Outgoing:
    """The last letters that the demo's mail server has taken."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._letters: deque[Posted] = deque(maxlen=MAX_LETTERS)
        self._count = 0

    def take(self, raw: bytes, recipients: list[str]) -> None:
        """Keep a letter and tell of it; called by the mail server's one thread."""
        self._count += 1
        self._letters.append(Posted(self._count, tuple(recipients), raw, runtime.utc_now()))
        self._story.letter(raw, recipients)

    def letters(self) -> Sequence[Posted]:
        """The letters, the oldest first."""
        return tuple(self._letters)


@contextmanager
def desk(echo: Callable[[str], None]) -> Iterator[Demo]:
    """A desk on demo servers that hold sample mail, telling its story through `echo`."""
    password = runtime.token()
    story = Story(echo, runtime.utc_now)
    outgoing = _Outgoing(story)
    mailbox = DemoMailbox(USERS, password)
    post = DemoPost(outgoing.take)
    mailbox.start()
    post.start()
    try:
        settings = load(_write_settings(mailbox.port, post.port, password), {})
        runtime.prepare(settings)
        built = runtime.build_desk(settings, story.tell)
        story.desk = built
        _deliver(mailbox, story)
        everything = [Grant(EVERY_PROVIDER, Role.ADMIN)]
        user = people.add_user(built, USER, "Demo Admin", everything, runtime.utc_now())
        assert user is not None, "the demo's database is new"
        try:
            yield Demo(
                built,
                outgoing.letters,
                lambda: people.one_time_link(built, user, runtime.utc_now()),
            )
        finally:
            built.database.close()
    finally:
        story.end()
        post.stop()
        mailbox.stop()


def _free_port() -> int:
    """The usual port of the panel where nobody has it, else any."""
    for port in (WEB_PORT, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind((HOST, port))
                return int(probe.getsockname()[1])
    return 0


def _write_settings(imap_port: int, smtp_port: int, password: str) -> Path:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    text = _SETTINGS.format(host=HOST, smtp_port=smtp_port, web_port=_free_port())
    for user in USERS:
        text += _MAILBOX.format(user=user, host=HOST, port=imap_port)
    for name, content in (("password", password), ("answerable.toml", text)):
        path = FOLDER / name
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content)
    return FOLDER / "answerable.toml"


def _deliver(mailbox: DemoMailbox, story: Story) -> None:
    """Put the sample mail into the mailboxes, a second apart as their clocks go."""
    now = runtime.utc_now()
    letters = samples(now, runtime.token())
    story.begin(len(letters))
    for sample in letters:
        story.say("mail in", sample.tells)
        mailbox.deliver(sample.user, sample.raw, sample.when)
    story.at_work()
