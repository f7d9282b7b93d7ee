"""What holds for every history: later is never sooner, replaying changes nothing, done is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.bundle import folder
from plugin.codes.calendar import calendar_for
from plugin.codes.derive import derive
from plugin.codes.history import Customer, Fact, History
from plugin.codes.load import keys
from plugin.codes.promise import Promise, wakes_at
from plugin.codes.rules import Rules
from tests.plugin.codes.tables import UPDATE, rules_on

SHIPPED = keys(folder("templates"))
RECEIVED = datetime(2026, 12, 15, 15, 0, tzinfo=UTC)
DAY = date(2026, 12, 15)
RECEIPT_ONLY = ("acknowledge", "triage_review", "manager_response", "handler_introduction")

facts: dict[str, list[Mapping[str, Any]]] = {
    "acknowledged": [{}, {"elements": {"reference": "1", "procedure": "p", "timeframe": "9 days"}}],
    "reviewed": [{}],
    "manager_responded": [{}],
    "handler_introduced": [{}],
    "contact_time_agreed": [{}, {"contact_at": "2026-12-29T10:00:00+00:00"}],
    "interval_agreed": [{"days": 2}, {"days": 7}],
    "progress_given": [
        {"elements": UPDATE},
        {"elements": {**UPDATE, "timeframe_date": "2026-12-30"}},
        {},
        {"by": ["phone"]},
    ],
    "handed_to_engineering": [{}],
    "engineering_answered": [{}],
    "escalated": [{"level": "director"}, {"level": "senior_manager"}],
    "determined": [{}],
    "outcome_advised": [{}, {"silence_closes": False}, {"by_level": "director"}],
    "customer_wrote": [{"channel": "email"}],
    "customer_confirmed": [{"channel": "email"}, {"channel": "phone"}],
    "customer_objected": [{}],
    "deadlocked": [{}],
    "deadlock_letter_sent": [{}],
    "adr_notice_sent": [{}, {"scheme": None}],
    "adr_excepted": [{"reason": "vexatious", "by": "Mo Lee"}],
    "ccts_notice_sent": [{}],
    "data_protection_raised": [{}],
    "data_protection_acknowledged": [{}],
    "closed": [
        {},
        *({"as": how} for how in ("confirmed", "assumed", "deadlock", "withdrawn", "out_of_scope")),
    ],
    "reopened": [{}],
    "withdrawn": [{}],
}

moments = st.integers(0, 60 * 24 * 60).map(lambda minutes: RECEIVED + timedelta(minutes=minutes))
events = st.sampled_from(sorted(facts)).flatmap(
    lambda kind: st.builds(Fact, st.just(kind), moments, st.sampled_from(facts[kind]))
)
customers = st.sampled_from([Customer(), Customer("business", 11, 3000.0), Customer("consumer")])
histories = st.builds(History, st.just(RECEIVED), st.lists(events, max_size=10), customers)
providers = st.sampled_from(SHIPPED)


def named(found: tuple[Promise, ...]) -> dict[tuple[str, int], Promise]:
    """Promises by name and occurrence."""
    assert len({(one.promise, one.occurrence) for one in found}) == len(found)
    return {(one.promise, one.occurrence): one for one in found}


@settings(deadline=None, max_examples=150)
@given(providers, histories, moments, moments)
def test_what_is_kept_or_broken_stays_so_at_every_later_moment(
    key: str, history: History, one: datetime, other: datetime
) -> None:
    sooner, later = sorted([one, other])
    rules = rules_on(key, DAY)
    after = named(derive(rules, history, later))
    for place, before in named(derive(rules, history, sooner)).items():
        if before.state in ("kept", "broken"):
            assert after[place].state == before.state
            assert after[place].due_at == before.due_at


@settings(deadline=None, max_examples=60)
@given(providers, histories, moments)
def test_replayed_at_once_is_as_replayed_step_by_step(
    key: str, history: History, as_of: datetime
) -> None:
    rules = rules_on(key, DAY)
    so_far = replace(history, events=[e for e in history.events if e.at <= as_of])
    assert derive(rules, history, as_of) == derive(rules, so_far, as_of)


@settings(deadline=None, max_examples=60)
@given(providers, histories, moments)
def test_every_promise_is_whole(key: str, history: History, as_of: datetime) -> None:
    rules = rules_on(key, DAY)
    for found in derive(rules, history, as_of):
        assert found.starts_at <= as_of
        assert found.due_at > found.starts_at
        assert found.explain
        assert found.clause
        assert found.source
        assert found.due_at.utcoffset() == found.due_at.astimezone(rules.calendar.zone).utcoffset()
        if found.state == "kept":
            assert found.kept_at is not None
        if found.state == "open" and found.reason is None:
            assert as_of < found.due_at
        if found.state != "open" and found.state != "kept":
            assert found.reason
        if found.act_by is not None:
            assert found.act_by < found.due_at
        if found.alert_at is not None:
            assert found.alert_at < found.due_at
        document = found.document()
        assert set(document) == {
            *("promise", "occurrence", "severity", "starts_at", "alert_at", "act_by", "due_at"),
            *("last_day", "state", "kept_at", "reason", "letter", "clause", "source", "reading"),
            *("edition", "explain"),
        }


@settings(deadline=None, max_examples=60)
@given(providers, histories, moments)
def test_whoever_follows_the_wake_up_calls_comes_to_an_end(
    key: str, history: History, as_of: datetime
) -> None:
    rules = rules_on(key, DAY)
    for found in derive(rules, history, as_of):
        wake = wakes_at(found, rules.calendar, as_of)
        if found.state != "open" or found.reason is not None:
            assert wake is None
        else:
            assert wake is not None
            assert as_of < wake <= found.due_at


@settings(deadline=None, max_examples=60)
@given(providers, moments, moments)
def test_what_is_received_later_never_falls_due_earlier(
    key: str, one: datetime, other: datetime
) -> None:
    earlier, later = sorted([one, other])
    rules = rules_on(key, DAY)
    first = named(derive(rules, History(earlier), earlier))
    for place, found in named(derive(rules, History(later), later)).items():
        assert found.due_at >= first[place].due_at


@settings(deadline=None, max_examples=60)
@given(providers, histories, moments, st.integers(0, 60))
def test_a_further_closure_makes_nothing_due_sooner(
    key: str, history: History, as_of: datetime, days: int
) -> None:
    rules = rules_on(key, DAY)
    closed = replace(rules, calendar=calendar_for(_closed_on(rules, DAY + timedelta(days=days))))
    receipt = named(derive(rules, History(RECEIVED), RECEIVED))
    for place, found in named(derive(closed, History(RECEIVED), RECEIVED)).items():
        assert found.due_at >= receipt[place].due_at
    usual = named(derive(rules, history, as_of))
    for place, found in named(derive(closed, history, as_of)).items():
        if place in usual and usual[place].starts_at == found.starts_at:
            assert found.due_at >= usual[place].due_at


def _closed_on(rules: Rules, day: date) -> Any:
    rule = rules.calendar.rule
    return rule.model_copy(update={"closures": (*rule.closures, day)})


@settings(deadline=None)
@given(providers, histories, moments)
def test_without_the_words_everything_else_is_the_same(
    key: str, history: History, as_of: datetime
) -> None:
    rules = rules_on(key, DAY)
    told = derive(rules, history, as_of)
    plain = derive(rules, history, as_of, explained=False)
    assert [one._replace(explain=()) for one in told] == list(plain)
