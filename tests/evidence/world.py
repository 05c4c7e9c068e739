"""A made-up world of campaigns whose truth is known."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evidence.hit import Hit
from nlp.analysis import Contact, Span
from tests.evidence.samples import make_hit

if TYPE_CHECKING:
    from collections.abc import Iterable

DECOYS = 0.1
_LETTERS = (
    "承兑出金秒到稳赚包赔开户跟单搬砖套利挖矿矿机质押理财币圈合约杠杆代理返佣社群老师带单内幕消息零风险高收益"
)


@dataclass(frozen=True, slots=True)
class World:
    """Hits, and the number of the campaign of each by its id."""

    hits: list[Hit]
    campaign: dict[str, int]


def make_world(seed: int, *, campaigns: int, hits: int) -> World:
    """``campaigns`` of about ``hits`` hits each, one identifier in ten a decoy that strangers share.

    A campaign has handles, wallets, codes and a wording of its own; each hit carries some of them, linked
    to the hits before by at least one, or repeats the wording with words changed and names a decoy alone.
    """
    luck = random.Random(seed)
    decoys = [f"decoy{number}" for number in range(max(1, campaigns * hits // 900))]
    found, truth = [], {}
    for number in range(campaigns):
        own = [
            *(("telegram", f"desk{number}x{at}") for at in range(3)),
            *(("wallet:tron", f"T{number:05d}{at:028d}") for at in range(2)),
            ("invite_code", f"C{number:05d}"),
        ]
        text = "".join(luck.choices(_LETTERS, k=120))
        for at in range(hits):
            named = own[:1] if at == 0 else luck.sample(own, luck.randint(1, 3))
            said = "".join(luck.choices(_LETTERS, k=60))
            if luck.random() < 0.3:
                said, named = _changed(text, luck), named if luck.random() < 0.7 else []
            if not named or luck.random() < DECOYS * len(named):
                named = [*named, ("telegram", luck.choice(decoys))]
            hit = _hit(said, named, url=f"https://site{luck.randrange(4000)}.example/{number}/{at}")
            found.append(hit)
            truth[hit.id] = number
    luck.shuffle(found)
    return World(found, truth)


def pairwise_f1(groups: list[frozenset[str]], truth: dict[str, int]) -> float:
    """F1 of "these two hits belong together" over all pairs."""

    def pairs(count: int) -> int:
        return count * (count - 1) // 2

    found = sum(pairs(len(group)) for group in groups)
    real = sum(pairs(count) for count in _counts(truth.values()))
    both = sum(pairs(count) for group in groups for count in _counts(truth[hit] for hit in group))
    return 2 * both / (found + real)


def _counts(values: Iterable[int]) -> list[int]:
    return list(Counter(values).values())


def _changed(text: str, luck: random.Random) -> str:
    letters = list(text)
    for _ in range(luck.randint(0, 3)):
        letters[luck.randrange(len(letters))] = luck.choice(_LETTERS)
    return "".join(letters)


def _hit(said: str, named: list[tuple[str, str]], *, url: str) -> Hit:
    text, contacts = said, []
    for platform, handle in named:
        contacts.append(Contact(platform, handle, Span(0, len(text), len(text) + len(handle)), handle))
        text += handle
    return make_hit(text, url=url, contacts=tuple(contacts))
