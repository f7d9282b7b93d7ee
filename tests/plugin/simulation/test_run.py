"""Scenarios from mail in to everything that happened, on the service's own jobs."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from click.testing import CliRunner

from plugin.cases.reference import is_valid
from plugin.cli.simulate import simulate as command
from plugin.clockwork import Job
from plugin.simulation import office
from plugin.simulation.fields import ScenarioError
from plugin.simulation.run import simulate
from plugin.simulation.tenant import tenant
from tests.plugin.simulation.scenes import COMPLAINT, START, at, kinds, mail, run, scenario

pytestmark = pytest.mark.slow

DSN = """\
Return-Path: <>
From: postmaster@example.com
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Final-Recipient: rfc822; jo@example.com
Action: failed
Status: 5.1.1

--b
Content-Type: text/rfc822-headers

Message-ID: <{{message_id:acknowledgement:1}}>

--b--
"""


def test_nothing_happens_without_a_step() -> None:
    told = run()
    assert (told["cases"], told["letters"], told["not_cases"], told["alerts"]) == ([], [], [], [])


def test_a_complaint_opens_a_case_and_is_acknowledged() -> None:
    told = run(mail(at("24", "16:45")))
    (case,) = told["cases"]
    assert (case["case"], case["provider"], case["state"], case["level"]) == (
        1,
        "ooma",
        "open",
        "frontline",
    )
    assert is_valid(case["reference"])
    assert case["record"] == "complete and unaltered"
    assert kinds(case)[:4] == ["received", "letter_queued", "letter_sent", "acknowledged"]
    sent = case["timeline"][2]
    assert (sent["letter"], sent["channel"], sent["actor"]) == (
        "acknowledgement",
        "email",
        "system",
    )
    letter = told["letters"][0]
    assert letter["at"] == "2026-11-24T16:45:00+00:00"
    assert (letter["case"], letter["letter"], letter["to"]) == (
        1,
        "acknowledgement",
        "jo@example.com",
    )
    assert (letter["channel"], letter["language"]) == ("email", "en")
    assert case["reference"] in letter["text"]
    kept = {one["promise"]: one["state"] for one in case["promises"]}
    assert kept["acknowledge"] == "kept"


def test_what_falls_due_is_looked_at_when_it_does() -> None:
    told = run(mail(at("24")), until="2026-12-03T00:00:00+00:00")
    due = [one for one in told["alerts"] if one["about"] != "handler_missing"]
    assert [(one["at"], one["case"], one["about"]) for one in due][-1] == (
        "2026-12-02T00:00:00+00:00",
        1,
        "progress_update",
    )
    (case,) = told["cases"]
    states = {one["promise"]: one["state"] for one in case["promises"]}
    assert (states["triage_review"], states["progress_update"]) == ("broken", "broken")
    assert (states["acknowledge"], states["resolution_target"]) == ("kept", "open")


def test_the_last_moment_counts_and_the_next_does_not() -> None:
    abouts = [
        [one["about"] for one in run(mail(at("24")), until=until)["alerts"]]
        for until in ("2026-11-25T23:59:59+00:00", "2026-11-26T00:00:00+00:00")
    ]
    assert len(abouts[1]) == len(abouts[0]) + 1


def test_a_reply_joins_and_an_escalation_climbs() -> None:
    told = run(
        mail(at("24")),
        {"at": at("25"), "reply_to": "acknowledgement", "text": "Thank you for the quick answer."},
        {"at": at("26"), "reply_to": "acknowledgement", "text": "Please escalate my complaint."},
    )
    (case,) = told["cases"]
    assert kinds(case).count("customer_wrote") == 2
    assert case["level"] == "supervisor"
    wrote = [event for event in case["timeline"] if event["kind"] == "customer_wrote"]
    assert [event["statement"] for event in wrote] == ["neither", "escalation"]


@pytest.mark.parametrize("threading", ["full", "in-reply-to", "subject"])
def test_every_thread_that_a_party_keeps_joins(threading: str) -> None:
    told = run(
        mail(at("24")),
        {
            "at": at("25"),
            "reply_to": "acknowledgement",
            "text": "Have you any news?",
            "threading": threading,
        },
    )
    assert (len(told["cases"]), told["not_cases"]) == (1, [])
    assert "customer_wrote" in kinds(told["cases"][0])


def test_without_a_thread_a_partys_mail_is_only_proposed() -> None:
    told = run(
        mail(at("24")),
        {"at": at("25"), "reply_to": "acknowledgement", "text": "Hello?", "threading": "none"},
    )
    assert told["not_cases"] == [
        {"at": "2026-11-25T10:00:00+00:00", "why": "proposed", "case": None}
    ]


def test_a_reply_answers_the_letter_of_the_case_it_names() -> None:
    told = run(
        mail(at("24")),
        mail(at("24", "11:00"), **{"from": "kit@example.net"}),
        {"at": at("25"), "reply_to": "acknowledgement", "text": "Any news?", "case": 2},
    )
    first, second = told["cases"]
    assert "customer_wrote" not in kinds(first)
    assert "customer_wrote" in kinds(second)


def test_placeholders_are_filled_in_subject_text_header_and_file(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_text(
        "From: jo@example.com\nSubject: {{reference:1}}\n\nFrom a file {{ reference : 1 }}.\n"
    )
    told = run(
        mail(at("24")),
        mail(at("25"), "About {{reference:1}}: any news?", subject="{{unknown:1}}"),
        mail(at("25"), "Any news?", in_reply_to="{{message_id:acknowledgement:1}}"),
        {"at": at("26"), "eml": "a.eml"},
        base=tmp_path,
    )
    assert told["not_cases"] == []
    assert kinds(told["cases"][0]).count("customer_wrote") == 3


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (
            mail(at("25"), "About {{reference:2}}"),
            "steps[1]: {{reference:2}}: case 2 is not open by then; there are 1",
        ),
        (
            mail(at("25"), "About {{reference:one}}"),
            "steps[1]: {{reference:one}} cannot be meant; write {{reference:1}} or "
            "{{message_id:acknowledgement:1}}",
        ),
        (
            mail(at("25"), in_reply_to="{{message_id:outcome:1}}"),
            "steps[1]: {{message_id:outcome:1}}: case 1 was sent no letter 'outcome' by then; "
            "it was sent: acknowledgement",
        ),
        (
            {"at": at("25"), "reply_to": "outcome", "text": "x"},
            "steps[1].reply_to: case 1 was sent no letter 'outcome' by then; it was sent: "
            "acknowledgement",
        ),
        (
            {"at": at("25"), "bounce": "acknowledgement", "case": 2},
            "steps[1].bounce: case 2 is not open by then; there are 1",
        ),
    ],
)
def test_what_is_not_there_is_named(step: dict[str, Any], said: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        run(mail(at("24")), step)
    assert str(caught.value) == said


def test_what_opens_and_joins_nothing_is_told_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "long.eml").write_bytes(b"X: " + b"x" * 300_000 + b"\n\nhello\n")
    (tmp_path / "dsn.eml").write_text(DSN)
    same = {"from": "kit@example.net", "text": "hello", "message_id": "<k@example.net>"}
    told = run(
        mail(at("24")),
        {"at": at("25", "09:00"), "mail": same},
        {
            "at": at("25", "09:01"),
            "mail": {**same, "headers": {"Date": "Wed, 25 Nov 2026 09:00:00 +0000"}},
        },
        mail(at("25", "09:02"), "Your service is terrible.", **{"from": "ann@example.net"}),
        mail(at("25", "09:03"), "away", headers={"Auto-Submitted": "auto-replied"}),
        mail(at("25", "09:04"), "news", headers={"List-Id": "<n.example>"}),
        mail(at("25", "09:05"), **{"from": "care@ooma.example"}),
        mail(at("25", "09:06"), "{{reference:1}}?", **{"from": "eve@example.net"}),
        {"at": at("25", "09:07"), "eml": "long.eml"},
        {"at": at("25", "09:08"), "eml": "dsn.eml"},
        {"at": at("25", "09:09"), "bounce": "acknowledgement"},
        mailboxes=["care@ooma.example"],
        base=tmp_path,
    )
    assert [one["why"] for one in told["not_cases"]] == [
        "no_statement",
        "duplicate",
        "possible_complaint",
        "auto_reply",
        "list",
        "own_address",
        "stranger",
        "quarantined",
        "bounce",
        "bounce",
    ]
    assert [one["at"][11:16] for one in told["not_cases"]] == [f"09:0{n}" for n in range(10)]
    abouts = [one["about"] for one in told["alerts"]]
    assert {"quarantined", "stranger_quoted_reference"} <= set(abouts)


def test_one_mail_to_two_of_our_mailboxes_is_one_case() -> None:
    to = ["complaints@ooma.example", "Care <care@ooma.example>"]
    told = run(mail(at("24"), to=to), mailboxes=["care@ooma.example"])
    assert len(told["cases"]) == 1
    assert [one["why"] for one in told["not_cases"]] == ["duplicate"]


def test_times_are_told_in_the_providers_own_offset() -> None:
    told = run(
        mail("2026-03-28T10:00:00+00:00"),
        mail("2026-03-30T09:00:00+00:00", **{"from": "kit@example.net"}),
        start="2026-03-27T09:00:00+00:00",
        until="2026-04-01T09:00:00+00:00",
    )
    assert [case["received_at"] for case in told["cases"]] == [
        "2026-03-28T10:00:00+00:00",
        "2026-03-30T10:00:00+01:00",
    ]
    assert told["until"] == "2026-04-01T10:00:00+01:00"
    due = {one["promise"]: one["due_at"] for one in told["cases"][0]["promises"]}
    assert due["acknowledge"] == "2026-03-31T00:00:00+01:00"


def test_french_at_jive_has_its_time_frame_without_being_asked() -> None:
    told = run(
        mail(at("24", "15:00"), "Bonjour,\n\nJe souhaite porter plainte au sujet de ma facture."),
        provider="jive",
    )
    letter = told["letters"][0]
    assert (letter["language"], letter["at"]) == ("fr-CA", "2026-11-24T10:00:00-05:00")
    assert "10 jours ouvrables" in letter["text"]


def test_a_tenant_setting_of_the_scenario_is_used(tmp_path: Path) -> None:
    settings = {"acknowledgement_timeframe": "7 business days", "adr_scheme": "CISAS"}
    made = tenant(scenario(provider="jive", settings=settings), tmp_path)
    assert made.for_provider("jive").values == settings
    told = run(mail(at("24", "15:00")), provider="jive", settings=settings)
    assert "7 business days" in told["letters"][0]["text"]


# The same again ----------------------------------------------------------------------------------


def test_the_same_scenario_says_the_same_again() -> None:
    steps = (
        mail(at("24")),
        {"at": at("25"), "reply_to": "acknowledgement", "text": "Please escalate it."},
        {"at": at("25"), "bounce": "acknowledgement"},
    )
    assert run(*steps) == run(*steps)


def test_later_steps_and_a_later_end_change_nothing_of_what_was() -> None:
    steps = (mail(at("24")), mail(at("25"), **{"from": "kit@example.net"}))
    later = mail("2026-12-03T10:00:00+00:00", **{"from": "ann@example.net"})
    short, long = run(*steps), run(later, *steps, until="2026-12-20T09:00:00+00:00")
    end = datetime.fromisoformat(short["until"])
    for name in ("letters", "not_cases", "alerts"):
        kept = [one for one in long[name] if datetime.fromisoformat(one["at"]) <= end]
        assert kept == short[name]
    for before, after in zip(short["cases"], long["cases"], strict=False):
        assert after["reference"] == before["reference"]
        assert after["timeline"][: len(before["timeline"])] == before["timeline"]


def test_a_reference_follows_from_the_seed_and_the_number_of_the_case() -> None:
    one = mail(at("24"))
    two = mail(at("25"), **{"from": "kit@example.net"})
    chat = mail(at("24", "09:30"), "Just a question.", **{"from": "ann@example.net"})
    plain, busy, other = (
        [case["reference"] for case in told["cases"]]
        for told in (run(one, two), run(chat, one, two), run(one, two, seed="other"))
    )
    assert plain == busy
    assert not set(plain) & set(other)


# The office --------------------------------------------------------------------------------------


def test_a_job_that_comes_to_no_end_is_stopped(tmp_path: Path) -> None:
    made = scenario()
    moment = made.start
    with office.office(lambda base: tenant(made, base), made) as opened:
        opened.jobs.append(Job("endless", lambda now: 1, lambda: moment))
        with pytest.raises(office.Runaway, match="the job endless comes to no end"):
            opened.work()


def test_a_job_that_is_due_and_does_nothing_holds_nothing_up() -> None:
    made = scenario()
    with office.office(lambda base: tenant(made, base), made) as opened:
        asked: list[datetime] = []

        def idle(now: datetime) -> int:
            asked.append(now)
            return 0

        opened.jobs.append(Job("idle", idle, lambda: made.start))
        opened.work()
        opened.advance(made.until)
        assert opened.clock.now == made.until
        assert len(asked) == len(set(asked)) > 1


def test_a_clock_that_never_arrives_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "MAX_MOMENTS", 2)
    with pytest.raises(office.Runaway, match="the clock stopped 2 times by"):
        run(mail(at("24")))


# The command -------------------------------------------------------------------------------------


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A scenario in a file."""
    path = tmp_path / "scenario.json"
    path.write_text(
        json.dumps(
            {
                "provider": "ooma",
                "start": START,
                "until": "2026-12-01T09:00:00+00:00",
                "steps": [mail(at("24")), mail(at("25"), "hello", **{"from": "k@example.net"})],
            }
        )
    )
    return path


