"""`answerable serve --demo` as a stranger starts it: nothing configured, cases within seconds."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.servers.demo import PROGRAM, environment, running_demo
from tests.servers.wait import until


@pytest.mark.slow
def test_within_ten_seconds_cases_are_open_and_letters_are_out(tmp_path: Path) -> None:
    with running_demo(tmp_path) as said:
        until(lambda: "accepted by the mail server" in said.read_text(), "a letter goes", 10)
        until(lambda: said.read_text().count("mail out") >= 9, "every letter goes", 10)
        listed = subprocess.run(
            [PROGRAM, "case", "list"],
            cwd=tmp_path,
            env=environment(),
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    story = said.read_text()
    assert len(re.findall(r"\d{4}-\d{4}-\d{2}", listed)) == 9
    assert "Votre plainte" in story
    assert "sounds unhappy but does not say so" in story
    assert "belongs to case" in story
    assert "never answered" in story
