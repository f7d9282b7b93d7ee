"""`mail reconcile`: what the server has beside what we hold, every difference named."""

from __future__ import annotations

from collections.abc import Iterator

import click

from mail.login import MailRefused, MailUnavailable
from plugin import runtime
from plugin.cli.common import EXAMPLE, desk, echo_json, say
from plugin.desk.collect import Box
from plugin.desk.ports import Desk
from plugin.desk.reconcile import Sum, fetch_missed
from plugin.desk.reconcile import reconcile as reckon
from plugin.keys import SealBroken
from plugin.store.secrets import SecretMissing


@click.command(epilog=f"{EXAMPLE}answerable mail reconcile")
@click.option("--mailbox", help="Only this mailbox, by its name in the settings.")
@click.option("--fetch", is_flag=True, help="Fetch what was missed, as a visit would have.")
@click.option("--json", "as_json", is_flag=True)
def reconcile(mailbox: str | None, fetch: bool, as_json: bool) -> None:
    """Hold what each server has against what we hold; fail where it does not add up.

    Looking fetches and changes nothing. What came since the last visit is no difference.
    """
    with desk() as built:
        found: list[Sum] = []
        problems: list[str] = []
        for box in _boxes(built, mailbox):
            try:
                one = reckon(built, box)
                if fetch and one.missed:
                    fetch_missed(built, box, one, runtime.utc_now)
                    one = reckon(built, box)
                found.append(one)
            except (MailRefused, MailUnavailable, SecretMissing, SealBroken) as error:
                problems.append(f"{box.name}: {error}")
            finally:
                box.mailbox.close()
    if as_json:
        echo_json([_document(one) for one in found])
    else:
        for one in found:
            for line in _lines(one):
                say(line)
    problems += [f"{one.mailbox}: it does not add up" for one in found if not one.adds_up]
    if problems:
        raise click.ClickException("; ".join(problems))


def _boxes(built: Desk, wanted: str | None) -> Iterator[Box]:
    known = built.settings.mailbox
    if wanted is not None and wanted not in known:
        there = ", ".join(known) or "none; add a section [mailbox.<name>]"
        raise click.ClickException(f"there is no mailbox {wanted!r}; there are: {there}")
    for name, settings in known.items():
        if wanted in (None, name):
            yield Box(name, settings, runtime.mailbox(built, name, settings))


def _document(one: Sum) -> dict[str, object]:
    return {
        "mailbox": one.mailbox,
        "provider": one.provider,
        "folder": one.folder,
        "uidvalidity": one.uidvalidity,
        "server": one.server,
        "held": one.held,
        "fetched": one.fetched,
        "outcomes": one.outcomes,
        "earlier": one.earlier,
        "filed": one.filed,
        "gone": one.gone,
        "gone_uids": list(one.named_gone),
        "new": one.new_count,
        "missed": one.missed_count,
        "missed_uids": list(one.missed),
        "adds_up": one.adds_up,
    }


def _lines(one: Sum) -> Iterator[str]:
    yield f"{one.mailbox} ({one.provider}), folder {one.folder}"
    yield f"  the server has {one.server:,}; we hold {one.held:,} of them"
    if one.new_count:
        yield f"  {one.new_count:,} came since the last visit and will be fetched"
    if one.filed:
        yield f"  {one.filed:,} more we hold and have moved to another folder"
    if one.gone:
        uids = _uids(one.named_gone)
        yield f"  {one.gone:,} more we hold that somebody moved or deleted: UID {uids}"
    if one.earlier:
        yield f"  {one.earlier:,} more we hold from before the mailbox was made anew"
    if one.missed_count:
        yield f"  MISSED {one.missed_count:,} that we do not hold: UID {_uids(one.missed)}"
        yield "  run it with --fetch to fetch them"
    became = ", ".join(
        f"{number:,} {name.replace('_', ' ')}" for name, number in one.outcomes.items() if number
    )
    yield f"  of {one.fetched:,} fetched: {became or 'none'}"
    yield "  it adds up" if one.adds_up else "  IT DOES NOT ADD UP"


def _uids(uids: tuple[int, ...]) -> str:
    shown = ", ".join(str(uid) for uid in uids[:20])
    return f"{shown}, …" if len(uids) > 20 else shown
