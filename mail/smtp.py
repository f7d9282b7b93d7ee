"""Handing letters to an SMTP server: the only socket on the sending side.

A letter counts as sent when the server says so at the end of DATA, and not before. A temporary
refusal (4xx) or a broken line is `MailUnavailable`, `MailUncertain` where the line broke while the
server may have accepted; a lasting refusal (5xx) is `MailRefused`.
"""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress

from mail.login import (
    MECHANISMS,
    Login,
    MailRefused,
    MailUnavailable,
    MailUncertain,
    Tokens,
    after_bearer,
    bearer,
    sign_in,
)


class Sender:
    """One connection, opened with the first letter and kept for the next."""

    def __init__(self, login: Login) -> None:
        self._login = login
        self._client: smtplib.SMTP | None = None

    def send(self, raw: bytes, *, sender: str, recipient: str) -> str:
        """Hand over one letter; returns what the server said on accepting it.

        Raises MailUnavailable, MailUncertain or MailRefused with the server's words.
        """
        try:
            client = self._connected()
            for code, said in (client.mail(sender), client.rcpt(recipient)):
                if code >= 400:
                    raise smtplib.SMTPResponseException(code, said)
        except smtplib.SMTPAuthenticationError as error:
            self.close()
            raise MailUnavailable(f"the mail server refused our sign-in: {_said(error)}") from error
        except smtplib.SMTPResponseException as error:
            raise self._failure(error) from error
        except ssl.SSLCertVerificationError as error:
            self.close()
            said_ssl = f"the mail server's certificate is not trusted: {error.verify_message}"
            raise MailUnavailable(said_ssl) from error
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise MailUnavailable(f"no connection to the mail server: {_text(error)}") from error
        except UnicodeEncodeError as error:
            raise MailRefused("the address has letters that this way of sending lacks") from error
        return self._hand_over(client, raw)

    def _hand_over(self, client: smtplib.SMTP, raw: bytes) -> str:
        try:
            code, said = client.data(raw)
        except smtplib.SMTPResponseException as error:
            raise self._failure(error) from error
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            told = f"the line broke before the mail server answered: {_text(error)}"
            raise MailUncertain(told) from error
        if code >= 400:
            raise self._failure(smtplib.SMTPResponseException(code, said))
        return f"{code} {_decode(said)}"

    def check(self) -> None:
        """Connect and sign in, sending nothing; raises as `send` does."""
        try:
            self._connected().noop()
        except smtplib.SMTPAuthenticationError as error:
            raise MailRefused(f"sign-in refused: {_said(error)}") from error
        except ssl.SSLCertVerificationError as error:
            raise MailRefused(f"certificate not trusted: {error.verify_message}") from error
        except (smtplib.SMTPException, OSError) as error:
            raise MailUnavailable(_text(error)) from error
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

    def _failure(self, error: smtplib.SMTPResponseException) -> Exception:
        """The error for a refusal; after 421 the server has hung up."""
        if error.smtp_code == 421:
            self.close()
        said = _said(error)
        return MailUnavailable(said) if error.smtp_code < 500 else MailRefused(said)


def _sign_in(client: smtplib.SMTP, login: Login, tokens: Tokens) -> None:
    """Sign in with a token. Raises SMTPException, MailUnavailable.

    Where there is no token the letters wait: that is no fault of theirs.
    """
    offered = client.esmtp_features.get("auth", "").upper().split()
    mechanism = next((one for one in MECHANISMS if one in offered), None)
    if mechanism is None:
        raise MailUnavailable("the mail server takes no OAuth2 tokens; sign in with a password")

    def say(token: str) -> None:
        said = bearer(mechanism, login, token).decode()
        refusal = after_bearer(mechanism).decode()
        client.auth(mechanism, lambda why=None: refusal if why else said)

    try:
        sign_in(tokens, say, smtplib.SMTPAuthenticationError)
    except MailRefused as error:
        raise MailUnavailable(str(error)) from error


def _said(error: smtplib.SMTPResponseException) -> str:
    return f"{error.smtp_code} {_decode(error.smtp_error)}"


def _decode(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join(text.split())[:300]


def _text(error: BaseException) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
