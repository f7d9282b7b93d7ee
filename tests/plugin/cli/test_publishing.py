"""`answerable code publish`, `diff`, `review`, `compensation`, as people and scripts use them."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from plugin.bundle import folder
from plugin.cli import commands
from plugin.settings import SettingsError


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to run in, without settings."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ANSWERABLE_CONFIG", raising=False)
    return tmp_path


def run(*words: str, **environment: str) -> Result:
    """Run a command in this process."""
    return CliRunner(env=environment).invoke(commands, ["code", *words])


def well(*words: str, **environment: str) -> str:
    """What a command prints that must succeed."""
    done = run(*words, **environment)
    assert done.exit_code == 0, done.output
    return done.stdout


def compensation(*words: str, **environment: str) -> Any:
    return json.loads(well("compensation", *words, "--json", **environment))


class TestPublish:
    def test_a_page_for_each_provider(self, here: Path) -> None:
        for key in ("ooma", "8x8", "jive", "opus"):
            done = run("publish", key, "-o", f"{key}.html")
            assert done.exit_code == 0
            assert "left out: " in done.stderr
            assert (here / f"{key}.html").read_text(encoding="utf-8").startswith("<!doctype html>")

    def test_to_standard_output(self) -> None:
        assert "<h1>Complaints code of 8x8</h1>" in well("publish", "8x8", "-o", "-")

    def test_language_and_document(self) -> None:
        said = well("publish", "jive", "--language", "fr", "-o", "-")
        assert '<html lang="fr-CA">' in said
        said = well("publish", "ooma", "--document", "information", "-o", "-")
        assert "<h1>Information code of Ooma</h1>" in said

    def test_as_of_a_day(self) -> None:
        said = well("publish", "8x8", "--on", "2026-04-07", "-o", "-")
        assert "within 8 weeks" in said
        assert "within 6 weeks" in well("publish", "8x8", "--on", "2026-04-08", "-o", "-")

    def test_the_settings_are_those_that_cases_run_on(self) -> None:
        said = well("publish", "ooma", "-o", "-", ANSWERABLE_PROVIDER__OOMA__ADR_SCHEME="CISAS")
        assert "We are a member of CISAS" in said

    @pytest.mark.usefixtures("pango")
    def test_pdf_and_large_print(self, here: Path) -> None:
        for form in ("pdf", "large-print"):
            well("publish", "opus", "--format", form, "-o", f"{form}.pdf")
            assert (here / f"{form}.pdf").read_bytes().startswith(b"%PDF-1.7")

    @pytest.mark.usefixtures("liblouis")
    def test_braille(self, here: Path) -> None:
        well("publish", "opus", "--format", "braille", "-o", "opus.brf")
        assert b"\f" in (here / "opus.brf").read_bytes()

    @pytest.mark.parametrize(
        ("words", "code", "said"),
        [
            (["nobody", "-o", "x"], 1, "there is no provider 'nobody'; there are: 8x8, jive"),
            (["ooma", "-o", "no/where.html"], 1, "no/where.html: No such file or directory; name"),
            (["8x8", "--document", "information", "-o", "x"], 1, "8x8 has no information code"),
            (["ooma", "--language", "fr", "-o", "x"], 1, "ooma does not write fr; its languages"),
            (["ooma"], 2, "Missing option '-o'"),
            (["ooma", "--format", "word", "-o", "x"], 2, "'word' is not one of"),
        ],
    )
    def test_wrong_use_is_told(self, words: list[str], code: int, said: str) -> None:
        done = run("publish", *words)
        assert done.exit_code == code
        assert said in done.stderr


class TestDiff:
    def test_two_days_with_a_new_law_between(self) -> None:
        when, change = json.loads(well("diff", "8x8@2026-04-07", "8x8@2026-04-08", "--json"))
        assert (when["key"], change["key"]) == ("adr:when", "promise:adr_notice")
        assert change["document"] == "Complaints code of 8x8"
        assert ("8 weeks" in change["before"], "6 weeks" in change["after"]) == (True, True)

    def test_side_by_side_on_a_wide_terminal(self) -> None:
        said = well("diff", "8x8@2026-04-07", "8x8@2026-04-08", COLUMNS="100")
        lines = said.splitlines()
        assert lines[0].split("|")[0].strip() == "8x8@2026-04-07"
        assert any("resolved within 8" in line and "resolved within 6" in line for line in lines)
        assert max(map(len, lines)) <= 100

    def test_one_under_the_other_on_a_narrow_one(self) -> None:
        said = well("diff", "8x8@2026-04-07", "8x8@2026-04-08", COLUMNS="50")
        assert "* 8x8@2026-04-07: If your complaint" in said
        assert max(map(len, said.splitlines())) <= 50

    def test_nothing_changed(self) -> None:
        assert well("diff", "opus", "opus@undated") == (
            "Customers read the same in opus and opus@undated.\n"
        )

    def test_everything(self) -> None:
        assert len(json.loads(well("diff", "opus", "opus", "--all", "--json"))) > 20

    def test_a_folder_that_is_being_written(self, here: Path) -> None:
        shutil.copytree(folder("templates"), here / "draft")
        file = here / "draft" / "ooma" / "provider.toml"
        changed = file.read_text(encoding="utf-8").replace(
            'name = "progress_update"\nshape = "repeat"\nseverity = "commitment"\n'
            'within = { amount = 5, unit = "business_day" }',
            'name = "progress_update"\nshape = "repeat"\nseverity = "commitment"\n'
            'within = { amount = 3, unit = "business_day" }',
        )
        file.write_text(changed, encoding="utf-8")
        (change,) = json.loads(well("diff", "ooma", "draft/ooma", "--json"))
        assert change["before"].startswith("Every 5 business days")
        assert change["after"].startswith("Every 3 business days")

    def test_a_draft_alone_takes_what_all_share_from_here(self, here: Path) -> None:
        shutil.copytree(folder("templates") / "8x8", here / "draft" / "8x8")
        assert well("diff", "8x8", "draft/8x8") == (
            "Customers read the same in 8x8 and draft/8x8.\n"
        )
        shutil.copytree(folder("templates") / "base", here / "draft" / "base")
        assert json.loads(well("diff", "8x8", "draft/8x8", "--json")) == []

    def test_a_draft_that_is_wrong_is_named_where_it_lies(self, here: Path) -> None:
        shutil.copytree(folder("templates") / "8x8", here / "draft" / "8x8")
        (here / "draft" / "8x8" / "provider.toml").write_text("format = 1\nname = [", "utf-8")
        done = run("diff", "8x8", "draft/8x8")
        assert done.exit_code == 1
        assert done.stderr.startswith("Error: draft/8x8/provider.toml: it is not TOML")
        assert done.stderr.count("\n") == 1

    @pytest.mark.parametrize(
        "name", ["a" * 5000, "ooma@v²", "ooma@v٣", "ooma@v" + "9" * 30, "x\0y"]
    )
    def test_a_name_that_is_no_name_is_one_line(self, name: str) -> None:
        done = run("diff", name, "ooma")
        assert done.exit_code == 1
        assert done.exception is None or isinstance(done.exception, SystemExit)

    @pytest.mark.parametrize(
        "words",
        [
            ("publish", "ooma", "-o", "-"),
            ("diff", "ooma", "ooma"),
            ("review", "ooma"),
            ("compensation", "ooma", "monthly_fee=25", "days_late=1"),
        ],
    )
    def test_a_wrong_reading_is_named(self, words: tuple[str, ...]) -> None:
        done = run(*words, **{"ANSWERABLE_PROVIDER__OOMA__READINGS__AMB-8": "x"})
        assert isinstance(done.exception, SettingsError)
        assert "amb-8: 'x' is no choice of it" in str(done.exception)

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("ooma@yesterday", "give a day such as ooma@2026-04-07, an edition (2017-08-09)"),
            ("nobody@2026-04-07", "there is no provider 'nobody'"),
        ],
    )
    def test_a_name_that_is_none(self, name: str, said: str) -> None:
        done = run("diff", "ooma", name)
        assert done.exit_code == 1
        assert said in done.stderr

    def test_documents_in_common(self) -> None:
        assert run("diff", "ooma", "8x8", "--json").exit_code == 0
        done = run("diff", "ooma", "8x8", "--document", "information")
        assert (done.exit_code, "8x8 has no information code" in done.stderr) == (1, True)


class TestReview:
    def test_ooma_says_what_changed_since_its_last_review(self) -> None:
        found = json.loads(well("review", "ooma", "--json"))
        assert found["overdue"] is True
        assert found["since"] == "2017-08-09"
        keys = {one["key"] for one in found["changes"]}
        assert {"promise:adr_notice", "duty:outcome_names_the_scheme"} <= keys
        assert "promise:data_protection_acknowledgement" in keys

    def test_after_a_review_only_what_came_later(self) -> None:
        reviewed = {"ANSWERABLE_PROVIDER__OOMA__REVIEWED_ON": "2026-05-01"}
        found = json.loads(well("review", "ooma", "--json", **reviewed))
        keys = {one["key"].partition("#")[0] for one in found["changes"]}
        assert keys == {
            "promise:data_protection_acknowledgement",
            "duty:data_protection_answer",
        }

    def test_in_words(self) -> None:
        said = well("review", "ooma", "--since", "2026-04-07", COLUMNS="100")
        assert said.startswith("Ooma: its review was due on 2017-11-09; its code says every 3")
        assert "What customers are told has changed since 2026-04-07:" in said
        assert re.search(r"\* If your complaint is not resolved within 8 +\| If your", said)

    def test_a_day_to_come_is_none_to_count_from(self) -> None:
        done = run("review", "ooma", "--since", "2199-01-01")
        assert (done.exit_code, "has not come yet" in done.stderr) == (1, True)

    def test_a_code_that_does_not_say_how_often(self) -> None:
        said = well("review", "opus")
        assert said == "Opus Telecoms: its code does not say how often.\n"


class TestCompensation:
    def test_the_contract(self) -> None:
        found = compensation("ooma", "monthly_fee=25.00", "days_late=7")
        assert found | {"words": None, "clause": None} == {
            "provider": "ooma",
            "kind": "porting",
            "amount": "5.75",
            "currency": "GBP",
            "days_late": 7,
            "basis": "25.00 × 12 ÷ 365 × 7 calendar days",
            "words": None,
            "clause": None,
            "source": "Ooma code on availability of information, 9 August 2017",
            "readings": ["AMB-8", "AMB-9", "AMB-10"],
            "so_far": False,
        }

    def test_by_dates(self) -> None:
        found = compensation(
            "ooma", "monthly_fee=£19.99", "due_on=2026-11-02", "done_on=2026-11-12"
        )
        assert (found["amount"], found["days_late"]) == ("6.57", 10)

    def test_opus_leaves_it_to_a_person(self) -> None:
        assert compensation("opus")["amount"] is None
        assert well("compensation", "opus").startswith("No amount: a person decides.\n")

    def test_the_automatic_scheme_is_off_unless_it_is_set(self) -> None:
        done = run("compensation", "opus", "kind=delayed_repair", "days_late=2")
        assert (done.exit_code, "there is no 'delayed_repair' here" in done.stderr) == (1, True)
        on = {"ANSWERABLE_PROVIDER__OPUS__AUTOMATIC_COMPENSATION": "true"}
        found = compensation("opus", "kind=delayed_repair", "days_late=2", **on)
        assert found["amount"] == "20.68"

    def test_a_reading_of_the_installation_counts(self) -> None:
        words = ("ooma", "monthly_fee=25", "due_on=2026-11-02", "done_on=2026-11-09")
        other = {"ANSWERABLE_PROVIDER__OOMA__READINGS__AMB-8": "business_days"}
        assert compensation(*words, **other)["amount"] == "4.11"

    @pytest.mark.parametrize(
        ("facts", "code", "said"),
        [
            (["monthly_fee=free", "days_late=7"], 1, "monthly_fee: 'free' is not an amount"),
            (["monthly_fee=25", "days_late=-1"], 1, "days_late: '-1' is not a whole number"),
            (["monthly_fee=25", "days_late=99999"], 1, "days_late: '99999' is not a whole number"),
            (["monthly_fee=25"], 1, "due_on: it is missing"),
            (["days_late=7"], 1, "monthly_fee: it is missing"),
            (["fee=25"], 1, "fee: there is no such fact here; there are: kind, monthly_fee"),
            (["monthly_fee"], 2, "'monthly_fee' is not key=value"),
            (["monthly_fee=25", "due_on=30 November"], 1, "due_on: '30 November' is not a date"),
        ],
    )
    def test_wrong_facts_are_named(self, facts: list[str], code: int, said: str) -> None:
        done = run("compensation", "ooma", *facts)
        assert done.exit_code == code
        assert said in done.stderr
