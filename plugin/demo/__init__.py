"""The demo desk: a mailbox and mail server of its own, and the ordinary service at work on them.

Nothing is faked: it writes an ordinary settings file for two real servers on loopback, and what
then runs is the service as anybody would run it. It starts anew each time.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from plugin import runtime
from plugin.demo.samples import samples
from plugin.demo.servers import HOST, DemoMailbox, DemoPost
from plugin.demo.story import Story
from plugin.desk.ports import Desk
from plugin.settings import load

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
port = 0

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


@contextmanager
def desk(echo: Callable[[str], None]) -> Iterator[Desk]:
    """A desk on demo servers that hold sample mail, telling its story through `echo`."""
    password = runtime.token()
    story = Story(echo, runtime.utc_now)
    mailbox = DemoMailbox(USERS, password)
    post = DemoPost(story.letter)
    mailbox.start()
    post.start()
    try:
        settings = load(_write_settings(mailbox.port, post.port, password), {})
        runtime.prepare(settings)
        built = runtime.build_desk(settings, story.tell)
        story.desk = built
        _deliver(mailbox, story)
        try:
            yield built
        finally:
            built.database.close()
    finally:
        story.end()
        post.stop()
        mailbox.stop()


def _write_settings(imap_port: int, smtp_port: int, password: str) -> Path:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    text = _SETTINGS.format(host=HOST, smtp_port=smtp_port)
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
