"""`answerable code`: histories in and promises out, readings in the settings, law beside code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from plugin.cli import commands
from plugin.published import pdf
from plugin.settings import SettingsError

HISTORY = {
    "received_at": "2026-11-20T16:00:00+00:00",
    "customer": {"kind": "consumer"},
    "flags": ["technical"],
    "events": [
        {"kind": "acknowledged", "at": "2026-11-20T16:00:05+00:00"},
        {"kind": "escalated", "level": "director", "at": "2026-11-24T09:00:00+00:00"},
    ],
    "as_of": "2026-12-01T12:00:00+00:00",
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to run in, without settings."""
    monkeypatch.chdir(tmp_path)
    for name in ("ANSWERABLE_CONFIG",):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def run(*words: str, stdin: str | bytes = "") -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(commands, ["code", *words], input=stdin)


def promised(provider: str, history: object) -> list[dict[str, Any]]:
    """The promises as JSON."""
    result = run("promises", provider, "--json", stdin=json.dumps(history))
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


@pytest.mark.usefixtures("here")
class TestPromises:
    def test_the_history_of_the_contract(self) -> None:
        found = {one["promise"]: one for one in promised("ooma", HISTORY)}
        update = found["progress_update"]
        assert update | {"explain": None} == {
            "promise": "progress_update",
            "occurrence": 1,
            "severity": "commitment",
            "starts_at": "2026-11-20T16:00:05+00:00",
            "alert_at": None,
            "act_by": None,
            "due_at": "2026-11-28T00:00:00+00:00",
            "last_day": "2026-11-27",
            "state": "broken",
            "kept_at": None,
            "reason": "not kept in time",
            "letter": "progress_update",
            "clause": "How complaints are handled, sentence 4: progress, proposed actions and "
            "time frame every five business days",
            "source": "Ooma complaints code, 9 August 2017",
            "reading": "AMB-2",
            "edition": "2017-08-09",
            "explain": None,
        }
        assert update["explain"][:2] == [
            "Fri 20 Nov: day of the last update, not counted",
            "Mon 23 Nov: 1",
        ]
        assert found["determination"]["act_by"] == "2026-11-28T00:00:00+00:00"
        assert found["adr_notice"]["last_day"] == "2027-01-01"

    def test_times_carry_the_providers_offset_and_every_key_is_there(self) -> None:
        for provider in ("ooma", "8x8", "jive", "opus"):
            history = {"received_at": "2026-07-01T16:00:00Z", "as_of": "2026-07-01T16:00:00Z"}
            for one in promised(provider, history):
                offset = "-04:00" if provider == "jive" else "+01:00"
                assert one["starts_at"].endswith(offset)
                assert one["due_at"].endswith(offset)
                assert len(one) == 17

    def test_a_receipt_still_to_come_promises_nothing(self) -> None:
        history = {**HISTORY, "as_of": "2026-11-20T15:59:59+00:00"}
        assert promised("ooma", history) == []

    def test_now_where_nothing_says_when(self) -> None:
        history = {key: value for key, value in HISTORY.items() if key != "as_of"}
        assert promised("ooma", history)

    def test_for_people(self) -> None:
        result = run("promises", "opus", stdin=json.dumps({**HISTORY, "events": []}))
        assert result.exit_code == 0
        said = "acknowledge 1 (target): broken (not kept in time), due before Wed 25 Nov 2026 13:00"
        assert said in result.stdout
        assert "24 opening hours later: Wed 25 Nov 13:00" in result.stdout
        assert "adr notice 1 (legal): open, due by the end of Fri 1 Jan 2027" in result.stdout

    @pytest.mark.parametrize(
        ("stdin", "told"),
        [
            ("", "stdin is not a JSON document in UTF-8"),
            ("{", "stdin is not a JSON document in UTF-8"),
            (b"\xff", "stdin is not a JSON document in UTF-8"),
            ("[" * 100_000, "stdin is not a JSON document in UTF-8"),
            ("[]", "the history cannot be used: the history: it is no JSON object"),
            ("{}", "the history cannot be used: received_at: it is missing"),
            (
                json.dumps({**HISTORY, "events": [{"kind": "x", "at": HISTORY["as_of"]}]}),
                "the history cannot be used: events[0].kind: 'x' is no kind of event",
            ),
            (
                json.dumps({**HISTORY, "events": [{"kind": "noted", "at": "2026-11-20T15:00Z"}]}),
                "the history cannot be used: noted at 2026-11-20T15:00:00+00:00 is before the rec",
            ),
            (
                json.dumps(
                    {**HISTORY, "events": [{"kind": "escalated", "level": "boss", "at": "x"}]}
                ),
                "the history cannot be used: events[0].level: 'boss' is none of: frontline, super",
            ),
        ],
    )
    def test_what_cannot_be_used_is_told_in_a_line(self, stdin: str | bytes, told: str) -> None:
        result = run("promises", "ooma", "--json", stdin=stdin)
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.startswith(f"Error: {told}")
        assert result.stderr.count("\n") == 1

    def test_a_provider_that_there_is_not(self) -> None:
        result = run("promises", "acme", "--json", stdin=json.dumps(HISTORY))
        assert result.exit_code == 1
        assert "there is no provider 'acme'; there are: 8x8, jive, ooma, opus" in result.stderr


