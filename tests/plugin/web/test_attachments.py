"""Attachments on the contact's page: said for what they are, saved and never opened."""

from __future__ import annotations

import re
from itertools import count

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mail.parse import parse
from mail.sniff import UNKNOWN, Danger, family
from plugin.cases.roles import Role
from plugin.desk import listing, viewing
from plugin.panel import files
from plugin.web.i18n import COOKIE
from tests.fuzz.samples import PDF, RTF, WINMAIL, attribute, encoded, properties, raw, winmail
from tests.mail.test_sniff import EXE, SOME, zipped
from tests.plugin.web.rooms import Rooms, rooms, text

File = tuple[str, str, bytes]
"""A file's name, its media type as its sender says, its bytes."""

ANY = "application/octet-stream"


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Rooms:
    return rooms(tmp_path_factory.mktemp("panel"))


_SENDERS = count(1)


@pytest.fixture(scope="module")
def browser(panel: Rooms) -> FlaskClient:
    return panel.signed_in(("*", Role.ADMIN))


def mail(*given: File, words: str = "I want to make a complaint.") -> bytes:
    """A complaint with these files."""
    parts = [
        raw(
            f"--b\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: base64",
            f'Content-Disposition: attachment; filename="{name}"\r\n',
            encoded(data),
        )
        for name, kind, data in given
    ]
    # The same words of one sender, over and over, would be taken for a machine's.
    head = (f"From: Jo <jo{next(_SENDERS)}@example.com>", "Subject: My line")
    kind = "Content-Type: multipart/mixed; boundary=b"
    return raw(*head, kind, "", "--b", "", words, *parts, "--b--")


def contact(panel: Rooms, mail: bytes) -> str:
    """Take a mail in that opens a case; the address of its contact's page."""
    before = {line.reference for line in listing.list_cases(panel.desk).lines}
    panel.arrive(mail)
    (line,) = (
        line for line in listing.list_cases(panel.desk).lines if line.reference not in before
    )
    (view,) = viewing.show_cases(panel.desk, None, line.reference)
    return f"/contacts/ooma/{view.contacts[0].id}"


def shown(file: File, language: str = "en") -> tuple[str, str]:
    """What the page says a file is, and its warnings."""
    (one,) = parse(mail(file)).attachments
    with Flask(__name__).test_request_context(headers={"Cookie": f"{COOKIE}={language}"}):
        found = files.shown(one)
    return found.kind, " ".join(found.warnings)


PROGRAM = "It is a program. Do not open it."


@pytest.mark.parametrize(
    ("file", "kind", "warning"),
    [
        pytest.param(
            ("bill.pdf", "application/pdf", EXE),
            "a Windows program",
            f"It says it is a PDF document; it is a Windows program. {PROGRAM}",
            id="a program called a PDF",
        ),
        pytest.param(("a.exe", ANY, EXE), "a Windows program", PROGRAM, id="a program called one"),
        pytest.param(
            ("bill.pdf.js", "application/pdf", b"x = 1"),
            "text",
            "It says it is a PDF document; it is text. A computer can run it as a program. Do not"
            " open it.",
            id="a script with two endings",
        ),
        pytest.param(
            ("bill.zip", "application/zip", zipped("bill.exe")),
            "an archive of files",
            "There is a program inside. Do not open that.",
            id="an archive with a program",
        ),
        pytest.param(
            ("a.docm", "application/msword", zipped("word/document.xml", "word/vbaProject.bin")),
            "a Word document",
            "It holds macros, which can run like a program. Do not enable them.",
            id="macros",
        ),
        pytest.param(
            ("photo.jpg", "image/jpeg", b"<html><script>alert(1)</script>"),
            "a web page",
            "It says it is a picture; it is a web page. Opened in a browser, it can load and run"
            " things from elsewhere.",
            id="a page called a picture",
        ),
        pytest.param(
            ("bill.pdf", "image/png", RTF),
            "a text document (RTF)",
            "It says it is a PDF document; it is a text document (RTF).",
            id="a document of another kind",
        ),
        pytest.param(("a.pdf", "application/pdf", PDF), "a PDF document", "", id="PDF"),
        pytest.param(("a.pdf", ANY, PDF), "a PDF document", "", id="PDF by its name"),
        pytest.param(("a.png", "image/jpeg", b"\xff\xd8\xff"), "a picture", "", id="a picture"),
        pytest.param(
            ("a.docx", "application/zip", zipped("word/document.xml")),
            "a Word document",
            "",
            id="Word",
        ),
        pytest.param(("a.txt", "text/plain", b"Hello"), "text", "", id="text"),
        pytest.param(("a", "text/html", b"Hello"), "text", "", id="text called a page"),
        pytest.param(
            ("a.bin", "application/pdf", bytes(9)), "of a kind that is not known", "", id="unknown"
        ),
        pytest.param(
            ("a.eml", "message/rfc822", b"Subject: x\r\n\r\nHi"), "a forwarded mail", "", id="mail"
        ),
    ],
)
def test_a_file_is_said_for_what_it_is(file: File, kind: str, warning: str) -> None:
    assert shown(file) == (kind, warning)


def test_the_warning_is_in_the_readers_language() -> None:
    assert shown(("bill.pdf", "application/pdf", EXE), "fr") == (
        "un programme Windows",
        "Le fichier se présente comme un document PDF; c’est un programme Windows. C’est un"
        " programme. Ne l’ouvrez pas.",
    )


