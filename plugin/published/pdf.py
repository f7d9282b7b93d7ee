"""A published document on paper: PDF with tags for screen readers (PDF/UA), small or large print.

WeasyPrint lays it out; it is the extra `pdf`, and needs the system's Pango. It fetches nothing:
the page holds everything it needs.
"""

from __future__ import annotations

from typing import Any

from plugin.published.document import Document
from plugin.published.html import to_html


class NoPdf(RuntimeError):
    """No PDF can be made on this machine; the message says what to install."""


def to_pdf(document: Document, *, large: bool = False, paper: str = "a4") -> bytes:
    """The document as tagged PDF (ISO 14289-1). Raises NoPdf."""
    weasyprint = _weasyprint()
    page = weasyprint.HTML(
        string=to_html(document, large=large, paper=paper, screen=False),
        url_fetcher=_nothing,
        media_type="print",
    )
    made: bytes = page.write_pdf(pdf_variant="pdf/ua-1", pdf_tags=True)
    return made


def check() -> None:
    """Look whether this machine can make PDFs. Raises NoPdf."""
    _weasyprint()


def available() -> bool:
    """Can this machine make PDFs?"""
    try:
        check()
    except NoPdf:
        return False
    return True


def _nothing(url: str, *_: Any, **__: Any) -> Any:
    raise ValueError(f"nothing is fetched for a PDF: {url[:80]}")


def _weasyprint() -> Any:
    try:
        import weasyprint
    except ImportError:
        said = "PDF needs WeasyPrint: pip install 'answerable[pdf]'"
        raise NoPdf(said) from None
    except OSError:
        said = "PDF needs Pango; on Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0"
        raise NoPdf(said) from None
    return weasyprint
