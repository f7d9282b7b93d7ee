"""What tests of phone systems share: requests as values, and whether they are believed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from urllib.parse import urlencode
from xml.etree.ElementTree import Element, fromstring

from voice.routing import Route, Step
from voice.systems import OVER, Links, System, systems
from voice.webhook import Answer, Refused, Request, request_of

NOW = datetime(2026, 11, 22, 7, tzinfo=UTC)
BASE = "https://voice.complaints.example/voice"
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
JSON = {"Content-Type": "application/json"}

LINE = "+442079460101"
FIRST = Step("kim@northline.example", "handler", ("+447700900456",), 20)
SECOND = Step("complaints", "queue", ("sip:desk@pbx.example", "+442079460102"), 25)
CONNECT = Route(
    "connect",
    "the caller is party to case NL-7",
    provider="northline",
    region="GB",
    line=LINE,
    queue="complaints",
    case="NL-7",
    steps=(FIRST, SECOND),
    say="Nobody can answer just now.",
    invite="Please leave a message after the tone.",
)
VOICEMAIL = Route(
    "voicemail",
    "closed",
    provider="northline",
    line=LINE,
    say="We are closed.",
    invite="Please leave a message after the tone.",
)
PASS = Route("pass", "no provider has the line that was dialled")

ROUTING = sorted(name for name, one in systems().items() if one.routes)
IN_XML = ("twilio", "sipgate", "freeswitch")
STEPS = (0, 1, 2, 3, 20, OVER)


def system(name: str) -> System:
    """A phone system by its name in settings."""
    return systems()[name]


def links(name: str) -> Links:
    """Where a phone system of this name reaches us."""
    one = system(name)
    return Links(f"{BASE}/{one.path}" + ("/a-long-random-word" if one.secret_in_path else ""))


def request(
    path: str = "x",
    body: bytes | str = b"",
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "POST",
    at: datetime = NOW,
) -> Request:
    """A request; `path` is what follows BASE, or a whole address."""
    url = path if "://" in path else f"{BASE}/{path}"
    sent = body.encode() if isinstance(body, str) else body
    return request_of(method, url, list((headers or {}).items()), sent, at)


def form(path: str, fields: Mapping[str, str] | Iterable[tuple[str, str]], **more: str) -> Request:
    """A request with a form, unsigned."""
    pairs = [*(fields.items() if isinstance(fields, Mapping) else fields), *more.items()]
    return request(path, urlencode(pairs), FORM)


def believed(
    name: str, asked: Request, *secrets: str, options: Mapping[str, str] | None = None
) -> bool:
    """Is it believed? Anything else than Refused goes through."""
    try:
        system(name).verify(asked, secrets, options or {})
    except Refused as refused:
        why = refused
    else:
        return True
    assert why.reason
    assert why.status in {400, 401, 403, 503}
    return False


def answer(name: str, route: Route, step: int = 0) -> Answer:
    """A step of a route for a phone system."""
    return system(name).answer(route, step, links(name))


def xml(made: Answer) -> Element:
    """An answer in XML, parsed."""
    return fromstring(made.body)