def test_the_page_shows_name_kind_size_and_warning(panel: Rooms, browser: FlaskClient) -> None:
    address = contact(
        panel, mail(("bill.pdf", "application/pdf", EXE), ("", "image/png", b"\x89PNG\r\n\x1a\n"))
    )
    page = text(browser.get(address))
    assert f"bill.pdf a Windows program, {len(EXE)} Bytes Careful. It says it is a PDF" in page
    assert "(no name) a picture, 8 Bytes The whole mail" in page


def test_every_danger_has_its_warning_and_every_kind_its_words() -> None:
    assert files.WARNINGS.keys() == set(Danger) - {Danger.NONE}
    unsaid = {kind for *_, kind, _ in SOME if kind not in files.KINDS and not family(kind)}
    assert unsaid == {UNKNOWN}


def test_what_an_outlook_container_holds_is_listed_and_can_be_saved(
    panel: Rooms, browser: FlaskClient
) -> None:
    winmail = ("winmail.dat", "application/ms-tnef", WINMAIL)
    whole = mail(winmail, words=" ")
    address = contact(panel, whole)
    page = text(browser.get(address))
    assert "I want to make a complaint" in page
    assert "winmail.dat a container of Outlook’s; what it holds is listed too" in page
    assert "the bill.pdf a PDF document" in page
    digest = parse(whole).attachments[-1].digest
    assert browser.get(f"{address}/attachments/{digest}").data == b"%PDF-1.7\n%%EOF\n"


NAMES = (
    ("a path", "../../etc/passwd", "passwd", "passwd"),
    ("a path of Windows", r"C:\\Windows\\a.pdf", "a.pdf", "a.pdf"),
    ("a direction mark", "a\u202efdp.exe", "afdp.exe", "afdp.exe"),
    ("two endings", "bill.pdf.exe", "bill.pdf.exe", "bill.pdf.exe"),
    ("a device", "CON", "_CON", "_CON"),
    ("a device with an ending", "nul.txt", "_nul.txt", "_nul.txt"),
    ("a device with a space", "com1 .pdf", "_com1 .pdf", "_com1%20.pdf"),
    ("no device", "console.txt", "console.txt", "console.txt"),
    ("no name", "", "attachment", "attachment"),
    ("dots alone", "...", "mail", "mail"),
    ("hidden", ".htaccess", "htaccess", "htaccess"),
    ("dots at its end", "a.exe. .", "a.exe", "a.exe"),
    ("a very long name", "n" * 400 + ".pdf", "n" * 251 + ".pdf", "n" * 251 + ".pdf"),
    ("signs and letters", "été;.pdf", "_t__.pdf", "%C3%A9t%C3%A9%3B.pdf"),
    ("a line end", "a\r\n X-Evil: 1", "a X-Evil_ 1", "a%20X-Evil%3A%201"),
)
ACTIVE = (
    ("a.html", "text/html", b"<script>alert(1)</script>"),
    ("a.svg", "image/svg+xml", b"<svg onload=alert(1)>"),
    ("a.pdf", "application/pdf", PDF),
    ("a.js", "text/javascript", b"alert(1)"),
    ("a.png", "image/png", b"\x89PNG\r\n\x1a\n"),
)


@pytest.fixture(scope="module")
def saved(panel: Rooms) -> tuple[str, list[str]]:
    """The address of a contact with all of these files, and their digests in order."""
    named = [(one[1], ANY, f"file {n}".encode()) for n, one in enumerate(NAMES)]
    whole = mail(*named, *ACTIVE)
    return contact(panel, whole), [one.digest for one in parse(whole).attachments]


@pytest.mark.parametrize("number", range(len(NAMES)), ids=[one[0] for one in NAMES])
def test_a_file_is_saved_under_a_name_that_is_safe(
    browser: FlaskClient, saved: tuple[str, list[str]], number: int
) -> None:
    address, digests = saved
    _, _, plain, exact = NAMES[number]
    got = browser.get(f"{address}/attachments/{digests[number]}")
    assert got.data == f"file {number}".encode()
    assert got.headers["Content-Disposition"] == (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}"
    )


@pytest.mark.parametrize("number", range(len(ACTIVE)), ids=[one[0] for one in ACTIVE])
def test_no_file_is_ever_shown_or_run(
    browser: FlaskClient, saved: tuple[str, list[str]], number: int
) -> None:
    address, digests = saved
    digest = digests[len(NAMES) + number]
    got = browser.get(f"{address}/attachments/{digest}")
    assert got.data == ACTIVE[number][2]
    assert got.headers["Content-Type"] == "application/octet-stream"
    assert got.headers["Content-Disposition"].startswith("attachment;")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    policy = got.headers["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    page = browser.get(address).get_data(as_text=True)
    assert not re.search(rf"(?:src|data|srcset)=\"[^\"]*{digest}", page)


def test_an_attachment_is_for_who_may_see_the_contact(
    panel: Rooms, saved: tuple[str, list[str]]
) -> None:
    address, digests = saved
    asked = f"{address}/attachments/{digests[0]}"
    assert panel.client().get(asked).status_code == 302
    other = panel.signed_in(("opus", Role.ADMIN), email="lee@example.com")
    assert other.get(asked).status_code in (403, 404)


def test_html_in_an_outlook_container_is_made_safe_too(panel: Rooms, browser: FlaskClient) -> None:
    html = b"<p>I want to make a complaint.</p><script>alert(1)</script><img src=http://x.example>"
    inside = winmail(attribute(0x9003, properties((0x102, 0x1013, html))))
    address = contact(panel, mail(("winmail.dat", "application/ms-tnef", inside), words=" "))
    page = browser.get(address).get_data(as_text=True)
    assert "I want to make a complaint" in page
    assert "alert(1)" not in page
    assert "x.example" not in page
