"""Every published sentence has its carrier, and each way of losing one is told with its remedy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from plugin.bundle import folder
from plugin.cli import commands
from plugin.codes.load import (
    MAX_FILE_BYTES,
    ProviderError,
    keys,
    load,
    load_sentences,
    read_folder,
    read_sentences,
)
from plugin.codes.provider import Provider
from plugin.codes.sentence import Sentence
from plugin.codes.trace import BUILT, LETTERS, MEANING, TO_COME, Trace, counts, page, trace

TEMPLATES = folder("templates")
PAGE = Path(__file__).parents[3] / "docs" / "traceability.md"

PROVIDER = """\
format = 1
name = "Northwind"
legal_name = "Northwind Ltd"
signs_as = "Northwind Complaints"
jurisdiction = "UK"
languages = ["en"]

[settings]
adr_scheme = "the scheme it belongs to"

[[documents]]
key = "complaints"
title = "Northwind complaints code"
dated = "1 May 2026"

[[editions]]
name = "2026-05"

[[contacts]]
kind = "phone"
purpose = "complaints"
printed = "020 7946 0123"
normalised = "+442079460123"

[calendar]
zone = "Europe/London"
country = "GB"
subdivision = "ENG"

[[ladder]]
level = "director"
title = "director"

[readings]
AMB-1 = "the next business day"

[[promises]]
name = "acknowledge"
shape = "once"
severity = "commitment"
within = { amount = 2, unit = "business_day" }
kept_by = [{ event = "acknowledged" }]
letter = "acknowledgement"
clause = { document = "complaints", section = "Times", sentence = 2, says = "in two days" }

[letters.kinds.acknowledgement]
implies = ["acknowledged"]

[adr]
membership_stated = false
"""

LETTER = {"letters/acknowledgement.en.md.j2": "We have it\n---\nThank you."}


def northwind(text: str) -> Provider:
    """The made-up provider with its file as `text`, and its one letter."""
    return load("northwind", {"provider.toml": text, **LETTER})


NORTHWIND = northwind(PROVIDER)

SENTENCES = """\
format = 1

[[sentences]]
document = "complaints"
section = "Times"
n = 1
says = "is sorry"
kind = "informs"
nothing = "a feeling"

[[sentences]]
document = "complaints"
section = "Times"
n = 2
says = "acknowledged in two days, or | by telephone"
kind = "promises"
carried_by = ["promise:acknowledge", "letter:acknowledgement", "reading:AMB-1"]

[[sentences]]
document = "complaints"
section = "Levels"
n = 1
says = "the director decides and writes"
kind = "promises"
carried_by = ["ladder:director", "letter:determination", "panel"]
later = ["customer letters", "panel"]
note = "in his own hand"

[[sentences]]
document = "complaints"
section = "Lost"
n = 1
says = "where to call"
kind = "tells_how"
lost = true
carried_by = ["contact:phone", "setting:adr_scheme", "terms:legal_name", "adr", "triage"]
"""


def shipped() -> list[Trace]:
    """The providers that come built in."""
    return [
        trace(
            load(key, read_folder(TEMPLATES, key)),
            load_sentences(key, read_sentences(TEMPLATES, key)),
        )
        for key in keys(TEMPLATES)
    ]


def changed(old: str, new: str) -> tuple[Sentence, ...]:
    """Northwind's sentences with one thing changed."""
    assert old in SENTENCES, f"{old!r} is not in the sentences"
    return load_sentences("northwind", SENTENCES.replace(old, new, 1))


def problems(sentences: tuple[Sentence, ...], provider: Provider = NORTHWIND) -> tuple[str, ...]:
    """What is wrong with sentences of Northwind's."""
    return trace(provider, sentences).problems


class TestShipped:
    def test_every_sentence_has_its_carrier_or_a_reason(self) -> None:
        assert [problem for found in shipped() for problem in found.problems] == []

    def test_the_page_is_what_the_folders_say(self) -> None:
        assert PAGE.read_text(encoding="utf-8") == page(shipped()), "run: answerable code trace"

    def test_every_document_of_every_provider_is_listed(self) -> None:
        listed = {
            (found.provider.key, row.sentence.document) for found in shipped() for row in found.rows
        }
        assert listed == {
            ("8x8", "complaints"),
            ("jive", "complaints"),
            ("ooma", "complaints"),
            ("ooma", "information"),
            ("opus", "complaints"),
        }

    def test_about_a_hundred_and_seventy_sentences_are_counted(self) -> None:
        total, *states = counts(row for found in shipped() for row in found.rows)
        assert 160 <= total <= 180
        assert sum(states) == total

    def test_no_sentence_is_without_a_carrier_or_a_reason(self) -> None:
        without = [
            (found.provider.key, row.sentence.says)
            for found in shipped()
            for row in found.rows
            if row.state == "later"
        ]
        assert without == []


