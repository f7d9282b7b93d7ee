"""Rules of single actions that no table of states and facts can say."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from plugin.cases.roles import Role
from tests.plugin.desk.counter import (
    Counter,
    complained,
    refused,
)

pytestmark = pytest.mark.slow

JOS, KITS = "jo@example.com", "kit@example.net"
AGENT, SUPERVISOR, MANAGER = Role.AGENT, Role.SUPERVISOR, Role.MANAGER


@pytest.fixture
def ooma(tmp_path: Path) -> Counter:
    return complained(tmp_path, web={"url": "https://complaints.example"})


# When ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "hours", "why"),
    [
        ("reviewed", 1, "has not come yet"),
        ("reviewed", -2, "before the complaint was received"),
        ("noted", 1, "has not come yet"),
        ("outcome_advised", -0.5, "its letter goes now"),
        ("deadlocked", -0.5, "its letter goes now"),
        ("progress_given", -0.5, "its letter goes now"),
        ("adr_notice_sent", -0.5, "its letter goes now"),
    ],
)
def test_when_it_cannot_have_happened(ooma: Counter, kind: str, hours: float, why: str) -> None:
    facts: dict[str, Any] = {"text": "x"} if kind not in ("reviewed", "adr_notice_sent") else {}
    at = (ooma.now + timedelta(hours=hours)).isoformat()
    refused(ooma, f"{kind}: at: .*{why}|{kind}: at: {why}", kind, at=at, **facts)


def test_what_happened_before_is_dated_when_it_did(ooma: Counter) -> None:
    then = ooma.now - timedelta(minutes=30)
    ooma.now += timedelta(days=3)
    ooma.act("reviewed", at=then.isoformat())
    assert ooma.event("reviewed").at == then
    assert ooma.event("reviewed").recorded_at == ooma.now
    assert ooma.promise("triage_review").state == "kept"
    assert ooma.promise("triage_review").kept_at == then


# Levels and answers -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "role", "may"),
    [
        ("supervisor", AGENT, False),
        ("supervisor", SUPERVISOR, True),
        ("supervisor", MANAGER, True),
        ("director", AGENT, False),
        ("director", SUPERVISOR, False),
        ("director", MANAGER, True),
    ],
)
@pytest.mark.parametrize("kind", ["outcome_advised", "determined"])
def test_each_level_asks_for_its_role(
    ooma: Counter, kind: str, level: str, role: Role, may: bool
) -> None:
    ooma.act("escalated", level=level)
    if may:
        ooma.act(kind, role=role, by_level=level, text="We decided.")
        assert ooma.state() == ("outcome_proposed", level)
        assert ooma.facts("outcome_advised")["by_level"] == level
    else:
        refused(ooma, "by_level: .* takes the role", kind, role=role, by_level=level, text="x")


@pytest.mark.parametrize("level", ["supervisor", "director"])
def test_an_outcome_at_a_higher_level_says_who_decided(ooma: Counter, level: str) -> None:
    ooma.act("escalated", level=level)
    refused(ooma, "outcome_advised: by_level: it is missing", "outcome_advised", text="Done.")
    refused(ooma, "no level here", "outcome_advised", text="Done.", by_level="head_of_everything")


def test_no_level_below_answers_for_the_one_that_has_the_case(ooma: Counter) -> None:
    ooma.act("escalated", level="director")
    ooma.now += timedelta(hours=1)
    why = "no level below decides it"
    refused(ooma, why, "outcome_advised", text="Done.", by_level="frontline")
    refused(ooma, why, "outcome_advised", text="Done.", by_level="supervisor")
    assert ooma.promises()["determination"] == "open"


def test_an_outcome_written_before_the_customer_went_higher_does_not_go(ooma: Counter) -> None:
    ooma.act("outcome_advised", text="No.", send=False)
    ooma.now += timedelta(minutes=1)
    ooma.customer("escalated", channel="link")
    ooma.send()
    assert ooma.letter("outcome").state == "cancelled"
    assert ooma.state() == ("open", "supervisor")
    assert ooma.alerts(1) == ["outcome_notice"]


def test_the_same_letter_twice_at_once_is_a_second_click(ooma: Counter) -> None:
    ooma.act("outcome_advised", text="Done.", send=False)
    refused(ooma, "on its way already", "outcome_advised", text="Done.")
    ooma.act("escalated", send=False)
    refused(ooma, "on its way already", "escalated")
    assert ooma.state() == ("open", "supervisor")


@pytest.mark.parametrize(
    ("kind", "facts", "why"),
    [
        ("withdrawn", {"at": "2026-11-24T10:30+00:00"}, "counts when it is recorded"),
        ("contact_time_agreed", {"contact_at": "1990-01-01T00:00+00:00"}, "lies in the past"),
        (
            "progress_given",
            {"elements": {"progress": "x", "timeframe_date": "2026-11-01"}},
            "lies in the past",
        ),
        ("adr_notice_sent", {"by": "phone"}, "must be in writing"),
        ("address_added", {"kind": "phone", "address": "ask her"}, "no telephone number"),
    ],
)
def test_what_cannot_be_so(ooma: Counter, kind: str, facts: dict[str, Any], why: str) -> None:
    ooma.now += timedelta(days=3)
    refused(ooma, why, kind, **facts)


def test_nothing_is_dated_before_what_it_answers(ooma: Counter) -> None:
    before = ooma.now.isoformat()
    ooma.now += timedelta(hours=2)
    ooma.act("deadlocked", text="We go no further.", send=False)
    ooma.now += timedelta(hours=1)
    refused(ooma, "the case was open at", "deadlock_letter_sent", by="letter", at=before)


def test_a_word_told_late_shows_that_there_was_no_silence(ooma: Counter) -> None:
    ooma.propose()
    spoke = (ooma.now + timedelta(hours=1)).isoformat()
    ooma.later(days=14)
    assert ooma.state()[0] == "closed_assumed"
    ooma.act("customer_wrote", channel="phone", at=spoke)
    assert ooma.state()[0] == "reopened"


def test_what_was_determined_is_told_for_that_level(ooma: Counter) -> None:
    ooma.act("escalated", level="director")
    ooma.now += timedelta(hours=1)
    ooma.act("determined")
    assert (ooma.promises()["determination"], ooma.promises()["outcome_notice"]) == ("kept", "open")
    assert ooma.state() == ("open", "director")
    ooma.now += timedelta(hours=1)
    refused(ooma, "takes the role manager", "outcome_advised", role=AGENT, text="Done.")
    ooma.act("outcome_advised", role=MANAGER, text="Done.")
    assert ooma.facts("outcome_advised")["by_level"] == "director"
    assert ooma.promises()["outcome_notice"] == "kept"


@pytest.mark.parametrize(
    ("at_level", "said", "why"),
    [
        (None, {}, "at the front line"),
        ("director", {"by_level": "supervisor"}, "the case is at director"),
        ("director", {"by_level": "frontline"}, "the case is at director"),
    ],
)
def test_only_the_level_that_has_the_case_determines(
    ooma: Counter, at_level: str | None, said: dict[str, str], why: str
) -> None:
    if at_level:
        ooma.act("escalated", level=at_level)
    refused(ooma, why, "determined", **said)


@pytest.mark.parametrize(
    ("first", "then", "why"),
    [
        (None, "head_of_everything", "none of the provider's; there are: supervisor, director"),
        ("director", "supervisor", "at director already"),
        ("supervisor", "supervisor", "at supervisor already"),
        ("director", None, "at the highest level"),
    ],
)
def test_a_case_only_goes_up(ooma: Counter, first: str | None, then: str | None, why: str) -> None:
    if first:
        ooma.act("escalated", level=first)
    refused(ooma, why, "escalated", **({"level": then} if then else {}))


@pytest.mark.parametrize(
    ("provider", "ladder"),
    [
        ("ooma", ["supervisor", "director"]),
        ("8x8", ["senior_management"]),
        ("jive", ["senior_manager"]),
        ("opus", ["customer_service_manager", "director"]),
    ],
)
def test_the_next_level_is_the_providers(tmp_path: Path, provider: str, ladder: list[str]) -> None:
    at = complained(tmp_path, provider)
    for level in ladder:
        at.act("escalated")
        assert at.state() == ("open", level)
    refused(at, "at the highest level", "escalated")


# Closing ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("provider", "channel", "closes"),
    [
        ("ooma", "email", True),
        ("ooma", "post", True),
        ("ooma", "link", True),
        ("ooma", "phone", False),
        ("ooma", "chat", False),
        ("opus", "phone", True),
        ("8x8", "phone", True),
        ("jive", "email", True),
    ],
)
def test_how_a_customers_yes_may_come(
    tmp_path: Path, provider: str, channel: str, closes: bool
) -> None:
    at = complained(tmp_path, provider)
    at.propose()
    at.act("customer_confirmed", channel=channel)
    assert at.state()[0] == ("closed_confirmed" if closes else "outcome_proposed")
    assert "customer_confirmed" in at.kinds()
    assert ("assumed_closure" in at.alerts(1)) is not closes
    assert ("closed" in [one.kind for one in at.letters()]) is closes


def test_nothing_ends_as_resolved_without_an_outcome(ooma: Counter) -> None:
    refused(ooma, "this fits outcome proposed", "customer_confirmed", channel="email")
    refused(ooma, "as: ", "closed", **{"as": "confirmed", "text": "x"})
    refused(ooma, "as: ", "closed", **{"as": "assumed", "text": "x"})


@pytest.mark.parametrize("kind", ["outcome_advised", "deadlocked"])
def test_what_must_be_in_writing_needs_a_text(ooma: Counter, kind: str) -> None:
    refused(ooma, f"{kind}: text: it is missing", kind)


# The ADR notice and deadlock ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("provider", "facts", "why"),
    [
        ("ooma", {"reason": "vexatious"}, "by: it is missing"),
        ("ooma", {"by": "Ann Other"}, "reason: it is missing"),
        ("ooma", {"reason": "vexatious", "by": " "}, "by: "),
        ("ooma", {"reason": "rude", "by": "Ann Other"}, "reason: 'rude' is not one of"),
        ("jive", {"reason": "vexatious", "by": "Ann Other"}, "no reason holds the notice back"),
    ],
)
def test_an_exception_is_a_named_persons_for_a_known_reason(
    tmp_path: Path, provider: str, facts: dict[str, Any], why: str
) -> None:
    refused(complained(tmp_path, provider), why, "adr_excepted", **facts)


@pytest.mark.parametrize(
    ("flag", "provider", "alert"),
    [
        ("vulnerable", "ooma", "escalation_suggested"),
        ("significant_harm", "ooma", "escalation_suggested"),
        ("urgent", "ooma", "escalation_suggested"),
        ("repetitive", "ooma", "escalation_suggested"),
        ("technical", "ooma", "technical_resolution"),
        ("vexatious", "ooma", "adr_notice"),
        ("out_of_jurisdiction", "ooma", "adr_notice"),
        ("urgent", "opus", None),
        ("technical", "8x8", "technical_resolution"),
    ],
)
def test_a_flag_is_told_and_waives_nothing(
    tmp_path: Path, flag: str, provider: str, alert: str | None
) -> None:
    at = complained(tmp_path, provider)
    before = at.promises()
    at.act("flagged", flag=flag)
    assert at.alerts(1) == ([alert] if alert else [])
    assert at.promises() == before
    assert at.state() == ("open", "frontline")
    at.act("flagged", flag=flag, on=False)
    assert at.alerts(1) == ([alert] if alert else [])


@pytest.mark.parametrize(
    ("provider", "scheme", "customer", "says", "not_says", "keeps"),
    [
        ("ooma", None, {}, "called the Communications Ombudsman", "we are a member.", "kept"),
        ("ooma", "CISAS", {}, "CISAS, a dispute resolution scheme", "Our published code", "kept"),
        ("opus", None, {}, "We will write to you again with the name", "CISAS", "open"),
        ("opus", "CISAS", {}, "CISAS", "We will write to you again", "kept"),
        (
            "ooma",
            None,
            {"kind": "business", "headcount": 40},
            "Our final position",
            "Ombudsman",
            None,
        ),
        ("jive", None, {}, "CCTS", "Ombudsman", None),
    ],
)
def test_a_deadlock_letter_goes_at_once(
    tmp_path: Path,
    provider: str,
    scheme: str | None,
    customer: dict[str, Any],
    says: str,
    not_says: str,
    keeps: str | None,
) -> None:
    at = complained(tmp_path, provider)
    if scheme:
        at.set(adr_scheme=scheme)
    if customer:
        at.act("customer_described", **customer)
    at.act("deadlocked", text="We go no further.", send=False)
    assert at.letter("deadlock_letter").created_at == at.now
    at.send()
    assert at.posted()[-1] == ("deadlock_letter", JOS)
    text = " ".join(at.letter("deadlock_letter").text.split())
    assert "We go no further." in text
    assert says in f"{at.letter('deadlock_letter').subject} {text}"
    assert not_says not in text
    if keeps:
        assert at.promises()["deadlock_letter"] == keeps
        assert at.promises()["adr_notice"] == keeps
    assert ("scheme_missing" in at.alerts(1)) is (keeps == "open")
