"""Reads a provider's folder and says everything that is wrong with it, each with its place.

`load` is pure: it takes the files as text, so that a folder on disk and a version in the database
are read by the same code. Only `read_folder` and `keys` touch the disk.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import holidays
from pydantic import ValidationError

from plugin.codes.model import CalendarRule, ProviderFile
from plugin.codes.provider import Provider
from plugin.codes.sentence import Sentence, SentencesFile
from plugin.codes.trace import FILE as SENTENCES

FILE = "provider.toml"
SHARED = ("base", "law")
"""Folders beside the providers' that are no providers."""

MAX_FILE_BYTES = 256 * 1024
"""The largest file a provider's folder may hold."""


class ProviderError(ValueError):
    """A provider's folder is wrong. `problems`: file, key, what is wrong, what would be right."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


def keys(templates: Path) -> tuple[str, ...]:
    """The provider folders in `templates`, by name."""
    return tuple(
        sorted(
            entry.name
            for entry in templates.iterdir()
            if entry.name not in SHARED and (entry / FILE).is_file()
        )
    )


def read_folder(templates: Path, key: str) -> dict[str, str]:
    """A provider's files as text: its own, its letters, and base's as "base/...".

    Raises ProviderError for a file that is missing, too large, no UTF-8, or outside the folder.
    """
    root = templates / key
    if not (root / FILE).is_file():
        raise ProviderError([f"{root}: there is no {FILE}; a provider's folder begins with one"])
    found = {FILE: _read(root / FILE, root)}
    for path in sorted((root / "letters").glob("*.md.j2")):
        found[f"letters/{path.name}"] = _read(path, root)
    base = templates / "base"
    for path in sorted(base.glob("*.md.j2")):
        found[f"base/{path.name}"] = _read(path, base)
    return found


def load(key: str, files: Mapping[str, str], *, version: int = 0) -> Provider:
    """A provider from its files. Raises ProviderError naming every problem at once."""
    place = f"templates/{key}/{FILE}"
    try:
        data = tomllib.loads(files[FILE])
    except tomllib.TOMLDecodeError as error:
        raise ProviderError([f"{place}: it is not TOML: {error}"]) from None
    try:
        file = ProviderFile.model_validate(data)
    except ValidationError as error:
        raise ProviderError([f"{place}: {_problem(entry)}" for entry in error.errors()]) from None
    problems = [f"{place}: {problem}" for problem in _problems(file)]
    if problems:
        raise ProviderError(problems)
    letters = {
        name.removeprefix("letters/"): text
        for name, text in files.items()
        if name.startswith(("letters/", "base/"))
    }
    return Provider(key, version, file, letters)


def read_sentences(templates: Path, key: str) -> str | None:
    """A provider's sentences as text, or None where it lists none.

    They stand apart from `read_folder`: nothing that a case does depends on them, so a change of
    wording makes no new version of the provider. Raises ProviderError as `read_folder` does.
    """
    path = templates / key / SENTENCES
    return _read(path, templates / key) if path.exists() or path.is_symlink() else None


def load_sentences(key: str, text: str | None) -> tuple[Sentence, ...]:
    """A provider's sentences; none for None. Raises ProviderError naming every problem at once."""
    if text is None:
        return ()
    place = f"templates/{key}/{SENTENCES}"
    try:
        return SentencesFile.model_validate(tomllib.loads(text)).sentences
    except tomllib.TOMLDecodeError as error:
        raise ProviderError([f"{place}: it is not TOML: {error}"]) from None
    except ValidationError as error:
        raise ProviderError([f"{place}: {_problem(entry)}" for entry in error.errors()]) from None


def _read(path: Path, root: Path) -> str:
    if not path.resolve().is_relative_to(root.resolve()):
        raise ProviderError([f"{path}: it leads out of its folder; put the file itself there"])
    if not path.is_file():
        raise ProviderError([f"{path}: there is no such file; remove the link or the folder"])
    if path.stat().st_size > MAX_FILE_BYTES:
        raise ProviderError([f"{path}: it is larger than {MAX_FILE_BYTES // 1024} KiB; shorten it"])
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ProviderError([f"{path}: it is not UTF-8; save it as UTF-8"]) from None


def _problem(entry: Any) -> str:
    """One validation error as key, what is wrong, and what would be right."""
    key = ""
    for part in entry["loc"]:
        key += f"[{part}]" if isinstance(part, int) else f".{part}" if key else str(part)
    if entry["type"] == "extra_forbidden":
        return f"{key}: there is no such key; remove it or correct its name"
    if entry["type"] == "missing":
        return f"{key}: it is missing; add it"
    said = str(entry["msg"])
    return f"{key}: {said[:1].lower()}{said[1:]}, not {entry['input']!r:.60}"


def _problems(file: ProviderFile) -> Iterator[str]:
    """What types cannot say: names that must exist, and things that must agree."""
    yield from _calendar_problems(file.calendar)
    yield from _promise_problems(file)
    yield from _contact_problems(file)
    for kind in file.letters.on_opening:
        if kind not in file.letters.kinds:
            yield f"letters.on_opening: {kind!r} has no table [letters.kinds.{kind}]; add one"
    for name, said in file.letters.texts.items():
        for language in file.languages:
            if not (said.get(language) or said.get(language.partition("-")[0])):
                yield f"letters.texts.{name}: it says nothing in {language}; add it"


def _calendar_problems(rule: CalendarRule) -> Iterator[str]:
    if rule.zone not in available_timezones():
        yield f"calendar.zone: there is no time zone {rule.zone!r}; e.g. Europe/London"
        return
    ZoneInfo(rule.zone)
    try:
        holidays.country_holidays(rule.country, subdiv=rule.subdivision, years=2026)
    except NotImplementedError:
        where = f"{rule.country} {rule.subdivision or ''}".strip()
        yield f"calendar.subdivision: no holidays are known for {where!r}; e.g. GB with ENG"
    for number, opening in enumerate(rule.opening):
        if opening.opens.tzinfo or opening.closes.tzinfo:
            yield f"calendar.opening[{number}]: times are local ones; remove their offset"
        elif opening.closes <= opening.opens and opening.closes.isoformat() != "00:00:00":
            yield f"calendar.opening[{number}]: it closes before it opens; swap the times"


def _promise_problems(file: ProviderFile) -> Iterator[str]:
    documents = {document.key for document in file.documents}
    seen: set[str] = set()
    for number, promise in enumerate(file.promises):
        place = f"promises[{number}]"
        if promise.name in seen:
            yield f"{place}.name: {promise.name!r} stands twice; keep one"
        seen.add(promise.name)
        if promise.clause.document not in documents:
            known = ", ".join(sorted(documents))
            yield f"{place}.clause.document: {promise.clause.document!r} is none of: {known}"
        if promise.letter and promise.letter not in file.letters.kinds:
            yield f"{place}.letter: {promise.letter!r} has no table in letters.kinds; add one"
        if promise.reading and promise.reading not in file.readings:
            yield f"{place}.reading: {promise.reading} is not among [readings]; say how it is read"


def _contact_problems(file: ProviderFile) -> Iterator[str]:
    for number, contact in enumerate(file.contacts):
        is_number = contact.kind in ("phone", "fax") and contact.normalised is not None
        if is_number and not re.fullmatch(r"\+[1-9]\d{6,14}", contact.normalised or ""):
            said = contact.normalised
            yield f"contacts[{number}].normalised: {said!r} is not E.164; e.g. +442085458200"