class TestRight:
    def test_a_right_file_has_no_problem_and_every_state(self) -> None:
        found = trace(NORTHWIND, load_sentences("northwind", SENTENCES))
        assert found.problems == ()
        assert [row.state for row in found.rows] == ["nothing", "carried", "partly", "carried"]
        assert counts(found.rows) == (4, 2, 1, 0, 1)

    def test_a_promise_by_law_carries_like_one_of_the_code(self) -> None:
        sentences = changed('"panel"]\nlater', '"panel", "promise:adr_notice"]\nlater')
        assert len(problems(sentences)) == 1
        root = folder("templates")
        law = load("ooma", read_folder(root, "ooma")).law
        assert trace(replace(NORTHWIND, law=law), sentences).problems == ()

    def test_a_provider_without_sentences_has_no_problem_and_is_named_on_the_page(self) -> None:
        found = trace(NORTHWIND, ())
        assert found.problems == ()
        assert "No sentences are listed: `templates/northwind/sentences.toml`." in page([found])

    def test_a_promise_that_names_a_whole_section_stands_on_any_of_its_sentences(self) -> None:
        provider = northwind(PROVIDER.replace(" sentence = 2,", ""))
        assert problems(load_sentences("northwind", SENTENCES), provider) == ()

    def test_the_words_for_carriers_cover_every_part(self) -> None:
        assert {carrier.partition(":")[0] for carrier in BUILT | set(TO_COME)} <= set(MEANING)
        assert not BUILT & set(TO_COME)
        assert all(
            kind in LETTERS for found in shipped() for kind in found.provider.file.letters.kinds
        )


