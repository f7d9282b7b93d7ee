"""From every published sentence to what carries it, so that no promise is silently left out.

The rule kept: a sentence names carriers that exist, or carriers together with the part of
Answerable that will build them, or the reason why nothing must carry it. Anything else is a problem
with its file, row and remedy. Once a part is built, naming it as still to come is a problem too, so
the page cannot lag behind. Pure: loaded values in, rows, problems and a page out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from pydantic import BaseModel

from plugin.codes.model import Clause, PromiseRule
from plugin.codes.provider import Provider
from plugin.codes.sentence import Part, Sentence

FILE = "sentences.toml"

BUILT = frozenset(
    {
        *("mail", "triage", "record", "desk", "compensation"),
        *("page:case", "page:published_code", "page:information"),
    }
)
"""Parts of the program that carry sentences today. A part that gets built moves here."""

TO_COME: dict[str, Part] = {
    "telephone": "telephone",
    "helpdesk": "helpdesk",
    "panel": "panel",
    "formats": "formats",
}
"""Parts of the program that carry sentences and are not built yet, with the part to wait for."""

LETTERS = frozenset(
    {
        "acknowledgement",
        "manager_response",
        "handler_introduction",
        "contact_time",
        "progress_update",
        "holding_update",
        "technical_handover",
        "outcome",
        "closure_warning",
        "closed",
        "reopened",
        "escalated",
        "determination",
        "deadlock_letter",
        "adr_notice",
        "ccts_notice",
        "data_protection_acknowledgement",
        "information",
        "authority_request",
        "undeliverable_followup",
    }
)
"""Every kind of letter. Each is written in base; a provider may add what its own code says."""

MEANING: dict[str, str] = {
    "promise": "a deadline of the provider's code or of the law, watched for every case",
    "letter": "a letter to the customer",
    "setting": "a value that the installation must supply",
    "contact": "an address or number in the provider's data",
    "ladder": "a level that a case can be escalated to",
    "reading": "how an ambiguous clause is read",
    "terms": "a table or entry of the provider's data",
    "adr": "the dispute resolution scheme in the provider's data",
    "calendar": "the provider's working days and hours",
    "mail": "the mailbox: collected, kept, joined to its case",
    "triage": "the recognition of complaints and escalations by the customer's own words",
    "record": "the timeline of the case, where nothing is changed afterwards",
    "desk": "what may be done in a case and what follows from it",
    "page": "a page for customers: the published code, the information code, the case itself",
    "compensation": "the calculation suggested to the agent",
    "telephone": "calls, taken like mails",
    "helpdesk": "the ticket system in which agents work",
    "panel": "what agents do in their pages: log a letter, a fax or a chat, decide, note",
    "formats": "letters in large print, Braille and the other formats a customer may need",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A sentence with its carriers; `waiting` has those that do not exist, and their part."""

    sentence: Sentence
    waiting: dict[str, Part]

    @property
    def state(self) -> str:
        """ "nothing" must, "carried", "partly" (more is to come), or "later" (by nothing yet)."""
        if self.sentence.nothing is not None:
            return "nothing"
        if not self.waiting:
            return "carried"
        return "partly" if len(self.waiting) < len(self.sentence.carried_by) else "later"


@dataclass(frozen=True, slots=True)
class Trace:
    """All sentences of one provider, and what is wrong with them."""

    provider: Provider
    rows: tuple[Row, ...]
    problems: tuple[str, ...]


def trace(provider: Provider, sentences: Sequence[Sentence]) -> Trace:
    """Hold a provider's sentences against what it has."""
    existing = carriers_of(provider)
    problems = [
        *_order_problems(provider, sentences),
        *(problem for sentence in sentences for problem in _row_problems(sentence, existing)),
    ]
    rows = tuple(Row(sentence, _waiting(sentence, existing)) for sentence in sentences)
    place = f"templates/{provider.key}/{FILE}"
    told = [f"{place}: {problem}" for problem in problems]
    if sentences:
        place = f"templates/{provider.key}/provider.toml"
        told += [f"{place}: {problem}" for problem in _clause_problems(provider, sentences)]
    return Trace(provider, rows, tuple(told))


