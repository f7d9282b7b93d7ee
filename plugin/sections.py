"""The sections of the settings: what each key means, and what would be right.

A key's description is its remedy: a wrong value is answered with it.
"""

from __future__ import annotations

import json
import re
from datetime import date
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    field_validator,
    model_validator,
)

from mail.outgoing import header_address


def _mail_address(given: str) -> str:
    """An address as it stands in a header and at MAIL: what is read of it is all of it."""
    try:
        whole = header_address(given).addr_spec == given
    except ValueError:
        whole = False
    if not whole:
        raise ValueError(
            "it is no address that a letter can go to or come from; write it in ASCII, with a "
            "domain of other letters in its xn-- form"
        )
    return given


MailAddress = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, to_lower=True, pattern=r"^[^@\s<>,;\"\[\]]+@[^@\s<>,;\"\[\]]+$"
    ),
    AfterValidator(_mail_address),
]


def _domain(given: str) -> str:
    if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", given.lower()):
        raise ValueError('it is no domain; write one in quotes, e.g. [dkim."example.com"]')
    return given.lower()


Domain = Annotated[str, AfterValidator(_domain)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
BoxName = Annotated[Name, StringConstraints(max_length=50)]
"""Stored as "<name>/sent" too, for its folder of sent mail, in a column of 64 characters."""

Line = Annotated[str, StringConstraints(pattern=r"^[^\r\n]*$")]
HttpsUrl = Annotated[str, StringConstraints(pattern=r"^https://[^\s#]+$")]
Security = Literal["tls", "starttls", "plain"]
Port = Annotated[int, Field(ge=1, le=65535)]


def _as_list(given: object) -> object:
    """From the environment a list comes as text: JSON, as the file would have it."""
    if not isinstance(given, str):
        return given
    try:
        return json.loads(given)
    except ValueError:
        raise ValueError("it is no list") from None


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OAuthSettings(Section):
    """Signing in with OAuth2 in place of a password: `[mailbox.<name>.oauth]`, `[smtp.oauth]`."""

    service: Literal["microsoft", "google", "other"] = Field(
        description='"microsoft" (client credentials), "google" or "other" (a refresh token)'
    )
    client_id: str = Field(min_length=1, description="the application's id at the service")
    client_secret: SecretStr | None = Field(
        default=None,
        description="the application's secret; better, give client_secret_file or _secret",
    )
    client_secret_secret: Name | None = Field(
        default=None, description="the name of a secret stored with `answerable secret set NAME`"
    )
    secret_expires: date | None = Field(
        default=None, description="the day the application's secret ends, e.g. 2027-05-01"
    )
    tenant: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9.-]+$",
        description="for microsoft: the tenant's id or domain, e.g. example.onmicrosoft.com",
    )
    authority: HttpsUrl = Field(
        default="https://login.microsoftonline.com",
        description="for microsoft: where tokens come from; left out, its public cloud",
    )
    token_url: HttpsUrl | None = Field(
        default=None, description="for other: the address tokens come from, by https://"
    )
    refresh_token: SecretStr | None = Field(
        default=None,
        description="for google and other: the refresh token that consent gave; better, give "
        "refresh_token_file or refresh_token_secret",
    )
    refresh_token_secret: Name | None = Field(
        default=None, description="the name of a secret stored with `answerable secret set NAME`"
    )
    scope: str | None = Field(
        default=None, description="what is asked for; left out, what the service's mail needs"
    )
    ca_file: Path | None = Field(
        default=None,
        description="a PEM file of the authority that signed the service's certificate",
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """Each service has what its grant takes."""
        lacking = []
        if self.client_secret is None and self.client_secret_secret is None:
            lacking.append("client_secret")
        if self.service == "microsoft" and self.tenant is None:
            lacking.append("tenant")
        if self.service != "microsoft" and not (self.refresh_token or self.refresh_token_secret):
            lacking.append("refresh_token")
        if self.service == "other" and self.token_url is None:
            lacking.append("token_url")
        if lacking:
            raise ValueError(f"{self.service} needs {' and '.join(lacking)}")
        return self


class _Login(Section):
    """Where a mail server is and how to sign in to it."""

    host: str = Field(min_length=1, description="the server's name, e.g. mail.example.com")
    port: Port | None = Field(
        default=None, description="a port from 1 to 65535; left out, the usual one"
    )
    security: Security = Field(
        default="tls", description='"tls" (the default), "starttls", or "plain" on loopback'
    )
    ca_file: Path | None = Field(
        default=None, description="a PEM file of the authority that signed the server's certificate"
    )
    username: str = Field(default="", description="the name to sign in with")
    password: SecretStr | None = Field(
        default=None, description="the password; better, give password_file or password_secret"
    )
    password_secret: Name | None = Field(
        default=None, description="the name of a secret stored with `answerable secret set NAME`"
    )
    oauth: OAuthSettings | None = Field(
        default=None, description="a section: how to sign in with OAuth2 in place of a password"
    )
    timeout_seconds: int = Field(default=30, ge=1, le=300, description="1 to 300 seconds")


class MailboxSettings(_Login):
    """One mailbox to collect from: `[mailbox.<name>]`."""

    provider: Name = Field(description="a provider folder, e.g. ooma; `answerable code list`")
    address: MailAddress = Field(description="the mailbox's own address, e.g. care@example.com")
    folder: str = Field(default="INBOX", min_length=1, description="the folder to collect from")
    poll_seconds: int = Field(default=60, ge=1, le=3600, description="1 to 3600 seconds")
    file_into: dict[Literal["handled", "not_complaint", "automatic", "quarantine"], str] = Field(
        default_factory=dict,
        description="folders that mail is moved to once it is handled; left out, mail stays",
    )
    authserv_id: str | None = Field(
        default=None,
        description="the name your receiving server writes into Authentication-Results",
    )
    watch: bool = Field(
        default=True,
        description="true: new mail is noticed within seconds where the server can (IDLE), else "
        "false",
    )
    sent_folder: str | None = Field(
        default=None,
        min_length=1,
        description='the folder of sent mail, e.g. "Sent": answers from mail programs are noticed',
    )
    plus_addresses: bool = Field(
        default=False,
        description="true where the server delivers care+anything@example.com to the mailbox too",
    )
    form_senders: tuple[MailAddress, ...] = Field(
        default=(),
        description="addresses from which the provider's own web forms write, e.g. "
        '["form@example.com"]; whoever filled one in is in its Reply-To',
    )

    @field_validator("form_senders", mode="before")
    @classmethod
    def _from_environment(cls, given: object) -> object:
        return _as_list(given)


class SmtpSettings(_Login):
    """The server that letters are handed to: `[smtp]`."""

    # Whoever claimed a letter holds it only so long: see plugin/desk/send.py.
    timeout_seconds: int = Field(default=30, ge=1, le=60, description="1 to 60 seconds")


class DkimSettings(Section):
    """The key that letters from a domain are signed with: `[dkim."<domain>"]`."""

    selector: Annotated[
        str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$")
    ] = Field(description="the name of the key in the DNS, e.g. answerable1")
    key_file: Path = Field(
        description="a PEM file of the private key, RSA or Ed25519, that only the service can read"
    )


class SendingSettings(Section):
    """How much may go out by itself: `[sending]`.

    What keeps a commitment or a promise of the law goes all the same.
    """

    per_address: int = Field(
        default=5, ge=1, le=1000, description="automatic letters to one address in 24 hours"
    )
    per_case: int = Field(
        default=10, ge=1, le=1000, description="automatic letters of one case in 24 hours"
    )
    identical: int = Field(
        default=3,
        ge=2,
        le=1000,
        description="which of the mails with the same words from one address in 24 hours is the "
        "first that is not answered",
    )


class OpsSettings(Section):
    """Where those who keep the service running are told, beside the panel: `[ops]`."""

    webhook: HttpsUrl | None = Field(
        default=None, description="an address that takes alerts by POST, beginning with https://"
    )
    webhook_secret: SecretStr | None = Field(
        default=None, description="what signs them (Standard Webhooks); or webhook_secret_file"
    )
    webhook_ca_file: Path | None = Field(
        default=None, description="a PEM file of the authority that signed its certificate"
    )
    mail_to: tuple[MailAddress, ...] = Field(
        default=(), description='who gets alerts by mail, e.g. ["ops@example.com"]'
    )
    mail_from: MailAddress | None = Field(
        default=None, description="the address alerts come from; left out, the first of mail_to"
    )
    smtp: SmtpSettings | None = Field(
        default=None,
        description="a section: another server for them than for letters, so that they come "
        "through when that one fails",
    )

    @field_validator("mail_to", mode="before")
    @classmethod
    def _from_environment(cls, given: object) -> object:
        return _as_list(given)


class ProviderSettings(BaseModel):
    """What an installation adds for one provider: `[provider.<key>]`.

    Further keys are those that the provider's folder asks for in its `[settings]`.
    """

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, Line] = Field(init=False)

    sender: MailAddress | None = Field(
        default=None, description="the address letters come from; left out, the mailbox's"
    )
    enabled: bool = Field(default=True, description="true or false")
    readings: dict[str, Line] = Field(
        default_factory=dict,
        description='how ambiguous clauses are read, e.g. AMB-4 = "business_days"; '
        "`answerable code show <provider>` lists them",
    )
    reviewed_on: date | None = Field(
        default=None, description="the day the code was last reviewed, e.g. 2026-10-01"
    )
    confirmed_contacts: tuple[Line, ...] = Field(
        default=(),
        description="numbers and addresses of the provider's folder that a person has tried, "
        'e.g. ["800 4433 1345"]',
    )

    @field_validator("confirmed_contacts", mode="before")
    @classmethod
    def _from_environment(cls, given: object) -> object:
        return _as_list(given)

    phone_plan: Path | None = Field(
        default=None,
        description="a file of how its calls are routed, in place of its folder's phone.toml",
    )
    automatic_compensation: bool = Field(
        default=False,
        description="true where the provider takes part in automatic compensation, else false",
    )

    @property
    def values(self) -> dict[str, str]:
        """The settings the provider's folder asks for, by name."""
        return dict(self.__pydantic_extra__ or {})


