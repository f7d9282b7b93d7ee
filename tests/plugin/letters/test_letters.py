"""Letters: what their language allows, what a value can never become, what both forms say."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from plugin.bundle import folder
from plugin.codes.load import keys, load, read_folder
from plugin.codes.provider import Provider
from plugin.letters.names import greeting_name
from plugin.letters.render import MAX_SOURCE, LetterError, check, render

BUNDLED = folder("templates")
VALUES: dict[str, Any] = {
    "case": {"reference": "1234-5678-33", "received_on": date(2026, 11, 24)},
    "customer": {"name": "Jo Marsh"},
    "provider": {"name": "Ooma", "signs_as": "Customer care"},
    "items": ["one", "two"],
    "timeframe": "",
}


def loaded(key: str) -> Provider:
    """A shipped provider, from its folder."""
    return load(key, read_folder(BUNDLED, key))


def provider_with(**letters: str) -> Provider:
    """Ooma's file with letters of our own: `note` is note.en.md.j2."""
    ooma = loaded("ooma")
    return Provider("ooma", 0, ooma.file, {f"{k}.en.md.j2": text for k, text in letters.items()})


def made(body: str, **values: object) -> Any:
    source = f"Subject\n---\n{body}"
    return render(provider_with(note=source), "note", "en", {**VALUES, **values})


@pytest.mark.parametrize("key", keys(BUNDLED))
def test_the_shipped_letters_are_letters(key: str) -> None:
    assert check(loaded(key)) == []


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ case['reference'] }}",
        "{{ case.reference.format(case) }}",
        "{{ (1).__class__ }}",
        "{{ case._secret }}",
        "{{ case|attr('__class__') }}",
        "{{ 'a' ~ 'b' }}",
        "{{ 9 ** 9 }}",
        "{{ 'a' * 99999999 }}",
        "{{ self.body() }}",
        "{% set x = 1 %}",
        "{% macro m() %}{% endmacro %}",
        "{% import 'base/letter.en.md.j2' as m %}",
        "{% include 'base/letter.en.md.j2' %}",
        "{% extends case.reference %}",
        "{% extends 'note.en.md.j2' %}",
        "{% for a in items %}{% for b in items %}{% endfor %}{% endfor %}",
        "{% for a in [1, 2] %}{% endfor %}",
        "{% for a in items recursive %}{% endfor %}",
        "{% call case.m() %}{% endcall %}",
        "{% filter upper %}x{% endfilter %}",
        "{{ items|join }}",
        "{{ cycler }}{{ range(9) }}",
        "{% if case.reference is defined %}{% endif %}",
        "{{ items[0] }}",
        "{{ 'x' if items else 'y' }}{{ x.y.z() }}",
    ],
)
def test_what_is_not_of_the_letters_language_is_refused(source: str) -> None:
    provider = provider_with(note=f"S\n---\n{source}")
    (first, *_) = check(provider)
    assert first.startswith("note.en.md.j2: line ")
    with pytest.raises(LetterError) as refused:
        render(provider, "note", "en", VALUES)
    assert "note.en.md.j2" in refused.value.problems[0]


def test_a_source_that_is_no_jinja_names_its_line() -> None:
    (problem,) = check(provider_with(note="S\n---\n\n{% if %}"))
    assert problem.startswith("note.en.md.j2: line 4: ")


def test_a_source_has_a_greatest_length() -> None:
    provider = provider_with(note="S\n---\n" + "x" * MAX_SOURCE)
    (problem,) = check(provider)
    assert str(MAX_SOURCE) in problem
    with pytest.raises(LetterError, match="longer than"):
        render(provider, "note", "en", VALUES)


def test_a_rendered_letter_has_a_greatest_length() -> None:
    with pytest.raises(LetterError, match="longer than"):
        made("{% for i in items %}" + "x" * 30_000 + "{% endfor %}", items=["a"] * 3)


@pytest.mark.parametrize("asked", ["{{ case.nothing }}", "{{ nobody }}", "{{ nobody.name }}"])
def test_a_missing_value_stops_the_letter(asked: str) -> None:
    with pytest.raises(LetterError, match=r"note\.en\.md\.j2"):
        made(asked)