class TestSettings:
    def test_a_reading_chosen_in_the_settings_moves_the_date(self, here: Path) -> None:
        (here / "answerable.toml").write_text(
            '[provider.ooma.readings]\nAMB-4 = "business_days"\n', encoding="utf-8"
        )
        found = {one["promise"]: one for one in promised("ooma", HISTORY)}
        assert found["determination"]["last_day"] == "2026-12-01"

    def test_so_does_one_from_the_environment(
        self, here: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ANSWERABLE_PROVIDER__OOMA__READINGS__AMB-4", "business_days")
        found = {one["promise"]: one for one in promised("ooma", HISTORY)}
        assert found["determination"]["last_day"] == "2026-12-01"

    @pytest.mark.parametrize(
        ("line", "told"),
        [
            (
                'AMB-4 = "weekdays"',
                "provider.ooma.readings.AMB-4: 'weekdays' is no choice of it; choose from: "
                "calendar_days, business_days",
            ),
            (
                'AMB-99 = "weekdays"',
                "provider.ooma.readings.AMB-99: there is no such reading; there are: AMB-1, ",
            ),
        ],
    )
    def test_a_wrong_one_stops_with_what_is_possible(
        self, here: Path, line: str, told: str
    ) -> None:
        (here / "answerable.toml").write_text(
            f"[provider.ooma.readings]\n{line}\n", encoding="utf-8"
        )
        result = run("promises", "ooma", "--json", stdin=json.dumps(HISTORY))
        assert result.exit_code == 1
        assert isinstance(result.exception, SettingsError)
        assert told in str(result.exception)

    def test_a_time_frame_of_the_installation_is_a_target_of_the_case(self, here: Path) -> None:
        (here / "answerable.toml").write_text(
            '[provider.jive]\nacknowledgement_timeframe = "10 business days"\n', encoding="utf-8"
        )
        history = {"received_at": "2026-11-20T16:00:00Z", "as_of": "2026-11-20T16:00:00Z"}
        found = {one["promise"]: one for one in promised("jive", history)}
        assert found["resolution_target"]["last_day"] == "2026-12-04"


@pytest.mark.usefixtures("here")
class TestShowAndCheck:
    def test_show_tells_the_law_and_the_choice_of_every_reading(self) -> None:
        out = run("show", "opus").stdout
        assert "adr_notice: legal, by law within 6 weeks; within 8 weeks" in out
        assert "* next_day_then_opening_hours: alert at the same clock time" in out
        assert "[regulator: Ofcom; out of date, never said]" in out
        document = json.loads(run("show", "opus", "--json").stdout)
        assert document["name"] == "Opus Telecoms"
        assert document["law"]["ofcom-c4"]["promises"][0]["status"] == "confirmed"
        assert document["chosen_readings"]["AMB-18"] == "on_the_clock_from_the_request"

    def test_list_as_json(self) -> None:
        found = json.loads(run("list", "--json").stdout)
        assert [one["provider"] for one in found] == ["8x8", "jive", "ooma", "opus"]

    def test_check_reports_where_a_code_is_laxer_and_is_content(self) -> None:
        result = run("check")
        assert result.exit_code == 0
        lines = result.stdout.splitlines()
        place = "provider.toml: promises[4].within: laxer than the law: "
        assert any(
            line.startswith(f"templates/ooma/{place}resolution target: it says 8 weeks")
            for line in lines
        )
        assert any(line.startswith(f"templates/opus/{place}adr notice: it") for line in lines)
        assert any("wants counsel: it closes cases on silence after 5" in line for line in lines)
        assert any("it names Ofcom as if it decided" in line for line in lines)
        assert not any(line.startswith(("templates/8x8", "templates/jive")) for line in lines)
        assert lines[-1] == "4 provider folders are right: 8x8, jive, ooma, opus"

    def test_a_law_that_is_wrong_is_told_once(self, tmp_path: Path) -> None:
        from plugin.bundle import folder
        from plugin.codes.load import read_folder

        for name, text in read_folder(folder("templates"), "opus").items():
            place = name if name.startswith(("base/", "law/")) else f"opus/{name}"
            path = tmp_path / "t" / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        (tmp_path / "t" / "law" / "ccts.toml").write_text("format = 2\n", encoding="utf-8")
        result = run("check", str(tmp_path / "t"))
        assert result.exit_code == 1
        assert "templates/law/ccts.toml: format: input should be 1, not 2" in result.stderr


@pytest.mark.usefixtures("here")
class TestDoctor:
    """The part of a code that a person must confirm or mend."""

    @staticmethod
    def said(settings: str = "") -> str:
        """Everything the doctor says of a fresh installation with these settings."""
        Path("answerable.toml").write_text(settings, encoding="utf-8")
        assert CliRunner().invoke(commands, ["db", "upgrade"]).exit_code == 0
        return CliRunner().invoke(commands, ["doctor"]).stdout

    def test_what_it_asks(self) -> None:
        out = self.said()
        assert "FAIL  provider opus: its code names no ADR scheme; set provider.opus.adr" in out
        assert "its review was due on 2017-11-09; its code says every 3 months; review it" in out
        assert "ask   provider ooma: promises[4].within: laxer than the law: resolution" in out
        assert "ask   provider ooma: promises[7].within: wants counsel: it closes cases on" in out
        assert "ok    calendar jive: holidays are known to the end of" in out

    def test_what_the_settings_answer(self) -> None:
        out = self.said(
            '[provider.opus]\nadr_scheme = "CISAS"\n[provider.ooma]\nreviewed_on = 2199-01-01\n'
        )
        assert "names no ADR scheme" not in out
        assert "its review was due" not in out

    def test_contacts_that_nobody_tried_and_confirmations_of_nothing(self) -> None:
        out = self.said()
        assert "ask   provider opus: 6 contact points are not confirmed by a person" in out
        out = self.said(
            '[provider.opus]\nconfirmed_contacts = ["020 8545 8200", "020 7946 0000"]\n'
        )
        assert "ask   provider opus: 5 contact points are not confirmed by a person" in out
        assert "FAIL  provider opus: confirmed_contacts: its folder has no '020 7946 0000'" in out

    def test_whether_the_codes_can_be_had_as_pdf(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def missing() -> None:
            raise pdf.NoPdf("PDF needs Pango")

        monkeypatch.setattr(pdf, "_weasyprint", missing)
        out = self.said()
        assert "ask   published codes: their pages have no PDF: PDF needs Pango" in out

    def test_a_wrong_reading_fails_by_name(self) -> None:
        assert CliRunner().invoke(commands, ["db", "upgrade"]).exit_code == 0
        Path("answerable.toml").write_text('[provider.ooma.readings]\nAMB-4 = "x"\n')
        out = CliRunner().invoke(commands, ["doctor"]).stdout
        assert "FAIL  settings: provider.ooma.readings.AMB-4: 'x' is no choice of it; choose" in out
