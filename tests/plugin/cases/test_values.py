"""Case references and the hash chain: what is noticed when it is wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from plugin.cases import reference
from plugin.cases.events import GENESIS, Event, canonical, chain, digest_of, verify

AT = datetime(2026, 11, 24, 10, tzinfo=UTC)


@given(st.integers(0, 10**8 - 1), st.integers(0, 9), st.integers(0, 9))
def test_a_wrong_digit_in_a_reference_is_noticed(number: int, place: int, digit: int) -> None:
    made = reference.with_check(f"{number:08d}")
    assert reference.is_valid(made)
    digits = list(made.replace("-", ""))
    if digits[place] != str(digit):
        digits[place] = str(digit)
        text = "".join(digits)
        assert not reference.is_valid(f"{text[:4]}-{text[4:8]}-{text[8:]}")


@given(st.integers(0, 10**8 - 1), st.integers(0, 8))
def test_two_swapped_digits_in_a_reference_are_noticed(number: int, place: int) -> None:
    digits = list(reference.with_check(f"{number:08d}").replace("-", ""))
    if digits[place] != digits[place + 1]:
        digits[place], digits[place + 1] = digits[place + 1], digits[place]
        text = "".join(digits)
        assert not reference.is_valid(f"{text[:4]}-{text[4:8]}-{text[8:]}")


def test_references_are_found_as_people_write_them() -> None:
    made = reference.with_check("12345678")
    check = made[-2:]
    text = f"Re: {made}, 1234 5678 {check}; 12345678{check} 1234–5678–{check} 9{made} {made}-1"
    assert list(reference.find(text)) == [made]
    assert list(reference.find(f"1234-5678-{(int(check) + 1) % 97:02d}")) == []
    assert not reference.is_valid("١٢٣٤-٥٦٧٨-٩٠")


def chained(count: int) -> list[Event]:
    events, previous = [], GENESIS
    for seq in range(1, count + 1):
        digest = digest_of("salt", canonical({"n": seq}))
        fields = {"seq": seq, "kind": "received", "v": 1, "at": AT, "recorded_at": AT}
        actor = "agent:jo"
        previous = chain(previous, **fields, actor=actor, facts_digest=digest)  # type: ignore[arg-type]
        events.append(
            Event(seq, "received", 1, AT, AT, actor, {"n": seq}, digest, previous),
        )
    return events


def test_the_chain_holds_in_any_zone_and_without_the_person() -> None:
    events = chained(3)
    elsewhere = AT.astimezone(timezone(timedelta(hours=-5)))
    other = [replace(event, at=elsewhere, actor="agent:-", facts=None) for event in events]
    assert verify(other, head=events[-1].hash, count=3) is None


def test_any_change_breaks_the_chain() -> None:
    events = chained(3)
    head = events[-1].hash
    changes: list[dict[str, object]] = [
        {"kind": "closed"},
        {"v": 2},
        {"at": AT + timedelta(microseconds=1)},
        {"recorded_at": AT + timedelta(days=1)},
        {"actor": "system"},
        {"facts_digest": "0" * 64},
    ]
    for change in changes:
        broken = [events[0], replace(events[1], **change), events[2]]  # type: ignore[arg-type]
        assert verify(broken, head=head, count=3) == "event 2 does not match its hash"
    assert verify(events[:2], head=head, count=3) is not None
    assert verify([events[0], events[2]], head=head, count=3) == "event 2 is missing"
