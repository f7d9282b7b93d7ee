"""Memory of a worker that collects 10,000 mails from Dovecot into SQLite, the whole path.

It works in a process of its own, which holds nothing but what the service holds; the most memory it
ever had is what the system says of it. Beside it stands a process that has only loaded the program
and opened the database: what is above that is what the mails cost.
`python -m benchmarks.many_mails [HOW MANY]`
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from benchmarks.sample_mail import mails
from plugin import runtime
from plugin.desk import collect, receive
from plugin.store.schema import case, inbound
from tests.plugin.support import box_settings, desk, settings
from tests.servers.dovecot import Dovecot
from tests.servers.imap import PASSWORD

COUNT = 10_000
AIM_MB = 200


def main(count: int = COUNT) -> None:
    """Measure and print a line each."""
    dovecot = Dovecot()
    dovecot.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            dovecot.fill("many", mails(count))
            before, after = measured(dovecot, Path(folder), "many")
    finally:
        dovecot.stop()
    print(f"{after['mails']:,} mails collected from Dovecot into SQLite, {after['cases']:,} cases")
    print(f"  before the first mail   {before['mb']:5.0f} MB")
    print(f"  most memory ever        {after['mb']:5.0f} MB (aim: under {AIM_MB})")
    print(f"  whole path              {after['cpu_ms']:5.2f} ms CPU a mail")


def measured(dovecot: Dovecot, folder: Path, *users: str) -> list[dict[str, Any]]:
    """What a worker is before it has collected, and after each of these users' mailboxes.

    `mb`: the most resident memory so far; `objects`: how many Python objects are alive.
    """
    command = [sys.executable, "-m", "benchmarks.many_mails", "--work", str(folder)]
    done = subprocess.run(
        [*command, str(dovecot.port), *users],
        cwd=Path(__file__).parents[1],
        check=True,
        capture_output=True,
        text=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def most_memory() -> float:
    """The most resident memory this process ever had, in MB, as Linux tells it.

    Not by getrusage: what that says of a new process is no less than its parent had.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def work(folder: Path, port: int, *users: str) -> None:
    """Collect from every user's mailbox and finish all of it, saying what it took."""
    boxes = {user: box_settings(port, user, PASSWORD) for user in users}
    url = f"sqlite:///{folder}/many.db"
    built = desk(url, settings(folder, mailbox=boxes), draw=runtime.SystemDraw())

    def say(cpu: float) -> None:
        with built.database.read() as connection:
            count = select(func.count()).select_from
            done, opened = (connection.execute(count(one)).scalar_one() for one in (inbound, case))
        gc.collect()
        told = {
            "mails": done,
            "cases": opened,
            "mb": most_memory(),
            "objects": len(gc.get_objects()),
            "cpu_ms": cpu * 1000 / max(done, 1),
        }
        print(json.dumps(told), flush=True)

    say(0)
    started = time.process_time()
    for box in runtime.boxes(built):
        collect.collect(built, box, runtime.utc_now)
        while receive.receive(built, runtime.utc_now()):
            pass
        say(time.process_time() - started)
        box.mailbox.close()
    built.database.close()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        work(Path(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:])
    else:
        main(*map(int, sys.argv[1:2]))
