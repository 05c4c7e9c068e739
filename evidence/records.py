"""Compare what a capture says of its WARC records with what ``page.warc.gz`` really holds.

A page that came by HTTP is proven by the exchange on the wire: without its request and response there is
nothing to replay, however well the other files verify. What was read from a feed has no exchange; its WARC
holds the item itself.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Protocol

import msgspec

from crawler.errors import CrawlerError, WarcError
from crawler.members import members
from crawler.urls import canonical_url, host_of
from crawler.warc import record_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crawler.warc import WarcRecord

WARC_FILE = "page.warc.gz"
DOCUMENT_FILE = "document.json"
MOST_UNPACKED = 1 << 29
"""More than any page's records unpack to: what is larger is built to harm and is not read."""
_MADE_OF = ("urn:dom:", "urn:screenshot:")


class Claim(Protocol):
    """What a capture, made or about to be sealed, says of itself."""

    @property
    def url(self) -> str: ...
    @property
    def final_url(self) -> str: ...
    @property
    def record(self) -> Mapping[str, str]: ...
    @property
    def warc_records(self) -> tuple[str, ...]: ...


class _Hop(msgspec.Struct):
    url: str


class _Slot(msgspec.Struct):
    hops: tuple[_Hop, ...] = ()


class _Slots(msgspec.Struct):
    ad_slots: tuple[_Slot, ...] = ()


def came_by_http(claim: Claim) -> bool:
    """Whether a server answered: its status is in the capture record then."""
    return "http_status" in claim.record


def record_faults(claim: Claim, warc: bytes | None, document: bytes = b"") -> Iterator[str]:
    """Everything wrong between the claim and its WARC (None: there is no such file), a sentence each.

    ``document`` is ``document.json``, which names the hops of adverts; may be empty.
    """
    if came_by_http(claim) and not claim.warc_records:
        yield "the page came by HTTP and the capture names no record of it"
    if warc is None:
        if claim.warc_records:
            yield f"missing, and the capture names {len(claim.warc_records)} records in it"
        return
    found: dict[str, WarcRecord] = {}
    for entry in _read(warc):
        if isinstance(entry, str):
            yield entry
        elif entry.id in found:
            yield f"holds record {entry.id} twice"
        elif entry.type != "warcinfo":
            found[entry.id] = entry
    yield from (f"record {name} is missing from it" for name in claim.warc_records if name not in found)
    named = set(claim.warc_records)
    yield from (
        f"holds record {name}, which the capture does not name" for name in found if name not in named
    )
    yield from _wrong_places(claim, found, document)


def _read(warc: bytes) -> Iterator[WarcRecord | str]:
    """The records of a WARC, or what keeps them from being read."""
    file, unpacked, end = io.BytesIO(warc), 0, 0
    for member in members(file, keep=MOST_UNPACKED):
        unpacked += member.size
        end = member.end
        if unpacked > MOST_UNPACKED:
            yield "unpacks to more than a page's records"
            return
        try:
            record = record_of(member.content)
        except WarcError as error:
            yield str(error)
            continue
        if "warc-block-digest" not in record.headers:
            yield f"record {record.id} has no digest"
        yield record
    if end < len(warc):
        yield f"holds no whole record from byte {end} on"


def _wrong_places(claim: Claim, found: Mapping[str, WarcRecord], document: bytes) -> Iterator[str]:
    """Records of addresses that the capture does not speak of, and a final address without an answer."""
    named = {_same(each) for each in (claim.url, claim.final_url, *_hops(claim, document))}
    hosts = {host_of(each) for each in named} - {""}
    rendered = claim.record.get("renderer") == "chromium"

    def known(url: str) -> bool:
        # a browser spells addresses its own way, and a script may have changed the one it shows
        return _same(url) in named or (rendered and host_of(url) in hosts)

    answered = False
    for record in found.values():
        of = next((record.url.removeprefix(m) for m in _MADE_OF if record.url.startswith(m)), record.url)
        place = record.url if known(record.url) else of
        if not known(place):
            yield f"record {record.id} is of {record.url[:200]}, where the capture never was"
        final = known(place) if rendered else _same(place) == _same(claim.final_url)
        answered = answered or (record.type == "response" and final)
    if came_by_http(claim) and found and not answered:
        yield f"holds no response from {claim.final_url[:200]}"


def _hops(claim: Claim, document: bytes) -> Iterator[str]:
    """Addresses of the redirects that led to the page, and of those that its adverts lead into."""
    for hop in claim.record.get("hops", "").split(" -> "):
        yield hop.rpartition(" (")[0]
    try:
        slots = msgspec.json.decode(document or b"{}", type=_Slots).ad_slots
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return
    yield from (hop.url for slot in slots for hop in slot.hops)


def _same(url: str) -> str:
    """What two spellings of one address share."""
    written = url.replace("\r", "").replace("\n", "").strip().strip("<>")
    try:
        return canonical_url(written)
    except (CrawlerError, ValueError):
        return written
