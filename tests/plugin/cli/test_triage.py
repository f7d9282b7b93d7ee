"""`answerable triage --report` and `--corrections`: an admin measures the rules on their own mail.

A file that somebody put together by hand is never wholly right: what cannot be read is told by its
line, and everything else is measured all the same.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.plugin.cli.place import Place
from tests.plugin.support import letter

pytestmark = pytest.mark.slow

RIGHT: dict[str, object] = {
    "id": "right",
    "channel": "email",
    "lang": "en",
    "text": "I complain.",
    "label": "complaint",
}
MISSED: dict[str, object] = {
    "id": "missed",
    "text": "I am fed up with the shambles.",
    "label": "complaint",
}
FALSE: dict[str, object] = {
    "id": "false",
    "lang": "nl",
    "text": "Ik dien een klacht in.",
    "label": "neither",
}

NO_JSON = "it is not JSON in UTF-8"
NO_TEXT = 'give {"id", "channel", "text"}'
NO_CHANNEL = '"channel" is "email", "phone" or "voicemail"'
NO_LANG = '"lang" is a language such as "fr-CA", or left out'
NO_LABEL = '"label" is one of complaint, escalation, neither'

BAD: list[tuple[dict[str, object] | bytes, str]] = [
    (b"{not json", NO_JSON),
    (b'{"text": "caf\xe9", "label": "neither"}', NO_JSON),
    (b"[" * 100_000, NO_JSON),
    (b"9" * 5_000, NO_JSON),
    (b"null", NO_TEXT),
    ({"label": "complaint"}, NO_TEXT),
    ({"text": ["I complain."], "label": "complaint"}, NO_TEXT),
    ({"text": "I complain."}, NO_LABEL),
    ({"text": "I complain.", "label": "angry"}, NO_LABEL),
    ({"text": "I complain.", "label": ["complaint"]}, NO_LABEL),
    ({"text": "I complain.", "label": "complaint", "channel": "fax"}, NO_CHANNEL),
    ({"text": "I complain.", "label": "complaint", "lang": 5}, NO_LANG),
]

HALF = "\\ud800"
"""Half of a surrogate pair, as JSON can hold it and no encoding can."""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A folder in which nothing is installed: measuring needs no database."""
    return Place(tmp_path)


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """An installation where agents of two providers found complaints that were not heard."""
    made = Place(tmp_path_factory.mktemp("corrected"))
    made.well("db", "upgrade")
    for provider in ("ooma", "opus"):
        (made.folder / "a.eml").write_bytes(
            letter(
                f"{provider} is a shambles.\n\x1b[2J Plus haut, s'il vous plaît \u202e\n\n"
                "> I want to make a complaint.\n"
            )
        )
        made.well("ingest", "--provider", provider, "a.eml")
        number = made.well("contact", "list", "--provider", provider).split()[0]
        made.well("contact", "do", number, "promoted", "label=complaint", "text=She rang.")
    return made


def labelled(place: Place, *lines: dict[str, object] | bytes) -> str:
    """A file of such lines in the folder; gives its name."""
    raw = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    (place.folder / "ours.jsonl").write_bytes(b"\n".join(raw))
    return "ours.jsonl"