def carriers_of(provider: Provider) -> frozenset[str]:
    """Everything that exists and can carry a sentence of this provider's."""
    file = provider.file
    terms = (name for name in type(file).model_fields if getattr(file, name) not in (None, (), {}))
    return BUILT.union(
        ("adr", "calendar"),
        (f"promise:{promise.name}" for promise in file.promises),
        (
            f"promise:{promise.name}"
            for law in provider.law.values()
            if law.jurisdiction == file.jurisdiction
            for promise in law.promises
        ),
        (f"letter:{kind}" for kind in LETTERS if _is_written(provider, kind)),
        (f"setting:{name}" for name in file.settings),
        (f"contact:{contact.kind}" for contact in file.contacts),
        (f"ladder:{rung.level}" for rung in file.ladder),
        (f"reading:{name}" for name in file.readings),
        (f"terms:{name}" for name in terms),
        (f"terms:{term.topic}" for term in file.terms),
    )


def _is_written(provider: Provider, kind: str) -> bool:
    """Is there a source for this letter, the provider's own or the shared one?"""
    return any(name.removeprefix("base/").startswith(f"{kind}.") for name in provider.letters)


def _part_of(carrier: str) -> Part | None:
    """The part that will build a carrier which does not exist; None where none will."""
    kind, _, name = carrier.partition(":")
    if kind == "letter" and name in LETTERS:
        return "customer letters"
    return TO_COME.get(carrier)


def _waiting(sentence: Sentence, existing: Collection[str]) -> dict[str, Part]:
    missing = (carrier for carrier in sentence.carried_by if carrier not in existing)
    return {carrier: part for carrier in missing if (part := _part_of(carrier))}


def _where(sentence: Sentence) -> str:
    return f"{sentence.document}, {sentence.section}, sentence {sentence.n}"


def _order_problems(provider: Provider, sentences: Sequence[Sentence]) -> Iterator[str]:
    """Each document is listed, and each section's sentences count 1, 2, 3 without a gap."""
    known = [document.key for document in provider.file.documents]
    for sentence in sentences:
        if sentence.document not in known:
            said = f"{sentence.document!r} is none of the documents: {', '.join(known)}"
            yield f"{_where(sentence)}: {said}; correct it or add it to provider.toml"
    listed = {sentence.document for sentence in sentences}
    for key in known:
        if sentences and key not in listed:
            yield f"{key}: none of its sentences is listed; add them"
    numbers: dict[tuple[str, str], int] = {}
    for sentence in sentences:
        section = (sentence.document, sentence.section)
        expected = numbers.get(section, 0) + 1
        if sentence.n < expected:
            yield f"{_where(sentence)}: stands twice or out of order; number it {expected}"
            continue
        for missing in range(expected, sentence.n):
            place = f"{sentence.document}, {sentence.section}, sentence {missing}"
            yield f"{place}: it is missing; add it, with the reason if nothing must carry it"
        numbers[section] = sentence.n


def _row_problems(sentence: Sentence, existing: frozenset[str]) -> Iterator[str]:
    where = _where(sentence)
    if sentence.nothing is not None and (sentence.carried_by or sentence.later):
        yield f"{where}: it says that nothing must carry it, and what does; keep one of the two"
        return
    if sentence.nothing is None and not sentence.carried_by:
        yield f"{where}: nothing carries it; add carried_by, or under nothing the reason"
        return
    for carrier in sentence.carried_by:
        if carrier not in existing and _part_of(carrier) is None:
            yield f"{where}: there is no {carrier}; {_remedy(carrier, existing)}"
    waiting = _waiting(sentence, existing)
    for carrier, part in waiting.items():
        if part not in sentence.later:
            yield f'{where}: {carrier} does not exist yet; add "{part}" to later'
    for part in sentence.later:
        if part not in waiting.values():
            yield f'{where}: it waits for nothing of "{part}"; remove that from later'


def _remedy(carrier: str, existing: frozenset[str]) -> str:
    kind = carrier.partition(":")[0]
    names = LETTERS if kind == "letter" else set()
    names |= {name.partition(":")[2] for name in existing if name.startswith(f"{kind}:")}
    if names:
        return f"add it to provider.toml, or name one of: {', '.join(sorted(names))}"
    if kind in MEANING:
        return "add it to provider.toml, or name what does carry it"
    return f"carriers are: {', '.join(sorted(MEANING))}"


def _clause_problems(provider: Provider, sentences: Sequence[Sentence]) -> Iterator[str]:
    """Every clause cited is a listed sentence, and that of a promise knows of the promise."""
    there = {(one.document, one.section, one.n) for one in sentences}
    sections = {(one.document, one.section) for one in sentences}
    for path, clause in _clauses(provider.file, ""):
        at = (clause.document, clause.section)
        if at not in sections or (clause.sentence and (*at, clause.sentence) not in there):
            number = f", sentence {clause.sentence}" if clause.sentence else ""
            where = f"{clause.document}, {clause.section}{number}"
            yield f"{path}: {where} is not in {FILE}; correct the clause or add it"
    for promise in provider.file.promises:
        clause = promise.clause
        found = [sentence for sentence in sentences if _stands_on(promise, sentence)]
        number = f", sentence {clause.sentence}" if clause.sentence else ""
        where = f"{clause.document}, {clause.section}{number}"
        name = f"promise:{promise.name}"
        if found and not any(name in sentence.carried_by for sentence in found):
            told = f"does not name it; add {name} to its carried_by in {FILE}"
            yield f"promise {promise.name}: {where} {told}"


