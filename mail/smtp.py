"""Handing letters to an SMTP server: the only socket on the sending side.

A letter counts as sent when the server says so at the end of DATA, and not before. What the server
has against us, a temporary refusal (4xx) or a broken line is `MailUnavailable`, `MailUncertain`
where the line broke while the server may have accepted; a lasting refusal of this letter (5xx) is
`MailRefused`. refusals.py tells these apart.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Mapping
from contextlib import suppress

from mail import refusals
from mail.dkim import NoSigning, Signer
from mail.login import (
    MECHANISMS,
    Login,
    MailRefused,
    MailServerTrouble,
    MailUnavailable,
    MailUncertain,
    Tokens,
    after_bearer,
    bearer,
    sign_in,
)
from mail.refusals import Answer, plain, trouble

PATIENCE = 4
"""How many times the ordinary wait we give a server to answer a whole letter.

It may have its content looked at; whoever hangs up too early sends it twice (RFC 5321, 4.5.3.2.6).
"""

MOST_WAITS = 20
"""How many ordinary waits one letter can take, each ending just in time.

The old connection tells nothing and is hung up (2); a new one by either of two addresses (2), TLS
(1), greeting (1), EHLO (1), STARTTLS, its handshake and EHLO again (3); three ways of signing in,
of which only the last is taken (2 for CRAM-MD5, 2 for PLAIN, 3 for LOGIN), or two tokens (4); MAIL
and RCPT (2). One to spare.
"""


def longest(timeout: float) -> float:
    """How long one letter can take with waits of `timeout`, in seconds.

    Beside the ordinary waits: DATA, the content on its way, and the answer to it.
    """
    return MOST_WAITS * timeout + 3 * PATIENCE * timeout


class Sender:
    """One connection, opened with the first letter and kept for the next."""

    def __init__(self, login: Login, signers: Mapping[str, Signer] | None = None) -> None:
        """`signers`: who signs the letters, by the domain of the sender."""
        self._login = login
        self._signers = signers or {}
        self._client: smtplib.SMTP | None = None

    def send(self, raw: bytes, *, sender: str, recipient: str) -> str:
        """Hand over one letter; returns what the server said on accepting it.

        Raises MailServerTrouble, MailUnavailable, MailUncertain or MailRefused with the server's
        words, and what can be done where somebody must; MailRefused where the recipient is no
        address either.
        """
        if not _is_address(sender):
            raise trouble(f"the sender {plain(sender)!r} is no address", "set another sender")
        if not _is_address(recipient):
            raise MailRefused("it is no address that a letter can go to")
        raw = self._signed(raw, sender)
        client = self._ready()
        self._announce(client, sender, len(raw))
        self._address(client, recipient)
        return self._hand_over(client, raw)

    def _signed(self, raw: bytes, sender: str) -> bytes:
        signer = self._signers.get(sender.rpartition("@")[2].lower())
        try:
            return signer.sign(raw) if signer else raw
        except NoSigning as error:
            raise trouble(str(error), "check the DKIM key in the settings") from error

    def _ready(self) -> smtplib.SMTP:
        try:
            return self._connected()
        except MailUnavailable:
            self.close()
            raise
        except MailRefused as error:
            self.close()
            raise trouble(str(error), refusals.CHECK_CERTIFICATE) from error
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise _no_way_in(error) from error
        except ValueError:
            # smtplib cannot put it into a line. Its own words hold a piece of the secret, and so
            # would whatever prints what this error came from.
            self.close()
            said = "the host, user name, password or token has letters that cannot be said"
            raise trouble(said, refusals.PLAIN_LETTERS) from None

    def _announce(self, client: smtplib.SMTP, sender: str, size: int) -> None:
        options = [f"size={size}"] if client.has_extn("size") else []
        try:
            answer = Answer.of(*client.mail(sender, options))
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise _no_way_in(error) from error
        except UnicodeEncodeError as error:
            said = f"{sender} has letters that this way of sending lacks"
            raise trouble(said, "set another sender") from error
        if not answer.yes:
            raise self._failure(answer, refusals.at_mail(answer, sender))

    def _address(self, client: smtplib.SMTP, recipient: str) -> None:
        try:
            answer = Answer.of(*client.rcpt(recipient))
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise MailUnavailable(f"the line to the mail server broke: {_text(error)}") from error
        except UnicodeEncodeError as error:
            raise MailRefused("the address has letters that this way of sending lacks") from error
        if not answer.yes:
            raise self._failure(answer, refusals.at_rcpt(answer))

    def _hand_over(self, client: smtplib.SMTP, raw: bytes) -> str:
        wait = self._login.timeout
        try:
            if client.sock is not None:
                client.sock.settimeout(wait * PATIENCE)
            answer = Answer.of(*client.data(raw))
            if client.sock is not None:
                client.sock.settimeout(wait)
        except smtplib.SMTPDataError as error:
            # Refused before a byte of the letter went.
            answer = Answer.of(error.smtp_code, error.smtp_error)
            raise self._failure(answer, refusals.at_data(answer)) from error
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            told = f"the line broke before the mail server answered: {_text(error)}"
            raise MailUncertain(told) from error
        if answer.yes:
            return str(answer)
        if not answer.is_smtp:
            self.close()
            raise MailUncertain(f"nobody can tell whether the mail server took it: {answer}")
        raise self._failure(answer, refusals.at_data(answer))

    def check(self) -> None:
        """Connect and sign in, sending nothing; raises as `send` does."""
        try:
            self._ready().noop()
        except (smtplib.SMTPException, OSError) as error:
            raise _no_way_in(error) from error
        finally:
            self.close()

    def close(self) -> None:
        """Hang up; never raises."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(Exception):
                client.quit()
            client.close()

    def _connected(self) -> smtplib.SMTP:
        if self._client is not None and self._alive(self._client):
            return self._client
        self.close()
        login = self._login
        if login.security == "tls":
            client: smtplib.SMTP = smtplib.SMTP_SSL(
                login.host, login.port, timeout=login.timeout, context=login.tls()
            )
        else:
            client = smtplib.SMTP(login.host, login.port, timeout=login.timeout)
        try:
            if login.security == "starttls":
                client.starttls(context=login.tls())
            client.ehlo_or_helo_if_needed()
            if login.tokens is not None:
                _sign_in(client, login, login.tokens)
            elif login.username:
                client.login(login.username, login.password)
        except BaseException:
            client.close()
            raise
        self._client = client
        return client

    @staticmethod
    def _alive(client: smtplib.SMTP) -> bool:
        try:
            return client.rset()[0] == 250
        except (smtplib.SMTPException, OSError):
            return False

    def _failure(self, answer: Answer, error: Exception) -> Exception:
        """The error for a refusal; after 421 the server hangs up, and after nonsense we do."""
        if answer.code == 421 or not answer.is_smtp:
            self.close()
        return error