def as_lines(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_the_report_tells_what_is_heard_and_repeats_no_word(place: Place) -> None:
    name = labelled(place, RIGHT, b"", MISSED, FALSE)
    out = place.well("triage", "--report", name)
    assert out.startswith("3 contacts, 1 judged right (33.3 %)\n")
    assert "Of 1 missed, 1 would have waited for a person.\n" in out
    assert "missed: is complaint, judged neither" in out
    assert "false: is neither, judged complaint (" in out
    assert "shambles" not in out
    assert "klacht in" not in out
    whole = (place.folder / name).read_text()
    assert place.well("triage", "--report", "-", stdin="\ufeff" + whole) == out


def test_the_report_as_a_document_has_the_same_figures(place: Place) -> None:
    out = place.well("triage", "--report", labelled(place, RIGHT, MISSED, FALSE), "--json")
    found = json.loads(out)
    assert (found["contacts"], found["right"], found["missed_but_possible"]) == (3, 1, 1)
    assert found["labels"] == {
        "complaint": {"precision": 0.5, "recall": 0.5},
        "escalation": {"precision": None, "recall": None},
        "neither": {"precision": 0.0, "recall": 0.0},
    }
    assert found["confusion"]["complaint"] == {"complaint": 1, "escalation": 0, "neither": 1}
    assert found["languages"]["nl"] == {"right": 0, "contacts": 1}
    assert [(one["id"], one["label"], one["judged"]) for one in found["wrong"]] == [
        ("missed", "complaint", "neither"),
        ("false", "neither", "complaint"),
    ]
    assert "shambles" not in out


@pytest.mark.parametrize("how", [(), ("--json",)], ids=["text", "json"])
def test_a_line_that_cannot_be_read_is_told_and_the_others_are_measured(
    place: Place, how: tuple[str, ...]
) -> None:
    told = [f"line {number}: {problem}" for number, (_, problem) in enumerate(BAD, start=2)]
    name = labelled(place, RIGHT, *(line for line, _ in BAD), MISSED)
    code, out, err = place.run("triage", "--report", name, *how)
    assert code == 1
    assert err.splitlines() == [*told, f"Error: {len(BAD)} of its lines could not be read"]
    assert (json.loads(out)["contacts"] if how else int(out.split()[0])) == 2


def test_half_a_surrogate_pair_anywhere_in_a_line_stops_nothing(place: Place) -> None:
    odd = (
        f'{{"id": "{HALF}", "lang": "{HALF}", "subject": "{HALF}", "label": "neither",'
        f' "text": "{HALF} I want to make a complaint. {HALF}"}}'
    )
    name = labelled(place, odd.encode(), RIGHT)
    out = place.well("triage", "--report", name)
    assert out.startswith("2 contacts, 1 judged right")
    assert "?: is neither, judged complaint (" in out
    found = json.loads(place.well("triage", "--report", name, "--json"))
    assert [(one["id"], one["judged"]) for one in found["wrong"]] == [("?", "complaint")]
    (answer,) = as_lines(place.well("triage", "--jsonl", stdin=odd))
    (evidence,) = answer["evidence"]
    said = json.loads(odd)["text"]
    assert (answer["label"], said[evidence["start"] : evidence["end"]]) == (
        "complaint",
        evidence["text"],
    )


@pytest.mark.parametrize("line", [b"", b" \n\n"])
def test_a_file_without_a_contact_is_no_report(place: Place, line: bytes) -> None:
    code, _, err = place.run("triage", "--report", labelled(place, line))
    assert (code, err) == (1, "Error: it has no labelled contact\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "give one of --jsonl, --report FILE and --corrections"),
        (("--jsonl", "--corrections"), "give one of --jsonl, --report FILE and --corrections"),
        (("--report", "-", "--provider", "ooma"), "--provider goes with --corrections"),
        (("--corrections", "--json"), "--json goes with --report FILE"),
        (("--report", "missing.jsonl"), "'missing.jsonl': No such file or directory"),
        (("--report", "."), "Is a directory"),
    ],
)
def test_what_does_not_go_together_is_wrong_use(
    place: Place, words: tuple[str, ...], said: str
) -> None:
    code, out, err = place.run("triage", *words)
    assert (code, out) == (2, "")
    assert said in err


def test_corrections_are_lines_that_the_report_measures(corrected: Place) -> None:
    out = corrected.well("triage", "--corrections")
    assert out.isascii()
    assert not any(ord(c) < 32 and c != "\n" for c in out), "a mail steers no terminal"
    lines = as_lines(out)
    assert [(one["id"].partition("-")[0], one["label"], one["why"]) for one in lines] == [
        ("ooma", "complaint", "She rang."),
        ("opus", "complaint", "She rang."),
    ]
    assert "> I want to make a complaint." in lines[0]["text"]
    assert "s'il vous plaît" in lines[0]["text"]
    found = json.loads(corrected.well("triage", "--report", "-", "--json", stdin=out))
    # What is measured is what was heard: each of them was judged wrongly, and is again.
    assert (found["contacts"], found["right"], found["missed_but_possible"]) == (2, 0, 2)


def test_corrections_of_one_provider_alone(corrected: Place) -> None:
    (line,) = as_lines(corrected.well("triage", "--corrections", "--provider", "opus"))
    assert line["text"].startswith("opus is a shambles.")
    assert corrected.well("triage", "--corrections", "--provider", "jive") == ""


@pytest.mark.parametrize("named", ["nobody", "", "OOMA", "ooma "])
def test_a_provider_that_is_not_there_is_refused_with_those_that_are(
    corrected: Place, named: str
) -> None:
    code, out, err = corrected.run("triage", "--corrections", "--provider", named)
    assert (code, out) == (1, "")
    assert err == f"Error: there is no provider {named!r}; there are: 8x8, jive, ooma, opus\n"


def test_corrections_of_no_database_say_what_to_run(place: Place) -> None:
    code, out, err = place.run("triage", "--corrections")
    assert (code, out) == (1, "")
    assert "answerable db upgrade" in err
