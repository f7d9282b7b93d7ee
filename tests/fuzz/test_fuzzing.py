"""The fuzzer runs, for a bounded time, and the worst mails that are read fit into memory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.__main__ import NOT_HERE
from tests.fuzz.worst import WORST

PROJECT = Path(__file__).parents[2]
SECONDS = 40

LIMIT_MB = 640
"""What reading one mail may take in all: sixteen times the largest mail, the interpreter included.

The standard library's parser holds a mail as bytes, as text of four bytes a letter while a line has
no end yet, and as lines; measured 500 MiB for the worst. A worker reads one mail at a time.
"""


def run(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        check=False,
        capture_output=True,
        text=True,
        errors="replace",
    )


@pytest.mark.slow
def test_a_fuzzer_finds_nothing_in_a_bounded_time(tmp_path: Path) -> None:
    done = run("tests.fuzz", "--seconds", str(SECONDS), "--found", "found", folder=tmp_path)
    if done.returncode == NOT_HERE:
        pytest.skip(done.stderr.strip())
    found = [path.read_bytes() for path in (tmp_path / "found").iterdir()]
    assert done.returncode == 0, (done.stderr[-3000:], found)
    assert found == []
    assert "Done " in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", WORST)
def test_the_worst_mails_that_are_read_fit_into_memory(name: str, tmp_path: Path) -> None:
    path = tmp_path / "mail.eml"
    path.write_bytes(WORST[name]())
    done = run("tests.fuzz.weigh", str(path), folder=tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) < LIMIT_MB
