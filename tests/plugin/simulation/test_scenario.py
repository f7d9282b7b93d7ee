"""Reading a scenario: every slip is one line that names the place."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from plugin.bundle import folder
from plugin.codes.load import load, read_folder
from plugin.simulation.fields import ScenarioError
from plugin.simulation.run import simulate
from plugin.simulation.scenario import read, read_file
from plugin.simulation.steps import Agent, Link
from tests.plugin.simulation.scenes import START, at, mail, run, scenario

THERE = "provider, start, until, steps, seed, customer, flags, settings, mailboxes"
KINDS = "mail, eml, reply_to, bounce, call, agent, link"


def whole(**more: Any) -> dict[str, Any]:
    """A scenario that is right, but for what a test changes."""
    return {"provider": "ooma", "start": START, "until": "2026-12-01T09:00:00+00:00", **more}


def step(**keys: Any) -> dict[str, Any]:
    return whole(steps=[{"at": at("25"), **keys}])


def agent(**keys: Any) -> dict[str, Any]:
    return step(agent=keys)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "the scenario: [] is not an object"),
        (whole(stpes=[]), "stpes: there is no such key; is 'steps' meant?"),
        ({"provider": "ooma", "start": START}, "until: it is missing"),
        (
            whole(provider="omma"),
            "provider: 'omma' is not one of 8x8, jive, ooma, opus",
        ),
        (
            whole(start="yesterday"),
            "start: 'yesterday' is not a time, e.g. 2026-12-23T16:45:00+00:00",
        ),
        (
            whole(start="2026-11-24T09:00:00"),
            "start: '2026-11-24T09:00:00' has no offset; add one, e.g. +00:00",
        ),
        (whole(until="2026-11-01T09:00:00+00:00"), "until: it is before start"),
        (whole(until="2126-11-01T09:00:00+00:00"), "until: it is more than 20 years after start"),
        (whole(start="1820-11-01T09:00:00+00:00"), "start: it is not between 1990 and 2200"),
        (whole(seed=True), "seed: True is not a whole number or a text"),
        (whole(steps={}), "steps: {} is not a list"),
        (whole(steps=["mail"]), "steps[0]: 'mail' is not an object"),
        (step(), f"steps[0]: it says nothing to do; give one of {KINDS}"),
        (
            step(mail={}, eml="a.eml"),
            f"steps[0]: it is both mail and eml; give one of {KINDS}",
        ),
        (step(mial={}), "steps[0].mial: there is no such key; is 'mail' meant?"),
        (
            step(mail={"from": "a@b.c", "text": "x"}, case=1),
            "steps[0].case: there is no such key; there are: at, mail",
        ),
        (whole(steps=[{"mail": {"from": "a@b.c", "text": "x"}}]), "steps[0].at: it is missing"),
        (
            step(mail={"fro": "a@b.c"}),
            "steps[0].mail.fro: there is no such key; is 'from' meant?",
        ),
        (step(mail={"text": "x"}), "steps[0].mail.from: it is missing"),
        (step(mail={"from": "a@b.c"}), "steps[0].mail.text: it is missing; give text or html"),
        (step(mail={"from": 1, "text": "x"}), "steps[0].mail.from: 1 is not a text"),
        (
            step(mail={"from": "a@b.c", "text": "x", "subject": "a\nBcc: b@c.d"}),
            "steps[0].mail.subject: it has a line break; a header cannot",
        ),
        (
            step(mail={"from": "a@b.c", "text": "\ud800"}),
            "steps[0].mail.text: it has half a character, which no mail can carry",
        ),
        (
            step(mail={"from": "a@b.c", "text": "x", "headers": {"X Y": "1"}}),
            "steps[0].mail.headers: 'X Y' is no name of a header",
        ),
        (step(eml="none.eml"), "steps[0].eml: there is no file none.eml"),
        (
            step(reply_to="acknowledgement", text="x", threading="half"),
            "steps[0].threading: 'half' is not one of full, in-reply-to, subject, none",
        ),
        (
            step(reply_to="acknowledgement", text="x", case=0),
            "steps[0].case: 0 is not a whole number from 1",
        ),
        (
            step(reply_to="acknowledgement"),
            "steps[0].text: it is missing; give text or html",
        ),
        (
            step(bounce="acknowledgement", permanent="yes"),
            "steps[0].permanent: 'yes' is not true or false",
        ),
        (
            step(call={"from": "020 7946 0123", "words": "x"}),
            "steps[0].call.words: there is no such key; there are: from, to, transcript, voicemail",
        ),
        (
            step(link="press"),
            "steps[0].link: 'press' is not one of confirm, not_resolved, escalate",
        ),
        (step(agent="noted"), "steps[0].agent: 'noted' is not an object"),
        (agent(case=1), "steps[0].agent.action: it is missing"),
        (
            agent(action="notted"),
            "steps[0].agent.action: there is no action 'notted'; is 'noted' meant?",
        ),
        (
            agent(action="noted", txt="x"),
            "steps[0].agent.txt: there is no such key; is 'text' meant?",
        ),
        (agent(action="promoted"), "steps[0].agent.not_case: it is missing"),
        (
            agent(action="noted", role="boss"),
            "steps[0].agent.role: 'boss' is not one of agent, supervisor, manager, admin",
        ),
        (
            whole(steps=[mail("2026-12-24T09:00:00+00:00")]),
            "steps[0].at: it is not between start and until",
        ),
        (
            whole(customer={"kind": "person"}),
            "customer.kind: 'person' is not one of consumer, small_business, business, "
            "not_for_profit; it is what kind of customer",
        ),
        (
            whole(customer={"langauge": "fr"}),
            "customer.langauge: there is no such key; is 'language' meant?",
        ),
        (
            whole(flags=["rude"]),
            "flags[0]: 'rude' is not one of vulnerable, significant_harm, urgent, repetitive, "
            "technical, vexatious, out_of_jurisdiction",
        ),
        (whole(mailboxes="a@b.c"), "mailboxes: 'a@b.c' is not a list"),
        (whole(settings=[]), "settings: [] is not an object"),
    ],
)
def test_a_wrong_scenario_is_refused_in_one_line(document: object, said: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        read(document, Path())
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            {"settings": {"AMB-4": "never"}},
            "settings.AMB-4: 'never' is no choice of it; choose from: calendar_days, business_days",
        ),
        (
            {"settings": {"adr_shceme": "X"}},
            "settings.adr_shceme: ooma has no such setting; is 'adr_scheme' meant?",
        ),
        ({"settings": {"adr_scheme": []}}, "settings.adr_scheme: [] is not a text or a number"),
        (
            {"settings": {"adr_scheme": "a\nb"}},
            "settings.adr_scheme: string should match pattern '^[^\\r\\n]*$'",
        ),
        ({"mailboxes": ["nobody"]}, "mailboxes: 'nobody' is no address"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused(more: dict[str, Any], said: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        run(**more)
    assert str(caught.value) == said


def test_a_reading_is_named_in_any_case_and_changes_the_promise() -> None:
    steps = [mail(at("24"), "Please escalate this complaint to the director."), mail(at("25"))]
    usual, other = (
        simulate(scenario(*steps, until="2027-01-20T09:00:00+00:00", settings=settings))
        for settings in ({}, {"amb-1": _other("AMB-1")})
    )
    assert usual["cases"][0]["reference"] == other["cases"][0]["reference"]
    assert usual["cases"] != other["cases"]


def _other(reading: str) -> str:
    """The choice of Ooma's reading that is not the default."""
    found = load("ooma", read_folder(folder("templates"), "ooma")).file.readings[reading]
    return next(option for option in found.choices if option != found.chosen)