def _clauses(value: object, path: str) -> Iterator[tuple[str, Clause]]:
    """Every clause that a provider's file cites, with its key."""
    if isinstance(value, Clause):
        yield path, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _clauses(getattr(value, name), f"{path}.{name}" if path else name)
    elif isinstance(value, list | tuple):
        for number, one in enumerate(value):
            yield from _clauses(one, f"{path}[{number}]")
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from _clauses(one, f"{path}.{name}")


def _stands_on(promise: PromiseRule, sentence: Sentence) -> bool:
    clause = promise.clause
    if (clause.document, clause.section) != (sentence.document, sentence.section):
        return False
    return clause.sentence in (None, sentence.n)


HEAD = """\
# What carries each published sentence

Every sentence of the providers' published documents, restated in our words, with what makes it
come true in Answerable. Made from `templates/*/sentences.toml` by `answerable code trace`, and
checked with every change: do not edit this page. Numbers count the sentences of a section; an item
of a list or of an address block counts as one. *Lost* marks what a document evidently had and the
copy supplied lacks.
"""


def page(traces: Iterable[Trace]) -> str:
    """The page of all providers, in Markdown."""
    traces = tuple(traces)
    blocks = [HEAD, "## In numbers\n", _counts(traces), _legend(traces)]
    for found in traces:
        blocks.append(f"## {found.provider.file.name}\n")
        if not found.rows:
            blocks.append(f"No sentences are listed: `templates/{found.provider.key}/{FILE}`.\n")
        for document in found.provider.file.documents:
            rows = [row for row in found.rows if row.sentence.document == document.key]
            if rows:
                dated = f", {document.dated}" if document.dated else ""
                blocks += [f"### {document.title}{dated}\n", _table(rows)]
    return "\n".join(blocks)


STATES = ("carried", "partly", "later", "nothing")


def counts(rows: Iterable[Row]) -> tuple[int, ...]:
    """How many sentences, and how many in each of STATES."""
    states = [row.state for row in rows]
    return len(states), *(states.count(state) for state in STATES)


def _counts(traces: Sequence[Trace]) -> str:
    lines = [
        "| document | sentences | carried | carried, more to come | nothing yet | nothing must |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for found in traces:
        for document in found.provider.file.documents:
            rows = [row for row in found.rows if row.sentence.document == document.key]
            lines.append(_cells(document.title, *counts(rows)))
    lines.append(_cells("all", *counts(row for found in traces for row in found.rows)))
    return "\n".join([*lines, ""])


def _legend(traces: Sequence[Trace]) -> str:
    used = {
        carrier.partition(":")[0]
        for found in traces
        for row in found.rows
        for carrier in row.sentence.carried_by
    }
    lines = [f"- **{kind}**: {said}." for kind, said in MEANING.items() if kind in used]
    return "\n".join(["What carries:\n", *lines, ""])


def _table(rows: Sequence[Row]) -> str:
    lines = ["| sentence | it says | kind | carried by |", "|---|---|---|---|"]
    for section, members in groupby(rows, key=lambda row: row.sentence.section):
        for row in members:
            sentence = row.sentence
            said = f"*Lost:* {sentence.says}" if sentence.lost else sentence.says
            kind = sentence.kind.replace("_", " ")
            lines.append(_cells(f"{section}, {sentence.n}", said, kind, _carried(row)))
    return "\n".join([*lines, ""])


def _carried(row: Row) -> str:
    sentence = row.sentence
    carriers = ", ".join(_carrier(carrier, row) for carrier in sentence.carried_by)
    said = carriers if sentence.nothing is None else f"nothing must: {sentence.nothing}"
    return f"{said}. *Note:* {sentence.note}" if sentence.note else said


def _carrier(carrier: str, row: Row) -> str:
    kind, _, name = carrier.partition(":")
    shown = f"{kind} `{name}`" if name else kind
    part = row.waiting.get(carrier)
    return f"{shown} (later: {part})" if part else shown


def _cells(*cells: object) -> str:
    return f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in cells)} |"
