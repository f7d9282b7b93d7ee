"""A worker that kills itself the first time it reaches a given step: run by the kill tests.

usage: dying_worker.py SETTINGS.toml STEP
"""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

from plugin import clockwork, runtime
from plugin.settings import load


def main(settings: str, dies_at: str) -> None:
    """Work until idle, or until the step is reached."""

    def step(reached: str) -> None:
        if reached == dies_at:
            os.kill(os.getpid(), signal.SIGKILL)

    built = replace(runtime.build_desk(load(Path(settings), {})), step=step)
    made = clockwork.jobs(built, runtime.boxes(built), runtime.sender(built), runtime.utc_now)
    clockwork.until_idle(made, runtime.utc_now)


main(*sys.argv[1:])