class TestSlips:
    """Each row: what stands in the file, what somebody wrote instead, and what they are told."""

    @pytest.mark.parametrize(
        ("old", "new", "told"),
        [
            pytest.param(
                'document = "complaints"\nsection = "Lost"',
                'document = "complains"\nsection = "Lost"',
                "complains, Lost, sentence 1: 'complains' is none of the documents: complaints; "
                "correct it or add it to provider.toml",
                id="unknown document",
            ),
            pytest.param(
                'section = "Lost"\nn = 1',
                'section = "Levels"\nn = 1',
                "complaints, Levels, sentence 1: stands twice or out of order; number it 2",
                id="twice",
            ),
            pytest.param(
                'section = "Levels"\nn = 1',
                'section = "Levels"\nn = 2',
                "complaints, Levels, sentence 1: it is missing; "
                "add it, with the reason if nothing must carry it",
                id="a sentence left out",
            ),
            pytest.param(
                'nothing = "a feeling"',
                'nothing = "a feeling"\ncarried_by = ["triage"]',
                "complaints, Times, sentence 1: it says that nothing must carry it, "
                "and what does; keep one of the two",
                id="carried and not",
            ),
            pytest.param(
                'nothing = "a feeling"\n',
                "",
                "complaints, Times, sentence 1: nothing carries it; "
                "add carried_by, or under nothing the reason",
                id="neither carried nor a reason",
            ),
            pytest.param(
                'nothing = "a feeling"\n',
                'later = ["panel"]\n',
                "complaints, Times, sentence 1: nothing carries it; "
                "add carried_by, or under nothing the reason",
                id="a later part without a carrier",
            ),
            pytest.param(
                '"promise:acknowledge", ',
                '"promise:acknowledge", "promise:determination", ',
                "complaints, Times, sentence 2: there is no promise:determination; "
                "add it to provider.toml, or name one of: acknowledge",
                id="unknown promise",
            ),
            pytest.param(
                '"letter:acknowledgement"',
                '"letter:acknowlegement"',
                "complaints, Times, sentence 2: there is no letter:acknowlegement; "
                "add it to provider.toml, or name one of: acknowledgement, adr_notice,",
                id="unknown letter",
            ),
            pytest.param(
                '"reading:AMB-1"',
                '"reading:AMB-2"',
                "complaints, Times, sentence 2: there is no reading:AMB-2; "
                "add it to provider.toml, or name one of: AMB-1",
                id="unknown reading",
            ),
            pytest.param(
                '"contact:phone"',
                '"contact:fax"',
                "complaints, Lost, sentence 1: there is no contact:fax; "
                "add it to provider.toml, or name one of: phone",
                id="unknown contact",
            ),
            pytest.param(
                '"ladder:director"',
                '"ladder:supervisor"',
                "complaints, Levels, sentence 1: there is no ladder:supervisor; "
                "add it to provider.toml, or name one of: director",
                id="unknown level",
            ),
            pytest.param(
                '"setting:adr_scheme"',
                '"setting:scheme"',
                "complaints, Lost, sentence 1: there is no setting:scheme; "
                "add it to provider.toml, or name one of: adr_scheme",
                id="unknown setting",
            ),
            pytest.param(
                '"terms:legal_name"',
                '"terms:compensation"',
                "complaints, Lost, sentence 1: there is no terms:compensation; "
                "add it to provider.toml, or name one of:",
                id="a table that the provider lacks",
            ),
            pytest.param(
                '"adr", ',
                '"adr:scheme", ',
                "complaints, Lost, sentence 1: there is no adr:scheme; "
                "add it to provider.toml, or name what does carry it",
                id="a name where none belongs",
            ),
            pytest.param(
                '"triage"',
                '"magic"',
                "complaints, Lost, sentence 1: there is no magic; carriers are: adr, calendar,",
                id="no such carrier",
            ),
            pytest.param(
                'later = ["customer letters", "panel"]',
                'later = ["customer letters"]',
                'complaints, Levels, sentence 1: panel does not exist yet; add "panel" to later',
                id="a part to come is not named",
            ),
            pytest.param(
                'later = ["customer letters", "panel"]',
                'later = ["customer letters", "panel", "telephone"]',
                'complaints, Levels, sentence 1: it waits for nothing of "telephone"; '
                "remove that from later",
                id="a part that is not waited for",
            ),
            pytest.param(
                '"letter:determination"',
                '"letter:acknowledgement"',
                'complaints, Levels, sentence 1: it waits for nothing of "customer letters"; '
                "remove that from later",
                id="a part that has come",
            ),
        ],
    )
    def test_a_slip_is_told_with_its_place_and_remedy(self, old: str, new: str, told: str) -> None:
        (said,) = problems(changed(old, new))
        assert said.startswith(f"templates/northwind/sentences.toml: {told}")

    def test_a_document_without_any_sentence_is_told(self) -> None:
        more = '[[documents]]\nkey = "information"\ntitle = "Information"\n\n[[editions]]'
        provider = northwind(PROVIDER.replace("[[editions]]", more))
        assert problems(load_sentences("northwind", SENTENCES), provider) == (
            "templates/northwind/sentences.toml: "
            "information: none of its sentences is listed; add them",
        )

    def test_a_promise_whose_clause_is_nowhere_is_told(self) -> None:
        provider = northwind(PROVIDER.replace("ce = 2", "ce = 3"))
        assert problems(load_sentences("northwind", SENTENCES), provider) == (
            "templates/northwind/provider.toml: promises[0].clause: complaints, Times, "
            "sentence 3 is not in sentences.toml; correct the clause or add it",
        )

    def test_a_promise_that_its_sentence_does_not_name_is_told(self) -> None:
        assert problems(changed('"promise:acknowledge", ', "")) == (
            "templates/northwind/provider.toml: promise acknowledge: complaints, Times, "
            "sentence 2 does not name it; "
            "add promise:acknowledge to its carried_by in sentences.toml",
        )


class TestFile:
    """What the loader says of a file that is not of the right shape."""

    @pytest.mark.parametrize(
        ("old", "new", "told"),
        [
            pytest.param("format = 1", "format = 2", "format: input should be 1", id="format"),
            pytest.param(
                'says = "is sorry"',
                'says = "is sorry"\nsaid = "so"',
                "sentences[0].said: there is no such key; remove it or correct its name",
                id="unknown key",
            ),
            pytest.param(
                'kind = "informs"\n', "", "sentences[0].kind: it is missing; add it", id="missing"
            ),
            pytest.param(
                '"informs"', '"boasts"', "sentences[0].kind: input should be 'promises'", id="kind"
            ),
            pytest.param("n = 1", "n = 0", "sentences[0].n: input should be greater", id="number"),
            pytest.param(
                '"panel"]\nnote',
                '"someday"]\nnote',
                "sentences[2].later[1]: input should be 'customer letters'",
                id="unknown part",
            ),
            pytest.param(
                '"triage"',
                '"Triage!"',
                "sentences[3].carried_by[4]: string should match",
                id="form",
            ),
            pytest.param("n = 1", "n = ", "it is not TOML:", id="not TOML"),
        ],
    )
    def test_a_slip_names_the_file_and_the_key(self, old: str, new: str, told: str) -> None:
        with pytest.raises(ProviderError) as refused:
            changed(old, new)
        (said,) = refused.value.problems
        assert said.startswith(f"templates/northwind/sentences.toml: {told}")

    def test_no_file_is_no_sentences(self, tmp_path: Path) -> None:
        (tmp_path / "northwind").mkdir()
        assert read_sentences(tmp_path, "northwind") is None
        assert load_sentences("northwind", None) == ()

    def test_a_file_that_is_too_large_or_leads_outside_is_refused(self, tmp_path: Path) -> None:
        place = tmp_path / "northwind" / "sentences.toml"
        place.parent.mkdir()
        place.write_text("#" * (MAX_FILE_BYTES + 1))
        with pytest.raises(ProviderError, match="larger than"):
            read_sentences(tmp_path, "northwind")
        place.unlink()
        place.symlink_to(tmp_path / "elsewhere.toml")
        with pytest.raises(ProviderError, match="leads out of its folder"):
            read_sentences(tmp_path, "northwind")

    def test_sentences_are_no_part_of_a_stored_version(self) -> None:
        assert "sentences.toml" not in read_folder(TEMPLATES, "ooma")


