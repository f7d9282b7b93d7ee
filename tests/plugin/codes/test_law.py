"""What the law adds: which rule counts by which date, what keeps and ends it, who is exempt."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from plugin.bundle import folder
from plugin.codes.history import Customer, Fact, History
from plugin.codes.law import read_law
from plugin.codes.laxer import compare
from plugin.codes.load import ProviderError
from plugin.codes.promise import wakes_at
from tests.plugin.codes.tables import (
    TORONTO,
    Happened,
    at,
    case,
    on,
    only,
    promises,
    rules_on,
    shipped,
    standing,
)

RECEIVED = "Fri 20 Nov 2026 16:00"
UK = ["ooma", "8x8", "opus"]


class TestTheLimit:
    @pytest.mark.parametrize("key", UK)
    @pytest.mark.parametrize(
        ("received", "last_day", "law"),
        [
            pytest.param("Tue 07 Apr 2026 23:59", "2026-06-02", "2018-10-01", id="eight weeks"),
            pytest.param("Wed 08 Apr 2026 00:00", "2026-05-20", "2026-04-08", id="six weeks"),
            pytest.param("Fri 20 Nov 2026 16:00", "2027-01-01", "2026-04-08", id="a bank holiday"),
            pytest.param("Thu 18 Jan 2024 10:00", "2024-03-14", "2018-10-01", id="a leap day"),
        ],
    )
    def test_by_the_day_of_first_receipt(
        self, key: str, received: str, last_day: str, law: str
    ) -> None:
        found = only(key, case(received), received, "adr_notice")
        assert (f"{found.last_day}", found.edition, found.severity) == (last_day, law, "legal")

    def test_the_day_is_the_providers(self) -> None:
        late_in_utc = datetime(2026, 4, 7, 23, 30, tzinfo=UTC)  # 00:30 on the 8th in London
        found = only("8x8", History(late_in_utc), "Wed 08 Apr 2026 09:00", "adr_notice")
        assert f"{found.last_day}" == "2026-05-20"

    def test_the_first_receipt_counts_where_another_channel_came_first(self) -> None:
        history = case("Wed 08 Apr 2026 09:00", ("Tue 07 Apr 2026 09:00", "received"))
        found = only("8x8", history, "Wed 08 Apr 2026 09:00", "adr_notice")
        assert f"{found.last_day}" == "2026-06-02"

    @pytest.mark.parametrize(
        ("key", "act_by"), [("ooma", "2027-01-01 00:00"), ("opus", "2026-12-31 17:30")]
    )
    def test_before_a_bank_holiday_it_is_to_be_sent_on_the_business_day_before(
        self, key: str, act_by: str
    ) -> None:
        found = only(key, case(RECEIVED), RECEIVED, "adr_notice")
        assert f"{found.act_by:%Y-%m-%d %H:%M}" == act_by

    def test_of_code_and_law_the_earlier_counts_and_both_are_told(self) -> None:
        found = only("opus", case(RECEIVED), RECEIVED, "adr_notice")
        assert found.clause.startswith("The law: Time limit: ")
        assert " | The code: Stage 6" in found.clause
        assert found.source.endswith("; Opus Telecoms customer complaints code, undated")
        assert "(confirmed)" in found.source
        assert found.explain[-2:] == (
            "Fri 1 Jan 2027: week 6, the last day, whatever day it is",
            "Fri 15 Jan 2027: the end by the code (8 weeks); the earlier end counts",
        )

    def test_jive_owes_none(self) -> None:
        assert promises("jive", case(RECEIVED, zone=TORONTO), RECEIVED, "adr_notice") == []


class TestWhatKeepsIt:
    @pytest.mark.parametrize("key", UK)
    @pytest.mark.parametrize(
        ("event", "state"),
        [
            (("Fri 01 Jan 2027 23:59", "adr_notice_sent"), "kept"),
            (("Sat 02 Jan 2027 00:00", "adr_notice_sent"), "broken"),
            (("Mon 23 Nov 2026 09:00", "deadlock_letter_sent"), "kept"),
            (("Mon 23 Nov 2026 09:00", "adr_notice_sent", {"scheme": "CISAS"}), "kept"),
            (("Mon 23 Nov 2026 09:00", "adr_notice_sent", {"scheme": None}), "broken"),
            (("Mon 23 Nov 2026 09:00", "adr_notice_sent", {"scheme": " "}), "broken"),
        ],
    )
    def test_a_notice_or_a_deadlock_letter_that_names_the_scheme(
        self, key: str, event: Happened, state: str
    ) -> None:
        found = only(key, case(RECEIVED, event), "Sat 02 Jan 2027 09:00", "adr_notice")
        assert found.state == state

    def test_one_too_late_says_when_it_went(self) -> None:
        history = case(RECEIVED, ("Mon 04 Jan 2027 09:00", "adr_notice_sent"))
        found = only("opus", history, "Mon 04 Jan 2027 10:00", "adr_notice")
        assert (found.state, found.reason) == ("broken", "kept too late")
        assert f"{found.kept_at:%a %d %b %H:%M}" == "Mon 04 Jan 09:00"


EXCEPTED = {"reason": "vexatious", "by": "Mo Lee"}


class TestWhoIsExempt:
    @pytest.mark.parametrize("key", UK)
    @pytest.mark.parametrize(
        ("customer", "state"),
        [
            pytest.param(Customer("business", 11), "waived", id="eleven people"),
            pytest.param(Customer("business", 10), "open", id="ten people"),
            pytest.param(Customer("not_for_profit", 11), "waived", id="eleven at a charity"),
            pytest.param(Customer(None, 11), "waived", id="eleven people, kind unknown"),
            pytest.param(Customer("business"), "open", id="unknown is never waived"),
            pytest.param(Customer("consumer", 11), "open", id="a consumer always"),
            pytest.param(Customer("business", None, 9999.0), "open", id="a bill says nothing here"),
            pytest.param(Customer(), "open", id="nothing known"),
        ],
    )
    def test_by_the_recorded_number_of_people(
        self, key: str, customer: Customer, state: str
    ) -> None:
        found = only(key, case(RECEIVED, customer=customer), RECEIVED, "adr_notice")
        assert found.state == state
        if state == "waived":
            assert found.reason == "the scheme takes businesses of up to 10 people; 11 is recorded"

    @pytest.mark.parametrize(
        ("customer", "state"),
        [
            (Customer("business", None, 2500.0), "waived"),
            (Customer("small_business", 50, 2499.99), "open"),
            (Customer("business", 50), "open"),
            (Customer("consumer", None, 9000.0), "open"),
        ],
    )
    def test_in_canada_by_the_recorded_bill(self, customer: Customer, state: str) -> None:
        advised: Happened = (
            "Mon 23 Nov 2026 09:00",
            "outcome_advised",
            {"by_level": "senior_manager"},
        )
        history = case(RECEIVED, advised, zone=TORONTO, customer=customer)
        assert only("jive", history, "Mon 23 Nov 2026 10:00", "ccts_notice").state == state

    @pytest.mark.parametrize(
        ("facts", "state"),
        [
            (EXCEPTED, "waived"),
            ({"reason": "out_of_jurisdiction", "by": "Mo Lee"}, "waived"),
            ({"reason": "will be resolved soon", "by": "Mo Lee"}, "open"),
            ({"reason": "vexatious"}, "open"),
            ({"reason": "vexatious", "by": " "}, "open"),
        ],
    )
    def test_an_exception_is_decided_by_a_named_person_for_a_reason(
        self, facts: dict[str, str], state: str
    ) -> None:
        history = case(RECEIVED, ("Mon 23 Nov 2026 09:00", "adr_excepted", facts))
        found = only("ooma", history, "Mon 23 Nov 2026 10:00", "adr_notice")
        assert found.state == state
        if facts == EXCEPTED:
            assert found.reason == "excepted by Mo Lee: vexatious"

    def test_a_flag_alone_waives_nothing(self) -> None:
        history = History(at(RECEIVED), [], Customer(), frozenset({"vexatious"}))
        assert only("ooma", history, RECEIVED, "adr_notice").state == "open"

    def test_an_exception_after_the_limit_mends_nothing(self) -> None:
        history = case(RECEIVED, ("Sat 02 Jan 2027 00:00", "adr_excepted", EXCEPTED))
        assert only("ooma", history, "Sat 02 Jan 2027 09:00", "adr_notice").state == "broken"


OUTCOME: Happened = ("Mon 23 Nov 2026 09:00", "outcome_advised")


class TestEnds:
    """Which ways of ending a case end the duty to send the notice at the limit."""

    @pytest.mark.parametrize(
        ("key", "events", "state"),
        [
            pytest.param("8x8", [("closed", {"as": "confirmed"})], "stopped", id="confirmed"),
            pytest.param("8x8", [("withdrawn", {})], "stopped", id="withdrawn"),
            pytest.param("8x8", [("closed", {"as": "withdrawn"})], "stopped", id="as withdrawn"),
            pytest.param("8x8", [("closed", {"as": "deadlock"})], "open", id="deadlock"),
            pytest.param("8x8", [("closed", {"as": "out_of_scope"})], "open", id="out of scope"),
            pytest.param("8x8", [("closed", {"as": "assumed"})], "open", id="no silence at 8x8"),
            pytest.param(
                "ooma",
                [("customer_confirmed", {"channel": "email"}), ("closed", {"as": "confirmed"})],
                "stopped",
                id="confirmed by mail",
            ),
            pytest.param(
                "ooma",
                [("customer_confirmed", {"channel": "phone"}), ("closed", {"as": "confirmed"})],
                "open",
                id="a confirmation by telephone closes nothing at Ooma",
            ),
            pytest.param(
                "opus",
                [("customer_confirmed", {"channel": "phone"}), ("closed", {"as": "confirmed"})],
                "stopped",
                id="by telephone at Opus it does",
            ),
        ],
    )
    def test_at_once(self, key: str, events: list[tuple[str, dict[str, str]]], state: str) -> None:
        happened: list[Happened] = [("Wed 02 Dec 2026 09:00", *event) for event in events]
        history = case(RECEIVED, OUTCOME, *happened)
        assert only(key, history, "Fri 01 Jan 2027 09:00", "adr_notice").state == state

    @pytest.mark.parametrize(
        ("as_of", "state"),
        [("Mon 21 Dec 2026 23:59", "open"), ("Tue 22 Dec 2026 00:00", "stopped")],
    )
    def test_after_silence_it_runs_on_to_the_end_of_day_28_after_the_outcome(
        self, as_of: str, state: str
    ) -> None:
        history = case(RECEIVED, OUTCOME, ("Tue 01 Dec 2026 09:00", "closed", {"as": "assumed"}))
        found = only("ooma", history, as_of, "adr_notice")
        assert found.state == state

    def test_somebody_looks_when_day_28_is_over(self) -> None:
        history = case(RECEIVED, OUTCOME, ("Tue 01 Dec 2026 09:00", "closed", {"as": "assumed"}))
        found = only("ooma", history, "Wed 02 Dec 2026 09:00", "adr_notice")
        calendar = rules_on("ooma", on("Fri 20 Nov 2026")).calendar
        assert wakes_at(found, calendar, at("Wed 02 Dec 2026 09:00")) == at("Tue 22 Dec 2026 00:00")
        assert "until" not in found.document()

    def test_where_the_limit_comes_before_day_28_it_stands(self) -> None:
        history = case(
            RECEIVED,
            ("Mon 14 Dec 2026 09:00", "outcome_advised"),
            ("Tue 22 Dec 2026 09:00", "closed", {"as": "assumed"}),
        )
        found = standing("ooma", history, "Sat 02 Jan 2027 00:00", "adr_notice")
        assert found == [("Sat 02 Jan 2027 00:00", "broken")]

    def test_reopened_it_runs_on_to_the_same_limit(self) -> None:
        history = case(
            RECEIVED,
            OUTCOME,
            ("Tue 01 Dec 2026 09:00", "closed", {"as": "confirmed"}),
            ("Wed 23 Dec 2026 09:00", "reopened"),
        )
        assert standing("8x8", history, "Thu 10 Dec 2026 09:00", "adr_notice") == [
            ("Sat 02 Jan 2027 00:00", "stopped")
        ]
        assert standing("8x8", history, "Wed 23 Dec 2026 09:00", "adr_notice") == [
            ("Sat 02 Jan 2027 00:00", "open")
        ]


class TestDeadlock:
    @pytest.mark.parametrize("key", UK)
    @pytest.mark.parametrize(
        ("declared", "late_from"),
        [
            pytest.param("Mon 23 Nov 2026 09:00", "Tue 24 Nov 2026 00:00", id="the same day"),
            pytest.param("Mon 23 Nov 2026 23:59", "Tue 24 Nov 2026 00:00", id="at night"),
            pytest.param("Sat 28 Nov 2026 09:00", "Tue 01 Dec 2026 00:00", id="at a weekend"),
            pytest.param("Fri 25 Dec 2026 09:00", "Wed 30 Dec 2026 00:00", id="at Christmas"),
        ],
    )
    def test_the_letter_goes_by_the_end_of_the_business_day(
        self, key: str, declared: str, late_from: str
    ) -> None:
        found = standing(key, case(RECEIVED, (declared, "deadlocked")), declared, "deadlock_letter")
        assert found == [(late_from, "open")]

    @pytest.mark.parametrize("kind", ["deadlock_letter_sent", "adr_notice_sent"])
    def test_either_letter_keeps_both_promises(self, kind: str) -> None:
        history = case(
            RECEIVED,
            ("Mon 23 Nov 2026 09:00", "deadlocked"),
            ("Mon 23 Nov 2026 09:05", kind),
            ("Mon 23 Nov 2026 09:10", "closed", {"as": "deadlock"}),
        )
        found = promises("opus", history, "Mon 04 Jan 2027 09:00")
        states = {one.promise: one.state for one in found}
        assert (states["deadlock_letter"], states["adr_notice"]) == ("kept", "kept")

    def test_closing_does_not_stop_it(self) -> None:
        history = case(
            RECEIVED,
            ("Mon 23 Nov 2026 09:00", "deadlocked"),
            ("Mon 23 Nov 2026 09:00", "closed", {"as": "deadlock"}),
        )
        found = only("8x8", history, "Tue 24 Nov 2026 00:00", "deadlock_letter")
        assert (found.state, found.severity) == ("broken", "legal")


class TestCcts:
    @pytest.mark.parametrize(
        ("events", "expected"),
        [
            pytest.param([("outcome_advised", {})], [], id="the front line's outcome"),
            pytest.param(
                [("outcome_advised", {"by_level": "senior_manager"})],
                [("Wed 25 Nov 2026 00:00", "open")],
                id="the manager's",
            ),
            pytest.param(
                [("escalated", {"level": "senior_manager"}), ("outcome_advised", {})],
                [("Wed 25 Nov 2026 00:00", "open")],
                id="that of a case with the manager",
            ),
            pytest.param(
                [
                    ("escalated", {"level": "senior_manager"}),
                    ("outcome_advised", {"by_level": "frontline"}),
                ],
                [],
                id="the front line's, though with the manager",
            ),
            pytest.param(
                [
                    ("ccts_notice_sent", {}),
                    ("escalated", {"level": "senior_manager"}),
                    ("outcome_advised", {}),
                ],
                [("Wed 25 Nov 2026 00:00", "kept")],
                id="told before or with it",
            ),
        ],
    )
    def test_by_the_business_day_after_the_second_levels_outcome(
        self, events: list[tuple[str, dict[str, str]]], expected: list[tuple[str, str]]
    ) -> None:
        happened: list[Happened] = [("Mon 23 Nov 2026 09:00", *event) for event in events]
        history = case(RECEIVED, *happened, zone=TORONTO)
        assert standing("jive", history, "Mon 23 Nov 2026 12:00", "ccts_notice") == expected

    def test_a_holiday_of_ontario_does_not_count(self) -> None:
        advised: Happened = (
            "Fri 09 Oct 2026 09:00",
            "outcome_advised",
            {"by_level": "senior_manager"},
        )
        history = case("Thu 08 Oct 2026 09:00", advised, zone=TORONTO)
        found = only("jive", history, "Fri 09 Oct 2026 10:00", "ccts_notice")
        assert f"{found.last_day:%a %d %b}" == "Tue 13 Oct"
        assert "Mon 12 Oct: holiday (Thanksgiving Day), not counted" in found.explain


class TestDataProtection:
    @pytest.mark.parametrize("key", UK)
    def test_thirty_days_with_the_day_of_receipt_as_the_first(self, key: str) -> None:
        history = case(RECEIVED, ("Fri 20 Nov 2026 16:00", "data_protection_raised"))
        found = only(key, history, RECEIVED, "data_protection_acknowledgement")
        assert (f"{found.last_day:%a %d %b}", found.severity) == ("Sat 19 Dec", "legal")
        assert found.explain == (
            "Fri 20 Nov: 1, day it was raised",
            "Sat 19 Dec: 30, every day counted",
        )
        ends = "Fri 18 Dec 17:30" if key == "opus" else "Sat 19 Dec 00:00"
        assert f"{found.act_by:%a %d %b %H:%M}" == ends

    @pytest.mark.parametrize(
        ("raised", "count"), [("Thu 18 Jun 2026 23:59", 0), ("Fri 19 Jun 2026 00:00", 1)]
    )
    def test_from_the_day_the_act_came_into_force_whenever_the_case_began(
        self, raised: str, count: int
    ) -> None:
        history = case("Mon 01 Jun 2026 09:00", (raised, "data_protection_raised"))
        found = promises("8x8", history, raised, "data_protection_acknowledgement")
        assert len(found) == count

    def test_closing_the_complaint_does_not_answer_it(self) -> None:
        history = case(
            RECEIVED,
            ("Fri 20 Nov 2026 16:00", "data_protection_raised"),
            ("Mon 23 Nov 2026 09:00", "closed", {"as": "confirmed"}),
        )
        name = "data_protection_acknowledgement"
        assert only("8x8", history, "Mon 23 Nov 2026 10:00", name).state == "open"


class TestFiles:
    def test_the_law_keeps_its_source_and_whether_it_was_read_there(self) -> None:
        law = shipped("ooma").law
        statuses = {
            (rule.name, rule.effective_from): rule.status for rule in law["ofcom-c4"].promises
        }
        assert statuses["adr_notice", date(2026, 4, 8)] == "confirmed"
        silence = law["ofcom-c4"].silence
        assert silence is not None
        assert silence.status == "unconfirmed"

    @pytest.mark.parametrize(("day", "days"), [("Mon 22 May 2023", 30), ("Tue 23 May 2023", 20)])
    def test_a_referral_is_reported_on_in_time(self, day: str, days: int) -> None:
        duties = [
            duty
            for duty in shipped("jive").law["ccts"].duties
            if duty.name == "report_on_a_referral" and duty.in_force(on(day))
        ]
        assert [duty.within.amount for duty in duties if duty.within] == [days]

    @pytest.mark.parametrize(
        ("old", "new", "told"),
        [
            ("format = 1", "format = 1\ncolour = 1", "colour: there is no such key"),
            (
                "effective_to = 2026-04-07",
                "effective_to = 2026-04-08",
                "promises[1].effective_from: two of 'adr_notice' are in force at once",
            ),
            (
                "effective_to = 2026-04-07",
                "effective_to = 2017-04-07",
                "promises[0]: effective_to is before effective_from; swap them",
            ),
            (
                'document = "guidance", section = "The ADR letter", says = "a complaint',
                'document = "letter", section = "The ADR letter", says = "a complaint',
                "promises[0].clause.document: 'letter' is none of: condition, guidance, statement",
            ),
            (
                'number = "headcount", at_most = 10',
                'number = "headcount"',
                "promises[0].takes: give at_most or below, one of them",
            ),
            ('status = "confirmed"', 'status = "sure"', "promises[0].status: input should be"),
            ("format = 1", "format =", "it is not TOML"),
        ],
    )
    def test_a_slip_is_told_with_file_and_key(self, old: str, new: str, told: str) -> None:
        text = (folder("templates") / "law" / "ofcom-c4.toml").read_text(encoding="utf-8")
        assert old in text
        with pytest.raises(ProviderError) as refused:
            read_law({"law/ofcom-c4.toml": text.replace(old, new, 1)})
        assert refused.value.problems[0].startswith(f"templates/law/ofcom-c4.toml: {told}")


class TestLaxer:
    @pytest.mark.parametrize(
        ("key", "day", "expected"),
        [
            (
                "ooma",
                "Fri 20 Nov 2026",
                [("laxer", "promises[4].within"), ("counsel", "promises[7].within")],
            ),
            ("ooma", "Tue 07 Apr 2026", [("counsel", "promises[7].within")]),
            (
                "opus",
                "Fri 20 Nov 2026",
                [("laxer", "promises[4].within"), ("laxer", "adr.printed")],
            ),
            ("8x8", "Fri 20 Nov 2026", []),
            ("jive", "Fri 20 Nov 2026", []),
        ],
    )
    def test_where_a_code_is_laxer_than_the_law_of_the_day(
        self, key: str, day: str, expected: list[tuple[str, str]]
    ) -> None:
        found = compare(shipped(key), on(day))
        assert [(one.kind, one.place) for one in found] == expected


def test_events_later_than_the_moment_we_look_choose_no_law() -> None:
    start = at("Wed 08 Apr 2026 09:00")
    history = History(start, [Fact("data_protection_raised", start + timedelta(days=100))])
    found = promises("8x8", history, "Wed 08 Apr 2026 10:00", "data_protection_acknowledgement")
    assert found == []