def _sign_in(client: smtplib.SMTP, login: Login, tokens: Tokens) -> None:
    """Sign in with a token. Raises SMTPException, MailServerTrouble: the letters wait."""
    offered = client.esmtp_features.get("auth", "").upper().split()
    mechanism = next((one for one in MECHANISMS if one in offered), None)
    if mechanism is None:
        raise trouble("the mail server takes no OAuth2 tokens", refusals.CHECK_SECURITY)

    def say(token: str) -> None:
        said = bearer(mechanism, login, token).decode()
        refusal = after_bearer(mechanism).decode()
        client.auth(mechanism, lambda why=None: refusal if why else said)

    try:
        sign_in(tokens, say, smtplib.SMTPAuthenticationError)
    except (MailUnavailable, MailRefused) as error:
        raise trouble(f"no token to sign in with: {error}", refusals.ASK_THE_DOCTOR) from error


def _no_way_in(error: Exception) -> MailServerTrouble:
    """What keeps us from a signed-in connection: no letter is to blame for it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        said = f"the mail server's certificate is not trusted: {error.verify_message}"
        return trouble(said, refusals.CHECK_CERTIFICATE)
    if isinstance(error, smtplib.SMTPResponseException):
        answer = Answer.of(error.smtp_code, error.smtp_error)
        if isinstance(error, smtplib.SMTPAuthenticationError):
            said = f"the mail server refused our sign-in: {answer}"
            return trouble(said, refusals.CHECK_SIGN_IN)
        return trouble(f"the mail server turned us away: {answer}", refusals.ASK_THE_SERVER)
    lost = isinstance(error, smtplib.SMTPServerDisconnected)
    if isinstance(error, smtplib.SMTPException) and not lost:
        said = f"the mail server lacks what is set: {_text(error)}"
        return trouble(said, refusals.CHECK_SECURITY)
    said = f"no connection to the mail server: {_text(error)}"
    return trouble(said, refusals.CHECK_CONNECTION)


def _is_address(address: str) -> bool:
    """Would smtplib send just this? Of an odd one it takes what it finds and drops the rest."""
    return smtplib.quoteaddr(address) == f"<{address}>"


def _text(error: BaseException) -> str:
    return plain(str(error)) or type(error).__name__
