"""`answerable phone` and `voice`: what scripts and admins ask of numbers and webhooks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from plugin import runtime
from plugin.cli import commands
from plugin.settings import load

SAMPLES = Path(__file__).parents[2] / "data" / "webhooks"
NUMBER_KEYS = [
    *("id", "raw", "e164", "possible", "valid", "withheld", "region", "type", "display", "reason")
]


def lines(*words: str, given: list[Any]) -> list[dict[str, Any]]:
    text = "\n".join(json.dumps(one) for one in given)
    done = CliRunner().invoke(commands, [*words, "--jsonl"], input=text)
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def number(given: object, region: object = "GB") -> dict[str, Any]:
    (found,) = lines("phone", "number", given=[{"id": "n", "number": given, "region": region}])
    return found


def test_a_number_is_told_with_every_key() -> None:
    found = number(" 020 7946 0101")
    assert list(found) == NUMBER_KEYS
    assert found == {
        "id": "n",
        "raw": " 020 7946 0101",
        "e164": "+442079460101",
        "possible": "+442079460101",
        "valid": True,
        "withheld": False,
        "region": "GB",
        "type": "fixed_line",
        "display": "020 7946 0101",
        "reason": None,
    }


@pytest.mark.parametrize("given", [None, "", "  ", "anonymous", "+8656696", "8566696"])
def test_absent_and_empty_are_withheld(given: str | None) -> None:
    found = number(given)
    assert found["withheld"] is True
    assert found["e164"] is found["possible"] is found["display"] is None
    assert found["raw"] == given
    assert found["reason"]


@pytest.mark.parametrize("given", [5, 2.5, True, ["+44"], {"a": 1}])
def test_what_is_not_a_string_is_an_error_line(given: object) -> None:
    assert number(given) == {"id": "n", "error": '"number" is text, as it was received'}


def test_a_bad_line_stops_none_that_follow() -> None:
    found = lines("phone", "number", given=["x", {"number": "101"}, {"number": "1", "region": 5}])
    assert [("error" in one) for one in found] == [True, False, True]


def test_every_sample_is_believed_or_not_as_expected() -> None:
    paths = sorted(SAMPLES.glob("*/*.json"))
    given = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
    asked = [
        {**one, "id": str(path), "now": one["received_at"]}
        for path, one in zip(paths, given, strict=True)
    ]
    found = lines("voice", "check", given=asked)
    assert len(found) == len(paths) == 94
    for path, sample, told in zip(paths, given, found, strict=True):
        assert told["valid"] is sample["expected_valid"], path
        assert bool(told["reason"]) is not told["valid"], path
        assert bool(told["events"]) is told["valid"], path
        for key, value in sample.get("meaning", {}).items():
            assert told["events"][0][key] == value, (path, key)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("x", 'give {"id"'),
        ({"system": "nortel"}, '"system" is one of: 3cx, 8x8'),
        ({"system": "twilio", "secret": "s"}, '"url" is text'),
        ({"system": "twilio", "url": "https://a", "secret": 5}, '"secret" is text'),
        ({"system": "twilio", "url": "u", "secret": "s", "headers": {"a": 1}}, '"headers" is'),
        ({"system": "twilio", "url": "u", "secret": "s", "now": "soon"}, '"now" is Unix seconds'),
        ({"system": "twilio", "url": "u", "secret": "s", "now": 1e300}, '"now" is Unix seconds'),
    ],
)
def test_a_webhook_that_is_not_told_whole_is_an_error_line(given: object, said: str) -> None:
    (found,) = lines("voice", "check", given=[given])
    assert said in found["error"]


def test_half_a_character_in_a_webhook_is_no_fault() -> None:
    given = {
        "system": "3cx",
        "url": "https://a/voice/3cx/report",
        "headers": {"Authorization": "\ud800"},
        "body": "\ud800",
        "secret": "Authorization: x",
    }
    (found,) = lines("voice", "check", given=[given])
    assert found["valid"] is False


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan.toml").write_text(
        'format = 1\nregion = "GB"\nqueue = "complaints"\n[[lines]]\nnumber = "020 8545 8200"\n'
        '[queues.complaints]\ntargets = ["+44 20 7946 0101"]\n'
    )
    (tmp_path / "answerable.toml").write_text('[provider.opus]\nphone_plan = "plan.toml"\n')
    runtime.prepare(load(tmp_path / "answerable.toml", {}))
    return tmp_path


def routed(*words: str) -> dict[str, Any]:
    done = CliRunner().invoke(commands, ["phone", "route", *words, "--json"])
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.usefixtures("place")
def test_a_route_is_told_with_its_reason() -> None:
    open_ = routed("--to", "020 8545 8200", "--at", "2026-11-24T10:00:00Z")
    assert (open_["action"], open_["provider"], open_["open"]) == ("connect", "opus", True)
    assert open_["steps"][0]["targets"] == ["+442079460101"]
    assert "withheld" in open_["reason"]
    shut = routed(
        "--to", "+442085458200", "--from", "020 7946 0123", "--at", "2026-11-28T10:00:00Z"
    )
    assert (shut["action"], shut["steps"]) == ("voicemail", [])
    assert shut["reason"].startswith("closed until 2026-11-30")
    nobody = routed("--to", "020 7946 0999")
    assert (nobody["action"], nobody["provider"]) == ("pass", None)


@pytest.mark.usefixtures("place")
def test_a_route_in_words_is_short() -> None:
    done = CliRunner().invoke(
        commands, ["phone", "route", "--to", "02085458200", "--at", "2026-11-24T10:00:00Z"]
    )
    assert done.stdout.splitlines()[1] == "  1. queue complaints, 25 s: +442079460101"


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("moment", ["noon", "2026-11-24T10:00:00"])
def test_a_moment_without_its_zone_is_wrong_use(moment: str) -> None:
    done = CliRunner().invoke(commands, ["phone", "route", "--to", "x", "--at", moment])
    assert done.exit_code == 2
    assert "--at" in done.output


def test_the_doctor_says_who_reaches_us_and_whom_nobody_rings(place: Path) -> None:
    (place / "answerable.toml").write_text(
        '[web]\nurl = "https://complaints.example"\n'
        '[phone.carrier]\nsystem = "twilio"\nprovider = "ooma"\nsecret = "0123456789abcdef"\n'
    )
    said = CliRunner().invoke(commands, ["doctor"]).stdout
    assert "webhooks come to https://complaints.example/voice/twilio/" in said
    assert "nobody is rung in complaints, senior" in said
    assert "provider.ooma.phone_plan" in said


def test_the_doctor_says_what_is_wrong_with_a_secret(place: Path) -> None:
    (place / "answerable.toml").write_text(
        '[phone.a]\nsystem = "goto"\nprovider = "jive"\nsecret = "short"\n'
        '[phone.b]\nsystem = "kamailio"\nprovider = "ooma"\nsecret = "whsec_c2hvcnQ="\n'
        '[phone.c]\nsystem = "sipgate"\nprovider = "ooma"\nsecret = "no key"\n'
        '[phone.d]\nsystem = "freeswitch"\nprovider = "ooma"\nsecret = "no-colon-in-it"\n'
    )
    said = CliRunner().invoke(commands, ["doctor"]).stdout
    for part in (
        "phone.a.secret: it is shorter than 12 characters",
        'phone.b.secret: it is not "whsec_"',
        "phone.c.secret: it is no RSA public key in PEM",
        'phone.d.secret: it is not "user:password"',
        "set web.url, with https://",
    ):
        assert part in said
