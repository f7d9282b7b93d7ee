"""Eight weeks of one case: seconds of the whole command, beside a floor measured in the same run.

The floor is the interpreter with the imports that the command cannot do without (the database
library, the settings' and the rules' own), doing nothing. Both are the best of several runs, each a
process of its own, as a person would start it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 5
AIM = 2.0

SCENARIO = {
    "provider": "ooma",
    "start": "2026-11-24T09:00:00+00:00",
    "until": "2027-01-19T09:00:00+00:00",
    "steps": [
        {
            "at": "2026-11-24T10:00:00+00:00",
            "mail": {
                "from": "Jo Marsh <jo@example.com>",
                "subject": "My line",
                "text": "I would like to make a complaint about my line.",
            },
        },
        {
            "at": "2026-12-09T10:00:00+00:00",
            "reply_to": "acknowledgement",
            "text": "Nothing has happened. Please escalate my complaint.",
        },
    ],
}

_NOTHING = "import sqlalchemy, pydantic, jinja2, markdown_it, nh3, holidays, cryptography, click"


def main() -> None:
    """Measure and print a line each."""
    program = Path(sys.executable).parent / "answerable"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scenario.json"
        path.write_text(json.dumps(SCENARIO), encoding="utf-8")
        whole = _best([str(program), "simulate", str(path), "--json"])
    floor = _best([sys.executable, "-c", _NOTHING])
    print(f"simulate, eight weeks of one case, the whole command (aim: under {AIM:.0f} s)")
    print(f"  {whole:5.2f} s; floor {floor:5.2f} s, ratio {whole / floor:4.1f}")


def _best(command: list[str]) -> float:
    best = float("inf")
    for _ in range(RUNS):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        best = min(best, time.perf_counter() - started)
    return best


if __name__ == "__main__":
    main()
