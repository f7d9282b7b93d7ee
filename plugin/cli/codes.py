"""Commands about the codes of practice: list, show, check."""

from __future__ import annotations

from pathlib import Path

import click

from plugin.bundle import folder
from plugin.cli.common import EXAMPLE, echo_json
from plugin.codes.load import (
    FILE,
    ProviderError,
    keys,
    load,
    load_sentences,
    read_folder,
    read_sentences,
)
from plugin.codes.model import ProviderFile, Within
from plugin.codes.provider import Provider
from plugin.codes.trace import Trace, counts, page
from plugin.codes.trace import trace as traced
from plugin.desk.setup import problems_of


def add_to(group: click.Group) -> None:
    """Hang these commands under the program."""
    group.add_command(code)


@click.group()
def code() -> None:
    """The codes of practice that this installation knows."""


@code.command("list", epilog=f"{EXAMPLE}answerable code list")
@click.option("--json", "as_json", is_flag=True)
def list_(as_json: bool) -> None:
    """Every provider, with its jurisdiction, languages and edition."""
    found = [_load(key) for key in keys(folder("templates"))]
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
    """One provider's code: how to reach it, its ladder, what it promises and where that stands."""
    loaded = _load(provider)
    if as_json:
        echo_json({"key": loaded.key, **loaded.file.model_dump(mode="json")})
        return
    for line in _lines(loaded.file):
        click.echo(line)


@code.command(epilog=f"{EXAMPLE}answerable code check templates")
@click.argument("directory", required=False, type=click.Path(exists=True, file_okay=False))
def check(directory: str | None) -> None:
    """Check every provider folder below DIRECTORY, naming the file and key of what is wrong.

    DIRECTORY is a folder of provider folders, or one of them; left out, those of this installation.
    """
    root, wanted = _folders(directory)
    problems: list[str] = []
    for key in wanted:
        try:
            problems += problems_of(load(key, read_folder(root, key)))
        except ProviderError as error:
            problems += error.problems
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        raise click.ClickException(f"{len(problems)} to mend")
    click.echo(f"{len(wanted)} provider folders are right: {', '.join(wanted)}")


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
    total, carried, later, nothing = counts(row for each in found for row in each.rows)
    told = f"{carried} carried, {later} with a part to come, {nothing} that nothing must carry"
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


def _load(key: str) -> Provider:
    root = folder("templates")
    if key not in keys(root):
        known = ", ".join(keys(root))
        raise click.ClickException(f"there is no provider {key!r}; there are: {known}")
    return load(key, read_folder(root, key))


def _summary(provider: Provider) -> dict[str, object]:
    file = provider.file
    return {
        "provider": provider.key,
        "name": file.name,
        "jurisdiction": file.jurisdiction,
        "languages": list(file.languages),
        "edition": file.editions[-1].name,
    }


def _lines(file: ProviderFile) -> list[str]:
    lines = [f"{file.name} ({file.jurisdiction}), edition {file.editions[-1].name}", ""]
    lines.append("How to reach it")
    for contact in file.contacts:
        printed = contact.printed or "(lost in the document as supplied)"
        confirmed = "confirmed" if contact.confirmed else "not confirmed by a person"
        number = f" = {contact.normalised}" if contact.normalised else ""
        lines.append(f"  {contact.kind:7} {printed}{number}  [{contact.purpose}; {confirmed}]")
    lines += ["", "Levels"]
    lines += [f"  {rung.level}: {rung.title}" for rung in file.ladder]
    lines += ["", "Promises"]
    for promise in file.promises:
        alert = f", alert at {_within(promise.alert)}" if promise.alert else ""
        reading = f" ({promise.reading})" if promise.reading else ""
        lines.append(
            f"  {promise.name}: {promise.severity.value}, within {_within(promise.within)}{alert}"
        )
        clause = promise.clause
        sentence = f", sentence {clause.sentence}" if clause.sentence else ""
        lines.append(f"    {clause.section}{sentence}: {clause.says}{reading}")
    return lines


def _within(within: Within) -> str:
    unit = within.unit.value.replace("_", " ")
    return f"{within.amount} {unit}{'' if within.amount == 1 else 's'}"
