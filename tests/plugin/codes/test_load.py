"""Provider folders: the shipped ones load, and every slip is told with its file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugin.bundle import folder
from plugin.codes.load import MAX_FILE_BYTES, ProviderError, keys, load, read_folder

TEMPLATES = folder("templates")
SHIPPED = keys(TEMPLATES)
PLACE = "templates/opus/provider.toml"


def changed(old: str, new: str, *, provider: str = "opus") -> dict[str, str]:
    """A shipped provider's files with one thing in provider.toml changed."""
    files = read_folder(TEMPLATES, provider)
    text = files["provider.toml"]
    assert old in text, f"{old!r} is not in {provider}'s file any more"
    return {**files, "provider.toml": text.replace(old, new, 1)}


def problems(files: dict[str, str]) -> list[str]:
    """What `load` says about the files."""
    with pytest.raises(ProviderError) as refused:
        load("opus", files)
    assert str(refused.value) == "\n".join(refused.value.problems)
    return refused.value.problems


class TestShipped:
    def test_there_is_a_folder_for_every_provider_and_base_is_none(self) -> None:
        assert SHIPPED == ("8x8", "jive", "ooma", "opus")

    @pytest.mark.parametrize("key", SHIPPED)
    def test_every_folder_loads(self, key: str) -> None:
        provider = load(key, read_folder(TEMPLATES, key), version=3)
        assert (provider.key, provider.version) == (key, 3)
        assert provider.file.promises
        assert "acknowledgement.en.md.j2" in provider.letters
        assert "base/letter.en.md.j2" in provider.letters
        assert "provider.toml" not in provider.letters
        assert set(provider.law) >= {"ofcom-c4", "dmcc-308", "dpa-164a", "ccts", "quebec-french"}
        assert not any(name.startswith("law/") for name in provider.letters)

    @pytest.mark.parametrize("key", SHIPPED)
    def test_every_letter_on_opening_says_what_its_code_asks_for(self, key: str) -> None:
        file = load(key, read_folder(TEMPLATES, key)).file
        for promise in file.promises:
            for kept_by in promise.kept_by:
                if promise.letter:
                    assert set(kept_by.elements) <= set(file.letters.kinds[promise.letter].elements)


