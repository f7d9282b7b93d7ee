"""Mails of our own making from which the fuzzers begin: one for each thing that reading decides.

They are written by code, so that no corpus is stored and each part of them can be named. `raw`
joins lines as mail programs do.
"""

from __future__ import annotations

import base64
import struct


def raw(*lines: str | bytes) -> bytes:
    """Lines as a mail: text in UTF-8, bytes as they are."""
    return b"\r\n".join(line.encode() if isinstance(line, str) else line for line in lines)


def encoded(data: bytes) -> str:
    """Bytes in base64, in lines as mail has them."""
    return base64.encodebytes(data).decode().strip().replace("\n", "\r\n")


def attribute(name: int, value: bytes, *, level: int = 1) -> bytes:
    """An attribute of a winmail.dat."""
    return struct.pack("<BIII", level, name, len(value), 0)[:9] + value + b"\0\0"


def properties(*some: tuple[int, int, bytes]) -> bytes:
    """A list of properties of a winmail.dat: (type, id, value), those of any length padded."""
    said = struct.pack("<I", len(some))
    for kind, name, value in some:
        said += struct.pack("<HH", kind, name)
        if kind in (0x1E, 0x1F, 0x102, 0x0D):
            value = struct.pack("<II", 1, len(value)) + value + b"\0" * (-len(value) % 4)
        said += value
    return said


def winmail(*attributes: bytes) -> bytes:
    """A winmail.dat of these attributes."""
    return b"\x78\x9f\x3e\x22\x01\x00" + b"".join(attributes)


RTF = (
    rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}\pard I want to make a complaint.\par l"
    rb"\'92\'e9t\'e9}"
)
"""A body as old Outlook writes it."""


def uncompressed(text: bytes) -> bytes:
    """RTF in the container of compressed RTF, as it is."""
    return struct.pack("<IIII", len(text) + 12, len(text), 0x414C454D, 0) + text


WINMAIL = winmail(
    attribute(0x9007, struct.pack("<II", 1252, 0)),
    attribute(
        0x9003,
        properties(
            (0x03, 0x3FDE, struct.pack("<I", 65001)),
            (0x0B, 0x8000, bytes(16) + struct.pack("<II", 0, 7) + bytes(4)),
            (0x102, 0x1009, uncompressed(RTF)),
        ),
    ),
    attribute(0x9002, bytes(14), level=2),
    attribute(0x8010, b"BILL~1.PDF\0", level=2),
    attribute(0x800F, b"%PDF-1.7\n%%EOF\n", level=2),
    attribute(0x9005, properties((0x1F, 0x3707, "the bill.pdf\0".encode("utf-16-le"))), level=2),
)
"""Words in RTF alone, and one attachment."""


FROM = (
    "From: Jo Marsh <jo@example.com>",
    "To: Complaints <complaints@ooma.example>, Care: a@ooma.example, b@ooma.example;",
    "Subject: =?utf-8?Q?My_line_=C3=A9t=C3=A9?= =?iso-8859-1?B?6Q==?=",
    "Date: Tue, 24 Nov 2026 10:00:00 +0100",
    "Message-ID: <one@example.com>",
    "In-Reply-To: <zero@example.com>",
    "References: <minus@example.com>",
    " <zero@example.com>",
)
QUOTE = ("On Mon, 23 Nov 2026 at 10:01, Ooma <care@ooma.example> wrote:", "> old", ">> older")
HTML = (
    "<html><head><style>p {}</style><title>t</title></head><body><p>I <b>complain</b> &eacute;"
    "<br>again<ul><li>one</ul><table><tr><td colspan=2>cell</table><img src=http://x.example/a>"
    "<div class='gmail_quote'>old<blockquote type=cite>older</blockquote></div></body></html>"
)
PDF = b"%PDF-1.7\n1 0 obj\n<</Type /Catalog>>\nendobj\n%%EOF\n"


