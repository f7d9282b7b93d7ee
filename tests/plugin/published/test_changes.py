"""Two editions side by side: what was said, what is said, and nothing else."""

from __future__ import annotations

from datetime import date

from plugin.published.changes import by_section, changes, compare
from plugin.published.compose import Here
from tests.plugin.published.places import made

BEFORE, AFTER = date(2026, 4, 7), date(2026, 4, 8)


def test_a_new_law_shows_as_what_customers_read() -> None:
    when, one = changes(made("8x8", on=BEFORE), made("8x8", on=AFTER))
    assert (when.key, one.key) == ("adr:when", "promise:adr_notice")
    assert "within 8 weeks" in one.before
    assert "within 6 weeks" in one.after


def test_the_same_day_twice_is_no_change() -> None:
    assert changes(made("ooma"), made("ooma")) == []


def test_another_day_under_the_same_rules_is_no_change() -> None:
    assert changes(made("opus", on=date(2026, 7, 1)), made("opus", on=date(2026, 11, 28))) == []


def test_what_is_new_and_what_is_gone_stand_where_they_belong() -> None:
    found = compare(made("ooma", readings={"AMB-5": "never"}), made("ooma"))
    (gone,) = (one for one in found if one.changed)
    assert (gone.key, gone.before) == ("promise:assumed_closure", "")
    back = compare(made("ooma"), made("ooma", readings={"AMB-5": "never"}))
    place = [one.key for one in back].index("promise:assumed_closure")
    assert back[place].after == ""
    assert back[place - 1].key == "closing:confirmed"
    assert back[place].section == back[place - 1].section


def test_a_number_that_was_confirmed_and_a_scheme_that_was_named() -> None:
    here = Here({"adr_scheme": "Communications Ombudsman"}, confirmed=frozenset({"800 4433 1345"}))
    found = {one.key for one in changes(made("ooma"), made("ooma", here=here))}
    assert found == {"channel:phone", "channel:phone:800 4433 1345", "adr:scheme"}


def test_sections_follow_each_other_once() -> None:
    titles = [title for title, _ in by_section(compare(made("jive"), made("jive")))]
    assert len(titles) == len(set(titles))
