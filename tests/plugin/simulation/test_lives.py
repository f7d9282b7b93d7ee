"""Every life of a complaint is told as a person has read it (see lives.py)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugin.simulation.lives import LIVES, differs, golden, named, scenarios


@pytest.mark.slow
@pytest.mark.parametrize("scenario", scenarios(), ids=named)
def test_a_life_is_told_as_it_was_read(scenario: Path) -> None:
    difference = differs(scenario)
    assert not difference, (
        f"{named(scenario)} is told otherwise; if that is right, "
        f"python -m tests.plugin.simulation.lives --write {named(scenario)}\n{difference}"
    )


def test_nothing_told_is_without_its_scenario() -> None:
    known = {golden(one) for one in scenarios()}
    assert [one for one in LIVES.glob("*/*.txt") if one not in known] == []
