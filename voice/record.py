"""Events and routes as text and back, so that a store can keep them.

The rule: what is kept is what was told, every field, so that a call can be made up anew from it.
"""

from __future__ import annotations

from pydantic import TypeAdapter

from voice.call import Event
from voice.routing import Route

_EVENT = TypeAdapter(Event)
_ROUTE = TypeAdapter(Route)


def event_text(event: Event) -> str:
    """An event as JSON; what it does not tell is left out."""
    return _EVENT.dump_json(event, exclude_defaults=True).decode()


def event_of(text: str) -> Event:
    """The event that `event_text` wrote."""
    return _EVENT.validate_json(text)


def route_text(route: Route) -> str:
    """A route as JSON."""
    return _ROUTE.dump_json(route, exclude_defaults=True).decode()


def route_of(text: str) -> Route:
    """The route that `route_text` wrote."""
    return _ROUTE.validate_json(text)
