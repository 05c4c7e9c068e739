"""The three hits that stores are searched for, and short ways to look."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

from hypothesis import assume
from hypothesis import strategies as st

from evidence.store.protocol import EvidenceStore, Query
from evidence.store.terms import fold, has_ideograph
from nlp.analysis import Finding, Span
from nlp.normalise import normalise
from tests.factories import make_analysis, make_contact, make_hit

if TYPE_CHECKING:
    from collections.abc import Callable

    from evidence.hit import Hit

PITCH = make_hit(
    "专业卡承兑商，長期合作，ＵＳＤＴ秒结。加薇❤ ab_c 1 2 3 咨询 method",
    url="https://shop.example.com/post/1?a=1",
    title="出售 Premium 服务🚀",
    analysis=make_analysis(
        score=0.97,
        categories=("payment", "stablecoin"),
        contacts=(
            make_contact("wechat", "ab_c123", raw="ab_c 1 2 3", start=23),
            make_contact("wallet:tron", "TInvented123", raw="專業", start=0),
        ),
        findings=(Finding("payment/承兑", Span(0, 3, 5), "承兑", "承兑", 1.2),),
    ),
    seen_at="2026-02-06T00:00:00Z",
    job="nightly",
    ref="feed-1",
    source="post",
    surface="comment",
)
NEWS = make_hit(
    "警方通报：一名承包商被骗，嫌疑人以兑换为名。",
    url="https://news.example.org/a",
    analysis=make_analysis(score=0.4, stance="report", categories=()),
    seen_at="2026-02-28T23:59:59.5+00:00",
)
ENGLISH = make_hit(
    "Buy tether with hello world, no method needed",
    url="https://example.net/",
    analysis=make_analysis(score=0.8, categories=("stablecoin",)),
    seen_at="2026-03-01T08:00:00+08:00",
    job="nightly",
)
WORLD = (PITCH, NEWS, ENGLISH)
NAMES = {PITCH.id: "pitch", NEWS.id: "news", ENGLISH.id: "english"}


def found(store: EvidenceStore, text: str, **options: object) -> set[str]:
    """Names of the hits a query finds, which search, total and scan must agree on."""
    query = Query(text, **options)
    page = store.search(query)
    names = {NAMES[result.hit.id] for result in page.results}
    assert page.total == len(page.results)
    assert {NAMES[result.hit.id] for result in store.scan(query)} == names
    return names


def quotes(store: EvidenceStore, text: str, hit: Hit = PITCH) -> list[str]:
    """The raw words highlighted in a hit."""
    (result,) = (result for result in store.search(Query(text)).results if result.hit.id == hit.id)
    blocks = hit.document.blocks
    return [blocks[light.block].text[light.start : light.end] for light in result.highlights]


def in_parallel(work: Callable[[int], object], number: int = 4) -> list[object]:
    """Run ``work(0..number-1)`` in threads at once; returns results, exceptions among them."""
    results: list[object] = [None] * number
    gate = threading.Barrier(number)

    def run(place: int) -> None:
        gate.wait()
        try:
            results[place] = work(place)
        except Exception as error:
            results[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def stands_in(text: str, wanted: str) -> bool:
    """The slow truth: whether a text holds a phrase as it stands or normalised, idle white space apart."""
    spelled = [_without_idle_space(fold(spelling)) for spelling in (text, normalise(text).text)]
    phrases = [_without_idle_space(fold(phrase)) for phrase in (wanted, normalise(wanted).text)]
    return any(phrase in spelling for phrase in phrases if phrase for spelling in spelled)


def _without_idle_space(text: str) -> str:
    kept = re.sub(r"(?<=[a-z0-9])\s+(?=[a-z0-9])", "|", text)
    return "".join(kept.split())


# Few characters, so that near misses are frequent: both scripts, full width, invisible and split ones.
_CHARACTERS = [*'卡承兑商兌換换长長，。❤扌斤\u200b\n "ａb1', "😀"]
_TEXTS = st.text(st.sampled_from(_CHARACTERS), min_size=1, max_size=40)


@st.composite
def texts_and_a_place(draw: st.DrawFn) -> tuple[list[str], str]:
    """Some texts, and a piece of one of them that holds an ideograph."""
    texts = draw(st.lists(_TEXTS, min_size=1, max_size=6, unique=True))
    text = draw(st.sampled_from(texts))
    start = draw(st.integers(0, len(text) - 1))
    piece = text[start : draw(st.integers(start + 1, len(text)))]
    assume(has_ideograph(normalise(piece).text) and has_ideograph(piece))
    return texts, piece
