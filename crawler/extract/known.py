"""What tags mean for the text: worked out once for each tag as written, for pages repeat most of theirs."""

from __future__ import annotations

import threading
from html import unescape
from typing import TYPE_CHECKING

from msgspec import Struct

from crawler.extract.attributes import form_of, is_whole, read_tag
from crawler.extract.media import Embedded, embedded_of, pixels, spoken_alt, spoken_of
from crawler.extract.place import selector_of
from crawler.extract.rules import advert_of, hides, hints, pays, role_of, watched
from crawler.extract.stream import BREAK, END, LINK, LINK_END, OPEN, RANK, SEPARATOR, Region
from crawler.extract.tags import FLOWS, FOREIGN, MEDIA, RAW, VOID, Flow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crawler.document import BlockKind

KEPT = 5_000
"""Tags that are remembered from page to page."""

_LONGEST_SHAPE = 500

UNFINISHED = "\x01"
"""The mark of what looks like a tag and is none, or ends elsewhere."""

_OPENING: Mapping[Flow, str] = {
    Flow.JOINS: "",
    Flow.ABOUT: "",
    Flow.ANCHOR: LINK,
    Flow.SPACES: " ",
    Flow.BREAKS: BREAK,
}
_CLOSING: Mapping[Flow, str] = {**dict.fromkeys(_OPENING, ""), Flow.ANCHOR: LINK_END}
_KINDS: Mapping[Flow, BlockKind] = {Flow.HEADING: "heading", Flow.NAV: "nav"}
_REGIONS = frozenset((Flow.HEADING, Flow.NAV, Flow.LANDMARK, Flow.HIDDEN, Flow.DIALOG))
_NO_REGIONS = frozenset(("html", "head", "title", "script", "style", "plaintext"))
_NO_ADVERTS = frozenset(("html", "body", "main", "article", "head"))
_ASKED = frozenset(("html", "meta", "base", "link", "script"))


class Tag(Struct, frozen=True, gc=False):
    """One tag. ``mark`` stands in the text in its place; ``noted`` says that this does not say all.

    ``region`` is the number of the region that begins with it (-1: none), ``ad`` the rule that makes it an
    advertising place, ``where`` its selector. ``link`` is the address, ``rel`` and tooltip of a link.
    """

    name: str
    mark: str
    closes: bool = False
    void: bool = False
    noted: bool = False
    link: tuple[str, str, str] | None = None
    embedded: Embedded | None = None
    region: int = -1
    ad: str = ""
    where: str = ""
    more: More | None = None


class More(Struct, frozen=True, gc=False):
    """What few tags have: words that are spoken, each with its place; a style with a background; the
    attributes of one that is asked for them.
    """

    spoken: tuple[tuple[str, str], ...] = ()
    style: str = ""
    attributes: Mapping[str, str] | None = None


class _Plan(Struct, frozen=True, gc=False):
    """What tags have in common that differ in their values only.

    ``tag`` is what they are, if they do not stand for more, ``ended`` if they end themselves. ``simple`` are
    those that are told by their class alone, which is part number ``classes`` (-1: none); so are links and
    pictures, with the parts that hold address, ``rel`` and tooltip; address, alternative text and size.
    """

    name: str
    names: tuple[str, ...]
    tag: Tag
    ended: Tag
    simple: bool
    classes: int
    link: tuple[int, int, int] | None
    picture: tuple[int, int, int, int] | None


_NOTHING = Tag("", "")
_NOT_A_TAG = Tag("", UNFINISHED)


