"""Reports of non-delivery: which mail they are about, and whether they are final."""

from __future__ import annotations

import pytest

from mail.message import Automatic
from mail.parse import parse
from mail.returned import MAX_IDS

HEAD = "Return-Path: <>\nFrom: MAILER-DAEMON@example.com\nSubject: {subject}\n"


def status(*fields: str, returned: str = "", kind: str = "text/rfc822-headers") -> bytes:
    """A report with these fields for its recipients, and what it returns."""
    blocks = "\n\n".join(fields)
    return (
        HEAD.format(subject="Undelivered Mail")
        + "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        + f"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; a\n\n{blocks}\n\n"
        + (f"--b\nContent-Type: {kind}\n\n{returned}\n\n" if returned else "")
        + "--b--\n"
    ).encode()


@pytest.mark.parametrize(
    ("fields", "permanent"),
    [
        (["Action: failed\nStatus: 5.1.1"], True),
        (["Action: Failed\nStatus: 5.2.2 (mailbox full)"], True),
        (["Action: failed"], True),
        (["Status: 5.1.1"], True),
        (["Action: delayed\nStatus: 4.4.1"], False),
        (["Action: failed\nStatus: 4.4.7"], True),  # given up after days of trying
        (["Action: delivered\nStatus: 2.0.0"], False),
        (["Action: delayed\nStatus: 4.4.1", "Action: failed\nStatus: 5.1.1"], True),
        (["Action: delivered\nStatus: 2.1.5", "Action: failed\nStatus: 5.1.1"], True),
        (["Action: relayed"], False),
        (["Action: expanded"], False),
        (["Status: 4.2.2"], False),
    ],
)
def test_only_what_failed_for_good_is_permanent(fields: list[str], permanent: bool) -> None:
    message = parse(status(*fields))
    assert message.automatic is Automatic.BOUNCE
    assert message.returned.permanent is permanent


@pytest.mark.parametrize(
    ("subject", "permanent"),
    [
        ("failure notice", True),
        ("Undeliverable: your complaint", True),
        ("Mail delivery failed: returning message to sender", True),
        ("Warning: could not send message for past 4 hours", False),
        ("Delivery Status Notification (Delay)", False),
        ("Mail delayed", False),
    ],
)
def test_without_fields_the_subject_says_whether_it_is_final(subject: str, permanent: bool) -> None:
    raw = HEAD.format(subject=subject) + "\nIt did not work.\n\nMessage-ID: <a.b@ours.example>\n"
    returned = parse(raw.encode()).returned
    assert (returned.permanent, returned.ids) == (permanent, ("a.b@ours.example",))


@pytest.mark.parametrize(
    ("kind", "returned"),
    [
        ("text/rfc822-headers", "Subject: x\nMessage-ID: <a.b@ours.example>"),
        ("text/rfc822-headers", "Subject: x\nMessage-Id:\n <a.b@ours.example>"),
        ("message/rfc822-headers", "Subject: x\nMessage-ID: <a.b@ours.example>"),
        ("message/rfc822", "Subject: x\nMESSAGE-ID: <a.b@ours.example>\n\nDear Jo"),
        ("text/plain", "> Message-ID: <a.b@ours.example>"),
    ],
)
def test_the_mail_is_named_by_what_is_returned(kind: str, returned: str) -> None:
    message = parse(status("Action: failed", returned=returned, kind=kind))
    assert message.returned.ids == ("a.b@ours.example",)


@pytest.mark.parametrize(
    "returned",
    ["Subject: nothing named", "Message-ID: <>", "X-Message-ID: <a@b>", "In-Reply-To: <a@b.c>"],
)
def test_a_report_that_names_nothing_is_about_nothing(returned: str) -> None:
    assert parse(status("Action: failed", returned=returned)).returned.ids == ()


def test_the_reports_own_id_is_not_what_came_back() -> None:
    raw = b"Message-ID: <report@example.com>\n" + status(
        "Action: failed", returned="Message-ID: <a.b@ours.example>"
    )
    assert parse(raw).returned.ids == ("a.b@ours.example",)


def test_the_reason_names_the_status() -> None:
    assert parse(status("Action: failed\nStatus: 5.1.1")).returned.why == "not delivered (5.1.1)"


def test_a_report_names_a_bounded_number_of_mails() -> None:
    lines = "\n".join(f"Message-ID: <{n}.x@ours.example>" for n in range(500))
    assert len(parse(status("Action: failed", returned=lines)).returned.ids) == MAX_IDS
