"""What joins a case: every cell of the table, from the mail that arrives to the rows that stand.

A wrong cell shows one customer another's complaint. So each says which case the mail belongs to,
what happened there, what happened at no other case, and to whom letters went.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.plugin.desk.counter import (
    COMPLAINT,
    ESCALATION,
    FAILED,
    JO,
    KIT,
    MAX,
    NEITHER,
    THANKS,
    WORDS,
    Counter,
    complained,
    counter,
)
from tests.plugin.desk.watching import Change, Watch

pytestmark = pytest.mark.slow

JOS, KITS = "jo@example.com", "kit@example.net"


@pytest.fixture
def ooma(tmp_path: Path) -> Counter:
    """Jo has complained (case 1), an hour ago."""
    return complained(tmp_path)


def again(at: Counter, sender: str = JO) -> Counter:
    # In words of its own: the same ones for the third time would be taken for a machine's.
    at.mail(f"{COMPLAINT} It is number {len(at.cases) + 1}.", sender=sender)
    at.now += timedelta(hours=1)
    return at


def joined(case: int, *events: str, **more: object) -> Change:
    return Change("joined", belongs=case, events={case: ["customer_wrote", *events]}, **more)  # type: ignore[arg-type]


def opened(case: int, *events: str, to: str, **more: object) -> Change:
    """Everybody whose mail opens a case is told so, and nobody else."""
    post = [("acknowledgement", to)]
    if "escalated" in events:
        post.append(("escalated", to))
    return Change(
        "case_opened",
        belongs=case,
        events={case: ["received", *events]},
        post=post,
        **more,  # type: ignore[arg-type]
    )


UNCONFIRMED = Change(
    "joined",
    belongs=1,
    waits="unconfirmed_party",
    events={1: ["party_joined", "customer_wrote"]},
    alerts=[(1, "waiting_contact")],
)


def token(at: Counter) -> dict[str, object]:
    return {"answers": at.thread()}


def known_id(at: Counter) -> dict[str, object]:
    return {"answers": f"<1.{JOS}>"}


def reference(at: Counter) -> dict[str, object]:
    return {"subject": f"Case {at.reference()}"}


def nothing(at: Counter) -> dict[str, object]:
    return {}


Evidence = Callable[[Counter], dict[str, object]]

ESCALATED = [("escalated", JOS)]
REOPENED = [("reopened", JOS)]


@pytest.mark.parametrize(
    ("evidence", "sender", "statement", "expected"),
    [
        (token, JO, "complaint", joined(1)),
        (token, JO, "escalation", joined(1, "escalated", post=ESCALATED)),
        (token, JO, "neither", joined(1)),
        (token, KIT, "complaint", UNCONFIRMED),
        (token, KIT, "escalation", UNCONFIRMED),
        (token, KIT, "neither", UNCONFIRMED),
        (known_id, JO, "complaint", joined(1)),
        (known_id, JO, "escalation", joined(1, "escalated", post=ESCALATED)),
        (known_id, JO, "neither", joined(1)),
        (reference, JO, "complaint", joined(1)),
        (reference, JO, "escalation", joined(1, "escalated", post=ESCALATED)),
        (reference, JO, "neither", joined(1)),
        *[
            (evidence, KIT, statement, expected)
            for evidence in (known_id, reference)
            for statement, expected in (
                ("complaint", opened(2, to=KITS, alerts=[(1, "stranger_quoted_reference")])),
                (
                    "escalation",
                    opened(2, "escalated", to=KITS, alerts=[(1, "stranger_quoted_reference")]),
                ),
                (
                    "neither",
                    Change(
                        "not_case",
                        "stranger",
                        waits="stranger",
                        alerts=[(1, "stranger_quoted_reference")],
                    ),
                ),
            )
        ],
        (nothing, JO, "complaint", opened(2, "related", to=JOS, alerts=[(2, "possibly_related")])),
        (nothing, JO, "escalation", joined(1, "escalated", post=ESCALATED)),
        (
            nothing,
            JO,
            "neither",
            Change(
                "proposed", "proposed", proposed=1, waits="proposed", events={1: ["customer_wrote"]}
            ),
        ),
        (nothing, KIT, "complaint", opened(2, to=KITS)),
        (nothing, KIT, "escalation", opened(2, "escalated", to=KITS)),
        (nothing, KIT, "neither", Change("not_case", "no_statement")),
    ],
)
def test_one_live_case(
    ooma: Counter, evidence: Evidence, sender: str, statement: str, expected: Change
) -> None:
    watch = Watch(ooma)
    ended = ooma.mail(WORDS[statement], sender=sender, **evidence(ooma))  # type: ignore[arg-type]
    assert watch.change(ended) == expected


@pytest.mark.parametrize("evidence", [known_id, reference])
@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            "complaint",
            opened(
                3,
                "related",
                to=KITS,
                alerts=[(1, "stranger_quoted_reference"), (3, "possibly_related")],
            ),
        ),
        (
            "escalation",
            joined(
                2,
                "escalated",
                alerts=[(1, "stranger_quoted_reference")],
                post=[("escalated", KITS)],
            ),
        ),
        (
            "neither",
            Change(
                "proposed",
                "proposed",
                proposed=2,
                waits="proposed",
                events={2: ["customer_wrote"]},
                alerts=[(1, "stranger_quoted_reference")],
            ),
        ),
    ],
)
def test_anothers_reference_from_who_has_a_case_of_their_own(
    ooma: Counter, evidence: Evidence, statement: str, expected: Change
) -> None:
    again(ooma, KIT)
    watch = Watch(ooma)
    ended = ooma.mail(WORDS[statement], sender=KIT, **evidence(ooma))  # type: ignore[arg-type]
    assert watch.change(ended) == expected


@pytest.mark.parametrize("statement", WORDS)
def test_our_token_from_who_is_party_to_another_case(ooma: Counter, statement: str) -> None:
    again(ooma, KIT)
    watch = Watch(ooma)
    assert watch.change(ooma.mail(WORDS[statement], sender=KIT, **token(ooma))) == UNCONFIRMED  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            "complaint",
            opened(
                3,
                "related",
                "related",
                to=JOS,
                alerts=[(3, "possibly_related"), (3, "possibly_related")],
            ),
        ),
        (
            "escalation",
            opened(
                3,
                "escalated",
                "related",
                "related",
                to=JOS,
                alerts=[(3, "possibly_related"), (3, "possibly_related")],
            ),
        ),
        ("neither", Change("not_case", "proposed", waits="proposed")),
    ],
)
def test_two_live_cases_and_no_thread(ooma: Counter, statement: str, expected: Change) -> None:
    again(ooma)
    watch = Watch(ooma)
    assert watch.change(ooma.mail(WORDS[statement])) == expected


@pytest.mark.parametrize("named", [1, 2])
def test_a_thread_decides_between_two_live_cases(ooma: Counter, named: int) -> None:
    again(ooma)
    watch = Watch(ooma)
    ended = ooma.mail(NEITHER, answers=ooma.thread(number=named))
    assert watch.change(ended) == joined(named)


def test_words_of_dissatisfaction_wait_for_a_person(ooma: Counter) -> None:
    watch = Watch(ooma)
    ended = ooma.mail("This is terrible service and I am very unhappy.", sender=KIT)
    expected = Change("not_case", "possible_complaint", waits="possible_complaint")
    assert watch.change(ended) == expected


# Closed cases -------------------------------------------------------------------------------------


@pytest.mark.parametrize("evidence", [token, known_id, reference])
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (COMPLAINT, joined(1, "reopened", post=REOPENED)),
        (ESCALATION, joined(1, "reopened", "escalated", post=REOPENED)),
        (NEITHER, joined(1, waits="closed_case", alerts=[(1, "waiting_contact")])),
        (THANKS, joined(1)),
    ],
)
def test_words_to_a_closed_case(
    ooma: Counter, evidence: Evidence, words: str, expected: Change
) -> None:
    received = ooma.case().first_received_at
    ooma.close()
    watch = Watch(ooma)
    assert watch.change(ooma.mail(words, **evidence(ooma))) == expected  # type: ignore[arg-type]
    assert ooma.case().first_received_at == received
    assert ooma.case().state == ("reopened" if expected.post else "closed_confirmed")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (COMPLAINT, opened(2, to=JOS)),
        (ESCALATION, opened(2, "escalated", to=JOS)),
        (NEITHER, Change("not_case", "no_statement")),
    ],
)
def test_a_closed_case_is_not_found_without_a_thread(
    ooma: Counter, words: str, expected: Change
) -> None:
    ooma.close()
    watch = Watch(ooma)
    assert watch.change(ooma.mail(words)) == expected


@pytest.mark.parametrize("statement", WORDS)
def test_a_stranger_does_not_reopen_a_closed_case(ooma: Counter, statement: str) -> None:
    ooma.close()
    watch = Watch(ooma)
    ended = ooma.mail(WORDS[statement], sender=KIT, answers=ooma.thread())
    assert watch.change(ended) == UNCONFIRMED
    assert ooma.case().state == "closed_confirmed"


def test_of_two_own_references_the_live_case_is_meant(ooma: Counter) -> None:
    again(ooma)
    ooma.close()
    text = f"{NEITHER} It is about {ooma.reference(1)} and {ooma.reference(2)}."
    watch = Watch(ooma)
    assert watch.change(ooma.mail(text)) == joined(2)


# The silence clock --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("evidence", "sender", "words", "stops"),
    [
        (token, JO, THANKS, True),
        (token, JO, NEITHER, True),
        (known_id, JO, NEITHER, True),
        (reference, JO, NEITHER, True),
        (nothing, JO, NEITHER, True),  # only proposed to it
        (token, KIT, NEITHER, True),  # an unconfirmed party
        (known_id, KIT, NEITHER, False),
        (reference, KIT, COMPLAINT, False),
        (nothing, KIT, COMPLAINT, False),
    ],
)
def test_what_stops_closing_by_silence(
    ooma: Counter, evidence: Evidence, sender: str, words: str, stops: bool
) -> None:
    ooma.propose()
    assert ooma.promises()["assumed_closure"] == "open"
    ooma.mail(words, sender=sender, **evidence(ooma))  # type: ignore[arg-type]
    assert ooma.promises()["assumed_closure"] == ("stopped" if stops else "open")
    ooma.later(days=14)
    assert ooma.case().state == ("outcome_proposed" if stops else "closed_assumed")


def test_automatic_mail_is_kept_with_its_case_and_moves_nothing(ooma: Counter) -> None:
    ooma.propose()
    watch = Watch(ooma)
    away = {"Auto-Submitted": "auto-replied"}
    ended = ooma.mail(COMPLAINT, answers=ooma.thread("outcome"), headers=away)
    assert watch.change(ended) == Change("automatic", "auto_reply", belongs=1)
    assert ooma.promises()["assumed_closure"] == "open"


@pytest.mark.parametrize(
    ("provider", "words", "events", "state", "post"),
    [
        ("ooma", NEITHER, [], ("outcome_proposed", "frontline"), []),
        ("ooma", COMPLAINT, ["customer_objected", "escalated"], ("open", "director"), ESCALATED),
        ("ooma", ESCALATION, ["customer_objected", "escalated"], ("open", "director"), ESCALATED),
        (
            "opus",
            COMPLAINT,
            ["customer_objected", "escalated"],
            ("open", "customer_service_manager"),
            ESCALATED,
        ),
        (
            "opus",
            ESCALATION,
            ["customer_objected", "escalated"],
            ("open", "customer_service_manager"),
            ESCALATED,
        ),
        ("8x8", COMPLAINT, ["customer_objected"], ("open", "frontline"), REOPENED),
        (
            "8x8",
            ESCALATION,
            ["customer_objected", "escalated"],
            ("open", "senior_management"),
            ESCALATED,
        ),
        ("jive", COMPLAINT, ["customer_objected"], ("open", "frontline"), REOPENED),
    ],
)
def test_the_reply_to_a_proposed_outcome(
    tmp_path: Path,
    provider: str,
    words: str,
    events: list[str],
    state: tuple[str, str],
    post: list[tuple[str, str]],
) -> None:
    at = complained(tmp_path, provider)
    at.propose()
    watch = Watch(at)
    ended = at.mail(words, answers=at.thread("outcome"))
    # An answer that states nothing ended the silence: a person must say what it was.
    alerts = [] if events else [(1, "waiting_contact")]
    assert watch.change(ended) == joined(1, *events, post=post, alerts=alerts)
    assert at.state() == state


# Who is believed ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("evidence", "words", "expected"),
    [
        (token, ESCALATION, UNCONFIRMED),
        (token, NEITHER, UNCONFIRMED),
        (reference, ESCALATION, opened(2, "escalated", to=JOS)),
        (known_id, NEITHER, Change("not_case", "stranger", waits="stranger")),
        (nothing, ESCALATION, opened(2, "escalated", to=JOS)),
        (nothing, NEITHER, Change("not_case", "no_statement")),
    ],
)
def test_a_sender_whose_authentication_fails_is_a_stranger(
    ooma: Counter, evidence: Evidence, words: str, expected: Change
) -> None:
    watch = Watch(ooma)
    change = watch.change(
        ooma.mail(words, headers={"Authentication-Results": FAILED}, **evidence(ooma))  # type: ignore[arg-type]
    )
    assert (change.outcome, change.why, change.waits) == (
        expected.outcome,
        expected.why,
        expected.waits,
    )
    assert change.post == expected.post
    assert ooma.state(1) == ("open", "frontline")
    assert "escalated" not in change.events.get(1, [])


@pytest.mark.parametrize("server", ["mx.elsewhere", "mx.example.evil", ""])
def test_another_servers_authentication_results_are_not_believed(
    ooma: Counter, server: str
) -> None:
    said = {"Authentication-Results": f"{server}; dmarc=fail"}
    watch = Watch(ooma)
    ended = ooma.mail(NEITHER, answers=ooma.thread(), headers=said)
    assert watch.change(ended) == joined(1)


def test_words_in_a_partys_name_that_failed_are_not_on_record_as_theirs(ooma: Counter) -> None:
    known = f"customer:{ooma.parties()[0].id}"
    ooma.mail(NEITHER, answers=ooma.thread(), headers={"Authentication-Results": FAILED})
    assert ooma.event("customer_wrote").actor != known


@pytest.mark.parametrize("decision", ["joined", "dismissed"])
def test_what_failed_authentication_can_be_decided(ooma: Counter, decision: str) -> None:
    ooma.mail(COMPLAINT, answers=ooma.thread(), headers={"Authentication-Results": FAILED})
    ooma.act(decision, about=ooma.newest.id)
    assert (ooma.newest.waits, ooma.newest.case_id) == (None, ooma.id(1))


# An unconfirmed party -----------------------------------------------------------------------------


def test_an_unconfirmed_party_gets_no_letter_until_a_person_confirms_it(ooma: Counter) -> None:
    ooma.mail(ESCALATION, sender=KIT, answers=ooma.thread())
    ooma.now += timedelta(hours=1)
    ooma.act("progress_given", elements={"progress": "a", "proposed_actions": "b"})
    assert {to for _, to in ooma.posted()} == {JOS}
    assert ooma.facts("customer_wrote")["confirmed"] is False
    assert ooma.state() == ("open", "frontline")
    ooma.act("party_confirmed")
    assert ooma.state() == ("open", "supervisor")
    assert ooma.newest.waits is None
    assert ooma.posted()[-1] == ("escalated", JOS)


def test_an_unconfirmed_party_without_a_thread_is_nobody(ooma: Counter) -> None:
    ooma.mail(NEITHER, sender=KIT, answers=ooma.thread())
    watch = Watch(ooma)
    assert watch.change(ooma.mail(NEITHER, sender=KIT)) == Change("not_case", "no_statement")
    then = Watch(ooma)
    ended = ooma.mail(ESCALATION, sender=KIT, subject=ooma.reference())
    expected = opened(2, "escalated", to=KITS, alerts=[(1, "stranger_quoted_reference")])
    assert then.change(ended) == expected


# Merged cases -------------------------------------------------------------------------------------


@pytest.mark.parametrize("evidence", [token, known_id, reference])
def test_what_leads_to_a_merged_case_leads_to_the_one_that_goes_on(
    ooma: Counter, evidence: Evidence
) -> None:
    again(ooma)
    ooma.act("merged", into=ooma.reference(2))
    watch = Watch(ooma)
    ended = ooma.mail(ESCALATION, **evidence(ooma))  # type: ignore[arg-type]
    assert watch.change(ended) == joined(2, "escalated", post=ESCALATED)


@pytest.mark.parametrize(
    ("words", "events", "proposed"), [(ESCALATION, ["escalated"], None), (NEITHER, [], 2)]
)
def test_who_was_party_to_a_merged_case_has_one_live_case(
    ooma: Counter, words: str, events: list[str], proposed: int | None
) -> None:
    again(ooma)
    ooma.act("merged", into=ooma.reference(2))
    watch = Watch(ooma)
    change = watch.change(ooma.mail(words))
    assert change.events == {2: ["customer_wrote", *events]}
    assert change.proposed == proposed


def test_words_of_who_was_party_to_a_merged_case_alone_are_theirs(ooma: Counter) -> None:
    again(ooma, KIT)
    ooma.act("merged", into=ooma.reference(2))
    jo = ooma.parties(1)[0].id
    for words, evidence in ((NEITHER, {}), (NEITHER, {"answers": ooma.thread(number=1)})):
        ooma.mail(words, **evidence)  # type: ignore[arg-type]
        assert ooma.event("customer_wrote", 2).actor == f"customer:{jo}"
    assert len(ooma.parties(2)) == 1


def test_the_token_of_a_case_merged_twice_leads_to_the_last(ooma: Counter) -> None:
    again(ooma)
    again(ooma)
    ooma.act("merged", about=1, into=ooma.reference(2))
    ooma.act("merged", about=2, into=ooma.reference(3))
    watch = Watch(ooma)
    assert watch.change(ooma.mail(NEITHER, answers=ooma.thread(number=1))) == joined(3)


# Ids, languages -----------------------------------------------------------------------------------


@pytest.mark.parametrize("id", ["", "<>", "< >", "<@>", "<<>>"])
def test_empty_ids_never_match(ooma: Counter, id: str) -> None:
    headers = f"Message-ID: {id}\r\nIn-Reply-To: {id}\r\nReferences: {id} {id}\r\n"
    for sender in (JO, KIT, MAX):
        raw = f"{headers}From: {sender}\r\nSubject: hello\r\n\r\n{COMPLAINT}\r\n"
        assert ooma.raw(raw.encode()) == ("case_opened", None)
    assert len(ooma.cases) == 4


@pytest.mark.parametrize(
    ("provider", "words", "statement", "language"),
    [
        ("jive", "Je souhaite porter plainte au sujet de ma facture.", "complaint", "fr-CA"),
        ("jive", "Je veux que ma plainte soit escaladée.", "escalation", "fr-CA"),
        ("jive", "Ik wil graag een klacht indienen over mijn rekening.", "complaint", "en-CA"),
        ("ooma", "Ik wil mijn klacht escaleren.", "escalation", "en"),
        ("ooma", "Je souhaite déposer une plainte au sujet de ma ligne.", "complaint", "en"),
    ],
)
def test_statements_in_french_and_dutch(
    tmp_path: Path, provider: str, words: str, statement: str, language: str
) -> None:
    at = counter(tmp_path, provider)
    assert at.mail(words) == ("case_opened", None)
    assert at.newest.label == statement
    assert at.case().language == language
    assert ("escalated" in at.kinds()) == (statement == "escalation")
    assert {to for _, to in at.posted()} == {JOS}