def test_the_command_prints_the_document(written: Path) -> None:
    done = CliRunner().invoke(command, [str(written), "--json"])
    assert done.exit_code == 0
    assert json.loads(done.output) == run(
        mail(at("24")), mail(at("25"), "hello", **{"from": "k@example.net"})
    )


def test_the_command_tells_a_story(written: Path) -> None:
    done = CliRunner().invoke(command, [str(written)])
    assert done.exit_code == 0
    lines = done.output.splitlines()
    first = (
        "Tue 24 Nov 2026 10:00  case 1   received: statement complaint, channel email (customer)"
    )
    assert lines[0] == first
    assert "Wed 25 Nov 2026 10:00  no case  1: no statement" in lines
    assert any(line.startswith("  acknowledge 1 ") and "kept" in line for line in lines)
    assert COMPLAINT not in done.output


def test_the_command_fails_in_one_line(written: Path) -> None:
    written.write_text('{"provider": "ooma"}')
    done = CliRunner().invoke(command, [str(written), "--json"])
    assert (done.exit_code, done.output) == (1, "Error: start: it is missing\n")


def test_the_example_in_the_documentation_says_what_it_says(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "simulate.md").read_text(encoding="utf-8")
    blocks = re.findall(r"(?:^    .*\n)+", page, re.M)
    example, begins = (dedent(one) for one in blocks if '"steps"' in one or "received:" in one)
    path = tmp_path / "scenario.json"
    path.write_text(example, encoding="utf-8")
    done = CliRunner().invoke(command, [str(path)])
    assert done.output.startswith(begins)
    assert "escalated: level supervisor" in done.output


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    simulate(scenario(mail(at("24"))))
    assert list(tmp_path.iterdir()) == []
