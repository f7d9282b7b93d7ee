"""Compensation on a case: worked out when it is claimed, decided by a person, never paid."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from plugin.cases.roles import Role
from plugin.codes.compensation import Suggestion
from plugin.desk import viewing
from plugin.desk.act import ActionRefused
from tests.plugin.desk.counter import Counter, complained


@pytest.fixture
def ooma(tmp_path: Path) -> Counter:
    return complained(tmp_path, "ooma")


@pytest.fixture
def opus(tmp_path: Path) -> Counter:
    return complained(tmp_path, "opus")


def suggested(at: Counter) -> list[Suggestion]:
    """What the case shows to whoever looks at it now."""
    (view,) = viewing.show_cases(at.desk, None, at.reference())
    return viewing.compensation(at.desk, view, at.now)


def taking_part(at: Counter, on: bool) -> Counter:
    """The same counter at a provider that takes part in automatic compensation, or does not."""
    known = at.desk.settings.provider
    section = known[at.provider].model_copy(update={"automatic_compensation": on})
    settings = at.desk.settings.model_copy(update={"provider": {**known, at.provider: section}})
    at.desk = replace(at.desk, settings=settings)
    return at


def decision(at: Counter) -> dict[str, Any]:
    """The facts of the last decision."""
    return dict(
        [one for one in at.timeline() if one.kind == "compensation_decided"][-1].facts or {}
    )


def test_a_claim_is_worked_out_for_the_agent(ooma: Counter) -> None:
    assert suggested(ooma) == []
    ooma.act("compensation_claimed", monthly_fee="25.00", days_late="7")
    (one,) = suggested(ooma)
    assert (one.kind, one.amount, one.shown) == ("porting", Decimal("5.75"), "£5.75")
    assert "25.00 × 12 ÷ 365 × 7 calendar days = 5.7534…" in " ".join(one.words)


def test_what_is_not_done_yet_grows_from_day_to_day(ooma: Counter) -> None:
    due = (ooma.now - timedelta(days=3)).date().isoformat()
    ooma.act("compensation_claimed", monthly_fee="25.00", due_on=due)
    (one,) = suggested(ooma)
    assert (one.days_late, one.so_far) == (3, True)
    ooma.now += timedelta(days=2)
    assert suggested(ooma)[0].days_late == 5


def test_a_decision_keeps_what_it_was_made_on_and_ends_the_suggestion(ooma: Counter) -> None:
    ooma.act("compensation_claimed", monthly_fee="25.00", days_late="7")
    ooma.act("compensation_decided", role=Role.SUPERVISOR, paid="as a credit", text="Late port.")
    assert decision(ooma) == {
        "kind": "porting",
        "amount": "5.75",
        "currency": "GBP",
        "suggested": "5.75",
        "basis": "25.00 × 12 ÷ 365 × 7 calendar days",
        "so_far": False,
        "monthly_fee": "25.00",
        "days_late": 7,
        "paid": "as a credit",
        "text": "Late port.",
    }
    assert suggested(ooma) == []


def test_a_person_may_decide_otherwise(ooma: Counter) -> None:
    ooma.act("compensation_claimed", monthly_fee="25.00", days_late="7")
    with pytest.raises(ActionRefused, match=r"text: say why it is 10\.00 and not 5\.75"):
        ooma.act("compensation_decided", role=Role.SUPERVISOR, amount="10")
    ooma.act("compensation_decided", role=Role.SUPERVISOR, amount="10", text="Goodwill.")
    assert (decision(ooma)["amount"], decision(ooma)["suggested"]) == ("10.00", "5.75")


def test_none_is_a_decision_too(ooma: Counter) -> None:
    ooma.act("compensation_claimed", monthly_fee="25.00", days_late="7")
    ooma.act("compensation_decided", role=Role.SUPERVISOR, amount="0", text="No port was asked.")
    assert decision(ooma)["amount"] == "0.00"


def test_the_facts_may_come_with_the_decision(ooma: Counter) -> None:
    ooma.act("compensation_decided", role=Role.SUPERVISOR, monthly_fee="19.99", days_late="10")
    assert (decision(ooma)["amount"], decision(ooma)["kind"]) == ("6.57", "porting")


def test_without_a_number_one_must_be_given(opus: Counter) -> None:
    with pytest.raises(ActionRefused, match="amount: it is missing, and nothing is worked out"):
        opus.act("compensation_decided", role=Role.SUPERVISOR)
    opus.act("compensation_claimed", text="The line was dead for a week.")
    (one,) = suggested(opus)
    assert (one.kind, one.amount) == ("case_by_case", None)
    with pytest.raises(ActionRefused, match="amount: it is missing"):
        opus.act("compensation_decided", role=Role.SUPERVISOR)
    opus.act("compensation_decided", role=Role.SUPERVISOR, amount="15.00", paid="as a credit")
    assert decision(opus) == {
        "kind": "case_by_case",
        "amount": "15.00",
        "currency": "GBP",
        "suggested": None,
        "basis": "",
        "so_far": False,
        "paid": "as a credit",
    }


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"kind": "gift"}, "kind: there is no 'gift' here; there are: porting"),
        ({"monthly_fee": "25.00"}, "due_on: it is missing"),
        ({"days_late": "3"}, "monthly_fee: it is missing"),
    ],
)
def test_a_claim_that_cannot_be_reckoned_is_refused(
    ooma: Counter, facts: dict[str, Any], why: str
) -> None:
    before = len(ooma.timeline())
    with pytest.raises(ActionRefused, match=why):
        ooma.act("compensation_claimed", **facts)
    assert len(ooma.timeline()) == before


def test_a_claim_recorded_by_mistake_is_taken_back(ooma: Counter) -> None:
    ooma.act("compensation_claimed", monthly_fee="25.00", days_late="7")
    ooma.act("undone", role=Role.SUPERVISOR, event=ooma.timeline()[-1].seq)
    assert suggested(ooma) == []


def test_a_second_claim_of_a_kind_waits_for_the_first_to_be_decided(ooma: Counter) -> None:
    ooma.act("compensation_claimed", monthly_fee="25.00", days_late="7")
    with pytest.raises(ActionRefused, match="kind: a claim of porting is open already"):
        ooma.act("compensation_claimed", monthly_fee="30.00", days_late="2")
    ooma.act("compensation_decided", role=Role.SUPERVISOR)
    ooma.act("compensation_claimed", monthly_fee="30.00", days_late="2")
    assert suggested(ooma)[0].amount == Decimal("1.97")


def test_of_two_open_claims_a_decision_names_one(tmp_path: Path) -> None:
    ooma = taking_part(complained(tmp_path, "ooma"), True)
    ooma.act("compensation_claimed", kind="porting", monthly_fee="25.00", days_late="7")
    ooma.act("compensation_claimed", kind="delayed_repair", days_late="2")
    with pytest.raises(ActionRefused, match="kind: it is missing; open are: porting, delayed_rep"):
        ooma.act("compensation_decided", role=Role.SUPERVISOR, amount="5")
    ooma.act("compensation_decided", role=Role.SUPERVISOR, kind="delayed_repair")
    assert decision(ooma)["amount"] == "20.68"
    assert [one.kind for one in suggested(ooma)] == ["porting"]


def test_what_still_goes_on_is_not_decided_by_todays_sum(ooma: Counter) -> None:
    due = (ooma.now - timedelta(days=3)).date().isoformat()
    ooma.act("compensation_claimed", monthly_fee="25.00", due_on=due)
    with pytest.raises(ActionRefused, match=r"it is not done yet, so far it comes to £2\.47"):
        ooma.act("compensation_decided", role=Role.SUPERVISOR)
    done = ooma.now.date().isoformat()
    ooma.act("compensation_decided", role=Role.SUPERVISOR, done_on=done)
    assert (decision(ooma)["amount"], decision(ooma)["monthly_fee"]) == ("2.47", "25.00")


def test_a_second_decision_says_why(ooma: Counter) -> None:
    ooma.act("compensation_decided", role=Role.SUPERVISOR, amount="5", kind="porting")
    with pytest.raises(ActionRefused, match="text: it was decided already; say why"):
        ooma.act("compensation_decided", role=Role.SUPERVISOR, amount="6", kind="porting")
    ooma.act(
        "compensation_decided", role=Role.SUPERVISOR, amount="6", kind="porting", text="Too low."
    )
    assert decision(ooma)["amount"] == "6.00"


def test_money_moves_no_promise_and_sends_nothing(ooma: Counter) -> None:
    promises, posted = ooma.promises(), ooma.posted()
    ooma.act("compensation_claimed", monthly_fee="25.00", days_late="7")
    ooma.act("compensation_decided", role=Role.SUPERVISOR)
    ooma.send()
    assert (ooma.promises(), ooma.posted()) == (promises, posted)


def test_a_business_has_no_automatic_compensation(tmp_path: Path) -> None:
    opus = taking_part(complained(tmp_path, "opus"), True)
    opus.act("compensation_claimed", kind="late_start", days_late="3")
    assert suggested(opus)[0].amount == Decimal("19.38")
    opus.act("customer_described", kind="business", headcount="50")
    (one,) = suggested(opus)
    assert one.amount is None
    assert any("recorded as business" in line for line in one.words)


def test_a_kind_that_has_gone_shows_no_suggestion_and_stays_on_record(tmp_path: Path) -> None:
    opus = taking_part(complained(tmp_path, "opus"), True)
    opus.act("compensation_claimed", kind="late_start", days_late="3")
    assert suggested(taking_part(opus, False)) == []
    assert opus.timeline()[-1].kind == "compensation_claimed"
