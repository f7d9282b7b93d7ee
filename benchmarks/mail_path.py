"""CPU milliseconds a mail from IMAP to the queued acknowledgement, split by step, beside the floor.

The floor is the bare pipeline of the same parts: fetch in batches, parse with `compat32`, look up
the thread, write three rows (the raw mail, the message, its id), one commit a mail; on SQLite with
the same safety (WAL, synchronous FULL). Both read the same Dovecot mailbox in the same run.
CPU is this process's user and system time; the servers' own is not in it.
"""

from __future__ import annotations

import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from email import message_from_bytes
from pathlib import Path

from imapclient import IMAPClient
from sqlalchemy import select, text

from benchmarks.sample_mail import mails
from mail.imap import BATCH
from mail.parse import parse
from mail.words import own_spans
from plugin import runtime
from plugin.desk import collect, receive
from plugin.desk.ports import Desk
from plugin.store.engine import Database
from plugin.store.schema import case
from plugin.triage import judge
from tests.plugin.support import box_settings, desk, settings
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.postgres import Postgres

COUNT = 2000
USER = "bench"
HOST = "127.0.0.1"


def main() -> None:
    """Measure on SQLite and on PostgreSQL and print a table of each."""
    sample = list(mails(COUNT))
    sizes = sorted(len(mail) for mail in sample)
    median, mean = statistics.median(sizes) / 1000, statistics.mean(sizes) / 1000
    print(f"{COUNT} made-up mails, median {median:.1f} kB, mean {mean:.1f} kB")
    dovecot, postgres = Dovecot(), Postgres()
    dovecot.start()
    postgres.start()
    try:
        with dovecot.client(USER) as client:
            for mail in sample:
                client.append("INBOX", mail)
        with tempfile.TemporaryDirectory() as folder:
            sqlite = f"sqlite:///{folder}"
            _measure("SQLite", dovecot, f"{sqlite}/floor.db", f"{sqlite}/path.db", sample, 4)
            _measure("PostgreSQL", dovecot, postgres.url(), postgres.url(), sample, 6)
    finally:
        postgres.stop()
        dovecot.stop()


def _measure(
    name: str, dovecot: Dovecot, floor_url: str, url: str, sample: list[bytes], aim: float
) -> None:
    floors = [_cpu(lambda: _floor(dovecot, floor_url))]
    built = _desk(dovecot, url)
    (box,) = runtime.boxes(built)
    fetch = _cpu(lambda: collect.collect(built, box, runtime.utc_now))
    box.mailbox.close()
    rest = _cpu(lambda: _receive_all(built))
    reading = _cpu(lambda: [parse(mail) for mail in sample])
    messages = [parse(mail) for mail in sample]
    words = _cpu(lambda: [own_spans(message.text) for message in messages])
    judging = _cpu(lambda: [judge(m.own_text, subject=m.subject) for m in messages])
    with built.database.read() as connection:
        opened = len(connection.execute(select(case.c.id)).all())
    built.database.close()
    floors.append(_cpu(lambda: _floor(dovecot, floor_url)))
    floor = statistics.mean(floors)
    whole = fetch + rest
    print(f"\n{name}: {opened} cases opened")
    for step, cost in (
        ("fetch, keep the raw mail", fetch),
        ("parse", reading - words),
        ("own words", words),
        ("triage", judging),
        ("thread, case, promises, letter, commit", rest - reading - judging),
        ("whole path", whole),
        ("floor", floor),
    ):
        print(f"  {step:40} {cost:6.2f} ms a mail")
    print(f"  whole path / floor                       {whole / floor:6.2f}  (aim: 2.5 or less)")
    print(f"  aim for the whole path                   {aim:6.2f} ms or less")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  resident memory, most so far             {memory:6.0f} MB (all mails are held here)")


def _cpu(work: Callable[[], object]) -> float:
    """CPU milliseconds a mail."""
    started = time.process_time()
    work()
    return (time.process_time() - started) * 1000 / COUNT


def _desk(dovecot: Dovecot, url: str) -> Desk:
    box = box_settings(dovecot.port, USER, PASSWORD, file_into={})
    return desk(url, settings(Path("/tmp"), mailbox={"ooma": box}), draw=runtime.SystemDraw())


def _receive_all(built: Desk) -> None:
    while receive.receive(built, runtime.utc_now()):
        pass


def _floor(dovecot: Dovecot, url: str) -> None:
    database = Database(url)
    binary = "BLOB" if database.is_sqlite else "BYTEA"
    with database.engine.begin() as connection:
        for table in (
            f"raw (id INTEGER PRIMARY KEY, data {binary})",
            "message (id INTEGER PRIMARY KEY, sender TEXT, subject TEXT, body TEXT)",
            "thread (message_id VARCHAR(255) PRIMARY KEY, id INTEGER)",
        ):
            connection.execute(text(f"DROP TABLE IF EXISTS floor_{table.partition(' ')[0]}"))
            connection.execute(text(f"CREATE TABLE floor_{table}"))
    client = IMAPClient(HOST, port=dovecot.port, ssl=False)
    client.login(USER, PASSWORD)
    client.select_folder("INBOX", readonly=True)
    uids = client.search()
    for at in range(0, len(uids), BATCH):
        for uid, told in client.fetch(uids[at : at + BATCH], [b"BODY.PEEK[]"]).items():
            _floor_mail(database, uid, told[b"BODY[]"])
    client.logout()
    database.close()


_FIND = text("SELECT id FROM floor_thread WHERE message_id = :id")
_ROWS = (
    text("INSERT INTO floor_raw VALUES (:id, :raw)"),
    text("INSERT INTO floor_message VALUES (:id, :sender, :subject, :body)"),
    text("INSERT INTO floor_thread VALUES (:message_id, :id)"),
)


def _floor_mail(database: Database, id: int, raw: bytes) -> None:
    message = message_from_bytes(raw)
    payloads = [part.get_payload(decode=True) for part in message.walk()]
    body = next(payload for payload in payloads if isinstance(payload, bytes))
    values = {
        "id": id,
        "raw": raw,
        "sender": message["From"],
        "subject": message["Subject"],
        "body": body.decode("utf-8", "replace"),
        "message_id": message["Message-ID"],
    }
    with database.engine.begin() as connection:
        connection.execute(_FIND, {"id": message["In-Reply-To"]}).all()
        for row in _ROWS:
            connection.execute(row, values)


if __name__ == "__main__":
    main()
