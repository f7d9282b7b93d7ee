"""Commands about the codes of practice: list, show, check, promises."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from plugin import runtime
from plugin.bundle import folder
from plugin.cli import publishing
from plugin.cli.code_text import code_lines, promise_lines
from plugin.cli.common import EXAMPLE, echo_json, parse_json, say, settings
from plugin.cli.editions import load_provider
from plugin.codes.derive import derive
from plugin.codes.history import HistoryError, read_history
from plugin.codes.laxer import compare
from plugin.codes.load import (
    FILE,
    ProviderError,
    keys,
    load,
    load_sentences,
    read_folder,
    read_sentences,
)
from plugin.codes.provider import Provider
from plugin.codes.rules import RuleBook
from plugin.codes.trace import Trace, counts, page
from plugin.codes.trace import trace as traced
from plugin.desk.providers import installation
from plugin.desk.setup import check_readings, problems_of


@click.group()
def code() -> None:
    """The codes of practice that this installation knows."""


@code.command("list", epilog=f"{EXAMPLE}answerable code list")
@click.option("--json", "as_json", is_flag=True)
def list_(as_json: bool) -> None:
    """Every provider, with its jurisdiction, languages and edition."""
    found = [load_provider(key) for key in keys(folder("templates"))]
    if as_json:
        echo_json([_summary(provider) for provider in found])
        return
    for provider in found:
        file = provider.file
        languages = ", ".join(file.languages)
        edition = file.editions[-1].name
        click.echo(f"{provider.key:8} {file.name:16} {file.jurisdiction}  {languages:14} {edition}")


@code.command(epilog=f"{EXAMPLE}answerable code show ooma")
@click.argument("provider")
@click.option("--json", "as_json", is_flag=True)
def show(provider: str, as_json: bool) -> None:
    """One provider's code: how to reach it, its ladder, what it and the law promise, readings."""
    loaded = load_provider(provider)
    book = _book(loaded)
    today = runtime.utc_now().astimezone(book.zone).date()
    rules = book.on(today)
    if as_json:
        law = {name: one.model_dump(mode="json") for name, one in loaded.law.items()}
        document = {"key": loaded.key, **book.file.model_dump(mode="json"), "law": law}
        echo_json({**document, "chosen_readings": dict(rules.readings)})
        return
    for line in code_lines(book.file, rules):
        say(line)


@code.command(epilog=f"{EXAMPLE}answerable code check templates")
@click.argument("directory", required=False, type=click.Path(exists=True, file_okay=False))
def check(directory: str | None) -> None:
    """Check every provider folder below DIRECTORY, naming the file and key of what is wrong.

    DIRECTORY is a folder of provider folders, or one of them; left out, those of this installation.
    A code that is laxer than the law is not wrong, only reported: the law's times are kept.
    """
    root, wanted = _folders(directory)
    problems: list[str] = []
    reports: list[str] = []
    for key in wanted:
        try:
            provider = load(key, read_folder(root, key))
        except ProviderError as error:
            problems += error.problems
        else:
            problems += problems_of(provider)
            reports += _reports(provider)
    for report in reports:
        say(report)
    for problem in dict.fromkeys(problems):
        click.echo(problem, err=True)
    if problems:
        raise click.ClickException(f"{len(set(problems))} to mend")
    click.echo(f"{len(wanted)} provider folders are right: {', '.join(wanted)}")


@code.command(epilog=f"{EXAMPLE}answerable code promises opus --json < history.json")
@click.argument("provider")
@click.option("--json", "as_json", is_flag=True)
def promises(provider: str, as_json: bool) -> None:
    """What the code and the law promise in a case whose history is read from stdin (JSON).

    The history has `received_at`, and optionally `customer`, `flags`, `events` and `as_of`; times
    carry an offset. Readings and values are those of this installation's settings.
    """
    book = _book(load_provider(provider))
    levels = ["frontline", *(rung.level for rung in book.file.ladder)]
    try:
        document = parse_json(sys.stdin.buffer.read())
        history, as_of = read_history(document, levels)
        rules = book.on(history.first_received.astimezone(book.zone).date())
        found = derive(rules, history, as_of or runtime.utc_now())
    except HistoryError as error:
        raise click.ClickException(f"the history cannot be used: {error}") from None
    if as_json:
        echo_json([promise.document() for promise in found])
        return
    for promise in found:
        for line in promise_lines(promise):
            say(line)


@code.command(epilog=f"{EXAMPLE}answerable code trace --check")
@click.argument("directory", required=False, type=click.Path(exists=True, file_okay=False))
@click.option("--check", "only_check", is_flag=True, help="Write nothing; fail if it would differ.")
@click.option(
    "-o",
    "output",
    default="docs/traceability.md",
    show_default=True,
    type=click.Path(dir_okay=False),
    help="Where the page lies.",
)
def trace(directory: str | None, only_check: bool, output: str) -> None:
    """Write the page that says what carries each sentence of the published documents.

    DIRECTORY is a folder of provider folders, or one of them; left out, those of this installation.
    A sentence that nothing carries, and that gives no reason, is named and nothing is written.
    """
    root, wanted = _folders(directory)
    found: list[Trace] = []
    problems: list[str] = []
    for key in wanted:
        try:
            sentences = load_sentences(key, read_sentences(root, key))
            found.append(traced(load(key, read_folder(root, key)), sentences))
        except ProviderError as error:
            problems += error.problems
    problems += [problem for each in found for problem in each.problems]
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        raise click.ClickException(f"{len(problems)} to mend")
    _write_page(Path(output), page(found), only_check=only_check)
    total, carried, partly, later, nothing = counts(row for each in found for row in each.rows)
    told = (
        f"{carried} carried, {partly} carried with a part to come, {later} with nothing yet, "
        f"{nothing} that nothing must carry"
    )
    click.echo(f"{output}: {total} sentences; {told}")


def _write_page(path: Path, text: str, *, only_check: bool) -> None:
    try:
        if not only_check:
            path.write_text(text, encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            remedy = f"run: answerable code trace -o {path}"
            raise click.ClickException(f"{path}: it is not what the folders say; {remedy}")
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}; name another with -o") from None


def _folders(directory: str | None) -> tuple[Path, tuple[str, ...]]:
    """The folder of provider folders, and which of them are meant."""
    root = Path(directory) if directory else folder("templates")
    root, wanted = (root.parent, (root.name,)) if (root / FILE).is_file() else (root, keys(root))
    if not wanted:
        raise click.ClickException(f"{root}: no folder in it holds a {FILE}")
    return root, wanted


def _book(provider: Provider) -> RuleBook:
    """The provider's rules as this installation reads them. Raises SettingsError."""
    here = settings()
    check_readings([provider], here)
    return RuleBook(provider, installation(here, provider.key))


def _reports(provider: Provider) -> list[str]:
    kinds = {"laxer": "laxer than the law", "counsel": "wants counsel"}
    today = runtime.utc_now().date()
    place = f"templates/{provider.key}/{FILE}"
    return [
        f"{place}: {finding.place}: {kinds[finding.kind]}: {finding.text}"
        for finding in compare(provider, today)
    ]


def _summary(provider: Provider) -> dict[str, object]:
    file = provider.file
    return {
        "provider": provider.key,
        "name": file.name,
        "jurisdiction": file.jurisdiction,
        "languages": list(file.languages),
        "edition": file.editions[-1].name,
    }


publishing.register(code)
