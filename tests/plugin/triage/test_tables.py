"""The tables: each rule says what it hears and is held to its examples; a mistake is named."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from plugin.triage import hears, judge, table
from plugin.triage.grammar import PatternError, Vocabulary
from plugin.triage.table import FOLDER, tables

LANGUAGES = sorted(tables())
RULES = [(lang, rule) for lang in LANGUAGES for rule in tables()[lang].all_rules]
EXAMPLES = [(lang, rule, said) for lang, rule in RULES for said in rule.examples]


def test_there_are_three_languages_english_first() -> None:
    assert list(tables()) == ["en", "fr", "nl"]


@pytest.mark.parametrize(
    ("lang", "rule", "said"), EXAMPLES, ids=[f"{lang}-{rule.name}" for lang, rule, _ in EXAMPLES]
)
def test_each_example_is_heard_by_its_rule(lang: str, rule: table.Rule, said: str) -> None:
    verdict = judge(said, lang=lang)
    expected = rule.says if rule.says in ("complaint", "escalation") else "neither"
    assert verdict.label == expected
    assert rule.silent or rule.name in {one.rule for one in verdict.evidence}


def test_each_rule_says_what_it_hears_under_a_name_of_its_own() -> None:
    names = [rule.name for _, rule in RULES] + [
        tables()[lang].retraction.name for lang in LANGUAGES
    ]
    assert len(names) == len(set(names))
    assert all(rule.hears and rule.examples and rule.patterns for _, rule in RULES)
    assert hears("treat_as_complaint") == ("en", "this is to be taken or recorded as a complaint")
    assert hears("nobody") is None


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_form_comes_to_a_rule_whatever_stands_around_it(lang: str) -> None:
    made = tables()[lang]
    for form, letter in made.forms.items():
        assert any(one.search(f"xx{letter}xx") for one in made.rules[form]), form


@pytest.mark.parametrize("lang", LANGUAGES)
def test_words_of_a_language_that_look_like_ours_are_none(lang: str) -> None:
    made = tables()[lang]
    assert not [word for word in made.unlike if made.near_form(word)]


def test_the_patterns_are_read_as_the_grammar_says() -> None:
    words = Vocabulary({"make": "make put_in", "wish": "<make> want"}, ["COMPLAINT"])

    def fits(pattern: str, said: str) -> bool:
        search = words.compile(pattern).search
        letters = "".join(
            words.forms.get(one) or (one if one in ",?#" else words.letters.get(one, "x"))
            for one in said.split()
        )
        return search(letters) is not None

    assert fits("<make> ~1 COMPLAINT", "make a COMPLAINT")
    assert fits("<make> ~1 COMPLAINT", "put in a COMPLAINT")
    assert fits("<wish> COMPLAINT", "put in COMPLAINT")
    assert not fits("<make> ~1 COMPLAINT", "make , COMPLAINT")
    assert fits("<make> ~~2 COMPLAINT", "make , a COMPLAINT")
    assert not fits("<make> ~1 COMPLAINT", "make a b COMPLAINT")
    assert fits("^ please? COMPLAINT $", "COMPLAINT ?")
    assert fits("^, COMPLAINT $,", "x , COMPLAINT , x")
    assert not fits("^ COMPLAINT", "x COMPLAINT")
    assert fits("COMPLAINT #", "COMPLAINT #")
    assert fits("COMPLAINT ~2 ?", "COMPLAINT x ?")
    assert not fits("COMPLAINT ?", "COMPLAINT x")
    assert fits("COMPLAINT !make", "COMPLAINT want")
    assert not fits("COMPLAINT !make", "COMPLAINT make")
    assert not fits("-make x|want COMPLAINT", "make want COMPLAINT")


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ('"no ~2', '"<nobody> ~2', "nl.toml: rule .*no class <nobody>"),
        ("says =", "said =", "nl.toml: rule .*: 'said' is not known"),
        ('hears = "de klant klaagt"', "", "nl.toml: rule klaagt_nu: .*'hears'"),
        ('says = "complaint"', 'says = "complant"', "nl.toml: rule .*: says 'complant'"),
        ('takes_back = ["escalation"]', 'takes_back = "escalation"', "takes_back is a list"),
        ("outweighs = true", "outweigh = true", "nl.toml: rule .*: 'outweigh' is not known"),
        ("look = true", 'look = "no"', "look is true or false"),
        ("[feelings]", "[feeling]", "nl.toml: 'feelings' is missing"),
        ("[machines]", '[machine]\nx = "y"\n\n[machines]', "nl.toml: 'machine' is not known"),
        ("last_words =", "lastwords =", "machines: it holds footers, last_words, subjects"),
        ('name = "weigert"', 'name = "plant"\nsays_not = 1', "'says_not' is not known"),
        (
            'name = "weigert"',
            'name = "weigert_escalatie"',
            "rule 'weigert_escalatie' stands there twice",
        ),
        ('KLAGEN = "klagen"', 'KLAGEN = "klagen klacht"', "form 'klacht' stands there twice"),
        ("inverted = true", 'inverted = "no"', "inverted is true or false"),
        ('breaks = "', 'brakes = "', "nl.toml: clauses: 'brakes' is not known"),
        ('patterns = ["hier KLAAGT"]', 'patterns = ["hier klaagt"]', "no form of the word"),
        ('patterns = ["hier KLAAGT"]', 'patterns = ["hier Klaagt"]', "is no form, nor in lower"),
        ('near = "', 'near = "unheard ', "nl.toml: .*'unheard'"),
    ],
)
def test_a_mistake_in_a_table_names_file_rule_and_what_is_wrong(
    tmp_path: Path, was: str, becomes: str, said: str
) -> None:
    text = (FOLDER / "nl.toml").read_text("utf-8")
    if was == '"no ~2':
        was, becomes = 'patterns = ["hier KLAAGT"]', 'patterns = ["<nobody> KLAAGT"]'
    assert was in text
    broken = tmp_path / "nl.toml"
    broken.write_text(text.replace(was, becomes, 1), "utf-8")
    with pytest.raises(PatternError, match=said):
        table.read(broken)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_table_has_no_class_that_nothing_uses(lang: str) -> None:
    given = tomllib.loads((FOLDER / f"{lang}.toml").read_text("utf-8"))
    used = " ".join(one for rule in given["rules"] for one in rule["patterns"])
    used += " ".join(given["words"].values())
    assert [name for name in given["words"] if f"<{name}>" not in used] == []
