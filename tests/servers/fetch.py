"""Makes sure that what tests use is there: mail, telephone and database servers, Chromium, Pango.

Installing a server would start a daemon on the machine, so none is installed: their Debian packages
are unpacked into var/servers, with those of their libraries that the machine lacks. Chromium and
Pango start nothing and are installed, without what they only recommend. What the machine has
already is used as it is. Run by `make test-servers`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

UNPACKED = Path(__file__).parents[2] / "var" / "servers"


@dataclass(frozen=True)
class Program:
    """The packages that have it, where to look for it, and whether it is installed or unpacked."""

    name: str
    package: str
    pattern: str
    install: bool = False

    def find(self) -> Path | None:
        """Its program on this machine or among what was unpacked."""
        for root in (Path("/"), UNPACKED):
            found = sorted(root.glob(self.pattern))
            if found:
                return found[-1]
        return None


PROGRAMS = (
    Program("Dovecot", "dovecot-imapd", "usr/lib/dovecot/imap"),
    Program("PostgreSQL", "postgresql", "usr/lib/postgresql/*/bin/initdb"),
    Program("Chromium", "chromium", "usr/bin/chromium", install=True),
    Program("Pango", "libpangoft2-1.0-0", "usr/lib/*/libpangoft2-1.0.so.0", install=True),
    Program("liblouis", "liblouis-bin", "usr/bin/lou_translate"),
    Program("Postfix", "postfix", "usr/lib/postfix/sbin/master"),
    Program(
        "Kamailio",
        "kamailio kamailio-utils-modules kamailio-extra-modules kamailio-tls-modules",
        "usr/lib/*/kamailio/modules/http_client.so",
    ),
    Program("SIPp", "sip-tester", "usr/bin/sipp"),
)


def find(name: str) -> Path | None:
    """A program of that name in PROGRAMS, where it is there."""
    return next(one for one in PROGRAMS if one.name == name).find()


def main() -> int:
    """Fetch what is missing; a machine without Debian's tools is told so, and is no failure."""
    for program in PROGRAMS:
        if program.find() is None:
            problem = _install(program) if program.install else _fetch(program)
            if problem:
                print(f"{program.name}: not here ({problem}); its tests are skipped")
                continue
        print(f"{program.name}: {program.find()}")
    return 0


def _install(program: Program) -> str | None:
    if not shutil.which("apt-get"):
        return "apt-get is needed to install it"
    if os.geteuid() != 0:
        return f"run: sudo apt-get install --no-install-recommends {program.package}"
    print(f"Installing {program.name}", flush=True)
    subprocess.run(["apt-get", "update", "-qq"], check=False, stdout=subprocess.DEVNULL)
    done = subprocess.run(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", program.package],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
    )
    return None if done.returncode == 0 else (done.stderr.strip() or "it failed").splitlines()[-1]


def _fetch(program: Program) -> str | None:
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        return "apt-get and dpkg are needed to fetch it"
    packages = _missing_packages(program.package)
    if not packages and os.geteuid() == 0:
        subprocess.run(["apt-get", "update", "-qq"], check=False, stdout=subprocess.DEVNULL)
        packages = _missing_packages(program.package)
    if not packages:
        return "its package is not known; run apt-get update"
    UNPACKED.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        print(f"Fetching {program.name} ({len(packages)} packages) into {UNPACKED}", flush=True)
        done = subprocess.run(
            ["apt-get", "download", "-qq", *packages],
            cwd=folder,
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            return (
                done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "download failed"
            )
        for package in sorted(Path(folder).glob("*.deb")):
            subprocess.run(["dpkg", "-x", str(package), str(UNPACKED)], check=True)
    return None if program.find() else "the packages do not hold it"


def _missing_packages(package: str) -> list[str]:
    """The packages and those of their dependencies that this machine lacks."""
    plan = subprocess.run(
        ["apt-get", "-s", "install", "--no-install-recommends", *package.split()],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "LC_ALL": "C"},
    )
    return re.findall(r"^Inst (\S+) ", plan.stdout, re.M)


if __name__ == "__main__":
    sys.exit(main())
