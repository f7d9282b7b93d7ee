"""Phone systems: one module each, behind one shape. Adding one is adding a file.

A module exports `SYSTEM`, which verifies a request, reads its events and renders our answer. The
rule: `verify` looks at bytes, headers and the address alone, and is called before all else.
"""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from importlib import import_module
from typing import Any
from urllib.parse import urlencode

import phonenumbers

from voice.call import MAX_TEXT, Direction, Event
from voice.numbers import LONGEST, Number, read
from voice.routing import Route
from voice.webhook import Answer, Request, as_json

OVER = -1
"""What a request asks for whose call has been put through: nothing more."""

REGIONS = ("GB", "CA")
"""The default regions that a number is read with where no line says another."""

MAX_ID = 250
"""Characters of an id that are believed; longer ones are no ids."""


@dataclass(frozen=True, slots=True)
class Links:
    """Where a phone system reaches us: its own address, without a slash at its end."""

    base: str

    def to(self, leaf: str, **query: object) -> str:
        """An address beneath it."""
        asked = f"?{urlencode(query)}" if query else ""
        return f"{self.base}/{leaf}{asked}"


LEAST_SECRET = 12
"""Characters of a secret that stands in a header or an address."""


def too_short(secret: str) -> str | None:
    """What is wrong with a secret, None where nothing is."""
    if len(secret) < LEAST_SECRET:
        return f"it is shorter than {LEAST_SECRET} characters, so it could be guessed"
    return None


def bad_header(secret: str) -> str | None:
    """What is wrong with a secret that stands in a header, with the header's name or without."""
    name, colon, value = secret.partition(":")
    if colon and re.fullmatch(r"[A-Za-z0-9-]+", name) and not value.startswith(" "):
        return 'there is no space after the header\'s name; write "Name: value"'
    value = secret.partition(": ")[2] or secret
    return too_short(value.removeprefix("Bearer ").removeprefix("Basic "))


def bad_path(secret: str) -> str | None:
    """What is wrong with a secret that is part of an address."""
    if not re.fullmatch(r"[A-Za-z0-9._~-]*", secret):
        return "it is part of an address: letters, digits and - . _ ~ alone"
    return too_short(secret)


def _only_one(secret: str) -> list[str]:
    return [secret]


def _nothing(_request: Request) -> Answer:
    return as_json({})


def _asks_nothing(_request: Request) -> int | None:
    return None


def _tells_only(_route: Route, _step: int, _links: Links) -> Answer:
    return as_json({})


@dataclass(frozen=True, slots=True)
class System:
    """One phone system.

    `verify(request, secrets, options)` raises Refused. `read(request, regions)` gives the events,
    and raises Unreadable. `asks(request)` says which step of a route the request wants: 0 for the
    first, OVER for none any more, None where it only tells. `answer(route, step, links)` renders
    it, `acknowledge(request)` what is answered otherwise. `proof` says what its secret is, for
    settings, `problem(secret)` what is wrong with one, `several(text)` the secrets in a text that
    gives one or more. `rings`: the kinds of target it can ring, see `voice.routing.kind_of`.
    `leaves`: the addresses beneath its own that people enter at it. `allowed`: the values that an
    option may have. `sorry`: what a refusal must look like, where plain words will not do.
    """

    name: str
    path: str
    proof: str
    verify: Callable[[Request, Sequence[str], Mapping[str, str]], None]
    read: Callable[[Request, Sequence[str]], list[Event]]
    asks: Callable[[Request], int | None] = _asks_nothing
    answer: Callable[[Route, int, Links], Answer] = _tells_only
    acknowledge: Callable[[Request], Answer] = _nothing
    rings: frozenset[str] = frozenset({"number", "sip", "extension"})
    problem: Callable[[str], str | None] = too_short
    several: Callable[[str], list[str]] = _only_one
    leaves: tuple[str, ...] = ()
    sorry: Answer | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    allowed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    secret_in_path: bool = False

    @property
    def routes(self) -> bool:
        """Does our answer route the call?"""
        return self.asks is not _asks_nothing


