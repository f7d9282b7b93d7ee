"""What routing is handed by the desk: whose call it is, by numbers that are surely somebody's, and
what may be said when nobody answers."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from plugin.cases.search import terms_of_number
from plugin.desk import calls
from plugin.desk.switchboard import check_plans, office_of, plan_for, standing_of, texts_of
from plugin.settings import Settings, SettingsError
from plugin.store.schema import route
from tests.plugin import support
from tests.plugin.desk.counter import Counter, complained
from voice.call import Call, Event, call_of
from voice.numbers import read
from voice.routing import Office, Standing
from voice.webhook import Refused

NUMBER = "020 7946 0123"
E164 = "+442079460123"


@pytest.fixture
def ooma(tmp_path: Path) -> Counter:
    return complained(tmp_path)


def office(
    folder: Path,
    provider: str,
    moment: datetime = support.NOW,
    chosen: Settings | None = None,
) -> Office:
    """What routing is handed of a provider at a moment."""
    built = support.desk(f"sqlite:///{folder}/a.db", chosen or support.settings(folder))
    with built.database.read() as c:
        one = built.providers.newest(c)[provider]
    plan = plan_for(built, one)
    assert plan is not None
    return office_of(built, one, plan, moment)


def calling(counter: Counter, number: str) -> Call:
    told = Event("call.started", "1", caller=read(number, "GB"))
    return call_of([(told, counter.now)])


def standing(counter: Counter, number: str) -> Standing:
    with counter.desk.database.read() as c:
        return standing_of(c, counter.provider, calling(counter, number))


@pytest.mark.parametrize("written", [NUMBER, "+44 20 7946 0123", "0044 (0)20-7946-0123"])
def test_a_partys_number_is_kept_as_e164_whatever_was_written(ooma: Counter, written: str) -> None:
    ooma.act("address_added", kind="phone", address=written)
    told = ooma.facts("address_added")
    assert (told["address"], told.get("written", E164)) == (E164, written)
    with ooma.desk.database.read() as c:
        kept = c.execute(select(route.c.value).where(route.c.kind == "phone")).scalars().all()
    assert kept == [E164]


def test_a_number_that_does_not_validate_is_kept_all_the_same(ooma: Counter) -> None:
    ooma.act("address_added", kind="phone", address="01632 960123")
    assert ooma.facts("address_added")["address"] == "+441632960123"


def test_a_number_is_removed_by_any_spelling(ooma: Counter) -> None:
    ooma.act("address_added", kind="phone", address=NUMBER)
    ooma.act("address_removed", address="+44 (0)20 7946 0123")
    assert standing(ooma, NUMBER) == Standing()


def test_a_number_is_found_by_its_digits_with_the_country_and_without() -> None:
    assert terms_of_number(E164) == {"442079460123", "02079460123"}
    assert terms_of_number("+447700900123") == {"447700900123", "07700900123"}
    assert terms_of_number("+16045550134") == {"16045550134", "6045550134"}


def test_who_calls_is_known_by_a_confirmed_number_of_a_live_case(ooma: Counter) -> None:
    assert standing(ooma, NUMBER) == Standing()
    ooma.act("address_added", kind="phone", address=NUMBER)
    found = standing(ooma, NUMBER)
    assert [(one.level, one.handler) for one in found.cases] == [("", None)]


def test_an_escalated_case_tells_its_level(ooma: Counter) -> None:
    ooma.act("address_added", kind="phone", address=NUMBER)
    ooma.act("escalated", level="director")
    assert [one.level for one in standing(ooma, NUMBER).cases] == ["director"]


def test_a_closed_case_is_nobodys_live_one(ooma: Counter) -> None:
    ooma.act("address_added", kind="phone", address=NUMBER)
    ended: dict[str, Any] = {"as": "out_of_scope", "text": "not ours"}
    ooma.act("closed", **ended)
    assert standing(ooma, NUMBER) == Standing()


@pytest.mark.parametrize("number", ["anonymous", "+266696687", "", "01632 960123", "1015"])
def test_a_number_that_is_surely_nobodys_finds_no_case(ooma: Counter, number: str) -> None:
    ooma.act("address_added", kind="phone", address="01632 960123")
    assert standing(ooma, number) == Standing()


@pytest.mark.parametrize(
    ("provider", "moment", "is_open"),
    [
        ("8x8", "2026-11-24T10:00", True),
        ("8x8", "2026-11-28T10:00", False),
        ("opus", "2026-12-25T10:00", False),
        ("ooma", "2026-12-25T03:00", True),
        ("jive", "2026-11-24T20:00", True),
    ],
)
def test_open_is_what_the_providers_own_calendar_says(
    tmp_path: Path, provider: str, moment: str, is_open: bool
) -> None:
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert office(tmp_path, provider, at).open is is_open


@pytest.mark.parametrize(
    ("provider", "language", "said"),
    [
        ("opus", "en", "We aim to acknowledge a complaint within 24 opening hours."),
        ("ooma", "en", "We acknowledge a complaint within 1 business day."),
        ("jive", "fr", "accusons réception d’une plainte"),
    ],
)
def test_a_caller_is_promised_what_the_code_has(
    tmp_path: Path, provider: str, language: str, said: str
) -> None:
    assert said in office(tmp_path, provider).unanswered[language]


def test_a_code_without_an_acknowledgement_promises_none(tmp_path: Path) -> None:
    assert "acknowledge" not in office(tmp_path, "8x8").unanswered["en"]


def settings_with_plan(folder: Path, text: str) -> Settings:
    (folder / "plan.toml").write_text(text)
    given = support.settings(folder)
    provider = {key: one.model_dump() for key, one in given.provider.items()}
    provider["opus"]["phone_plan"] = "plan.toml"
    return support.settings(folder, provider=provider)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("format = 1\nregion = 'GB'", "there is no queue 'complaints'"),
        ("format = 1\nregion = 'GB'\n[queues.complaints]\ntargets = ['999']", "emergency"),
        ("format = 1\nregion = 'GB'\n[queues.complaints]\nlevels = ['king']", "no level"),
        (
            "format = 1\nregion = 'GB'\n[queues.complaints]\n[[lines]]\nnumber = '0345 286 4697'",
            "is a line of 8x8 and of opus",
        ),
        ("format = ", "not TOML"),
    ],
)
def test_a_wrong_plan_stops_the_start_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    chosen = settings_with_plan(tmp_path, text)
    built = support.desk(f"sqlite:///{tmp_path}/a.db", chosen)
    with built.database.read() as c:
        newest = list(built.providers.newest(c).values())
    with pytest.raises(SettingsError, match=said):
        check_plans(built, newest)


def test_a_plan_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    given = support.settings(tmp_path)
    provider = {key: one.model_dump() for key, one in given.provider.items()}
    provider["opus"]["phone_plan"] = "nowhere.toml"
    with pytest.raises(SettingsError, match=r"provider.opus.phone_plan: nowhere.toml cannot be"):
        texts_of(support.settings(tmp_path, provider=provider))


def test_a_provider_that_is_not_enabled_has_no_plan(tmp_path: Path) -> None:
    given = support.settings(tmp_path)
    provider = {key: one.model_dump() for key, one in given.provider.items()}
    provider["opus"]["enabled"] = False
    built = support.desk(
        f"sqlite:///{tmp_path}/a.db", support.settings(tmp_path, provider=provider)
    )
    with built.database.read() as c:
        assert plan_for(built, built.providers.newest(c)["opus"]) is None


def test_a_refusal_is_told_without_what_it_said(ooma: Counter) -> None:
    told: list[tuple[str, dict[str, object]]] = []
    built = dataclasses.replace(ooma.desk, tell=lambda kind, **facts: told.append((kind, facts)))
    calls.refuse(built, "hooks", Refused("no signature matches"), ooma.now)
    assert told == [("webhook_refused", {"phone": "hooks", "why": "no signature matches"})]


def test_getting_ready_loads_what_the_first_caller_needs(tmp_path: Path) -> None:
    built = support.desk(f"sqlite:///{tmp_path}/a.db", support.settings(tmp_path))
    calls.get_ready(built, support.NOW)
    assert {key for key, _ in built.providers._loaded} == {"8x8", "jive", "ooma", "opus"}


@pytest.mark.parametrize("language", ["en", "en-GB", "fr-CA", "nl"])
def test_when_it_opens_is_said_in_whatever_language_the_plan_has(
    tmp_path: Path, language: str
) -> None:
    text = (
        "format = 1\nregion = 'GB'\n[queues.complaints]\n"
        f"[words.closed]\n{language} = 'closed'\n[words.opens]\n{language} = '{{day}} {{time}}'"
    )
    closed = office(
        tmp_path,
        "opus",
        datetime(2026, 11, 28, 12, tzinfo=UTC),
        chosen=settings_with_plan(tmp_path, text),
    ).closed
    assert "30" in closed[language]
