"""A hit's subjects are whom it sends people to; what everybody links to is nobody's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from crawler.document import AdSlot, Listing
from crawler.page import Hop
from evidence.lead import Subject
from evidence.subjects import is_everywhere, subjects_of
from nlp.analysis import Contact, Span
from tests.evidence.samples import make_hit

if TYPE_CHECKING:
    from evidence.hit import Hit

PLAIN = "这里说的是别的事。"


def hit_with(*contacts: tuple[str, str], confidence: float = 1.0) -> Hit:
    made = tuple(Contact(name, handle, Span(0, 0, 1), handle, confidence) for name, handle in contacts)
    return make_hit(PLAIN, contacts=made)


@pytest.mark.parametrize(
    ("platform", "handle", "subject"),
    [
        ("telegram", "Usdt_Desk", Subject("handle", "telegram:usdt_desk")),
        ("telegram", "+AbCdEf", Subject("handle", "telegram:+AbCdEf")),
        ("qq", "12345678", Subject("handle", "qq:12345678")),
        ("wallet:tron", "TXyz", Subject("wallet", "tron:TXyz")),
        ("invite_code", "QJ6620", Subject("invite_code", "QJ6620")),
        ("package", "com.demo.wallet", Subject("package", "com.demo.wallet")),
        ("referral", "https://m.bad-coin.cc/r?c=1", Subject("domain", "bad-coin.cc")),
        ("url", "www.bad-coin.com.cn/x", Subject("domain", "bad-coin.com.cn")),
        ("short_link", "t.cn/A6abc", Subject("handle", "short_link:t.cn/A6abc")),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_contact_becomes_its_subject(platform: str, handle: str, subject: Subject) -> None:
    assert subjects_of(hit_with((platform, handle))) == (subject,)


@pytest.mark.parametrize(
    ("platform", "handle"),
    [
        ("url", "https://github.com/a/b"),
        ("url", "https://raw.githubusercontent.com/a"),
        ("url", "https://t.me/"),
        ("url", "https://apps.apple.com/cn/app/id1"),
        ("url", "not a url"),
        ("invite_code", "888888"),
        ("invite_code", "A1"),
        ("telegram", " "),
    ],
)
def test_what_names_nobody_leaves_the_text_itself(platform: str, handle: str) -> None:
    hit = hit_with((platform, handle))
    assert subjects_of(hit) == (Subject("text", hit.id),)


def test_a_doubtful_contact_names_nobody() -> None:
    hit = hit_with(("wechat", "abcd1234"), confidence=0.2)
    assert subjects_of(hit) == (Subject("text", hit.id),)


def test_a_plain_link_counts_where_nobody_else_is_named() -> None:
    link = ("url", "https://www.bad-coin.cc/app")
    assert subjects_of(hit_with(link, confidence=0.3)) == (Subject("domain", "bad-coin.cc"),)
    named = replace(hit_with(link, confidence=0.3))
    desk = Contact("qq", "12345678", Span(0, 0, 1), "12345678")
    both = replace(named, analysis=replace(named.analysis, contacts=(*named.analysis.contacts, desk)))
    assert subjects_of(both) == (Subject("handle", "qq:12345678"),)


def test_a_link_in_a_qr_code_names_its_domain() -> None:
    hit = hit_with(("url", "https://bad-coin.cc/app"), ("qq", "12345678"), confidence=0.6)
    weak = tuple(structs.replace(contact, confidence=0.3) for contact in hit.analysis.contacts[:1])
    block = structs.replace(hit.document.blocks[0], kind="qr")
    coded = replace(
        hit,
        document=replace(hit.document, blocks=(block,)),
        analysis=replace(hit.analysis, contacts=(*weak, hit.analysis.contacts[1])),
    )
    assert subjects_of(coded) == (Subject("domain", "bad-coin.cc"), Subject("handle", "qq:12345678"))


def test_a_hit_may_have_several_subjects() -> None:
    found = subjects_of(hit_with(("qq", "12345678"), ("telegram", "desk"), ("qq", "12345678")))
    assert found == (Subject("handle", "qq:12345678"), Subject("handle", "telegram:desk"))


def test_landing_pages_and_listings_are_subjects() -> None:
    bare = make_hit(PLAIN, contacts=())
    slots = (
        AdSlot("banner", "#ad", click_url="https://ads.example.org/c", landing_url="https://www.land.cc/a"),
        AdSlot("native", "#b", hops=(Hop("https://last-hop.cc/", 200),)),
    )
    listing = Listing("store", "1", "钱包", package="com.demo.wallet")
    hit = replace(bare, document=replace(bare.document, ad_slots=slots, listing=listing))
    assert subjects_of(hit) == (
        Subject("domain", "land.cc"),
        Subject("domain", "last-hop.cc"),
        Subject("package", "com.demo.wallet"),
    )


def test_a_page_that_names_nobody_is_grouped_by_its_site() -> None:
    bare = make_hit(PLAIN, contacts=(), url="https://www.bad-coin.cc/about")
    page = replace(bare, document=replace(bare.document, source="web"))
    assert subjects_of(page) == (Subject("domain", "bad-coin.cc"),)
    assert subjects_of(bare) == (Subject("text", bare.id),)


def test_a_page_on_a_large_platform_is_not_grouped_by_it() -> None:
    bare = make_hit(PLAIN, contacts=(), url="https://weibo.com/1/2")
    page = replace(bare, document=replace(bare.document, source="web"))
    assert subjects_of(page) == (Subject("text", bare.id),)


@pytest.mark.parametrize(
    ("address", "expected"),
    [("https://cdn.jsdelivr.net/x", True), ("play.google.com", True), ("https://okx.com/join/1", False)],
)
def test_everywhere_is_a_matter_of_the_domain(address: str, expected: bool) -> None:
    assert is_everywhere(address) is expected


def test_a_list_of_handles_names_its_first_ones_and_makes_no_flood_of_leads() -> None:
    hit = hit_with(*(("telegram", f"desk_{number:05}") for number in range(5_000)))
    subjects = subjects_of(hit)
    assert len(subjects) == 100
    assert Subject("handle", "telegram:desk_00000") in subjects
    assert subjects_of(hit) == subjects
