"""Getting tokens from a service that behaves as Microsoft's and Google's are described."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mail.login import Login, MailRefused, MailUnavailable, after_bearer, bearer
from mail.oauth import Client, Grant, Granted, microsoft, refreshing
from tests.servers.tokens import CLIENT, REFRESH, SECRET, TENANT, TokenServer

LOGIN = Login("mail.example.com", 993, "tls", "care@example.com", "")


def client(server: TokenServer) -> Client:
    return Client(CLIENT, SECRET, "https://mail.example.com/.default", server.ca_file)


def by_microsoft(server: TokenServer, **changes: object) -> Grant:
    return microsoft(replace(client(server), **changes), f"{server.url}/{TENANT}")  # type: ignore[arg-type]


def by_refreshing(server: TokenServer, **changes: object) -> Grant:
    return refreshing(replace(client(server), **changes), f"{server.url}/token")  # type: ignore[arg-type]


BOTH = pytest.mark.parametrize("grant", [by_microsoft, by_refreshing])


def test_client_credentials_are_asked_for_with_the_scope(token_server: TokenServer) -> None:
    assert by_microsoft(token_server)("") == Granted("token-1", 3600)
    (asked,) = token_server.asked
    assert asked["grant_type"] == "client_credentials"
    assert asked["scope"] == "https://mail.example.com/.default"


def test_a_revoked_token_is_not_handed_out_again_from_a_memory(token_server: TokenServer) -> None:
    grant = by_microsoft(token_server)
    assert [grant("").access, grant("").access] == ["token-1", "token-2"]


def test_a_refresh_token_is_exchanged(token_server: TokenServer) -> None:
    token_server.lasts = 1800
    assert by_refreshing(token_server)(REFRESH) == Granted("token-1", 1800)


def test_a_new_refresh_token_is_taken_with_its_life(token_server: TokenServer) -> None:
    token_server.rotates, token_server.refresh_lasts = True, 86400
    granted = by_refreshing(token_server)(REFRESH)
    assert granted == Granted("token-1", 3600, "refresh-1", 86400)


def test_a_refresh_token_that_was_revoked_needs_a_person(token_server: TokenServer) -> None:
    with pytest.raises(MailRefused, match=r"invalid_grant \(Token has been expired or revoked"):
        by_refreshing(token_server)("an-old-one")


@BOTH
def test_a_wrong_secret_needs_a_person(grant: object, token_server: TokenServer) -> None:
    with pytest.raises(MailRefused, match=r"invalid_client \(who are you\?\)"):
        grant(token_server, secret="wrong")(REFRESH)  # type: ignore[operator]


def test_a_service_in_trouble_is_asked_again_later(token_server: TokenServer) -> None:
    token_server.status = 503
    with pytest.raises(MailUnavailable, match="503"):
        by_refreshing(token_server)(REFRESH)


@BOTH
def test_a_service_that_does_not_answer_is_asked_again_later(
    grant: object, token_server: TokenServer
) -> None:
    asking = grant(token_server)  # type: ignore[operator]
    token_server.stop_listening()
    with pytest.raises(MailUnavailable, match="no answer"):
        asking(REFRESH)


@BOTH
def test_a_service_with_a_strangers_certificate_gets_no_secret(
    grant: object, token_server: TokenServer
) -> None:
    with pytest.raises(MailUnavailable, match="no answer"):
        grant(token_server, ca_file=None)(REFRESH)  # type: ignore[operator]
    assert not token_server.asked


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ([], MailRefused),
        ("text", MailRefused),
        ({"access_token": 7}, MailRefused),
        ({"access_token": "two\r\nlines"}, MailRefused),
        ({"access_token": "tök"}, MailRefused),
        ({"access_token": "good", "refresh_token": "\x00"}, MailRefused),
        ({"error": "\ud800\x00" + "x" * 1_000_000}, MailRefused),
        ({"error": "invalid_grant", "error_description": f"{REFRESH} {SECRET}"}, MailRefused),
        ({"error": "temporarily_unavailable"}, MailUnavailable),
    ],
)
def test_whatever_a_service_answers_the_error_is_short_plain_and_holds_no_secret(
    token_server: TokenServer, answer: object, error: type[Exception]
) -> None:
    token_server.answer = answer
    with pytest.raises(error) as refused:
        by_refreshing(token_server)(REFRESH)
    said = str(refused.value)
    assert len(said) < 500
    assert said.isprintable()
    assert REFRESH not in said
    assert SECRET not in said


def test_whatever_microsoft_answers_is_one_of_two_errors(token_server: TokenServer) -> None:
    answers: list[object] = [[], "text", {"access_token": 7}, {"error": SECRET}]
    for answer in answers:
        token_server.answer = answer
        with pytest.raises((MailRefused, MailUnavailable)) as refused:
            by_microsoft(token_server)("")
        assert SECRET not in str(refused.value)


def test_lives_are_bounded(token_server: TokenServer) -> None:
    token_server.answer = {
        "access_token": "t",
        "expires_in": 10**12,
        "refresh_token_expires_in": "soon",
    }
    assert by_refreshing(token_server)(REFRESH) == Granted("t", 315_360_000)


def test_no_secret_shows_when_a_value_is_printed(token_server: TokenServer) -> None:
    token_server.rotates = True
    shown = repr([client(token_server), by_refreshing(token_server)(REFRESH)])
    assert SECRET not in shown
    assert "token-1" not in shown
    assert "refresh-1" not in shown


def test_a_token_is_said_as_each_mechanism_has_it() -> None:
    assert bearer("XOAUTH2", LOGIN, "T") == b"user=care@example.com\x01auth=Bearer T\x01\x01"
    odd = replace(LOGIN, username="a,b=c")
    assert bearer("OAUTHBEARER", odd, "T") == (
        b"n,a=a=2Cb=3Dc,\x01host=mail.example.com\x01port=993\x01auth=Bearer T\x01\x01"
    )
    assert (after_bearer("XOAUTH2"), after_bearer("OAUTHBEARER")) == (b"", b"\x01")
