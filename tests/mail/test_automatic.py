"""Mail sent by machines: recognised by what it says of itself, never answered."""

from __future__ import annotations

import pytest

from mail.message import Automatic
from mail.parse import parse


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        (["Auto-Submitted: auto-replied"], Automatic.AUTO_REPLY),
        (["Auto-Submitted: no"], Automatic.NO),
        (["X-Autoreply: yes"], Automatic.AUTO_REPLY),
        (["Precedence: auto_reply"], Automatic.AUTO_REPLY),
        (["Subject: Out of office: back Monday"], Automatic.AUTO_REPLY),
        (["Subject: Réponse automatique : absence"], Automatic.AUTO_REPLY),
        (["Subject: =?utf-8?Q?R=C3=A9ponse_automatique?="], Automatic.AUTO_REPLY),
        (["Subject: Automatisch antwoord: afwezig"], Automatic.AUTO_REPLY),
        (["X-Auto-Response-Suppress: All", "Subject: My line"], Automatic.NO),
        (["List-Unsubscribe: <mailto:x@y.example>"], Automatic.LIST),
        (["Precedence: bulk"], Automatic.LIST),
        (["Return-Path: <>", "From: MAILER-DAEMON@x.example"], Automatic.BOUNCE),
        (
            ["From: postmaster@x.example", "Subject: Undeliverable: Your complaint"],
            Automatic.BOUNCE,
        ),
        (["X-Failed-Recipients: jo@example.com"], Automatic.BOUNCE),
        (['Content-Type: multipart/report; report-type="delivery-status"'], Automatic.BOUNCE),
        (
            ["Content-Type: multipart/report; report-type=disposition-notification"],
            Automatic.AUTO_REPLY,
        ),
        (
            [
                "Content-Type: multipart/report; report-type=disposition-notification",
                "Auto-Submitted: auto-replied (rejected)",
            ],
            Automatic.BOUNCE,
        ),
        (["X-Boxtrapper: abc", "X-Autorespond: abc"], Automatic.BOUNCE),
        (
            ["Subject: Please confirm your message", "Auto-Submitted: auto-replied"],
            Automatic.BOUNCE,
        ),
        (["Subject: Please confirm your message", "From: Jo <jo@example.com>"], Automatic.NO),
        (["From: Jo <jo@example.com>", "Subject: undeliverable parcel"], Automatic.NO),
        (["From: Jo <jo@example.com>", "Subject: I am out of patience"], Automatic.NO),
    ],
)
def test_kinds(headers: list[str], kind: Automatic) -> None:
    assert parse("\r\n".join([*headers, "", "text"]).encode()).automatic is kind
