"""Lists that cost the same with any number of cases: order, pages, search, and how many queries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event as listening

from plugin.cases.search import just_after, terms_of_party, terms_typed
from plugin.desk import ingest, keep, listing
from plugin.desk.listing import Mark
from plugin.desk.ports import Desk
from plugin.store.engine import Database
from tests.plugin.support import NOW, desk, letter, settings

COMPLAINT = "I would like to make a complaint about my line.\n"
PEOPLE = (
    ("Jo Marsh", "jo.marsh@example.com"),
    ("Amélie Gagnon", "amelie@gagnon.example"),
    ("Kit O'Sorrell", "kit@example.net"),
    ("Zoë Marshall", "zoe_m@example.org"),
)


@pytest.fixture
def office(any_database_url: str, tmp_path: Path) -> Iterator[Desk]:
    built = desk(any_database_url, settings(tmp_path))
    for number, (name, address) in enumerate(PEOPLE):
        raw = letter(COMPLAINT, sender=f"{name} <{address}>", message_id=f"<{number}@example.com>")
        provider = "opus" if number == 2 else "ooma"
        list(ingest.ingest(built, [raw], provider, NOW + timedelta(hours=number)))
    yield built
    built.database.close()


def names(lines: list[listing.Line]) -> list[str]:
    return [line.customer for line in lines]


def test_what_is_due_next_comes_first_over_all_providers(office: Desk) -> None:
    found = listing.list_cases(office).lines
    assert len(found) == 4
    assert [line.due_at for line in found] == sorted(line.due_at for line in found if line.due_at)
    assert names(listing.list_cases(office, ["opus"]).lines) == ["Kit O'Sorrell"]
    assert listing.list_cases(office, []).lines == []
    assert listing.list_cases(office, ["nobody"]).lines == []


def test_pages_show_each_case_once(office: Desk) -> None:
    seen: list[str] = []
    after = None
    for _ in range(4):
        page = listing.list_cases(office, after=after, limit=1)
        seen += names(page.lines)
        after = page.next
    assert after is None
    assert seen == names(listing.list_cases(office).lines)


def test_a_missed_promise_stays_first_until_it_is_kept(office: Desk) -> None:
    later = NOW + timedelta(days=4)
    assert listing.list_cases(office, which="late", now=NOW).lines == []
    assert listing.count_late(office, None, NOW) == 0
    keep.keep(office, later)
    late = listing.list_cases(office, which="late", now=later).lines
    assert {line.next_promise for line in late} >= {"acknowledge"}
    assert listing.count_late(office, None, later) == len(late) == 4
    assert listing.count_late(office, [], later) == 0


def test_nothing_is_settled_while_anything_is_owed(office: Desk) -> None:
    assert listing.list_cases(office, which="settled").lines == []


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("marsh", {"Jo Marsh", "Zoë Marshall"}),
        ("jo marsh", {"Jo Marsh"}),
        ("MARSH  jo", {"Jo Marsh"}),
        ("amelie", {"Amélie Gagnon"}),
        ("zoë", {"Zoë Marshall"}),
        ("jo.marsh@example.com", {"Jo Marsh"}),
        ("jo.marsh@", {"Jo Marsh"}),
        ("example", {"Jo Marsh", "Kit O'Sorrell", "Zoë Marshall"}),
        ("o'sorrell", {"Kit O'Sorrell"}),
        ("sorrell", {"Kit O'Sorrell"}),
        ("arsh", set()),
        ("%", set()),
        ("ma_sh", set()),
        ("j", set()),
        ("", set()),
        ("\x00\ud800 marsh jo", {"Jo Marsh"}),
    ],
)
def test_a_case_is_found_by_the_beginnings_of_its_words(
    office: Desk, typed: str, found: set[str]
) -> None:
    assert set(names(listing.search_cases(office, None, typed).lines)) == found


def test_a_case_is_found_by_its_reference_however_it_is_typed(office: Desk) -> None:
    line = listing.list_cases(office, ["opus"]).lines[0]
    digits = line.reference.replace("-", "")
    for typed in (
        line.reference,
        digits,
        digits[:5],
        f" {digits[:4]} {digits[4:8]} ",
        digits[:4] + "-",
    ):
        assert line.reference in [
            one.reference for one in listing.search_cases(office, None, typed).lines
        ]
    assert listing.search_cases(office, ["ooma"], line.reference).lines == []


def test_a_list_asks_the_same_few_questions_whatever_is_in_it(office: Desk) -> None:
    with counted(office.database) as few:
        listing.list_cases(office, limit=1)
    with counted(office.database) as many:
        listing.list_cases(office)
    assert len(few) == len(many) == 3


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements run meanwhile."""
    told: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(("SELECT", "WITH")) and statement != "SELECT 1":
            told.append(statement.partition("LIMIT")[0])

    listening.listen(database.engine, "before_cursor_execute", note)
    try:
        yield told
    finally:
        listening.remove(database.engine, "before_cursor_execute", note)


def test_a_page_mark_is_read_as_it_was_written() -> None:
    mark = Mark(NOW, 7)
    assert Mark.read(str(mark)) == mark
    for wrong in ("", "x", "20261124T100000.000000", "20261124T100000.000000--1", f"{mark}9" * 9):
        with pytest.raises(ValueError, match=r".*"):
            Mark.read(wrong)


def test_words_are_kept_and_typed_alike() -> None:
    assert terms_of_party("Élodie  d'Arc", "E.Darc+x@Exemple.CA") == {
        "elodie",
        "d",
        "arc",
        "e.darc+x@exemple.ca",
        "exemple.ca",
        "e",
        "darc",
        "x",
    }
    assert terms_typed("  ÉLODIE d'Arc ") == ("elodie", "arc")
    assert terms_typed("1234-5678") == ("12345678",)
    assert terms_typed("a b c") == ()
    assert len(terms_typed("aa bb cc dd ee ff gg")) == 5
    assert just_after("ab") == "ac"
    assert just_after("\ud7ff") == "\ue000"
    assert just_after("a\U0010ffff") == "a\U0010ffff"
