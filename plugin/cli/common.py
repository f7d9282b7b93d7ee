"""What several commands share: the desk they work on, and how JSON lines are answered."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import click

from plugin.desk.ports import Desk, Teller, silent
from plugin.settings import Settings

DEMO_SETTINGS = "var/demo/answerable.toml"
"""Written by the demo desk; read where an installation has no settings of its own."""

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control and direction characters; a tab stays, and lines come one at a time."""

EXAMPLE = "\b\nExample:\n  "


def settings() -> Settings:
    """The settings of this installation, else those of the demo desk if one was started here."""
    # Imported here: it brings the sockets along, which the simulator has no use for.
    from plugin import runtime

    return runtime.load_settings(os.environ, (DEMO_SETTINGS,))


@contextmanager
def desk(tell: Teller = silent) -> Iterator[Desk]:
    """A desk for one command."""
    from plugin import runtime

    built = runtime.build_desk(settings(), tell)
    try:
        yield built
    finally:
        built.database.close()


def say(line: str) -> None:
    """One line for a terminal: a control character that a mail brought along moves nothing."""
    click.echo(_whole(_CONTROL.sub("\N{REPLACEMENT CHARACTER}", line)))


def _whole(text: str) -> str:
    """Text that can be written: half a surrogate pair, as JSON may hold, cannot."""
    return text.encode("utf-8", "replace").decode("utf-8")


def echo_json(document: object) -> None:
    """One JSON document on stdout."""
    click.echo(_whole(json.dumps(document, ensure_ascii=False, indent=2, default=_plain)))


def parse_json(raw: bytes) -> Any:
    """The JSON document on stdin. Raises click's exception, exit 1, where it is none."""
    try:
        return json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError):
        raise click.ClickException("stdin is not a JSON document in UTF-8") from None


def answer_lines(answer: Callable[[Any], dict[str, Any]]) -> None:
    """Read JSON lines on stdin and answer each in order; a bad one gets an error line."""
    for line in sys.stdin.buffer:
        text = line.decode("utf-8", "replace").strip()
        if not text:
            continue
        click.echo(_whole(json.dumps(_answer(answer, text), ensure_ascii=False, default=_plain)))


def _answer(answer: Callable[[Any], dict[str, Any]], text: str) -> dict[str, Any]:
    given: Any = text
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        if text.startswith(("{", "[")):
            return {"error": "this line is not JSON"}
    named = {"id": given["id"]} if isinstance(given, dict) and "id" in given else {}
    try:
        return {**named, **answer(given)}
    except (click.ClickException, OSError, ValueError, TypeError, LookupError) as error:
        said = error.message if isinstance(error, click.ClickException) else str(error)
        return {**named, "error": said or type(error).__name__}


def _plain(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not JSON")


def pairs(given: Iterable[str]) -> dict[str, object]:
    """`key=value` pairs; a value that is a JSON object or list is read as one."""
    told: dict[str, object] = {}
    for pair in given:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise click.UsageError(f"{pair!r} is not key=value")
        if key in told:
            raise click.UsageError(f"{key} is given twice")
        told[key] = _value(value)
    return told


def _value(text: str) -> Any:
    if text.startswith(("{", "[")):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    return text
