"""Numbers in the addresses of networks: tel: and sip: URIs (RFC 3966, RFC 3261) and name-addr.

A user part of a sip: URI may be a number, a withheld one, an extension or somebody's account, and
only the first of these is ever dialled.
"""

from __future__ import annotations

import pytest

from voice.numbers import read

LONDON = "+442079460101"
VANCOUVER = "+16045550134"


@pytest.mark.parametrize(
    ("raw", "e164", "extension"),
    [
        ("tel:+442079460101", LONDON, None),
        ("TEL:+442079460101", LONDON, None),
        ("tel:+44-20-7946-0101", LONDON, None),
        ("tel:+44(0)20.7946.0101", LONDON, None),
        ("tel:+44%2020%207946%200101", LONDON, None),
        ("tel:%2B442079460101", LONDON, None),
        ("tel:020-7946-0101", LONDON, None),
        ("Tel: 020 7946 0101", LONDON, None),
        ("callto:+442079460101", LONDON, None),
        ("<tel:+442079460101>", LONDON, None),
        ("tel:+1-604-555-0134", VANCOUVER, None),
        ("tel:+442079460101;ext=12", LONDON, "12"),
        ("tel:+442079460101;ext=12;isub=5", LONDON, "12"),
        ("tel:+442079460101;isub=5;ext=12", LONDON, "12"),
        ("tel:2079460101;phone-context=+44", LONDON, None),
        ("tel:020-7946-0101;phone-context=+44", LONDON, None),
        ("tel:7946-0101;phone-context=+44-20", LONDON, None),
        ("tel:555-0134;phone-context=+1604", VANCOUVER, None),
        ("tel:02079460101;phone-context=example.com", LONDON, None),
        ("tel:+442079460101;phone-context=+1", LONDON, None),
        ("tel:+442079460101;rn=+442034760000;npdi", LONDON, None),
        ("tel:+442079460101;verstat=TN-Validation-Passed", LONDON, None),
    ],
)
def test_a_tel_uri_is_its_number_with_its_context(
    raw: str, e164: str, extension: str | None
) -> None:
    found = read(raw, "GB")
    assert (found.e164, found.extension, found.raw) == (e164, extension, raw)


@pytest.mark.parametrize(
    ("raw", "e164"),
    [
        ("sip:+442079460101@pbx.example.com", LONDON),
        ("SIP:+442079460101@PBX.EXAMPLE.COM", LONDON),
        ("sips:+442079460101@pbx.example.com", LONDON),
        ("sip:+442079460101@pbx.example.com:5060", LONDON),
        ("sip:+442079460101@pbx.example.com:5061;transport=tls", LONDON),
        ("sip:+442079460101@pbx.example.com;user=phone", LONDON),
        ("sip:+442079460101@203.0.113.5", LONDON),
        ("sip:+442079460101@[2001:db8::1]", LONDON),
        ("sip:+442079460101@pbx.example.com?subject=complaint", LONDON),
        ("sip:+44-20-7946-0101@pbx.example.com;user=phone", LONDON),
        ("sip:%2B442079460101@pbx.example.com", LONDON),
        ("sip:0044%2020%207946%200101@pbx.example.com", LONDON),
        ("sip:+442079460101:secret@pbx.example.com", LONDON),
        ("sip:+442079460101;npdi;rn=+442034760000@pbx.example.com", LONDON),
        ("sip:02079460101@pbx.example.com", LONDON),
        ("sip:442079460101@pbx.example.com", LONDON),
        ("sip:16045550134@pbx.example.com", VANCOUVER),
        ("sip:+16045550134@pbx.example.com", VANCOUVER),
    ],
)
def test_the_user_of_a_sip_uri_may_be_a_number(raw: str, e164: str) -> None:
    assert read(raw, "GB").e164 == e164


@pytest.mark.parametrize(
    "raw",
    [
        "<sip:+442079460101@pbx.example.com>",
        "<sip:+442079460101@pbx.example.com>;tag=88sja8x",
        "<sip:+442079460101@pbx.example.com;user=phone>;tag=1;x=y",
        '"Jane Roe" <sip:+442079460101@pbx.example.com>;tag=1',
        "Jane Roe <sip:+442079460101@pbx.example.com>",
        '"Roe; Jane" <sip:+442079460101@pbx.example.com>',
        '"Jane \\"J\\" Roe" <sip:+442079460101@pbx.example.com>',
        '"Zoë Núñez" <sip:+442079460101@pbx.example.com>',
        '"+1 604 555 0134" <sip:+442079460101@pbx.example.com>',
        '"Jane" <tel:+442079460101>;tag=1',
        "Jane Roe <020 7946 0101>",
        '"Jane Roe" <02079460101>',
        '"" <+442079460101>',
    ],
)
def test_the_address_counts_and_never_the_name_beside_it(raw: str) -> None:
    found = read(raw, "GB")
    assert (found.e164, found.region, found.raw) == (LONDON, "GB", raw)


@pytest.mark.parametrize(
    "raw",
    [
        "sip:jenny@pbx.example.com",
        "sips:jenny.roe@pbx.example.com;user=phone",
        '"Jenny" <sip:jenny@pbx.example.com>;tag=1',
        "sip:asterisk@pbx.example.com",
        "client:jenny",
        "client:+442079460101",
        "skype:jenny",
        "jenny@example.com",
        "mailto:jenny@example.com",
        "https://example.com/02079460101",
        "urn:service:sos",
        "<sip:+442079460101@a.example.com>, <tel:+16045550134>",
    ],
)
def test_an_account_is_nobodys_number(raw: str) -> None:
    found = read(raw, "GB")
    assert (found.e164, found.possible, found.withheld) == (None, None, False)
    assert "account" in (found.reason or "")
    assert (found.display or "").startswith(raw[:30])


@pytest.mark.parametrize(
    "raw",
    ["sip:1001@pbx.example.com", '"Reception" <sip:800@pbx.example.com>', "tel:101", "sip:12@pbx"],
)
def test_an_extension_of_a_phone_system_is_short(raw: str) -> None:
    found = read(raw, "GB")
    assert (found.e164, found.possible, found.withheld) == (None, None, False)
    assert "too short" in (found.reason or "")


@pytest.mark.parametrize(
    "raw",
    [
        "sip:anonymous@anonymous.invalid",
        "sip:Anonymous@Anonymous.Invalid",
        "sips:anonymous@anonymous.invalid",
        "sip:anonymous@anonymous.invalid:5060",
        "sip:anonymous.invalid",
        "<sip:anonymous@anonymous.invalid>",
        '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=9fxced76sl',
        '"Anonymous" <sip:c8oqz84zk7z@anonymous.invalid>;tag=1',
        "sip:+442079460101@anonymous.invalid",
        "sip:%61nonymous@anonymous.invalid",
        "sip:anonymous@192.0.2.1",
        "sip:restricted@pbx.example.com",
        "sip:unknown@unknown.invalid",
        "sip:unavailable@unknown.invalid",
        "sip:+266696687@pbx.example.com",
        "tel:+266696687",
        "tel:anonymous",
        '"Jane Roe" <anonymous>',
        "Anonymous <>",
    ],
)
def test_an_address_may_withhold_who_calls(raw: str) -> None:
    found = read(raw, "GB")
    assert (found.withheld, found.e164, found.possible, found.display) == (True, None, None, None)
    assert found.raw == raw
