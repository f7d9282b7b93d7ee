"""The section of a phone system whose webhooks are believed: `[phone.<name>]`.

Which systems there are, and which options each has, is what `voice.systems` finds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Self

from pydantic import ConfigDict, Field, SecretStr, field_validator, model_validator

from plugin.sections import Line, Name, Section

if TYPE_CHECKING:
    from voice.systems import System


class PhoneSettings(Section):
    """A phone system whose webhooks are believed: `[phone.<name>]`.

    Further keys are the options of its kind, e.g. `api_key` for Vonage.
    """

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, Line] = Field(init=False)

    system: str = Field(description="which phone system it is, e.g. twilio")
    provider: Name = Field(
        description="the provider whose call it is where no plan names the number dialled"
    )
    secret: SecretStr | None = Field(
        default=None,
        description="what its webhooks prove themselves by; better, give secret_file or "
        "secret_secret",
    )
    secret_secret: Name | None = Field(
        default=None, description="the name of a secret stored with `answerable secret set NAME`"
    )
    other_secret: SecretStr | None = Field(
        default=None,
        description="a second secret that is believed too, while one is changed for the other; "
        "better, give other_secret_file or other_secret_secret",
    )
    other_secret_secret: Name | None = Field(
        default=None, description="the name of a secret stored with `answerable secret set NAME`"
    )
    enabled: bool = Field(default=True, description="true or false")

    @property
    def options(self) -> dict[str, str]:
        """The options of its kind."""
        return dict(self.__pydantic_extra__ or {})

    @field_validator("system")
    @classmethod
    def _known_system(cls, system: str) -> str:
        known = _systems()
        if system not in known:
            raise ValueError(f"there is no such phone system; there are: {', '.join(known)}")
        return system

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """It has a secret, and no option that its kind does not know."""
        kind = _systems()[self.system]
        unknown = sorted(set(self.options) - set(kind.options))
        if unknown:
            there = "; ".join(f"{name} is {says}" for name, says in kind.options.items())
            raise ValueError(
                f"{unknown[0]}: {self.system} has no such option"
                + (f"; it has: {there}" if there else "")
            )
        for name, values in kind.allowed.items():
            if self.options.get(name, values[0]) not in values:
                raise ValueError(f"{name}: it is none of: {', '.join(values)}")
        if not (self.secret and self.secret.get_secret_value()) and self.secret_secret is None:
            raise ValueError(f"it has no secret; secret is {kind.proof}")
        return self


def _systems() -> Mapping[str, System]:
    """Every phone system there is."""
    # Imported here: whoever has no section of a phone system has no use for their libraries.
    from voice.systems import systems

    return systems()