def test_a_value_may_be_called_as_a_method_of_its_holder_is() -> None:
    assert made("{{ due.update }}", due={"update": "Friday"}).text == "Friday\n"
    with pytest.raises(LetterError, match="has no attribute 'items'"):
        made("{% if due.items %}x{% endif %}", due={"update": "Friday"})


def test_an_empty_value_stops_the_letter() -> None:
    with pytest.raises(LetterError, match="empty"):
        made("{{ nobody }}", nobody=None)


def test_a_default_stands_in_for_what_is_missing_or_empty() -> None:
    letter = made("{{ nobody | default('someone') }}, {{ empty | default('none') }}", empty="")
    assert letter.text == "someone, none\n"


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "[click](https://evil.example)",
        "https://evil.example",
        "<https://evil.example>",
        "**bold** _it_ `code`",
        "# heading",
        "- item\n\n1. item",
        "![x](https://evil.example/x.png)",
        "&lt;b&gt; &amp; &#60;",
        "{{ case.reference }} {% raw %}",
        'a "quoted" \\ name',
        "a | b ~~c~~",
        "Zoë O’Neil-Ćwik",
    ],
)
def test_a_value_is_shown_character_by_character(name: str) -> None:
    letter = made("Dear {{ name }},", name=name)
    assert letter.text == f"Dear {' '.join(name.split())},\n"
    for tag in ("<a ", "<img", "<script", "<h1", "<li", "<strong", "<em", "<code"):
        assert tag not in letter.html


def test_a_value_in_the_subject_stays_on_its_line() -> None:
    source = "About {{ name }}\n---\nx"
    values = {**VALUES, "name": "a\r\nBcc: b@example.com *x*"}
    letter = render(provider_with(note=source), "note", "en", values)
    assert letter.subject == "About a Bcc: b@example.com *x*"


@pytest.mark.parametrize("source", ["no separator", "\n---\nbody", "{{ '' }}\n---\nbody"])
def test_a_letter_needs_a_subject_and_a_body(source: str) -> None:
    with pytest.raises(LetterError, match="subject"):
        render(provider_with(note=source), "note", "en", VALUES)


def test_no_letter_in_the_language_is_an_error_that_names_both() -> None:
    with pytest.raises(LetterError, match="no letter 'note' in 'nl'"):
        render(provider_with(note="S\n---\nx"), "note", "nl", VALUES)


def test_the_nearest_language_and_the_providers_own_come_first() -> None:
    ooma = loaded("ooma")
    letters = {
        "base/note.fr.md.j2": "base\n---\nx",
        "note.fr.md.j2": "own\n---\nx",
        "base/other.fr-CA.md.j2": "near\n---\nx",
        "base/other.fr.md.j2": "far\n---\nx",
    }
    provider = Provider("ooma", 0, ooma.file, letters)
    assert render(provider, "note", "fr-CA", VALUES).subject == "own"
    assert render(provider, "other", "fr-CA", VALUES).subject == "near"


def test_the_text_has_paragraphs_lists_and_links_as_words() -> None:
    letter = made(
        "One **two**\nthree.\n\n- first\n- second "
        + "word " * 20
        + "\n\n3. third\n4. fourth\n\n---\n\nend"
    )
    assert letter.text == (
        "One two three.\n\n"
        "- first\n"
        "- second word word word word word word word word word word word word\n"
        "  word word word word word word word word\n\n"
        "3. third\n4. fourth\n\n"
        "------------------------\n\nend\n"
    )
    assert "<strong>two</strong>" in letter.html
    assert '<html lang="en">' in letter.html


def test_html_and_pictures_in_a_source_are_text() -> None:
    letter = made("<img src=x onerror=alert(1)> ![x](https://evil.example/x.png)")
    assert "<img" not in letter.html
    assert "<img src=x" in letter.text


def test_dates_are_written_in_the_letters_language() -> None:
    letters = {"note.fr.md.j2": "S\n---\n{{ case.received_on | day(language) }}"}
    provider = Provider("ooma", 0, loaded("ooma").file, letters)
    assert render(provider, "note", "fr-CA", VALUES).text == "24 novembre 2026\n"


