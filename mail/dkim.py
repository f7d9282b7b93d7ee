"""Signing outgoing letters so that the recipient's server knows whose they are (DKIM, RFC 6376).

The signature is dkimpy's, the extra `dkim`; this module reads the key and says which headers are
signed. From, To and Subject are signed once more than they are there, so that none can be added.
"""

from __future__ import annotations

import base64
import importlib.util
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

SIGNED = (
    *("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References"),
    *("Auto-Submitted", "MIME-Version", "Content-Type"),
    *("From", "To", "Subject"),
)
"""What is signed, and signed as missing where a letter lacks it."""

FEWEST_BITS = 1024
"""Of an RSA key; recipients take less for no signature at all (RFC 8301, 3.2)."""

GOOD_BITS = 2048

INSTALL = "run: pip install 'answerable[dkim]'"


class NoSigning(RuntimeError):
    """Letters cannot be signed as things are; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs for one domain. `record` is what its DNS must say, under the name `place`."""

    domain: str
    selector: str
    record: str
    bits: int | None
    _algorithm: bytes
    _key: bytes = field(repr=False)

    @property
    def place(self) -> str:
        """The name of the TXT record (RFC 6376, 3.6.2.1)."""
        return f"{self.selector}._domainkey.{self.domain}"

    def sign(self, raw: bytes) -> bytes:
        """The letter with its signature on top. Raises NoSigning."""
        library = _library()
        try:
            header: bytes = library.sign(
                raw,
                self.selector.encode("ascii"),
                self.domain.encode("ascii"),
                self._key,
                canonicalize=(b"relaxed", b"relaxed"),
                signature_algorithm=self._algorithm,
                include_headers=[name.lower().encode("ascii") for name in SIGNED],
            )
        except library.DKIMException as error:
            raise NoSigning(f"it could not be signed for {self.domain}: {error}") from error
        return header + raw


def load(domain: str, selector: str, path: Path) -> Signer:
    """A signer with the private key in a PEM file, RSA or Ed25519 (RFC 8463). Raises NoSigning."""
    key = _read(path)
    _library()
    if isinstance(key, RSAPrivateKey):
        if key.key_size < FEWEST_BITS:
            said = f"{path} is an RSA key of {key.key_size} bits; make one of {GOOD_BITS}"
            raise NoSigning(said)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        record = f"v=DKIM1; k=rsa; p={_base64(public)}"
        return Signer(domain, selector, record, key.key_size, b"rsa-sha256", pem)
    if isinstance(key, Ed25519PrivateKey):
        if importlib.util.find_spec("nacl") is None:
            raise NoSigning(f"signing with Ed25519 needs PyNaCl; {INSTALL}")
        seed = key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        record = f"v=DKIM1; k=ed25519; p={_base64(public)}"
        return Signer(
            domain, selector, record, None, b"ed25519-sha256", _base64(seed).encode("ascii")
        )
    raise NoSigning(f"{path} is a key of another kind; make an RSA or Ed25519 key")


def _read(path: Path) -> object:
    try:
        if path.stat().st_mode & 0o077:
            raise NoSigning(f"{path} can be read by others; run: chmod 600 {path}")
        return load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        said = f"{path} cannot be read ({error.strerror}); name the file of the private key"
        raise NoSigning(said) from None
    except TypeError:
        said = f"{path} is protected by a password; give the key without one"
        raise NoSigning(said) from None
    except (ValueError, UnsupportedAlgorithm):
        raise NoSigning(f"{path} is no private key in PEM; make an RSA or Ed25519 key") from None


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _library() -> Any:
    try:
        import dkim
    except ImportError:
        raise NoSigning(f"signing needs dkimpy; {INSTALL}") from None
    return dkim
