"""Contacts: every way of writing a handle, what is none, and the laws of spans."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.detectors.contacts import find_contacts
from nlp.detectors.referrals import find_referrals
from nlp.detectors.wallets import find_wallets
from nlp.normalise import normalise
from tests.growth import assert_linear

if TYPE_CHECKING:
    from collections.abc import Callable

    from nlp.analysis import Contact


def contacts(text: str) -> tuple[Contact, ...]:
    """Contacts of a text as block 0."""
    return find_contacts(0, normalise(text))


def handles(text: str, *, least: float = 0.0) -> set[tuple[str, str]]:
    """Platforms and normal forms found, above a confidence."""
    return {(contact.platform, contact.handle) for contact in contacts(text) if contact.confidence >= least}


@pytest.mark.parametrize(
    ("text", "platform", "handle"),
    [
        pytest.param("详情加微信：coin_lee88", "wechat", "coin_lee88", id="wechat-plain"),
        pytest.param("加薇❤ coin_lee88 进群", "wechat", "coin_lee88", id="wechat-heart"),
        pytest.param("＋Ｖ：Ｃｏｉｎ８８８８", "wechat", "coin8888", id="wechat-fullwidth"),
        pytest.param("威 芯 → coin8888", "wechat", "coin8888", id="wechat-spaced-homophone"),
        pytest.param("【微】【信】★ coin8888 ★", "wechat", "coin8888", id="wechat-decorated"),
        pytest.param("微信号coinmaster更新", "wechat", "coinmaster", id="wechat-attached-letters"),
        pytest.param("VX 13800138000", "wechat", "13800138000", id="wechat-by-mobile"),
        pytest.param("薇信：一三八零零一三八零零零", "wechat", "13800138000", id="wechat-chinese-digits"),
        pytest.param("微信：c o i n 8 8 8 8", "wechat", "coin8888", id="wechat-spelled"),
        pytest.param("微信：coin_a88 或 coin_b99", "wechat", "coin_b99", id="wechat-second-of-two"),
        pytest.param("微信（备注来意）：coin_a88", "wechat", "coin_a88", id="wechat-behind-a-remark"),
        pytest.param("coin_a88（微信同号）", "wechat", "coin_a88", id="wechat-behind-its-handle"),
        pytest.param("weixin hao: coin_a88", "wechat", "coin_a88", id="wechat-in-pinyin"),
        pytest.param("QQ：123456789", "qq", "123456789", id="qq"),
        pytest.param("扣扣 一二三四五六七", "qq", "1234567", id="qq-chinese-digits"),
        pytest.param("🐧：987654321", "qq", "987654321", id="qq-penguin"),
        pytest.param("🐧1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣", "qq", "123456", id="qq-keycaps"),
        pytest.param("QQ群：682903436", "qq_group", "682903436", id="qq-group"),
        pytest.param("https://qm.qq.com/q/AbC123xyz", "qq_group", "AbC123xyz", id="qq-group-link"),
        pytest.param("QQ群1（已满）：682903436", "qq_group", "682903436", id="qq-group-numbered"),
        pytest.param("垫报：coin_boss8", "telegram", "coin_boss8", id="telegram-homophone"),
        pytest.param("电报 @Coin_Boss", "telegram", "coin_boss", id="telegram-at"),
        pytest.param("✈️：@coin_boss", "telegram", "coin_boss", id="telegram-aeroplane"),
        pytest.param("纸飞机 coin_boss8", "telegram", "coin_boss8", id="telegram-slang"),
        pytest.param("https://t.me/Coin_Boss", "telegram", "coin_boss", id="telegram-link"),
        pytest.param("t。me/coin_boss", "telegram", "coin_boss", id="telegram-hidden-dot"),
        pytest.param(
            "t.me/joinchat/AAAAAEGbsnetbeo7", "telegram", "AAAAAEGbsnetbeo7", id="telegram-joinchat"
        ),
        pytest.param("https://t.me/+AbCdEfGh1234", "telegram", "+AbCdEfGh1234", id="telegram-hash"),
        pytest.param("tg://resolve?domain=coin_boss", "telegram", "coin_boss", id="telegram-scheme"),
        pytest.param("电话 138 0013 8000", "phone", "13800138000", id="phone-spaced"),
        pytest.param("联系一三八〇〇一三八〇〇〇", "phone", "13800138000", id="phone-chinese-digits"),
        pytest.param("商业合作：400-0680-162", "phone", "4000680162", id="phone-service"),
        pytest.param("致电 +852 5123 4567", "phone", "+85251234567", id="phone-international"),
        pytest.param("邮件 boss.lee@coin-mail.com 联系", "email", "boss.lee@coin-mail.com", id="email"),
        pytest.param("boss.lee#qq.com", "email", "boss.lee@qq.com", id="email-hidden-sign"),
        pytest.param("https://wa.me/85251234567", "whatsapp", "85251234567", id="whatsapp-link"),
        pytest.param("WhatsApp: +852 5123 4567", "whatsapp", "+85251234567", id="whatsapp-number"),
        pytest.param("line: kk_rig", "line", "kk_rig", id="line"),
        pytest.param("https://lin.ee/AbC12xyz", "line", "AbC12xyz", id="line-link"),
        pytest.param("discord.gg/fgySfwG9eJ", "discord", "fgySfwG9eJ", id="discord-link"),
        pytest.param("土豆号：coin_boss8", "potato", "coin_boss8", id="potato"),
        pytest.param("蝙蝠：1234567", "bat", "1234567", id="bat"),
        pytest.param("Signal号：+85251234567", "signal", "+85251234567", id="signal"),
        pytest.param("微博号：coin_daily", "weibo", "coin_daily", id="weibo"),
        pytest.param("抖音号：coin8888", "douyin", "coin8888", id="douyin"),
        pytest.param("小红书号：9876543210", "xiaohongshu", "9876543210", id="xiaohongshu"),
        pytest.param("公众号：币圈老李", "official_account", "币圈老李", id="official-account"),
        pytest.param("包名 com.coin.wallet", "package", "com.coin.wallet", id="package"),
        pytest.param(
            "play.google.com/store/apps/details?id=com.coin.app", "package", "com.coin.app", id="store"
        ),
        pytest.param("https://bit.ly/3AbCdEf", "short_link", "https://bit.ly/3AbCdEf", id="short-link"),
        pytest.param("官网 coinzen.top 注册", "url", "https://coinzen.top", id="bare-domain"),
    ],
)
def test_finds(text: str, platform: str, handle: str) -> None:
    assert (platform, handle) in handles(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("版本 3.11.4 于 2024-05-06 发布，耗时 12.5 秒", id="versions-and-dates"),
        pytest.param("价格 60,000 美元，涨 3.5%，成交 1234567890 元", id="prices"),
        pytest.param("订单号 20240506123456789012", id="order-number"),
        pytest.param("commit 9fceb02d0ae598e95dc970b74767f19372d61af8", id="hash"),
        pytest.param("@Override\npublic void run() {}", id="annotation"),
        pytest.param("@pytest.mark.parametrize('a', [1])\ndef f(a): ...", id="decorator"),
        pytest.param("npm install @scope/pkg@1.2.3", id="npm-scope"),
        pytest.param("import wx from 'weixin-js-sdk'; wx.request({})", id="sdk"),
        pytest.param("微信支付和支付宝都可以，用 WeChat Pay 也行", id="payment-names"),
        pytest.param("![图](https://img.site.com/a/b.png)", id="image-link"),
        pytest.param("https://github.com/owner/name", id="github"),
        pytest.param("详情见 main.py 和 README.md，运行 node.js", id="file-names"),
        pytest.param("联系方式见简介，主页有，私信我", id="written-elsewhere"),
        pytest.param("qq 音乐 和 QQ 浏览器 2024 版", id="qq-products"),
        pytest.param("群 里有 300 人", id="group-size"),
        pytest.param("坐飞机 3 小时，机票 1280 元", id="a-real-aeroplane"),
        pytest.param("", id="empty"),
        pytest.param("🐧🐧🐧✈️✈️", id="emoji-only"),
    ],
)
def test_finds_nothing(text: str) -> None:
    assert handles(text) == set()


def test_spans_quote_the_raw_words() -> None:
    raw = "来\u200b！加薇❤：ｃｏｉｎ\u200b_８８"
    (found,) = contacts(raw)
    assert found.raw == "ｃｏｉｎ\u200b_８８"
    assert raw[found.span.start : found.span.end] == found.raw
    assert found.handle == "coin_88"


PIECES = (
    "微信|加v|：|coin_88|QQ|一三八|@boss_1|t.me/|https://|a.com/join?ref=|邀请码|Ab12|(|]|](|扌斤|。|`|0x"
)
PARTS = st.sampled_from([*PIECES.split("|"), " ", "\n", "\x00", "\u200b", "\ud800", "138 0013 8000"])


@given(st.lists(st.one_of(PARTS, st.text(max_size=4)), max_size=30).map("".join))
def test_every_contact_is_quoted_true(raw: str) -> None:
    text = normalise(raw)
    for contact in (*find_contacts(3, text), *find_referrals(3, text), *find_wallets(3, text)):
        assert contact.span.block == 3
        assert 0 <= contact.span.start < contact.span.end <= len(raw)
        assert raw[contact.span.start : contact.span.end] == contact.raw
        assert contact.handle
        assert 0 < contact.confidence <= 1


BAIT = [
    *(
        "a",
        "1",
        "1 ",
        "a.",
        "@",
        "a@",
        "@a",
        "https://",
        "a-",
        "](",
        "(",
        "a1b2",
        "0x",
        "q ",
        "a_",
        "138-",
        '"',
    ),
    *("微信", "微信:", "加v", "t.me/", "邀请码:", "一三", "?ref=a&", "，", "。", "微信号id:", "QQ群（"),
    *("https://a.cn a@b.cn ", "邀请码AB12CD t.me/abcd ", "https://a.cn/))))"),
]


@pytest.mark.parametrize("unit", BAIT, ids=repr)
def test_time_grows_with_the_length(unit: str) -> None:
    def work(size: int) -> Callable[[], object]:
        text = normalise(unit * (size // len(unit)))
        return lambda: (find_contacts(0, text), find_referrals(0, text), find_wallets(0, text))

    assert_linear(work, small=10_000)
