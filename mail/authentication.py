"""Did this mail come from whom it says? What our own receiving server found out about that.

Only Authentication-Results (RFC 8601) that bear our server's name are believed: any other was
written by whoever sent the mail. A server puts its own on top, so that of several the first is its
word where it says yes; a no counts wherever it stands.
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
"""How many results of one header are read."""

_COMMENT = re.compile(r"\([^()]*\)")
_RESULT = re.compile(r"([\w-]+)(?:/\d+)?\s*=\s*([\w-]+)")
_PROPERTY = re.compile(r"([\w-]+\.[\w-]+)\s*=\s*\"?([^\s;\"]+)")


@dataclass(frozen=True, slots=True)
class Authentication:
    """What the server found. `why` in a few words for a person, e.g. "dmarc=pass"; "" for nothing.

    `failed`: somebody else may have written it. `unknown`: the server did not say.
    """

    verdict: Verdict
    why: str = ""


UNKNOWN = Authentication("unknown")


@dataclass(frozen=True, slots=True)
class _Result:
    method: str
    result: str
    domains: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.method}={self.result}"


def authenticate(
    headers: Sequence[str], servers: frozenset[str], from_address: str
) -> Authentication:
    """Judge by the headers (topmost first) that bear the name of one of our servers.

    DMARC's word decides (RFC 7489); where there is none, a signature (DKIM) or sender (SPF) of the
    From address's own domain passes, and a sender that its domain forbids (SPF fail) fails.
    """
    believed = [list(_results(said)) for name, said in _named(headers) if name in servers]
    everything = [one for results in believed for one in results]
    for one in everything:
        if one.method == "dmarc" and one.result == "fail":
            return Authentication("failed", str(one))
    top = believed[0] if believed else []
    ours = from_address.rpartition("@")[2]
    for one in top:
        if one.method == "dmarc" and one.result == "pass":
            return Authentication("passed", str(one))
    for one in top:
        own = any(_aligned(domain, ours) for domain in one.domains)
        if one.method in ("dkim", "spf") and one.result == "pass" and own:
            return Authentication("passed", str(one))
    for one in everything:
        if one.method == "spf" and one.result == "fail":
            return Authentication("failed", str(one))
    return UNKNOWN


def _named(headers: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each header's server and what it says, comments left out."""
    for header in headers:
        said = _COMMENT.sub(" ", _COMMENT.sub(" ", header))
        name, _, rest = said.partition(";")
        first = (name.split() or [""])[0].lower()
        yield (NAMELESS, said) if "=" in first else (first, rest)


def _results(said: str) -> Iterator[_Result]:
    for part in said.split(";")[:MAX_RESULTS]:
        found = _RESULT.match(part.strip())
        if found:
            properties = _PROPERTY.findall(part)
            domains = [value.rpartition("@")[2].lower() for name, value in properties if _is(name)]
            yield _Result(found[1].lower(), found[2].lower(), tuple(domains))


def _is(name: str) -> bool:
    """Is it a property that says whose domain was tried?"""
    return name.lower() in ("header.d", "header.i", "smtp.mailfrom")


def _aligned(domain: str, ours: str) -> bool:
    """One domain, or one under the other (relaxed alignment, without the list of suffixes)."""
    if not domain or "." not in domain:
        return False
    return domain == ours or ours.endswith(f".{domain}") or domain.endswith(f".{ours}")
