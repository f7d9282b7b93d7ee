"""Did this mail come from whom it says? What our own receiving server found out about that.

Only Authentication-Results (RFC 8601) that bear our server's name are believed: any other was
written by whoever sent the mail. A server puts its own on top, so that of several the first is its
word where it says yes; a no counts wherever it stands. What a server repeats of the mail itself, in
quotes or in comments, is the sender's text and says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["passed", "failed", "unknown"]

NAMELESS = "protection.outlook.com"
"""The name under which results that bear none are believed: Microsoft 365 gives none
(https://learn.microsoft.com/defender-office-365/message-headers-eop-mdo)."""

MAX_RESULTS = 50
MAX_LENGTH = 16 * 1024
"""More results in one header, or a longer one, than any server writes: it is believed no good."""

_RESULT = re.compile(r"([a-z][a-z0-9-]{0,30})(?:/\d{1,4})?=([a-z]{1,20})", re.I)
_PROPERTY = re.compile(r"(header\.d|header\.i|smtp\.mailfrom)=(\S{1,500})", re.I)
_AUTHOR = re.compile(r"header\.from=(\S{1,500})", re.I)
_MALFORMED = ";dmarc=fail"
_QUOTED = "q"
"""Stands for a quoted string: nothing in it is anything but text."""


@dataclass(frozen=True, slots=True)
class Authentication:
    """What the server found. `why` in a few words for a person, e.g. "dmarc=pass"; "" for nothing.

    `failed`: somebody else may have written it. `unknown`: the server did not say.
    """

    verdict: Verdict
    why: str = ""


UNKNOWN = Authentication("unknown")
_UNCLEAR = Authentication("failed", "From can be read in more than one way")
_OVERLONG = Authentication("failed", "more than a server says")


@dataclass(frozen=True, slots=True)
class _Result:
    method: str
    result: str
    domains: tuple[str, ...]
    authors: tuple[str, ...]
    """The domains that the server read in From, where it says so."""

    def __str__(self) -> str:
        return f"{self.method}={self.result}"


def authenticate(
    headers: Sequence[str], servers: frozenset[str], from_address: str
) -> Authentication:
    """Judge by the headers (topmost first) that bear the name of one of our servers.

    `from_address`: the author's; "" where From can be read in more than one way, which passes none.

    DMARC's word decides (RFC 7489); where there is none, a signature (DKIM) or sender (SPF) of the
    From address's own domain passes, and a sender that its domain forbids (SPF fail) fails.
    """
    if not servers:
        return UNKNOWN
    believed: list[list[_Result]] = []
    for header in headers:
        name, parts = _read(header[: MAX_LENGTH + 1])
        if name not in servers:
            continue
        if len(header) > MAX_LENGTH or len(parts) > MAX_RESULTS:
            return _OVERLONG
        believed.append(list(_results(parts)))
    if believed and not from_address:
        return _UNCLEAR
    return _judge(believed, _domain(from_address))


def _judge(believed: Sequence[Sequence[_Result]], ours: str) -> Authentication:
    everything = [one for results in believed for one in results]
    for one in everything:
        if one.method == "dmarc" and one.result == "fail":
            return Authentication("failed", str(one))
    top = believed[0] if believed else []
    for one in top:
        if one.method == "dmarc" and one.result == "pass":
            # What the server vouched for is the author that it read.
            if not all(_aligned(author, ours) for author in one.authors):
                return Authentication("failed", f"{one} for {one.authors[0]}")
            return Authentication("passed", str(one))
    for one in top:
        own = any(_aligned(domain, ours) for domain in one.domains)
        if one.method in ("dkim", "spf") and one.result == "pass" and own:
            return Authentication("passed", str(one))
    for one in everything:
        if one.method == "spf" and one.result == "fail":
            return Authentication("failed", str(one))
    return UNKNOWN


def _read(header: str) -> tuple[str, list[str]]:
    """The server's name, and what it says in parts."""
    parts = _plain(header).split(";")
    first = (parts[0].split() or [""])[0].lower()
    return (NAMELESS, parts) if "=" in first else (first, parts[1:])


def _plain(header: str) -> str:
    """Without comments, quoted strings as a letter (RFC 5322, 3.2.2 and 3.2.4).

    Quotes count in comments too: servers write there what the mail says. One that never ends is no
    server's, and everything from it on is in doubt: so it fails.
    """
    kept: list[str] = []
    depth, quoted, escaped = 0, False, False
    for char in header:
        if escaped:
            escaped = False
        elif char == "\\" and (quoted or depth):
            escaped = True
        elif char == '"':
            quoted = not quoted
            kept.append(_QUOTED if quoted and not depth else "")
        elif quoted:
            continue
        elif char == "(":
            depth += 1
            kept.append(" ")
        elif depth:
            depth -= char == ")"
        else:
            kept.append(char)
    if quoted or depth:
        kept.append(_MALFORMED)
    return "".join(kept)


def _results(parts: Sequence[str]) -> Iterator[_Result]:
    for part in parts:
        words = part.replace(" =", "=").replace("= ", "=").split()
        found = _RESULT.fullmatch(words[0]) if words else None
        if found:
            said = (_PROPERTY.fullmatch(word) for word in words[1:])
            domains = tuple(_domain(one[2]) for one in said if one)
            wrote = (_AUTHOR.fullmatch(word) for word in words[1:])
            authors = tuple(_domain(one[1]) for one in wrote if one)
            yield _Result(found[1].lower(), found[2].lower(), domains, authors)


def _domain(value: str) -> str:
    """The domain of an address or a name as the DNS has it."""
    name = value.rpartition("@")[2].lower().rstrip(".")
    try:
        return name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        return name


def _aligned(domain: str, ours: str) -> bool:
    """One domain, or one under the other (relaxed alignment, without the list of suffixes)."""
    if not domain or "." not in domain:
        return False
    return domain == ours or ours.endswith(f".{domain}") or domain.endswith(f".{ours}")
