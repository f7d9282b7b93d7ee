"""What the doctor looks at: everything the service needs, a finding each, with the remedy.

"fail" is what would stop work or break a promise; "ask" is what a person should confirm.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError

from mail.dkim import GOOD_BITS
from mail.login import MailRefused, MailUnavailable
from plugin import runtime
from plugin.bundle import folder
from plugin.codes.calendar import calendar_for
from plugin.codes.laxer import compare
from plugin.codes.load import ProviderError, keys, load, read_folder
from plugin.codes.provider import REGULATOR_NOTICE, Provider
from plugin.codes.review import overdue, soon
from plugin.codes.signpost import SETTING, find_scheme, schemes
from plugin.desk import expiry
from plugin.desk.collect import Box
from plugin.desk.expiry import DAYS_BEFORE
from plugin.desk.ports import Desk
from plugin.desk.setup import bad_values, missing_settings, problems_of
from plugin.examined_phones import phones
from plugin.finding import Finding, Level
from plugin.keys import MAX_LOCAL_PART, PLUS_LENGTH, SealBroken
from plugin.published import pdf
from plugin.published.contacts import showable
from plugin.second_route import OpsMail
from plugin.sections import MailboxSettings
from plugin.settings import Settings, SettingsError
from plugin.store import mailboxes
from plugin.store.secrets import SecretMissing


def examine(settings: Settings) -> Iterator[Finding]:
    """Examine an installation from its settings upwards."""
    yield Finding("ok", "settings", "read and valid")
    providers = list(_loaded())
    yield from _templates()
    try:
        desk = runtime.build_desk(settings)
    except SettingsError as error:
        for problem in error.problems:
            section = problem.partition(".")[0]
            about = {"provider": "settings", "dkim": "dkim"}.get(section, "keys")
            yield Finding("fail", about, problem)
        return
    except runtime.NotReady as error:
        yield Finding("fail", "database", str(error))
        return
    except SQLAlchemyError as error:
        said = " ".join(str(getattr(error, "orig", None) or type(error).__name__).split())[:200]
        yield Finding("fail", "database", f"{said}; correct database.url")
        return
    except ProviderError:
        return
    try:
        yield Finding("ok", "database", "reached, schema current")
        yield from _database_file(settings)
        yield from _clock(desk)
        yield from _paper()
        yield from _mailboxes(desk)
        yield from _smtp(desk)
        yield from _endings(desk)
        yield from _second_route(desk)
        yield from phones(desk, runtime.utc_now())
        for provider in providers:
            yield from _provider(desk, provider)
    finally:
        desk.database.close()


def _database_file(settings: Settings) -> Iterator[Finding]:
    """An SQLite file holds customers' mail: it is for the service alone."""
    path = Path(settings.database_url.removeprefix("sqlite:///"))
    if settings.database_url.startswith("sqlite") and path.stat().st_mode & 0o077:
        yield Finding("fail", "database", f"{path} can be read by others; run: chmod 600 {path}")


def _loaded() -> Iterator[Provider]:
    root = folder("templates")
    for key in keys(root):
        try:
            yield load(key, read_folder(root, key))
        except ProviderError:
            continue


def _templates() -> Iterator[Finding]:
    root = folder("templates")
    for key in keys(root):
        try:
            problems = problems_of(load(key, read_folder(root, key)))
        except ProviderError as error:
            problems = error.problems
        yield from (Finding("fail", f"templates {key}", problem) for problem in problems)
        if not problems:
            yield Finding("ok", f"templates {key}", "code and letters are right")


def _clock(desk: Desk) -> Iterator[Finding]:
    with desk.database.read() as connection:
        apart = abs((desk.database.now(connection) - runtime.utc_now()).total_seconds())
    if apart > 60:
        said = f"this machine and the database are {apart:.0f} s apart; set both by NTP"
        yield Finding("fail", "clock", said)
    else:
        yield Finding("ok", "clock", "agrees with the database's")


def _paper() -> Iterator[Finding]:
    """Whether the published codes can be had as PDF."""
    try:
        pdf.check()
        yield Finding("ok", "published codes", "can be made as PDF")
    except pdf.NoPdf as error:
        yield Finding("ask", "published codes", f"their pages have no PDF: {error}")


def _mailboxes(desk: Desk) -> Iterator[Finding]:
    if not desk.settings.mailbox:
        yield Finding("ask", "mailboxes", "none is configured; add a section [mailbox.<name>]")
    for name, box in desk.settings.mailbox.items():
        about = f"mailbox {name}"
        if box.security == "plain" and box.host not in ("127.0.0.1", "localhost", "::1"):
            said = 'signs in without encryption; set security = "tls" or "starttls"'
            yield Finding("fail", about, said)
        yield from _asks(name, box)
        try:
            yield from _visit(desk, name)
        except (SecretMissing, SealBroken) as error:
            yield Finding("fail", about, str(error))


