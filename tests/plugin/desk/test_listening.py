"""A call is a contact received when it began: what was said in it opens and joins as mail does."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from plugin.desk import calls, receive
from plugin.desk.phones import Phone
from plugin.store.schema import alert, case, contact, delivery, inbound, phone_call, route
from tests.plugin.desk.counter import Counter, complained, counter
from voice.systems import Links, systems
from voice.webhook import request_of

LINE = "+80044331345"
NUMBER = "+442079460123"
PHONE = Phone(
    "pbx",
    systems()["standard-webhooks"],
    "ooma",
    ("whsec_" + base64.b64encode(b"k" * 32).decode(),),
)
COMPLAINT = "I want to make a complaint about my line."


class Line:
    """A phone system beside a counter."""

    def __init__(self, at: Counter) -> None:
        self.at, self._told = at, 0

    def tell(self, kind: str, call: str = "c1", **data: Any) -> None:
        """A believed webhook of the phone system."""
        self._told += 1
        told = {"callId": call, "from": NUMBER, "to": LINE, **data}
        body = json.dumps({"type": kind, "data": told}).encode()
        headers = [("webhook-id", f"m{self._told}")]
        url = "https://complaints.example/voice/hooks"
        request = request_of("POST", url, headers, body, self.at.now)
        calls.take(self.at.desk, PHONE, request, Links(url), self.at.now)

    def work(self) -> None:
        """Everything due is done."""
        receive.receive(self.at.desk, self.at.now)

    def later(self, **length: float) -> None:
        self.at.now += timedelta(**length)

    def rows(self, table: Any) -> list[Any]:
        with self.at.desk.database.read() as c:
            return list(c.execute(select(table)))


@pytest.fixture
def line(tmp_path: Any) -> Line:
    return Line(counter(tmp_path))


def test_a_complaint_on_the_phone_opens_a_case_dated_by_the_call(line: Line) -> None:
    began = line.at.now
    line.tell("call.started")
    line.later(seconds=30)
    line.tell("input.speech", text=COMPLAINT)
    line.later(seconds=60)
    line.tell("call.ended", outcome="answered")
    line.work()
    (opened,) = line.rows(case)
    assert opened.first_received_at == began
    (kept,) = line.rows(contact)
    assert (kept.channel, kept.sender, kept.label, kept.case_id) == (
        "phone",
        NUMBER,
        "complaint",
        opened.id,
    )
    (way,) = line.rows(route)
    assert (way.kind, way.value) == ("phone", NUMBER)
    (task,) = line.rows(delivery)
    assert (task.channel, task.recipient, task.state) == ("phone", NUMBER, "queued")


def test_a_call_without_words_is_a_contact_that_waits_for_nobody(line: Line) -> None:
    line.tell("call.started")
    line.tell("call.ended", outcome="answered")
    line.work()
    (kept,) = line.rows(contact)
    assert (kept.channel, kept.label, kept.waits, kept.own_words) == ("phone", "neither", None, "")
    assert line.rows(case) == []


def test_a_message_that_nobody_wrote_down_waits_for_a_person(line: Line) -> None:
    line.tell("call.started")
    line.tell("recording.ready", recordingId="r1")
    line.tell("call.ended", outcome="voicemail")
    line.work()
    (kept,) = line.rows(contact)
    assert (kept.channel, kept.waits) == ("voicemail", "message_unheard")


def test_a_transcript_that_comes_an_hour_later_opens_the_case_as_of_the_call(line: Line) -> None:
    began = line.at.now
    line.tell("call.started")
    line.tell("recording.ready", recordingId="r1")
    line.tell("call.ended", outcome="voicemail")
    line.work()
    line.later(hours=1)
    line.tell("transcription.ready", recordingId="r1", text=COMPLAINT)
    line.work()
    (opened,) = line.rows(case)
    assert opened.first_received_at == began
    first, second = sorted(line.rows(contact), key=lambda one: one.id)
    assert (second.label, second.own_words, second.received_at) == ("complaint", COMPLAINT, began)
    assert first.waits is None, "its words are known now"


def test_words_in_a_call_that_tells_no_end_are_heard_all_the_same(line: Line) -> None:
    line.tell("call.started")
    line.tell("input.speech", text=COMPLAINT)
    line.work()
    assert line.rows(case) == []
    line.later(minutes=15)
    line.work()
    assert len(line.rows(case)) == 1


def test_nothing_is_heard_twice(line: Line) -> None:
    line.tell("call.started")
    line.tell("input.speech", text=COMPLAINT)
    line.tell("call.ended")
    line.work()
    line.later(minutes=20)
    line.work()
    assert len(line.rows(case)) == len(line.rows(contact)) == 1
    assert {row.outcome for row in line.rows(inbound)} == {"case_opened", "duplicate"}


def test_a_call_of_ours_to_somebody_is_no_contact(line: Line) -> None:
    line.tell("call.started", direction="out")
    line.tell("call.ended", direction="out")
    line.work()
    assert (line.rows(contact), line.rows(inbound)) == ([], [])


def test_who_withholds_a_number_gets_a_case_and_a_person_finds_a_way(line: Line) -> None:
    line.tell("call.started", **{"from": "anonymous"})
    line.tell("input.speech", text=COMPLAINT, **{"from": "anonymous"})
    line.tell("call.ended", **{"from": "anonymous"})
    line.work()
    assert len(line.rows(case)) == 1
    assert line.rows(route) == []
    assert "contact_route_missing" in {row.about for row in line.rows(alert)}


def test_two_who_withhold_their_numbers_are_two(line: Line) -> None:
    for call in ("c1", "c2", "c3", "c4"):
        line.tell("call.started", call, **{"from": "anonymous"})
        line.tell("input.speech", call, text=COMPLAINT, **{"from": "anonymous"})
        line.tell("call.ended", call, **{"from": "anonymous"})
    line.work()
    line.work()
    assert len(line.rows(case)) == 4


def test_a_party_who_calls_without_a_statement_is_proposed_to_their_case(tmp_path: Any) -> None:
    at = complained(tmp_path)
    at.act("address_added", kind="phone", address=NUMBER)
    line = Line(at)
    line.tell("call.started")
    line.tell("input.speech", text="When will the engineer come?")
    line.tell("call.ended")
    line.work()
    kept = next(row for row in line.rows(contact) if row.channel == "phone")
    assert (kept.waits, kept.proposed_case_id) == ("proposed", at.case(1).id)


def test_a_party_who_asks_for_escalation_on_the_phone_escalates(tmp_path: Any) -> None:
    at = complained(tmp_path)
    at.act("address_added", kind="phone", address=NUMBER)
    line = Line(at)
    line.tell("call.started")
    line.tell("input.speech", text="Please escalate my complaint.")
    line.tell("call.ended")
    line.work()
    assert at.state() == ("open", "supervisor")


def test_what_was_heard_belongs_to_the_provider_whose_line_was_dialled(line: Line) -> None:
    line.tell("call.started", to="+18666710111", **{"from": "+14165550142"})
    line.tell("input.speech", text=COMPLAINT, to="+18666710111")
    line.tell("call.ended", to="+18666710111")
    line.work()
    assert {row.provider for row in line.rows(phone_call)} == {"jive"}
    assert {row.provider for row in line.rows(contact)} == {"jive"}


def test_a_call_that_turns_out_to_be_anothers_is_heard_there_alone(line: Line) -> None:
    line.tell("input.speech", text=COMPLAINT, to="", **{"from": "+14165550142"})
    line.tell("call.ended", to="")
    line.tell("call.started", to="+18666710111", **{"from": "+14165550142"})
    line.work()
    line.later(minutes=20)
    line.work()
    assert {row.provider for row in line.rows(contact)} == {"jive"}
    assert len(line.rows(case)) == 1
    assert {row.state for row in line.rows(inbound)} == {"done"}


def test_a_call_that_is_a_contact_already_stays_where_it_was_seen(line: Line) -> None:
    line.tell("call.ended", to="")
    line.work()
    line.tell("call.started", to="+18666710111")
    line.work()
    assert {row.provider for row in line.rows(phone_call)} == {"ooma"}
