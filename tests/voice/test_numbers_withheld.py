"""Callers who withhold their number: by a word, by a word spelled on the keypad, or by silence.

Whoever withholds a number is nobody, so two of them are never taken for one person: nothing of such
a number may be compared.
"""

from __future__ import annotations

import pytest

from voice.numbers import read

ENGLISH = [
    "anonymous",
    "Anonymous",
    "ANONYMOUS",
    "Anonymous Caller",
    "ANONYMOUS_CALLER",
    "<Anonymous>",
    '"Anonymous"',
    "(anonymous)",
    "  anonymous\r\n",
    "Ａｎｏｎｙｍｏｕｓ",
    "anony\u200bmous",
    "Private",
    "PRIVATE NUMBER",
    "Private Caller",
    "private call",
    "Unknown",
    "unknown caller",
    "Unknown Number",
    "Unknown Name",
    "Unavailable",
    "not available",
    "Restricted",
    "RESTRICTED",
    "Blocked",
    "Blocked Number",
    "Withheld",
    "Number withheld",
    "Caller ID withheld",
    "Hidden",
    "No Caller ID",
    "no number",
    "Out of Area",
    "OUT-OF-AREA",
    "Payphone",
    "Coin line",
    "International",
]
FRENCH = [
    "anonyme",
    "Anonyme",
    "Appel anonyme",
    "Appelant anonyme",
    "Numéro masqué",
    "NUMÉRO MASQUÉ",
    "numero masque",
    "Nume\u0301ro masque\u0301",
    "Masqué",
    "Numéro privé",
    "Privé",
    "Appel privé",
    "Inconnu",
    "Numéro inconnu",
    "Appelant inconnu",
    "Confidentiel",
    "Non disponible",
    "Indisponible",
    "Numéro restreint",
    "Cabine téléphonique",
]
DUTCH = [
    "anoniem",
    "Anoniem",
    "Onbekend",
    "Onbekend nummer",
    "Privénummer",
    "Privé-nummer",
    "Afgeschermd",
    "Afgeschermd nummer",
    "Geheim nummer",
    "Verborgen nummer",
    "Niet beschikbaar",
]
NETWORKS = ["none", "None", "null", "NULL", "undefined", "nil", "n/a", "N/A", "-", "--", "+", "?"]
KEYPAD = {
    "ANONYMOUS": "266696687",
    "RESTRICTED": "7378742833",
    "BLOCKED": "2562533",
    "UNKNOWN": "8656696",
    "UNKNOWN as some networks spell it": "8566696",
    "UNAVAILABLE": "86282452253",
}


def nobody(raw: str | None, region: str | None, *, from_network: bool = False) -> None:
    found = read(raw, region, from_network=from_network)
    assert found.withheld
    assert (found.e164, found.possible, found.shown, found.display) == (None, None, None, None)
    assert (found.region, found.type, found.extension, found.valid) == (None, None, None, False)
    assert found.reason
    assert found.raw == (raw or "")


@pytest.mark.parametrize("raw", [*ENGLISH, *FRENCH, *DUTCH, *NETWORKS])
def test_a_word_of_any_of_our_languages_withholds(raw: str) -> None:
    for region in ("GB", "CA", None):
        nobody(raw, region)
    nobody(raw, "GB", from_network=True)


@pytest.mark.parametrize("digits", KEYPAD.values(), ids=KEYPAD.keys())
@pytest.mark.parametrize("region", ["GB", "CA", "US", None])
@pytest.mark.parametrize("from_network", [False, True])
@pytest.mark.parametrize(
    "form", ["+{}", "{}", " {} ", "tel:+{}", "<sip:+{}@pbx.example.com>;tag=1"]
)
def test_a_word_spelled_on_the_keypad_withholds(
    digits: str, region: str | None, from_network: bool, form: str
) -> None:
    nobody(form.format(digits), region, from_network=from_network)


def test_the_keypad_spells_the_words() -> None:
    keys = {
        letter: str(key)
        for key, said in enumerate(
            ("ABC", "DEF", "GHI", "JKL", "MNO", "PQRS", "TUV", "WXYZ"), start=2
        )
        for letter in said
    }
    for word, digits in KEYPAD.items():
        if word.isalpha():
            assert "".join(keys[letter] for letter in word) == digits


@pytest.mark.parametrize("raw", [None, "", " ", "\t\r\n", "\u00a0", "\u200b", "<>", "()"])
@pytest.mark.parametrize("region", ["GB", "CA", None])
def test_silence_withholds(raw: str | None, region: str | None) -> None:
    nobody(raw, region)


@pytest.mark.parametrize(
    "raw",
    [
        "client:jenny",
        "Anonymous Bosch",
        "Mr Private",
        "Unknownby",
        "+1 266 696 6870",
        "+2666966871",
        "25625330",
        "+44 20 7946 0101",
        "101",
    ],
)
def test_what_only_looks_withheld_is_not(raw: str) -> None:
    assert not read(raw, "GB").withheld
