"""Case references a customer can key on a phone and read in any language: NNNN-NNNN-CC.

Eight random digits and two check digits, ISO/IEC 7064 MOD 97-10, so that one wrong or swapped
digit is noticed. References never count up: knowing one tells nothing of another.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_WRITTEN = re.compile(r"(?<![0-9-])([0-9]{4})[-‐‑–—. ]?([0-9]{4})[-‐‑–—. ]?([0-9]{2})(?![0-9-])")


def make(draw: Callable[[int], int]) -> str:
    """A new reference. `draw(n)` gives a random whole number from 0 to n - 1."""
    return with_check(f"{draw(10**8):08d}")


def with_check(digits: str) -> str:
    """The reference for eight digits, with its check digits (ISO/IEC 7064, MOD 97-10)."""
    check = (98 - int(digits) * 100 % 97) % 97
    return f"{digits[:4]}-{digits[4:]}-{check:02d}"


def is_valid(reference: str) -> bool:
    """Is this a reference in its canonical form with the right check digits?"""
    digits = reference.replace("-", "")
    return len(digits) == 10 and digits.isdigit() and with_check(digits[:8]) == reference


def find(text: str) -> Iterator[str]:
    """Every valid reference written in `text`, in canonical form, in order, once each."""
    seen: set[str] = set()
    for match in _WRITTEN.finditer(text):
        reference = "-".join(match.groups())
        if reference not in seen and is_valid(reference):
            seen.add(reference)
            yield reference
