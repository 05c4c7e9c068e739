"""App listings over time: each version kept with its proof, and what changed from one to the next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import partial
from typing import TYPE_CHECKING

from crawler.document import Block, Document, Listing, make_document
from crawler.job import WARC
from crawler.warc_index import WarcIndex
from evidence.errors import IntegrityError
from evidence.listings import ListingVersion, app_key, keep_version, listing_digest
from evidence.seal import seal
from nlp.analyse import analyse_many
from nlp.segment import cut
from workers.capture import PageFiles, capture_item, capture_page
from workers.pipeline import now
from workers.save import open_evidence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from evidence.seal import Sealing
    from nlp.analysis import Analysis
    from nlp.live import Engines
    from workers.crawl import Seen
    from workers.settings import Settings

READ_FIELDS = ("name", "developer", "description")
"""Fields whose words are compared and judged."""
MOST_COMPARED = 4_000_000
"""Words of the one text times words of the other up to which they are aligned; beyond, whole lines are."""

Changed = tuple[ListingVersion, ListingVersion]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that says something else."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ListingDiff:
    """What a newer version changed. ``added`` and ``removed`` are runs of words in the order of the text.

    ``new_lead`` is the verdict on the lines that are new or changed, alone. ``promotes`` says that the change
    made the difference: those lines alone promote, or the listing does now and did not before.
    """

    store: str
    before_at: str
    after_at: str
    fields: tuple[FieldChange, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    promotes: bool
    new_lead: bool
    score_before: float
    score_after: float
    new_score: float
    categories: tuple[str, ...] = ()


def keep_versions(
    stream: Iterable[Seen], folder: Path, settings: Settings, *, changed: Callable[[Changed], None]
) -> Iterator[Seen]:
    """The stream as it is; every listing in it that is new or changed is kept with a capture of its page.

    ``folder`` is that of the run whose pages these are. ``changed`` is told the version before and the new
    one.
    """
    index = WarcIndex(folder / WARC)
    for seen in stream:
        document, page = seen.outcome.document, seen.outcome.page
        if document is not None and document.listing is not None:
            version = _version(document.listing, seen, page.fetched_at if page else now())
            prove = partial(_proven, seen=seen, index=index, settings=settings)
            new, before = keep_version(settings.data, version, prove=prove)
            if new and before is not None:
                changed((before, version))
        yield seen


def _version(listing: Listing, seen: Seen, at: str) -> ListingVersion:
    analysis = seen.judged.analysis
    return ListingVersion(
        app_key(listing),
        listing_digest(listing),
        at,
        listing,
        lead=bool(analysis and analysis.lead),
        score=analysis.score.probability if analysis else 0.0,
    )


def _proven(version: ListingVersion, *, seen: Seen, index: WarcIndex, settings: Settings) -> ListingVersion:
    """The version with the capture of its page: that of the hit where it is one, else one of its own.

    One whose page cannot be sealed is kept without: what the store said is known all the same.
    """
    document = seen.outcome.document
    assert document is not None  # see keep_versions
    with open_evidence(settings) as evidence:
        hit = next(iter(evidence.store.get_many([document.id])), None)
        if hit is not None and hit.capture is not None:
            capture = hit.capture
        else:
            try:
                (capture,) = seal([_sealing(seen, index, settings)], blobs=evidence.blobs)
            except IntegrityError:
                return version
    return replace(version, capture=capture.id, manifest=capture.manifest)


def _sealing(seen: Seen, index: WarcIndex, settings: Settings) -> Sealing:
    page = seen.outcome.page
    if page is None:  # a file of this machine
        return capture_item(seen.judged, settings)
    return capture_page(seen.judged, PageFiles(page, index.cut(page.warc_records)), settings)


def compare_versions(before: ListingVersion, after: ListingVersion, engines: Engines) -> ListingDiff:
    """What changed, and whether the new words promote."""
    old, new = _text(before.listing), _text(after.listing)
    added, removed = changed_words(old, new)
    known = set(old.splitlines())
    lines = "\n".join(line for line in new.splitlines() if line not in known)
    texts = [_document(old), _document(new), *([_document(lines)] if lines else [])]
    verdicts: list[Analysis] = list(analyse_many(texts, engines.current()))
    fresh = verdicts[2] if lines else None
    new_lead = bool(fresh and fresh.lead)
    return ListingDiff(
        after.listing.store,
        before.seen_at,
        after.seen_at,
        changed_fields(before.listing, after.listing),
        added,
        removed,
        promotes=new_lead or (verdicts[1].lead and not verdicts[0].lead),
        new_lead=new_lead,
        score_before=verdicts[0].score.probability,
        score_after=verdicts[1].score.probability,
        new_score=fresh.score.probability if fresh else 0.0,
        categories=verdicts[1].categories,
    )


def changed_fields(before: Listing, after: Listing) -> tuple[FieldChange, ...]:
    """Fields that differ, in the order of :class:`Listing`; the address is none of them."""
    pairs = [
        (name, _shown(getattr(before, name)), _shown(getattr(after, name)))
        for name in Listing.__dataclass_fields__
        if name != "url"
    ]
    return tuple(FieldChange(name, old, new) for name, old, new in pairs if old != new)


def changed_words(before: str, after: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Runs of words that are only in the newer text, and those that are only in the older one."""
    old, new = cut(before), cut(after)
    if len(old) * len(new) > MOST_COMPARED:
        old, new = before.splitlines(), after.splitlines()
        return tuple(_besides(new, old)), tuple(_besides(old, new))
    added: list[str] = []
    removed: list[str] = []
    for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            removed.append("".join(old[i:j]).strip())
            added.append("".join(new[k:m]).strip())
    return tuple(filter(None, added)), tuple(filter(None, removed))


def _besides(lines: list[str], known: list[str]) -> list[str]:
    there = set(known)
    return [line for line in lines if line and line not in there]


def _text(listing: Listing) -> str:
    return "\n".join(filter(None, (getattr(listing, name) for name in READ_FIELDS)))


def _document(text: str) -> Document:
    return make_document(source="app", surface="app_listing", blocks=(Block("body", text),))


def _shown(value: object) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)
