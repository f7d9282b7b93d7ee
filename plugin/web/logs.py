"""Keeps out of the logs what would let their reader in: an address that is itself the authority.

Our own lines name no address. The web server's line about a fault does, and so may a library's.
"""

from __future__ import annotations

import logging
import re

_SECRET_ADDRESS = re.compile(r"(/c|/sign-in/once|/voice/[a-z0-9-]+)/[^\s'\"<>?#)]+")


class Masking(logging.Formatter):
    """A formatter that leaves out what follows the address of a link, wherever it stands."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, its traceback included, without anybody's link."""
        return mask(super().format(record))


def mask(text: str) -> str:
    """The text with every address cut short that is a customer's link, a sign-in or a secret."""
    return _SECRET_ADDRESS.sub(r"\1/…", text)