class TestPage:
    def test_it_shows_where_what_and_what_carries_it(self) -> None:
        said = page([trace(NORTHWIND, load_sentences("northwind", SENTENCES))])
        assert "| Northwind complaints code | 4 | 2 | 1 | 0 | 1 |" in said
        assert "| all | 4 | 2 | 1 | 0 | 1 |" in said
        assert "### Northwind complaints code, 1 May 2026" in said
        assert "| Times, 1 | is sorry | informs | nothing must: a feeling |" in said
        assert r"or \| by telephone | promises | promise `acknowledge`, letter `ack" in said
        assert (
            "| ladder `director`, letter `determination` (later: customer letters), "
            "panel (later: panel). *Note:* in his own hand |" in said
        )
        assert "| Lost, 1 | *Lost:* where to call | tells how | contact `phone`," in said


class TestCommand:
    @pytest.fixture
    def templates(self, tmp_path: Path) -> Path:
        """A folder with Northwind in it."""
        place = tmp_path / "templates" / "northwind"
        place.mkdir(parents=True)
        (place / "provider.toml").write_text(PROVIDER)
        (place / "letters").mkdir()
        for name, text in LETTER.items():
            (place / name).write_text(text)
        (place / "sentences.toml").write_text(SENTENCES)
        return place.parent

    def run(self, *words: str | Path) -> tuple[int, str]:
        """The exit code and everything said."""
        done = CliRunner().invoke(commands, ["code", "trace", *map(str, words)])
        return done.exit_code, done.output

    def test_it_writes_the_page_and_then_finds_it_right(self, templates: Path) -> None:
        out = templates.parent / "page.md"
        code, said = self.run(templates, "-o", out)
        assert (code, said) == (
            0,
            f"{out}: 4 sentences; 2 carried, 1 carried with a part to come, 0 with nothing yet, "
            "1 that nothing must carry\n",
        )
        assert self.run(templates, "--check", "-o", out) == (code, said)
        assert self.run(templates / "northwind", "--check", "-o", out) == (code, said)

    @pytest.mark.parametrize("there", ["an older page\n", None])
    def test_check_fails_where_the_page_differs_and_writes_nothing(
        self, templates: Path, there: str | None
    ) -> None:
        out = templates.parent / "page.md"
        if there is not None:
            out.write_text(there)
        code, said = self.run(templates, "--check", "-o", out)
        assert code == 1
        assert f"{out}: it is not what the folders say; run: answerable code trace" in said
        assert (out.read_text() if out.exists() else None) == there

    def test_problems_are_told_and_nothing_is_written(self, templates: Path) -> None:
        place = templates / "northwind" / "sentences.toml"
        place.write_text(SENTENCES.replace('nothing = "a feeling"\n', ""))
        out = templates.parent / "page.md"
        code, said = self.run(templates, "-o", out)
        assert code == 1
        assert "complaints, Times, sentence 1: nothing carries it" in said
        assert "1 to mend" in said
        assert not out.exists()

    def test_a_file_of_the_wrong_shape_is_told(self, templates: Path) -> None:
        (templates / "northwind" / "sentences.toml").write_text("format = 1\n")
        code, said = self.run(templates, "-o", templates.parent / "page.md")
        assert code == 1
        assert "templates/northwind/sentences.toml: sentences: it is missing; add it" in said

    def test_a_page_that_cannot_be_written_is_told(self, templates: Path) -> None:
        code, said = self.run(templates, "-o", templates.parent / "nowhere" / "page.md")
        assert code == 1
        assert "name another with -o" in said
