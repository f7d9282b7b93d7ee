"""Signed letters: what the recipient's server finds, and which keys are refused and why."""

from __future__ import annotations

import builtins
import importlib.util
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dkim as library
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from mail.dkim import NoSigning, Signer, load
from mail.login import Login
from mail.outgoing import Outgoing, build
from mail.smtp import Sender
from tests.servers.postfix import Postfix
from tests.servers.wait import HOST

LETTER = Outgoing(
    sender="care@ooma.example",
    sender_name="Ooma, Équipe",
    recipient="jo@example.com",
    subject="Votre plainte déjà reçue : référence 1234-5678-33 " + "longue " * 20,
    text="Dear Zoë,\n\n.\nFrom here on\n" + "word " * 200,
    html="<p>Dear Zoë</p>",
    language="fr",
    message_id="1." + "c" * 60 + "@ooma.example",
    date=datetime(2026, 11, 24, 10, tzinfo=UTC),
    loop="ooma",
    automatic=True,
    references=("first@example.com",),
)


def write(path: Path, key: Any, how: KeySerializationEncryption | None = None) -> Path:
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how or NoEncryption()),
    )
    path.chmod(0o600)
    return path


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An RSA key of the tests' own."""
    made = rsa.generate_private_key(65537, 2048)
    return write(tmp_path_factory.mktemp("dkim") / "key.pem", made)


@pytest.fixture
def signer(key: Path) -> Signer:
    return load("ooma.example", "sel1", key)


def verifies(raw: bytes, signer: Signer) -> bool:
    """Does a letter verify where the DNS says what the signer asks for?"""

    def dns(name: str | bytes, timeout: int = 5) -> bytes | None:
        asked = name.decode() if isinstance(name, bytes) else name
        return signer.record.encode() if asked.rstrip(".") == signer.place else None

    return bool(library.verify(raw, dnsfunc=dns))


def through(postfix: Postfix, signers: dict[str, Signer]) -> bytes:
    """The letter as Postfix delivered it, with the line ends it had on the wire."""
    way = Login(HOST, postfix.port, "starttls", "", "", ca_file=postfix.ca_file, timeout=10)
    with closing(Sender(way, signers)) as sender:
        sender.send(build(LETTER), sender=LETTER.sender, recipient=LETTER.recipient)
    (arrived,) = postfix.mails("jo")
    return arrived.replace(b"\n", b"\r\n")


def changed(raw: bytes, old: bytes, new: bytes) -> bytes:
    assert raw.count(old) == 1
    return raw.replace(old, new)


def test_a_signed_letter_verifies_after_postfix_and_no_longer_when_touched(
    postfix: Postfix, signer: Signer
) -> None:
    raw = through(postfix, {"ooma.example": signer})
    assert verifies(raw, signer)
    assert not verifies(changed(raw, b"\r\nSubject: ", b"\r\nSubject: x"), signer)
    assert not verifies(changed(raw, b"From here on", b"From there on"), signer)
    assert not verifies(changed(raw, b"<p>Dear", b"<p>Dera"), signer)
    assert not verifies(changed(raw, b"Auto-Submitted: auto-replied\r\n", b""), signer)
    assert not verifies(b"Subject: another\r\n" + raw, signer)
    assert not verifies(b"From: eve@example.net\r\n" + raw, signer)
    assert not verifies(b"To: eve@example.net\r\n" + raw, signer)
    # What servers on the way add is not covered.
    assert verifies(b"Received: from somewhere\r\n" + raw, signer)


def test_without_a_key_for_its_domain_nothing_is_signed(postfix: Postfix, key: Path) -> None:
    raw = through(postfix, {"8x8.example": load("8x8.example", "sel1", key)})
    assert b"DKIM-Signature" not in raw


def test_a_letter_that_answers_nothing_is_signed_as_such(signer: Signer) -> None:
    raw = signer.sign(build(replace(LETTER, references=())))
    assert verifies(raw, signer)
    assert not verifies(b"In-Reply-To: <x@example.net>\r\n" + raw, signer)


