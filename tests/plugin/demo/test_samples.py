"""The sample mail is well-formed, made up throughout, and means what the table says it means."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from importlib.resources import files

import pytest

from mail.message import Automatic, Unreadable
from mail.parse import parse
from plugin.cases.reference import find
from plugin.demo.samples import Sample, samples
from plugin.triage import judge

NOW = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
SAMPLES = samples(NOW, "a1b2c3")
BY_NAME = {sample.name: sample for sample in SAMPLES}
READABLE = tuple(sample for sample in SAMPLES if sample.expect != "quarantined")
OUTCOMES = {"case_opened", "joined", "not_case", "automatic", "proposed"}

every_readable = pytest.mark.parametrize("sample", READABLE, ids=lambda sample: sample.name)
every_sample = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)

_DOMAIN = re.compile(r"(^|\.)example(\.(com|org|net))?$")
_FICTION = re.compile(r"020 7946 0\d{3}|07700 900\d{3}|416-555-01\d{2}")


def read(sample: Sample) -> EmailMessage:
    message = message_from_bytes(sample.raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


@every_sample
def test_the_standard_library_reads_it(sample: Sample) -> None:
    message = read(sample)
    assert not [defect for part in message.walk() for defect in part.defects]
    for header in ("From", "To", "Subject", "Date", "Message-ID"):
        assert len(message.get_all(header, [])) == 1
    (to,) = message["To"].addresses
    assert to.addr_spec == f"complaints@{sample.user}.example"
    assert message["Date"].datetime == sample.when


@every_sample
def test_nothing_is_left_to_fill_in(sample: Sample) -> None:
    assert b"{{" not in sample.raw
    assert b"}}" not in sample.raw
    assert sample.raw.count(b"\n") == sample.raw.count(b"\r\n")


@every_readable
def test_nobody_real_is_in_it(sample: Sample) -> None:
    """Only domains and telephone numbers that are reserved for examples and fiction."""
    message = parse(sample.raw)
    seen = sample.raw.decode() + message.text
    for domain in re.findall(r"@([\w.-]+)|https?://([\w.-]+)", seen):
        assert _DOMAIN.search("".join(domain).rstrip(".")), domain
    rest = _FICTION.sub("", message.text)
    assert not re.search(r"(\d[ ()-]?){9,}", re.sub(r"\d{4}-\d{4}-\d{2}", "", rest))


@every_readable
def test_it_is_judged_as_the_table_expects(sample: Sample) -> None:
    message = parse(sample.raw)
    label = judge(message.own_text, subject=message.subject, channel="email").label
    assert sample.expect in OUTCOMES
    assert (message.automatic is not Automatic.NO) == (sample.expect == "automatic")
    if sample.expect == "case_opened":
        assert label in ("complaint", "escalation")
    elif sample.expect != "automatic":
        assert label == "neither"


def test_one_mail_goes_past_what_is_read() -> None:
    (sample,) = (sample for sample in SAMPLES if sample not in READABLE)
    with pytest.raises(Unreadable, match="header is longer"):
        parse(sample.raw)


def test_every_file_is_in_the_table_once() -> None:
    in_folder = [one.name for one in files("plugin.demo").joinpath("mails").iterdir()]
    assert sorted(in_folder) == sorted(f"{sample.name}.eml" for sample in SAMPLES)


def test_ids_are_unique_and_new_with_every_token() -> None:
    ids = [read(sample)["Message-ID"] for sample in (*SAMPLES, *samples(NOW, "other"))]
    assert len(set(ids)) == 2 * len(SAMPLES)
    assert all(re.fullmatch(r"<[\w.-]+@mail\.example>", one) for one in ids)


def test_the_same_start_gives_the_same_bytes() -> None:
    assert samples(NOW, "a1b2c3") == SAMPLES


def test_mail_arrives_in_order_and_the_last_now() -> None:
    moments = [sample.when for sample in SAMPLES]
    assert moments == sorted(moments)
    assert moments[-1] == NOW
    assert NOW - moments[0] < timedelta(minutes=1)


def test_an_answer_comes_after_what_it_answers_and_from_the_same_person() -> None:
    before: dict[str, str] = {}
    joined = []
    for sample in READABLE:
        message = parse(sample.raw)
        if message.in_reply_to:
            assert [before[one] for one in message.in_reply_to] == [message.sender.address]
            joined.append(sample.expect)
        before[message.message_id] = message.sender.address
    assert joined == ["joined"]


def test_a_proposed_mail_comes_from_the_party_to_one_case() -> None:
    senders = Counter(parse(s.raw).sender.address for s in SAMPLES if s.expect == "case_opened")
    proposed = [parse(sample.raw) for sample in SAMPLES if sample.expect == "proposed"]
    assert [senders[message.sender.address] for message in proposed] == [1]
    assert not any(message.in_reply_to or message.references for message in proposed)


def test_every_provider_has_a_complaint_and_jive_one_in_each_language() -> None:
    opened = [sample for sample in SAMPLES if sample.expect == "case_opened"]
    assert {sample.user for sample in opened} == {"ooma", "8x8", "jive", "opus"}
    languages = set()
    for sample in opened:
        if sample.user == "jive":
            message = parse(sample.raw)
            languages.add(judge(message.own_text, subject=message.subject).lang)
    assert languages == {"en", "fr"}


def test_one_stranger_quotes_a_reference_and_nobody_else_does() -> None:
    quoting = []
    for sample in READABLE:
        message = parse(sample.raw)
        if list(find(f"{message.subject}\n{message.text}")):
            quoting.append(sample.name)
    assert quoting == ["opus-stranger"]


@pytest.mark.parametrize("token", ["", "a b", "a\r\nBcc: x@example.com", "<x>"])
def test_a_token_that_no_id_can_hold_is_refused(token: str) -> None:
    with pytest.raises(ValueError, match="token"):
        samples(NOW, token)


def test_a_now_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        samples(NOW.replace(tzinfo=None), "a1b2c3")