class DatabaseSettings(Section):
    """Where the rows are: `[database]`."""

    url: SecretStr = Field(
        default=SecretStr("sqlite:///var/answerable.db"),
        description="sqlite:///path or postgresql+psycopg://user@host/name",
    )

    @field_validator("url")
    @classmethod
    def _known_engine(cls, url: SecretStr) -> SecretStr:
        if not url.get_secret_value().startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("only SQLite and PostgreSQL (psycopg) are supported")
        return url


class KeySettings(Section):
    """The key ring that signs Message-IDs and links and seals secrets: `[keys]`."""

    file: Path = Field(
        default=Path("var/keys.json"),
        description="a file only the service can read; `answerable db upgrade` makes the first",
    )


class WebSettings(Section):
    """The address the web side listens on: `[web]`."""

    host: str = Field(default="127.0.0.1", description="an address of this machine")
    port: int = Field(default=8080, ge=0, le=65535, description="a port; 0 takes a free one")
    url: Annotated[str, StringConstraints(pattern=r"^https?://[^/\s?#]+$")] | None = Field(
        default=None,
        description="the address people use, e.g. https://complaints.example.com",
    )
    proxy: str | None = Field(
        default=None,
        min_length=1,
        description="the IP address of the reverse proxy in front; its X-Forwarded-* are believed",
    )

    @field_validator("proxy")
    @classmethod
    def _one_address(cls, proxy: str | None) -> str | None:
        if proxy is not None:
            try:
                ip_address(proxy)
            except ValueError:
                raise ValueError("it is no IP address") from None
        return proxy

    def address(self, port: int) -> str:
        """The address of the panel, with no slash at its end. `port` is the one listened on."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.url or f"http://{host}:{port}"

    @property
    def secure(self) -> bool:
        """Do people reach it by HTTPS?"""
        return self.url is not None and self.url.startswith("https://")
