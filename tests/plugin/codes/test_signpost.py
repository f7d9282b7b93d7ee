"""Which scheme a letter may name, to whom, and how surely: never more than is certain."""

from __future__ import annotations

from typing import Any

import pytest

from plugin.codes.history import Customer
from plugin.codes.signpost import Signpost, find_scheme, signpost
from tests.plugin.codes.tables import on, rules_on, shipped

DAY = on("Tue 24 Nov 2026")


def post(key: str, customer: Customer | None = None, **values: str) -> Signpost | None:
    return signpost(shipped(key), rules_on(key, DAY), values, customer or Customer())


@pytest.mark.parametrize(
    ("key", "setting", "form", "scheme"),
    [
        ("ooma", "", "stated", "Communications Ombudsman"),
        ("8x8", "", "stated", "Communications Ombudsman"),
        ("opus", "", "missing", ""),
        ("jive", "", "named", "CCTS"),
        ("ooma", "Communications Ombudsman", "named", "Communications Ombudsman"),
        ("ooma", "  communications OMBUDSMAN ", "named", "Communications Ombudsman"),
        ("ooma", "CISAS", "named", "CISAS"),
        ("opus", "CISAS", "named", "CISAS"),
        # One we do not know is the installation's word; the doctor fails for it.
        ("ooma", "Newer Scheme", "named", "Newer Scheme"),
        ("opus", "  ", "missing", ""),
    ],
)
def test_the_scheme_and_how_surely(key: str, setting: str, form: str, scheme: str) -> None:
    found = post(key, adr_scheme=setting)
    assert found is not None
    assert (found.form, found.scheme) == (form, scheme)


@pytest.mark.parametrize(
    ("key", "customer", "may"),
    [
        ("ooma", {}, True),
        ("ooma", {"kind": "consumer"}, True),
        ("ooma", {"kind": "consumer", "headcount": 500}, True),
        ("ooma", {"kind": "business"}, True),  # unknown is no refusal
        ("ooma", {"kind": "business", "headcount": 10}, True),
        ("ooma", {"kind": "business", "headcount": 11}, False),
        ("ooma", {"headcount": 11}, False),
        ("ooma", {"kind": "not_for_profit", "headcount": 11}, False),
        ("ooma", {"kind": "business", "monthly_bill": 9000}, True),
        ("jive", {"kind": "small_business", "monthly_bill": 2499}, True),
        ("jive", {"kind": "small_business", "monthly_bill": 2500}, False),
        ("jive", {"kind": "business", "headcount": 400}, True),
        ("jive", {"kind": "consumer", "monthly_bill": 9000}, True),
    ],
)
def test_who_may_be_sent_there(key: str, customer: dict[str, Any], may: bool) -> None:
    assert (post(key, Customer(**customer)) is not None) is may


def test_what_is_printed_is_said_only_where_it_is_the_codes_statement() -> None:
    stated, named = post("ooma"), post("ooma", adr_scheme="Communications Ombudsman")
    assert stated is not None
    assert named is not None
    assert (stated.printed, named.printed) == ("Ombudsman Services", "")
    assert (stated.telephone, stated.website) == ("0330 440 1614", "commsombudsman.org")
    assert (stated.months, stated.regulator, stated.binding) == (12, "Ofcom", True)


def test_a_scheme_comes_with_its_own_details() -> None:
    cisas = post("ooma", adr_scheme="CISAS")
    assert cisas is not None
    assert (cisas.telephone, cisas.email) == ("020 7520 3814", "")
    newer = post("ooma", adr_scheme="Newer Scheme")
    assert newer is not None
    assert (newer.telephone, newer.website, newer.email, newer.address) == ("", "", "", "")
    assert find_scheme(shipped("jive"), "CISAS") is None


def test_where_none_is_known_no_detail_of_any_is_said() -> None:
    missing = post("opus")
    assert missing == Signpost("missing", months=12, regulator="Ofcom")