def samples() -> dict[str, bytes]:
    """The mails, each by what it is for."""
    return {
        "plain": raw(*FROM, "", "I want to make a complaint.", "", "-- ", "Jo", *QUOTE),
        "eight bit": raw(
            b"From: J\xe9r\xf4me <j@example.com>",
            b"Subject: Montr\xc3\xa9al",
            "Content-Type: text/plain; charset=utf-8",
            "",
            b"l\x92\xe9t\xe9",
        ),
        "html": raw(*FROM, "Content-Type: text/html; charset=koi8-r", "", HTML),
        "quoted-printable": raw(
            *FROM,
            "Content-Type: text/plain; charset=windows-1252; format=flowed",
            "Content-Transfer-Encoding: quoted-printable",
            "",
            "caf=E9 =",
            "and more =ZZ=",
        ),
        "alternative": raw(
            *FROM,
            "MIME-Version: 1.0",
            'Content-Type: multipart/alternative; boundary="b"',
            "",
            "preamble",
            "--b",
            "",
            "plain",
            "--b",
            "Content-Type: text/html",
            "Content-Transfer-Encoding: base64",
            "",
            encoded(HTML.encode()),
            "--b--",
            "epilogue",
        ),
        "attachments": raw(
            *FROM,
            'Content-Type: multipart/mixed; boundary="=_a b"',
            "",
            "--=_a b",
            "Content-Type: multipart/related; boundary=c",
            "",
            "--c",
            "Content-Type: text/html",
            "",
            HTML,
            "--c",
            "Content-Type: image/png",
            "Content-ID: <a>",
            "Content-Transfer-Encoding: base64",
            "",
            encoded(b"\x89PNG\r\n\x1a\n" + bytes(20)),
            "--c--",
            "--=_a b",
            "Content-Type: application/pdf; name*0*=utf-8''r%C3%A9; name*1=sum.pdf",
            "Content-Disposition: attachment; filename*=utf-8'fr'r%C3%A9sum%C3%A9.pdf",
            "Content-Transfer-Encoding: base64",
            "",
            encoded(PDF),
            "--=_a b",
            "Content-Type: text/calendar; method=REQUEST; name=a.ics",
            "",
            "BEGIN:VCALENDAR",
            "END:VCALENDAR",
            "--=_a b--",
        ),
        "mail in mail": raw(
            *FROM,
            "Content-Type: multipart/mixed; boundary=b",
            "",
            "--b",
            "",
            "See below.",
            "--b",
            "Content-Type: message/rfc822",
            "",
            "Subject: old",
            "Content-Type: multipart/mixed; boundary=c",
            "",
            "--c",
            "",
            "inner",
            "--c--",
            "--b--",
        ),
        "report": raw(
            "From: MAILER-DAEMON@example.com",
            "Return-Path: <>",
            "Subject: Undeliverable",
            "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
            "",
            "--b",
            "",
            "not delivered",
            "--b",
            "Content-Type: message/delivery-status",
            "",
            "Reporting-MTA: dns; mx.example",
            "",
            "Final-Recipient: rfc822; jo@example.com",
            "Action: failed",
            "Status: 5.1.1",
            "",
            "--b",
            "Content-Type: text/rfc822-headers",
            "",
            "Message-ID: <sent@ooma.example>",
            "--b--",
        ),
        "outlook": raw(
            *FROM,
            "Content-Type: text/plain",
            "",
            "Mine.",
            "",
            "-----Original Message-----",
            "From: Ooma <care@ooma.example>",
            "Sent: Monday",
            "To: Jo",
            "Subject: x",
            "",
            "Theirs.",
        ),
        "automatic": raw(
            *FROM,
            "Auto-Submitted: auto-replied",
            "Precedence: bulk",
            "List-Id: <weekly.example>",
            "Authentication-Results: mx.example; dmarc=pass",
            "Received: from a by b; Tue, 24 Nov 2026 10:00:00 +0100",
            "X-Answerable-Loop: ooma",
            "Reply-To: =?koi8-r?B?8NLJ18XU?= <k@example.com>",
            "",
            "I am away.",
        ),
        "winmail": raw(
            *FROM,
            "Content-Type: multipart/mixed; boundary=b",
            "",
            *("--b", "Content-Type: text/plain", "", ""),
            *("--b", "Content-Type: application/ms-tnef; name=winmail.dat"),
            "Content-Transfer-Encoding: base64",
            "",
            encoded(WINMAIL),
            "--b--",
        ),
        "winmail as it is": raw("Content-Type: application/ms-tnef", "", WINMAIL),
        "bare": b"no header at all",
        "empty": b"",
    }
