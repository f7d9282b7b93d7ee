"""One typed settings object; a wrong value stops start-up, naming the key and the remedy.

Settings come from one TOML file (`answerable.toml`, or the path in ANSWERABLE_CONFIG), and any
value from the environment as ANSWERABLE_<SECTION>__<KEY>. A secret may lie in a file instead:
`password_file`, or ANSWERABLE_<...>__PASSWORD_FILE. Secrets are never printed.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from datetime import date
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
    field_validator,
)

DEFAULT_FILE = "answerable.toml"
PREFIX = "ANSWERABLE_"
CONFIG_VARIABLE = "ANSWERABLE_CONFIG"
_NOT_SETTINGS = frozenset({CONFIG_VARIABLE})

MailAddress = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, to_lower=True, pattern=r"^[^@\s<>,;\"]+@[^@\s<>,;\"]+$"
    ),
]


def _domain(given: str) -> str:
    if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", given.lower()):
        raise ValueError('it is no domain; write one in quotes, e.g. [dkim."example.com"]')
    return given.lower()


Domain = Annotated[str, AfterValidator(_domain)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
Line = Annotated[str, StringConstraints(pattern=r"^[^\r\n]*$")]
Security = Literal["tls", "starttls", "plain"]
Port = Annotated[int, Field(ge=1, le=65535)]


class SettingsError(ValueError):
    """The settings are wrong. `problems` has one line each: the key, what is wrong, the remedy."""

    def __init__(self, source: str, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(f"{source}: {problem}" for problem in problems))


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Login(_Section):
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


class SmtpSettings(_Login):
    """The server that letters are handed to: `[smtp]`."""


class DkimSettings(_Section):
    """The key that letters from a domain are signed with: `[dkim."<domain>"]`."""

    selector: Annotated[
        str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$")
    ] = Field(description="the name of the key in the DNS, e.g. answerable1")
    key_file: Path = Field(
        description="a PEM file of the private key, RSA or Ed25519, that only the service can read"
    )


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
        """From the environment a list comes as text: JSON, as the file would have it."""
        if not isinstance(given, str):
            return given
        try:
            return json.loads(given)
        except ValueError:
            raise ValueError("it is no list") from None

    automatic_compensation: bool = Field(
        default=False,
        description="true where the provider takes part in automatic compensation, else false",
    )

    @property
    def values(self) -> dict[str, str]:
        """The settings the provider's folder asks for, by name."""
        return dict(self.__pydantic_extra__ or {})


class DatabaseSettings(_Section):
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


class KeySettings(_Section):
    """The key ring that signs Message-IDs and links and seals secrets: `[keys]`."""

    file: Path = Field(
        default=Path("var/keys.json"),
        description="a file only the service can read; `answerable db upgrade` makes the first",
    )


class WebSettings(_Section):
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


class Settings(_Section):
    """Everything an installation sets."""

    base: Path = Field(description="set by the loader: the folder relative paths start from")
    default_provider: Name | None = Field(default=None, description="a provider folder, e.g. ooma")
    database: DatabaseSettings = DatabaseSettings()
    keys: KeySettings = KeySettings()
    web: WebSettings = WebSettings()
    smtp: SmtpSettings | None = None
    dkim: dict[Domain, DkimSettings] = Field(default_factory=dict)
    mailbox: dict[Name, MailboxSettings] = Field(default_factory=dict)
    provider: dict[Name, ProviderSettings] = Field(default_factory=dict)

    @property
    def database_url(self) -> str:
        """The database's URL, a relative SQLite path made absolute from the settings file."""
        url = self.database.url.get_secret_value()
        path = url.removeprefix("sqlite:///")
        if path == url or path.startswith("/"):
            return url
        return f"sqlite:///{(self.base / path).resolve()}"

    @property
    def keys_file(self) -> Path:
        """The key file, absolute."""
        return self.base / self.keys.file

    def for_provider(self, provider: str) -> ProviderSettings:
        """The section of one provider, empty where there is none."""
        return self.provider.get(provider, ProviderSettings())

    def sender(self, provider: str) -> str | None:
        """The address this provider's letters come from, None where nothing says."""
        own = self.for_provider(provider).sender
        if own is not None:
            return own
        boxes = (box.address for box in self.mailbox.values() if box.provider == provider)
        return next(boxes, None)

    def addresses(self) -> frozenset[str]:
        """Every address of ours, so that no letter of ours is taken for a customer's."""
        boxes = {box.address for box in self.mailbox.values()}
        return frozenset(boxes | {p.sender for p in self.provider.values() if p.sender})


