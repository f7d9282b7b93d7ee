"""Commands that show how contacts are read: mail inspect, triage, ingest."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import click

from mail import files, html
from mail.message import Automatic, Unreadable
from mail.parse import parse
from mail.words import own_spans, own_words
from plugin import runtime
from plugin.bundle import folder
from plugin.cli.common import EXAMPLE, answer_lines, desk, echo_json, say
from plugin.cli.reconciling import reconcile
from plugin.codes.load import keys
from plugin.desk.corrections import corrections as corrections_of
from plugin.desk.ingest import OUTCOMES, NoProvider, ingest
from plugin.triage import Verdict, judge
from plugin.triage.report import LABELS, Report, in_words

GIVE = 'give {"id", "channel", "text"}'


@click.group()
def mail() -> None:
    """How mail is read."""


mail.add_command(reconcile)


@mail.command(epilog=f"{EXAMPLE}echo letter.eml | answerable mail inspect --jsonl")
@click.option("--jsonl", is_flag=True, required=True, help="JSON lines in, JSON lines out.")
def inspect(jsonl: bool) -> None:  # noqa: ARG001 - the flag is required and says all
    """What a mail says: its headers, the sender's own words, whether a machine sent it."""
    answer_lines(_inspect)


def _inspect(given: Any) -> dict[str, Any]:
    told = {"path": given} if isinstance(given, str) else given
    if not isinstance(told, dict) or not isinstance(told.get("path"), str):
        raise click.ClickException('give a path, or {"path": ..., "kind": "message|text|html"}')
    path, kind = told["path"], told.get("kind", "message")
    if kind not in ("message", "text", "html"):
        raise click.ClickException('"kind" is "message", "text" or "html"')
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise click.ClickException(f"{path} cannot be read: {error.strerror}") from None
    if kind != "message":
        return _body_only(path, kind, raw)
    try:
        message = parse(raw)
    except Unreadable as why:
        raise click.ClickException(f"it would be quarantined: {why}") from None
    return {
        "path": path,
        "message_id": message.message_id,
        "from": message.sender.address,
        "subject": message.subject,
        "date": message.date.isoformat() if message.date else None,
        "reply_text": message.own_words,
        "auto_reply": message.automatic is Automatic.AUTO_REPLY,
        "bounce": message.automatic is Automatic.BOUNCE,
        "attachments": len(message.attachments),
    }


def _body_only(path: str, kind: str, raw: bytes) -> dict[str, Any]:
    text = raw.decode("utf-8", "replace").replace("\r\n", "\n")
    said = html.to_text(text) if kind == "html" else text
    nothing = {"message_id": "", "from": "", "subject": "", "date": None}
    kinds = {"auto_reply": False, "bounce": False, "attachments": 0}
    return {"path": path, **nothing, "reply_text": own_words(said), **kinds}


@click.command(
    epilog=f"{EXAMPLE}answerable triage --jsonl < contacts.jsonl\n"
    "  answerable triage --corrections > ours.jsonl && answerable triage --report ours.jsonl"
)
@click.option("--jsonl", is_flag=True, help="JSON lines in, JSON lines out.")
@click.option(
    "--report",
    type=click.File("rb"),
    metavar="FILE",
    help="Measure the rules on labelled contacts, JSON lines with a label; - for stdin.",
)
@click.option(
    "--corrections",
    is_flag=True,
    help="The contacts that people judged otherwise, as such lines. They hold customers' words.",
)
@click.option("--provider", help="With --corrections: only this provider's.")
@click.option("--json", "as_json", is_flag=True, help="With --report: as JSON.")
def triage(
    jsonl: bool, report: BinaryIO | None, corrections: bool, provider: str | None, as_json: bool
) -> None:
    """Does a contact explicitly say complaint or escalate, and by which words?"""
    if [jsonl, report is not None, corrections].count(True) != 1:
        raise click.UsageError("give one of --jsonl, --report FILE and --corrections")
    if provider is not None and not corrections:
        raise click.UsageError("--provider goes with --corrections")
    if as_json and report is None:
        raise click.UsageError("--json goes with --report FILE")
    if report is not None:
        _report(report, as_json)
    elif corrections:
        _corrections(provider)
    else:
        answer_lines(_judge)


def _judge(given: Any) -> dict[str, Any]:
    verdict = _verdict(given)
    return {
        "label": verdict.label,
        "lang": verdict.lang,
        "possible": verdict.possible,
        "asks_how": verdict.asks_how,
        "evidence": [
            {"text": e.text, "start": e.start, "end": e.end, "rule": e.rule, "where": e.where}
            for e in verdict.evidence
        ],
    }