def _asks(name: str, box: MailboxSettings) -> Iterator[Finding]:
    """What of a mailbox's settings a person should think of."""
    about = f"mailbox {name}"
    if box.form_senders and not box.authserv_id:
        said = (
            "anybody can write in the name of its web forms; set authserv_id if your server tells"
        )
        yield Finding("ask", about, f"{said} who wrote")
    room = MAX_LOCAL_PART - PLUS_LENGTH
    if box.plus_addresses and len(box.address.partition("@")[0]) > room:
        said = f"its name is too long for plus_addresses; letters get one up to {room} characters"
        yield Finding("ask", about, said)


_REMEDIES = (
    ("ca_file:", "name a PEM file that is there"),
    ("certificate", "set ca_file, or the host's right name"),
    ("sign-in service", "check [mailbox.{name}.oauth]"),
    ("sign-in refused", "check username and password"),
    ("select failed", "check folder and sent_folder: the server has none of that name"),
)
"""What to do, by what went wrong; the first that fits."""


def _remedy(said: str, name: str) -> str:
    found = next((remedy for words, remedy in _REMEDIES if words in said), None)
    return (found or "check username, password and folder").format(name=name)


def _visit(desk: Desk, name: str) -> Iterator[Finding]:
    about, settings = f"mailbox {name}", desk.settings.mailbox[name]
    box = Box(name, settings, runtime.mailbox(desk, name, settings))
    try:
        box.mailbox.open()
        yield Finding("ok", about, "signed in")
        if settings.sent_folder:
            about = f"mailbox {name}, sent mail"
            sent = settings.model_copy(update={"folder": settings.sent_folder})
            folder = runtime.mailbox(desk, name, sent)
            try:
                folder.open()
                yield Finding("ok", about, "can be read")
            finally:
                folder.close()
    except MailRefused as error:
        yield Finding("fail", about, f"{error}; {_remedy(str(error), name)}")
    except MailUnavailable as error:
        token = settings.oauth is not None and "sign-in service" in str(error)
        place = f"check [mailbox.{name}.oauth]" if token else "check host, port and security"
        yield Finding("fail", about, f"{error}; {place}")
    finally:
        box.mailbox.close()
    with desk.database.read() as connection:
        state = mailboxes.state(connection, box.provider, name)
    if state.error and not state.failures:
        yield Finding("fail", about, f"it is collected, but {state.error}")
    elif state.error:
        since = f"{state.seen_at:%d %b %H:%M} UTC" if state.seen_at else "the beginning"
        said = f"the last {state.failures} visits failed, none went well since {since}"
        yield Finding("fail", about, f"{said}: {state.error}")


def _smtp(desk: Desk) -> Iterator[Finding]:
    if desk.settings.smtp is None:
        yield Finding("fail", "smtp", "no letters can go; add a section [smtp]")
        return
    try:
        sender = runtime.sender(desk)
        assert sender is not None
        sender.check()
        yield Finding("ok", "smtp", "reached and signed in")
    except (SecretMissing, SealBroken, MailRefused, MailUnavailable) as error:
        yield Finding("fail", "smtp", f"{error}; check the section [smtp]")
    yield from _dkim(desk.settings)


def _dkim(settings: Settings) -> Iterator[Finding]:
    """What must stand in the DNS, which nobody here can see, for each key that signs."""
    senders = (settings.sender(key) or "" for key in keys(folder("templates")))
    domains = {sender.rpartition("@")[2] for sender in senders}
    for domain, signer in runtime.signers(settings).items():
        about = f"dkim {domain}"
        said = f"confirm that the DNS has at {signer.place} the TXT record: {signer.record}"
        yield Finding("ask", about, said)
        if domain not in domains:
            said = "no provider sends from this domain; correct its name or remove the section"
            yield Finding("fail", about, said)
        if signer.bits is not None and signer.bits < GOOD_BITS:
            said = f"its key has {signer.bits} bits; make one of {GOOD_BITS} with a new selector"
            yield Finding("ask", about, said)


def _endings(desk: Desk) -> Iterator[Finding]:
    """What ends by itself, and the tokens that sign us in."""
    today = runtime.utc_now()
    try:
        keepers = runtime.tokens(desk)
    except (SecretMissing, SealBroken):
        return  # told with its mailbox
    for name, keeper in keepers.items():
        kept = keeper.kept()
        if kept.error:
            yield Finding("fail", name, f"no new sign-in token: {kept.error}")
        elif kept.expires_at:
            yield Finding(
                "ok", name, f"its sign-in token lasts to {kept.expires_at:%d %b %H:%M} UTC"
            )
    for ending in expiry.endings(desk, keepers):
        left = ending.days(today.date())
        level: Level = "fail" if left < 0 else "ask" if left <= max(DAYS_BEFORE) else "ok"
        yield Finding(level, ending.name, ending.says(today.date()))


