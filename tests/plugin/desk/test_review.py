"""The provider's review of its own code: the reminder, and what has changed since the last one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from plugin.bundle import folder
from plugin.codes.load import read_folder
from plugin.desk.ports import Desk
from plugin.desk.publish import explained, owed
from plugin.desk.review import remind, review_of
from plugin.sections import ProviderSettings
from plugin.store import providers as rows
from plugin.store.schema import alert
from tests.plugin.support import desk, settings

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


def office(tmp_path: Path, reviewed_on: date | None) -> Desk:
    """A desk where Ooma's code was last reviewed then."""
    section = ProviderSettings(reviewed_on=reviewed_on)
    here = settings(tmp_path)
    known = {**here.provider, "ooma": section}
    url = f"sqlite:///{tmp_path}/review.db"
    return desk(url, here.model_copy(update={"provider": known}))


def alerts(at: Desk) -> list[tuple[str, str]]:
    with at.database.read() as connection:
        found = connection.execute(
            select(alert.c.about, alert.c.text)
            .where(alert.c.provider == "ooma", alert.c.about.startswith("review"))
            .order_by(alert.c.at)
        )
        return [(row.about, row.text) for row in found]


@pytest.mark.parametrize(
    ("reviewed_on", "about"),
    [
        (date(2026, 10, 1), []),
        (date(2026, 9, 12), ["review_due"]),  # due on 12 December: in a fortnight
        (date(2026, 8, 28), ["review_due"]),  # due today
        (date(2026, 8, 27), ["review_overdue"]),
    ],
)
def test_somebody_is_reminded_before_and_after(
    tmp_path: Path, reviewed_on: date, about: list[str]
) -> None:
    at = office(tmp_path, reviewed_on)
    remind(at, NOON)
    remind(at, NOON)
    assert [kind for kind, _ in alerts(at)] == about


def test_the_reminder_says_what_has_changed_since(tmp_path: Path) -> None:
    at = office(tmp_path, date(2026, 5, 1))
    remind(at, NOON)
    ((_, said),) = alerts(at)
    assert said == (
        "The code of Ooma: its review was due on 2026-08-01; its code says every 3 months. "
        "Since then 2 things that customers are told have changed; "
        "`answerable code review ooma` shows them. Review it and set reviewed_on."
    )


def test_one_of_each_and_no_more(tmp_path: Path) -> None:
    at = office(tmp_path, date(2026, 9, 12))
    for day in range(30):
        remind(at, NOON + timedelta(days=day))
    assert [kind for kind, _ in alerts(at)] == ["review_due", "review_overdue"]


def test_a_changed_folder_is_a_change_since(tmp_path: Path) -> None:
    at = office(tmp_path, date(2026, 11, 1))
    files = read_folder(folder("templates"), "ooma")
    name = "published.toml"
    files[name] = files[name].replace("Every {length} we tell you", "Each {length} we tell you")
    at.database.write(lambda c: rows.store_folder(c, "ooma", files, now=NOON))
    found = review_of(at, "ooma", NOON.date())
    # What was stored first stands for every day before.
    assert [one.key for one in found.changes] == ["promise:progress_update"]
    assert found.changes[0].before.startswith("Every 5 business days")
    assert found.changes[0].after.startswith("Each 5 business days")


def test_changes_can_be_counted_from_any_day(tmp_path: Path) -> None:
    at = office(tmp_path, date(2026, 11, 1))
    found = review_of(at, "ooma", NOON.date(), since=date(2026, 4, 7))
    assert "promise:adr_notice" in {one.key for one in found.changes}


def test_a_reading_that_older_versions_lack_is_left_out_of_theirs(tmp_path: Path) -> None:
    at = office(tmp_path, date(2026, 11, 1))
    files = read_folder(folder("templates"), "ooma")
    files["provider.toml"] += """
[readings.AMB-1.choices.review_three_days_after]
says = "three business days"
promises.triage_review = { within = { amount = 3, unit = "business_day" } }
"""
    at.database.write(lambda c: rows.store_folder(c, "ooma", files, now=NOON))
    chosen = at.settings.provider["ooma"].model_copy(
        update={"readings": {"AMB-1": "review_three_days_after"}}
    )
    here = at.settings.model_copy(update={"provider": at.settings.provider | {"ooma": chosen}})
    later = replace(at, settings=here)
    (change,) = review_of(later, "ooma", NOON.date()).changes
    assert "3 business days" in change.after
    assert "3 business days" not in change.before
    with later.database.read() as connection:
        first = later.providers.at(connection, "ooma", 1)
    assert owed(here, first).kinds
    assert explained(here, first, "en", NOON.date(), scheme=True)["steps"]
