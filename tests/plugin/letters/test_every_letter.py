"""Every letter of every provider, in every language and in every way a case may stand."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest

from plugin.codes.load import keys
from plugin.codes.trace import LETTERS
from plugin.letters.render import Rendered, check, render
from tests.plugin.letters import samples

CASES = [
    pytest.param(key, language, id=f"{key}-{language}")
    for key in keys(samples.BUNDLED)
    for language in samples.LANGUAGES[key]
]
KINDS = samples.kinds()

GAPS = re.compile(
    r"None|\{\{|\}\}|\{%|\[\]|\(\s*\)|\(,|[ \u00a0]{2}\S|\.\.(?!\.)|,\.|: ?\.|:,| ,| \.(?!\w)|"
    r"“”|\*\*"
)
"""What a value that is not there leaves behind."""

DECIDES = re.compile(r"Ofcom (?!, the regulator)|(?:to|through|with|by|at) Ofcom|ODR|europa\.eu")
ENGLISH = re.compile(
    r"\b(the|your|we|you|and|with|reply|please|within|complaint|letter|business|Website)\b",
    re.IGNORECASE,
)
FRENCH = re.compile(
    r"\b(le|la|les|vous|votre|nous|plainte|dossier|avec|pour|dans|lettre|page personnelle)\b",
    re.IGNORECASE,
)
NAMES = re.compile(
    r"Case reference|Communications Ombudsman|Ombudsman Services|Telecom-television Services|"
    r"The regulator|^.*Customer .*$|^.*Complaints Department$|https?://\S+",
    re.MULTILINE,
)
"""Names that stay in their own language."""


@cache
def _made(key: str, language: str, kind: str) -> tuple[tuple[str, dict[str, Any], Rendered], ...]:
    provider = samples.provider(key)
    return tuple(
        (name, values, render(provider, kind, language, values))
        for name, values in samples.variants(key, language, kind)
    )


def made(key: str, language: str, *kinds: str) -> list[tuple[str, dict[str, Any], Rendered]]:
    """Every variant of `kinds`: what it is called, its values, and the letter."""
    return [
        (f"{kind}, {name}", values, letter)
        for kind in kinds
        for name, values, letter in _made(key, language, kind)
    ]


def one(key: str, language: str, kind: str, variant: str = "full") -> Rendered:
    """One variant of a letter."""
    return next(letter for name, _, letter in _made(key, language, kind) if name == variant)


@cache
def words(letter: Rendered) -> str:
    """All that the customer reads, on one line."""
    return re.sub(r"[ \n]+", " ", f"{letter.subject} {letter.text}").strip()


def test_every_kind_of_letter_is_written_and_no_other() -> None:
    assert set(KINDS) == LETTERS


@pytest.mark.parametrize("key", keys(samples.BUNDLED))
def test_every_source_is_in_the_letters_language(key: str) -> None:
    assert check(samples.provider(key)) == []


@pytest.mark.parametrize(("key", "language"), CASES)
class TestEveryLetter:
    def test_it_has_no_gaps(self, key: str, language: str) -> None:
        for name, _, letter in made(key, language, *KINDS):
            for line in (letter.subject, *letter.text.splitlines()):
                # A list is indented, and the star is in a value on purpose.
                shown = line.strip().replace("*bill*", "bill")
                assert not GAPS.search(shown), (name, line)

    def test_every_paragraph_is_whole(self, key: str, language: str) -> None:
        for name, _, letter in made(key, language, *KINDS):
            for paragraph in letter.text.strip().split("\n\n"):
                assert paragraph.strip(), name
                assert re.search(r"[.?:,;)\w]$", paragraph), (name, paragraph)
            # A colon announces something.
            assert not letter.text.rstrip().endswith(":"), name

    def test_it_bears_its_reference(self, key: str, language: str) -> None:
        for name, _, letter in made(key, language, *KINDS):
            assert samples.REFERENCE in letter.subject, name
            assert samples.REFERENCE in letter.text, name

    def test_its_lines_are_short(self, key: str, language: str) -> None:
        for name, _, letter in made(key, language, *KINDS):
            assert len(letter.subject) <= 100, (name, letter.subject)
            for line in letter.text.splitlines():
                assert len(line) <= 72 or line.startswith("https://"), (name, line)

    def test_its_page_names_its_language_and_fetches_nothing(self, key: str, language: str) -> None:
        for name, values, letter in made(key, language, *KINDS):
            assert f'<html lang="{language}">' in letter.html, name
            assert not re.search("<img|<script|<link", letter.html), name
            linked = re.findall(r'href="([^"]*)"', letter.html)
            assert set(linked) <= {samples.LINK, values["code"]["link"]}, name
            assert set(linked) <= set(letter.text.split()), name

    def test_nothing_stale_or_unconfirmed_is_printed(self, key: str, language: str) -> None:
        file = samples.provider(key).file
        printed = {said for said in file.adr.stale if said != "Ofcom"}
        for contact in file.contacts:
            if contact.stale or (contact.whose == "provider" and contact.kind != "portal"):
                printed |= {contact.printed or "", contact.normalised or ""}
        forbidden = printed - {""}
        for name, _, letter in made(key, language, *KINDS):
            for said in forbidden:
                assert said not in words(letter), (name, said)
                assert said not in letter.html, (name, said)
            assert not DECIDES.search(words(letter).replace("The website of Ofcom,", "")), name

    def test_it_speaks_one_language(self, key: str, language: str) -> None:
        french = samples.spoken(language) == "fr"
        for name, _, letter in made(key, language, *KINDS):
            said = NAMES.sub("", f"{letter.subject}\n{letter.text}")
            found = (ENGLISH if french else FRENCH).search(said)
            assert not found, (name, found)

    def test_french_is_spaced_and_addressed_as_it_should_be(self, key: str, language: str) -> None:
        for name, _, letter in made(key, language, *KINDS):
            if samples.spoken(language) == "fr":
                said = words(letter)
                assert not re.search(
                    r"[^\u00a0:]: | [?!;]|« | »|'", re.sub(r"https?:", "", said)
                ), name
                assert not re.search(r"\b(tu|ton|ta|tes|toi)\b", said), name

    def test_it_says_for_whom_a_representative_is_written_to(self, key: str, language: str) -> None:
        for name, values, letter in made(key, language, *KINDS):
            who = values["representative"]
            if who:
                assert who["standing"] in " ".join(letter.text.split(" ")).replace("\n", " "), name

    def test_it_says_what_was_written_for_the_customer(self, key: str, language: str) -> None:
        for name, values, letter in made(key, language, *KINDS):
            for paragraph in values["text"]:
                assert paragraph in letter.text.replace("\n", " "), name

    def test_answers_close_by_silence_only_where_that_was_agreed(
        self, key: str, language: str
    ) -> None:
        told = (
            "considérerons le dossier comme fermé"
            if "fr" in language
            else "will take the case as closed"
        )
        for name, values, letter in made(key, language, *samples.ANSWERS):
            if values["silence"]:
                assert values["silence"]["within"] in words(letter), name
            assert (told in words(letter)) == bool(values["silence"]), name

    def test_a_letter_after_its_moment_says_sorry(self, key: str, language: str) -> None:
        sorry = "désolés" if "fr" in language else "sorry"
        kinds = ("holding_update", "adr_notice", "ccts_notice", "data_protection_acknowledgement")
        for kind in kinds:
            assert sorry in words(one(key, language, kind, "late")), kind

    def test_the_scheme_is_named_where_it_must_be(self, key: str, language: str) -> None:
        kinds = (*samples.ANSWERS, "closed", "adr_notice", "deadlock_letter", "ccts_notice")
        for name, values, letter in made(key, language, *kinds):
            scheme = values["adr"] and values["adr"]["scheme"]
            said = words(letter)
            if not scheme or values["case"]["closed_as"] in ("confirmed", "withdrawn"):
                assert not re.search("Ombudsman|CISAS|CCTS|CPRST", said), name
                continue
            assert ("CPRST" if scheme == "CCTS" and "fr" in language else scheme) in said, name
            if not values["notice"]:
                for field in ("telephone", "website", "address", "email"):
                    assert values["adr"][field] in said, (name, field)
            for paragraph in values["notice"]:
                assert paragraph in said, name


@pytest.mark.parametrize("key", ["ooma", "8x8", "opus"])
class TestDisputeResolution:
    def test_a_code_that_only_states_its_membership_is_quoted_as_saying_so(self, key: str) -> None:
        for kind in (*samples.ANSWERS, "closed", "adr_notice", "deadlock_letter"):
            said = words(one(key, "en", kind, "stated"))
            assert (
                "Our published code says that we are a member of Ombudsman Services, "
                "now called the Communications Ombudsman." in said
            )
            assert "of which we are a member" not in said

    def test_without_a_scheme_a_notice_says_that_its_name_follows(self, key: str) -> None:
        for kind in ("adr_notice", "deadlock_letter"):
            said = words(one(key, "en", kind, "missing"))
            assert "You now have the right to independent dispute resolution." in said
            assert "We will write to you again with the name of the scheme" in said
            assert (
                "The website of Ofcom, the regulator, lists the scheme of every provider." in said
            )

    def test_without_a_scheme_an_answer_says_nothing_of_one(self, key: str) -> None:
        for kind in (*samples.ANSWERS, "closed"):
            said = words(one(key, "en", kind, "missing"))
            assert "Ofcom" not in said
            assert "dispute resolution" not in said

    def test_the_notice_says_how_long_and_how_binding(self, key: str) -> None:
        said = words(one(key, "en", "adr_notice"))
        assert "within 12 months of the date of this letter" in said
        assert "If you accept its decision, we are bound by it." in said
        assert "costs you nothing" in said


class TestOwnWords:
    """What a code says of its own, and what others must not promise in its place."""

    def test_jives_acknowledgement_has_its_three_elements(self) -> None:
        for language in ("en-CA", "fr-CA"):
            values = samples.full("jive", language, "acknowledgement")
            said = words(one("jive", language, "acknowledgement"))
            for element in (samples.REFERENCE, values["procedure"], values["timeframe"]):
                assert element in said

    def test_only_ooma_sends_an_objection_to_its_director(self) -> None:
        for key, language in (case.values for case in CASES):
            for _, _, letter in made(str(key), str(language), "outcome"):
                assert key == "ooma" or "Director of Customer Service" not in letter.text
        said = words(one("ooma", "en", "outcome"))
        assert "within five days of receiving it" in said

    def test_nobody_is_offered_a_level_at_which_the_case_already_is(self) -> None:
        level = "at Director of Customer Service"
        assert "goes to our Director" not in words(one("ooma", "en", "outcome", level))
        assert "escalated to senior" not in words(one("8x8", "en", "outcome", "at senior manager"))
        assert "our directors" not in words(one("opus", "en", "outcome", "at director"))

    def test_a_handover_is_usually_resolved_in_time_and_no_more(self) -> None:
        said = words(one("ooma", "en", "technical_handover"))
        assert "usually resolved within three to five business days" in said

    def test_a_holding_update_owns_up_to_what_it_is_not(self) -> None:
        said = words(one("ooma", "en", "holding_update", "full"))
        assert "This message is not that update" in said
        assert "Sam Reed, who is handling your complaint, still owes it to you" in said

    def test_the_warning_names_the_day(self) -> None:
        said = words(one("ooma", "en", "closure_warning"))
        assert "by the end of 8 December 2026, we will take the case as closed" in said

    def test_jives_times_name_their_zone(self) -> None:
        assert "Tuesday 1 December 2026 at 14:30 (Eastern Time)." in words(
            one("jive", "en-CA", "contact_time")
        )
        assert "mardi 1er décembre 2026 à 14 h 30 (heure de l’Est)." in words(
            one("jive", "fr-CA", "contact_time")
        ).replace("\u00a0", " ")

    def test_the_law_of_the_united_kingdom_stays_there(self) -> None:
        for language in ("en-CA", "fr-CA"):
            said = words(one("jive", language, "data_protection_acknowledgement"))
            assert "law" not in said
            assert "loi" not in said
