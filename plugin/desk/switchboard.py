"""What routing needs of a provider: its plan, whether it is open, and what a caller may be told.

The rule: nothing is said to a caller that the code does not support. The time of an acknowledgement
is the code's own, by the rules that the deadlines run on, and is left out where it has none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from sqlalchemy import Connection

from plugin.cases.case import FRONT_LINE
from plugin.codes.calendar import CalendarError
from plugin.codes.load import load_phone
from plugin.codes.model import Severity
from plugin.codes.problems import ProviderError
from plugin.codes.provider import Provider, spoken
from plugin.codes.rules import Ruled, Rules, Span
from plugin.desk.ports import Desk
from plugin.published.fill import PublishError, fill
from plugin.published.lengths import Lengths
from plugin.settings import Settings, SettingsError
from plugin.store import parties
from voice.call import Call, Event
from voice.plan import Plan, shared_lines
from voice.routing import LiveCase, Office, Route, Standing, plan_of, route
from voice.systems import REGIONS

ACKNOWLEDGE = "acknowledge"
"""The promise that a caller may be told of."""


@dataclass(frozen=True, slots=True)
class Board:
    """The switchboard at one moment: the providers there are, and how their calls are routed."""

    desk: Desk
    providers: Mapping[str, Provider]
    plans: Mapping[str, Plan]
    now: datetime

    def owner(self, event: Event) -> str | None:
        """The provider whose line was dialled; None where the event does not say."""
        plan = plan_of(event.dialled.e164 if event.dialled else None, self.plans.values())
        return plan.provider if plan else None

    def regions(self, provider: str | None = None) -> tuple[str, ...]:
        """Default regions, that of a phone system's own provider first."""
        own = self.plans.get(provider or "")
        plans = [*([own] if own else []), *self.plans.values()]
        return tuple(dict.fromkeys((*(plan.region for plan in plans), *REGIONS)))

    def office(self, provider: str) -> Office:
        """Is a provider that has a plan open now, and what may a caller be told?"""
        return office_of(self.desk, self.providers[provider], self.plans[provider], self.now)

    def route(self, connection: Connection, provider: str | None, call: Call) -> Route:
        """Where a call of this provider's goes now; None where it is nobody's."""
        plan = self.plans.get(provider or "")
        if plan is None:
            return route(call, None, Standing(), Office(open=True))
        standing = standing_of(connection, plan.provider, call)
        return route(call, plan, standing, self.office(plan.provider))


def board_of(desk: Desk, now: datetime) -> Board:
    """The switchboard as it is now."""
    newest = desk.providers.lately(desk.database, now)
    plans = {key: plan for key, one in newest.items() if (plan := plan_for(desk, one))}
    return Board(desk, newest, plans, now)


def standing_of(connection: Connection, provider: str, call: Call) -> Standing:
    """The live cases of who calls, by a number that is surely theirs."""
    caller = call.caller
    if caller is None or caller.e164 is None or caller.withheld:
        return Standing()
    rows = parties.live_cases_of(connection, provider, "phone", caller.e164)
    return Standing(
        tuple(
            LiveCase(row.reference, "" if row.level == FRONT_LINE else row.level, row.handler)
            for row in rows
        )
    )


def plan_for(desk: Desk, provider: Provider) -> Plan | None:
    """How a provider's calls are routed: by the settings' own file, else by its folder's.

    None where there is no plan, or the provider is not enabled here.
    """
    section = desk.settings.for_provider(provider.key)
    if not section.enabled:
        return None
    text = desk.plans.get(provider.key)
    return provider.phone if text is None else _plan(provider, text, str(section.phone_plan))


def _plan(provider: Provider, text: str, place: str) -> Plan:
    """The settings' own plan of a provider, read once a version. Raises ProviderError."""
    found = _read.get((provider.key, provider.version, text))
    if found is None:
        words = provider.phone.words if provider.phone else {}
        found = load_phone(provider.key, text, words, provider.file, place)
        _read[provider.key, provider.version, text] = found
    return found


_read: dict[tuple[str, int, str], Plan] = {}