@lru_cache(maxsize=1)
def systems() -> Mapping[str, System]:
    """Every phone system there is a module for, by its name in settings."""
    found: dict[str, System] = {}
    for module in pkgutil.iter_modules(__path__):
        one = getattr(import_module(f"{__name__}.{module.name}"), "SYSTEM", None)
        for system in one if isinstance(one, tuple) else (one,) if one else ():
            found[system.name] = system
    return dict(sorted(found.items()))


def numbers(
    caller: object, dialled: object, regions: Sequence[str], *, from_network: bool = False
) -> tuple[Number | None, Number | None]:
    """(caller, dialled). The dialled number decides the region that the caller's is read with.

    None for what a request does not tell of.
    """
    to = _best(_kept(dialled), regions, from_network) if isinstance(dialled, str) else None
    if to is not None and to.shown is not None:
        regions = _of(to.shown, regions)
    if caller is None:
        return None, to
    return _best(_kept(caller) if isinstance(caller, str) else "", regions, from_network), to


def _kept(raw: str) -> str:
    """What is kept of a number as it was received: no more than a number has, and storable."""
    return _storable(raw[: LONGEST + 1])


def _storable(text: str) -> str:
    """No half of a surrogate pair, and none of the characters that a database refuses."""
    return text.encode("utf-8", "replace").decode().replace("\0", " ")


def _best(raw: str, regions: Sequence[str], from_network: bool) -> Number:
    """The surest reading; of two as sure, that of a region which is the number's own."""
    tried = [read(raw, region, from_network=from_network) for region in regions or (None,)]
    return min(tried, key=lambda one: (one.e164 is None, one.possible is None, _is_abroad(one)))


def _is_abroad(number: Number) -> bool:
    code = phonenumbers.country_code_for_region(number.home) if number.home else 0
    return not (number.shown or "").startswith(f"+{code}")


def _of(e164: str, regions: Sequence[str]) -> Sequence[str]:
    for region in regions:
        code = phonenumbers.country_code_for_region(region)
        if e164.startswith(f"+{code}"):
            return (region,)
    return regions[:1]


def direction_of(value: object, out: str) -> Direction | None:
    """Who calls whom; None where it is not told. `out`: what a call of ours begins with."""
    text = id_of(value).lower()
    return None if not text else "out" if text.startswith(out) else "in"


def id_of(value: object) -> str:
    """An id that a system told, "" where it is none."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if len(text) <= MAX_ID and text.isprintable() else ""


def text_of(value: object) -> str | None:
    """Words that a system told; None where there are none."""
    if not isinstance(value, str) or not value.strip():
        return None
    return _storable(value[:MAX_TEXT])


def url_of(value: object) -> str | None:
    """An address that a system told; to be fetched by us or by nobody."""
    is_one = isinstance(value, str) and value.isprintable() and 0 < len(value) <= 2000
    return value if is_one else None  # type: ignore[return-value]


def word_of(value: object) -> str | None:
    """A short word that a system told, e.g. an extension or the name of a queue."""
    text = id_of(value).strip()
    return text[:64] or None


def seconds_of(value: object) -> int | None:
    """A number of seconds that a system told, as a number or in digits."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 7:
        return int(value)
    if isinstance(value, int | float) and 0 <= value < 10_000_000:
        return int(value)
    return None


def share_of(value: object) -> float | None:
    """A confidence from 0 to 1."""
    if isinstance(value, str) and len(value) <= 20:
        try:
            value = float(value)
        except ValueError:
            return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value <= 1 else None  # type: ignore[operator,arg-type]


def moment_of(value: object) -> datetime | None:
    """An ISO 8601 moment with its zone, in UTC; None where it is none."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
        return moment.astimezone(UTC) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def table_of(value: object) -> dict[str, Any]:
    """A JSON object within another; {} where there is none."""
    return value if isinstance(value, dict) else {}


def list_of(value: object) -> list[Any]:
    """A JSON list within an object; [] where there is none. At most 100 of it."""
    return value[:100] if isinstance(value, list) else []


def sequence_of(value: object) -> int:
    """A place in a system's own order, 0 where it has none."""
    is_one = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9
    return value if is_one else 0  # type: ignore[return-value]


def fields_of(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The fields of a form by name; of a repeated one the first."""
    found: dict[str, str] = {}
    for name, value in pairs:
        found.setdefault(name, value)
    return found
