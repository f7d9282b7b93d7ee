"""One typed settings object; a wrong value stops start-up, naming the key and the remedy.

Settings come from one TOML file (`answerable.toml`, or the path in ANSWERABLE_CONFIG), and any
value from the environment as ANSWERABLE_<SECTION>__<KEY>. A secret may lie in a file instead:
`password_file`, or ANSWERABLE_<...>__PASSWORD_FILE. Secrets are never printed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from plugin.phone_section import PhoneSettings
from plugin.sections import (
    BoxName,
    DatabaseSettings,
    DkimSettings,
    Domain,
    KeySettings,
    MailboxSettings,
    Name,
    OAuthSettings,
    OpsSettings,
    ProviderSettings,
    Section,
    SendingSettings,
    SmtpSettings,
    WebSettings,
)

DEFAULT_FILE = "answerable.toml"
PREFIX = "ANSWERABLE_"
CONFIG_VARIABLE = "ANSWERABLE_CONFIG"
_NOT_SETTINGS = frozenset({CONFIG_VARIABLE})
_SECRET_FILES = frozenset(
    {
        "password_file",
        "client_secret_file",
        "refresh_token_file",
        "webhook_secret_file",
        "secret_file",
        "other_secret_file",
    }
)


class SettingsError(ValueError):
    """The settings are wrong. `problems` has one line each: the key, what is wrong, the remedy."""

    def __init__(self, source: str, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(f"{source}: {problem}" for problem in problems))


class Settings(Section):
    """Everything an installation sets."""

    base: Path = Field(description="set by the loader: the folder relative paths start from")
    default_provider: Name | None = Field(default=None, description="a provider folder, e.g. ooma")
    database: DatabaseSettings = DatabaseSettings()
    keys: KeySettings = KeySettings()
    web: WebSettings = WebSettings()
    smtp: SmtpSettings | None = None
    dkim: dict[Domain, DkimSettings] = Field(default_factory=dict)
    sending: SendingSettings = SendingSettings()
    ops: OpsSettings = OpsSettings()
    mailbox: dict[BoxName, MailboxSettings] = Field(default_factory=dict)
    provider: dict[Name, ProviderSettings] = Field(default_factory=dict)
    phone: dict[Name, PhoneSettings] = Field(default_factory=dict)

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

    def plus_mailbox(self, provider: str) -> str | None:
        """A mailbox of this provider's that takes plus-addresses; None where none does."""
        boxes = (one for one in self.mailbox.values() if one.provider == provider)
        return next((box.address for box in boxes if box.plus_addresses), None)

    def authserv_ids(self, provider: str) -> frozenset[str]:
        """The names of this provider's receiving servers in Authentication-Results."""
        boxes = (one for one in self.mailbox.values() if one.provider == provider)
        return frozenset(box.authserv_id.lower() for box in boxes if box.authserv_id)

    def form_senders(self, provider: str) -> frozenset[str]:
        """The addresses from which this provider's own web forms write."""
        boxes = (one for one in self.mailbox.values() if one.provider == provider)
        return frozenset(address for box in boxes for address in box.form_senders)

    def addresses(self) -> frozenset[str]:
        """Every address of ours, so that no letter of ours is taken for a customer's."""
        boxes = {box.address for box in self.mailbox.values()}
        return frozenset(boxes | {p.sender for p in self.provider.values() if p.sender})

    def sign_ins(self) -> dict[str, OAuthSettings]:
        """Every sign-in by OAuth2, by its name: "mailbox.<name>" or "smtp"."""
        found = {f"mailbox.{name}": box.oauth for name, box in self.mailbox.items()}
        found["smtp"] = self.smtp.oauth if self.smtp else None
        return {name: oauth for name, oauth in found.items() if oauth}


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
    """Replace every `password_file`, and the like, by the secret that the file holds."""
    read: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            read[key] = _with_secret_files(value, base, (*place, key), problems)
        elif key in _SECRET_FILES:
            try:
                secret = (base / str(value)).read_text(encoding="utf-8")
                read[key.removesuffix("_file")] = secret.rstrip("\r\n")
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
        "sending": SendingSettings,
        "ops": OpsSettings,
        "mailbox": MailboxSettings,
        "provider": ProviderSettings,
        "phone": PhoneSettings,
    }
    names = [str(part) for part in place]
    model = sections.get(names[0], Settings) if len(names) > 1 else Settings
    at = 2 if names[0] in ("mailbox", "provider", "dkim", "phone") else 1
    key = names[at] if model is not Settings and len(names) > at else names[0]
    below: dict[str, type[BaseModel]] = {"oauth": OAuthSettings, "smtp": SmtpSettings}
    nested = below.get(key)
    if nested is not None and len(names) > at + 1:
        model, key = nested, names[at + 1]
    field = model.model_fields.get(key)
    return field.description if field else None