class Known:
    """Tags that have been met, and the regions that they begin.

    ``noted`` are those that their mark does not say all of, ``structural`` those that begin regions or other
    languages.
    """

    def __init__(self) -> None:
        self.tags: dict[str, Tag] = {}
        self.marks: dict[str, str] = {}
        self.noted: set[str] = set()
        self.structural: set[str] = set()
        self.regions: list[Region] = []
        self._numbers: dict[Region, int] = {}
        self._plans: dict[tuple[str, ...], _Plan | None] = {}
        self._by_class: dict[tuple[str, str], Tag] = {}

    def forget_if_many(self) -> None:
        """Begin anew when much is known, but for the regions: a page may be half read."""
        if len(self.tags) > KEPT:
            self.tags, self.marks, self._plans, self._by_class = {}, {}, {}, {}
            self.noted, self.structural = set(), set()

    def learn(self, tags: Iterable[str]) -> None:
        """Work out tags that are new."""
        known, marks, plans, note = self.tags, self.marks, self._plans, self.noted.add
        for written in tags:
            parts = written.split('"')
            shape = tuple(parts[::2])
            plan = plans[shape] if shape in plans else self._plan(shape)
            if plan is None or not plan.simple or "&" in written:
                tag = self._other(plan, parts, written)
            elif plan.classes > 0 and role_of(parts[plan.classes])[0]:
                tag = self._told(plan, parts, written)
            elif plan.link is not None:
                tag = self._link(plan.link, parts) or self._other(plan, parts, written)
            elif plan.picture is not None:
                tag = self._picture(plan.picture, parts)
            else:
                tag = plan.ended if written[-1] == "/" else plan.tag
            known[written] = tag
            marks[written] = tag.mark
            if tag.noted:
                note(written)
                if tag.region >= 0 or tag.name in FOREIGN:
                    self.structural.add(written)

    @staticmethod
    def _link(places: tuple[int, int, int], parts: list[str]) -> Tag | None:
        """A link that is no advert."""
        href, rel, tip = places
        relation = parts[rel] if rel > 0 else ""
        if relation and pays(relation):
            return None
        said = parts[href] if href > 0 else "", relation, parts[tip] if tip > 0 else ""
        return Tag("a", LINK, False, False, True, said)

    @staticmethod
    def _picture(places: tuple[int, int, int, int], parts: list[str]) -> Tag:
        source, alt, width, height = places
        text = parts[alt] if alt > 0 else ""
        size = [pixels(parts[place]) if place > 0 else 0 for place in (width, height)]
        embedded = (parts[source] if source > 0 else "", "image", text, size[0], size[1])
        more = More((words,)) if text and (words := spoken_alt(text)) else None
        return Tag("img", " ", False, True, True, None, embedded, -1, "", "", more)

    def _told(self, plan: _Plan, parts: list[str], written: str) -> Tag:
        """A tag that is told by its class alone."""
        if plan.link is not None or plan.picture is not None or written[-1] == "/":
            return self._other(plan, parts, written)
        key = plan.name, parts[plan.classes]
        tag = self._by_class.get(key)
        if tag is None:
            tag = self._by_class[key] = self._other(plan, parts, written)
        return tag

    def number(self, region: Region) -> int:
        """The number of a region."""
        number = self._numbers.get(region)
        if number is None:
            number = self._numbers[region] = len(self.regions)
            self.regions.append(region)
        return number

    def _plan(self, shape: tuple[str, ...]) -> _Plan | None:
        form = form_of(shape)
        plan = _plan(*form) if form else None
        if sum(map(len, shape)) < _LONGEST_SHAPE:
            self._plans[shape] = plan
        return plan

    def _other(self, plan: _Plan | None, parts: list[str], written: str) -> Tag:
        """Any tag."""
        if plan is not None:
            values = map(unescape, parts[1::2]) if "&" in written else parts[1::2]
            return self._opening(plan.name, dict(zip(plan.names, values, strict=False)), written)
        if not written[:1].isalpha():
            return _no_opening(written)
        read = read_tag(written)
        return self._opening(*read, written) if read else _NOT_A_TAG

    def _opening(self, name: str, attributes: dict[str, str], written: str) -> Tag:
        """Any opening tag."""
        flow = FLOWS.get(name, Flow.JOINS)
        mark = _OPENING.get(flow, SEPARATOR)
        seen = not watched().isdisjoint(attributes)
        void = name in VOID or (written[-1] == "/" and (name not in FLOWS or name in FOREIGN))
        region, ad, where = -1, "", ""
        if flow in _REGIONS or name == "iframe" or not hints().isdisjoint(attributes):
            region, ad, where = self._region(name, flow, attributes, seen=seen)
        if region >= 0 and not void:
            mark = opening(region) + (mark if mark != SEPARATOR else "")
        link = None
        if flow is Flow.ANCHOR:
            link = (attributes.get("href", ""), attributes.get("rel", ""), attributes.get("title", ""))
            mark += LINK_END if void else ""
        embedded = embedded_of(name, attributes) if name in MEDIA else None
        more = None
        asks = bool(ad) or name in _ASKED or "srcdoc" in attributes
        if seen or asks:
            style = attributes.get("style", "") if seen else ""
            spoken = spoken_of(name, attributes) if seen else ()
            asked = attributes if asks else None
            more = More(spoken, style if "background" in style.lower() else "", asked)
        noted = bool(link or embedded or ad or more or name in RAW or name in FOREIGN) or region >= 0
        return Tag(name, mark, False, void, noted, link, embedded, -1 if void else region, ad, where, more)

    def _region(
        self, name: str, flow: Flow, attributes: Mapping[str, str], *, seen: bool
    ) -> tuple[int, str, str]:
        """Number of the region that an element is, the rule by which it is an advert, its selector."""
        classes, own = attributes.get("class", ""), attributes.get("id", "")
        role, ad = role_of(f"{classes} {own}" if own else classes) if classes or own else ("", "")
        if role != "ad" and (seen or name == "iframe"):
            ad = advert_of(name, attributes)
        hidden = flow is Flow.HIDDEN or (flow is Flow.DIALOG and "open" not in attributes)
        hidden = hidden or (seen and hides(name, attributes))
        if name in _NO_ADVERTS:
            ad, role = "", "" if role == "ad" else role
        if (not (ad or role or hidden) and flow not in _REGIONS) or name in _NO_REGIONS:
            return -1, "", ""
        where = name if flow is Flow.HEADING else selector_of(name, own, classes)
        kind: BlockKind = _KINDS.get(flow, "body")
        said: BlockKind = "ad" if ad else role or "body"
        kind = said if RANK[said] > RANK[kind] else kind
        return self.number(Region(kind, not hidden, where)), ad, where


