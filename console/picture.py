"""The campaign graph as a picture, SVG or PNG, drawn here: no script, no font or image from elsewhere."""

from __future__ import annotations

import io
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, cast

from console.i18n import t
from console.shown import subject_name
from evidence.graph import laid_out
from evidence.lead import Subject

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont, ImageFont

    from evidence.campaigns import Tie
    from evidence.graph import Graph, Node
    from evidence.lead import SubjectKind

WIDTH, HEIGHT, MARGIN = 960, 640, 70
COLOURS = {
    "hit": "#5b6470",
    "domain": "#1f6feb",
    "handle": "#b3261e",
    "wallet": "#9a6700",
    "invite_code": "#1a7f37",
    "package": "#8250df",
    "text": "#0a7d8c",
}
FAINT = "#b8bec6"
MOST_LABELS = 60
LABEL_LENGTH = 26
FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/System/Library/Fonts/PingFang.ttc",
    "C:/Windows/Fonts/msyh.ttc",
)


def svg(graph: Graph, lang: str) -> str:
    """The graph as an SVG document in a language."""
    places = _places(graph)
    rows = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT + 40}" role="img"'
        f' font-family="sans-serif" font-size="12">',
        f"<title>{escape(t('graph.title', lang))}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT + 40}" fill="#ffffff"/>',
    ]
    for edge in graph.edges:
        (x1, y1), (x2, y2) = places[edge.source], places[edge.target]
        dashes = ' stroke-dasharray="5 4"' if edge.why in ("merged", "near-duplicate") else ""
        rows.append(
            f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{FAINT}"{dashes}>'
            f"<title>{escape(why(edge, lang))}</title></line>"
        )
    labelled = _labelled(graph)
    for node in graph.nodes:
        x, y = places[node.id]
        rows.append(
            f'<circle cx="{x}" cy="{y}" r="{_size(node, graph)}" fill="{_colour(node)}">'
            f"<title>{escape(_printable(name(node, lang, whole=True)))}</title></circle>"
        )
        if node.id in labelled:
            said = escape(_printable(name(node, lang)))
            rows.append(f'<text x="{x}" y="{y + 20}" text-anchor="middle" fill="#1c2127">{said}</text>')
    for at, kind in enumerate(_kinds(graph)):
        x = 20 + at * 120
        rows.append(f'<circle cx="{x}" cy="{HEIGHT + 20}" r="6" fill="{COLOURS[kind]}"/>')
        rows.append(f'<text x="{x + 12}" y="{HEIGHT + 24}">{escape(kind_name(kind, lang))}</text>')
    rows.append("</svg>")
    return "\n".join(rows)


def png(graph: Graph, lang: str) -> bytes:
    """The graph as a PNG in a language."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (WIDTH, HEIGHT + 40), "#ffffff")
    draw, font, places = ImageDraw.Draw(image), _font(12), _places(graph)
    for edge in graph.edges:
        draw.line((*places[edge.source], *places[edge.target]), fill=FAINT)
    labelled = _labelled(graph)
    for node in graph.nodes:
        (x, y), size = places[node.id], _size(node, graph)
        draw.ellipse((x - size, y - size, x + size, y + size), fill=_colour(node))
        if node.id in labelled:
            draw.text((x, y + 16), _printable(name(node, lang)), fill="#1c2127", font=font, anchor="mm")
    for at, kind in enumerate(_kinds(graph)):
        x = 20 + at * 120
        draw.ellipse((x - 6, HEIGHT + 14, x + 6, HEIGHT + 26), fill=COLOURS[kind])
        draw.text((x + 12, HEIGHT + 20), kind_name(kind, lang), fill="#1c2127", font=font, anchor="lm")
    body = io.BytesIO()
    image.save(body, "PNG")
    return body.getvalue()


def name(node: Node, lang: str, *, whole: bool = False) -> str:
    """What a node is called: a hit by its title or address, a subject by its channel and name."""
    if node.kind == "hit":
        said = node.title or node.value.partition("//")[2] or node.value or node.id[:12]
    else:
        said = subject_name(Subject(cast("SubjectKind", node.kind), node.value), node.title, lang)
    if node.suppressed:
        said = f"{said} {t('leads.suppressed', lang, sites=node.sites)}"
    return said if whole or len(said) <= LABEL_LENGTH else f"{said[: LABEL_LENGTH - 1]}…"


def kind_name(kind: str, lang: str) -> str:
    """A kind of node in a language."""
    return t("graph.hit", lang) if kind == "hit" else t(f"web.subject_{kind}", lang)


def why(edge: Tie, lang: str) -> str:
    """Why two nodes are joined."""
    if edge.why == "near-duplicate":
        return t("graph.alike", lang, share=round(100 * edge.share))
    return (
        t("graph.merged", lang)
        if edge.why == "merged"
        else t("graph.shared", lang, kind=kind_name(edge.why, lang))
    )


def _places(graph: Graph) -> dict[str, tuple[int, int]]:
    return {
        node: (
            round(MARGIN + x * (WIDTH - 2 * MARGIN)),
            round(MARGIN / 2 + y * (HEIGHT - MARGIN)),
        )
        for node, (x, y) in laid_out(graph).items()
    }


def _labelled(graph: Graph) -> set[str]:
    """Subjects before hits, those with most edges first."""
    edges: dict[str, int] = {}
    for edge in graph.edges:
        for end in (edge.source, edge.target):
            edges[end] = edges.get(end, 0) + 1
    order = sorted(graph.nodes, key=lambda node: (node.kind == "hit", -edges.get(node.id, 0), node.id))
    return {node.id for node in order[:MOST_LABELS]}


def _kinds(graph: Graph) -> list[str]:
    there = {node.kind for node in graph.nodes}
    return [kind for kind in COLOURS if kind in there]


def _size(node: Node, graph: Graph) -> int:
    return 10 if node.id == graph.lead else 5 if node.kind == "hit" else 8


def _colour(node: Node) -> str:
    return FAINT if node.suppressed else COLOURS.get(node.kind, FAINT)


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def _font(size: int) -> FreeTypeFont | ImageFont:
    """A font with Chinese letters where the machine has one of those known, else Pillow's own."""
    from PIL import ImageFont

    path = next((path for path in FONTS if Path(path).is_file()), "")
    return ImageFont.truetype(path, size) if path else ImageFont.load_default(size)
