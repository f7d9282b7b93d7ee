"""The table of actions, row by row: facts, states, roles, what each records, writes and moves.

The rows here are written out again, not read from the table, so that a change there has to be meant
twice; a new action without a row fails.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from plugin.cases.actions import ACTIONS, WAITING
from plugin.cases.facts import FactSpec
from plugin.cases.roles import Role
from plugin.desk.act import ActionRefused, Doer, act
from tests.plugin.desk.counter import COMPLAINT, KIT, NEITHER, Counter, complained

pytestmark = pytest.mark.slow

JOS = "jo@example.com"
LIVE = {"open", "outcome_proposed", "reopened"}
CLOSED = {
    "closed_confirmed",
    "closed_assumed",
    "closed_deadlock",
    "closed_withdrawn",
    "closed_out_of_scope",
}
ANY = LIVE | CLOSED
AGENT, SUPERVISOR, MANAGER = Role.AGENT, Role.SUPERVISOR, Role.MANAGER

Prepare = Callable[[Counter], dict[str, Any]]


def nothing(at: Counter) -> dict[str, Any]:
    return {}


def stranger(at: Counter) -> dict[str, Any]:
    at.mail(NEITHER, sender=KIT, answers=at.thread())
    return {}


def represented(at: Counter) -> dict[str, Any]:
    at.act("representative_named", customer="Ann Other")
    return {}


def second(at: Counter) -> dict[str, Any]:
    at.mail(COMPLAINT)
    return {"into": at.reference(2)}


def merged(at: Counter) -> dict[str, Any]:
    at.act("merged", **second(at))
    return {}


def wrote(at: Counter) -> dict[str, Any]:
    at.mail(NEITHER, answers=at.thread())
    return {}


def reviewed(at: Counter) -> dict[str, Any]:
    at.act("reviewed")
    return {"event": at.event("reviewed").seq}


def task(at: Counter) -> dict[str, Any]:
    at.act("letter_undelivered", letter=at.letter("acknowledgement").id)
    return {"letter": at.letter("undeliverable_followup").id}


def acknowledged(at: Counter) -> dict[str, Any]:
    return {"letter": at.letter("acknowledgement").id}


def at_director(at: Counter) -> dict[str, Any]:
    at.act("escalated", level="director")
    return {}


def proposed(at: Counter) -> dict[str, Any]:
    at.propose()
    return {}


def confirmed(at: Counter) -> dict[str, Any]:
    at.close()
    return {}


def deadlocked(at: Counter) -> dict[str, Any]:
    at.act("deadlocked", text="We go no further.")
    return {}


@dataclass(frozen=True)
class Row:
    """An action: its good facts, where and by whom it may be done, and what it does.

    `records` are its events at once, `sent` those once its letter has gone to the customer; `task`
    is a letter that a person must bring over; `keeps` are the promises that then stand so.
    """

    facts: dict[str, Any] = field(default_factory=dict)
    fits: set[str] = field(default_factory=lambda: ANY)
    least: Role = AGENT
    by_customer: bool = False
    records: tuple[str, ...] = ()
    letter: str | None = None
    task: str | None = None
    sent: tuple[str, ...] = ()
    state: str | None = None
    keeps: dict[str, str] = field(default_factory=dict)
    alerts: tuple[str, ...] = ()
    after: Prepare = nothing
    provider: str = "ooma"


ELEMENTS = {"progress": "a test", "proposed_actions": "a visit", "timeframe": "a week"}
ROWS: dict[str, Row] = {
    "acknowledged": Row({"by": "phone"}, LIVE, records=("acknowledged",)),
    "reviewed": Row({}, LIVE, records=("reviewed",), keeps={"triage_review": "kept"}),
    "manager_responded": Row(
        {"text": "I am your manager."},
        LIVE,
        MANAGER,
        provider="8x8",
        letter="manager_response",
        sent=("manager_responded",),
        keeps={"manager_response": "kept"},
    ),
    "handler_introduced": Row(
        {"name": "Ann Other", "direct_contact": "020 7946 0100", "text": "I look after it."},
        LIVE,
        provider="opus",
        letter="handler_introduction",
        sent=("handler_introduced",),
        keeps={"handler_introduction": "kept"},
    ),
    "contact_time_agreed": Row(
        {"contact_at": "2026-11-27T14:30+00:00", "text": "As agreed."},
        LIVE,
        provider="opus",
        records=("contact_time_agreed",),
        letter="contact_time",
        keeps={"contact_time_agreed": "kept"},
    ),
    "interval_agreed": Row(
        {"days": 5},
        LIVE,
        provider="opus",
        records=("interval_agreed",),
        keeps={"progress_update": "open"},
    ),
    "assigned": Row({"handler": "Ann Other"}, LIVE, records=("assigned",)),
    "progress_given": Row(
        {"elements": ELEMENTS}, LIVE, letter="progress_update", sent=("progress_given",)
    ),
    "handed_to_engineering": Row(
        {"text": "Engineers look at it."},
        LIVE,
        records=("handed_to_engineering",),
        letter="technical_handover",
        keeps={"technical_resolution": "open"},
    ),
    "engineering_answered": Row({}, LIVE, records=("engineering_answered",)),
    "customer_wrote": Row({"channel": "phone"}, records=("customer_wrote",)),
    "noted": Row({"text": "Seen."}, records=("noted",)),
    "flagged": Row({"flag": "urgent"}, records=("flagged",), alerts=("escalation_suggested",)),
    "customer_described": Row({"kind": "consumer"}, records=("customer_described",)),
    "outcome_advised": Row(
        {"text": "We repaired it."},
        LIVE,
        letter="outcome",
        sent=("outcome_advised",),
        state="outcome_proposed",
        keeps={"progress_update": "stopped", "assumed_closure": "open"},
    ),
    "customer_confirmed": Row(
        {"channel": "email"},
        {"outcome_proposed"},
        by_customer=True,
        after=proposed,
        records=("customer_confirmed", "closed"),
        letter="closed",
        state="closed_confirmed",
        keeps={"resolution_target": "kept", "adr_notice": "stopped"},
    ),
    "customer_objected": Row(
        {},
        {"outcome_proposed"},
        by_customer=True,
        after=proposed,
        records=("customer_objected", "escalated"),
        letter="escalated",
        state="open",
        keeps={"assumed_closure": "stopped", "determination": "open", "progress_update": "open"},
    ),
    "escalated": Row(
        {"level": "director"},
        LIVE,
        by_customer=True,
        records=("escalated",),
        letter="escalated",
        keeps={"determination": "open"},
    ),
    "determined": Row(
        {"by_level": "director", "text": "I decided this."},
        LIVE,
        MANAGER,
        after=at_director,
        records=("determined",),
        letter="determination",
        sent=("outcome_advised",),
        state="outcome_proposed",
        keeps={"determination": "kept", "outcome_notice": "kept"},
    ),
    "deadlocked": Row(
        {"text": "We go no further."},
        LIVE,
        SUPERVISOR,
        records=("deadlocked", "closed"),
        letter="deadlock_letter",
        sent=("deadlock_letter_sent",),
        state="closed_deadlock",
        keeps={"deadlock_letter": "kept", "adr_notice": "kept", "resolution_target": "broken"},
    ),
    "closed": Row(
        {"as": "out_of_scope", "text": "Not our service."},
        LIVE,
        SUPERVISOR,
        records=("closed",),
        letter="closed",
        state="closed_out_of_scope",
        keeps={"resolution_target": "stopped"},
    ),
    "withdrawn": Row(
        {},
        LIVE,
        records=("withdrawn",),
        letter="closed",
        state="closed_withdrawn",
        keeps={"resolution_target": "stopped", "adr_notice": "stopped"},
    ),
    "reopened": Row(
        {},
        CLOSED,
        by_customer=True,
        after=confirmed,
        records=("reopened",),
        letter="reopened",
        state="reopened",
        keeps={"adr_notice": "open", "progress_update": "open"},
    ),
    "adr_notice_sent": Row(
        {}, letter="adr_notice", sent=("adr_notice_sent",), keeps={"adr_notice": "kept"}
    ),
    "deadlock_letter_sent": Row(
        {"by": "letter"},
        {"closed_deadlock"},
        SUPERVISOR,
        after=deadlocked,
        records=("deadlock_letter_sent",),
        state="closed_deadlock",
    ),
    "adr_excepted": Row(
        {"reason": "vexatious", "by": "Ann Other"},
        least=MANAGER,
        records=("adr_excepted",),
        keeps={"adr_notice": "waived"},
    ),
    "ccts_notice_sent": Row({}, provider="jive", letter="ccts_notice", sent=("ccts_notice_sent",)),
    "data_protection_raised": Row(
        {},
        records=("data_protection_raised",),
        keeps={"data_protection_acknowledgement": "open"},
    ),
    "data_protection_acknowledged": Row(
        {},
        letter="data_protection_acknowledgement",
        sent=("data_protection_acknowledged",),
    ),
    "party_confirmed": Row({}, after=stranger, records=("party_confirmed",)),
    "address_added": Row(
        {"kind": "email", "address": "Jo@Work.example"}, records=("address_added",)
    ),
    "address_removed": Row({"address": "jo@example.com"}, records=("address_removed",)),
    "representative_named": Row(
        {"customer": "Ann Other"}, records=("representative_named",), letter="authority_request"
    ),
    "representative_confirmed": Row({}, after=represented, records=("representative_confirmed",)),
    "compensation_claimed": Row(
        {"monthly_fee": "25.00", "days_late": "7", "text": "He asks for it."},
        records=("compensation_claimed",),
    ),
    "compensation_decided": Row(
        {"amount": "5.75", "paid": "as a credit"},
        least=SUPERVISOR,
        records=("compensation_decided",),
    ),
    "information_given": Row({}, records=("information_given",), letter="information"),
    "overruled": Row(
        {"label": "escalation"},
        records=("overruled", "escalated"),
        letter="escalated",
    ),
    "merged": Row({}, LIVE, after=second, records=("merged",)),
    "unmerged": Row({}, after=merged, records=("unmerged",)),
    "split": Row({}, after=wrote, records=("split",), letter="acknowledgement"),
    "undone": Row(
        {}, least=SUPERVISOR, after=reviewed, records=("undone",), keeps={"triage_review": "open"}
    ),
    "letter_sent": Row({"by": "phone"}, after=task),
    "letter_undelivered": Row(
        {},
        after=acknowledged,
        task="undeliverable_followup",
        keeps={"acknowledge": "open"},
        alerts=("undeliverable",),
    ),
    "links_revoked": Row({}, records=("links_revoked",)),
}
WAITING_ROWS = {"promoted", "joined", "dismissed"}


def test_every_action_has_a_row() -> None:
    assert set(ROWS) == set(ACTIONS)
    assert set(WAITING) == WAITING_ROWS


# What each does -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ROWS)
def test_what_an_action_does(tmp_path: Path, kind: str) -> None:
    row = ROWS[kind]
    at = complained(tmp_path, row.provider)
    facts = {**row.after(at), **row.facts}
    at.now += timedelta(hours=1)
    before, posted, said = len(at.timeline()), len(at.posted()), at.alerts(1)
    done = at.act(kind, send=False, role=row.least, **facts)
    assert new(at, before) == list(row.records)
    letter = None if kind == "split" else row.letter or row.task  # a split's is another case's
    assert list(done.letters) == ([letter] if letter else [])
    assert at.posted()[posted:] == []
    at.send()
    assert new(at, before) == [*row.records, *row.sent]
    assert at.posted()[posted:] == ([(row.letter, JOS)] if row.letter else [])
    assert at.state()[0] == (row.state or "open")
    promises = at.promises()
    assert {name: promises.get(name) for name in row.keeps} == row.keeps
    assert at.alerts(1)[len(said) :] == list(row.alerts)
    assert all(one.actor == "user:1" for one in at.timeline()[before:] if one.kind == kind)


def new(at: Counter, before: int) -> list[str]:
    """The events recorded since, but those about letters."""
    return [one.kind for one in at.timeline()[before:] if not one.kind.startswith("letter_")]


# States -------------------------------------------------------------------------------------------


def taken_up(at: Counter) -> None:
    at.close()
    at.act("reopened")


def assumed(at: Counter) -> None:
    at.propose()
    at.later(days=14)


STATES: dict[str, Callable[[Counter], object]] = {
    "open": lambda at: None,
    "outcome_proposed": proposed,
    "closed_confirmed": confirmed,
    "closed_assumed": assumed,
    "closed_deadlock": deadlocked,
    "closed_withdrawn": lambda at: at.act("withdrawn"),
    "closed_out_of_scope": lambda at: at.act("closed", **ROWS["closed"].facts),
    "reopened": taken_up,
}


@pytest.mark.parametrize("state", STATES)
def test_which_actions_fit_a_state(tmp_path: Path, state: str) -> None:
    at = complained(tmp_path)
    STATES[state](at)
    assert at.state()[0] == state
    made = {"into": at.reference(), "event": 1, "letter": 1}
    wrong = {}
    for kind, row in ROWS.items():
        needs = {spec.name: made[spec.name] for spec in ACTIONS[kind].needs if spec.name in made}
        fits = _fits(at.copy(tmp_path), kind, {**needs, **row.facts})
        if fits != (state in row.fits):
            wrong[kind] = fits
    assert wrong == {}


def _fits(at: Counter, kind: str, facts: dict[str, Any]) -> bool:
    """Does the state allow it? Another reason to refuse it is no matter here."""
    before = (at.timeline(), at.state(), len(at.letters()))
    why = ""
    try:
        at.act(kind, send=False, **facts)
    except ActionRefused as error:
        why = str(error)
    after = (at.timeline(), at.state(), len(at.letters()))
    at.desk.database.close()
    assert not why or (why.startswith(f"{kind}: ") and after == before)
    return ", and this fits " not in why


# Roles --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Counter:
    """A case that nothing in these tests changes: everything is refused."""
    return complained(tmp_path_factory.mktemp("shared"))


@pytest.mark.parametrize("kind", ROWS)
@pytest.mark.parametrize("role", Role)
def test_the_least_role(shared: Counter, kind: str, role: Role) -> None:
    # `determined` may be done by an agent, yet each level asks for a role of its own.
    least = AGENT if kind == "determined" else ROWS[kind].least
    facts: dict[str, Any] = {"nonsense": 1}
    if role >= least:
        return
    made: dict[str, Any] = dict.fromkeys({"event", "letter"} & _needed(kind), 1)
    with pytest.raises(ActionRefused, match="nonsense"):
        shared.act(kind, role=role, **facts)
    with pytest.raises(ActionRefused, match=f"it takes the role {least.word} or higher"):
        shared.act(kind, role=role, **made, **ROWS[kind].facts)


def _needed(kind: str) -> set[str]:
    return {spec.name for spec in ACTIONS[kind].needs}


@pytest.mark.parametrize("kind", ROWS)
def test_least_roles_stand_as_written(kind: str) -> None:
    least = AGENT if kind == "determined" else ROWS[kind].least
    assert ACTIONS[kind].least is least
    assert ACTIONS[kind].by_customer is ROWS[kind].by_customer


@pytest.mark.parametrize("kind", [kind for kind, row in ROWS.items() if not row.by_customer])
def test_what_a_customer_cannot_do(shared: Counter, kind: str) -> None:
    made = {"into": shared.reference(), "event": 1, "letter": 1}
    needs = {spec.name: made[spec.name] for spec in ACTIONS[kind].needs if spec.name in made}
    with pytest.raises(ActionRefused, match="a customer cannot do this"):
        shared.customer(kind, **{**needs, **ROWS[kind].facts})


# Facts --------------------------------------------------------------------------------------------

WRONG: dict[str, tuple[object, ...]] = {
    "Text": ("", "  \n", 5, ["a"], "x" * 20_001),
    "Word": ("", " ", 5, "x" * 201),
    "Choice": ("nonsense", "", 5, ["phone"]),
    "Level": ("", 5),
    "Number": ("x", -1, 10**11, 2.5, True, ""),
    "Id": ("x", 0, -1, True, 1.5),
    "Flag": ("maybe", 5, ""),
    "Moment": ("yesterday", "2026-11-24T10:00", 5, "1066-10-14T09:00+00:00"),
    "Day": ("tomorrow", "2026-02-30", "", 5, "1066-10-14"),
    "Money": ("", "a lot", "-1", "1.005", "1e3", "10000000", True, ["5"]),
    "Ways": ("pigeon", "", [], 5, ["phone", "pigeon"]),
    "Elements": ("a text", {"nonsense": "x"}, ["a"]),
}


@pytest.mark.parametrize("kind", ROWS)
def test_a_fact_that_is_missing_unknown_or_wrong_is_named(shared: Counter, kind: str) -> None:
    action = ACTIONS[kind]
    made = {"into": shared.reference(), "event": 1, "letter": 1}
    needs = {spec.name: made.get(spec.name) for spec in action.needs} | ROWS[kind].facts
    named(shared, kind, "nonsense", {**needs, "nonsense": "1"})
    for spec in action.needs:
        rest = {name: value for name, value in needs.items() if name != spec.name}
        named(shared, kind, spec.name, rest)
        named(shared, kind, spec.name, {**rest, spec.name: None})
    for spec in action.facts:
        for value in WRONG[type(spec).__name__]:
            named(shared, kind, spec.name, {**needs, spec.name: value})


def named(at: Counter, kind: str, name: str, facts: dict[str, Any]) -> None:
    with pytest.raises(ActionRefused) as why:
        at.act(kind, **facts)
    assert str(why.value).startswith((f"{kind}: {name}:", f"{kind}: {name}.")), (facts, why.value)


def test_every_form_of_fact_has_wrong_ones() -> None:
    forms = {type(spec).__name__ for action in ACTIONS.values() for spec in action.facts}
    assert forms == set(WRONG)
    assert all(issubclass(type(spec), FactSpec) for a in ACTIONS.values() for spec in a.facts)


def test_an_action_that_is_none_is_refused_with_those_there_are(shared: Counter) -> None:
    with pytest.raises(ActionRefused, match=r"no action 'solved'; .* lists them"):
        shared.act("solved")


def test_a_case_of_another_provider_is_not_there(shared: Counter) -> None:
    doer = Doer("user:1", MANAGER)
    with pytest.raises(LookupError, match="no such case"):
        act(shared.desk, "opus", shared.id(1), "reviewed", {}, doer, shared.now)
