"""FreeSWITCH's mod_httapi: a form in, a document of work out.

Source: developer.signalwire.com/freeswitch (mod_httapi). It asks again with whatever `params` we
gave it, until it is told to hang up; an answer that is no text/xml is asked for again for ever.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from voice.call import Event
from voice.routing import Route
from voice.systems import OVER, Links, System, direction_of, fields_of, id_of, numbers, too_short
from voice.webhook import Answer, Request, Unreadable, check_basic

_STEP = "answerable_step"


def verify(request: Request, secrets: Sequence[str], options: Mapping[str, str]) -> None:
    """HTTP basic, with the user and password of the httapi profile. Raises Refused."""
    check_basic(request, secrets)


def problem(secret: str) -> str | None:
    """What is wrong with the credentials, None where nothing is."""
    user, colon, password = secret.partition(":")
    return too_short(password) if colon and user else 'it is not "user:password"'


def _told(request: Request) -> dict[str, str]:
    return fields_of(request.query() if request.method == "GET" else request.form())


def read(request: Request, regions: Sequence[str]) -> list[Event]:
    """The event of one request. Raises Unreadable."""
    told = _told(request)
    call_id = id_of(told.get("session_id")) or id_of(told.get("Unique-ID"))
    if not call_id:
        raise Unreadable("it names no call (session_id)")
    caller, dialled = numbers(
        told.get("Caller-Caller-ID-Number"), told.get("Caller-Destination-Number"), regions
    )
    ended = told.get("exiting") == "true"
    kind = "call.ended" if ended else "other" if _STEP in told else "call.started"
    return [
        Event(
            kind,  # type: ignore[arg-type]
            f"{call_id}:{kind}:{told.get(_STEP, '')[:8]}",
            call_id=call_id,
            caller=caller,
            dialled=dialled,
            direction=direction_of(told.get("Caller-Direction"), "out"),
        )
    ]


def asks(request: Request) -> int | None:
    """It asks until its work is done."""
    told = _told(request)
    return OVER if _STEP in told or told.get("exiting") == "true" else 0


def answer(route: Route, step: int, links: Links) -> Answer:
    """A route as work: one bridge after the other, then voicemail, then the end."""
    document = Element("document", type="xml/freeswitch-httapi")
    SubElement(SubElement(document, "params"), _STEP).text = "done"
    work = SubElement(document, "work")
    if step == OVER:
        SubElement(work, "hangup")
    elif route.action == "pass":
        SubElement(work, "break")
    else:
        _work(work, route)
    return _xml(document)


def acknowledge(request: Request) -> Answer:
    """Nothing is left to do."""
    return _give_up()


def _work(work: Element, route: Route) -> None:
    _execute(work, "set", "hangup_after_bridge=true")
    _execute(work, "set", "continue_on_fail=true")
    for step in route.steps:
        legs = ",".join(_leg(target) for target in step.targets)
        _execute(work, "set", f"call_timeout={step.rings_seconds}")
        _execute(work, "bridge", legs)
    if route.say:
        _execute(work, "answer", "")
        SubElement(work, "speak", engine="flite", voice="slt").text = route.say
    if route.target is not None:
        _execute(work, "bridge", _leg(route.target))
    SubElement(work, "hangup")


def _execute(work: Element, application: str, data: str) -> None:
    SubElement(work, "execute", application=application, data=data)


def _leg(target: str) -> str:
    """A SIP address by the profile `external`; numbers and extensions by the dialplan itself."""
    if target.startswith(("sip:", "sips:")):
        return f"sofia/external/{target}"
    return f"loopback/{target.lstrip('+')}"


def _xml(document: Element) -> Answer:
    return Answer(tostring(document, encoding="unicode"), "text/xml")


def _give_up() -> Answer:
    document = Element("document", type="xml/freeswitch-httapi")
    SubElement(SubElement(document, "work"), "break")
    return _xml(document)


SYSTEM = System(
    name="freeswitch",
    path="httapi",
    proof='"user:password", the credentials of the httapi profile',
    verify=verify,
    read=read,
    asks=asks,
    answer=answer,
    acknowledge=acknowledge,
    problem=problem,
    # Anything that is no document is asked for again for ever.
    sorry=_give_up(),
)
