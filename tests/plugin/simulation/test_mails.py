"""The mails that the simulator writes, as the desk reads them."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest

from mail.message import Automatic
from mail.outgoing import Outgoing, build
from mail.parse import parse
from plugin.simulation.fields import ScenarioError
from plugin.simulation.mails import as_reply, report, write
from plugin.simulation.steps import Bounce, Reply, Threading, Written

NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")
US = ("complaints@ooma.example",)

LETTER = build(
    Outgoing(
        sender=US[0],
        sender_name="Ooma Complaints",
        recipient="jo@example.com",
        subject="Your complaint 1234-5678-90",
        text="Dear Jo,\n\nwe have your complaint.",
        html="<p>Dear Jo, we have your complaint.</p>",
        language="en",
        message_id="1.2.k.aaaaaaaaaaaaaaaaaaaaaaaaaa@ooma.example",
        date=NOW,
        loop="ooma",
        automatic=True,
        references=("first@example.com",),
    )
)
ID = "1.2.k.aaaaaaaaaaaaaaaaaaaaaaaaaa@ooma.example"


def written(says: Written) -> bytes:
    return write(says, to=US, at=NOW, unique="u1", place="steps[0]")


def reply(threading: Threading, **more: str) -> Written:
    says = Written(text="My own words.", **more)  # type: ignore[arg-type]
    return as_reply(Reply("acknowledgement", 1, threading, says), parse(LETTER), LONDON)


def test_what_a_mail_leaves_out_is_filled_in() -> None:
    message = parse(written(Written(sender="Jo Márquez <jo@example.com>", text="Grüße")))
    assert (message.sender.name, message.sender.address) == ("Jo Márquez", "jo@example.com")
    assert [one.address for one in message.to] == [*US]
    assert (message.subject, message.date) == ("", NOW)
    assert message.message_id == "u1@example.com"
    assert message.text.strip() == "Grüße"


def test_headers_stand_in_place_of_those_that_would_be_made() -> None:
    headers = {
        "Date": ("Mon, 02 Nov 2026 10:00:00 +0000",),
        "Received": ("from a by b; Tue, 24 Nov 2026 10:00:00 +0000", "from c by d"),
        "Auto-Submitted": ("auto-replied",),
    }
    message = parse(written(Written(sender="jo@example.com", text="x", headers=headers)))
    assert message.date == datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
    assert message.automatic is Automatic.AUTO_REPLY


def test_a_mail_may_have_no_sender_and_no_id_and_html_alone() -> None:
    message = parse(written(Written(sender="", message_id="", html="<p>Only <b>this</b></p>")))
    assert (message.sender.address, message.message_id) == ("", "")
    assert message.text.strip() == "Only this"


def test_long_ids_come_through_whole() -> None:
    long = f"{'a' * 200}@example.com"
    references = (long, f"<{'b' * 200}@example.com>")
    message = parse(
        written(
            Written(
                sender="jo@example.com",
                text="x",
                message_id=f"<{long}>",
                in_reply_to=long,
                references=references,
            )
        )
    )
    assert (message.message_id, message.in_reply_to) == (long, (long,))
    assert message.references == (long, references[1].strip("<>"))


def test_what_no_mail_can_say_names_the_step() -> None:
    headers = {"Content-Transfer-Encoding": ("base64",), "Content-Type": ("",)}
    with pytest.raises(ScenarioError, match=r"^steps\[0\]: no mail can be written so \("):
        written(Written(sender="jo@exämple.com", text="x", headers=headers))


def test_a_reply_threads_and_quotes_as_mail_programs_do() -> None:
    message = parse(written(reply("full")))
    assert message.subject == "Re: Your complaint 1234-5678-90"
    assert message.sender.address == "jo@example.com"
    assert message.in_reply_to == (ID,)
    assert message.references == ("first@example.com", ID)
    assert message.own_words == "My own words."
    wrote = "On Wed, 25 Nov 2026 at 10:00, Ooma Complaints <complaints@ooma.example> wrote:"
    assert f"{wrote}\n> Dear Jo,\n>\n> we have your complaint." in message.text


def test_a_reply_in_html_quotes_too() -> None:
    says = Written(html="<p>My own words.</p>")
    answer = as_reply(Reply("acknowledgement", 1, "full", says), parse(LETTER), LONDON)
    message = parse(written(answer))
    assert message.own_words == "My own words."
    assert "we have your complaint." in message.text


@pytest.mark.parametrize(
    ("threading", "subject", "in_reply_to"),
    [
        ("in-reply-to", "Re: Your complaint 1234-5678-90", (ID,)),
        ("subject", "Re: Your complaint 1234-5678-90", ()),
        ("none", "", ()),
    ],
)
def test_poorer_programs_thread_less_and_quote_nothing(
    threading: Threading, subject: str, in_reply_to: tuple[str, ...]
) -> None:
    message = parse(written(reply(threading)))
    assert (message.subject, message.in_reply_to, message.references) == (subject, in_reply_to, ())
    assert message.text.strip() == "My own words."


def test_what_a_reply_says_itself_stands() -> None:
    message = parse(written(reply("full", subject="Other", sender="kit@example.net")))
    assert (message.subject, message.sender.address) == ("Other", "kit@example.net")


@pytest.mark.parametrize(
    ("permanent", "action", "status"), [(True, "failed", "5.1.1"), (False, "delayed", "4.4.1")]
)
def test_a_report_has_the_parts_that_the_standard_prescribes(
    permanent: bool, action: str, status: str
) -> None:
    raw = report(Bounce("acknowledgement", 1, permanent), LETTER, at=NOW, unique="u1")
    message = parse(raw)
    assert message.automatic is Automatic.BOUNCE
    assert (message.return_path, message.sender.address) == ("", "postmaster@example.com")
    assert [one.address for one in message.to] == [*US]
    types = [one.content_type for one in message.attachments]
    assert types == ["message/delivery-status", "text/rfc822-headers"]
    assert f"Action: {action}\r\nStatus: {status}\r\n".encode() in raw
    assert b"Final-Recipient: rfc822; jo@example.com\r\n" in raw
    assert f"Message-ID: <{ID}>".encode() in raw


def test_a_report_says_the_same_to_the_standard_librarys_parser() -> None:
    raw = report(Bounce("acknowledgement", 1, True), LETTER, at=NOW, unique="u1")
    tree = message_from_bytes(raw, policy=policy.default)
    assert isinstance(tree, EmailMessage)
    assert not tree.defects
    _, status, headers = tree.iter_parts()
    per_message, per_recipient = status.iter_parts()
    assert per_message["Reporting-MTA"] == "dns; mail.example.com"
    assert per_recipient["Action"] == "failed"
    assert ID in str(headers.get_payload())
