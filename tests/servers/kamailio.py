"""A real Kamailio with the documented configuration, and SIPp as callers and agents.

Everything is on free loopback ports. The configuration is the one in docs/examples, its settings
replaced, so that what people are told to use is what is tested.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path

from tests.servers.fetch import UNPACKED, find
from tests.servers.wait import HOST, free_port, until

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "kamailio.cfg"
KEY = "the-key-of-the-tests-of-the-phone"
"""The text whose base64 is the secret."""

_LIBRARIES = {
    **os.environ,
    "LD_LIBRARY_PATH": ":".join(str(one) for one in sorted(UNPACKED.glob("usr/lib/*-linux-gnu"))),
}


def free_udp_port() -> int:
    """A loopback port that is free for both TCP and, in all likelihood, UDP."""
    return free_port()


class Kamailio:
    """A running proxy. `port`: where calls come in; `voicemail`: where nobody's calls go."""

    def __init__(self, answerable: str, voicemail: int, gateway: int) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="answerable-kamailio-"))
        self.port = free_udp_port()
        self._answerable, self._voicemail, self._gateway = answerable, voicemail, gateway
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it takes calls."""
        module = find("Kamailio")
        assert module is not None, "Kamailio is not here; run make test-servers"
        unpacked = module.is_relative_to(UNPACKED)
        program = (UNPACKED if unpacked else Path("/")) / "usr/sbin/kamailio"
        config = self.home / "kamailio.cfg"
        config.write_text(self._config(module.parent), encoding="utf-8")
        with (self.home / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    *(str(program), "-DD", "-E", "-f", str(config), "-m", "64", "-M", "8"),
                    *("-P", str(self.home / "pid"), "-Y", str(self.home)),
                    *("-L", str(module.parent)),
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
                env=_LIBRARIES if unpacked else None,
            )
        until(lambda: (self.home / "pid").exists() and self._answers(), "Kamailio starts")

    def _config(self, modules: Path) -> str:
        text = EXAMPLE.read_text(encoding="utf-8")
        for name, value in (
            ("ANSWERABLE", self._answerable),
            ("SIGNING_KEY", KEY),
            ("VOICEMAIL", f"sip:voicemail@{HOST}:{self._voicemail}"),
            ("GATEWAY", f"{HOST}:{self._gateway}"),
        ):
            text, changed = re.subn(rf'(#!define {name}) ".*"', rf'\1 "{value}"', text)
            assert changed == 1, name
        text, changed = re.subn(r"listen=udp:\S+", f"listen=udp:{HOST}:{self.port}", text)
        assert changed == 1
        return text.replace("loadmodule", f'mpath="{modules}/"\nloadmodule', 1)

    def _answers(self) -> bool:
        """Does it listen? Its UDP port is then taken."""
        assert self._process is not None
        assert self._process.poll() is None, self.log()
        local = f"{int.from_bytes(bytes(map(int, HOST.split('.'))), 'little'):08X}:{self.port:04X}"
        return local in Path("/proc/net/udp").read_text(encoding="ascii")

    def log(self) -> str:
        """What it said."""
        return (self.home / "log").read_text(errors="replace")

    def stop(self) -> None:
        """Stop it, as it asks to be."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=15)


class Agents:
    """SIPp answering calls at a port of its own; `calls` are those it took."""

    def __init__(self, answers: bool = True) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="answerable-agents-"))
        self.port = free_udp_port()
        self._answers = answers
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it listens."""
        scenario = self.home / "scenario.xml"
        scenario.write_text(_AGENT if self._answers else _BUSY, encoding="utf-8")
        self._process = subprocess.Popen(
            [
                *_sipp(),
                *("-sf", str(scenario), "-i", HOST, "-p", str(self.port), "-nostdin"),
                *("-trace_msg", "-message_file", str(self.home / "messages")),
            ],
            cwd=self.home,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            env=_LIBRARIES,
        )
        local = f"{int.from_bytes(bytes(map(int, HOST.split('.'))), 'little'):08X}:{self.port:04X}"
        until(lambda: local in Path("/proc/net/udp").read_text(encoding="ascii"), "SIPp listens")

    @property
    def invites(self) -> list[str]:
        """The calls it was offered, each as it was received, repeats left out."""
        path = self.home / "messages"
        text = path.read_text(errors="replace") if path.exists() else ""
        found = re.findall(r"(?ms)^UDP message received.*?\n\n(INVITE .*?)^-{20,}", text)
        return list({re.search(r"(?mi)^Call-ID:\s*(\S+)", one)[1]: one for one in found}.values())  # type: ignore[index]

    def stop(self) -> None:
        """Stop it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=10)


def call(
    kamailio: Kamailio, dialled: str, caller: str, *, calls: int = 1, a_second: int = 1
) -> subprocess.CompletedProcess[str]:
    """Callers of `dialled`, each with a call of a moment; ends when all of them ended."""
    with tempfile.TemporaryDirectory(prefix="answerable-callers-") as home:
        scenario = Path(home) / "scenario.xml"
        scenario.write_text(_CALLER.format(caller=caller), encoding="utf-8")
        return subprocess.run(
            [
                *_sipp(),
                *(f"{HOST}:{kamailio.port}", "-sf", str(scenario), "-s", dialled, "-i", HOST),
                *("-p", str(free_udp_port()), "-m", str(calls), "-r", str(a_second)),
                *("-l", str(calls), "-nostdin", "-timeout", "60", "-timeout_error"),
                *("-trace_err", "-error_file", str(Path(home) / "errors")),
            ],
            cwd=home,
            check=False,
            capture_output=True,
            text=True,
            env=_LIBRARIES,
            timeout=90,
        )


def _sipp() -> list[str]:
    program = find("SIPp")
    assert program is not None, "SIPp is not here; run make test-servers"
    return [str(program)]


_CALLER = """<?xml version="1.0" encoding="UTF-8"?>
<scenario name="caller">
  <send retrans="500"><![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:{caller}@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:{caller}@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Length: 0

]]></send>
  <recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="200" rrs="true"/>
  <send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:{caller}@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
[routes]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
  <pause milliseconds="200"/>
  <send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:{caller}@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
[routes]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
  <recv response="200"/>
</scenario>
"""

_AGENT = """<?xml version="1.0" encoding="UTF-8"?>
<scenario name="agent">
  <recv request="INVITE" rrs="true"/>
  <send><![CDATA[
SIP/2.0 180 Ringing
[last_Via:]
[last_Record-Route:]
[last_From:]
[last_To:];tag=[pid]a[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
Content-Length: 0

]]></send>
  <send retrans="500"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_Record-Route:]
[last_From:]
[last_To:];tag=[pid]a[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
Content-Length: 0

]]></send>
  <recv request="ACK"/>
  <recv request="BYE"/>
  <send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
</scenario>
"""

_BUSY = """<?xml version="1.0" encoding="UTF-8"?>
<scenario name="busy">
  <recv request="INVITE"/>
  <send><![CDATA[
SIP/2.0 486 Busy Here
[last_Via:]
[last_From:]
[last_To:];tag=[pid]b[call_number]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
  <recv request="ACK"/>
</scenario>
"""
