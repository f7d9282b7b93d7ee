"""The list of cases with 100,000 of them: milliseconds and queries a page, beside the floor.

The floor is the same page from a database that holds one page of cases and nothing else, measured
in the same run: what is above it is what the number of cases costs.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import event as listening

from plugin.app import create_app
from plugin.cases.reference import with_check
from plugin.cases.roles import EVERY_PROVIDER, Grant, Role
from plugin.cases.search import terms_of_case, terms_of_party
from plugin.desk import people
from plugin.desk.listing import PAGE
from plugin.desk.ports import Desk
from plugin.store.cases import NOTHING_DUE
from plugin.store.schema import case, case_term, party, promise
from tests.plugin.support import NOW, desk, settings
from tests.servers.postgres import Postgres

COUNT = 100_000
ACTIVE = 0.2
ROUNDS = 60
BATCH = 2000
AIM_MS = 100

_FIRST = "Ada Ben Cora Dev Ella Finn Gita Hugo Ines Jack Kofi Lena Mona Nils Olga Paul".split()
_LAST = "Abbott Brown Chen Dubois Evans Farah Grant Hughes Iqbal Jones Khan Lopez Marsh".split()
_PROVIDERS = ("8x8", "jive", "ooma", "opus")

PAGES = (
    ("due next", "/cases"),
    ("refreshing itself", "/cases"),
    ("late", "/cases?show=late"),
    ("settled", "/cases?show=settled"),
    ("one provider", "/cases?provider=ooma"),
    ("by name", "/cases?q=marsh+mona"),
    ("by a common name", "/cases?q=marsh"),
    ("by address", "/cases?q=user77@mail.example"),
)


def main() -> None:
    """Measure on SQLite and on PostgreSQL and print a table of each."""
    postgres = Postgres()
    postgres.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            sqlite = f"sqlite:///{folder}"
            _measure("SQLite", Path(folder), f"{sqlite}/floor.db", f"{sqlite}/cases.db")
            _measure("PostgreSQL", Path(folder), postgres.url(), postgres.url())
    finally:
        postgres.stop()


def _measure(name: str, folder: Path, floor_url: str, url: str) -> None:
    small = _desk(folder, floor_url, PAGE, active=1.0)
    large = _desk(folder, url, COUNT, active=ACTIVE)
    floor, _ = _time(_browser(small), small, "/cases", {})
    print(f"\n{name}, {COUNT:,} cases (floor: the page from {PAGE}) aim: p50 under {AIM_MS} ms")
    print(f"  {'floor':20} {floor[0]:6.1f} ms p50 {floor[1]:6.1f} ms p95")
    browser = _browser(large)
    for title, address in PAGES:
        headers = {"HX-Request": "true"} if title == "refreshing itself" else {}
        (p50, p95), queries = _time(browser, large, address, headers)
        ratio = p50 / floor[0]
        print(f"  {title:20} {p50:6.1f} ms p50 {p95:6.1f} ms p95 {queries:3} queries, {ratio:.2f}")
    for one in (small, large):
        one.database.close()


def _time(
    browser: FlaskClient, built: Desk, address: str, headers: dict[str, str]
) -> tuple[tuple[float, float], int]:
    """(p50, p95) in milliseconds, and the most queries any page took."""
    told: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        told.append(statement)

    listening.listen(built.database.engine, "before_cursor_execute", note)
    times, most = [], 0
    for _ in range(ROUNDS):
        told.clear()
        started = time.perf_counter()
        answer = browser.get(address, headers=headers)
        times.append((time.perf_counter() - started) * 1000)
        assert answer.status_code == 200
        most = max(most, sum(not one.startswith(("BEGIN", "SELECT 1")) for one in told))
    listening.remove(built.database.engine, "before_cursor_execute", note)
    return (statistics.median(times), statistics.quantiles(times, n=20)[-1]), most


def _browser(built: Desk) -> FlaskClient:
    """A browser signed in as an admin of every provider."""
    app = create_app(built, lambda: NOW)
    user = people.add_user(built, "a@x.example", "A", [Grant(EVERY_PROVIDER, Role.ADMIN)], NOW)
    assert user is not None
    made = people.sign_in_once(
        built, people.one_time_link(built, user, NOW), people.Attempt("127.0.0.1"), NOW
    )
    assert made is not None
    browser = app.test_client()
    with browser.session_transaction() as held:
        held["s"] = made.session
    return browser


def _desk(folder: Path, url: str, count: int, *, active: float) -> Desk:
    built = desk(url, settings(folder))
    for rows in _batches(count, active):
        built.database.write(lambda c, rows=rows: [c.execute(t.insert(), r) for t, r in rows])  # type: ignore[misc]
    if not built.database.is_sqlite:
        with built.database.engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE")
    return built


def _batches(count: int, active: float) -> Iterator[list[tuple[Any, list[dict[str, Any]]]]]:
    """Made-up cases; of the active ones one in fifty is late, the others are settled."""
    random = Random(7)
    for start in range(0, count, BATCH):
        made = [_case(random, number, active) for number in range(start, min(start + BATCH, count))]
        terms = [row for one in made for row in one[3]]
        yield [
            (case, [one[0] for one in made]),
            (party, [one[1] for one in made]),
            (promise, [one[2] for one in made]),
            (case_term, terms),
        ]


def _case(
    random: Random, number: int, share: float
) -> tuple[dict[str, Any], Any, Any, list[dict[str, Any]]]:
    provider = _PROVIDERS[number % len(_PROVIDERS)]
    active = random.random() < share
    days = -1.0 if active and random.random() < 0.02 else random.uniform(0.1, 40)
    due: datetime = NOW + timedelta(days=days)
    reference = with_check(f"{number * 7919 % 10**8:08d}")
    name = f"{random.choice(_FIRST)} {random.choice(_LAST)}"
    key = {"provider": provider, "case_id": number}
    row = {
        "provider": provider,
        "id": number,
        "reference": reference,
        "state": "open" if active else "closed_confirmed",
        "level": "frontline",
        "language": "en",
        "opened_at": NOW,
        "first_received_at": NOW,
        "rules_version": 1,
        "head": "0" * 64,
        "events": 1,
        "active": active,
        "attention_at": due if active else NOTHING_DUE,
        "next_promise": "acknowledge" if active else None,
        "next_last_day": due.date() if active else None,
    }
    person = {**key, "id": number, "role": "customer", "name": name, "confirmed": True}
    owed = {
        **key,
        "name": "acknowledge",
        "occurrence": 1,
        "severity": "commitment",
        "starts_at": NOW,
        "due_at": due,
        "state": "open" if active else "kept",
    }
    words = terms_of_case(reference) | terms_of_party(name, f"user{number}@mail.example")
    return row, person, owed, [{**key, "term": word} for word in sorted(words)]


if __name__ == "__main__":
    main()