def _verdict(given: Any) -> Verdict:
    if not isinstance(given, dict) or not isinstance(given.get("text"), str):
        raise click.ClickException(GIVE)
    channel = given.get("channel", "email")
    if channel not in ("email", "phone", "voicemail"):
        raise click.ClickException('"channel" is "email", "phone" or "voicemail"')
    lang = given.get("lang")
    if lang is not None and not isinstance(lang, str):
        raise click.ClickException('"lang" is a language such as "fr-CA", or left out')
    subject = given.get("subject")
    if subject is not None and not isinstance(subject, str):
        raise click.ClickException('"subject" is text, or left out')
    text = given["text"]
    return judge(
        _own_text(text) if channel == "email" else text,
        subject=subject or "",
        channel=channel,
        lang=lang,
    )


def _report(lines: BinaryIO, as_json: bool) -> None:
    """Measure labelled contacts; a line that cannot be read is told and left out."""
    made, unread = Report(), 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            given = _labelled(line)
            verdict = _verdict(given)
        except click.ClickException as why:
            unread += 1
            click.echo(f"line {number}: {why.message}", err=True)
        else:
            lang = given.get("lang") or verdict.lang
            made.add(str(given.get("id", f"line {number}")), given["label"], lang, verdict)
    if as_json:
        echo_json(_figures(made))
    else:
        for said in in_words(made):
            say(said)
    if unread or not made.total:
        raise click.ClickException(
            f"{unread} of its lines could not be read" if unread else "it has no labelled contact"
        )


def _labelled(line: bytes) -> dict[str, Any]:
    """One contact with its label; raises click.ClickException."""
    try:
        given = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise click.ClickException("it is not JSON in UTF-8") from None
    if not isinstance(given, dict):
        raise click.ClickException(GIVE)
    if given.get("label") not in LABELS:
        raise click.ClickException(f'"label" is one of {", ".join(LABELS)}')
    return given


def _figures(made: Report) -> dict[str, Any]:
    return {
        "contacts": made.total,
        "right": made.right,
        "labels": {
            label: {"precision": made.precision(label), "recall": made.recall(label)}
            for label in LABELS
        },
        "confusion": {one: {as_: made.counts[one, as_] for as_ in LABELS} for one in LABELS},
        "languages": {
            lang: {"right": right, "contacts": number}
            for lang, (right, number) in made.languages.items()
        },
        "missed_but_possible": made.possible,
        "wrong": [
            {"id": one.id, "label": one.label, "judged": one.judged, "rules": list(one.rules)}
            for one in made.wrong
        ],
    }


def _corrections(provider: str | None) -> None:
    with desk() as built:
        try:
            for line in corrections_of(built, None if provider is None else [provider]):
                # In ASCII, so that nothing a mail brought along steers a terminal.
                click.echo(json.dumps(line))
        except LookupError as why:
            raise click.ClickException(str(why)) from None


def _own_text(text: str) -> str:
    """A body with all but the sender's own words blanked out, positions kept."""
    own = [False] * len(text)
    for start, end in own_spans(text):
        own[start:end] = [True] * (end - start)
    return "".join(c if kept or c == "\n" else " " for c, kept in zip(text, own, strict=True))


@click.command("ingest", epilog=f"{EXAMPLE}answerable ingest --provider ooma export.mbox")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--provider", help="Whose mail it is; left out, it is found from the mail.")
@click.option("--json", "as_json", is_flag=True, help="The counts as JSON.")
def ingest_command(paths: tuple[Path, ...], provider: str | None, as_json: bool) -> None:
    """Take in files, mbox files or Maildir folders through the ordinary way in.

    What is a complaint opens a case and queues its acknowledgement, as if it had just arrived.
    """
    known = keys(folder("templates"))
    if provider and provider not in known:
        raise click.ClickException(f"there is no provider {provider!r}; there are: {known}")
    sums = dict.fromkeys(OUTCOMES, 0)
    skipped: list[Path] = []
    total = sum(files.count(path) for path in paths)
    with desk() as built, _progress(total) as bar:
        mails = _mails(paths, skipped)
        try:
            before = 0
            for taken in ingest(built, mails, provider, runtime.utc_now()):
                sums = taken.outcomes
                bar.update(taken.mails - before)
                before = taken.mails
        except NoProvider as error:
            raise click.ClickException(str(error)) from None
    counts = {**sums, "skipped": len(skipped)}
    if as_json:
        echo_json(counts)
        return
    for name, number in counts.items():
        click.echo(f"{name.replace('_', ' '):14} {number}")


def _mails(paths: tuple[Path, ...], skipped: list[Path]) -> Iterator[bytes]:
    for path in paths:
        for raw in files.mails(path):
            if raw is None:
                skipped.append(path)
            else:
                yield raw


def _progress(total: int) -> Any:
    return click.progressbar(
        length=total, label="Taking in", file=sys.stderr, show_pos=True, hidden=not _is_terminal()
    )


def _is_terminal() -> bool:
    return sys.stderr.isatty()
