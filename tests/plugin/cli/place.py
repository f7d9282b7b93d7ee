"""An installation in a folder of its own, where a test runs commands as a person would."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = Path(sys.executable).parent / "answerable"


class Place:
    """A folder with an installation's settings, where commands are run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *words: str, stdin: str = "", **environment: str) -> tuple[int, str, str]:
        """Run a command; gives its exit code, stdout and stderr."""
        clean = {key: value for key, value in os.environ.items() if "ANSWERABLE" not in key}
        done = subprocess.run(
            [PROGRAM, *words],
            input=stdin,
            cwd=self.folder,
            env={**clean, **environment},
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.returncode, done.stdout, done.stderr

    def well(self, *words: str, stdin: str = "") -> str:
        """The output of a command that must succeed."""
        code, out, err = self.run(*words, stdin=stdin)
        assert code == 0, err
        return out
