"""Which dispute resolution scheme a letter may name to this customer, and how surely. Pure.

Nothing is said that is not certain: a membership that only the code states is said as the code's
statement, a scheme nobody named is not invented, and a customer whom the scheme would not take by
what is recorded is not sent there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from plugin.codes.history import Customer
from plugin.codes.law import LawFile, Scheme
from plugin.codes.provider import Provider
from plugin.codes.rules import Rules

SETTING = "adr_scheme"
"""The installation's setting that names the scheme, and so confirms the membership."""

Form = Literal["named", "stated", "missing"]


@dataclass(frozen=True, slots=True)
class Signpost:
    """What a letter may say of the scheme; details are "" where they are not known.

    `scheme_in`: its name in languages in which it has another.
    `form`: named (membership is certain), stated (the code says so), missing (none is known).
    `printed`: the scheme's name in the code, as a letter may say it. `binding`: does the code say
    that a decision binds the provider? `months`: how long the scheme is open after the
    letter, 0 for not limited.
    """

    form: Form
    scheme: str = ""
    scheme_in: Mapping[str, str] = field(default_factory=dict)
    printed: str = ""
    telephone: str = ""
    e164: str = ""
    website: str = ""
    address: str = ""
    email: str = ""
    binding: bool = False
    months: int = 0
    regulator: str = ""


def signpost(
    provider: Provider, rules: Rules, values: Mapping[str, str], customer: Customer
) -> Signpost | None:
    """The signpost for a customer; None for one whom the scheme would not take.

    `values`: the installation's settings for this provider.
    """
    if _refused(rules, customer):
        return None
    adr = provider.file.adr
    regulator = next((one.regulator for one in _law(provider) if one.regulator), None) or ""
    months = next(
        (
            duty.months
            for one in _law(provider)
            for duty in one.duties
            if duty.name == "twelve_months_to_go_to_the_scheme"
        ),
        None,
    )
    chosen = values.get(SETTING, "").strip()
    if chosen.casefold() in {str(one.regulator).casefold() for one in _law(provider)}:
        chosen = ""  # a regulator decides no complaint of a customer's, whatever the settings say
    name = chosen or adr.scheme
    if not name:
        return Signpost("missing", months=months or 0, regulator=regulator)
    scheme = find_scheme(provider, name)
    name = scheme.name if scheme else name
    stated = not chosen and adr.membership_stated and not adr.membership_confirmed
    return Signpost(
        "stated" if stated else "named",
        scheme=name,
        scheme_in=scheme.name_in if scheme else {},
        printed=(adr.called or "") if stated else "",
        telephone=_or_nothing(scheme.dialled if scheme else None),
        e164=_or_nothing(scheme.telephone if scheme else None),
        website=_or_nothing(scheme.website if scheme else None),
        address=_or_nothing(scheme.address if scheme else None),
        email=_or_nothing(scheme.email if scheme else None),
        binding=bool(adr.binding),
        months=months or 0,
        regulator=regulator,
    )


def schemes(provider: Provider) -> Iterator[Scheme]:
    """The schemes of the provider's jurisdiction."""
    for instrument in _law(provider):
        yield from instrument.schemes


def find_scheme(provider: Provider, name: str) -> Scheme | None:
    """The scheme of that name, however its letters are cased; None where there is none."""
    wanted = name.strip().casefold()
    return next((one for one in schemes(provider) if one.name.casefold() == wanted), None)


def _refused(rules: Rules, customer: Customer) -> bool:
    """Would the scheme refuse this customer by what is recorded? Unknown is no refusal."""
    if customer.kind == "consumer":
        return False
    for ruled in rules.promises:
        recorded = getattr(customer, ruled.takes.number) if ruled.takes else None
        if ruled.takes and recorded is not None and not ruled.takes.takes(recorded):
            return True
    return False


def _law(provider: Provider) -> Iterator[LawFile]:
    for instrument in provider.law.values():
        if instrument.jurisdiction == provider.file.jurisdiction:
            yield instrument


def _or_nothing(value: str | None) -> str:
    return value or ""
