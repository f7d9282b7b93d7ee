"""The one place where tests wait for a server: bounded, and never longer than needed."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

HOST = "127.0.0.1"


def free_port() -> int:
    """A loopback port that nothing listens on just now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def until(ready: Callable[[], bool], what: str, seconds: float = 20) -> None:
    """Wait until `ready`; raises TimeoutError naming `what`."""
    pause = threading.Event()
    for _ in range(int(seconds / 0.05)):
        if ready():
            return
        pause.wait(0.05)
    raise TimeoutError(f"{what} within {seconds} seconds")


def listens(port: int) -> bool:
    """Does something accept connections on that loopback port?"""
    try:
        with socket.create_connection((HOST, port), timeout=1):
            return True
    except OSError:
        return False
