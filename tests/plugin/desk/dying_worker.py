"""A worker that kills itself the first time it reaches a given step: run by the kill tests.

usage: dying_worker.py SETTINGS.toml STEP SECONDS_AHEAD
"""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from plugin import clockwork, runtime
from plugin.settings import load


def main(settings: str, dies_at: str, ahead: str) -> None:
    """Work until idle, or until the step is reached, with a clock that is ahead."""

    def clock() -> datetime:
        return runtime.utc_now() + timedelta(seconds=float(ahead))

    def step(reached: str) -> None:
        if reached == dies_at:
            os.kill(os.getpid(), signal.SIGKILL)

    built = replace(runtime.build_desk(load(Path(settings), {})), step=step)
    made = clockwork.jobs(built, runtime.edges(built), clock)
    clockwork.until_idle(made, clock)


main(*sys.argv[1:])
