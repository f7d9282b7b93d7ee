"""A real PostgreSQL, started by the tests in a folder of its own on a free loopback port.

It will not run as root, so as root it runs as another user. Every test asks for a database of its
own.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from itertools import count
from pathlib import Path

import psycopg

from tests.servers.fetch import PROGRAMS, UNPACKED
from tests.servers.wait import HOST, free_port, until


class Postgres:
    """A running server; `url()` makes a fresh database."""

    def __init__(self) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="answerable-postgres-"))
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = count(1)
        initdb = PROGRAMS[1].find()
        assert initdb is not None, "PostgreSQL is not here; run make test-servers"
        self._bin = initdb.parent
        self._user = _unprivileged()
        if self._user:
            os.chown(self._home, self._user.pw_uid, self._user.pw_gid)

    def start(self) -> None:
        """Start, and wait until it answers; makes the data folder the first time."""
        data = self._home / "data"
        if not data.exists():
            self._run("initdb", "-D", str(data), "-U", "tests", "--auth=trust", "-E", "UTF8")
        self._process = subprocess.Popen(
            [
                str(self._bin / "postgres"),
                *("-D", str(data), "-p", str(self._port), "-k", str(self._home)),
                *("-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"),
            ],
            env=self._environment(),
            user=self._user.pw_uid if self._user else None,
            cwd=self._home,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until(self._answers, "PostgreSQL answers")

    def stop(self) -> None:
        """Stop it and take its folder away."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(30)
        shutil.rmtree(self._home, ignore_errors=True)

    def url(self) -> str:
        """A fresh database, as SQLAlchemy names it."""
        name = f"test{next(self._numbers)}"
        with self._connect() as connection:
            connection.autocommit = True
            connection.execute(f"CREATE DATABASE {name}".encode())
        return f"postgresql+psycopg://tests@{HOST}:{self._port}/{name}"

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(host=HOST, port=self._port, user="tests", dbname="postgres")

    def _answers(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self._bin / program), *arguments],
            check=True,
            env=self._environment(),
            user=self._user.pw_uid if self._user else None,
            cwd=self._home,
            stdout=subprocess.DEVNULL,
        )

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "LC_ALL": "C",
            "LD_LIBRARY_PATH": f"{UNPACKED}/usr/lib/x86_64-linux-gnu",
        }


def _unprivileged() -> pwd.struct_passwd | None:
    """The user to run as, where we are root and must not."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")
