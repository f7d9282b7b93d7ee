"""The command line as a person and a script meet it, run as its own process."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click import Context, Group
from click.testing import CliRunner

from plugin.cli import COMMANDS
from plugin.cli import commands as root
from tests.plugin.cli.place import Place
from tests.plugin.support import letter

COMPLAINT = letter("I would like to make a complaint about my line.")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A prepared installation."""
    made = Place(tmp_path)
    made.well("db", "upgrade")
    return made


def commands() -> list[list[str]]:
    """Every command there is."""
    found: list[list[str]] = [[]]
    waiting: list[tuple[list[str], Group]] = [([], root)]
    while waiting:
        words, group = waiting.pop()
        context = Context(group)
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            found.append([*words, name])
            if isinstance(command, Group):
                waiting.append(([*words, name], command))
    return found


@pytest.mark.parametrize("words", commands(), ids=lambda words: " ".join(words) or "answerable")
def test_every_command_has_help_and_every_leaf_an_example(words: list[str]) -> None:
    result = CliRunner().invoke(root, [*words, "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.output
    if "Commands:" not in result.output:
        assert "Example:" in result.output


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_says_of_itself(name: str) -> None:
    command = COMMANDS[name].load()
    assert (command.name, command.get_short_help_str(limit=100)) == (name, COMMANDS[name].says)


def test_the_list_of_commands_imports_none_of_them() -> None:
    loaded = "import sys, plugin.cli as c; c.commands(['--help'], standalone_mode=False)"
    names = f"{loaded}; print(sorted(n for n in sys.modules if n.startswith('plugin.')))"
    done = subprocess.run([sys.executable, "-c", names], check=True, capture_output=True, text=True)
    assert "ingest" in done.stdout
    assert done.stdout.splitlines()[-1] == "['plugin.cli', 'plugin.cli.lazy']"


@pytest.mark.slow
def test_wrong_use_exits_with_two(place: Place) -> None:
    assert place.run("case", "show")[0] == 2
    assert place.run("nonsense")[0] == 2


@pytest.mark.slow
def test_failure_exits_with_one_and_a_clear_line(place: Place) -> None:
    code, out, err = place.run("case", "show", "1234-5678-00")
    assert (code, out) == (1, "")
    assert err.strip() == "Error: 1234-5678-00 is no case reference; check its digits"


@pytest.mark.slow
def test_a_wrong_setting_stops_every_command_and_names_the_key(place: Place) -> None:
    (place.folder / "answerable.toml").write_text('[web]\nport = "many"\n')
    code, _, err = place.run("doctor")
    assert code == 1
    assert "web.port" in err
    assert "Traceback" not in err


@pytest.mark.slow
def test_an_empty_database_is_told_what_to_run(tmp_path: Path) -> None:
    code, _, err = Place(tmp_path).run("case", "list")
    assert code == 1
    assert "answerable db upgrade" in err


@pytest.mark.slow
def test_keys_that_others_can_read_are_refused(place: Place) -> None:
    (place.folder / "var" / "keys.json").chmod(0o644)
    code, _, err = place.run("case", "list")
    assert code == 1
    assert "chmod 600" in err


@pytest.mark.slow
def test_from_files_to_a_case_and_its_story(place: Place) -> None:
    (place.folder / "a.eml").write_bytes(COMPLAINT)
    (place.folder / "note.txt").write_text("not a mail")
    (place.folder / "box.mbox").write_bytes(
        b"From x Tue Nov 24 10:00:00 2026\n"
        + letter("My card?", sender="kit@example.net", message_id="<2@example.com>")
        + b"\n"
    )
    out = place.well("ingest", "--provider", "ooma", "--json", str(place.folder))
    counts = json.loads(out)
    assert counts["case_opened"] == 1
    assert counts["not_case"] == 1
    assert counts["skipped"] >= 1
    assert set(counts) == {
        "case_opened",
        "joined",
        "not_case",
        "proposed",
        "duplicate",
        "automatic",
        "quarantined",
        "skipped",
    }
    (listed,) = json.loads(place.well("case", "list", "--json"))
    assert listed["customer"] == "J. M."
    shown = place.well("case", "show", listed["reference"])
    assert "by the words “I would like to make a complaint”" in shown
    assert "jo@example.com" not in shown
    assert "jo@example.com" in place.well("case", "show", listed["reference"], "--names")
    assert "complete and unaltered" in shown
    (document,) = json.loads(place.well("case", "show", listed["reference"], "--json"))
    assert document["case"]["reference"] == listed["reference"]


@pytest.mark.slow
def test_mail_for_nobody_known_is_refused_by_name_of_the_option(place: Place) -> None:
    (place.folder / "a.eml").write_bytes(COMPLAINT)
    code, _, err = place.run("ingest", "a.eml")
    assert code == 1
    assert "--provider" in err


@pytest.mark.slow
def test_a_mail_finds_its_provider_by_the_mailbox_it_was_sent_to(place: Place) -> None:
    (place.folder / "a.eml").write_bytes(COMPLAINT)
    (place.folder / "answerable.toml").write_text(
        '[mailbox.main]\nprovider = "opus"\naddress = "complaints@ooma.example"\nhost = "h"\n'
    )
    place.well("ingest", "a.eml")
    (listed,) = json.loads(place.well("case", "list", "--json"))
    assert listed["provider"] == "opus"


@pytest.mark.slow
def test_a_mail_cannot_steer_the_terminal(place: Place) -> None:
    (place.folder / "a.eml").write_bytes(
        letter(
            "I would like to make a complaint.\n\x1b[2J\x9b1mgone",
            sender='"Jo \x1b]0;x\x07 Marsh" <jo@example.com>',
            subject="My line =?utf-8?q?=1B[2J?=",
        )
    )
    place.well("ingest", "--provider", "ooma", "a.eml")
    listed = place.well("case", "list", "--names")
    shown = place.well("case", "show", "--names", listed.split("\n")[1].split()[0])
    assert "gone" in shown
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", listed + shown)


@pytest.mark.slow
def test_quarantine_is_listed_with_its_reason(place: Place) -> None:
    bad = b"From: eve@example.net\r\nX: " + b"y" * 300_000 + b"\r\n\r\nhello"
    (place.folder / "bad.eml").write_bytes(bad)
    place.well("ingest", "--provider", "ooma", "bad.eml")
    out = place.well("case", "list", "--quarantine")
    assert "its header is longer than 256 KiB" in out


@pytest.mark.slow
def test_triage_answers_every_line_in_order_and_stops_at_none(place: Place) -> None:
    lines = [
        {"id": "a", "channel": "email", "text": "> I complain\nI wish to make a complaint."},
        "not json{",
        {"id": "b", "text": 5},
        {"id": "c", "channel": "voicemail", "text": "please escalate my complaint"},
    ]
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    answers = [
        json.loads(line) for line in place.well("triage", "--jsonl", stdin=text).split("\n") if line
    ]
    assert [answer.get("id") for answer in answers] == ["a", None, "b", "c"]
    assert answers[0]["label"] == "complaint"
    (evidence,) = answers[0]["evidence"]
    said = lines[0]["text"]  # type: ignore[index]
    assert said[evidence["start"] : evidence["end"]] == evidence["text"]
    assert "error" in answers[1]
    assert "error" in answers[2]
    assert answers[3]["label"] == "escalation"


@pytest.mark.slow
def test_mail_inspect_reads_paths_and_objects(place: Place) -> None:
    (place.folder / "a.eml").write_bytes(COMPLAINT)
    (place.folder / "b.txt").write_text("Mine.\n> yours")
    (place.folder / "c.html").write_text("<p>Mine.</p><blockquote>yours</blockquote>")
    lines = [
        "a.eml",
        json.dumps({"id": 1, "path": "a.eml"}),
        json.dumps({"path": "b.txt", "kind": "text"}),
        json.dumps({"path": "c.html", "kind": "html"}),
        "missing.eml",
    ]
    out = place.well("mail", "inspect", "--jsonl", stdin="\n".join(lines))
    first, second, text, html, missing = map(json.loads, out.strip().split("\n"))
    assert first["from"] == "jo@example.com"
    assert first["message_id"] == "first@example.com"
    assert second == {"id": 1, **first}
    assert text["reply_text"] == html["reply_text"] == "Mine."
    assert "missing.eml cannot be read" in missing["error"]


@pytest.mark.slow
def test_code_list_show_and_check(place: Place, tmp_path: Path) -> None:
    assert [line.split()[0] for line in place.well("code", "list").splitlines()] == [
        "8x8",
        "jive",
        "ooma",
        "opus",
    ]
    assert "+442085458200" in place.well("code", "show", "opus")
    assert json.loads(place.well("code", "show", "jive", "--json"))["name"] == "Jive"
    assert "4 provider folders are right" in place.well("code", "check")
    assert "there are: 8x8" in place.run("code", "show", "nobody")[2]

    broken = tmp_path / "templates" / "acme"
    broken.mkdir(parents=True)
    (broken / "provider.toml").write_text('format = 1\nname = "Acme"\ncolour = "blue"\n')
    code, _, err = place.run("code", "check", str(tmp_path / "templates"))
    assert code == 1
    assert "templates/acme/provider.toml: colour: there is no such key" in err


@pytest.mark.slow
def test_a_secret_is_sealed_and_never_shown(place: Place) -> None:
    out = place.well("secret", "set", "mailbox", stdin="hunter2\n")
    assert "hunter2" not in out
    database = (place.folder / "var" / "answerable.db").read_bytes()
    assert b"hunter2" not in database


@pytest.mark.slow
def test_the_doctor_says_what_is_missing_with_the_remedy(place: Place) -> None:
    code, out, err = place.run("doctor")
    assert code == 1
    assert "FAIL  smtp: no letters can go; add a section [smtp]" in out
    assert "acknowledgement_timeframe" in out
    assert re.search(r"Error: \d+ things? would fail", err)


@pytest.mark.slow
def test_keys_that_are_gone_are_not_made_anew_unasked(place: Place) -> None:
    place.well("secret", "set", "mailbox", stdin="hunter2\n")
    (place.folder / "var" / "keys.json").unlink()
    code, _, err = place.run("db", "upgrade")
    assert code == 1
    assert "restore it from the backup" in err
    assert not (place.folder / "var" / "keys.json").exists()
    place.well("db", "upgrade", "--new-keys")


@pytest.mark.slow
def test_db_check_and_work(place: Place) -> None:
    assert "up to date" in place.well("db", "check")
    assert "nothing more is due" in place.well("work", "--until-idle")
