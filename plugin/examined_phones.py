"""What the doctor looks at of the telephone: who may call us, whether they did, who is rung."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from plugin.desk.phones import Phone
from plugin.desk.phones import phones as phones_of
from plugin.desk.ports import Desk
from plugin.desk.switchboard import plan_for
from plugin.finding import Finding
from plugin.settings import SettingsError
from plugin.store import refusals
from voice.routing import kind_of


def phones(desk: Desk, now: datetime) -> Iterator[Finding]:
    """Whether phone systems can reach us and are believed, and whether anybody is rung."""
    if not desk.settings.phone:
        said = "no phone system is configured; add a section [phone.<name>] if customers telephone"
        yield Finding("ask", "phones", said)
        return
    web = desk.settings.web
    if not web.secure:
        said = "phone systems call and sign the address people use; set web.url, with https://"
        yield Finding("fail", "phones", said)
    try:
        found = phones_of(desk)
    except SettingsError as error:
        yield from (Finding("fail", "phones", problem) for problem in error.problems)
        return
    for phone in found:
        place = f"{web.address(web.port)}/voice/{phone.system.path}"
        place += "/<its secret>" if phone.system.secret_in_path else ""
        places = [f"{place}/{leaf}" for leaf in phone.system.leaves] or [place]
        said = f"{phone.system.name}: webhooks come to {' and '.join(places)}"
        yield Finding("ok", f"phone {phone.name}", said)
    yield from _refused(desk, now)
    for provider in {phone.provider: None for phone in found}:
        yield from _rung(desk, provider, [one for one in found if one.provider == provider])


def _refused(desk: Desk, now: datetime) -> Iterator[Finding]:
    """Webhooks of yesterday and today that were not believed."""
    with desk.database.read() as connection:
        rows = refusals.since(connection, now - timedelta(days=1))
    for row in rows:
        said = f"{row.number} webhooks were not believed since yesterday: {row.reason}"
        remedy = "if they are yours, check the secret and web.url"
        yield Finding("ask", f"webhooks /voice/{row.phone}", f"{said}; {remedy}")


def _rung(desk: Desk, provider: str, systems: Sequence[Phone]) -> Iterator[Finding]:
    about = f"phone plan {provider}"
    with desk.database.read() as connection:
        plan = plan_for(desk, desk.providers.newest(connection)[provider])
    if plan is None:
        yield Finding("fail", about, "there is none; give phone.toml in its folder, or phone_plan")
        return
    targets = [*plan.handlers.values(), *(one for q in plan.queues.values() for one in q.targets)]
    for phone in systems:
        lost = sorted({one for one in targets if kind_of(one) not in phone.system.rings})
        if phone.system.routes and lost:
            said = f"{phone.system.name} cannot ring {', '.join(lost)}; give numbers"
            yield Finding("ask", f"phone {phone.name}", said)
    silent = [name for name, queue in plan.queues.items() if not queue.targets]
    if silent:
        said = f"nobody is rung in {', '.join(silent)}: such calls go to voicemail"
        yield Finding("ask", about, f"{said}; name people in provider.{provider}.phone_plan")
    else:
        yield Finding("ok", about, f"{len(plan.lines)} lines, {len(plan.queues)} queues")
