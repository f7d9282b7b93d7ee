"""What the desk is handed: its database, keys, settings, randomness and sender.

Nothing here reads a clock. `now` comes in with every call, so that the simulator and the tests can
move time as they like.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from plugin.desk.providers import Providers
from plugin.keys import KeyRing
from plugin.settings import Settings
from plugin.store.engine import Database


class Draw(Protocol):
    """The runtime's randomness."""

    def id(self) -> int:
        """A new 63-bit id, ordered by time."""

    def salt(self) -> str:
        """128 random bits in hexadecimal."""

    def below(self, limit: int) -> int:
        """A random whole number from 0 to `limit` - 1."""


class Post(Protocol):
    """Hands a letter to a mail server; raises MailUnavailable or MailRefused."""

    def send(self, raw: bytes, *, sender: str, recipient: str) -> str:
        """Hand it over; returns what the server said on accepting it."""


class Steps(Protocol):
    """Told of each step that a crash could follow; the ordinary one does nothing."""

    def __call__(self, step: str, /) -> None: ...


def no_steps(step: str) -> None:
    """The ordinary `Steps`."""


class Teller(Protocol):
    """Told the story as it happens, without personal data: a kind, and what may be shown."""

    def __call__(self, kind: str, **facts: object) -> None: ...


def silent(kind: str, **facts: object) -> None:
    """The `Teller` that tells nobody."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything a use case needs. `worker` names this process in claims."""

    database: Database
    ring: KeyRing
    settings: Settings
    providers: Providers
    draw: Draw
    worker: str
    tell: Teller = field(default=silent)
    step: Steps = field(default=no_steps)
    plans: Mapping[str, str] = field(default_factory=dict)
    """Routing plans that the settings name, as text, by provider."""
