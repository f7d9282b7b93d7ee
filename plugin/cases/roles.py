"""Who may do what: four roles, granted for one provider or for all.

A higher role may all that a lower one may. What each act needs stands in `actions.py`; whether a
person has it is decided here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

EVERY_PROVIDER = "*"


class Role(IntEnum):
    """The roles, least first."""

    AGENT = 1
    SUPERVISOR = 2
    MANAGER = 3
    ADMIN = 4

    @property
    def word(self) -> str:
        """As it is written in commands, settings and rows."""
        return self.name.lower()


def role(word: str) -> Role:
    """The role of that name. Raises ValueError naming those there are."""
    try:
        return Role[word.upper()]
    except KeyError:
        choices = ", ".join(one.word for one in Role)
        raise ValueError(f"there is no role {word!r}; choose from {choices}") from None


@dataclass(frozen=True, slots=True)
class Grant:
    """A role at one provider, or at every one ("*")."""

    provider: str
    role: Role


def may(grants: Iterable[Grant], provider: str, least: Role) -> bool:
    """Do these grants give at least that role at that provider?"""
    return any(g.role >= least and g.provider in (provider, EVERY_PROVIDER) for g in grants)


def providers_of(grants: Iterable[Grant], known: Iterable[str], least: Role) -> tuple[str, ...]:
    """Those of the `known` providers at which these grants give at least that role."""
    held = tuple(grants)
    return tuple(one for one in known if may(held, one, least))
