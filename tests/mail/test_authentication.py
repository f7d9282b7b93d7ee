"""Whose word counts on who wrote a mail, and what it comes to."""

from __future__ import annotations

import pytest

from mail.authentication import authenticate

OURS = frozenset({"mx.example"})


@pytest.mark.parametrize(
    ("results", "verdict"),
    [
        (["mx.example; dmarc=fail (p=reject)"], "failed"),
        (["MX.example 1; spf=pass; dmarc=FAIL"], "failed"),
        (["mx.example; dmarc=pass header.from=example.com"], "passed"),
        (["other.example; dmarc=fail"], "unknown"),
        (["other.example; dmarc=pass"], "unknown"),
        ([], "unknown"),
        (["mx.example; none"], "unknown"),
        (["mx.example; dkim=pass header.d=example.com"], "passed"),
        (["mx.example; dkim=pass header.i=@mail.example.com"], "passed"),
        (["mx.example; dkim=pass header.d=elsewhere.example"], "unknown"),
        (["mx.example; dkim=pass header.d=com"], "unknown"),
        (["mx.example; dkim=pass header.d=notexample.com"], "unknown"),
        (["mx.example; spf=pass smtp.mailfrom=jo@example.com"], "passed"),
        (["mx.example; spf=pass smtp.mailfrom=bounce@elsewhere.example"], "unknown"),
        (["mx.example; spf=fail smtp.mailfrom=example.com"], "failed"),
        (["mx.example; spf=softfail smtp.mailfrom=example.com"], "unknown"),
        # A forwarded mail: the signature holds though the way is not the domain's own.
        (
            ["mx.example; spf=fail smtp.mailfrom=f.example; dkim=pass header.d=example.com"],
            "passed",
        ),
        (["mx.example; spf=fail; dmarc=pass"], "passed"),
        # The server vouches for the author that it read, and for no other.
        (["mx.example; dmarc=pass header.from=elsewhere.example"], "failed"),
        (["mx.example; dmarc=pass (p=none) header.from=EXAMPLE.com."], "passed"),
        (["mx.example; dmarc=pass header.from=mail.example.com"], "passed"),
        # A mail program or a service that writes one header a method.
        (["mx.example; spf=neutral", "mx.example; dmarc=fail"], "failed"),
        # Comments may hold anything.
        (["mx.example (a; dmarc=fail); dmarc=pass (b; (c) dmarc=fail)"], "passed"),
        # What a server repeats of the mail is the sender's text, not the server's word.
        (['mx.example; spf=pass smtp.mailfrom="a;dmarc=pass"@e.example; dmarc=fail'], "failed"),
        (['mx.example; spf=pass smtp.mailfrom="a;dmarc=pass"@e.example'], "unknown"),
        (
            ['mx.example; spf=pass (of "a)b;dmarc=pass("@e.example) smtp.mailfrom=e.example'],
            "unknown",
        ),
        (['mx.example; spf=pass smtp.mailfrom="' + ";" * 60 + '"@e.example; dmarc=fail'], "failed"),
        (['mx.example; spf=pass smtp.mailfrom="\\";dmarc=pass"@e.example'], "unknown"),
        (["mx.example; spf = pass smtp.mailfrom = example.com"], "passed"),
        # More than any server says.
        (["mx.example" + "; dkim=none" * 60 + "; dmarc=pass"], "failed"),
        (["mx.example; dmarc=pass " + "a" * 20_000], "failed"),
        # What stands below our server's own header came with the mail.
        (["mx.example; spf=none", "mx.example; dmarc=pass"], "unknown"),
    ],
)
def test_our_own_servers_word_counts_and_no_other(results: list[str], verdict: str) -> None:
    assert authenticate(results, OURS, "jo@example.com").verdict == verdict


def test_whose_from_can_be_read_in_two_ways_passes_nothing() -> None:
    said = authenticate(["mx.example; dmarc=pass"], OURS, "")
    assert (said.verdict, said.why) == ("failed", "From can be read in more than one way")
    assert authenticate(["elsewhere.example; dmarc=pass"], OURS, "").verdict == "unknown"


def test_a_domain_outside_ascii_is_the_one_the_dns_has() -> None:
    said = "mx.example; dmarc=pass header.from=xn--bcher-kva.example"
    assert authenticate([said], OURS, "jo@bücher.example").verdict == "passed"


def test_without_a_server_of_ours_nothing_is_known() -> None:
    assert (
        authenticate(["mx.example; dmarc=fail"], frozenset(), "jo@x.example").verdict == "unknown"
    )


def test_a_server_that_names_itself_nowhere_is_believed_where_it_is_set_up() -> None:
    said = "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=example.com; dmarc=pass action=none"
    outlook = frozenset({"protection.outlook.com"})
    assert authenticate([said], outlook, "jo@example.com").verdict == "passed"
    assert authenticate([said], OURS, "jo@example.com").verdict == "unknown"


def test_what_decided_is_said() -> None:
    said = authenticate(["mx.example; spf=pass; dmarc=fail"], OURS, "jo@example.com")
    assert said.why == "dmarc=fail"


def test_a_hostile_header_is_read_in_no_time() -> None:
    for said in (
        "mx.example; " + "a" * 250_000,
        "mx.example; dkim=pass " + "a-" * 125_000,
        "mx.example;" + "(" * 250_000,
        "mx.example;" + '"' * 250_000,
    ):
        assert authenticate([said], OURS, "jo@example.com").verdict == "failed"
    assert authenticate([";" * 250_000], OURS, "jo@example.com").verdict == "unknown"
