"""Reads a provider's folder and says everything that is wrong with it, each with its place.

`load` is pure: it takes the files as text, so that a folder on disk and a version in the database
are read by the same code. Only `read_folder` and `keys` touch the disk.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from plugin.codes.check import problems_in
from plugin.codes.law import LawFile, read_law
from plugin.codes.problems import ProviderError, problem
from plugin.codes.provider import Provider
from plugin.codes.provider_file import Choice, LettersFile, ProviderFile
from plugin.codes.published_file import FILE as PUBLISHED
from plugin.codes.published_file import PublishedFile, merged
from plugin.codes.readings import apply
from plugin.codes.rules import law_as_read
from plugin.codes.sentence import Sentence, SentencesFile
from plugin.codes.trace import FILE as SENTENCES
from voice.plan import Plan, plan_from

FILE = "provider.toml"
PHONE = "phone.toml"
BASE_LETTERS = "base/letters.toml"
SHARED = ("base", "law")
"""Folders beside the providers' that are no providers."""

MAX_FILE_BYTES = 256 * 1024
"""The largest file a provider's folder may hold."""

__all__ = [
    "FILE",
    "MAX_FILE_BYTES",
    "SHARED",
    "ProviderError",
    "keys",
    "load",
    "load_sentences",
    "read_folder",
    "read_sentences",
]


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
    """A provider's files by path: its own, "base/..." and "law/..." which all providers share.

    Raises ProviderError for a file that is missing, too large, no UTF-8, or outside the folder.
    """
    root = templates / key
    if not (root / FILE).is_file():
        raise ProviderError([f"{root}: there is no {FILE}; a provider's folder begins with one"])
    found = {FILE: _read(root / FILE, root)}
    for name in (PUBLISHED, PHONE):
        if (root / name).exists() or (root / name).is_symlink():
            found[name] = _read(root / name, root)
    for path in sorted((root / "letters").glob("*.md.j2")):
        found[f"letters/{path.name}"] = _read(path, root)
    for path in sorted((root / "texts").glob("*.txt")):
        found[f"texts/{path.name}"] = _read(path, root)
    for shared, pattern in (("base", "*.md.j2"), ("base", "*.toml"), ("law", "*.toml")):
        for path in sorted((templates / shared).glob(pattern)):
            found[f"{shared}/{path.name}"] = _read(path, templates / shared)
    return found


def load(
    key: str, files: Mapping[str, str], *, version: int = 0, every_reading: bool = True
) -> Provider:
    """A provider from its files. Raises ProviderError naming every problem at once.

    `every_reading`: look at every choice of every reading too, and not only at those chosen; files
    that were stored have been looked at so.
    """
    return replace(_load(key, tuple(sorted(files.items())), every_reading), version=version)


@lru_cache(maxsize=64)
def _load(key: str, items: tuple[tuple[str, str], ...], every_reading: bool) -> Provider:
    """What the same files say is worked out once: it takes a tenth of a second."""
    files = dict(items)
    place = f"templates/{key}/{FILE}"
    try:
        data = tomllib.loads(files[FILE])
    except tomllib.TOMLDecodeError as error:
        raise ProviderError([f"{place}: it is not TOML: {error}"]) from None
    try:
        data = _with_base(data, files)
        file = ProviderFile.model_validate(data)
    except ValidationError as error:
        raise ProviderError([f"{place}: {problem(entry)}" for entry in error.errors()]) from None
    law = read_law(files)
    problems = list(problems_in(file))
    if not problems and every_reading:
        problems = list(_reading_problems(file, data, law))
    if problems:
        raise ProviderError([f"{place}: {said}" for said in problems])
    letters = {
        name.removeprefix("letters/"): text
        for name, text in files.items()
        if name.endswith(".md.j2")
    }
    texts = {
        name.removeprefix("texts/").removesuffix(".txt"): text
        for name, text in files.items()
        if name.startswith("texts/")
    }
    published = _published(key, files)
    phone = None
    if PHONE in files:
        phone = load_phone(key, files[PHONE], _base_words(files), file)
    return Provider(key, 0, _as_chosen(file, data), letters, law, data, texts, published, phone)


