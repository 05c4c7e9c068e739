"""A Word document to write on: headings, facts, tables, quotes with marks, pictures. Knows no report.

Only text and pictures are ever put in: no fields, links, macros or objects, whatever the words say.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from evidence.clock import parse_moment
from evidence.report.shown import pieces, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from docx.document import Document as Docx
    from docx.oxml.xmlchemy import BaseOxmlElement
    from docx.text.paragraph import Paragraph

    from evidence.report.model import Quote

_FONT = "Noto Sans CJK SC"
_MARGIN_CM, _PICTURE_CM = 2.0, 15.0
_SIZE, _SMALL = 10.5, 8.5
_GREY, _RED, _INK = "5B6B7B", "B3261E", "1C2733"
# backgrounds of marked words, as in the HTML report
_SHADES = {"finding": "FFE9A8", "contact": "FFD0C7", "counter": "DFF2E6"}


class Paper:
    """A document under way."""

    def __init__(self, *, title: str, remark: str, created: str) -> None:
        from docx import Document
        from docx.shared import Cm

        self._doc: Docx = Document()
        section = self._doc.sections[0]
        section.page_width, section.page_height = Cm(21.0), Cm(29.7)
        section.left_margin = section.right_margin = Cm(_MARGIN_CM)
        section.top_margin = section.bottom_margin = Cm(_MARGIN_CM)
        for name in ("Normal", "Title", *(f"Heading {level}" for level in range(1, 5))):
            self._style(name)
        about = self._doc.core_properties
        about.title, about.comments, about.author = title, remark[:255], ""
        moment = parse_moment(created)
        if moment:
            about.created = about.modified = moment.replace(tzinfo=None)

    def _style(self, name: str) -> None:
        from docx.oxml.ns import qn
        from docx.shared import Pt, RGBColor

        style = self._doc.styles[name]
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        for script in ("ascii", "hAnsi", "eastAsia"):
            fonts.set(qn(f"w:{script}"), _FONT)
        if name == "Normal":
            style.font.size = Pt(_SIZE)
            style.paragraph_format.space_after = Pt(4)
        style.font.color.rgb = RGBColor.from_string(_INK)

    def repeat(self, words: str) -> None:
        """Words at the head of every page."""
        head = self._doc.sections[0].header.paragraphs[0]
        _run(head, words, bold=True, color=_RED)
        head.alignment = 1

    def heading(self, words: str, level: int) -> None:
        """A heading; level 0 is the title."""
        self._doc.add_heading(plain(words), level)

    def line(self, words: str, *, color: str = "", bold: bool = False, small: bool = False) -> None:
        """A paragraph."""
        _run(self._doc.add_paragraph(), plain(words), bold=bold, color=color, small=small)

    def alarm(self, words: str) -> None:
        """A paragraph that has to be seen."""
        self.line(words, color=_RED, bold=True)

    def remark(self, words: str) -> None:
        """A small grey paragraph."""
        self.line(words, color=_GREY, small=True)

    def facts(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Names and values, a line each."""
        for name, value in pairs:
            paragraph = self._doc.add_paragraph()
            paragraph.paragraph_format.space_after = 0
            _run(paragraph, f"{plain(name)}: ", color=_GREY)
            _run(paragraph, plain(value))

    def table(self, header: Sequence[str], lines: Iterable[Sequence[str]]) -> None:
        """A table whose header comes again on each page."""
        from docx.oxml import OxmlElement

        table = self._doc.add_table(rows=1, cols=len(header), style="Table Grid")
        repeated: BaseOxmlElement = OxmlElement("w:tblHeader")
        table.rows[0]._tr.get_or_add_trPr().append(repeated)
        for cell, words in zip(table.rows[0].cells, header, strict=True):
            _run(cell.paragraphs[0], plain(words), bold=True, small=True)
        for line in lines:
            for cell, words in zip(table.add_row().cells, line, strict=True):
                _run(cell.paragraphs[0], plain(words), small=True)
        self._doc.add_paragraph().paragraph_format.space_after = 0

    def quote(self, quote: Quote) -> None:
        """Words as shown, marked ones on a coloured ground."""
        from docx.shared import Cm

        paragraph = self._doc.add_paragraph()
        paragraph.paragraph_format.left_indent = Cm(0.6)
        for piece in pieces(quote):
            _run(paragraph, plain(piece.text), shade=_SHADES[piece.kind] if piece.kind else "")

    def picture(self, jpeg: bytes) -> None:
        """A picture, as wide as the text at most."""
        from docx.image.exceptions import InvalidImageStreamError, UnrecognizedImageError
        from docx.shared import Cm

        try:
            shown = self._doc.add_picture(io.BytesIO(jpeg))
        except (InvalidImageStreamError, UnrecognizedImageError):
            return
        widest = Cm(_PICTURE_CM)
        if shown.width > widest:
            shown.height, shown.width = round(shown.height * widest / shown.width), widest

    def new_page(self) -> None:
        """What follows begins on a page of its own."""
        from docx.enum.text import WD_BREAK

        self._doc.add_paragraph().add_run().add_break(WD_BREAK.PAGE)

    def finished(self) -> bytes:
        """The document as a file."""
        out = io.BytesIO()
        self._doc.save(out)
        return out.getvalue()


def _run(
    paragraph: Paragraph,
    words: str,
    *,
    bold: bool = False,
    color: str = "",
    small: bool = False,
    shade: str = "",
) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    if not words:
        return
    run = paragraph.add_run(words)
    run.bold = bold or None
    if small:
        run.font.size = Pt(_SMALL)
    if color:
        run.font.color.rgb = RGBColor.from_string(color)
    if shade:
        ground: BaseOxmlElement = OxmlElement("w:shd")
        ground.set(qn("w:val"), "clear")
        ground.set(qn("w:fill"), shade)
        run._r.get_or_add_rPr().append(ground)
