"""What joins a case: every cell of the table, as a complaints manager could read it."""

from __future__ import annotations

import pytest

from plugin.cases.thread import Decision, Evidence, Join, Open, Propose, Statement, Wait, thread

OURS, OTHER, THIRD = 1, 2, 3


def party_to(*live: int, closed: tuple[int, ...] = (), **more: object) -> Evidence:
    """Evidence of a sender who is a party to these cases."""
    every = frozenset((*live, *closed))
    return Evidence(
        party_to=every,
        live=frozenset(live),
        closed=frozenset(closed),
        **more,  # type: ignore[arg-type]
    )


def stranger(**more: object) -> Evidence:
    """Evidence of a sender we know nothing of."""
    return Evidence(**more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("evidence", "statement", "decision"),
    [
        pytest.param(
            party_to(OURS, token=OURS), "complaint", Join(OURS), id="token, party, complaint"
        ),
        pytest.param(
            party_to(OURS, token=OURS),
            "escalation",
            Join(OURS, escalate=True),
            id="token, party, escalation",
        ),
        pytest.param(party_to(OURS, token=OURS), "neither", Join(OURS), id="token, party, silent"),
        pytest.param(
            party_to(closed=(OURS,), token=OURS),
            "complaint",
            Join(OURS, reopen=True),
            id="token to a closed case, complaint: it is re-opened",
        ),
        pytest.param(
            party_to(closed=(OURS,), token=OURS),
            "neither",
            Join(OURS, waits=True),
            id="token to a closed case, silent: a person decides",
        ),
        *[
            pytest.param(
                stranger(token=OURS),
                statement,
                Join(OURS, confirmed=False, waits=True),
                id=f"token, sender unknown to the case, {statement}: on record, moves nothing",
            )
            for statement in ("complaint", "escalation", "neither")
        ],
        pytest.param(
            party_to(OTHER, token=OURS),
            "escalation",
            Join(OURS, confirmed=False, waits=True),
            id="token, sender a party only to another case",
        ),
        pytest.param(party_to(OURS, known=(OURS,)), "complaint", Join(OURS), id="known id, party"),
        pytest.param(
            party_to(OURS, quoted=(OURS,)),
            "escalation",
            Join(OURS, escalate=True),
            id="reference, party, escalation",
        ),
        pytest.param(party_to(OURS, quoted=(OURS,)), "neither", Join(OURS), id="reference, party"),
        pytest.param(
            party_to(OURS, closed=(OTHER,), quoted=(OTHER, OURS)),
            "neither",
            Join(OURS),
            id="two own references: the live case",
        ),
        pytest.param(
            stranger(quoted=(OURS,)), "complaint", Open(), id="stranger's reference, complaint"
        ),
        pytest.param(
            stranger(quoted=(OURS,)),
            "escalation",
            Open(escalate=True),
            id="stranger's reference, escalation",
        ),
        pytest.param(
            stranger(quoted=(OURS,)), "neither", Wait("stranger"), id="stranger's reference, silent"
        ),
        pytest.param(
            stranger(known=(OURS,)), "neither", Wait("stranger"), id="stranger's known id, silent"
        ),
        pytest.param(
            party_to(OTHER, quoted=(OURS,)),
            "neither",
            Propose(OTHER),
            id="stranger's reference from a party to another: their own standing decides",
        ),
        pytest.param(
            party_to(OURS), "complaint", Open(related=(OURS,)), id="one live case, new complaint"
        ),
        pytest.param(
            party_to(OURS), "escalation", Join(OURS, escalate=True), id="one live case, escalation"
        ),
        pytest.param(party_to(OURS), "neither", Propose(OURS), id="one live case, silent"),
        pytest.param(
            party_to(OURS, OTHER),
            "complaint",
            Open(related=(OURS, OTHER)),
            id="two live cases, complaint",
        ),
        pytest.param(
            party_to(OURS, OTHER),
            "escalation",
            Open(escalate=True, related=(OURS, OTHER)),
            id="two live cases, escalation",
        ),
        pytest.param(
            party_to(OURS, OTHER, THIRD), "neither", Wait("proposed"), id="several live, silent"
        ),
        pytest.param(stranger(), "complaint", Open(), id="nothing known, complaint"),
        pytest.param(stranger(), "escalation", Open(escalate=True), id="nothing known, escalation"),
        pytest.param(stranger(), "neither", Wait("no_statement"), id="nothing known, silent"),
    ],
)
def test_the_table_decides(evidence: Evidence, statement: Statement, decision: Decision) -> None:
    assert thread(statement, evidence).decision == decision


@pytest.mark.parametrize("statement", ["complaint", "escalation", "neither"])
def test_a_reference_of_somebody_elses_case_is_told_to_that_case(statement: Statement) -> None:
    assert thread(statement, party_to(OTHER, quoted=(OURS, OTHER))).strangers_to == (OURS,)
