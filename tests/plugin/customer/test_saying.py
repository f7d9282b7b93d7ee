"""What a customer may say on the page: when it is offered, done once, and refused otherwise."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from plugin.cases.actions import ACTIONS
from plugin.cases.case import State
from plugin.desk import customer as use_case
from plugin.desk.act import ActionRefused, Doer
from tests.plugin.customer.place import OURS, Place, place
from tests.plugin.web.rooms import text

pytestmark = pytest.mark.slow


@pytest.fixture
def jo(tmp_path: Path) -> Place:
    return place(tmp_path)


# state: what the page offers, and the action it then is
OFFERED = {
    "open": {"escalate": "escalated"},
    "reopened": {"escalate": "escalated"},
    "outcome_proposed": {
        "confirm": "customer_confirmed",
        "not_resolved": "customer_objected",
        "escalate": "escalated",
    },
    "closed_confirmed": {"not_resolved": "reopened"},
    "closed_assumed": {"not_resolved": "reopened"},
    "closed_deadlock": {"not_resolved": "reopened"},
    "closed_withdrawn": {"not_resolved": "reopened"},
    "closed_out_of_scope": {"not_resolved": "reopened"},
}


@pytest.mark.parametrize("state", get_args(State))
@pytest.mark.parametrize("wish", use_case.WISHES)
def test_each_button_in_each_state(jo: Place, state: str, wish: str) -> None:
    jo.put(state)
    offered = OFFERED[state]
    page = jo.browser().get(jo.address).get_data(as_text=True)
    assert set(re.findall(r"\?ask=(\w+)", page)) == set(offered)
    asked = jo.browser().get(f"{jo.address}?ask={wish}").get_data(as_text=True)
    assert (f'name="do" value="{wish}"' in asked) == (wish in offered)
    answer = jo.send(do=wish)
    if wish not in offered:
        assert answer.status_code == 409
        assert "Nothing was changed" in text(answer)
        assert jo.acts.asked == []
        return
    assert (answer.status_code, answer.location) == (303, jo.address)
    (found,) = jo.acts.asked
    more = {"level": "supervisor"} if wish == "escalate" else {}
    assert found == (offered[wish], Doer(f"customer:{jo.party}"), {"channel": "link", **more})


def test_only_what_the_table_gives_to_customers_is_offered() -> None:
    kinds = {kind for kinds in use_case.WISHES.values() for kind in kinds}
    assert kinds == {action.kind for action in ACTIONS.values() if action.by_customer}


def test_at_the_highest_level_there_is_nowhere_to_go(jo: Place) -> None:
    jo.put("open", level="director")
    assert "?ask=" not in jo.browser().get(jo.address).get_data(as_text=True)
    assert jo.send(do="escalate").status_code == 409
    assert jo.acts.asked == []


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ("confirm", "You told us that it is resolved (Tue 24 Nov 2026, 12:00)."),
        ("not_resolved", "You told us that it is not resolved (Tue 24 Nov 2026, 12:00)."),
        ("escalate", "You asked us to take your complaint to a higher level (Tue 24 Nov 2026"),
    ],
)
def test_what_was_said_is_on_the_page_from_then_on(jo: Place, wish: str, says: str) -> None:
    jo.propose()
    browser = jo.browser()
    form = {"do": wish, "seen": jo.seen(wish)}
    answer = browser.post(jo.address, data=form, headers=OURS, follow_redirects=True)
    assert says in text(answer)


def test_an_objection_that_escalates_reads_as_an_objection(jo: Place) -> None:
    jo.record(
        ("customer_objected", {"channel": "link"}),
        ("escalated", {"level": "director"}),
        actor=f"customer:{jo.party}",
    )
    assert "You told us that it is not resolved" in text(jo.browser().get(jo.address))


def test_where_an_objection_goes_is_said_before_it_is_made(jo: Place) -> None:
    jo.propose()
    asked = text(jo.browser().get(f"{jo.address}?ask=not_resolved"))
    assert "your case goes to: Director of Customer Service." in asked


@pytest.mark.parametrize("wish", use_case.WISHES)
def test_a_form_sent_twice_is_done_once(jo: Place, wish: str) -> None:
    jo.propose()
    form = {"do": wish, "seen": jo.seen(wish)}
    jo.rooms.clock.advance(seconds=1)
    assert [jo.send(**form).status_code for _ in range(3)] == [303, 303, 303]
    assert len(jo.acts.asked) == 1


def test_a_form_made_for_the_case_as_it_was_does_nothing_to_it_as_it_is(jo: Place) -> None:
    jo.record(("escalated", {"level": "supervisor"}), actor=f"customer:{jo.party}")
    form = {"do": "escalate", "seen": jo.seen("escalate")}
    jo.propose()
    answer = jo.send(**form)
    assert answer.status_code == 409
    assert "your case has moved on since you opened this page" in text(answer)
    assert jo.acts.asked == []


def test_what_the_desk_refuses_is_said_in_a_plain_sentence(jo: Place) -> None:
    def refuses(*_: object) -> None:
        raise ActionRefused("an inner reason: role")

    jo.propose()
    jo.acts.before = refuses
    answer = jo.send(do="confirm")
    assert answer.status_code == 409
    assert "Nothing was changed" in text(answer)
    assert "inner reason" not in text(answer)


@pytest.mark.parametrize("fields", [{}, {"do": ""}, {"do": "erase"}, {"confirm": "yes"}])
def test_a_form_that_asks_for_nothing_we_know_changes_nothing(
    jo: Place, fields: dict[str, str]
) -> None:
    jo.propose()
    answer = jo.send(**fields)
    assert answer.status_code == 422
    assert "Nothing was changed" in text(answer)
    assert jo.acts.asked == []


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, 303),
        (OURS, 303),
        ({"Origin": "http://localhost"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://localhost.evil.example"}, 403),
        ({"Origin": "http://["}, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_a_form_of_another_site_is_refused(jo: Place, headers: dict[str, str], code: int) -> None:
    jo.propose()
    answer = jo.browser().post(jo.address, data={"do": "confirm"}, headers=headers)
    assert answer.status_code == code
    assert bool(jo.acts.asked) == (code == 303)


def test_a_dead_link_takes_no_form(jo: Place) -> None:
    jo.propose()
    jo.put("outcome_proposed", merged_into=1)
    assert jo.send(do="confirm").status_code == 404
    assert jo.acts.asked == []


def test_an_objection_never_goes_down_the_ladder(tmp_path: Path) -> None:
    made = place(tmp_path, "opus")
    made.propose()
    below = text(made.browser().get(f"{made.address}?ask=not_resolved"))
    assert "your case goes to: Customer Service Manager or Head of Professional Services." in below
    for level in ("customer_service_manager", "director"):
        made.put("outcome_proposed", level=level)
        asked = text(made.browser().get(f"{made.address}?ask=not_resolved"))
        assert "we go on working on your case" in asked
