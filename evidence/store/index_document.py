"""What a hit is searched by: its texts, its keywords and its facets, the same for both stores."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from evidence.errors import StoreError
from evidence.hit import Hit
from evidence.store.moments import microseconds
from evidence.store.terms import fold, scrub, spellings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from nlp.analysis import Contact

KEYWORD_LIMIT = 512
"""Characters of a keyword that are indexed and compared."""
_ID_LIMIT = 128
FACET_VALUES = 50
"""Most values counted in one facet of a result page."""
_TEXT_KEYS = frozenset({"handle", "wallet", "invite", "package"})
_URL_PLATFORMS = frozenset({"url", "short_link", "referral"})
_INVITE_PLATFORMS = frozenset({"invite_code", "referral"})


@dataclass(frozen=True, slots=True)
class IndexDocument:
    """``texts`` are folded or normalised; ``seen`` is in microseconds; ``body`` is the hit as JSON.

    ``facets`` holds the values of each facet in the order of ``protocol.FACETS``.
    """

    id: str
    seen: int
    seen_at: str
    score: float
    texts: tuple[str, ...]
    keywords: tuple[tuple[str, str], ...]
    facets: tuple[tuple[str, ...], ...]
    body: bytes


def index_document(hit: Hit) -> IndexDocument:
    """Make the index document of a hit. Raises :class:`StoreError` with what is wrong with it."""
    try:
        seen = microseconds(hit.seen_at)
    except (ValueError, OverflowError) as error:
        raise StoreError(f"seen_at {hit.seen_at!r} is no RFC 3339 instant") from error
    if not isfinite(hit.analysis.score.probability):
        raise StoreError("the score is no number")
    if not 0 < len(hit.id) <= _ID_LIMIT:
        raise StoreError(f"the hit's id must have 1 to {_ID_LIMIT} characters")
    return IndexDocument(
        id=scrub(hit.id),
        seen=seen,
        seen_at=hit.seen_at,
        score=hit.analysis.score.probability,
        texts=_texts(hit),
        keywords=tuple(dict.fromkeys(_keywords(hit))),
        facets=_facets(hit),
        body=encode_hit(hit),
    )


def index_documents(hits: Iterable[Hit]) -> tuple[dict[str, IndexDocument], tuple[tuple[str, str], ...]]:
    """Index documents by id, and the (id, reason) of hits that cannot be indexed.

    Of hits with one id the last counts, seen when the earliest was.
    """
    documents: dict[str, IndexDocument] = {}
    refused: list[tuple[str, str]] = []
    for hit in hits:
        earlier = documents.get(scrub(hit.id))
        try:
            document = index_document(hit)
            if earlier and earlier.seen < document.seen:
                document = index_document(replace(hit, seen_at=earlier.seen_at))
        except StoreError as error:
            refused.append((hit.id, str(error)))
        else:
            documents[document.id] = document
    return documents, tuple(refused)


def encode_hit(hit: Hit) -> bytes:
    """The hit as JSON. Lone surrogates, which JSON in UTF-8 cannot hold, become U+FFFD."""
    try:
        return msgspec.json.encode(hit)
    except UnicodeEncodeError:
        return msgspec.json.encode(_scrubbed(msgspec.to_builtins(hit)))


def decode_hit(body: bytes | str) -> Hit:
    """Read what :func:`encode_hit` wrote. Raises :class:`StoreError` if it is not a hit."""
    try:
        return msgspec.json.decode(body, type=Hit)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StoreError(f"a stored hit cannot be read: {error}") from error


def keyword_keys(field: str, value: str) -> tuple[str, ...]:
    """The forms in which a value of a field is compared; a query matches if any of its forms is stored."""
    if field in _TEXT_KEYS:
        platform, colon, rest = value.partition(":")
        scope = f"{platform.lower()}:" if colon and platform.replace("_", "").isalnum() else ""
        bare = rest if scope else value
        keys = [scope + _squeezed(spelling) for spelling in (*spellings(bare), *spellings(bare.lstrip("@ ")))]
        keys += [_squeezed(spelling) for spelling in spellings(value)] if scope else []
    elif field == "url":
        keys = [_url_key(value)]
    elif field == "domain":
        keys = [(_host(value) or value).lower().strip(". ")]
    else:
        keys = [fold(value).strip()]
    return tuple(dict.fromkeys(key[:KEYWORD_LIMIT] for key in keys if key))


def hit_domain(hit: Hit) -> str:
    """The registrable domain a hit was found at, or an empty string."""
    from crawler.urls import registrable_domain

    url = hit.document.url or hit.fetched_url
    return scrub(registrable_domain(url) or "") if url else ""


def _texts(hit: Hit) -> tuple[str, ...]:
    """Both spellings of every block, and the handles, which a block may show in pieces."""
    found: dict[str, None] = {}
    for block in hit.document.blocks:
        found.update(dict.fromkeys(spellings(block.text)))
    found.update(dict.fromkeys(fold(contact.handle) for contact in hit.analysis.contacts if contact.handle))
    return tuple(found)


def _keywords(hit: Hit) -> Iterator[tuple[str, str]]:
    document, analysis = hit.document, hit.analysis
    plain: list[tuple[str, str]] = [
        ("stance", analysis.stance),
        ("source", document.source),
        ("surface", document.surface),
        ("job", hit.job),
        ("id", hit.id),
        ("ref", hit.ref),
        ("domain", hit_domain(hit)),
        ("domain", document.url),
        ("domain", hit.fetched_url),
        ("url", document.url),
        ("url", hit.fetched_url),
        ("diversion", str(analysis.diversion)),
        ("review", str(analysis.review)),
        ("package", document.listing.package if document.listing else ""),
    ]
    plain += [("category", category) for category in analysis.categories]
    plain += [("rule", finding.rule) for finding in analysis.findings]
    for name, value in plain:
        yield from ((name, key) for key in keyword_keys(name, value) if value)
    for contact in analysis.contacts:
        yield from _contact_keywords(contact)


def _contact_keywords(contact: Contact) -> Iterator[tuple[str, str]]:
    platform = fold(contact.platform)
    yield "platform", platform[:KEYWORD_LIMIT]
    keys = contact_keys(contact)
    chain = platform.removeprefix("wallet:")
    for key in keys:
        yield "handle", key
        yield "handle", f"{platform}:{key}"[:KEYWORD_LIMIT]
        if chain != platform:
            yield "wallet", key
            yield "wallet", f"{chain}:{key}"[:KEYWORD_LIMIT]
        if platform in _INVITE_PLATFORMS:
            yield "invite", key
        if platform == "package":
            yield "package", key
    if platform in _URL_PLATFORMS:
        yield "url", _url_key(contact.handle)[:KEYWORD_LIMIT]


def contact_keys(contact: Contact) -> tuple[str, ...]:
    """The forms in which a contact is compared: normal and raw, each as it stands and normalised."""
    forms = (contact.handle, contact.raw)
    keys = (
        _squeezed(spelling)[:KEYWORD_LIMIT]
        for form in forms
        for bare in (form, form.lstrip("@ "))
        for spelling in spellings(bare)
    )
    return tuple(dict.fromkeys(key for key in keys if key))


def _facets(hit: Hit) -> tuple[tuple[str, ...], ...]:
    """In the order of ``protocol.FACETS``."""
    document, analysis = hit.document, hit.analysis
    platforms = dict.fromkeys(fold(contact.platform) for contact in analysis.contacts)
    return (
        tuple(dict.fromkeys(analysis.categories)),
        (analysis.stance,),
        (document.source,),
        (document.surface,),
        _present(hit_domain(hit)),
        tuple(platforms),
        _present(scrub(hit.job)),
    )


def _present(value: str) -> tuple[str, ...]:
    return (value[:KEYWORD_LIMIT],) if value else ()


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _url_key(url: str) -> str:
    """Addresses are compared without scheme, case, fragment and closing slash."""
    bare = fold(url).strip().partition("#")[0]
    return bare.rpartition("://")[2].rstrip("/") if "://" in bare[:12] else bare.rstrip("/")


def _host(url: str) -> str:
    if "//" not in url:
        return ""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _scrubbed(value: Any) -> Any:
    """The same plain value with every lone surrogate replaced."""
    match value:
        case str():
            return scrub(value)
        case dict():
            return {scrub(str(key)): _scrubbed(part) for key, part in value.items()}
        case list() | tuple():
            return [_scrubbed(part) for part in value]
        case _:
            return value
