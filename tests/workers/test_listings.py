"""A listing over time: versions with proof, and a description that changes after approval."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.apps import collect_listings
from crawler.canary import load_golden
from crawler.document import Listing
from evidence.listings import ListingVersion, app_key, listing_digest, read_versions
from evidence.verify import verify_capture_id
from tests.apks import App, make_apk, needs_apk_info
from tests.growth import assert_linear
from tests.sites.server import Reply, Request, data, serve
from workers.crawl import deal, fresh_folder
from workers.listings import changed_words, compare_versions, keep_versions
from workers.save import open_evidence

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nlp.analyse import Engine
    from workers.listings import Changed, ListingDiff
    from workers.settings import Settings

PLAIN = Listing(
    "xiaomi",
    "1",
    "青禾记账",
    package="com.example.qinghe",
    description="青禾记账，三秒记一笔。\n支持预算与报表。",
)
PROMO = "新增USDT买卖专区，出U秒到账，加微信 qinghe_886 领邀请码。"


def version(listing: Listing, at: str) -> ListingVersion:
    return ListingVersion(app_key(listing), listing_digest(listing), at, listing)


def diff(before: Listing, after: Listing, engine: Engine) -> ListingDiff:
    earlier, later = "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"
    return compare_versions(version(before, earlier), version(after, later), engine)


def test_a_description_changed_after_approval(engine: Engine) -> None:
    made = diff(PLAIN, replace(PLAIN, version="2", description=f"{PLAIN.description}\n{PROMO}"), engine)
    assert [field.name for field in made.fields] == ["description", "version"]
    assert "USDT" in "".join(made.added)
    assert made.removed == ()
    assert made.promotes
    assert made.new_lead
    assert made.score_after > made.score_before


def test_a_harmless_change_does_not_promote(engine: Engine) -> None:
    made = diff(
        PLAIN, replace(PLAIN, description="青禾记账，五秒记一笔。\n支持预算与报表，修复若干问题。"), engine
    )
    assert made.added
    assert made.removed
    assert not made.promotes


def test_a_promotion_taken_back_does_not_promote(engine: Engine) -> None:
    made = diff(replace(PLAIN, description=PROMO), PLAIN, engine)
    assert "USDT" in "".join(made.removed)
    assert not made.promotes


def test_words_are_aligned() -> None:
    added, removed = changed_words("支持预算与报表", "支持预算与提现")
    assert (added, removed) == (("提现",), ("报表",))


def test_long_texts_are_compared_by_lines() -> None:
    def work(size: int) -> Callable[[], object]:
        before, after = "一二\n" * size, "三四\n" * size
        return lambda: changed_words(before, after)

    assert changed_words("旧\n" * 5000, "新\n" * 5000 + "旧\n")[0] == ("新",) * 5000
    assert_linear(work, small=2000)


def test_versions_are_kept_with_proof(settings: Settings, engine: Engine) -> None:
    golden = load_golden("zz-jsonld")
    body = golden.body.replace(b"Coin Wallet", b"Notes").replace(b"coins", b"notes")
    shown = [body]

    def reply(request: Request) -> Reply:
        return data(shown[0], "text/html; charset=utf-8")

    told: list[Changed] = []
    with serve({"/app": reply}) as site:
        url = site.url("/app?id=com.example.dcw")
        for shown[0] in (body, body, body.replace(b"(made up)", b"(made up, too)")):
            folder = fresh_folder(settings, "apps")
            outcomes = collect_listings([url], settings=settings.crawl, directory=folder)
            seen = deal(outcomes, folder, settings, job="apps", engine=engine, warn=print)
            kept = list(keep_versions(seen, folder, settings, changed=told.append))
            assert [one.outcome.reason for one in kept] == [""]
    versions = read_versions(settings.data, "com.example.dcw")
    assert len(versions) == 2
    ((before, after),) = told
    assert (before.digest, after.digest) == tuple(one.digest for one in versions)
    with open_evidence(settings) as evidence:
        for one in versions:
            assert verify_capture_id(evidence.blobs, one.capture).ok


def test_apk_files_are_hits_with_proof_and_versions(
    settings: Settings, engine: Engine, tmp_path: Path
) -> None:
    needs_apk_info()
    path = tmp_path / "demo.apk"
    told: list[Changed] = []
    for text in ("记账小工具。", PROMO):
        path.write_bytes(make_apk(App(texts=(text,))))
        folder = fresh_folder(settings, "apps")
        outcomes = collect_listings([str(path)], settings=settings.crawl, directory=folder)
        seen = deal(outcomes, folder, settings, job="apps", engine=engine, warn=print)
        (kept,) = keep_versions(seen, folder, settings, changed=told.append)
        assert not kept.judged.item.error
    assert kept.judged.analysis is not None
    assert kept.judged.analysis.lead
    with open_evidence(settings) as evidence:
        assert kept.outcome.document is not None
        (hit,) = evidence.store.get_many([kept.outcome.document.id])
        assert hit.capture is not None
        assert verify_capture_id(evidence.blobs, hit.capture.id).ok
    versions = read_versions(settings.data, "com.example.demo")
    assert [one.capture != "" for one in versions] == [True, True]
    ((before, after),) = told
    assert compare_versions(before, after, engine).promotes
