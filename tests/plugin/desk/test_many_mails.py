"""Very many mails: memory stays bounded, and what was seen already costs nothing anew."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest

from benchmarks.many_mails import AIM_MB, measured
from benchmarks.sample_mail import mails
from tests.servers.dovecot import Dovecot

pytestmark = pytest.mark.slow

MORE_MB = 10
"""What a second thousand of mails may add to the most memory ever held: odds of sizes, no more."""

MORE_OBJECTS = 2_000
"""So many Python objects may stay alive after a second thousand; kept mails would be far more."""

HUGE = 100_000
MAIL = b"From: Jo <jo@example.com>\r\nSubject: Hello\r\n\r\nHello?\r\n"

HUGE_MB = 60
"""What the first visits to a huge mailbox may take above the program itself."""


def test_two_thousand_mails_are_collected_in_bounded_memory_that_does_not_grow(
    dovecot: Dovecot, tmp_path: Path, mail_user: str
) -> None:
    first, second = f"{mail_user}-first", f"{mail_user}-second"
    dovecot.fill(first, mails(1000))
    dovecot.fill(second, mails(1000, first=1000))
    _, half, whole = measured(dovecot, tmp_path, first, second)
    assert (half["mails"], whole["mails"]) == (1000, 2000)
    assert whole["cases"] > half["cases"] > 200
    assert whole["mb"] < AIM_MB
    assert whole["mb"] - half["mb"] < MORE_MB
    assert whole["objects"] - half["objects"] < MORE_OBJECTS


def worked(dovecot: Dovecot, folder: Path, user: str) -> dict[str, Any]:
    """What huge_mailbox.py says of the mailbox of that user."""
    project = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-m", "tests.plugin.desk.huge_mailbox", folder, str(dovecot.port), user],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project)},
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.mark.parametrize("first_uid", [1, 4_100_000_000])
def test_a_mailbox_of_a_hundred_thousand_is_gone_through_piece_by_piece(
    dovecot: Dovecot, tmp_path: Path, mail_user: str, first_uid: int
) -> None:
    """Both with short and with the longest UIDs: a hundred thousand of those fill a megabyte."""
    small, huge = f"{mail_user}-small", f"{mail_user}-huge"
    dovecot.fill(small, repeat(MAIL, 1_000), first_uid=first_uid)
    dovecot.fill(huge, repeat(MAIL, HUGE), first_uid=first_uid)
    one, told = worked(dovecot, tmp_path, small), worked(dovecot, tmp_path, huge)
    before = first_uid - 1
    assert (told["first"]["held"], told["first"]["seen"]) == (150, before + 150)
    assert (told["second"]["held"], told["second"]["seen"]) == (250, before + 250)
    assert told["second"]["mb"] - told["before"] < HUGE_MB

    assert told["new"] == one["new"] == 0
    assert told["commands"] == one["commands"]
    assert told["instructions"] < 1.1 * one["instructions"], "no row is looked at a second time"

    assert told["sum"] == {"server": HUGE, "held": HUGE, "adds_up": True}
    assert told["after"] < AIM_MB
