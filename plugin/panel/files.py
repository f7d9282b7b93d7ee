"""Attachments as a person reads them: what each really is, and what to beware of before opening it.

What the sender calls a file is shown only where it differs from what the file is; no attachment is
ever opened here.
"""

from __future__ import annotations

from dataclasses import dataclass

from mail.message import Attachment
from mail.sniff import Danger, claimed, family
from plugin.web.i18n import N_, gettext

_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"

KINDS = {
    "application/vnd.microsoft.portable-executable": N_("a Windows program"),
    "application/x-msi": N_("a Windows installer"),
    "application/x-ms-shortcut": N_("a Windows shortcut, which can start a program"),
    "application/vnd.ms-htmlhelp": N_("a Windows help file, which can start a program"),
    "application/x-executable": N_("a Linux program"),
    "application/x-mach-binary": N_("a Mac program"),
    "application/java-vm": N_("a Java program"),
    "application/java-archive": N_("a Java program"),
    "application/vnd.android.package-archive": N_("an Android program"),
    "text/x-script": N_("a script"),
    "text/html": N_("a web page"),
    "image/svg+xml": N_("a drawing (SVG)"),
    "application/pdf": N_("a PDF document"),
    "application/rtf": N_("a text document (RTF)"),
    "application/msword": N_("a Word document"),
    f"{_OFFICE}.wordprocessingml.document": N_("a Word document"),
    f"{_OFFICE}.spreadsheetml.sheet": N_("an Excel workbook"),
    "application/vnd.ms-excel": N_("an Excel workbook"),
    f"{_OFFICE}.presentationml.presentation": N_("a PowerPoint presentation"),
    "application/vnd.ms-powerpoint": N_("a PowerPoint presentation"),
    "application/onenote": N_("a OneNote page"),
    "application/vnd.ms-outlook": N_("a mail saved by Outlook"),
    "application/ms-tnef": N_("a container of Outlook’s; what it holds is listed too"),
    "message/rfc822": N_("a forwarded mail"),
    "text/calendar": N_("a calendar entry"),
    "text/vcard": N_("a contact card"),
    "text/plain": N_("text"),
}

FAMILIES = {
    "program": N_("a program"),
    "page": N_("a web page"),
    "pdf": N_("a PDF document"),
    "document": N_("an office document"),
    "archive": N_("an archive of files"),
    "image": N_("a picture"),
    "audio": N_("a sound recording"),
    "video": N_("a video"),
    "text": N_("text"),
}

UNKNOWN = N_("of a kind that is not known")

WARNINGS = {
    Danger.PROGRAM: N_("It is a program. Do not open it."),
    Danger.SCRIPT: N_("A computer can run it as a program. Do not open it."),
    Danger.INSIDE: N_("There is a program inside. Do not open that."),
    Danger.MACROS: N_("It holds macros, which can run like a program. Do not enable them."),
    Danger.PAGE: N_("Opened in a browser, it can load and run things from elsewhere."),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """An attachment, what it is in words, and the warnings it calls for."""

    file: Attachment
    kind: str
    warnings: tuple[str, ...]


def shown(file: Attachment) -> Shown:
    """An attachment as the page shows it."""
    kind = _kind(file)
    warnings = []
    said = claimed(file.content_type, file.filename)
    if _differs(said, family(file.sniffed)):
        warnings.append(
            gettext("It says it is %(claimed)s; it is %(real)s.")
            % {"claimed": gettext(FAMILIES[said]), "real": kind}
        )
    if file.danger in WARNINGS:
        warnings.append(gettext(WARNINGS[file.danger]))
    return Shown(file, kind, tuple(warnings))


def _kind(file: Attachment) -> str:
    """What it is in words; a mail inside the mail is one by its place, for it looks like text."""
    if file.content_type == "message/rfc822" and file.sniffed == "text/plain":
        return gettext(KINDS["message/rfc822"])
    if file.sniffed.startswith(_OPEN):
        return gettext(FAMILIES["document"])
    known = KINDS.get(file.sniffed) or FAMILIES.get(family(file.sniffed))
    return gettext(known or UNKNOWN)


def _differs(said: str, real: str) -> bool:
    """Is it something other than it says? A page may look like any text."""
    return bool(said and real) and said != real and (said, real) != ("page", "text")
