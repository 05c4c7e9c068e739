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
        pytest.param("电联 138 O5I7 0623", "phone", "13805170623", id="phone-with-letters"),
        pytest.param("1З8-O5I7-2233 直聊", "phone", "13805172233", id="phone-with-a-cyrillic-three"),
        pytest.param("老板直线 |38-O5|7-2233", "phone", "13805172233", id="phone-with-bars"),
        pytest.param("订货 幺五零 零五幺七 九九贰叁", "phone", "15005179923", id="phone-in-spaced-words"),
        pytest.param("固话 0755-0517 88O", "phone", "07550517880", id="landline-with-a-letter"),
        pytest.param("电话 0577 8866 2233", "phone", "057788662233", id="landline-spaced"),
        pytest.param("微信同号 13O 5178 0623", "wechat", "13051780623", id="wechat-by-disguised-mobile"),
        pytest.param("WhatsApp 5O51 7702", "whatsapp", "50517702", id="whatsapp-local"),
        pytest.param("加q l8818O5I8", "qq", "188180518", id="qq-with-letters"),
        pytest.param("结算找企鹅号 4－0－8－5－5－1－6", "qq", "4085516", id="qq-hyphenated"),
        pytest.param("🐧2 4 0 5 ☆ 8 8 2 ☆ 1", "qq", "24058821", id="qq-starred"),
        pytest.param("Q 1180 6642", "qq", "11806642", id="qq-weak-in-groups"),
        pytest.param("有货的扣 2911066", "qq", "2911066", id="qq-weak-behind-a-space"),
        pytest.param("Q裙 7 7 O 5 1 8 2", "qq_group", "7705182", id="qq-group-spelled-with-a-letter"),
        pytest.param("扣群 7 7 O 5 1 8 2", "qq_group", "7705182", id="qq-group-buckle"),
        pytest.param("进裙 7 7 0 5 1 8 2", "qq_group", "7705182", id="qq-group-skirt"),
        pytest.param("群：1234567|7654321", "qq_group", "1234567", id="qq-groups-parted-by-a-bar"),
        pytest.param("只走线下｜V ka_lin58", "wechat", "ka_lin58", id="wechat-lone-letter"),
        pytest.param("加助理 taidi_fan", "wechat", "taidi_fan", id="named-helper"),
        pytest.param("要货先加蜜嫂 misao_lan", "wechat", "misao_lan", id="named-person"),
        pytest.param("找 山茶社 scs_0523", "wechat", "scs_0523", id="named-shop"),
        pytest.param("联系 老街联盟 何家阿青 heqing_zq", "wechat", "heqing_zq", id="named-twice"),
        pytest.param("顾问 yun_beiyuan（企微）", "wechat", "yun_beiyuan", id="named-by-role"),
        pytest.param("不成不收，+ fengche_dada", "wechat", "fengche_dada", id="behind-a-plus"),
        pytest.param("要图 +cangku_rwa9", "wechat", "cangku_rwa9", id="on-a-plus"),
        pytest.param("量大专人对接 haoma_beiji，同行勿扰", "wechat", "haoma_beiji", id="pinyin-in-prose"),
        pytest.param("备注“园长” qingcao9，送种子", "wechat", "qingcao9", id="pinyin-with-a-digit"),
        pytest.param("私信发给 defi_xiaolan_bot 就行", "telegram", "defi_xiaolan_bot", id="pinyin-bot"),
        pytest.param("不合适就散。jiaoqin_xf（威信）", "wechat", "jiaoqin_xf", id="weak-name-in-brackets"),
        pytest.param("包管饭。卫 q1u2a3n4", "wechat", "q1u2a3n4", id="wechat-guard"),
        pytest.param("徽信号：甲乙丙38", "wechat", "甲乙丙38", id="wechat-chinese-with-digits"),
        pytest.param("威芯 wu.shi.liu_u", "wechat", "wu.shi.liu_u", id="wechat-with-dots"),
        pytest.param("带队私发 @team_cn7（飞）", "telegram", "team_cn7", id="telegram-before-a-remark"),
        pytest.param("静态盘内测，连信 880517", "messenger", "880517", id="smaller-messenger"),
        pytest.param("线上会议每晚八点，会议号 733 0517 982", "meeting", "7330517982", id="meeting"),
        pytest.param("快手号：liuge_kuang", "kuaishou", "liuge_kuang", id="kuaishou"),
        pytest.param("skype: live_coin88", "skype", "live_coin88", id="skype"),
        pytest.param("链接都在 QQ 群 90517 7235 群文件", "qq_group", "905177235", id="group-in-two-parts"),
        pytest.param("联系 讲师小樊 ph186-0517-7702", "phone", "18605177702", id="phone-behind-ph"),
        pytest.param("报名加 微信 ethzh-bot，通过后发链接", "wechat", "ethzh-bot", id="hyphen-behind-a-verb"),
        pytest.param("合作：0517-hunan-ai", "wechat", "0517-hunan-ai", id="behind-a-purpose"),
        pytest.param("主页有号，lisi_0817", "wechat", "lisi_0817", id="signature-of-a-short-text"),
        pytest.param("致电张经理 139.0000.1111", "phone", "13900001111", id="phone-with-dots"),
        pytest.param("电话 139oooo1111", "phone", "13900001111", id="phone-with-many-letters"),
        pytest.param("Q群① 987654321", "qq_group", "987654321", id="qq-group-first"),
        pytest.param("土豆 lisi888", "potato", "lisi888", id="weak-name-and-an-account"),
        pytest.param("微博 @李四看币", "weibo", "李四看币", id="weibo-at-chinese"),
        pytest.param("抖音搜：李四看币", "douyin", "李四看币", id="douyin-search"),
        pytest.param("小红书同名「椰子看盘」", "xiaohongshu", "椰子看盘", id="same-name"),
        pytest.param("联系方式：lisi888", "wechat", "lisi888", id="way-to-reach"),
        pytest.param("这个人 chain_888q 到处私信别人", "wechat", "chain_888q", id="word-and-number"),
        pytest.param("登记找 cake.xiaolan，早九点", "wechat", "cake.xiaolan", id="pinyin-with-a-dot"),
        pytest.param("号反着念：7140_oabihz", "wechat", "7140_oabihz", id="backwards"),
        pytest.param(
            "都放在「懒猫存币」公众号里", "official_account", "懒猫存币", id="account-before-its-kind"
        ),
        pytest.param("加盟 HK$200。t.me/coin_front_hk", "telegram", "coin_front_hk", id="link-behind-a-stop"),
        pytest.param("专属客服 z27-kefu", "wechat", "z27-kefu", id="role-and-a-number-first"),
        pytest.param("想了解的姐妹微 0517ljl", "wechat", "0517ljl", id="sought-account"),
        pytest.param("whatsapp 85291234567", "whatsapp", "+85291234567", id="whatsapp-without-plus"),
        pytest.param("电话：(852) 6123 4567", "phone", "+85261234567", id="phone-of-hong-kong"),
        pytest.param("电话 6612 8840", "phone", "66128840", id="phone-local"),
        pytest.param("薇kefu88", "wechat", "kefu88", id="weak-name-attached"),
        pytest.param("t me/Kefu_u88", "telegram", "kefu_u88", id="telegram-without-its-dot"),
        pytest.param(
            "over video. discord.gg/quiet-rigs, ask", "discord", "quiet-rigs", id="link-after-english"
        ),
        pytest.param(
            "备注「存粮」 a18-liangshi，周四", "wechat", "a18-liangshi", id="pinyin-behind-a-hyphen"
        ),
        pytest.param("ins: coin_girl", "instagram", "coin_girl", id="instagram"),
        pytest.param("VX/QQ同号：12345678", "qq", "12345678", id="two-names-one-number"),
        pytest.param("pp看，+wxb_0755s", "wechat", "wxb_0755s", id="plus-and-a-name-like-a-platform"),
        pytest.param("押一付三，卫星+qy0088g", "wechat", "qy0088g", id="wechat-and-a-plus"),
        pytest.param("看品给价｜微 wjl_ka2000｜", "wechat", "wjl_ka2000", id="lone-letter-between-bars"),
        pytest.param("＋薇 hx.6688t", "wechat", "hx.6688t", id="wechat-with-a-dot"),
        pytest.param("加V领取资料：ab12cd34", "wechat", "ab12cd34", id="purpose-between"),
        pytest.param("Ｔ Ｇ ： ｏｔｃ＿ｎｉｇｈｔ９ ，夜 里", "telegram", "otc_night9", id="telegram-wide"),
        pytest.param("signal +44 7700 900417", "signal", "+447700900417", id="signal-of-no-country"),
        pytest.param("Line ID：abc.def", "line", "abc.def", id="line-with-a-dot"),
        pytest.param("找姐姐✨：✨b✨i✨j✨i✨e✨0✨4", "wechat", "bijie04", id="letters-between-stars"),
        pytest.param("邮箱：boss@ gmail . com", "email", "boss@gmail.com", id="email-spaced"),
        pytest.param("入口 t . me / zhao_u_66", "telegram", "zhao_u_66", id="telegram-spaced-link"),
        pytest.param("t点me斜杠wangcai_dog", "telegram", "wangcai_dog", id="telegram-spoken-link"),
        pytest.param("hxxps://coin[.]cc/x", "url", "https://coin.cc/x", id="defanged-link"),
        pytest.param("打开 coinbox dot com", "url", "https://coinbox.com", id="spoken-dot"),
        pytest.param("bit【.】ly/Abc12", "short_link", "https://bit.ly/Abc12", id="short-link-in-brackets"),
        pytest.param("欧易：okyi.top（电信快）", "url", "https://okyi.top", id="domain-before-a-remark"),
        pytest.param("暗网 abcdefgh.onion", "url", "https://abcdefgh.onion", id="hidden-service"),
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
        pytest.param("QQ群 2026 11 24 更新", id="group-date"),
        pytest.param("Q 2026 年有什么计划", id="question-with-a-year"),
        pytest.param("每次扣 5000000 元", id="deducted-sum"),
        pytest.param("规格 10l 20l 30l 50l，价 1080 l 1090", id="litres"),
        pytest.param("| 138 | 0517 | 2233 | 3344 |", id="table-of-numbers"),
        pytest.param("增加字段 user_id 和 created_at", id="column-names"),
        pytest.param("添加依赖 spring_boot2", id="dependency"),
        pytest.param("请问下怎么HD3200的显卡", id="graphics-card"),
        pytest.param("问 小米 redmi12 好用吗", id="telephone-model"),
        pytest.param("模型 + yolo_v5", id="model-names"),
        pytest.param("内存池有一条 pending_queue 和 binance_range 队列", id="identifiers-in-prose"),
        pytest.param("函数名叫 make_profit，去 hangzhou2010 看看", id="english-and-places-in-pinyin"),
        pytest.param("调用 foo.bar(x)，9点live开播", id="call-and-hour"),
        pytest.param("抖音号里的内容搜索很方便", id="a-name-and-a-sentence"),
        pytest.param("绿色 通道 2024，卫星 发射", id="weak-names-and-words"),
        pytest.param("型号 iphone_15 和 x86_64", id="products-with-numbers"),
        pytest.param("请在请求头加 `x-simulated-trading`：1", id="header"),
        pytest.param("见 xiaolan.py 与 org.xiaolan.mod1 模块", id="files-and-modules"),
        pytest.param("加上 T4200 和 2g 的 DDRII800，首批 32000eth", id="parts-and-amounts"),
        pytest.param("联系 20240506", id="date-behind-a-verb"),
        pytest.param("网卡的型号是 NE771，别的不行", id="model-number"),
        pytest.param("精度 000ubtc（微）", id="unit-in-brackets"),
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
        "1o",
        "o1 ",
        "1|",
        "12345l-",
        "幺 ",
        "一二 ",
        "加张三 ab_1",
        "找 ",
        "加a1b2_",
        "顾问 ab_",
        "+ a_b ",
        "Q 1",
        "码¥a1¥",
        "a dot ",
        "a[.]",
        "a 点",
        "a . ",
        "lan_",
        "lanlan1 ",
        "用 A11 ",
        "邀请码,a1,b2\n",
        "微信a.b.",
    ),
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
