"""What the sections show of a provider's data beside texts and promises: ways, levels, scheme."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import time
from decimal import Decimal

from babel.dates import get_day_names
from babel.numbers import format_decimal

from plugin.codes.compensation import by_formula, money
from plugin.codes.model import Opening
from plugin.codes.provider import REGULATOR_NOTICE
from plugin.codes.provider_file import Compensation, ContactPoint
from plugin.published.contacts import href
from plugin.published.document import Point, Reach
from plugin.published.fill import PublishError, fill
from plugin.published.promises import tightest
from plugin.published.wording import Wording

EXAMPLE_FEE, EXAMPLE_DAYS = Decimal(25), 7
"""The example of a formula: a monthly fee of 25.00, seven days late."""

_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Shown:
    """Sentences that come first, ways and facts, sentences that come last."""

    before: Iterable[Point] = ()
    reaches: Iterable[Reach] = ()
    after: Iterable[Point] = ()


def shown(wording: Wording, what: str, document: str) -> Shown:
    """What a section shows. Raises PublishError where a text is missing."""
    return _SHOWS[what](wording, document)


# Ways of reaching the provider ----------------------------------------------------------------


def _complaint_channels(wording: Wording, _: str) -> Shown:
    return Shown(reaches=_channels(wording, "complaint"))


def _question_channels(wording: Wording, _: str) -> Shown:
    return Shown(reaches=_channels(wording, "question"))


def _channels(wording: Wording, serves: str) -> Iterator[Reach]:
    used = [one.channel for one in wording.file.channels if serves in one.serves]
    mailbox = wording.here.mailbox
    for channel in dict.fromkeys([*used, *(["email"] if mailbox else [])]):
        name, key = wording.channel(channel), f"channel:{channel}"
        says = wording.maybe(f"{channel}_says")
        points = list(wording.shown.of(channel))
        if channel == "email" and mailbox:
            points = []
            yield Reach(key, name, (mailbox,), href("email", mailbox, mailbox))
        elif not points:
            instead = wording.maybe(f"{channel}_instead") or says
            yield Reach(key, name, (instead,) if instead else ())
        for point in points:
            yield _point(wording, point, key, name, says)
    if {"phone", "chat", "in_person"} & set(used) and wording.file.calendar.opening:
        yield Reach("hours", wording.word("hours"), tuple(_hours(wording)))


def _point(wording: Wording, point: ContactPoint, key: str, name: str, says: str) -> Reach:
    printed, seen = point.printed or "", _seen(wording, point)
    words = wording.texts.contacts.get(printed)
    label = wording.text(words.label) if words else ""
    return Reach(
        f"{key}:{printed}",
        f"{name} ({label})" if label else name,
        (seen, says) if says else (seen,),
        href(point.kind, point.normalised, seen),
    )


def _seen(wording: Wording, point: ContactPoint) -> str:
    """A contact as it is shown: as people dial or open it today, else as printed."""
    words = wording.texts.contacts.get(point.printed or "")
    return (words and words.shown) or point.printed or ""


def _hours(wording: Wording) -> Iterator[str]:
    opening = wording.file.calendar.opening
    whole = [one for one in opening if one.opens == one.closes == time(0)]
    if sum(len(one.days) for one in whole) == len(_WEEK):
        yield wording.word("always_open")
        return
    for one in opening:
        until = "24:00" if one.closes == time(0) else f"{one.closes:%H:%M}"
        hours = {"from": f"{one.opens:%H:%M}", "until": until}
        yield wording.word("open_on", days=_days(wording, one), **hours)
    yield wording.word("not_holidays", holidays=wording.holidays())


def _days(wording: Wording, opening: Opening) -> str:
    names = get_day_names("wide", locale=wording.locale)
    numbers = sorted(_WEEK.index(day) for day in opening.days)
    if len(numbers) > 2 and numbers == list(range(numbers[0], numbers[-1] + 1)):
        return wording.word("range", **{"from": names[numbers[0]], "length": names[numbers[-1]]})
    return ", ".join(names[number] for number in numbers)


def _company(wording: Wording, _: str) -> Shown:
    file = wording.file

    def facts() -> Iterator[Reach]:
        if file.legal_name:
            yield Reach("company:name", wording.word("legal_name"), (file.legal_name,))
        if file.company_number:
            yield Reach("company:number", wording.word("company_number"), (file.company_number,))
        for point in wording.shown.of("post"):
            yield Reach("company:address", wording.word("address"), (point.printed or "",))

    return Shown(reaches=facts())


# How a complaint goes on ------------------------------------------------------------------------


def _levels(wording: Wording, _: str) -> Shown:
    def points() -> Iterator[Point]:
        for rung in wording.file.ladder:
            general = "asked" if rung.asked else "unasked"
            said = wording.texts.levels.get(rung.level) or wording.texts.levels.get(general)
            if said is None:
                lacks = f"published.toml lacks levels.{general}"
                raise PublishError(f"{wording.provider.key}: {lacks}")
            text = fill(wording.text(said), level=wording.level(rung.level))
            yield Point(f"ladder:{rung.level}", text)

    return Shown(points())


def _closing(wording: Wording, _: str) -> Shown:
    closure = wording.file.closure

    def points() -> Iterator[Point]:
        if closure.clause is None:
            return
        if closure.confirmed_by:
            *most, last = (wording.way(one) for one in closure.confirmed_by)
            ways = f"{', '.join(most)} {wording.word('or')} {last}" if most else last
            yield Point("closing:confirmed", wording.word("confirmed_by", ways=ways))
        else:
            yield Point("closing:confirmed", wording.word("confirmed_any"))
        if closure.reopening is not None:
            yield Point("closing:reopened", wording.word("reopened"))

    return Shown(points())


def _scheme(wording: Wording, document: str) -> Shown:
    post = wording.post
    if post.form == "missing":
        said = wording.word("scheme_missing", regulator=post.regulator)
        return Shown([Point("adr:missing", said)])
    notice = wording.provider.text(REGULATOR_NOTICE, wording.language).strip()
    if notice:
        pieces = (" ".join(piece.split()) for piece in notice.split("\n\n"))
        before = [Point(f"adr:notice:{n}", piece) for n, piece in enumerate(pieces) if piece]
        return Shown(before, _scheme_reaches(wording))
    after = []
    if wording.file.adr.exceptions and document == "complaints":
        after.append(Point("adr:exceptions", wording.word("exceptions")))
    return Shown(_scheme_points(wording), _scheme_reaches(wording), after)


def _scheme_points(wording: Wording) -> Iterator[Point]:
    post = wording.post
    name = wording.spoken(post.scheme_in) or post.scheme
    scheme = wording.text(wording.texts.schemes.get(post.scheme, {})) or name
    if post.form == "stated":
        documents = wording.file.documents
        dated = next((one.dated for one in documents if one.key == "complaints"), None) or ""
        form = "scheme_stated" if dated else "scheme_stated_undated"
        yield Point(
            "adr:scheme", wording.word(form, dated=dated, printed=post.printed, scheme=scheme)
        )
    else:
        yield Point("adr:scheme", wording.word("scheme_named", scheme=scheme))
    takes = next((one.takes for one in wording.rules.promises if one.takes), None)
    if takes:
        limit = takes.at_most if takes.at_most is not None else takes.below or 0
        number = format_decimal(limit, locale=wording.locale)
        yield Point("adr:takes", wording.word(f"takes_{takes.number}", limit=number))
    yield Point("adr:free", wording.word("scheme_free"))
    if post.binding:
        yield Point("adr:binding", wording.word("scheme_sides"))
    notice = next((one for one in wording.rules.promises if one.rule.name == "adr_notice"), None)
    if notice is not None:
        span, _ = tightest(wording, notice)
        if span.within:
            said = wording.word("scheme_when", length=wording.lengths.length(span.within))
            yield Point("adr:when", said, wording.law_title(span.law))
    if post.months:
        yield Point("adr:months", wording.word("scheme_months", months=str(post.months)))


def _scheme_reaches(wording: Wording) -> Iterator[Reach]:
    post = wording.post
    if post.website:
        leads = href("web", None, post.website)
        yield Reach("adr:website", wording.channel("web"), (post.website,), leads)
    if post.telephone:
        leads = f"tel:{post.e164}" if post.e164 else ""
        yield Reach("adr:telephone", wording.channel("phone"), (post.telephone,), leads)
    if post.email:
        leads = href("email", post.email, post.email)
        yield Reach("adr:email", wording.channel("email"), (post.email,), leads)
    if post.address:
        yield Reach("adr:address", wording.channel("post"), (post.address,))


def _regulator(wording: Wording, _: str) -> Shown:
    reaches = [
        Reach(
            f"regulator:{kind}",
            wording.channel(kind),
            (_seen(wording, point),),
            href(kind, point.normalised, _seen(wording, point)),
        )
        for kind in ("post", "phone", "web")
        for point in wording.shown.of(kind, "regulator")
    ]
    if not reaches:
        return Shown()
    said = wording.word("regulator", regulator=wording.post.regulator)
    return Shown([Point("regulator", said)], reaches)


# Money, formats, counting, edition --------------------------------------------------------------


def _compensation(wording: Wording, _: str) -> Shown:
    def points() -> Iterator[Point]:
        for rule in wording.owed.own.values():
            if rule.formula is not None:
                yield _formula(wording, rule)
        locale = str(wording.locale)
        for many in wording.owed.rates.values():
            for rate in (one for one in many if one.in_force(wording.on)):
                told = wording.word(
                    "automatic_rate",
                    what=wording.text(rate.told),
                    amount=money(rate.amount, rate.currency, locale),
                    per=wording.word(f"per_{rate.per}"),
                )
                yield Point(f"compensation:{rate.name}", told)

    return Shown(points())


def _formula(wording: Wording, rule: Compensation) -> Point:
    formula = rule.formula
    assert formula is not None
    locale, currency = str(wording.locale), wording.owed.currency
    days = wording.word(f"{formula.days}s")
    said = wording.word(
        "formula", times=str(formula.times), divided_by=str(formula.divided_by), days=days
    )
    example = wording.word(
        "formula_example",
        fee=money(EXAMPLE_FEE, currency, locale),
        length=f"{EXAMPLE_DAYS} {days}",
        amount=money(by_formula(formula, EXAMPLE_FEE, EXAMPLE_DAYS), currency, locale),
    )
    return Point(f"compensation:{rule.key}", f"{said} {example}")


def _formats(wording: Wording, _: str) -> Shown:
    return Shown([Point("formats:ask", wording.word("formats_ask"))])


def _counting(wording: Wording, _: str) -> Shown:
    meanings = wording.lengths.meanings(wording.holidays())
    return Shown([Point(f"unit:{unit}", text) for unit, text in meanings])


def _edition(wording: Wording, document: str) -> Shown:
    dated = next((one.dated for one in wording.file.documents if one.key == document), None)
    day = wording.day(wording.on)
    said = (
        wording.word("dated", dated=dated, day=day) if dated else wording.word("undated", day=day)
    )
    points = [Point("edition:dated", said)]
    if document == "complaints":
        points.append(Point("edition:data", wording.word("same_data")))
        points.append(Point("edition:law", wording.word("marked_law")))
    return Shown(points)


_SHOWS: dict[str, Callable[[Wording, str], Shown]] = {
    "channels": _complaint_channels,
    "questions": _question_channels,
    "levels": _levels,
    "closing": _closing,
    "scheme": _scheme,
    "compensation": _compensation,
    "formats": _formats,
    "counting": _counting,
    "edition": _edition,
    "company": _company,
    "regulator": _regulator,
}
