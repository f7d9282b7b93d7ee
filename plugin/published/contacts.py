"""Which ways of reaching a provider its published code may show, and as what.

A number that is out of date, lost or ambiguous is never shown, and neither is a web page that
nobody has looked at: a customer would be sent to a stranger. What is left out is told to whoever
publishes, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from plugin.codes.provider_file import ContactPoint, ProviderFile


@dataclass(frozen=True, slots=True)
class Shown:
    """The contact points that may be shown, and why each of the others is not."""

    points: tuple[ContactPoint, ...]
    left_out: tuple[str, ...]

    def of(self, kind: str, whose: str = "provider") -> Iterator[ContactPoint]:
        """Those of one kind."""
        return (one for one in self.points if one.kind == kind and one.whose == whose)


def showable(file: ProviderFile, confirmed: frozenset[str], *, strict: bool = False) -> Shown:
    """Sort the contact points of a file.

    `confirmed`: printed or normalised forms that a person of this installation has confirmed.
    `strict`: none of the provider's that nobody has, however plainly it is printed.
    """
    points, left_out = [], []
    for point in file.contacts:
        why = _why_not(point, confirmed, strict=strict)
        if why is None:
            points.append(point)
        else:
            left_out.append(f"{point.kind} {point.printed or '(lost)'}, {point.purpose}: {why}")
    return Shown(tuple(points), tuple(left_out))


def _why_not(point: ContactPoint, confirmed: frozenset[str], *, strict: bool) -> str | None:
    if point.printed is None:
        return "it is lost in the document as supplied; supply it in provider.toml"
    if point.stale:
        return "it is out of date"
    if point.confirmed or point.printed in confirmed or point.normalised in confirmed:
        return None
    if point.reading:
        return f"it is ambiguous ({point.reading}); confirm it under confirmed_contacts"
    if point.whose == "provider" and (strict or point.kind == "web") and point.kind != "portal":
        return "nobody has confirmed that it is right; confirm it under confirmed_contacts"
    return None


def href(kind: str, point_normalised: str | None, shown: str) -> str:
    """Where a contact leads when it is followed: tel:, mailto:, https:; "" where nowhere."""
    if kind == "phone" and point_normalised:
        return f"tel:{point_normalised}"
    if kind == "email":
        return f"mailto:{point_normalised or shown}"
    if kind == "web":
        return shown if shown.startswith(("http://", "https://")) else f"https://{shown}"
    return ""