def check_plans(desk: Desk, providers: Sequence[Provider]) -> None:
    """Hold the settings' own plans, and all plans together, against what they may say.

    Raises SettingsError: the service must not find out while somebody calls.
    """
    plans, wrong = [], []
    for provider in providers:
        try:
            plan = plan_for(desk, provider)
        except ProviderError as error:
            wrong += [f"provider.{provider.key}.phone_plan: {said}" for said in error.problems]
        else:
            plans += [plan] if plan else []
    wrong += [f"phone: {said}" for said in shared_lines(plans)]
    if wrong:
        raise SettingsError("settings", wrong)


def office_of(desk: Desk, provider: Provider, plan: Plan, now: datetime) -> Office:
    """Is the provider open, and what may a caller be told if nobody answers?"""
    rules = desk.providers.rules(provider, desk.settings, now)
    calendar = rules.calendar
    is_open, opens = calendar.is_open(now), None
    if not is_open:
        try:
            opens = calendar.local(calendar.next_opening(now))
        except CalendarError:
            opens = None
    said = {
        language: _said(provider, plan, rules, language, opens) for language in _languages(plan)
    }
    return Office(
        open=is_open,
        opens_at=opens,
        closed={language: words["closed"] for language, words in said.items()},
        unanswered={language: words["unanswered"] for language, words in said.items()},
        message={language: words["message"] for language, words in said.items()},
    )


def _languages(plan: Plan) -> list[str]:
    return sorted({language for said in plan.words.values() for language in said})


def _said(
    provider: Provider, plan: Plan, rules: Rules, language: str, opens: datetime | None
) -> Mapping[str, str]:
    """What is said when nobody answers, in one language; a text that lacks words is left out."""
    slots = {"provider": provider.file.name}
    promise = _promise(provider, plan, rules, language)
    closed = [_text(plan, "closed", language, slots)]
    if opens is not None:
        name = "opens" if provider.file.calendar.opening else "opens_day"
        closed.append(_text(plan, name, language, slots | _when(opens, language, plan.region)))
    unanswered = _text(plan, "unanswered", language, slots)
    return {
        "closed": _joined([*closed, promise]),
        "unanswered": _joined([unanswered, promise]),
        "message": _text(plan, "message", language, slots),
    }


def _promise(provider: Provider, plan: Plan, rules: Rules, language: str) -> str:
    """When a complaint is acknowledged, as the code has it; "" where it does not say."""
    ruled = next((one for one in rules.promises if one.rule.name == ACKNOWLEDGE), None)
    if ruled is None:
        return ""
    span = _own_span(ruled)
    if span.within is None:
        return ""
    is_target = span.rule.severity is Severity.TARGET
    name = "acknowledged_target" if is_target else "acknowledged"
    try:
        within = Lengths(provider.published, language).within(span.within)
    except PublishError:
        return ""
    return _text(plan, name, language, {"provider": provider.file.name, "within": within})


def _own_span(ruled: Ruled) -> Span:
    """The code's own time, where law and code both name one: it is the one to be told."""
    return next((span for span in ruled.spans if not span.legal), ruled.spans[0])


def _when(moment: datetime, language: str, region: str) -> dict[str, str]:
    """A day and a time as they are spoken."""
    locale = _locale(language, region)
    return {
        "day": format_date(moment.date(), "EEEE d MMMM", locale=locale),
        "time": format_time(moment.time(), "short", locale=locale),
    }


def _locale(language: str, region: str) -> Locale:
    """The locale of a language as words are given in, e.g. "fr" or "fr-CA"."""
    plain = language.partition("-")[0]
    own = [language.replace("-", "_")] if "-" in language else []
    for name in (*own, f"{plain}_{region}", plain):
        try:
            return Locale.parse(name)
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")


def _text(plan: Plan, name: str, language: str, slots: Mapping[str, str]) -> str:
    said = spoken(plan.words.get(name, {}), language)
    try:
        return fill(said, **slots) if said else ""
    except PublishError:
        return ""


def _joined(texts: Sequence[str]) -> str:
    return " ".join(text for text in texts if text)


def texts_of(settings: Settings) -> dict[str, str]:
    """The routing plans that the settings name, by provider. Raises SettingsError."""
    found: dict[str, str] = {}
    wrong = []
    for key, section in settings.provider.items():
        if section.phone_plan is None:
            continue
        try:
            found[key] = (settings.base / section.phone_plan).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            wrong.append(
                f"provider.{key}.phone_plan: {section.phone_plan} cannot be read; give a readable "
                "text file in UTF-8"
            )
    if wrong:
        raise SettingsError("settings", wrong)
    return found