def test_steps_are_sorted_by_time_and_keep_their_order_within_a_moment() -> None:
    made = scenario(
        mail(at("26"), "late"),
        mail(at("25"), "one"),
        mail("2026-11-25T11:00:00+01:00", "two"),
    )
    assert [step.place for step in made.steps] == ["steps[1]", "steps[2]", "steps[0]"]
    assert made.steps[0].at.utcoffset() == timedelta(0)


def test_an_agents_step_is_about_case_one_as_an_admin_unless_it_says_otherwise() -> None:
    elements = {"elements.progress": "traced", "elements.timeframe": "soon"}
    made = scenario(
        {"at": at("25"), "agent": {"action": "progress_given", **elements}},
        {"at": at("25"), "agent": {"action": "noted", "text": "x", "case": 2, "role": "agent"}},
        {"at": at("25"), "link": "confirm"},
    )
    first, second, third = (step.what for step in made.steps)
    assert isinstance(first, Agent)
    assert (first.case, first.role.word, first.facts) == (1, "admin", elements)
    assert isinstance(second, Agent)
    assert (second.case, second.role.word, second.facts) == (2, "agent", {"text": "x"})
    assert third == Link("confirm", 1)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "is not JSON: Expecting property name enclosed in double quotes, line 1, column 2"),
        (b"\xff", "is not UTF-8; save it as UTF-8"),
        (b'{"seed": 1, "seed": 2}', "seed: the key is given twice in one object"),
        (b"[" * 100_000, "is nested too deeply to be read"),
    ],
)
def test_a_file_that_is_no_scenario_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "scenario.json"
    path.write_bytes(content)
    with pytest.raises(ScenarioError) as caught:
        read_file(path)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_scenario_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be read: No such file or directory"):
        read_file(tmp_path / "none.json")


def test_files_are_looked_for_beside_the_scenario(tmp_path: Path) -> None:
    (tmp_path / "mails").mkdir()
    (tmp_path / "mails" / "a.eml").write_bytes(b"From: jo@example.com\n\nhello\n")
    document = whole(steps=[{"at": at("25"), "eml": "mails/a.eml"}])
    path = tmp_path / "scenario.json"
    path.write_text(json.dumps(document))
    assert [one["why"] for one in simulate(read_file(path))["not_cases"]] == ["no_statement"]
