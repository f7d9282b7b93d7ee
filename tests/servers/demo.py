"""The demo desk as a stranger starts it: `answerable serve --demo` in a folder of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAM = Path(sys.executable).parent / "answerable"


def environment() -> dict[str, str]:
    """This process's environment without any settings of an installation."""
    return {key: value for key, value in os.environ.items() if "ANSWERABLE" not in key}


@contextmanager
def running_demo(folder: Path) -> Iterator[Path]:
    """Run the demo desk; gives the file that holds what it says. It must end well when stopped."""
    said = folder / "said.txt"
    with said.open("w") as file:
        demo = subprocess.Popen(
            [PROGRAM, "serve", "--demo"],
            cwd=folder,
            env={**environment(), "PYTHONUNBUFFERED": "1"},
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        yield said
    finally:
        demo.send_signal(signal.SIGINT)
        assert demo.wait(20) == 0
    story = said.read_text()
    assert "Traceback" not in story
    assert "ERROR" not in story
