"""Names for editions of a code on the command line, and two of them side by side."""

from __future__ import annotations

import re
import shutil
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from pathlib import Path

import click

from plugin import runtime
from plugin.bundle import folder
from plugin.cli.common import desk, settings
from plugin.codes.load import FILE, ProviderError, keys, load, read_folder
from plugin.codes.provider import Provider
from plugin.desk.publish import local_date, publish
from plugin.desk.setup import check_readings
from plugin.published.changes import Change, by_section
from plugin.published.document import Document

LEAST = 30
"""No line is made narrower than this, however narrow the terminal says it is."""

NARROW = 76
"""Below so many columns the two stand one under the other."""


def load_provider(key: str) -> Provider:
    """A provider from its folder. Raises click's exception naming those there are."""
    root = folder("templates")
    if key not in keys(root):
        known = ", ".join(keys(root))
        raise click.ClickException(f"there is no provider {key!r}; there are: {known}")
    return load(key, read_folder(root, key))


@dataclass(frozen=True, slots=True)
class Edition:
    """A provider's code as of a day, and what it was called on the command line."""

    name: str
    provider: Provider
    on: date

    def document(self, document: str, language: str | None = None) -> Document:
        """One of its documents, in its first language where none is named."""
        spoken = language or self.provider.file.languages[0]
        return publish(settings(), self.provider, document, spoken, self.on)


def read_edition(name: str) -> Edition:
    """An edition by its name: PROVIDER, PROVIDER@DAY, PROVIDER@EDITION, PROVIDER@vN, or a folder.

    A day is that of the first receipt, which chooses edition and law; vN is a version stored in the
    database. Raises click's exception.
    """
    drafted = _drafted(name)
    if drafted is not None:
        return drafted
    key, at, which = name.partition("@")
    provider = load_provider(key)
    if not at:
        return _made(name, provider, None)
    if re.fullmatch(r"v[0-9]{1,12}", which):
        return _made(name, _stored(key, int(which[1:])), None)
    for edition in provider.file.editions:
        if edition.name == which and edition.effective_from is None:
            return _made(name, provider, None)
    try:
        return _made(name, provider, date.fromisoformat(which))
    except ValueError:
        there = ", ".join(one.name for one in provider.file.editions)
        said = f"give a day such as {key}@2026-04-07, an edition ({there}), or {key}@v1"
        raise click.ClickException(f"{name}: {which!r} is no edition; {said}") from None


def _drafted(name: str) -> Edition | None:
    """An edition in a folder of its own; None where the name is no folder with a provider.toml.

    What all providers share is the installation's, unless the draft brings its own.
    """
    path = Path(name)
    try:
        if name in keys(folder("templates")) or not (path / FILE).is_file():
            return None
        root, key = path.resolve().parent, path.resolve().name
        files = read_folder(root, key)
    except OSError:
        return None
    except ProviderError as error:
        raise click.ClickException("; ".join(error.problems)) from None
    missing = [place for place in ("base/", "law/") if not any(p.startswith(place) for p in files)]
    files |= {p: text for p, text in _shared().items() if p.startswith(tuple(missing))}
    try:
        provider = load(key, files)
    except ProviderError as error:
        said = (one.replace(f"templates/{key}/", f"{name.rstrip('/')}/") for one in error.problems)
        raise click.ClickException("; ".join(said)) from None
    return _made(name, provider, None)


def _shared() -> dict[str, str]:
    """The files that all providers of this installation share."""
    root = folder("templates")
    files = read_folder(root, keys(root)[0])
    return {path: text for path, text in files.items() if path.startswith(("base/", "law/"))}


def _made(name: str, provider: Provider, on: date | None) -> Edition:
    """An edition whose readings this installation knows. Raises SettingsError."""
    check_readings([provider], settings())
    return Edition(name, provider, on or _today(provider))


def _today(provider: Provider) -> date:
    return local_date(provider, runtime.utc_now())


def _stored(key: str, version: int) -> Provider:
    with desk() as built, built.database.read() as connection:
        newest = built.providers.newest(connection)
        if key not in newest or not 1 <= version <= newest[key].version:
            there = f"1 to {newest[key].version}" if key in newest else "none"
            raise click.ClickException(f"{key}@v{version}: the stored versions are {there}")
        return built.providers.at(connection, key, version)


def side_by_side(found: list[Change], names: tuple[str, str], width: int = 0) -> Iterator[str]:
    """Changes as lines: two columns where the terminal has the room, else one under the other."""
    width = width or max(shutil.get_terminal_size().columns, LEAST)
    if width < NARROW:
        yield from _stacked(found, names, width)
        return
    column = (width - 5) // 2
    left, right = (textwrap.shorten(name, column) for name in names)
    yield f"  {left:{column}} | {right}"
    for section, many in by_section(found):
        yield ""
        yield from textwrap.wrap(section, width)
        for one in many:
            mark = "*" if one.changed else " "
            lines = zip_longest(
                textwrap.wrap(one.before or "(nothing)", column),
                textwrap.wrap(one.after or "(nothing)", column),
                fillvalue="",
            )
            for number, (was, now) in enumerate(lines):
                yield f"{mark if number == 0 else ' '} {was:{column}} | {now}".rstrip()


def _stacked(found: list[Change], names: tuple[str, str], width: int) -> Iterator[str]:
    for section, many in by_section(found):
        yield ""
        yield from textwrap.wrap(section, width)
        for one in many:
            if not one.changed:
                yield from textwrap.wrap(f"  {one.after}", width)
                continue
            for name, said in zip(names, (one.before, one.after), strict=True):
                yield from textwrap.wrap(f"* {name}: {said or '(nothing)'}", width)
