"""Other people's mail, taken in whole: no crash, and every file is accounted for.

None of the ordinary mail among it complains to a telephone company, so none of it may open a case.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from mail.files import mails
from plugin.desk.hearing import hear
from plugin.desk.ingest import ingest
from plugin.store.schema import blob_chunk, case, contact, delivery, inbound
from tests.plugin.support import NOW, desk, settings


@pytest.mark.slow
@pytest.mark.corpora
def test_every_file_of_the_corpora_is_taken_in_and_counted(corpora: Path, tmp_path: Path) -> None:
    files = [path for path in sorted((corpora / "mail").rglob("*")) if path.is_file()]
    found = {path: list(mails(path)) for path in files}
    raws = [raw for of_file in found.values() for raw in of_file if raw is not None]
    assert all(found.values()), "each file is a mail, several, or said to be none"
    assert len(raws) > 500

    office = desk(f"sqlite:///{tmp_path}/answerable.db", settings(tmp_path))
    *_, last = ingest(office, raws, "ooma", NOW)

    assert last.mails == len(raws)
    assert sum(last.outcomes.values()) == len(raws)
    assert last.outcomes.get("waiting", 0) == 0
    with office.database.read() as connection:

        def count(query: object) -> int:
            return int(connection.execute(query).scalar_one())  # type: ignore[call-overload]

        rows = select(func.count()).select_from
        assert count(rows(inbound)) == len(raws)
        kept = len(raws) - last.outcomes["duplicate"] - last.outcomes["quarantined"]
        assert count(rows(contact)) == kept
        assert count(rows(case)) == last.outcomes["case_opened"]
        # An acknowledgement, and one letter more where the customer asked to escalate at once.
        assert count(rows(delivery)) <= 2 * last.outcomes["case_opened"]
        assert count(rows(blob_chunk)) >= len(set(raws))
    office.database.close()


@pytest.mark.slow
@pytest.mark.corpora
def test_ordinary_mail_opens_no_case(corpora: Path, tmp_path: Path) -> None:
    folders = (corpora / "mail").glob("spamassassin_ham*")
    files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    found = {path: raw for path in files for raw in mails(path) if raw is not None}
    assert len(found) > 300

    office = desk(f"sqlite:///{tmp_path}/answerable.db", settings(tmp_path))
    heard = {path: hear(office, "ooma", raw, NOW).verdict for path, raw in found.items()}
    wrong = {
        f"{path.parent.name}/{path.name}": (said.label, [one.rule for one in said.evidence])
        for path, said in heard.items()
        if said.label != "neither"
    }
    assert wrong == {}
    *_, last = ingest(office, list(found.values()), "ooma", NOW)
    assert (last.mails, last.outcomes["case_opened"]) == (len(found), 0)
    office.database.close()
