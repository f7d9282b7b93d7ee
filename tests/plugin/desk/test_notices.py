"""Notices of the right to go to a scheme: on record is what the customer was really told."""

from __future__ import annotations

from typing import Any

from plugin.desk.act import Acted, act
from plugin.sections import ProviderSettings
from plugin.simulation.people import Hands
from tests.plugin.simulation.scenes import at, kinds, mail, run

SCHEME = {"adr_scheme": "Communications Ombudsman"}
FRENCH = "Je souhaite porter plainte au sujet de ma ligne."


def agent(when: str, action: str, **facts: Any) -> dict[str, Any]:
    """A step in which an agent acts on the first case."""
    return {"at": when, "agent": {"case": 1, "action": action, **facts}}


def letters(document: dict[str, Any]) -> list[str]:
    """What was sent, in order."""
    return [letter["letter"] for letter in document["letters"]]


def test_an_outcome_that_says_nothing_of_ccts_is_no_notice_of_it() -> None:
    found = run(
        mail(at("24")),
        agent(at("25"), "outcome_advised", text="The line is repaired."),
        provider="jive",
        customer={"kind": "business", "monthly_bill": 7800},
    )
    assert "CCTS" not in found["letters"][-1]["text"]
    assert "ccts_notice_sent" not in kinds(found["cases"][0])


def test_in_french_the_notice_is_of_the_cprst_and_lacks_nothing() -> None:
    found = run(
        mail(at("24"), FRENCH),
        agent(at("24", "11:00"), "assigned", handler="Luc Bernier"),
        agent(at("24", "11:01"), "interval_agreed", days=9),
        agent(at("25"), "escalated"),
        agent(at("26"), "outcome_advised", text="Voilà.", by_level="senior_manager"),
        provider="jive",
    )
    assert letters(found) == ["acknowledgement", "escalated", "outcome"]
    assert "CPRST" in found["letters"][-1]["text"]
    assert "ccts_notice_sent" in kinds(found["cases"][0])
    assert [alert["text"] for alert in found["alerts"] if "lacks" in alert["text"]] == []


def test_a_notice_that_came_back_is_not_written_again_to_the_same_address() -> None:
    steps = (mail(at("24")), {"at": "2027-01-05T09:00:00+00:00", "bounce": "adr_notice"})
    until: dict[str, Any] = {
        "until": "2027-01-07T00:00:00+00:00",
        "provider": "opus",
        "settings": SCHEME,
    }
    found = run(*steps, **until)
    assert letters(found) == ["acknowledgement", "adr_notice", "undeliverable_followup"]
    notice = _promise(found, "adr_notice")
    assert (notice["state"], notice["kept_at"]) == ("broken", None)
    posted = agent("2027-01-05T12:00:00+00:00", "adr_notice_sent", by=["letter"])
    assert _promise(run(*steps, posted, **until), "adr_notice")["state"] == "kept"


def test_a_notice_by_post_without_a_scheme_keeps_nothing() -> None:
    posted = agent(at("26"), "adr_notice_sent", by=["letter"])
    found = run(mail(at("24")), posted, provider="opus")
    assert _promise(found, "adr_notice")["state"] == "open"


def test_after_deadlock_without_a_scheme_the_next_letter_is_the_one_that_names_it() -> None:
    steps = (mail(at("24")), agent(at("26"), "deadlocked", text="We go no further."))
    until: dict[str, Any] = {"until": "2027-01-14T00:00:00+00:00", "provider": "opus"}
    assert letters(run(*steps, **until)) == ["acknowledgement", "deadlock_letter"]

    def set_scheme(desk: Any, provider: str, case: int, kind: str, *rest: Any) -> Acted:
        if kind == "noted":
            desk.settings.provider[provider] = ProviderSettings(**SCHEME)
        return act(desk, provider, case, kind, *rest)

    noted = agent(at("27"), "noted", text="We joined a scheme.")
    found = run(*steps, noted, **until, hands=Hands(on_case=set_scheme))
    assert letters(found) == ["acknowledgement", "deadlock_letter", "adr_notice"]
    named = found["letters"][-1]
    assert "Communications Ombudsman" in named["text"]
    assert named["at"] == "2026-11-27T10:00:00+00:00"
    assert _promise(found, "adr_notice")["state"] == "kept"


def test_who_must_be_met_before_a_weekend_is_said_before_it() -> None:
    found = run(mail(at("27", "15:30")), provider="opus")
    said = [alert for alert in found["alerts"] if alert["about"] == "handler_introduction"]
    assert [alert["at"] for alert in said] == [
        "2026-11-27T15:30:00+00:00",
        "2026-11-29T15:30:00+00:00",
    ]
    assert "the last working moment is Fri 27 Nov 2026 17:30" in said[0]["text"]


def _promise(document: dict[str, Any], name: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = document["cases"][0]["promises"]
    return next(one for one in found if one["promise"] == name)
