"""Stands in for extraction until it is there: title, text and links, nothing else."""

from __future__ import annotations

from urllib.parse import urljoin

from crawler.document import Block, Document, Link, make_document


def extract_html(body: bytes, *, url: str, content_type: str = "") -> Document:
    """The page's text as one block."""
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(body.decode("utf-8", "replace"))
    title = tree.css_first("title")
    blocks = [Block("title", title.text())] if title else []
    if tree.body:
        blocks.append(Block("body", tree.body.text(separator=" ", strip=True)))
    links = [
        Link(urljoin(url, node.attributes.get("href") or ""), node.text()) for node in tree.css("a[href]")
    ]
    return make_document(source="web", url=url, blocks=blocks, links=links)