class TestSlips:
    """Each row: what stands in Opus's file, what somebody wrote instead, and what they are told."""

    @pytest.mark.parametrize(
        ("old", "new", "told"),
        [
            pytest.param(
                'name = "Opus Telecoms"',
                'name = "Opus Telecoms"\ncolour = "red"',
                "colour: there is no such key; remove it or correct its name",
                id="unknown key",
            ),
            pytest.param(
                'unit = "working_hour" }',
                'unit = "working_hour", amonut = 1 }',
                "promises[0].within.amonut: there is no such key; remove it or correct its name",
                id="unknown key further down",
            ),
            pytest.param(
                'unit = "clock_hour"',
                'unit = "hours"',
                "promises[1].within.unit: input should be 'business_day', ",
                id="wrong unit",
            ),
            pytest.param(
                'amount = 48, unit = "clock_hour"',
                'amount = 0, unit = "clock_hour"',
                "promises[1].within.amount: input should be greater than or equal to 1, not 0",
                id="no time at all",
            ),
            pytest.param(
                'signs_as = "Opus Telecoms Customer Service"\n',
                "",
                "signs_as: it is missing; add it",
                id="missing key",
            ),
            pytest.param(
                'name = "acknowledge"',
                'name = "aknowledge"',
                "promises[0].name: input should be 'acknowledge',",
                id="unknown promise",
            ),
            pytest.param(
                'shape = "once"',
                'shape = "often"',
                "promises[0].shape: input should be 'once', 'each', 'repeat' or 'silence', not",
                id="unknown shape",
            ),
            pytest.param(
                "format = 1", "format = 2", "format: input should be 1, not 2", id="newer format"
            ),
            pytest.param(
                'zone = "Europe/London"',
                'zone = "Europe/Londres"',
                "calendar.zone: there is no time zone 'Europe/Londres'; e.g. Europe/London",
                id="unknown zone",
            ),
            pytest.param(
                'zone = "Europe/London"',
                'zone = "../../etc/passwd"',
                "calendar.zone: there is no time zone '../../etc/passwd'; e.g. Europe/London",
                id="a path for a zone",
            ),
            pytest.param(
                'subdivision = "ENG"',
                'subdivision = "YRK"',
                "calendar.subdivision: no holidays are known for 'GB YRK'; e.g. GB with ENG",
                id="unknown subdivision",
            ),
            pytest.param(
                'country = "GB"',
                'country = "Britain"',
                "calendar.country: string should match pattern",
                id="a country that is no code",
            ),
            pytest.param(
                "opens = 08:30:00",
                "opens = 18:30:00",
                "calendar.opening[0]: it closes before it opens; swap the times",
                id="closes before it opens",
            ),
            pytest.param(
                'days = ["mon", ',
                'days = ["monday", ',
                "calendar.opening[0].days[0]: input should be 'mon',",
                id="unknown day",
            ),
            pytest.param(
                'clause = { document = "complaints", section = "Response',
                'clause = { document = "code", section = "Response',
                "promises[0].clause.document: 'code' is none of: complaints",
                id="unknown document",
            ),
            pytest.param(
                'normalised = "+442085458200"',
                'normalised = "020 8545 8200"',
                "contacts[0].normalised: '020 8545 8200' is not E.164; e.g. +442085458200",
                id="a number as printed",
            ),
            pytest.param(
                'normalised = "+442085458215"',
                'normalised = "+0442085458215"',
                "contacts[1].normalised: '+0442085458215' is not E.164; e.g. +442085458200",
                id="a fax number with a zero",
            ),
            pytest.param(
                'name = "handler_introduction"',
                'name = "acknowledge"',
                "promises[1].name: 'acknowledge' stands twice; keep one",
                id="duplicate promise",
            ),
            pytest.param(
                'letter = "acknowledgement"',
                'letter = "receipt"',
                "promises[0].letter: 'receipt' has no table in letters.kinds; add one",
                id="unknown letter",
            ),
            pytest.param(
                'reading = "AMB-17"',
                'reading = "AMB-99"',
                "promises[0].reading: AMB-99 is not among [readings]; say how it is read",
                id="unknown reading",
            ),
            pytest.param(
                'on_opening = ["acknowledgement"]',
                'on_opening = ["welcome"]',
                "letters.on_opening: 'welcome' has no table [letters.kinds.welcome]; add one",
                id="unknown letter on opening",
            ),
            pytest.param(
                "[adr]",
                '[letters.texts.procedure]\nfr = "Voici"\n\n[adr]',
                "letters.texts.procedure: it says nothing in en; add it",
                id="a text in another language",
            ),
            pytest.param(
                'unit = "working_day_hour" }, alert = {} }',
                'unit = "working_day_hours" }, alert = {} }',
                "readings.AMB-17.choices.next_day: promises[0].within.unit: input should be",
                id="a unit in another reading",
            ),
            pytest.param(
                "promises.handler_introduction = {",
                "promises.introduction = {",
                "readings.AMB-18.choices.hours_of_working_days.promises.introduction: "
                "the file makes no such promise; correct its name",
                id="a reading of a promise that is not made",
            ),
            pytest.param(
                'chosen = "as_agreed"',
                'chosen = "often"',
                "readings.AMB-12.chosen: 'often' is none of its choices: as_agreed, five",
                id="a choice that there is not",
            ),
            pytest.param(
                'on_objection = "customer_service_manager"',
                'on_objection = "manager"',
                "escalation.on_objection: 'manager' is no level of the ladder: customer_serv",
                id="a level that there is not",
            ),
            pytest.param(
                "[calendar]",
                '[calendar]\ncategories = ["bank"]',
                "calendar.categories: 'bank' is none of: ",
                id="a kind of holiday that there is not",
            ),
            pytest.param(
                'kept_by = [{ event = "handler_introduced" }]\n',
                "",
                "promises[1].kept_by: it is missing; name the event that keeps the promise",
                id="a promise that nothing keeps",
            ),
            pytest.param(
                "within = { amount = 3, unit",
                "wthin = { amount = 3, unit",
                "promises[2].wthin: there is no such key; remove it or correct its name",
                id="a slip in the time",
            ),
            pytest.param(
                "format = 1",
                "format = ",
                "it is not TOML: Invalid value (at line 4, column 10)",
                id="no TOML",
            ),
        ],
    )
    def test_a_slip_is_told_with_file_and_key(self, old: str, new: str, told: str) -> None:
        found = problems(changed(old, new))
        assert found[0].startswith(f"{PLACE}: {told}")
        assert len(found) == 1

    def test_every_slip_is_told_at_once(self) -> None:
        files = changed('subdivision = "ENG"', 'subdivision = "YRK"')
        files["provider.toml"] = files["provider.toml"].replace(
            'reading = "AMB-18"', 'reading = "AMB-98"'
        )
        assert len(problems(files)) == 2

    def test_a_text_for_the_language_speaks_for_its_regions(self) -> None:
        files = changed(
            'languages = ["en-CA", "fr-CA"]', 'languages = ["en-CA", "fr-FR"]', provider="jive"
        )
        assert load("jive", files).file.languages == ("en-CA", "fr-FR")

    def test_a_folder_of_an_earlier_version_still_loads(self) -> None:
        files = changed(
            '[readings.AMB-13]\nasks = "Must a customer use the words of the code?"\n'
            'chosen = "enough_never_necessary"\n\n'
            "[readings.AMB-13.choices.enough_never_necessary]\nsays =",
            "[readings]\nAMB-13 =",
            provider="8x8",
        )
        reading = load("8x8", files).file.readings["AMB-13"]
        assert reading.choices[reading.chosen].says.startswith("the words of the code are enough")
        without_law = {name: text for name, text in files.items() if not name.startswith("law/")}
        assert load("8x8", without_law).law == {}

    def test_a_number_nobody_could_normalise_may_be_left_out(self) -> None:
        files = changed('normalised = "+442085458200"\n', "")
        assert load("opus", files).file.contacts[0].normalised is None

    def test_an_unknown_country_is_told(self) -> None:
        (found,) = problems(changed('country = "GB"', 'country = "ZZ"'))
        assert found.startswith(f"{PLACE}: calendar.")
        assert "'ZZ ENG'" in found

    def test_an_opening_time_with_an_offset_is_told(self) -> None:
        (found,) = problems(changed("opens = 08:30:00", 'opens = "08:30:00Z"'))
        assert found.startswith(f"{PLACE}: calendar.opening[0]")


