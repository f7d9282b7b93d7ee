"""The jobs, and what ticks them: APScheduler in `serve`, a plain loop in `work --until-idle`.

A job is `run(now)`, which does what is due and says how much that was, and `next_at()`, when
something will be due next. The scheduler only ticks: what is due is always read from rows, so a
missed tick loses nothing and a doubled one does nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from plugin.desk import accounts, calls, collect, expiry, keep, ops, people, receive, review, send
from plugin.desk.collect import Box
from plugin.desk.ports import Desk
from plugin.desk.tokens import Keeper
from plugin.runtime import Edges

logger = logging.getLogger(__name__)

TICK_SECONDS = 1
"""How often each job is asked whether something is due; the asking costs one indexed query."""

HOUSEKEEPING_EVERY = timedelta(hours=1)

_AT_ONCE = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Job:
    """One kind of work. `next_at` gives None where nothing is in sight."""

    name: str
    run: Callable[[datetime], int]
    next_at: Callable[[], datetime | None]


def jobs(
    desk: Desk,
    edges: Edges,
    clock: Callable[[], datetime],
    *,
    housekeeping_every: timedelta = HOUSEKEEPING_EVERY,
) -> list[Job]:
    """Every job of a worker, in the order work flows through them."""
    made = [_collecting(desk, box, clock) for box in edges.boxes]
    made.append(
        Job("receive", lambda now: receive.receive(desk, now), lambda: receive.next_at(desk))
    )
    made.append(Job("keep", lambda now: keep.keep(desk, now), lambda: keep.next_at(desk)))
    if edges.post is not None:
        post = edges.post
        made.append(Job("send", lambda _: send.send(desk, post, clock), lambda: send.next_at(desk)))
    if edges.routes:
        routes = edges.routes
        made.append(Job("ops", lambda now: ops.tell(desk, routes, now), lambda: ops.next_at(desk)))
    made.append(_housekeeping(desk, edges.keepers, housekeeping_every))
    return made


def until_idle(made: Sequence[Job], clock: Callable[[], datetime]) -> int:
    """Run every due job until nothing is due; returns how much was done.

    A job that does nothing although it is due (another worker is at it) is not asked again.
    """
    done = 0
    stuck: set[str] = set()
    while due := [job for job in made if job.name not in stuck and _is_due(job, clock())]:
        for job in due:
            before = job.next_at()
            number = job.run(clock())
            done += number
            if not number and job.next_at() == before:
                stuck.add(job.name)
    return done


class Clockwork:
    """Ticks jobs in the background until it is stopped."""

    def __init__(self, made: Sequence[Job], clock: Callable[[], datetime]) -> None:
        # Imported here: only `serve` ticks, and it costs every other command its start-up.
        from apscheduler.schedulers.background import BackgroundScheduler

        # A tick that comes while its job still runs is dropped on purpose: the rows wait.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._jobs = {job.name: job for job in made}
        self._clock = clock
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": {"type": "threadpool", "max_workers": len(made) + 1}},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def start(self) -> None:
        """Start ticking, every job at once."""
        for name in self._jobs:
            self._scheduler.add_job(
                self._tick,
                "interval",
                seconds=TICK_SECONDS,
                args=[name],
                id=name,
                next_run_time=self._clock(),
            )
        self._scheduler.start()

    def stop(self) -> None:
        """Let what runs finish, and stop."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def _tick(self, name: str) -> None:
        job = self._jobs[name]
        try:
            done = 0
            while _is_due(job, self._clock()) and (number := job.run(self._clock())):
                done += number
        except Exception:
            # Whatever it was, the rows are still there and the next tick tries again.
            logger.exception("job %s failed; it is tried again", name)
            return
        if done:
            self._nudge(name)

    def _nudge(self, name: str) -> None:
        """What one job finished is the next one's work: do not wait for its tick."""
        order = list(self._jobs)
        for follower in order[order.index(name) + 1 :]:
            if not follower.startswith("collect"):
                self._scheduler.modify_job(follower, next_run_time=self._clock())


def _collecting(desk: Desk, box: Box, clock: Callable[[], datetime]) -> Job:
    def run(_now: datetime) -> int:
        new = collect.collect(desk, box, clock)
        accounts.take(desk, box, clock)
        return new

    return Job(
        f"collect {box.name}",
        run,
        lambda: collect.next_at(desk, box, clock()) or _AT_ONCE,
    )


def _housekeeping(desk: Desk, keepers: Mapping[str, Keeper], every: timedelta) -> Job:
    """Clears away what has ended, and reminds of what ends. No row waits for it."""
    due = _AT_ONCE

    def run(now: datetime) -> int:
        nonlocal due
        due = now + every
        people.tidy(desk, now)
        calls.tidy(desk, now)
        review.remind(desk, now)
        expiry.remind(desk, keepers, now)
        return 0

    return Job("housekeeping", run, lambda: due)


def _is_due(job: Job, now: datetime) -> bool:
    moment = job.next_at()
    return moment is not None and moment <= now
