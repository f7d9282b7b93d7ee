"""The scratch office a scenario runs in: a desk on a database of its own, a clock that is moved.

Time goes from one moment at which a job has something to do to the next; nothing waits and nothing
polls. Mail is collected when it arrives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import event

from plugin import clockwork
from plugin.bundle import folder
from plugin.clockwork import Job
from plugin.desk import collect, setup
from plugin.desk.collect import Box
from plugin.desk.ports import Desk
from plugin.desk.providers import Providers
from plugin.runtime import Edges
from plugin.settings import Settings
from plugin.simulation.chance import SeededDraw, ring
from plugin.simulation.mailbox import MemoryMailbox, MemoryPost
from plugin.simulation.scenario import Scenario
from plugin.store.engine import Database
from plugin.store.schema import metadata

MAX_MOMENTS = 100_000
"""How often the clock may stop in one scenario."""

MAX_RUNS = 1_000
"""How often a job may find work at one moment."""

HOUSEKEEPING_EVERY = timedelta(weeks=1)
"""The service's housekeeping is hourly, for sessions that nobody has here."""


class Runaway(RuntimeError):
    """A job never comes to an end: a fault of Answerable's, told rather than waited for."""


@dataclass(slots=True)
class Clock:
    """The time, which moves when it is told to."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass(slots=True)
class Office:
    """The desk with its mailboxes and mail server, and what moves the clock.

    `after_receiving` is called when new mail has been worked on, before anything else is.
    """

    desk: Desk
    clock: Clock
    post: MemoryPost
    mailboxes: dict[str, MemoryMailbox]
    boxes: list[Box]
    jobs: list[Job] = field(default_factory=list)
    after_receiving: Callable[[datetime], None] = field(default=lambda _now: None)
    moments: int = 0
    _due: dict[str, datetime | None] = field(default_factory=dict)

    def advance(self, until: datetime) -> None:
        """Do everything that falls due up to `until`, that moment included. Raises Runaway."""
        while (moment := self._next()) is not None and moment <= until:
            self.moments += 1
            if self.moments > MAX_MOMENTS:
                raise Runaway(f"the clock stopped {MAX_MOMENTS:,} times by {moment.isoformat()}")
            self.clock.now = moment
            self._run_due()
        self.clock.now = until

    def work(self) -> None:
        """Do everything that is due now, after something has happened. Raises Runaway."""
        self._ask()
        self._run_due()

    def deliver(self, raw: bytes, addresses: tuple[str, ...]) -> None:
        """A mail arrives now in every mailbox of ours it is sent to, else in the provider's own."""
        meant = [box for box in self.boxes if box.settings.address in addresses]
        for box in meant or self.boxes[:1]:
            self.mailboxes[box.name].deliver(raw, self.clock.now)
            collect.collect(self.desk, box, self.clock)
        self.work()

    def _ask(self) -> None:
        """Ask every job when it next has something to do."""
        self._due = {job.name: job.next_at() for job in self.jobs}

    def _run_due(self) -> None:
        """Run jobs until none is due, as `clockwork.until_idle` does.

        Asking costs more than anything else here. So the others are asked again only when a job
        says that it did something, and one that did nothing although it is due is left alone.
        """
        runs = dict.fromkeys(self._due, 0)
        stuck: set[str] = set()
        while due := [job for job in self.jobs if job.name not in stuck and self._is_due(job)]:
            done = 0
            for job in due:
                runs[job.name] += 1
                if runs[job.name] > MAX_RUNS:
                    now = self.clock.now.isoformat()
                    raise Runaway(f"the job {job.name} comes to no end at {now}")
                number = job.run(self.clock.now)
                done += number
                before, self._due[job.name] = self._due[job.name], job.next_at()
                if not number and self._due[job.name] == before:
                    stuck.add(job.name)
            if done:
                self._ask()

    def _is_due(self, job: Job) -> bool:
        moment = self._due[job.name]
        return moment is not None and moment <= self.clock.now

    def _next(self) -> datetime | None:
        """The next moment at which anything is to be done.

        What is due and was left undone is asked again then, and does not hold up the clock.
        """
        later = (one for one in self._due.values() if one is not None and one > self.clock.now)
        return min(later, default=None)


@contextmanager
def office(settings: Callable[[Path], Settings], scenario: Scenario) -> Iterator[Office]:
    """An office that exists only here, its clock at the scenario's start.

    `settings` makes its settings, given the folder for its files. Raises ProviderError.
    """
    with TemporaryDirectory(prefix="answerable-") as place:
        desk = _desk(settings(Path(place)), Path(place), scenario.seed)
        try:
            setup.store_providers(
                desk, folder("templates"), scenario.start, [scenario.provider], every_reading=False
            )
            yield _open(desk, Clock(scenario.start))
        finally:
            desk.database.close()


def _desk(settings: Settings, base: Path, seed: str) -> Desk:
    database = Database(f"sqlite:///{base}/scratch.db")
    event.listen(database.engine, "connect", _careless)
    # The same tables as the migrations make (a test compares the two), in a fraction of the time.
    metadata.create_all(database.engine)
    return Desk(
        database=database,
        ring=ring(seed),
        settings=settings,
        providers=Providers(),
        draw=SeededDraw(seed),
        worker="simulator",
    )


def _careless(connection: Any, _entry: object) -> None:
    """Nobody misses this database after a crash: wait for no disk."""
    cursor = connection.cursor()
    for pragma in ("journal_mode=MEMORY", "synchronous=OFF"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _open(desk: Desk, clock: Clock) -> Office:
    mailboxes = {name: MemoryMailbox() for name in desk.settings.mailbox}
    boxes = [Box(name, desk.settings.mailbox[name], box) for name, box in mailboxes.items()]
    made = Office(desk, clock, MemoryPost(), mailboxes, boxes)

    def receive(job: Job, now: datetime) -> int:
        done = job.run(now)
        made.after_receiving(now)
        return done

    edges = Edges(post=made.post)
    for job in clockwork.jobs(desk, edges, clock, housekeeping_every=HOUSEKEEPING_EVERY):
        followed = replace(job, run=partial(receive, job)) if job.name == "receive" else job
        made.jobs.append(followed)
    made.work()
    return made
