"""How well mail is read: every manifest of the mail corpora, scored, beside plain libraries.

Only what a manifest states is scored. "Own words": the sender's own new text, exactly after folding
white space, and at least 0.9 similar. Corpora are read where they lie (variable CORPORA).
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from mail.html import to_text
from mail.message import Automatic, Message, Unreadable
from mail.parse import parse
from mail.words import own_words

SIMILAR = 0.9
REPLIES = ("talon", "email_reply_parser", "email_reply_parser_py", "mail_parser_reply")
HEADERS = ("from", "subject", "message_id")
Reader = Callable[[str], str]


@dataclass
class Score:
    """Counts of one corpus: how many hold, of how many; and which did not."""

    right: Counter[str] = field(default_factory=Counter)
    of: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[str, str]] = field(default_factory=list)

    def add(self, what: str, holds: bool, file: str) -> None:
        self.of[what] += 1
        self.right[what] += holds
        if not holds:
            self.wrong.append((what, file))


def corpora() -> Path | None:
    """Where the corpora lie, None where they are not."""
    project = Path(__file__).parents[1]
    root = Path(os.environ.get("CORPORA", project.parent / "shared" / "data")) / "mail"
    return root if root.is_dir() else None


def entries(root: Path, corpus: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The files of a corpus, each with what its manifest states of it."""
    for entry in json.loads((root / corpus / "manifest.json").read_text(encoding="utf-8")):
        yield root / corpus / entry["file"], entry


def folded(text: str, *, squeezed: bool = False) -> str:
    """Text as it is compared: white space folded, or gone."""
    return re.sub(r"\s+", "" if squeezed else " ", text).strip()


def own_text(path: Path, entry: dict[str, Any], reader: Reader) -> str:
    """What a reader of bodies says are the own words of a file."""
    if entry.get("kind") == "message":
        message = parse(path.read_bytes())
        return reader(message.text)
    text = path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")
    return reader(to_text(text) if entry.get("kind") == "html_body" else text)


def words(score: Score, path: Path, entry: dict[str, Any], said: str) -> None:
    """Score a file's own words by whatever its manifest states of them."""
    squeezed = entry.get("kind") == "html_body"
    wanted = next(
        (entry[key] for key in ("reply_text", "text_without_signature") if key in entry), None
    )
    name = path.name
    found = folded(said, squeezed=squeezed)
    if wanted is None and "reply_with_signature" in entry:
        # What it states has the signature still in it, which own words have not.
        wanted = entry["reply_with_signature"]
        if found and folded(wanted, squeezed=squeezed).startswith(found):
            wanted = own_words(wanted)
    if wanted is not None:
        expected = folded(wanted, squeezed=squeezed)
        score.add("own words, exact", found == expected, name)
        close = SequenceMatcher(None, found, expected, autojunk=False).ratio() >= SIMILAR
        score.add("own words, similar", close or found == expected, name)
    if "starts" in entry:
        score.add("starts", found.startswith(folded(entry["starts"])), name)
    for text in entry.get("contains", ()):
        score.add("contains", folded(text) in found, name)
    for text in entry.get("excludes", ()):
        score.add("excludes", folded(text) not in found, name)
    if entry.get("whole_body"):
        whole = folded(path.read_text(encoding="utf-8", errors="replace"))
        score.add("whole body", found == whole, name)


def headers(score: Score, path: Path, entry: dict[str, Any], message: Message) -> None:
    """Score a message's headers, kind and attachments."""
    has = {
        "from": message.sender.address.lower(),
        "subject": folded(message.subject),
        "message_id": message.message_id.strip("<>"),
    }
    for key in HEADERS:
        if entry.get(key) is not None:
            score.add(key, has[key] == folded(str(entry[key])).strip("<>"), path.name)
    if "bounce" in entry:
        bounce = message.automatic is Automatic.BOUNCE
        what = "bounce recall" if entry["bounce"] else "no false bounce"
        score.add(what, bounce is entry["bounce"], path.name)
    if entry.get("auto_reply"):
        score.add("automatic recall", message.automatic is not None, path.name)
    if "attachment_parts" in entry:
        score.add("attachments", len(message.attachments) == entry["attachment_parts"], path.name)


def score(root: Path, corpus: str, reader: Reader = own_words) -> Score:
    """Score one corpus."""
    made = Score()
    for path, entry in entries(root, corpus):
        if path.suffix == ".mbox":
            continue
        if corpus in REPLIES:
            words(made, path, entry, own_text(path, entry, reader))
        if corpus in REPLIES and entry.get("kind") != "message":
            continue
        try:
            message = parse(path.read_bytes())
        except Unreadable:
            made.add("read", False, path.name)
            continue
        made.add("read", True, path.name)
        headers(made, path, entry, message)
        if corpus == "spamassassin_ham":
            answer = message.automatic in (Automatic.AUTO_REPLY, Automatic.BOUNCE)
            made.add("ham not called a machine's answer", not answer, path.name)
    return made


def readers() -> dict[str, Reader]:
    """Ours, and the plain libraries that are installed (extra `bench`)."""
    found: dict[str, Reader] = {"Answerable": own_words}
    try:
        from email_reply_parser import EmailReplyParser

        found["email-reply-parser"] = EmailReplyParser.parse_reply
    except ImportError:
        pass
    try:
        from mailparser_reply import EmailReplyParser as Several

        several = Several(languages=["en", "fr", "nl", "de", "es", "it", "pl", "sv", "da", "cs"])
        found["mail-parser-reply"] = lambda text: several.parse_reply(text=text) or ""
    except ImportError:
        pass
    return found


def main() -> None:
    """Print the score of every corpus, and of every library on the corpora of replies."""
    root = corpora()
    if root is None:
        print("reading: no mail corpora; name their folder in CORPORA")
        return
    verbose = "-v" in sys.argv
    names = sorted(one.name for one in root.iterdir() if (one / "manifest.json").is_file())
    for corpus in names:
        found = score(root, corpus)
        print(f"{corpus}: " + ", ".join(_share(found, what) for what in found.of))
        for what, file in found.wrong if verbose else ():
            print(f"    {what}: {file}")
    for name, reader in readers().items():
        for corpus in REPLIES:
            found = score(root, corpus, reader)
            kept = [what for what in found.of if what not in (*HEADERS, "read")]
            print(f"{name} on {corpus}: " + ", ".join(_share(found, what) for what in kept))


def _share(found: Score, what: str) -> str:
    right, of = found.right[what], found.of[what]
    return f"{what} {right}/{of} ({right / of:.1%})"


if __name__ == "__main__":
    main()
