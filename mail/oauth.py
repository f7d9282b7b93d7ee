"""Getting an access token from the service that gives them: the only socket to such a service.

Nothing is kept here: whoever asks keeps what was granted, and decides when to ask again. What went
wrong is one of two errors, as with a mail server: `MailUnavailable` (try later) and `MailRefused`
(the application or its consent is refused: a person must look). No token stands in an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mail.login import MailRefused, MailUnavailable
from mail.refusals import plain

if TYPE_CHECKING:
    import requests

TIMEOUT = 30
"""Seconds, for every single wait."""

MAX_SAID = 200
"""Characters that are kept of what a service says."""

TEN_YEARS = 315_360_000

LASTS = 3600
"""Seconds a token is taken to last whose service does not say."""


@dataclass(frozen=True, slots=True)
class Granted:
    """An access token and how long it lasts, in seconds.

    `refresh` takes the place of the refresh token that was used, "" where that stays good;
    `refresh_lasts` is how long it is good, None where the service does not say.
    """

    access: str = field(repr=False)
    lasts: int
    refresh: str = field(default="", repr=False)
    refresh_lasts: int | None = None


Grant = Callable[[str], Granted]
"""Asks for a token, given the newest refresh token. Raises MailUnavailable, MailRefused."""


@dataclass(frozen=True, slots=True)
class Client:
    """The application as the service knows it. `ca_file` as in a Login."""

    id: str
    secret: str = field(repr=False)
    scope: str
    ca_file: Path | None = None


def microsoft(client: Client, authority: str) -> Grant:
    """A grant to the application itself (client credentials), by Microsoft's own library.

    `authority`: https://login.microsoftonline.com/ and the tenant. The scope is .default of the
    mail service: https://learn.microsoft.com/exchange/client-developer/legacy-protocols/
    how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth
    """

    def grant(_refresh: str) -> Granted:
        # Imported here: it takes as long as all that a short command does.
        import msal
        import requests

        try:
            # Made anew each time: its own memory of tokens would hand out a revoked one again.
            application = msal.ConfidentialClientApplication(
                client.id,
                client_credential=client.secret,
                authority=authority,
                instance_discovery=False,
                http_client=_Asking(client),
            )
            answer = application.acquire_token_for_client(scopes=client.scope.split())
        except requests.RequestException as error:
            raise MailUnavailable(_no_answer(error)) from None
        except ValueError:
            raise MailRefused("the sign-in service does not know the authority or tenant") from None
        except Exception as error:
            # The library takes what a service answers for granted; whatever it was is no token.
            raise MailUnavailable(_no_answer(error)) from None
        return _granted(answer, client.secret)

    return grant


def refreshing(client: Client, url: str) -> Grant:
    """A grant by a refresh token (RFC 6749, section 6), as Google and most others give it.

    `url`: the service's token endpoint, by HTTPS.
    """

    def grant(refresh: str) -> Granted:
        import requests

        asked = {
            "grant_type": "refresh_token",
            "refresh_token": refresh,
            "client_id": client.id,
            "client_secret": client.secret,
        }
        if client.scope:
            asked["scope"] = client.scope
        try:
            answer = _Asking(client).post(url, data=asked, allow_redirects=False)
            said = answer.json()
        except ValueError:  # requests' own error for it is one of its others too
            raise MailUnavailable("the sign-in service answered, and not in JSON") from None
        except requests.RequestException as error:
            raise MailUnavailable(_no_answer(error)) from None
        if answer.status_code >= 500:
            raise MailUnavailable(f"the sign-in service answered {answer.status_code}")
        return _granted(said, client.secret, refresh)

    return grant


class _Asking:
    """How the service is asked, also by Microsoft's library: bounded, its certificate verified.

    Each request says what verifies it: a session's word for that gives way to the environment's.
    """

    def __init__(self, client: Client) -> None:
        self._verify = str(client.ca_file) if client.ca_file else True

    def get(self, url: str, **asked: Any) -> requests.Response:
        import requests

        return requests.get(url, **{**asked, "verify": self._verify}, timeout=TIMEOUT)

    def post(self, url: str, **asked: Any) -> requests.Response:
        import requests

        return requests.post(url, **{**asked, "verify": self._verify}, timeout=TIMEOUT)

    def close(self) -> None:
        """Nothing is kept open."""


_TOKEN = re.compile(r"[!-~]{1,20000}")
_LATER = frozenset({"temporarily_unavailable", "server_error"})


def _granted(answer: object, *secrets: str) -> Granted:
    """What the service granted (RFC 6749, 5.1); raises what it refused (5.2).

    `secrets`: what we sent, which no word of the service's may repeat.
    """
    told: Mapping[str, Any] = answer if isinstance(answer, Mapping) else {}
    access, refresh = told.get("access_token"), told.get("refresh_token") or ""
    if access is None:
        refused = _words(told.get("error") or "it granted no token", secrets)
        why = _words(told.get("error_description") or "", secrets)
        said = f"the sign-in service refuses: {refused}" + (f" ({why})" if why else "")
        raise MailUnavailable(said) if refused in _LATER else MailRefused(said)
    if not _is_token(access) or not (refresh == "" or _is_token(refresh)):
        raise MailRefused("the sign-in service granted what is no token")
    return Granted(
        access=access,
        lasts=_seconds(told.get("expires_in")) or LASTS,
        refresh=refresh,
        refresh_lasts=_seconds(told.get("refresh_token_expires_in")),
    )


def _is_token(said: object) -> bool:
    """One word of ASCII (RFC 6749, appendix A), no longer than a mail server would read."""
    return isinstance(said, str) and _TOKEN.fullmatch(said) is not None


def _words(said: object, secrets: Sequence[str]) -> str:
    """What the service said, short and plain, our own secrets struck out."""
    text = str(said)[:10_000]
    for secret in secrets:
        text = text.replace(secret, "…") if len(secret) > 3 else text
    return plain(text)[:MAX_SAID]


def _seconds(said: object) -> int | None:
    """A length of life as the service tells it, from nothing to ten years."""
    try:
        return min(max(int(str(said)[:20]), 0), TEN_YEARS)
    except ValueError:
        return None


def _no_answer(error: Exception) -> str:
    # Its own text may hold the whole request.
    return f"no answer from the sign-in service ({type(error).__name__})"
