"""Where calls go, as tables: who is rung, in which order, and when nobody may be guessed."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from tests.voice.support import (
    ADA,
    CALLER,
    CLOSED,
    FRENCH,
    LEEDS,
    LONDON,
    NORTHLINE,
    OPEN,
    QUEUELESS,
    call,
    live,
    plan,
    routed,
)
from voice.call import Call, Direction
from voice.numbers import read
from voice.plan import plan_from
from voice.routing import LiveCase, Office, Standing, Step, one_by_one, plan_of, route

CASE = LiveCase("1234-5678-90")
OTHER = LiveCase("2345-6789-01", handler="bo@northline.example")
HANDLED = LiveCase("1234-5678-90", handler="ada@northline.example")

COMPLAINTS = Step("complaints", "queue", ("+442079460110", "1015"), 30)
SENIOR = Step("senior", "queue", ("1020",), 25)
DIRECTORS = Step("directors", "queue", ("sip:director@pbx.example.com",), 25)
IN_LEEDS = Step("leeds", "queue", ("1030",), 25)
BY_ADA = Step("ada@northline.example", "handler", (ADA,), 15)
BY_BO = Step("bo@northline.example", "handler", ("1016",), 15)


@pytest.mark.parametrize(
    ("cases", "dialled", "steps"),
    [
        pytest.param((), LONDON, (COMPLAINTS,), id="a caller with no case"),
        pytest.param((CASE,), LONDON, (COMPLAINTS,), id="a case that nobody handles"),
        pytest.param((HANDLED,), LONDON, (BY_ADA, COMPLAINTS), id="a case with its handler"),
        pytest.param(
            (replace(HANDLED, handler="ADA@Northline.Example"),),
            LONDON,
            (replace(BY_ADA, name="ADA@Northline.Example"), COMPLAINTS),
            id="an address is the same in capitals",
        ),
        pytest.param(
            (replace(CASE, handler="gone@northline.example"),),
            LONDON,
            (COMPLAINTS,),
            id="a handler who has no telephone",
        ),
        pytest.param(
            (replace(CASE, level="supervisor"),),
            LONDON,
            (SENIOR, COMPLAINTS),
            id="an escalated case goes to the queue of its level",
        ),
        pytest.param(
            (replace(HANDLED, level="supervisor"),),
            LONDON,
            (BY_ADA, SENIOR, COMPLAINTS),
            id="its handler first",
        ),
        pytest.param(
            (replace(OTHER, level="director"),),
            LONDON,
            (BY_BO, DIRECTORS, COMPLAINTS),
            id="a level with a queue of its own",
        ),
        pytest.param(
            (replace(CASE, level="board"),),
            LONDON,
            (SENIOR, COMPLAINTS),
            id="a level that no queue names is the senior queue's",
        ),
        pytest.param((), LEEDS, (IN_LEEDS, COMPLAINTS), id="a line with a queue of its own"),
        pytest.param((HANDLED,), LEEDS, (BY_ADA, IN_LEEDS, COMPLAINTS), id="it, and a handler"),
        pytest.param(
            (replace(HANDLED, level="director"),),
            LEEDS,
            (BY_ADA, DIRECTORS, IN_LEEDS, COMPLAINTS),
            id="it, and an escalated case",
        ),
        pytest.param((HANDLED, OTHER), LONDON, (COMPLAINTS,), id="two cases"),
        pytest.param(
            (replace(HANDLED, level="director"), replace(OTHER, level="director")),
            LONDON,
            (COMPLAINTS,),
            id="two escalated cases",
        ),
    ],
)
def test_a_call_is_rung_first_where_its_case_is(
    cases: tuple[LiveCase, ...], dialled: str, steps: tuple[Step, ...]
) -> None:
    found = routed(call(dialled=dialled), *cases)
    assert (found.action, found.steps) == ("connect", steps)
    assert (found.provider, found.region, found.line) == ("northline", "GB", dialled)
    assert f"to the {steps[0].kind} {steps[0].name}" in found.reason
    assert found.target == "500"


def test_what_is_known_of_the_case_goes_along() -> None:
    found = routed(call(), replace(HANDLED, level="director"))
    assert (found.case, found.level) == ("1234-5678-90", "director")
    assert (found.handler, found.queue) == ("ada@northline.example", "directors")
    assert "1234-5678-90, escalated to director" in found.reason


def test_a_case_of_the_front_line_has_no_level() -> None:
    found = routed(call(), CASE)
    assert (found.case, found.level, found.handler, found.queue) == (
        "1234-5678-90",
        None,
        None,
        "complaints",
    )


def test_between_two_cases_nobody_is_guessed() -> None:
    found = routed(call(), HANDLED, replace(OTHER, level="director"))
    assert (found.case, found.handler, found.level, found.queue) == (None, None, None, "complaints")
    assert "2 live cases; none is guessed" in found.reason


def test_an_escalated_case_without_a_senior_queue_stays_with_the_usual_one() -> None:
    found = routed(call(), replace(CASE, level="board"), by=plan(escalated_queue=None))
    assert (found.queue, found.level, found.steps) == ("complaints", "board", (COMPLAINTS,))


@pytest.mark.parametrize(
    ("caller", "reason"),
    [
        (None, "withheld"),
        ("", "withheld"),
        ("anonymous", "withheld"),
        ("Numéro masqué", "withheld"),
        ("onbekend", "withheld"),
        ("+266696687", "withheld"),
        ("+8566696", "withheld"),
        ("sip:anonymous@anonymous.invalid", "withheld"),
        ("07700 900123", "proves nobody: no range"),
        ("+447700900123", "proves nobody: no range"),
        ("01632 960123", "proves nobody: no range"),
        ("20 7946 0199", "proves nobody: it lacks the leading 0"),
        ("800 4433 1345", "proves nobody: it is written without a +"),
        ("800 4433 134", "proves nobody: it lacks the leading 0"),
        ("client:jenny", "proves nobody: it is an account"),
        ("1015", "proves nobody: it is too short"),
    ],
)
def test_who_proves_nothing_is_nobody_whatever_the_desk_found(
    caller: str | None, reason: str
) -> None:
    found = routed(call(caller), replace(HANDLED, level="director"))
    assert (found.action, found.steps) == ("connect", (COMPLAINTS,))
    assert (found.case, found.handler, found.level) == (None, None, None)
    assert reason in found.reason
    assert "1234-5678-90" not in found.reason


def test_a_caller_of_whom_nothing_was_told_is_nobody() -> None:
    found = routed(replace(call(), caller=None), HANDLED)
    assert (found.case, found.steps) == (None, (COMPLAINTS,))


class TestClosed:
    @pytest.mark.parametrize(
        "cases", [(), (CASE,), (replace(HANDLED, level="director"),), (HANDLED, OTHER)]
    )
    @pytest.mark.parametrize("caller", [CALLER, None, "07700 900123"])
    @pytest.mark.parametrize("dialled", [LONDON, LEEDS, FRENCH, QUEUELESS])
    def test_nobody_is_rung_and_everybody_hears_words(
        self, cases: tuple[LiveCase, ...], caller: str | None, dialled: str
    ) -> None:
        found = routed(call(caller, dialled), *cases, office=CLOSED)
        assert (found.action, found.steps, found.target) == ("voicemail", (), "500")
        assert found.say in {"We are closed.", "Nous sommes fermés."}
        assert found.invite == "Leave a message."
        assert found.reason.startswith("closed until 2026-11-23 08:30 UTC; ")

    def test_whose_call_it_is_stays_known(self) -> None:
        found = routed(call(), replace(HANDLED, level="director"), office=CLOSED)
        assert (found.case, found.handler, found.queue) == (
            "1234-5678-90",
            "ada@northline.example",
            "directors",
        )

    def test_when_it_opens_is_said_by_its_own_clock(self) -> None:
        summer = timezone(timedelta(hours=1), "BST")
        opens = datetime(2027, 6, 1, 8, 30, tzinfo=summer)
        found = routed(office=Office(open=False, opens_at=opens))
        assert "closed until 2027-06-01 08:30 BST" in found.reason

    def test_an_office_that_never_opens_is_closed_all_the_same(self) -> None:
        found = routed(office=Office(open=False))
        assert (found.action, found.steps, found.say) == ("voicemail", (), "")
        assert found.reason.startswith("closed; ")


def test_where_nobody_is_rung_a_message_is_taken() -> None:
    silent = plan(queues={name: {} for name in NORTHLINE["queues"]})
    found = route(call(dialled=QUEUELESS), silent, Standing(), OPEN)
    assert (found.action, found.steps, found.target) == ("voicemail", (), "500")
    assert "nobody is rung in queue empty" in found.reason
    assert found.say == "Nobody can answer."


def test_a_handler_is_rung_though_the_queue_is_empty() -> None:
    found = routed(call(dialled=QUEUELESS), HANDLED)
    assert (found.action, found.steps) == ("connect", (BY_ADA, COMPLAINTS))


class TestNotOurs:
    @pytest.mark.parametrize(
        "dialled", ["999", "112", "tel:999", "sip:112@pbx.example.com", "９９９"]
    )
    @pytest.mark.parametrize("direction", ["in", "out"])
    @pytest.mark.parametrize("office", [OPEN, CLOSED])
    def test_a_call_for_help_is_left_alone(
        self, dialled: str, direction: Direction, office: Office
    ) -> None:
        found = routed(call(dialled=dialled, direction=direction), HANDLED, office=office)
        assert (found.action, found.steps, found.target) == ("pass", (), None)
        assert "emergency" in found.reason

    @pytest.mark.parametrize("dialled", ["999", "911", "112"])
    def test_a_call_for_help_is_known_without_a_plan(self, dialled: str) -> None:
        found = route(call(dialled=dialled), None, Standing(), OPEN)
        assert (found.action, "emergency" in found.reason) == ("pass", True)

    def test_a_canadian_call_for_help_is_left_alone(self) -> None:
        canadian = plan_from(
            {"format": 1, "region": "CA", "queues": {"complaints": {"targets": ["1001"]}}}, "jive"
        )
        found = routed(call(dialled="911", region="CA"), by=canadian)
        assert (found.action, found.steps) == ("pass", ())

    def test_a_call_of_ours_to_somebody_is_left_alone(self) -> None:
        found = routed(call(direction="out"), HANDLED)
        assert (found.action, found.steps, found.case) == ("pass", (), None)
        assert "a call of ours" in found.reason

    def test_a_line_that_is_nobodys_is_left_alone(self) -> None:
        found = route(call(dialled="+442079460188"), None, live(HANDLED), OPEN)
        assert (found.action, found.provider, found.case) == ("pass", None, None)
        assert "no provider has the line" in found.reason

    def test_nothing_is_said_on_a_call_that_is_not_ours(self) -> None:
        for found in (
            routed(call(direction="out")),
            routed(call(dialled="999")),
            route(call(), None, Standing(), OPEN),
        ):
            assert (found.say, found.invite) == ("", "")


class TestWords:
    @pytest.mark.parametrize(
        ("language", "words", "said"),
        [
            ("en-GB", {"en": "a"}, "a"),
            ("en-GB", {"en": "a", "en-GB": "b"}, "b"),
            ("en-CA", {"en": "a", "en-GB": "b"}, "a"),
            ("fr-CA", {"en": "a", "fr": "c"}, "c"),
            ("fr-CA", {"en": "a", "fr": "c", "fr-CA": "d"}, "d"),
            ("fr-CA", {"en": "a", "fr-FR": "e"}, "a"),
            ("fr-CA", {"en": "a", "fr": ""}, "a"),
            ("nl-NL", {"en": "a", "fr": "c"}, "a"),
            ("nl-NL", {"fr": "c"}, ""),
            ("nl-NL", {}, ""),
        ],
    )
    def test_words_are_said_in_the_language_or_its_kin_or_english(
        self, language: str, words: dict[str, str], said: str
    ) -> None:
        office = Office(open=True, unanswered=words, message=words, closed=words)
        for one in (office, replace(office, open=False)):
            found = routed(by=plan(language=language), office=one)
            assert (found.language, found.say, found.invite) == (language, said, said)

    def test_a_line_has_its_own_language(self) -> None:
        found = routed(call(dialled=FRENCH))
        assert found.language == "fr-CA"
        assert found.say == "Personne ne peut répondre."
        assert found.invite == "Laissez un message."

    def test_an_open_office_does_not_say_that_it_is_closed(self) -> None:
        assert routed().say == "Nobody can answer."
        assert routed(office=CLOSED).say == "We are closed."


class TestOneByOne:
    def test_each_target_is_a_step_in_the_same_order(self) -> None:
        found = one_by_one(routed(call(), replace(HANDLED, level="director")))
        assert [(step.name, step.targets) for step in found.steps] == [
            ("ada@northline.example", (ADA,)),
            ("directors", ("sip:director@pbx.example.com",)),
            ("complaints", ("+442079460110",)),
            ("complaints", ("1015",)),
        ]
        assert [step.rings_seconds for step in found.steps] == [15, 25, 30, 30]

    @pytest.mark.parametrize("office", [OPEN, CLOSED])
    def test_nothing_else_changes(self, office: Office) -> None:
        found = routed(office=office)
        assert replace(one_by_one(found), steps=found.steps) == found
        assert one_by_one(one_by_one(found)) == one_by_one(found)


class TestPlanOf:
    def test_the_line_decides_the_provider(self) -> None:
        ours = plan()
        theirs = plan_from(
            {**NORTHLINE, "lines": [{"number": "020 7946 0777"}], "region": "GB"}, "southline"
        )
        found = plan_of("+442079460777", [ours, theirs])
        assert found is not None
        assert (found.provider, found.lines[0].number) == ("southline", "+442079460777")

    @pytest.mark.parametrize("dialled", [None, "", "+442079460188", "020 7946 0101", "2079460101"])
    def test_a_number_that_is_no_line_is_nobodys(self, dialled: str | None) -> None:
        assert plan_of(dialled, [plan()]) is None

    @pytest.mark.parametrize(
        "raw",
        ["020 7946 0101", "+44 (0)20 7946 0101", "442079460101", "sip:02079460101@pbx.example.com"],
    )
    def test_a_line_is_found_however_the_network_writes_it(self, raw: str) -> None:
        found = plan_of(read(raw, "GB").e164, [plan()])
        assert found is not None
        assert found.line(LONDON) is not None


def test_every_route_says_why() -> None:
    calls = [call(), call(None), call("07700 900123"), call(dialled=None), call(direction="out")]
    for one in calls:
        for by in (plan(), None):
            for office in (OPEN, CLOSED):
                found = route(one, by, live(HANDLED), office)
                assert re.fullmatch(r"[^\n]{10,250}", found.reason)
                assert bool(found.steps) is (found.action == "connect")


def test_a_call_of_which_nothing_is_known_is_no_mistake() -> None:
    found = route(Call(), plan(), Standing(), OPEN)
    assert (found.action, found.line, found.steps) == ("connect", None, (COMPLAINTS,))
