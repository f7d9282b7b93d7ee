"""Lives of a complaint: scenarios and, beside each, the story and the letters a person has read.

A life is `tests/data/lives/<provider>/<name>.json`, a scenario as `answerable simulate` takes it;
`<name>.txt` beside it says what happens and what the customer is sent, word for word. That file is
read line by line before it is kept: whatever changes in it later, a person must find right.

    python -m tests.plugin.simulation.lives                          which lives are told otherwise
    python -m tests.plugin.simulation.lives --write                  write them all anew
    python -m tests.plugin.simulation.lives --write ooma/silent 8x8  write these
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from difflib import unified_diff
from pathlib import Path
from typing import Any

from plugin.simulation.run import simulate
from plugin.simulation.scenario import read_file
from plugin.simulation.story import story

LIVES = Path(__file__).parents[2] / "data" / "lives"

SHOWN = 40
"""How many lines of a difference are shown."""

_RULE = "-" * 78


def scenarios(chosen: Sequence[str] = ()) -> list[Path]:
    """The scenarios, or those of the providers and lives that were named."""
    found = sorted(LIVES.glob("*/*.json"))
    if not chosen:
        return found
    return [one for one in found if named(one) in chosen or one.parent.name in chosen]


def named(scenario: Path) -> str:
    """A life's name, e.g. "ooma/silent"."""
    return f"{scenario.parent.name}/{scenario.stem}"


def golden(scenario: Path) -> Path:
    """Where it stands what happens in a life."""
    return scenario.with_suffix(".txt")


def told(scenario: Path) -> str:
    """What happens in a life: the story, then every letter in full."""
    document = simulate(read_file(scenario))
    lines = [*story(document), *_letters(document["letters"])]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def differs(scenario: Path, write: bool = False) -> str:
    """How a life is told otherwise than it was read; empty where it is not. `write`: keep it so."""
    kept, now = golden(scenario), told(scenario)
    before = kept.read_text(encoding="utf-8").splitlines() if kept.exists() else []
    name = str(kept.relative_to(LIVES))
    lines = list(unified_diff(before, now.splitlines(), name, "now", lineterm="", n=1))
    if write:
        kept.write_text(now, encoding="utf-8")
    more = [f"... and {len(lines) - SHOWN} more lines"] if len(lines) > SHOWN else []
    return "\n".join([*lines[:SHOWN], *more])


def _letters(letters: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for number, letter in enumerate(letters, start=1):
        yield ""
        yield _RULE
        yield f"Letter {number}: {letter['letter']}, case {letter['case']}"
        yield f"At:       {letter['at']}"
        yield f"To:       {letter['to']}"
        yield f"Channel:  {letter['channel']}, {letter['language']}"
        yield f"Subject:  {letter['subject']}"
        yield ""
        yield from letter["text"].splitlines()


def main(words: Sequence[str]) -> int:
    """Compare or write the lives named, or all."""
    write = "--write" in words
    found = scenarios([word for word in words if word != "--write"])
    if not found:
        print("There is no such life; see tests/data/lives.", file=sys.stderr)
        return 2
    changed = 0
    for scenario in found:
        difference = differs(scenario, write)
        changed += bool(difference)
        print(difference or f"{named(scenario)}: as it was read")
    return 0 if write or not changed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
