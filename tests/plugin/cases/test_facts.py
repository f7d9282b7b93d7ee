"""The facts of actions: what can be meant is read, what cannot is refused by its name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from plugin.cases.facts import (
    MAX_TEXT,
    MAX_WORD,
    Choice,
    Day,
    Elements,
    FactError,
    FactSpec,
    Flag,
    Id,
    Level,
    Moment,
    Number,
    Text,
    Ways,
    Word,
    paragraphs,
    read_facts,
)

TEXT, WORD = Text("f", "a text"), Word("f", "a name")
CHOICE, LEVEL = Choice("f", "a choice", ("one", "two")), Level("f", "a level")
NUMBER, ID, FLAG = Number("f", "a number", 1, 365), Id("f", "an id"), Flag("f", "yes or no")
MOMENT, DAY, WAYS = Moment("f", "a time"), Day("f", "a day"), Ways("f", "how")
ELEMENTS = Elements("f", "what it says")
AT = datetime(2026, 11, 24, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("spec", "given", "read"),
    [
        (TEXT, " Two\r\nlines \n", "Two\nlines"),
        (TEXT, "a\x00b\x1b[31mc\u202ed", "ab[31mcd"),
        (TEXT, "naïve – ok\tx", "naïve – ok\tx"),
        (TEXT, "x" * MAX_TEXT, "x" * MAX_TEXT),
        (WORD, "  Ann \n Other ", "Ann Other"),
        (CHOICE, "two", "two"),
        (LEVEL, "director", "director"),
        (NUMBER, 5, 5),
        (NUMBER, " 365 ", 365),
        (NUMBER, "007", 7),
        (ID, "12", 12),
        (ID, 2**62, 2**62),
        (FLAG, True, True),
        (FLAG, "YES", True),
        (FLAG, "no", False),
        (FLAG, "false", False),
        (MOMENT, "2026-11-24T10:00+00:00", AT.isoformat()),
        (MOMENT, "2026-11-24T10:00:00Z", AT.isoformat()),
        (MOMENT, AT, AT.isoformat()),
        (DAY, "2026-11-30", "2026-11-30"),
        (WAYS, "phone", ["phone"]),
        (WAYS, "phone, email,phone", ["phone", "email"]),
        (WAYS, ("letter",), ["letter"]),
        (ELEMENTS, {}, {}),
        (ELEMENTS, {"progress": " x ", "timeframe": "", "procedure": None}, {"progress": "x"}),
        (ELEMENTS, {"timeframe_date": "2026-11-30"}, {"timeframe_date": "2026-11-30"}),
    ],
)
def test_what_can_be_meant(spec: FactSpec, given: object, read: object) -> None:
    assert spec.read(given) == read


@pytest.mark.parametrize(
    ("spec", "given"),
    [
        (TEXT, ""),
        (TEXT, " \n\t"),
        (TEXT, 5),
        (TEXT, None),
        (TEXT, "x" * (MAX_TEXT + 1)),
        (TEXT, "\u200b\x00"),
        (WORD, ""),
        (WORD, "x" * (MAX_WORD + 1)),
        (WORD, "\x1b"),
        (CHOICE, "three"),
        (CHOICE, "One"),
        (CHOICE, ["one"]),
        (LEVEL, ""),
        (NUMBER, 0),
        (NUMBER, 366),
        (NUMBER, "five"),
        (NUMBER, "²"),
        (NUMBER, "٣"),
        (NUMBER, 5.0),
        (NUMBER, True),
        (NUMBER, "9" * 30),
        (ID, 0),
        (ID, 2**63),
        (ID, "9" * 19),
        (FLAG, "perhaps"),
        (FLAG, 1),
        (MOMENT, "2026-11-24T10:00"),
        (MOMENT, "2026-11-24"),
        (MOMENT, "soon"),
        (MOMENT, 1764000000),
        (MOMENT, datetime(2026, 11, 24, 10)),  # noqa: DTZ001
        (MOMENT, "1989-11-24T10:00+00:00"),
        (MOMENT, "2201-11-24T10:00+00:00"),
        (DAY, "30.11.2026"),
        (DAY, "2026-02-30"),
        (DAY, "1066-10-14"),
        (WAYS, ""),
        (WAYS, "pigeon"),
        (WAYS, []),
        (WAYS, {"phone": True}),
        (ELEMENTS, "progress"),
        (ELEMENTS, {"progres": "x"}),
        (ELEMENTS, {"timeframe_date": "soon"}),
        (ELEMENTS, {"progress": 5}),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(spec: FactSpec, given: object) -> None:
    with pytest.raises(FactError, match=r"^f(\.\w+)?: "):
        spec.read(given)


def test_a_long_wrong_value_is_not_repeated_whole() -> None:
    with pytest.raises(FactError) as why:
        CHOICE.read("x" * 10_000)
    assert len(str(why.value)) < 200


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"need": "x"}, {"need": "x"}),
        ({"need": "x", "take": None}, {"need": "x"}),
        ({"need": "x", "e.progress": "y"}, {"need": "x", "e": {"progress": "y"}}),
        (
            {"need": "x", "e.progress": "y", "e.timeframe": "z"},
            {"need": "x", "e": {"progress": "y", "timeframe": "z"}},
        ),
    ],
)
def test_facts_are_read_by_name(given: dict[str, Any], read: dict[str, Any]) -> None:
    needs = [Text("need", "needed")]
    takes = [Word("take", "taken"), Elements("e", "elements")]
    assert read_facts(needs, takes, given) == read


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "need: it is missing; it is needed"),
        ({"need": None}, "need: it is missing"),
        ({"need": "x", "tkae": "y"}, "tkae: there is no such fact here; is 'take' meant?"),
        ({"need": "x", "zzz": "y"}, "zzz: there is no such fact here; there are: need, take, e"),
        ({"need": "x", "e": {}, "e.progress": "y"}, None),
        ({"need": "x", "e": "y", "e.progress": "y"}, "e.progress: e is given as a whole already"),
        ({"need": "x", "e.progres": "y"}, "e.progres: .*is 'progress' meant?"),
        ({"need": "x", "need.more": "y"}, "need.more: need is given as a whole already"),
        ({"need": "x", "take.more": "y"}, "take: "),
    ],
)
def test_what_is_missing_or_unknown_is_named(given: dict[str, Any], says: str | None) -> None:
    needs = [Text("need", "needed")]
    takes = [Word("take", "taken"), Elements("e", "elements")]
    if says is None:
        read_facts(needs, takes, given)
        return
    with pytest.raises(FactError, match=says.replace("?", r"\?")):
        read_facts(needs, takes, given)


def test_the_facts_given_are_not_changed() -> None:
    given: dict[str, object] = {"e": {"progress": "x"}, "e.timeframe": "y"}
    read_facts([], [Elements("e", "elements")], given)
    assert given == {"e": {"progress": "x"}, "e.timeframe": "y"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("One\nline.", ["One line."]),
        ("One.\n\n\n\nTwo.\n", ["One.", "Two."]),
        ("\n\n \n\n", []),
    ],
)
def test_a_text_in_its_paragraphs(text: str, found: list[str]) -> None:
    assert paragraphs(text) == found