def _second_route(desk: Desk) -> Iterator[Finding]:
    """Whether anybody hears of it when mail itself stands still."""
    ops = desk.settings.ops
    if not ops.webhook and not ops.mail_to:
        said = "nobody is told when mail stands still; set ops.webhook or ops.mail_to"
        yield Finding("ask", "second route", said)
    elif not ops.webhook and ops.smtp is None:
        said = "alerts go by the mail server that letters go by; set ops.webhook or [ops.smtp]"
        yield Finding("ask", "second route", said)
    elif ops.mail_to and ops.smtp is not None:
        try:
            for route in runtime.routes(desk):
                if isinstance(route, OpsMail):
                    route.post.check()
            yield Finding("ok", "second route", "reached")
        except (SecretMissing, SealBroken, MailRefused, MailUnavailable) as error:
            yield Finding("fail", "second route", f"{error}; check the section [ops.smtp]")
    else:
        said = "alerts are posted to ops.webhook; this was not tried, see that one comes"
        yield Finding("ask", "second route", said)


def _provider(desk: Desk, provider: Provider) -> Iterator[Finding]:
    about = f"provider {provider.key}"
    if not desk.settings.for_provider(provider.key).enabled:
        return
    for problem in missing_settings(provider, desk.settings) + bad_values(desk, provider):
        yield Finding("fail", about, problem)
    if desk.settings.sender(provider.key) is None:
        said = f"its letters have no sender; set provider.{provider.key}.sender"
        yield Finding("ask", about, said)
    yield from _code(desk, provider)


def _code(desk: Desk, provider: Provider) -> Iterator[Finding]:
    """What a person should confirm or mend of a code of practice."""
    about = f"provider {provider.key}"
    today = runtime.utc_now().astimezone(ZoneInfo(provider.file.calendar.zone)).date()
    section = desk.settings.for_provider(provider.key)
    adr = provider.file.adr
    chosen = section.values.get(SETTING, "").strip()
    if chosen and find_scheme(provider, chosen) is None:
        there = ", ".join(one.name for one in schemes(provider))
        said = f"{SETTING} is {chosen}, which is none of the schemes known here: {there}"
        yield Finding("fail", about, said)
    if adr.membership_stated and not adr.membership_confirmed and not chosen:
        said = (
            f"its code states membership of {adr.printed}; confirm it is a member of {adr.scheme}"
        )
        yield Finding("ask", about, said)
    if adr.scheme is None and not chosen:
        said = f"its code names no ADR scheme; set provider.{provider.key}.{SETTING}"
        yield Finding("fail", about, said)
    yield from _notices(provider)
    review = provider.file.review
    late = overdue(review, section.reviewed_on, today) or soon(review, section.reviewed_on, today)
    if late:
        said = f"{late}; review it and set provider.{provider.key}.reviewed_on"
        yield Finding("ask", about, said)
    for finding in compare(provider, today):
        beside = "laxer than the law" if finding.kind == "laxer" else "wants counsel"
        yield Finding("ask", about, f"{finding.place}: {beside}: {finding.text}")
    yield from _holidays(provider, today)
    yield from _contacts(provider, section.confirmed_contacts)


def _contacts(provider: Provider, confirmed: Sequence[str]) -> Iterator[Finding]:
    """Numbers and addresses that a person should try, and confirmations that mean none of them."""
    about = f"provider {provider.key}"
    contacts = provider.file.contacts
    for said in confirmed:
        if not any(said in (one.printed, one.normalised) for one in contacts):
            told = f"confirmed_contacts: its folder has no {said!r}; write it as printed there"
            yield Finding("fail", about, told)
    left = showable(provider.file, frozenset(confirmed), strict=True).left_out
    stale = sum(one.stale for one in contacts)
    if len(left) > stale:
        told = (
            f"{len(left) - stale} contact points are not confirmed by a person; letters leave them "
            "out. Try them and add them to confirmed_contacts"
        )
        yield Finding("ask", about, told)


def _notices(provider: Provider) -> Iterator[Finding]:
    """The regulator's own words, where the law has a fixed text, are supplied as files."""
    if not any(
        rule.name == "ccts_notice"
        for law in provider.law.values()
        if law.jurisdiction == provider.file.jurisdiction
        for rule in law.promises
    ):
        return
    for language in provider.file.languages:
        if not provider.text(REGULATOR_NOTICE, language):
            spoken = language.partition("-")[0]
            said = (
                f"the regulator's notice in {language} is in our own words; put its fixed text "
                f"into templates/{provider.key}/texts/{REGULATOR_NOTICE}.{spoken}.txt"
            )
            yield Finding("ask", f"provider {provider.key}", said)


def _holidays(provider: Provider, today: date) -> Iterator[Finding]:
    """A calendar without next year's holidays makes everything due too soon."""
    calendar = calendar_for(provider.file.calendar)
    about = f"calendar {provider.key}"
    for year in (today.year, today.year + 1):
        if not calendar.knows(year):
            said = f"no holidays are known for {year}; update the package holidays"
            yield Finding("fail", about, said)
            return
    yield Finding("ok", about, f"holidays are known to the end of {today.year + 1}")
