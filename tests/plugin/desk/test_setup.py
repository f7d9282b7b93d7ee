"""What the desk sees to by itself beside cases: a code whose own review is overdue."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from plugin.desk import review
from plugin.desk.ports import Desk
from plugin.store.schema import alert
from tests.plugin.support import NOW, desk, settings


def reminded(built: Desk) -> list[str]:
    with built.database.read() as connection:
        about = alert.c.about == "review_overdue"
        return list(connection.execute(select(alert.c.text).where(about)).scalars())


def test_a_review_that_is_overdue_is_said_once_and_no_more_when_it_was_done(
    tmp_path: Path,
) -> None:
    built = desk(f"sqlite:///{tmp_path}/a.db", settings(tmp_path))
    review.remind(built, NOW)
    review.remind(built, NOW + timedelta(days=1))
    (said,) = reminded(built)
    assert said.startswith("The code of Ooma: its review was due on 2017-11-09")
    built.database.close()

    provider = {"ooma": {"reviewed_on": "2026-10-01"}}
    done = desk(f"sqlite:///{tmp_path}/b.db", settings(tmp_path, provider=provider))
    review.remind(done, NOW)
    assert reminded(done) == []
    review.remind(done, NOW + timedelta(days=60))
    assert "its review was due on 2027-01-01" in reminded(done)[0]
    done.database.close()
