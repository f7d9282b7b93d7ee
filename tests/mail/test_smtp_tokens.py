"""Signing in to send with a token: the letter goes, a revoked token is replaced, none is lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from mail.login import Login, MailRefused, MailUnavailable
from mail.smtp import Sender
from tests.servers.wait import HOST

LETTER = b"From: a@ooma.example\r\nTo: jo@example.com\r\nSubject: x\r\n\r\nx\r\n"


class Tokens:
    """Hands out its tokens one after the other, the same until it is refused."""

    def __init__(self, *given: str, error: Exception | None = None) -> None:
        self.given = list(given)
        self.error = error

    def access(self) -> str:
        if self.error:
            raise self.error
        return self.given[0]

    def refused(self, token: str) -> None:
        if len(self.given) > 1:
            self.given.remove(token)


class TakesTokens:
    """What an SMTP server does with XOAUTH2, as Google describes it: a challenge says why not."""

    def __init__(self, good: str) -> None:
        self.good = good
        self.letters: list[bytes] = []

    async def auth_XOAUTH2(self, server: SMTP, args: list[bytes]) -> AuthResult:
        import base64

        said = base64.b64decode(args[1]).decode()
        if said == f"user=care@ooma.example\x01auth=Bearer {self.good}\x01\x01":
            return AuthResult(success=True)
        await server.challenge_auth(b'{"status":"401"}')
        return AuthResult(success=False, handled=False)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert session.authenticated
        assert isinstance(envelope.content, bytes)
        self.letters.append(envelope.content)
        return "250 accepted"


class _Served(Controller):
    def _trigger_server(self) -> None:
        server: Any = self.server
        self.port = server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]

    def factory(self) -> Any:
        return SMTP(self.handler, auth_require_tls=False, auth_exclude_mechanism=["LOGIN", "PLAIN"])


@pytest.fixture
def server() -> Iterator[_Served]:
    controller = _Served(TakesTokens("good"), hostname=HOST, port=0)
    controller.start()
    yield controller
    controller.stop()


def sender(server: _Served, tokens: Tokens) -> Sender:
    login = Login(HOST, server.port, "plain", "care@ooma.example", "", timeout=5, tokens=tokens)
    return Sender(login)


def send(post: Sender) -> str:
    try:
        return post.send(LETTER, sender="a@ooma.example", recipient="jo@example.com")
    finally:
        post.close()


def test_a_letter_goes_with_a_token(server: _Served) -> None:
    assert send(sender(server, Tokens("good"))).startswith("250")
    assert len(server.handler.letters) == 1


def test_a_token_that_was_revoked_is_replaced_at_once(server: _Served) -> None:
    assert send(sender(server, Tokens("old", "good"))).startswith("250")


def test_letters_wait_while_no_token_is_taken(server: _Served) -> None:
    with pytest.raises(MailUnavailable, match="refused our sign-in"):
        send(sender(server, Tokens("old")))


def test_letters_wait_while_consent_is_withdrawn(server: _Served) -> None:
    post = sender(server, Tokens(error=MailRefused("invalid_grant")))
    for _ in range(2):
        with pytest.raises(MailUnavailable, match="invalid_grant"):
            post.send(LETTER, sender="a@ooma.example", recipient="jo@example.com")
    post.close()
    assert not server.handler.letters
