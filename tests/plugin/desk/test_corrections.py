"""Corrections of what was heard come out as lines that the report can measure, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from plugin.cases.roles import Role
from plugin.desk.corrections import corrections
from plugin.store import decisions
from tests.plugin.desk.counter import COMPLAINT, KIT, Counter, complained, counter

CROSS = "My line is a shambles.\n\n> I want to make a complaint.\n"


@pytest.fixture
def ooma(tmp_path: Path) -> Counter:
    return counter(tmp_path)


def lines(at: Counter) -> list[dict[str, object]]:
    return list(corrections(at.desk, [at.provider]))


def test_a_contact_taken_for_a_complaint_is_a_correction(ooma: Counter) -> None:
    ooma.mail(CROSS, subject="Line")
    ooma.act("promoted", about=ooma.newest.id, label="complaint", text="Rang to say so.")
    assert lines(ooma) == [
        {
            "id": f"ooma-{ooma.newest.id}",
            "channel": "email",
            "lang": "en",
            "subject": "Line",
            "text": CROSS,
            "has_open_case": False,
            "label": "complaint",
            "why": "Rang to say so.",
            "hard": True,
        }
    ]
    assert ooma.facts("promoted")["text"] == "Rang to say so."
    json.dumps(lines(ooma))


def test_what_the_rules_heard_rightly_is_none(ooma: Counter) -> None:
    ooma.mail(CROSS)
    ooma.act("dismissed", about=ooma.newest.id, text="Only cross.")
    assert lines(ooma) == []


def test_what_was_heard_as_a_complaint_and_is_none_is_a_correction(ooma: Counter) -> None:
    for _ in range(3):
        ooma.mail(COMPLAINT, sender=KIT)
    assert (ooma.newest.waits, ooma.newest.label) == ("auto_reply_loop", "complaint")
    ooma.act("dismissed", about=ooma.newest.id, text="A machine of hers.")
    assert [(line["label"], line["why"]) for line in lines(ooma)] == [
        ("neither", "A machine of hers.")
    ]
    assert ooma.newest.label == "neither"


def test_the_last_word_counts_and_what_was_heard_first(tmp_path: Path) -> None:
    at = complained(tmp_path)
    at.act("overruled", label="neither", text="A play.", role=Role.AGENT)
    assert [line["label"] for line in lines(at)] == ["neither"]
    at.act("overruled", label="complaint", text="No, it is one.")
    assert lines(at) == []
    at.act("overruled", label="escalation", text="And asks for a director.")
    ((line,), kept) = (lines(at), _kept(at))
    assert (line["label"], line["has_open_case"]) == ("escalation", False)
    assert [one.heard for one in kept] == ["complaint"] * 3


def test_a_further_mail_of_a_case_had_one(tmp_path: Path) -> None:
    at = complained(tmp_path)
    at.mail("And another thing.", answers=at.thread())
    at.act("overruled", label="escalation", contact=at.newest.id, text="She means it.")
    (line,) = lines(at)
    assert line["has_open_case"] is True


def test_each_provider_has_its_own(ooma: Counter) -> None:
    ooma.mail(COMPLAINT, sender=KIT)
    ooma.act("overruled", label="neither", text="No.")
    assert len(list(corrections(ooma.desk))) == 1
    assert list(corrections(ooma.desk, ["opus"])) == []
    with pytest.raises(LookupError, match="there is no provider 'nobody'"):
        list(corrections(ooma.desk, ["nobody"]))


def test_many_are_read_in_batches(ooma: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        ooma.mail(f"{CROSS}{number}", sender=f"P <p{number}@example.org>")
        ooma.act("promoted", about=ooma.newest.id, label="complaint")
    monkeypatch.setattr(decisions, "BATCH", 2)
    assert len({line["id"] for line in lines(ooma)}) == 5


def _kept(at: Counter) -> list[Any]:
    with at.desk.database.read() as connection:
        contact = at.contacts[0].id
        return list(decisions.of_contact(connection, at.provider, contact))