def _plan(name: str, names: tuple[str, ...]) -> _Plan:
    """What tags with a name and these attributes have in common."""
    flow = FLOWS.get(name, Flow.JOINS)
    places = {key: 2 * number + 1 for number, key in enumerate(names)}
    told = flow in _REGIONS or name in MEDIA or name in _ASKED or name in RAW or name in FOREIGN
    link = picture = None
    says = set(names)
    if name == "a":
        says -= {"title", "rel"}
        link = (places.get("href", -1), places.get("rel", -1), places.get("title", -1))
    elif name == "img" and not any(key.startswith("data-") or key == "srcset" for key in names):
        told, says = False, says - {"alt"}
        source, alt, width, height = (places.get(key, -1) for key in ("src", "alt", "width", "height"))
        picture = source, alt, width, height
    simple = not told and "id" not in names and name != "area" and watched().isdisjoint(says)
    tag = Tag(name, _OPENING.get(flow, SEPARATOR), False, name in VOID)
    ended = tag if name in FLOWS else Tag(name, "", False, True)
    return _Plan(name, names, tag, ended, simple, places.get("class", -1), link, picture)


def opening(region: int) -> str:
    """The mark in front of a region: a line of its own."""
    return f"{SEPARATOR}{OPEN}{region}{END}{SEPARATOR}"


def _no_opening(written: str) -> Tag:
    """The end of an element, or a comment."""
    if written[:1] == "/":
        name = written[1:]
        if not (name.isascii() and name.isalnum() and name.islower()):
            if not name[:1].isalpha() or not is_whole(written):
                return _NOT_A_TAG
            name = name.split(None, 1)[0].split("/", 1)[0].lower()
        flow = FLOWS.get(name, Flow.JOINS)
        return Tag(name, BREAK if name == "br" else _CLOSING.get(flow, SEPARATOR), closes=True)
    if written.startswith("!--"):
        ends = (len(written) > 4 and written.endswith("--")) or (len(written) > 5 and written.endswith("--!"))
        whole = ends or written in ("!--", "!---")
        return _NOTHING if whole else _NOT_A_TAG
    if written[:1] in ("!", "?") and not written.startswith("![CDATA["):
        return _NOTHING
    return _NOT_A_TAG


_own = threading.local()


def known_tags() -> Known:
    """What this thread knows of tags; when it is much it begins anew."""
    known: Known | None = getattr(_own, "known", None)
    if known is None or len(known.tags) > KEPT or len(known.regions) > KEPT:
        known = _own.known = Known()
    return known
