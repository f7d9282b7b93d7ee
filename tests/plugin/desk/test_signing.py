"""Letters are signed where the settings name a key for their domain; a bad key stops start-up."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import dkim as library
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from plugin import doctor, runtime
from plugin.desk import ingest, send
from plugin.settings import Settings, SettingsError, load
from tests.plugin.desk.counter import COMPLAINT
from tests.plugin.support import NOW, letter
from tests.servers.smtp import SmtpCatcher

SETTINGS = """
[smtp]
host = "127.0.0.1"
port = {port}
security = "plain"
[provider.ooma]
sender = "complaints@Ooma.example"
{dkim}
"""
DKIM = """
[dkim."{domain}"]
selector = "{selector}"
key_file = "keys/dkim.pem"
"""

Installed = Callable[..., Settings]


@pytest.fixture
def installed(tmp_path: Path, smtp: SmtpCatcher) -> Installed:
    """An installation with a signing key for a domain; None: with no such section."""
    (tmp_path / "keys").mkdir()
    key = tmp_path / "keys" / "dkim.pem"
    made = rsa.generate_private_key(65537, 1024)
    key.write_bytes(made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    key.chmod(0o600)

    def install(domain: str | None = "Ooma.example", selector: str = "sel1") -> Settings:
        section = DKIM.format(domain=domain, selector=selector) if domain else ""
        path = tmp_path / "answerable.toml"
        path.write_text(SETTINGS.format(port=smtp.port, dkim=section))
        settings = load(path, {})
        runtime.prepare(settings)
        return settings

    return install


def sent(settings: Settings, smtp: SmtpCatcher) -> bytes:
    """An acknowledgement as it came to the mail server."""
    desk = runtime.build_desk(settings)
    list(ingest.ingest(desk, [letter(COMPLAINT)], "ooma", NOW))
    made = runtime.sender(desk)
    assert made is not None
    with closing(made):
        send.send(desk, made, lambda: NOW)
    desk.database.close()
    (caught,) = smtp.letters
    return caught.raw


def findings(settings: Settings) -> dict[str, list[str]]:
    """What the doctor says of the key: the level -> its sentences."""
    found: dict[str, list[str]] = {}
    for one in doctor.examine(settings):
        if one.about.startswith("dkim"):
            found.setdefault(one.level, []).append(one.text)
    return found


def test_a_letter_is_signed_and_verifies_by_what_the_doctor_says(
    installed: Installed, smtp: SmtpCatcher
) -> None:
    settings = installed()
    raw = sent(settings, smtp)
    said = findings(settings)
    assert list(said) == ["ask"]
    record = re.fullmatch(r"confirm that the DNS has at (\S+) the TXT record: (.*)", said["ask"][0])
    assert record is not None
    assert record[1] == "sel1._domainkey.ooma.example"
    assert said["ask"][1] == "its key has 1024 bits; make one of 2048 with a new selector"
    asked: list[bytes] = []

    def dns(name: bytes, timeout: int = 5) -> bytes:
        asked.append(name)
        return record[2].encode()

    assert library.verify(raw, dnsfunc=dns)
    assert asked == [b"sel1._domainkey.ooma.example."]
    assert not library.verify(raw.replace(b"complaint", b"compliment"), dnsfunc=dns)


def test_without_the_section_nothing_is_signed(installed: Installed, smtp: SmtpCatcher) -> None:
    settings = installed(None)
    assert b"DKIM-Signature" not in sent(settings, smtp)
    assert findings(settings) == {}


def test_the_doctor_says_where_no_letter_comes_from_that_domain(installed: Installed) -> None:
    said = findings(installed("elsewhere.example"))
    assert said["fail"] == [
        "no provider sends from this domain; correct its name or remove the section"
    ]


def test_a_bad_key_stops_start_up_and_is_named(installed: Installed) -> None:
    settings = installed()
    (settings.base / "keys" / "dkim.pem").write_text("nonsense")
    with pytest.raises(SettingsError) as refused:
        runtime.build_desk(settings)
    (problem,) = refused.value.problems
    assert problem.startswith("dkim.ooma.example.key_file: ")
    assert problem.endswith("is no private key in PEM; make an RSA or Ed25519 key")
    assert findings(settings) == {"fail": [problem]}


@pytest.mark.parametrize("selector", ["", "two words", "-x", "x;y", "x\\r\\ny"])
def test_a_selector_is_one_name(installed: Installed, selector: str) -> None:
    with pytest.raises(
        SettingsError, match=r"dkim\.ooma\.example\.selector: .*the name of the key"
    ):
        installed("ooma.example", selector)


@pytest.mark.parametrize("domain", ["ooma", "a b.example", "x@ooma.example", "ooma.example\\n"])
def test_a_domain_is_one_domain(installed: Installed, domain: str) -> None:
    with pytest.raises(SettingsError, match="it is no domain; write one in quotes"):
        installed(domain)