class TestReading:
    @staticmethod
    def folder_with(tmp_path: Path, **letters: bytes) -> Path:
        """A folder "own" with a provider.toml and letters by name."""
        (tmp_path / "base").mkdir(parents=True)
        (tmp_path / "own" / "letters").mkdir(parents=True)
        (tmp_path / "own" / "provider.toml").write_text("format = 1\n", encoding="utf-8")
        for name, content in letters.items():
            (tmp_path / "own" / "letters" / f"{name}.md.j2").write_bytes(content)
        return tmp_path

    @staticmethod
    def refused(templates: Path) -> str:
        """What `read_folder` says about "own"."""
        with pytest.raises(ProviderError) as found:
            read_folder(templates, "own")
        (problem,) = found.value.problems
        return problem

    def test_a_folder_is_read_with_its_letters_and_base(self, tmp_path: Path) -> None:
        templates = self.folder_with(tmp_path, hello="Grüße".encode())
        (templates / "base" / "letter.en.md.j2").write_text("base", encoding="utf-8")
        (templates / "own" / "letters" / "notes.txt").write_text("no letter", encoding="utf-8")
        (templates / "law").mkdir()
        (templates / "law" / "act.toml").write_text("format = 1\n", encoding="utf-8")
        assert read_folder(templates, "own") == {
            "provider.toml": "format = 1\n",
            "letters/hello.md.j2": "Grüße",
            "base/letter.en.md.j2": "base",
            "law/act.toml": "format = 1\n",
        }

    def test_a_folder_without_its_first_file_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ProviderError, match=r"there is no provider\.toml"):
            read_folder(tmp_path, "nobody")

    def test_a_link_to_a_file_elsewhere_is_refused(self, tmp_path: Path) -> None:
        templates = self.folder_with(tmp_path / "templates")
        secret = tmp_path / "secret"
        secret.write_text("hunter2", encoding="utf-8")
        (templates / "own" / "letters" / "x.md.j2").symlink_to(secret)
        said = self.refused(templates)
        assert "letters/x.md.j2: it leads out of its folder" in said
        assert "hunter2" not in said

    def test_a_first_file_that_links_elsewhere_is_refused(self, tmp_path: Path) -> None:
        templates = self.folder_with(tmp_path / "templates")
        elsewhere = tmp_path / "elsewhere.toml"
        elsewhere.write_text("format = 1\n", encoding="utf-8")
        (templates / "own" / "provider.toml").unlink()
        (templates / "own" / "provider.toml").symlink_to(elsewhere)
        assert "provider.toml: it leads out of its folder" in self.refused(templates)

    def test_a_letters_folder_that_links_elsewhere_is_refused(self, tmp_path: Path) -> None:
        templates = self.folder_with(tmp_path / "templates")
        elsewhere = tmp_path / "letters"
        elsewhere.mkdir()
        (elsewhere / "x.md.j2").write_text("x", encoding="utf-8")
        (templates / "own" / "letters").rmdir()
        (templates / "own" / "letters").symlink_to(elsewhere)
        assert "letters/x.md.j2: it leads out of its folder" in self.refused(templates)

    def test_a_base_letter_that_links_elsewhere_is_refused(self, tmp_path: Path) -> None:
        templates = self.folder_with(tmp_path)
        (templates / "base" / "x.md.j2").symlink_to(templates / "own" / "provider.toml")
        assert "base/x.md.j2: it leads out of its folder" in self.refused(templates)

    def test_a_link_inside_the_folder_is_read(self, tmp_path: Path) -> None:
        templates = self.folder_with(tmp_path, one=b"text")
        (templates / "own" / "letters" / "two.md.j2").symlink_to("one.md.j2")
        assert read_folder(templates, "own")["letters/two.md.j2"] == "text"

    def test_a_file_of_the_largest_size_is_read_and_a_larger_one_refused(
        self, tmp_path: Path
    ) -> None:
        templates = self.folder_with(tmp_path, long=b"x" * MAX_FILE_BYTES)
        assert len(read_folder(templates, "own")["letters/long.md.j2"]) == MAX_FILE_BYTES
        (templates / "own" / "letters" / "long.md.j2").write_bytes(b"x" * (MAX_FILE_BYTES + 1))
        assert "long.md.j2: it is larger than 256 KiB; shorten it" in self.refused(templates)

    def test_a_file_that_is_no_utf_8_is_refused(self, tmp_path: Path) -> None:
        templates = self.folder_with(tmp_path, old="Grüße".encode("latin-1"))
        assert "old.md.j2: it is not UTF-8; save it as UTF-8" in self.refused(templates)

    def test_a_link_to_nothing_is_refused(self, tmp_path: Path) -> None:
        templates = self.folder_with(tmp_path)
        (templates / "own" / "letters" / "x.md.j2").symlink_to("gone.md.j2")
        assert "letters/x.md.j2" in self.refused(templates)

    def test_folders_without_a_first_file_and_shared_ones_are_no_providers(
        self, tmp_path: Path
    ) -> None:
        templates = self.folder_with(tmp_path)
        (templates / "empty").mkdir()
        for shared in ("base", "law"):
            (templates / shared).mkdir(exist_ok=True)
            (templates / shared / "provider.toml").write_text("", encoding="utf-8")
        assert keys(templates) == ("own",)