def _base_words(files: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """What is said to callers of every provider. Raises ProviderError."""
    place = f"base/{PHONE}"
    try:
        return _tables(tomllib.loads(files.get(place, "")).get("words"))
    except tomllib.TOMLDecodeError as error:
        raise ProviderError([f"templates/{place}: it is not TOML: {error}"]) from None


def load_phone(
    key: str,
    text: str,
    words: Mapping[str, Mapping[str, Any]],
    file: ProviderFile,
    place: str | None = None,
) -> Plan:
    """A provider's routing plan from the text of its file.

    `words`: those beneath its own. `place`: what the file is called in problems. Raises
    ProviderError naming every problem.
    """
    place = place or f"templates/{key}/{PHONE}"
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProviderError([f"{place}: it is not TOML: {error}"]) from None
    merged = {name: dict(said) for name, said in words.items()}
    for name, said in _tables(data.get("words")).items():
        merged[name] = {**merged.get(name, {}), **said}
    try:
        plan = plan_from({**data, "words": merged}, key)
    except ValidationError as error:
        raise ProviderError([f"{place}: {problem(entry)}" for entry in error.errors()]) from None
    rungs = {rung.level for rung in file.ladder}
    unknown = [
        f"{place}: queues.{name}.levels: {level!r} is no level of its ladder: {sorted(rungs)}"
        for name, queue in plan.queues.items()
        for level in queue.levels
        if level not in rungs
    ]
    if unknown:
        raise ProviderError(unknown)
    return plan


def _tables(value: object) -> dict[str, dict[str, Any]]:
    """The tables of a table; anything else in it is told by what validates it."""
    if not isinstance(value, dict):
        return {}
    return {name: one for name, one in value.items() if isinstance(one, dict)}


def _published(key: str, files: Mapping[str, str]) -> PublishedFile:
    """The texts of the published code, the provider's own over those of base.

    Raises ProviderError naming every problem.
    """
    tables: list[dict[str, Any]] = []
    for name in (f"base/{PUBLISHED}", PUBLISHED):
        place = f"templates/{name if '/' in name else f'{key}/{name}'}"
        try:
            tables.append(tomllib.loads(files.get(name, "format = 1")))
            PublishedFile.model_validate(tables[-1])
        except tomllib.TOMLDecodeError as error:
            raise ProviderError([f"{place}: it is not TOML: {error}"]) from None
        except ValidationError as error:
            said = [f"{place}: {problem(entry)}" for entry in error.errors()]
            raise ProviderError(said) from None
    return PublishedFile.model_validate(merged(*tables))


def _with_base(data: Mapping[str, Any], files: Mapping[str, str]) -> dict[str, Any]:
    """The provider's data with what letters do and contain everywhere beneath its own.

    Raises ProviderError where that file is wrong.
    """
    place = f"templates/{BASE_LETTERS}"
    letters = data.get("letters")
    own = letters.get("kinds", {}) if isinstance(letters, dict) else None
    if BASE_LETTERS not in files or not isinstance(letters, dict) or not isinstance(own, dict):
        return dict(data)
    try:
        base = tomllib.loads(files[BASE_LETTERS])
        LettersFile.model_validate(base)
    except tomllib.TOMLDecodeError as error:
        raise ProviderError([f"{place}: it is not TOML: {error}"]) from None
    except ValidationError as error:
        raise ProviderError([f"{place}: {problem(entry)}" for entry in error.errors()]) from None
    kinds = {**base["kinds"]}
    for kind, rule in own.items():
        below = base["kinds"].get(kind, {})
        elements = {**below.get("elements", {}), **rule.get("elements", {})}
        kinds[kind] = {**below, **rule, "elements": elements}
    texts = {**base.get("texts", {}), **letters.get("texts", {})}
    return {**data, "letters": {**letters, "kinds": kinds, "texts": texts}}


def _as_chosen(file: ProviderFile, data: Mapping[str, Any]) -> ProviderFile:
    chosen = [reading.choices[reading.chosen] for reading in file.readings.values()]
    if not any(choice.promises or choice.tables for choice in chosen):
        return file
    for choice in chosen:
        data = apply(data, choice)
    return ProviderFile.model_validate(data)


def _reading_problems(
    file: ProviderFile, data: Mapping[str, Any], law: Mapping[str, LawFile]
) -> Iterator[str]:
    """Whether every choice of every reading, taken alone, makes a file that is right."""
    for name, reading in file.readings.items():
        if reading.chosen not in reading.choices:
            there = ", ".join(reading.choices)
            yield f"readings.{name}.chosen: {reading.chosen!r} is none of its choices: {there}"
        for option, choice in reading.choices.items():
            place = f"readings.{name}.choices.{option}"
            yield from _choice_problems(choice, data, place)
            yield from _law_problems(choice, file, law, place)


def _choice_problems(choice: Choice, data: Mapping[str, Any], place: str) -> Iterator[str]:
    if not (choice.promises or choice.tables):
        return
    try:
        read = ProviderFile.model_validate(apply(data, choice))
    except LookupError as error:
        yield f"{place}.{error.args[0]}; correct its name"
    except ValidationError as error:
        yield from (f"{place}: {problem(entry)}" for entry in error.errors())
    else:
        yield from (f"{place}: {said}" for said in problems_in(read))


def _law_problems(
    choice: Choice, file: ProviderFile, law: Mapping[str, LawFile], place: str
) -> Iterator[str]:
    rules = [
        rule
        for instrument in law.values()
        if instrument.jurisdiction == file.jurisdiction
        for rule in instrument.promises
    ]
    for name, change in choice.law.items():
        named = [rule for rule in rules if rule.name == name]
        if not named:
            yield f"{place}.law.{name}: the law makes no such promise; correct its name"
        for rule in named:
            try:
                law_as_read(rule, change)
            except ValidationError as error:
                yield from (problem(entry, f"{place}.law.{name}") for entry in error.errors())


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
        raise ProviderError([f"{place}: {problem(entry)}" for entry in error.errors()]) from None


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