def test_the_signature_says_the_domain_and_how_it_was_made(signer: Signer) -> None:
    header = signer.sign(build(LETTER)).partition(b"\r\nFrom:")[0].decode()
    tags = dict(tag.strip().split("=", 1) for tag in header.partition(":")[2].split(";"))
    said = {name: "".join(value.split()) for name, value in tags.items()}
    assert (said["d"], said["s"], said["a"]) == ("ooma.example", "sel1", "rsa-sha256")
    assert said["c"] == "relaxed/relaxed"
    assert "l" not in said
    signed = said["h"].split(":")
    assert [signed.count(name) for name in ("from", "to", "subject", "date")] == [2, 2, 2, 1]
    for name in ("message-id", "in-reply-to", "references", "auto-submitted", "mime-version"):
        assert name in signed
    assert max(len(line) for line in header.split("\r\n")) <= 998


def test_an_ed25519_key_signs_too(tmp_path: Path) -> None:
    path = write(tmp_path / "key.pem", ed25519.Ed25519PrivateKey.generate())
    if importlib.util.find_spec("nacl") is None:
        with pytest.raises(NoSigning, match=r"needs PyNaCl; run: pip install 'answerable\[dkim\]'"):
            load("ooma.example", "sel2", path)
        return
    signer = load("ooma.example", "sel2", path)
    assert signer.record.startswith("v=DKIM1; k=ed25519; p=")
    raw = signer.sign(build(LETTER))
    assert verifies(raw, signer)
    assert not verifies(changed(raw, b"From here on", b"From there on"), signer)


def test_a_key_shows_itself_to_nobody(signer: Signer) -> None:
    assert "PRIVATE" not in repr(signer)


def public(path: Path) -> Path:
    path.write_text("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")
    path.chmod(0o600)
    return path


def open_to_all(path: Path) -> Path:
    write(path, ec.generate_private_key(ec.SECP256R1())).chmod(0o644)
    return path


BAD: dict[str, tuple[Callable[[Path], Path], str]] = {
    "missing": (lambda path: path, r"cannot be read \(No such file.*name the file of the private"),
    "a folder": (lambda path: path.parent, "can be read by others|cannot be read"),
    "others can read it": (open_to_all, r"can be read by others; run: chmod 600 .*key\.pem"),
    "no key": (public, r"is no private key in PEM; make an RSA or Ed25519 key"),
    "another kind": (
        lambda path: write(path, ec.generate_private_key(ec.SECP256R1())),
        r"is a key of another kind; make an RSA or Ed25519 key",
    ),
    "with a password": (
        lambda path: write(
            path, rsa.generate_private_key(65537, 2048), BestAvailableEncryption(b"x")
        ),
        r"is protected by a password; give the key without one",
    ),
}


@pytest.mark.parametrize("which", BAD)
def test_a_bad_key_is_refused_with_the_remedy(tmp_path: Path, which: str) -> None:
    make, said = BAD[which]
    with pytest.raises(NoSigning, match=said):
        load("ooma.example", "sel1", make(tmp_path / "key.pem"))


def test_a_short_key_is_refused(tmp_path: Path) -> None:
    # No library makes one any more; two Mersenne primes do.
    p, q, e = 2**521 - 1, 2**127 - 1, 65537
    d = pow(e, -1, (p - 1) * (q - 1))
    numbers = rsa.RSAPrivateNumbers(
        p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), rsa.RSAPublicNumbers(e, p * q)
    )
    path = write(tmp_path / "key.pem", numbers.private_key())
    with pytest.raises(NoSigning, match=r"is an RSA key of 648 bits; make one of 2048"):
        load("ooma.example", "sel1", path)


def test_without_the_library_the_remedy_is_named(
    key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == "dkim":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(NoSigning, match=r"needs dkimpy; run: pip install 'answerable\[dkim\]'"):
        load("ooma.example", "sel1", key)
