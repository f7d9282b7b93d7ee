"""The forms of a published code: page, tagged PDF, large print, Braille. All say the same."""

from __future__ import annotations

import re
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from plugin.published import braille, pdf
from plugin.published.document import Document, Point, Section
from plugin.published.html import Link, to_html
from tests.plugin.published.places import EVERY, TODAY, made


def plain(html: str) -> str:
    """The words of a page, without its head."""
    body = re.sub(r"(?s).*<main[^>]*>|</main>.*", "", html)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def words(text: str) -> str:
    """Letters and digits alone, so that line breaks and marks do not matter."""
    return re.sub(r"\W+", "", text)


class TestPage:
    @pytest.mark.parametrize(("key", "document", "language"), EVERY)
    def test_it_says_everything_in_order(self, key: str, document: str, language: str) -> None:
        found = made(key, document, language)
        said, at = words(plain(to_html(found))), 0
        for _, _, text in found.statements():
            # What the law adds is marked before its sentence and sourced behind it.
            at = said.index(words(text.partition(" [")[0]), at)

    def test_headings_go_down_by_one_and_name_their_sections(self) -> None:
        html = to_html(made("ooma"))
        assert re.findall(r"<h(\d)", html)[:3] == ["1", "2", "2"]
        for key in re.findall(r'<section id="(\w+)" aria-labelledby="\1-title"', html):
            assert f'<a href="#{key}">' in html
            assert f'<h2 id="{key}-title">' in html

    def test_it_runs_and_loads_nothing(self) -> None:
        html = to_html(made("ooma"))
        assert not re.search(r"<script|<img|<link|@import|url\(", html)
        assert "<style>" in html
        assert '<link rel="stylesheet" href="/style.css">' in to_html(
            made("ooma"), stylesheet="/style.css"
        )

    def test_what_the_law_adds_is_marked_in_words(self) -> None:
        html = to_html(made("ooma"))
        assert re.search(
            r'<p class="law"><strong>By law:</strong> If your complaint is not resolved within 6 '
            r'weeks.*?<span class="source">\(Ofcom General Condition C4\)</span></p>',
            html,
        )

    def test_values_are_shown_as_they_are_and_never_run(self) -> None:
        hostile = '<script>alert(1)</script>"&'
        point = Point("k", hostile, law=hostile, href="https://example.com/?a=1&b=2")
        document = Document(
            "complaints",
            "x",
            hostile,
            "en",
            hostile,
            "1",
            TODAY,
            (Section("s", hostile, before=(point,)),),
            dict.fromkeys(made("ooma").words, hostile),
        )
        html = to_html(document, links=[Link(hostile, "/x")])
        assert "<script>" not in html
        assert "&lt;script&gt;" in html

    def test_the_search_words_of_the_regulator_lead_to_it(self) -> None:
        html = to_html(made("jive"))
        for word in ("complaint", "dispute", "CRTC", "CCTS", "commission", "ombudsman"):
            assert word in re.findall(r'<meta name="keywords" content="([^"]*)"', html)[0]


class Tags:
    """The structure tree of a PDF, read as a screen reader does."""

    reader: Any

    def __init__(self, data: bytes) -> None:
        self.reader = PdfReader(BytesIO(data))
        self.root: Any = self.reader.trailer["/Root"]
        self._texts = [_marked(page) for page in self.reader.pages]
        self._page_of = {
            page.indirect_reference.idnum: n for n, page in enumerate(self.reader.pages)
        }
        self.order: list[tuple[str, str]] = []
        self._walk(self.root["/StructTreeRoot"], None, "")

    def _walk(self, node: Any, page: int | None, tag: str) -> None:
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, dict):
            if "/Pg" in node:
                page = self._page_of[node.raw_get("/Pg").idnum]  # type: ignore[attr-defined]
            tag = str(node.get("/S", tag))
            if tag in ("/H1", "/H2", "/P", "/LI", "/L", "/Link"):
                self.order.append((tag[1:], ""))
            if "/MCID" in node:
                self._text(page, int(node["/MCID"]))
            kids = node.get("/K", [])
            for kid in kids if isinstance(kids, list) else [kids]:
                self._walk(kid, page, tag)
        elif isinstance(node, int):
            self._text(page, int(node))

    def _text(self, page: int | None, mcid: int) -> None:
        assert page is not None
        tag, said = self.order.pop() if self.order else ("", "")
        self.order.append((tag, said + self._texts[page].get(mcid, "")))

    @property
    def tags(self) -> list[str]:
        return [tag for tag, _ in self.order]


def _marked(page: Any) -> dict[int, str]:
    """The text of a page by its marked-content number."""
    found: dict[int, str] = {}
    current: list[int | None] = []

    def before(operator: bytes, operands: Any, *_: Any) -> None:
        if operator == b"BDC":
            mark = operands[1]
            mcid = mark.get("/MCID") if isinstance(mark, dict) else None
            current.append(None if mcid is None else int(mcid))
        elif operator == b"BMC":
            current.append(None)
        elif operator == b"EMC":
            current.pop()

    def text(said: str, *_: Any) -> None:
        mcid = next((one for one in reversed(current) if one is not None), None)
        if mcid is not None:
            found[mcid] = found.get(mcid, "") + said

    page.extract_text(visitor_operand_before=before, visitor_text=text)
    return found