def load(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Read the settings file (None: no file, all defaults) and the environment over it.

    Raises SettingsError with one line a problem: the key, what is wrong, what would be right.
    """
    source = str(path) if path else "settings"
    values = _read_toml(path) if path else {}
    values = _merge(values, _from_environment(environ))
    if "base" in values:
        raise SettingsError(source, ["base: there is no such setting; remove it"])
    base = path.parent if path else Path()
    problems: list[str] = []
    values = _with_secret_files(values, base, (), problems)
    if problems:
        raise SettingsError(source, problems)
    try:
        return Settings.model_validate({**values, "base": base.resolve()})
    except ValidationError as error:
        raise SettingsError(source, [_problem(entry) for entry in error.errors()]) from None


def find(environ: Mapping[str, str], folder: Path, fallbacks: tuple[str, ...] = ()) -> Path | None:
    """The settings file to use: the one named, the one in `folder`, a fallback, or none.

    Raises SettingsError where ANSWERABLE_CONFIG names a file that is not there.
    """
    named = environ.get(CONFIG_VARIABLE)
    if named:
        path = Path(named)
        if not path.is_file():
            problem = f"there is no file {named}; correct the path or unset the variable"
            raise SettingsError(CONFIG_VARIABLE, [problem])
        return path
    candidates = (folder / name for name in (DEFAULT_FILE, *fallbacks))
    return next((path for path in candidates if path.is_file()), None)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(str(path), [f"it cannot be read: {error.strerror}"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(str(path), [f"it is not TOML: {error}"]) from None


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in environ.items():
        if not name.startswith(PREFIX) or name in _NOT_SETTINGS:
            continue
        *sections, key = name.removeprefix(PREFIX).lower().split("__")
        place = values
        for section in sections:
            place = place.setdefault(section, {})
        place[key] = value
    return values


def _merge(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        both = isinstance(under, dict) and isinstance(value, dict)
        merged[key] = _merge(under, value) if both else value  # type: ignore[arg-type]
    return merged


def _with_secret_files(
    values: dict[str, Any], base: Path, place: tuple[str, ...], problems: list[str]
) -> dict[str, Any]:
    """Replace every `password_file` by the password that the file holds."""
    read: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            read[key] = _with_secret_files(value, base, (*place, key), problems)
        elif key == "password_file":
            try:
                secret = (base / str(value)).read_text(encoding="utf-8")
                read["password"] = secret.rstrip("\r\n")
            except (OSError, UnicodeDecodeError):
                name = ".".join((*place, key))
                problems.append(f"{name}: {value} cannot be read; give a readable text file")
        else:
            read[key] = value
    return read


def _problem(entry: Any) -> str:
    place = ".".join(str(part) for part in entry["loc"])
    if entry["type"] == "extra_forbidden":
        return f"{place}: there is no such setting; remove it or correct its name"
    said = str(entry["msg"]).removeprefix("Value error, ")
    said = said[:1].lower() + said[1:]
    remedy = _remedy(entry["loc"])
    return f"{place}: {said}" + (f"; give {remedy}" if remedy else "")


def _remedy(place: tuple[int | str, ...]) -> str | None:
    """What the field at `place` should hold, from its own description."""
    sections: dict[str, type[BaseModel]] = {
        "database": DatabaseSettings,
        "keys": KeySettings,
        "web": WebSettings,
        "smtp": SmtpSettings,
        "dkim": DkimSettings,
        "mailbox": MailboxSettings,
        "provider": ProviderSettings,
    }
    names = [str(part) for part in place]
    model = sections.get(names[0], Settings) if len(names) > 1 else Settings
    at = 2 if names[0] in ("mailbox", "provider", "dkim") else 1
    key = names[at] if model is not Settings and len(names) > at else names[0]
    field = model.model_fields.get(key)
    return field.description if field else None
