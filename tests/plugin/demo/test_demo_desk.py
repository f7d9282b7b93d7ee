"""`answerable serve --demo` as a stranger starts it: nothing configured, cases within seconds."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.wait import until

PROGRAM = Path(sys.executable).parent / "answerable"


@pytest.mark.slow
def test_within_ten_seconds_cases_are_open_and_letters_are_out(tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if "ANSWERABLE" not in key}
    said = tmp_path / "said.txt"
    with said.open("w") as file:
        demo = subprocess.Popen(
            [PROGRAM, "serve", "--demo"],
            cwd=tmp_path,
            env={**environment, "PYTHONUNBUFFERED": "1"},
            stdout=file,
            stderr=subprocess.STDOUT,
        )
        try:
            until(lambda: "accepted by the mail server" in said.read_text(), "a letter goes", 10)
            until(lambda: said.read_text().count("mail out") >= 9, "every letter goes", 10)
            listed = subprocess.run(
                [PROGRAM, "case", "list"],
                cwd=tmp_path,
                env=environment,
                check=True,
                capture_output=True,
                text=True,
            ).stdout
        finally:
            demo.send_signal(signal.SIGINT)
            assert demo.wait(20) == 0
    story = said.read_text()
    assert "Traceback" not in story
    assert "ERROR" not in story
    assert len(re.findall(r"\d{4}-\d{4}-\d{2}", listed)) == 9
    assert "Votre plainte" in story
    assert "sounds unhappy but does not say so" in story
    assert "belongs to case" in story
    assert "never answered" in story
