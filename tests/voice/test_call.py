"""A call is what its events add up to, in whatever order and however often they arrive."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voice.call import ABOUT_A_CALL, LONGEST, OLDEST, Call, Event, Kind, Outcome, call_of
from voice.numbers import read

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
STAGES = ["ringing", "answered", "voicemail", "ended"]

LONDON = read("020 7946 0101", "GB")
OTHER = read("020 7946 0102", "GB")
MOBILE = read("07700 900123", "GB")
WITHHELD = read("anonymous", "GB")

Told = tuple[Event, datetime]


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def told(kind: Kind, seconds: float, *, late: float = 0.5, **facts: object) -> Told:
    """An event of a moment, and when it arrived."""
    event = Event(kind, f"{kind}@{seconds}", call_id="c1", at=at(seconds))
    return replace(event, **facts), at(seconds + late)  # type: ignore[arg-type]


STORY: list[Told] = [
    told("call.started", 0, caller=LONDON, dialled=OTHER, conversation_id="k9", sequence=1),
    told("call.answered", 12, agent_extension="1015", queue="complaints", sequence=2),
    told("input.dtmf", 20, digits="1", sequence=3),
    told("input.speech", 31, text="I want to complain.", confidence=0.93, sequence=4),
    told("input.dtmf", 40, digits="2", sequence=5),
    told("call.ended", 95, outcome="answered", duration_s=83, sequence=6),
    told("recording.ready", 99, recording_id="r1", recording_url="https://pbx.example.com/r1"),
    told("transcription.ready", 140, text="About my bill.", recording_id="r1"),
    told("transcription.failed", 141, recording_id="r2"),
]


def test_the_whole_story_of_a_call() -> None:
    call = call_of(STORY)
    assert (call.call_id, call.conversation_id, call.direction) == ("c1", "k9", "in")
    assert (call.caller, call.dialled) == (LONDON, OTHER)
    assert (call.began_at, call.answered_at, call.ended_at) == (at(0), at(12), at(95))
    assert (call.stage, call.outcome, call.duration_s) == ("ended", "answered", 83)
    assert (call.agent_extension, call.queue) == ("1015", "complaints")
    assert call.keyed == ("1", "2")
    assert [one.text for one in call.said] == ["I want to complain.", "About my bill."]
    assert [(said.by, said.at) for said in call.said] == [
        ("speech", at(31)),
        ("transcript", at(140)),
    ]
    assert call.recordings == (("r1", "https://pbx.example.com/r1"),)
    assert call.unheard == ("r2",)
    assert call.seen == {event.key for event, _ in STORY}


@pytest.mark.parametrize(
    ("told_so_far", "stage"),
    [
        (0, "ringing"),
        (1, "ringing"),
        (2, "answered"),
        (5, "answered"),
        (6, "ended"),
        (9, "ended"),
    ],
)
def test_a_call_is_as_far_as_was_told(told_so_far: int, stage: str) -> None:
    assert call_of(STORY[:told_so_far]).stage == stage


def test_of_nothing_told_there_is_nothing_known() -> None:
    assert call_of([]) == Call()


def test_a_message_on_voicemail_is_a_stage_of_its_own() -> None:
    call = call_of(
        [
            told("call.started", 0, caller=LONDON),
            told("call.voicemail", 25),
            told("call.ended", 60, outcome="voicemail"),
        ]
    )
    assert (call.voicemail_at, call.answered_at, call.stage) == (at(25), None, "ended")
    assert call.outcome == "voicemail"


@pytest.mark.parametrize("kind", sorted(ABOUT_A_CALL))
@pytest.mark.parametrize("later", [0, 1, 3600])
def test_what_has_ended_stays_ended(kind: Kind, later: float) -> None:
    ended = told("call.ended", 95, outcome="answered", duration_s=83)
    more = told(kind, 95 + later, late=5000, key="more", text="Hello", outcome="missed")
    for order in permutations([ended, more]):
        call = call_of(order)
        # That voicemail took it is all that may still come to light.
        outcome = "voicemail" if kind == "call.voicemail" else "answered"
        assert (call.stage, call.ended_at, call.outcome) == ("ended", at(95), outcome)


def test_what_is_told_late_of_before_the_end_does_not_reopen_the_call() -> None:
    ended = told("call.ended", 95, outcome="answered")
    call = call_of([ended, told("call.started", 0, late=600), told("call.answered", 12, late=500)])
    assert (call.stage, call.began_at, call.answered_at) == ("ended", at(0), at(12))


def test_it_ended_once_and_as_it_was_first_told() -> None:
    call = call_of(
        [
            told("call.ended", 100, outcome="failed", duration_s=1),
            told("call.ended", 95, outcome="answered", duration_s=83),
        ]
    )
    assert (call.ended_at, call.outcome, call.duration_s) == (at(95), "answered", 83)


class TestWhenItBegan:
    def test_the_earliest_event_began_it(self) -> None:
        assert call_of([told("call.answered", 12), told("call.started", 3)]).began_at == at(3)

    def test_an_event_may_know_when_its_call_began(self) -> None:
        assert call_of([told("call.ended", 95, began_at=at(-20))]).began_at == at(-20)

    @pytest.mark.parametrize("began", [at(96), at(9000), NOON - LONGEST, NOON - 30 * DAY])
    def test_a_beginning_after_its_own_event_or_long_before_is_not_believed(
        self, began: datetime
    ) -> None:
        call = call_of([told("call.started", 2), told("call.ended", 95, began_at=began)])
        assert call.began_at == at(2)

    def test_a_day_long_call_is_the_longest(self) -> None:
        assert call_of([told("call.ended", 0, began_at=NOON - LONGEST)]).began_at == NOON - LONGEST
        too_long = NOON - LONGEST - SECOND
        assert call_of([told("call.ended", 0, began_at=too_long)]).began_at == NOON

    def test_a_system_without_a_clock_began_it_when_it_told(self) -> None:
        event = Event("call.started", "1", call_id="c1")
        assert call_of([(event, at(7))]).began_at == at(7)

    def test_no_event_happens_after_it_was_told(self) -> None:
        future, arrived = told("call.started", 3600)[0], at(4)
        assert call_of([(future, arrived)]).began_at == arrived

    def test_an_event_a_week_old_happened_when_it_arrived(self) -> None:
        event = told("call.started", 0)[0]
        assert call_of([(event, NOON + OLDEST)]).began_at == NOON
        assert call_of([(event, NOON + OLDEST + SECOND)]).began_at == NOON + OLDEST + SECOND

    def test_a_late_repeat_moves_nothing(self) -> None:
        event = Event("call.started", "1", call_id="c1")
        for order in permutations([(event, at(7)), (event, at(9000)), (event, at(60))]):
            assert call_of(order).began_at == at(7)


class TestWhoCalls:
    @pytest.mark.parametrize("first", [None, WITHHELD])
    def test_who_is_named_later_is_named(self, first: object) -> None:
        call = call_of(
            [told("call.started", 0, caller=first), told("call.answered", 9, caller=LONDON)]
        )
        assert call.caller == LONDON

    @pytest.mark.parametrize("then", [None, WITHHELD, OTHER, MOBILE])
    def test_who_was_named_first_stays(self, then: object) -> None:
        call = call_of(
            [told("call.started", 0, caller=LONDON), told("call.answered", 9, caller=then)]
        )
        assert call.caller == LONDON

    def test_a_number_of_no_known_range_is_better_than_none(self) -> None:
        call = call_of(
            [told("call.started", 0, caller=WITHHELD), told("call.ended", 9, caller=MOBILE)]
        )
        assert call.caller == MOBILE

    def test_the_first_event_says_who_called_whom(self) -> None:
        out = told("call.started", 0, direction="out")
        assert call_of([told("call.ended", 9), out]).direction == "out"


def test_a_transcript_may_come_with_the_end() -> None:
    call = call_of([told("call.ended", 95, text="My line is dead.")])
    assert [one.text for one in call.said] == ["My line is dead."]
    assert call.said[0].by == "transcript"


def test_events_of_one_moment_keep_the_order_of_their_system() -> None:
    keys = [
        told("input.dtmf", 20, digits=d, sequence=n, key=f"k{9 - n}") for n, d in enumerate("407")
    ]
    for order in permutations(keys):
        assert call_of(order).keyed == ("4", "0", "7")


def test_a_recording_without_an_id_is_known_by_its_event() -> None:
    call = call_of([told("recording.ready", 99, key="e1"), told("recording.failed", 99, key="e2")])
    assert (call.recordings, call.unheard) == ((("e1", None),), ("e2",))


numbers = st.sampled_from([None, LONDON, OTHER, MOBILE, WITHHELD])
moments = (
    st.none()
    | st.integers(-200, 200).map(at)
    | st.sampled_from([-9 * DAY, 9 * DAY]).map(lambda away: NOON + away)
)
events = st.builds(
    Event,
    kind=st.sampled_from(get_args(Kind)),
    key=st.just(""),
    call_id=st.sampled_from(["", "c1", "c2"]),
    conversation_id=st.sampled_from(["", "k9"]),
    at=moments,
    sequence=st.integers(0, 3),
    caller=numbers,
    dialled=numbers,
    direction=st.sampled_from(["in", "out"]),
    began_at=moments,
    queue=st.sampled_from([None, "complaints", "senior"]),
    agent_extension=st.sampled_from([None, "1015"]),
    digits=st.sampled_from([None, "1", "2"]),
    text=st.sampled_from([None, "", "Hello", "My line is dead."]),
    recording_id=st.sampled_from([None, "r1"]),
    duration_s=st.none() | st.integers(0, 90),
    outcome=st.none() | st.sampled_from(get_args(Outcome)),
)
arrivals = st.integers(0, 300).map(at)


@st.composite
def stories(draw: st.DrawFn) -> list[Told]:
    drawn = draw(st.lists(st.tuples(events, arrivals), max_size=7))
    return [(replace(event, key=f"e{n}"), arrived) for n, (event, arrived) in enumerate(drawn)]


@settings(deadline=None)
@given(stories(), st.data())
def test_any_order_and_any_repeats_are_the_same_call(
    story: list[Told], data: st.DataObject
) -> None:
    repeats = data.draw(st.lists(st.sampled_from(story), max_size=5)) if story else []
    late = [
        (event, arrived + data.draw(st.integers(0, 9000)) * SECOND) for event, arrived in repeats
    ]
    shuffled = data.draw(st.permutations([*story, *late]))
    assert call_of(shuffled) == call_of(story)


@settings(deadline=None)
@given(stories(), st.tuples(events, arrivals))
def test_one_more_event_takes_no_call_back(story: list[Told], more: Told) -> None:
    before, after = call_of(story), call_of([*story, (replace(more[0], key="more"), more[1])])
    assert STAGES.index(after.stage) >= STAGES.index(before.stage)
    assert after.seen == before.seen | {"more"}
    assert before.began_at is None or (after.began_at or NOON) <= before.began_at
    for then, now in [(before.ended_at, after.ended_at), (before.answered_at, after.answered_at)]:
        assert then is None or (now is not None and now <= then)


@settings(deadline=None)
@given(stories())
def test_a_call_began_before_all_else_and_not_in_the_future(story: list[Told]) -> None:
    call = call_of(story)
    assert (call.began_at is None) is (not story)
    if call.began_at is None:
        return
    assert call.began_at <= min(arrived for _, arrived in story)
    for moment in (call.answered_at, call.voicemail_at, call.ended_at):
        assert moment is None or call.began_at <= moment