@pytest.mark.usefixtures("pango")
class TestPaper:
    @pytest.mark.parametrize(("key", "document", "language"), EVERY)
    def test_it_is_tagged_named_and_says_the_same(
        self, key: str, document: str, language: str
    ) -> None:
        found = made(key, document, language)
        data = pdf.to_pdf(found)
        tags = Tags(data)
        assert tags.root["/MarkInfo"]["/Marked"] is not None
        assert str(tags.root["/Lang"]) == language
        assert tags.root["/ViewerPreferences"]["/DisplayDocTitle"]
        assert tags.reader.metadata is not None
        assert tags.reader.metadata.title == found.title
        assert b"pdfuaid:part" in data or "pdfuaid" in str(tags.root.get("/Metadata").get_data())
        assert tags.tags.count("H1") == 1
        assert tags.tags.count("H2") == len(found.sections)
        whole = words("".join(page.extract_text() for page in tags.reader.pages))
        for section in found.sections:
            for point in section.points:
                assert words(point.text)[:40] in whole

    def test_it_is_read_in_the_order_it_was_written(self) -> None:
        found = made("ooma")
        tags = Tags(pdf.to_pdf(found))
        headings = [tag for tag in tags.tags if tag in ("H1", "H2", "L", "LI", "P")]
        expected = ["P", "H1"]
        for section in found.sections:
            expected.append("H2")
            expected += ["P"] * len(section.before)
            if section.reaches:
                expected += ["L", *["LI"] * len(section.reaches)]
            if section.numbered:
                expected += ["L", *["LI"] * len(section.steps)]
            else:
                expected += ["P"] * len(section.steps)
            expected += ["P"] * len(section.after)
        assert headings == expected

    def test_links_are_links_and_tagged(self) -> None:
        tags = Tags(pdf.to_pdf(made("ooma")))
        assert "Link" in tags.tags
        notes = [one.get_object() for page in tags.reader.pages for one in page.get("/Annots", ())]
        assert {one["/A"]["/URI"] for one in notes if "/A" in one} == {
            "https://commsombudsman.org",
            "tel:+443304401614",
            "mailto:enquiry@commsombudsman.org",
            "tel:+443001233333",
        }

    def test_large_print_is_eighteen_points_and_more(self) -> None:
        assert min(_points(pdf.to_pdf(made("jive"), large=True))) >= 18
        assert min(_points(pdf.to_pdf(made("jive")))) < 18

    @pytest.mark.parametrize(("paper", "size"), [("a4", (595, 842)), ("letter", (612, 792))])
    @pytest.mark.parametrize("large", [False, True])
    def test_the_paper_is_the_countrys(
        self, paper: str, size: tuple[int, int], *, large: bool
    ) -> None:
        page = PdfReader(BytesIO(pdf.to_pdf(made("jive"), large=large, paper=paper))).pages[0]
        assert (round(page.mediabox.width), round(page.mediabox.height)) == size

    def test_the_same_document_is_the_same_file(self) -> None:
        one, other = (pdf.to_pdf(made("8x8")) for _ in range(2))
        assert re.sub(rb"/ID \[.*?\]", b"", one) == re.sub(rb"/ID \[.*?\]", b"", other)

    def test_nothing_is_fetched(self) -> None:
        with pytest.raises(ValueError, match="nothing is fetched for a PDF: http://127"):
            pdf._nothing("http://127.0.0.1/picture.png")


def _points(data: bytes) -> set[float]:
    """Every size in which text is set."""
    found: set[float] = set()
    for page in PdfReader(BytesIO(data)).pages:

        def text(said: str, current: Any, matrix: Any, _: Any, size: float) -> None:
            if said.strip():
                scale = abs(float(current[3]) * float(matrix[3]))
                found.add(round(size * scale, 1))

        page.extract_text(visitor_text=text)
    return found


@pytest.mark.usefixtures("liblouis")
class TestBraille:
    @pytest.mark.parametrize(("key", "document", "language"), EVERY)
    def test_it_fits_the_page_of_an_embosser(self, key: str, document: str, language: str) -> None:
        made_ = braille.to_braille(made(key, document, language))
        assert made_.isascii()
        *pages, end = made_.split("\f")
        assert end == ""
        for page in pages:
            lines = page.removesuffix("\r\n").split("\r\n")
            assert 0 < len(lines) <= braille.LINES
            assert max(map(len, lines)) <= braille.CELLS
            assert lines[0].strip()

    def test_it_says_it_in_contracted_braille(self) -> None:
        said = " ".join(braille.to_braille(made("8x8")).split())
        # "within 1 business day": a sign for "with", the number sign and a, "busi;s", "d day".
        assert ')9 #A BUSI;S "D4' in said
        assert "#B WEEKS4" in said

    def test_no_heading_stands_alone_at_the_foot_of_a_page(self) -> None:
        for page in braille.to_braille(made("ooma")).split("\f"):
            last = page.removesuffix("\r\n").split("\r\n")[-1]
            assert not last.startswith("    ")

    def test_a_language_without_a_table_is_named(self) -> None:
        document = made("ooma")
        dutch = Document("complaints", "ooma", "Ooma", "nl", "t", "1", TODAY, document.sections)
        with pytest.raises(braille.NoBraille, match="no Braille table for nl; there are: en, fr"):
            braille.to_braille(dutch)


def test_without_liblouis_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert not braille.available()
    with pytest.raises(braille.NoBraille, match="apt-get install liblouis-bin"):
        braille.to_braille(made("ooma"))


def test_a_translator_that_fails_is_told(tmp_path: Any) -> None:
    broken = tmp_path / "lou_translate"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    with pytest.raises(braille.NoBraille, match=r"lou_translate failed \(CalledProcessError\)"):
        braille.to_braille(made("ooma"), program=str(broken))
    broken.write_text("#!/bin/sh\necho one\n")
    with pytest.raises(braille.NoBraille, match="gave 1 lines for"):
        braille.to_braille(made("ooma"), program=str(broken))
