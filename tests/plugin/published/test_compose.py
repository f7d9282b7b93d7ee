"""What a published code says beside its deadlines, and what it keeps to itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from plugin.codes.published_file import PublishedFile
from plugin.codes.rules import RuleBook
from plugin.published.check import problems
from plugin.published.compose import Here, PublishError, compose, documents
from plugin.published.contacts import showable
from tests.plugin.codes.tables import shipped
from tests.plugin.published.places import EVERY, TODAY, VALUES, book, made, points, text


class TestContacts:
    def test_an_ambiguous_number_waits_for_a_person(self) -> None:
        assert "4433" not in text(made("ooma"))
        confirmed = Here(VALUES, confirmed=frozenset({"800 4433 1345"}))
        said = text(made("ooma", here=confirmed))
        assert "Telephone: 00 800 4433 1345" in said
        assert "800 4433 134\n" not in said

    def test_the_misprint_is_never_shown_even_where_it_was_confirmed(self) -> None:
        confirmed = Here(VALUES, confirmed=frozenset({"800 4433 134"}))
        assert "4433" not in text(made("ooma", here=confirmed))

    @pytest.mark.parametrize("key", ["ooma", "8x8", "jive", "opus"])
    def test_nothing_out_of_date_is_shown(self, key: str) -> None:
        file = shipped(key).file
        said = text(made(key)) + (text(made(key, "information")) if key == "ooma" else "")
        stale = {one.printed for one in file.contacts if one.stale} | set(file.adr.stale)
        for printed in stale - {"Ofcom", None}:
            assert str(printed) not in said

    def test_what_is_left_out_is_told_with_its_reason(self) -> None:
        left = made("8x8").left_out
        assert left[0] == (
            "email (lost), support team: it is lost in the document as supplied; "
            "supply it in provider.toml"
        )
        assert any("www.ombudsman-services.org" in one for one in left)

    def test_a_page_that_nobody_looked_at_is_named_without_its_address(self) -> None:
        terms = points(made("ooma", "information"))["terms:terms:info_terms"]
        assert terms.href == ""
        confirmed = Here(VALUES, confirmed=frozenset({"http://www.ooma.co.uk/terms"}))
        terms = points(made("ooma", "information", here=confirmed))["terms:terms:info_terms"]
        assert terms.href == "http://www.ooma.co.uk/terms"

    def test_the_mailbox_that_is_collected_is_a_way_to_complain(self) -> None:
        assert "care@" not in text(made("8x8"))
        here = Here(VALUES, mailbox="care@8x8.example")
        assert "E-mail: care@8x8.example" in text(made("8x8", here=here))
        assert "E-mail: care@8x8.example" in text(made("ooma", here=here))

    def test_london_is_written_as_london_is_dialled(self) -> None:
        assert "Telephone (head office): 020 3476 0000" in text(made("8x8"))

    def test_a_letter_shows_only_what_a_person_has_confirmed(self) -> None:
        strict = showable(shipped("opus").file, frozenset(), strict=True)
        assert not list(strict.of("phone"))
        one = showable(shipped("opus").file, frozenset({"+442085458200"}), strict=True)
        assert [point.printed for point in one.of("phone")] == ["020 8545 8200"]

    def test_opening_hours_are_those_of_the_calendar(self) -> None:
        said = text(made("opus"))
        assert "Open: Monday to Friday, 08:30 to 17:30, not on public holidays in England" in said
        assert "Open: at every hour of every day" in text(made("ooma"))
        assert "Open:" not in text(made("8x8"))


class TestScheme:
    def test_a_membership_that_only_the_code_states_is_said_as_the_codes(self) -> None:
        said = text(made("ooma"))
        assert "Our code of 9 August 2017 says that we are a member of Ombudsman Services" in said
        named = Here(VALUES | {"adr_scheme": "Communications Ombudsman"})
        assert "We are a member of the Communications Ombudsman" in text(made("ooma", here=named))

    def test_opus_names_none_until_it_is_told_which(self) -> None:
        said = text(made("opus"))
        assert "You have the right to independent dispute resolution." in said
        assert "Ofcom itself does not decide individual complaints." in said
        cisas = Here(VALUES | {"adr_scheme": "CISAS"})
        assert "We are a member of CISAS" in text(made("opus", here=cisas))

    @pytest.mark.parametrize("key", ["ooma", "8x8", "opus"])
    def test_nobody_is_told_that_the_regulator_decides(self, key: str) -> None:
        said = text(made(key, here=Here(VALUES | {"adr_scheme": "Ofcom"})))
        assert "member of Ofcom" not in said
        assert "It does not decide individual complaints." in said

    def test_the_regulators_fixed_text_stands_instead_of_ours(self) -> None:
        jive = replace(shipped("jive"), texts={"regulator_notice.en": "CCTS is one.\n\nAnd free."})
        found = compose(jive, RuleBook(jive), Here(), "complaints", "en-CA", TODAY)
        assert points(found)["adr:notice:0"].text == "CCTS is one."
        assert points(found)["adr:notice:1"].text == "And free."
        assert "adr:scheme" not in points(found)

    def test_whom_the_scheme_takes_comes_from_the_law(self) -> None:
        assert "where up to 10 people work" in text(made("8x8"))
        assert "normally under $2,500 a month" in text(made("jive"))
        assert "inférieures à 2\xa0500\xa0$ par mois" in text(made("jive", language="fr-CA"))


class TestMoney:
    def test_the_formula_is_said_with_an_example_that_is_reckoned(self) -> None:
        said = text(made("ooma"))
        assert "by 12, divide it by 365, and multiply that by the number of days it is late" in said
        assert "with a monthly fee of £25.00, and 7 days late, that is £5.75" in said

    def test_the_automatic_scheme_is_said_only_where_the_provider_takes_part(self) -> None:
        assert "10.34" not in text(made("opus"))
        said = text(made("opus", here=Here(VALUES, automatic=True)))
        assert (
            "For home customers, by the voluntary scheme of automatic compensation: £10.34" in said
        )
        assert "£10.34 for each day for a repair that comes late." in said
        assert "£32.31 each time for an engineer's appointment that is missed." in said
        later = made("opus", here=Here(VALUES, automatic=True), on=date(2027, 4, 1))
        assert "10.34" not in text(later)


class TestWhole:
    @pytest.mark.parametrize(("key", "document", "language"), EVERY)
    def test_every_document_has_its_sections(self, key: str, document: str, language: str) -> None:
        found = made(key, document, language)
        keys = {section.key for section in found.sections}
        if document == "complaints":
            assert {"about", "contact", "steps", "escalate", "adr", "formats", "edition"} <= keys
        else:
            assert {"info_who", "info_billing", "info_contact", "info_adr", "info_edition"} <= keys
        assert found.title
        assert all(section.title for section in found.sections)

    def test_french_is_french(self) -> None:
        said = text(made("jive", language="fr-CA"))
        assert "within" not in said
        assert "complaint" not in said.lower().replace("complaints department", "")
        assert "Participation à la CPRST" in said
        assert "un gestionnaire supérieur ou à la direction de l’équipe de soutien" in said
        assert " :" not in said
        assert "\u00a0:" in said

    def test_it_names_edition_and_day(self) -> None:
        found = made("ooma", on=date(2026, 12, 1))
        assert found.edition == "2017-08-09"
        assert points(found)["edition:dated"].text == (
            "This is how our code of 9 August 2017 is kept for a complaint that we first receive "
            "on 1 December 2026."
        )
        french = points(made("jive", language="fr-CA", on=date(2026, 12, 1)))
        assert "le 1er décembre 2026" in french["edition:dated"].text

    def test_it_tells_how_to_ask_for_other_formats(self) -> None:
        for key in ("ooma", "8x8", "jive", "opus"):
            assert "in large print and in Braille" in text(made(key))

    def test_what_there_is_not_is_refused_by_name(self) -> None:
        with pytest.raises(PublishError, match="8x8 has no information code; there are: complaint"):
            made("8x8", "information")
        with pytest.raises(PublishError, match="ooma does not write fr; its languages: en"):
            made("ooma", language="fr")

    def test_a_promise_without_words_stops_the_document(self) -> None:
        bare = shipped("opus").published.model_copy(update={"promises": {}})
        opus = replace(shipped("opus"), published=bare)
        with pytest.raises(PublishError, match=r"lacks promises\.acknowledge; the code cannot"):
            compose(opus, RuleBook(opus), Here(), "complaints", "en", TODAY)

    def test_a_version_from_before_there_were_texts_publishes_nothing(self) -> None:
        old = replace(shipped("opus"), published=PublishedFile(format=1))
        assert documents(old) == ()
        with pytest.raises(PublishError, match=r"none; see templates/base/published\.toml"):
            compose(old, RuleBook(old), Here(), "complaints", "en", TODAY)


class TestCheck:
    """`code check` finds what is wrong with texts before a customer does."""

    def found(self, **tables: object) -> list[str]:
        changed = PublishedFile.model_validate(shipped("jive").published.model_dump() | tables)
        return problems(replace(shipped("jive"), published=changed))

    @pytest.mark.parametrize("key", ["ooma", "8x8", "jive", "opus"])
    def test_the_shipped_ones_are_right(self, key: str) -> None:
        assert problems(shipped(key)) == []

    @pytest.mark.parametrize(
        ("said", "told"),
        [
            (
                {"en": "In two days {within}.", "fr": "{within}"},
                "promises.acknowledge.commitment.en: it names a time of its own, 'two days'; "
                "use a slot: it is filled by rule",
            ),
            (
                {"en": "{within}", "fr": "{within}, au bout de 5 jours"},
                "promises.acknowledge.commitment.fr: it names a time of its own, '5 jours'; "
                "use a slot: it is filled by rule",
            ),
            (
                {"en": "At once.", "fr": "{within}"},
                "promises.acknowledge.commitment.en: it does not say by when; "
                "use {within}, {length} or {usually}",
            ),
            (
                {"en": "{within} {name}", "fr": "{within}"},
                "promises.acknowledge.commitment.en: there is no slot {name} here; there are: "
                "{length}, {level}, {usually}, {within}",
            ),
            (
                {"en": "{within", "fr": "{within}"},
                "promises.acknowledge.commitment.en: its braces are wrong: "
                "expected '}' before end of string",
            ),
            (
                {"en": "{within}"},
                "promises.acknowledge.commitment: it says nothing in fr-CA; add it",
            ),
        ],
    )
    def test_what_is_wrong_with_a_promise(self, said: dict[str, str], told: str) -> None:
        words = {"acknowledge": {"section": "steps", "commitment": said}}
        assert f"published.toml: {told}" in self.found(promises=words)

    @pytest.mark.parametrize(
        "said",
        [
            "in two days",
            "within a fortnight",
            "in 24h",
            "48-hour",
            "half a day",
            "an hour",
            "by tomorrow",
            "six working days",
            "the same day",
        ],
    )
    def test_a_time_of_its_own_however_it_is_written(self, said: str) -> None:
        words = {"en": f"We answer {said}, {{within}}.", "fr": "{within}"}
        found = self.found(promises={"acknowledge": {"section": "steps", "commitment": words}})
        assert any("it names a time of its own" in one for one in found), said

    @pytest.mark.parametrize("text_", ["{foo}", "{", "{ways.__class__}", "{ways:>99}", "{ways!r}"])
    def test_a_word_that_cannot_be_filled(self, text_: str) -> None:
        words = shipped("ooma").published.words | {"confirmed_by": {"en": text_}}
        changed = shipped("ooma").published.model_copy(update={"words": words})
        (found,) = problems(replace(shipped("ooma"), published=changed))
        assert found.startswith("published.toml: complaints in en: ")

    def test_a_promise_that_is_left_out_is_found(self) -> None:
        promises = {**shipped("8x8").published.promises}
        del promises["adr_notice"]
        changed = shipped("8x8").published.model_copy(update={"promises": promises})
        (found,) = problems(replace(shipped("8x8"), published=changed))
        assert "lacks promises.adr_notice; the code cannot leave it out" in found

    def test_a_section_that_is_none(self) -> None:
        words = {"acknowledge": {"section": "nowhere"}}
        said = "published.toml: promises.acknowledge.section: 'nowhere' is none of the sections"
        assert any(one.startswith(said) for one in self.found(promises=words))

    def test_a_text_about_what_is_gone(self) -> None:
        text_ = {"section": "about", "about": "terms:refund", "text": {"en": "No.", "fr": "Non."}}
        told = "published.toml: statements[0].about: there is no terms:refund any more; "
        assert any(one.startswith(told) for one in self.found(statements=[text_]))


def test_another_calendar_has_other_holidays() -> None:
    assert "public holidays in Ontario" in text(made("jive"))
    assert book("opus").file.calendar.subdivision == "ENG"
    assert "public holidays in England and Wales" in text(made("opus"))
