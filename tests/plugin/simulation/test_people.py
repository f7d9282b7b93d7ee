"""What agents and customers do: asked of the desk in its own terms, refused as an alert."""

from __future__ import annotations

from typing import Any

import pytest

from plugin.cases.roles import Role
from plugin.desk.act import act
from plugin.simulation.people import Hands
from tests.plugin.simulation.scenes import Watched, at, mail, run

pytestmark = pytest.mark.slow


def agent(when: str, action: str, **facts: Any) -> dict[str, Any]:
    """A step in which a person acts."""
    return {"at": when, "agent": {"action": action, **facts}}


OTHER = mail(at("24", "11:00"), **{"from": "kit@example.net"})


def asked(*steps: Any, **more: Any) -> list[Any]:
    """What is asked of the desk in such a week."""
    watched = Watched()
    run(*steps, hands=watched.hands, **more)
    return watched.asked


def test_people_act_through_the_desk_unless_a_test_watches() -> None:
    assert Hands().on_case is act


def test_an_agent_acts_with_the_facts_and_the_role_it_has() -> None:
    elements = {"progress": "traced", "timeframe": "soon"}
    told = asked(
        mail(at("24")),
        OTHER,
        agent(at("25"), "progress_given", elements=elements, role="agent"),
        agent(at("25"), "noted", text="see {{reference:1}}", case=2),
    )
    (first, kind, facts, actor, role), (second, _, note, _, admin) = told
    assert (kind, facts, actor, role) == (
        "progress_given",
        {"elements": elements},
        "user:simulated",
        Role.AGENT,
    )
    assert (second > first, admin) == (True, Role.ADMIN)
    references = [case["reference"] for case in run(mail(at("24")))["cases"]]
    assert note == {"text": f"see {references[0]}"}


def test_what_a_scenario_counts_is_what_the_desk_knows() -> None:
    steps = (
        mail(at("24")),
        OTHER,
        {"at": at("25"), "reply_to": "acknowledgement", "text": "Any news?"},
    )
    told = run(*steps)
    contacts = [event["contact"] for event in told["cases"][0]["timeline"] if event.get("contact")]
    letter = told["cases"][0]["timeline"][1]["letter_id"]
    party = told["cases"][0]["timeline"][0]["actor"].removeprefix("customer:")
    watched = asked(
        *steps,
        agent(at("26"), "split", contact=2),
        agent(at("26"), "overruled", contact=1, label="neither"),
        agent(at("26"), "merged", case=2, into=1),
        agent(at("26"), "party_confirmed", party=1),
        agent(at("26"), "letter_sent", letter="acknowledgement", by="phone"),
    )
    facts = [one[2] for one in watched]
    assert facts[0] == {"contact": int(contacts[1])}
    assert facts[1] == {"contact": int(contacts[0]), "label": "neither"}
    assert facts[2] == {"into": told["cases"][0]["reference"]}
    assert facts[3] == {"party": int(party)}
    assert facts[4] == {"letter": letter, "by": "phone"}


def test_a_contact_that_waits_is_counted_among_those_that_opened_nothing() -> None:
    told = asked(
        mail(at("24"), "hello", **{"from": "kit@example.net"}),
        mail(at("24"), "Your service is terrible."),
        agent(at("25"), "promoted", not_case=2, label="complaint"),
        agent(at("25"), "dismissed", not_case=1),
    )
    (second, kind, facts, *_), (first, other, *_) = told
    assert (kind, facts, other) == ("promoted", {"label": "complaint"}, "dismissed")
    assert second > first


@pytest.mark.parametrize(
    ("step", "case", "text"),
    [
        (
            agent(at("25"), "withdrawn"),
            1,
            "The action withdrawn could not be done: it does not fit a case that is open; wait.",
        ),
        (
            agent(at("25"), "noted", text="x", case=2),
            None,
            "The action noted could not be done: case 2 is not open by then.",
        ),
        (
            agent(at("25"), "promoted", not_case=1),
            None,
            "The action promoted could not be done: contact 1 that opened no case is not there.",
        ),
        (
            agent(at("25"), "split", contact=2),
            1,
            "The action split could not be done: there is no contact 2 by then.",
        ),
        (
            agent(at("25"), "merged", into=3),
            1,
            "The action merged could not be done: there is no case 3 by then.",
        ),
        (
            agent(at("25"), "letter_sent", letter="outcome", by="phone"),
            1,
            "The action letter_sent could not be done: there is no letter outcome by then.",
        ),
        (
            {"at": at("25"), "link": "confirm", "case": 2},
            None,
            "The action confirm by link could not be done: case 2 has no link by then.",
        ),
    ],
)
def test_what_does_not_fit_becomes_an_alert_and_ends_nothing(
    step: dict[str, Any], case: int | None, text: str
) -> None:
    watched = Watched("withdrawn")
    after = agent(at("26"), "noted", text="the run goes on")
    told = run(mail(at("24")), step, after, hands=watched.hands)
    refused = [one for one in told["alerts"] if one["about"] == "action_refused"]
    assert refused == [
        {"at": "2026-11-25T10:00:00+00:00", "case": case, "about": "action_refused", "text": text}
    ]
    assert [one[1] for one in watched.asked] == ["noted"]


@pytest.mark.parametrize(
    ("button", "kind"),
    [
        ("confirm", "customer_confirmed"),
        ("not_resolved", "customer_objected"),
        ("escalate", "escalated"),
    ],
)
def test_a_button_is_pressed_by_the_customer(button: str, kind: str) -> None:
    outcome = {"case": 1, "action": "outcome_advised", "text": "Done."}
    told = run(mail(at("24")), {"at": at("25"), "agent": outcome}, {"at": at("26"), "link": button})
    customer = told["cases"][0]["timeline"][0]["actor"]
    pressed = [one for one in told["cases"][0]["timeline"] if one["kind"] == kind]
    assert [(one["actor"], one["channel"]) for one in pressed] == [(customer, "link")]


def test_a_button_that_the_page_does_not_offer_is_not_there_to_press() -> None:
    told = run(mail(at("24")), {"at": at("25"), "link": "confirm"})
    assert [one["text"] for one in told["alerts"] if one["about"] == "action_refused"] == [
        "The action confirm by link could not be done: the page does not offer it."
    ]


def test_every_case_is_introduced_as_it_opens() -> None:
    told = asked(
        mail(at("24")),
        OTHER,
        customer={"kind": "consumer", "language": "fr"},
        flags=["vulnerable", "urgent"],
    )
    assert [one[1:4] for one in told] == 2 * [
        ("customer_described", {"kind": "consumer", "language": "fr"}, "system"),
        ("flagged", {"flag": "vulnerable"}, "system"),
        ("flagged", {"flag": "urgent"}, "system"),
    ]
    assert len({one[0] for one in told}) == 2