@pytest.mark.parametrize(
    ("language", "when", "said"),
    [
        ("en", datetime(2026, 11, 30, 14, 30, tzinfo=UTC), "Monday 30 November 2026 at 14:30"),
        ("en-CA", datetime(2026, 12, 1, 9, 5, tzinfo=UTC), "Tuesday 1 December 2026 at 09:05"),
        ("fr", datetime(2026, 11, 30, 14, 30, tzinfo=UTC), "lundi 30 novembre 2026 à 14 h 30"),
        ("fr-CA", datetime(2026, 12, 1, 9, 0, tzinfo=UTC), "mardi 1er décembre 2026 à 9 h 00"),
    ],
)
def test_a_moment_is_written_in_the_letters_language(
    language: str, when: datetime, said: str
) -> None:
    letters = {f"note.{language}.md.j2": "S\n---\n{{ when | moment(language) }}"}
    provider = Provider("ooma", 0, loaded("ooma").file, letters)
    letter = render(provider, "note", language, {"when": when})
    assert letter.text.replace("\u00a0", " ") == f"{said}\n"


def test_a_moment_is_read_on_its_own_clock() -> None:
    when = datetime(2026, 11, 30, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
    assert made("{{ when | moment(language) }}", when=when).text == (
        "Monday 30 November 2026 at 23:30\n"
    )


def test_the_first_of_a_month_is_an_ordinal_in_french() -> None:
    letters = {"note.fr.md.j2": "S\n---\n{{ when | day(language) }}"}
    provider = Provider("ooma", 0, loaded("ooma").file, letters)
    letter = render(provider, "note", "fr", {"when": date(2026, 12, 1)})
    assert letter.text == "1er décembre 2026\n"
    assert made("{{ when | day(language) }}", when=date(2026, 12, 1)).text == "1 December 2026\n"


@pytest.mark.parametrize(
    "address",
    [
        "https://desk.example/c/a1.b-c_d~e?x=1&y=%C3%A9",
        "http://127.0.0.1:8080/c/*a*_b_",
        "https://desk.example/" + "long-" * 30,
    ],
)
def test_a_link_works_in_the_page_and_stands_bare_in_the_text(address: str) -> None:
    letter = made("See here:\\\n{{ address | link }}\n\nEnd.", address=address)
    assert letter.text == f"See here:\n{address}\n\nEnd.\n"
    assert f'<a href="{address.replace("&", "&amp;")}">' in letter.html


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//desk.example/c/1",
        "ftp://desk.example/",
        "mailto:a@example.com",
        "https://desk.example/ and more",
        "https://desk.example/>x",
        'https://desk.example/"x',
        "https://desk.example/\nx",
        "https://désk.example/",
        "https://",
        "",
        7,
    ],
)
def test_only_a_web_address_becomes_a_link(address: object) -> None:
    with pytest.raises(LetterError, match="http or https"):
        made("{{ address | link }}", address=address)


def test_a_no_break_space_in_a_value_or_a_subject_stays() -> None:
    source = "{{ name }}\u00a0: x\n---\n{{ name }}"
    values = {**VALUES, "name": " a\u00a0b \t c "}
    letter = render(provider_with(note=source), "note", "en", values)
    assert letter.subject == "a\u00a0b c\u00a0: x"
    assert letter.text == "a\u00a0b c\n"


def test_a_changed_source_has_another_digest() -> None:
    one = render(provider_with(note="S\n---\nx"), "note", "en", VALUES)
    two = render(provider_with(note="S\n---\ny"), "note", "en", VALUES)
    assert one.template != two.template


@pytest.mark.parametrize(
    ("given", "greeted"),
    [
        ("Jo Marsh", "Jo Marsh"),
        ("  'Zoë O’Neil-Ćwik' ", "Zoë O’Neil-Ćwik"),
        ("Ltd. Acme", "Ltd. Acme"),
        ("evil.example", ""),
        ("jo@example.com", ""),
        ("Call 0800 123456", ""),
        ("https://evil.example", ""),
        ("Jo\u202eMarsh", ""),
        ("You won! Click", ""),
        ("x" * 41, ""),
        ("", ""),
    ],
)
def test_only_what_looks_like_a_name_is_greeted(given: str, greeted: str) -> None:
    assert greeting_name(given) == greeted
