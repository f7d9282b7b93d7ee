"""The simulator's randomness: none. Everything drawn is a function of the seed and of its turn.

What a later step draws never changes what was drawn before, and references have draws of their own:
that of the n-th case follows from the seed and n alone, whatever else the scenario does.
"""

from __future__ import annotations

import hashlib

from plugin.keys import Key, KeyRing

FIRST_ID = 1_000


class SeededDraw:
    """Ids that count up, salts and numbers from a seed. `below` is for case references alone."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._ids = FIRST_ID
        self._salts = 0
        self._numbers = 0

    def id(self) -> int:
        """The next id; ids are ordered by time, as the service's are."""
        self._ids += 1
        return self._ids

    def salt(self) -> str:
        """The next salt."""
        self._salts += 1
        return digest(self._seed, "salt", self._salts)[:32]

    def below(self, limit: int) -> int:
        """The next number from 0 to `limit` - 1."""
        self._numbers += 1
        return int(digest(self._seed, "number", self._numbers), 16) % limit


def ring(seed: str) -> KeyRing:
    """The key ring of a seed: it signs nothing that anybody outside a simulation believes."""
    return KeyRing([Key("simulated", bytes.fromhex(digest(seed, "key", 1)))])


def digest(seed: str, purpose: str, turn: int) -> str:
    """64 hexadecimal digits that look random and are not."""
    return hashlib.sha256(f"answerable simulation\n{purpose}\n{turn}\n{seed}".encode()).hexdigest()
