"""Commands about what a code says to customers: publish, diff, review, compensation."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import get_args

import click

from plugin import runtime
from plugin.cases.facts import FactError, read_facts
from plugin.cases.money import FACTS, claim_of
from plugin.cli.common import EXAMPLE, desk, echo_json, pairs, say, settings
from plugin.cli.editions import Edition, load_provider, read_edition, side_by_side
from plugin.codes.compensation import CompensationError, suggest
from plugin.codes.published_file import DocumentKey
from plugin.desk.publish import local_date, owed, paper
from plugin.desk.review import Review, review_of
from plugin.desk.setup import check_readings
from plugin.published import braille, pdf
from plugin.published.changes import Change, compare
from plugin.published.compose import documents
from plugin.published.document import Document
from plugin.published.fill import PublishError
from plugin.published.html import to_html
from plugin.runtime import NotReady
from plugin.settings import SettingsError

FORMATS = ("html", "pdf", "large-print", "braille")
_DOCUMENTS = get_args(DocumentKey)


@click.command(epilog=f"{EXAMPLE}answerable code publish ooma --format pdf -o ooma.pdf")
@click.argument("provider")
@click.option("--format", "form", type=click.Choice(FORMATS), default="html", show_default=True)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, allow_dash=True),
    help="The file to write; - for standard output.",
)
@click.option(
    "--document",
    type=click.Choice(_DOCUMENTS),
    default="complaints",
    show_default=True,
    help="Which of the provider's documents.",
)
@click.option("--language", help="One of the provider's languages; left out, its first.")
@click.option(
    "--on",
    type=click.DateTime(["%Y-%m-%d"]),
    help="As it holds for a complaint first received that day; left out, today.",
)
def publish(
    provider: str, form: str, output: str, document: str, language: str | None, on: date | None
) -> None:
    """A provider's code as a document for customers, made from the data the deadlines run on.

    What is left out because nobody may be sent there (a number out of date, a page nobody has
    looked at) is said on stderr.
    """
    edition = read_edition(provider)
    if on is not None:
        edition = Edition(provider, edition.provider, date(on.year, on.month, on.day))
    try:
        made = edition.document(document, _language(edition, language))
        content = _form(made, form, paper(edition.provider))
    except (PublishError, pdf.NoPdf, braille.NoBraille) as error:
        raise click.ClickException(str(error)) from None
    _write(output, content)
    for left in made.left_out:
        click.echo(f"left out: {left}", err=True)


@click.command(epilog=f"{EXAMPLE}answerable code diff ooma@2026-04-07 ooma@2026-04-08")
@click.argument("a")
@click.argument("b")
@click.option("--all", "everything", is_flag=True, help="What stayed the same too.")
@click.option("--document", type=click.Choice(_DOCUMENTS), help="Only this document.")
@click.option("--language", help="One of the languages that both write; left out, the first.")
@click.option("--json", "as_json", is_flag=True)
def diff(
    a: str, b: str, everything: bool, document: str | None, language: str | None, as_json: bool
) -> None:
    """Two editions of a code side by side, in the words that customers read.

    A and B are PROVIDER (as of today), PROVIDER@DAY (for a complaint first received that day),
    PROVIDER@EDITION, PROVIDER@vN (a version stored in the database), or a provider's folder.
    """
    one, other = read_edition(a), read_edition(b)
    if language is None:
        there = other.provider.file.languages
        both = [one_ for one_ in one.provider.file.languages if one_ in there]
        language = both[0] if both else None
    found: list[Change] = []
    for wanted in [document] if document else _common(one, other):
        try:
            before = one.document(wanted, _language(one, language))
            found += compare(before, other.document(wanted, _language(other, language)))
        except PublishError as error:
            raise click.ClickException(str(error)) from None
    found = found if everything else [change for change in found if change.changed]
    if as_json:
        echo_json([_row(change) for change in found])
        return
    if not any(change.changed for change in found):
        say(f"Customers read the same in {a} and {b}.")
    for line in side_by_side(found, (a, b)) if found else ():
        say(line)


@click.command(epilog=f"{EXAMPLE}answerable code review ooma")
@click.argument("provider")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    help="What changed since that day; left out, since the last review.",
)
@click.option("--json", "as_json", is_flag=True)
def review(provider: str, since: date | None, as_json: bool) -> None:
    """When a code is to be reviewed, and what has changed for customers since the last review.

    The code, the law beside it and versions stored in the database are compared, both as today's
    settings read them. After a review, set reviewed_on in the settings.
    """
    loaded = load_provider(provider)
    start = date(since.year, since.month, since.day) if since else None
    today = local_date(loaded, runtime.utc_now())
    if start and start > today:
        raise click.ClickException(f"--since: {start} has not come yet")
    here = settings()
    check_readings([loaded], here)
    try:
        with desk() as built:
            found = review_of(built, provider, today, since=start)
    except (NotReady, SettingsError):
        said = "no database here: only what law and dated editions changed is found"
        click.echo(said, err=True)
        found = review_of(None, provider, today, since=start, provider=loaded, settings=here)
    if as_json:
        echo_json(found.document() | {"changes": [_row(one) for one in found.changes]})
        return
    for line in _review_lines(provider, found):
        say(line)


@click.command(
    epilog=f"{EXAMPLE}answerable code compensation ooma monthly_fee=25.00 days_late=7 --json"
)
@click.argument("provider")
@click.argument("facts", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--json", "as_json", is_flag=True)
def compensation(provider: str, facts: tuple[str, ...], as_json: bool) -> None:
    """What a code gives for something that went wrong, with the calculation in words.

    Keys: kind (left out where there is only one), monthly_fee, due_on, done_on, days_late, times,
    customer. Nothing is recorded and nothing is paid: a person decides, with
    `case do REF compensation_decided`.
    """
    loaded = load_provider(provider)
    today = local_date(loaded, runtime.utc_now())
    check_readings([loaded], settings())
    try:
        told = read_facts((), FACTS, pairs(facts))
        found = suggest(owed(settings(), loaded), told.get("kind"), claim_of(told), today)
    except (FactError, CompensationError) as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        echo_json({"provider": provider, **found.document()})
        return
    say(found.shown or "No amount: a person decides.")
    for line in found.words:
        say(f"  {line}")
    readings = f" ({', '.join(found.readings)})" if found.readings else ""
    say(f"  {found.clause} [{found.source}]{readings}")


def _language(edition: Edition, wanted: str | None) -> str:
    languages = edition.provider.file.languages
    if wanted is None:
        return languages[0]
    known = [one for one in languages if wanted in (one, one.partition("-")[0])]
    return known[0] if known else wanted


def _common(one: Edition, other: Edition) -> Iterable[str]:
    there = documents(other.provider)
    found = [key for key in documents(one.provider) if key in there]
    if not found:
        raise click.ClickException(f"{one.name} and {other.name} have no document in common")
    return found


def _form(document: Document, form: str, sheet: str) -> bytes:
    match form:
        case "pdf":
            return pdf.to_pdf(document, paper=sheet)
        case "large-print":
            return pdf.to_pdf(document, large=True, paper=sheet)
        case "braille":
            return braille.to_braille(document).encode("ascii", "replace")
        case _:
            return to_html(document, paper=sheet).encode()


def _write(output: str, content: bytes) -> None:
    if output == "-":
        sys.stdout.buffer.write(content)
        return
    try:
        Path(output).write_bytes(content)
    except OSError as error:
        raise click.ClickException(f"{output}: {error.strerror}; name another with -o") from None


def _row(change: Change) -> dict[str, str]:
    return {
        "document": change.document,
        "section": change.section,
        "key": change.key,
        "before": change.before,
        "after": change.after,
    }


def _review_lines(provider: str, found: Review) -> Iterable[str]:
    yield found.says
    if found.since is None:
        return
    if not found.changes:
        yield f"Nothing that customers are told has changed since {found.since}."
        return
    yield f"What customers are told has changed since {found.since}:"
    yield from side_by_side(list(found.changes), (f"{provider}@{found.since}", "today"))


def register(group: click.Group) -> None:
    """Add these commands to the group `code`."""
    for command in (publish, diff, review, compensation):
        group.add_command(command)
