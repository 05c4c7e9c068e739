"""Invitation codes and referral links."""

from __future__ import annotations

import pytest

from nlp.detectors.referrals import find_referrals
from nlp.normalise import normalise


def found(text: str) -> set[tuple[str, str]]:
    """Platforms and normal forms found."""
    return {(contact.platform, contact.handle) for contact in find_referrals(0, normalise(text))}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("注册填邀请码：QJ6620，手续费八折", "QJ6620", id="plain"),
        pytest.param("邀请码 `40644991`", "40644991", id="backticks"),
        pytest.param("推荐码 **RMW19L1**", "RMW19L1", id="bold"),
        pytest.param("邀请ＩＤ：ＡＢ１２３４", "AB1234", id="fullwidth"),
        pytest.param("要请码:ab12cd", "ab12cd", id="homophone"),
        pytest.param("referral code: VEGA7", "VEGA7", id="english"),
        pytest.param("全网最低费率，填ZK99省两成", "ZK99", id="fill-in"),
        pytest.param("凭码 HZ8866 领取", "HZ8866", id="by-code"),
        pytest.param("邀请好友返佣\n| 币安 | `DYE5M7LZ` | 20% |", "DYE5M7LZ", id="table"),
        pytest.param("口令 GENESIS88", "GENESIS88", id="password"),
        pytest.param("邀请口令 星球2026 解锁", "星球2026", id="password-in-chinese"),
        pytest.param("用 DAY500 注册的拉进群", "DAY500", id="used-to-register"),
        pytest.param("我先开户——GX1888，填这个进", "GX1888", id="pointed-at"),
        pytest.param("输我码 lanlan0912 算力多两成", "lanlan0912", id="my-code"),
        pytest.param("绑定邀请人（推荐 MOLE-CN-01）", "MOLE-CN-01", id="recommended-in-brackets"),
        pytest.param("Sign up with code CNMOON for a bonus", "CNMOON", id="english-capitals"),
        pytest.param("进群改名 LH5566-姓名", "LH5566", id="name-in-the-group"),
        pytest.param("平台,比例,邀请码,备注\n币安,30%,b5g50,好用", "b5g50", id="comma-separated-column"),
        pytest.param("| 所 | 邀请码 |\n|---|---|\n| 甲 | AlBxUAhe |", "AlBxUAhe", id="column"),
        pytest.param("满 3 天拉群，暗号「满仓」", "满仓", id="password-of-characters"),
        pytest.param("我是 X-TU-9981，注册时填我", "X-TU-9981", id="name-as-a-code"),
        pytest.param("新号填 `X8KQ-BONUS` 有赠金", "X8KQ-BONUS", id="fill-in-with-a-hyphen"),
        pytest.param("sign up with OKXCN50 to get it", "OKXCN50", id="english-sign-up"),
        pytest.param("手续费减半（inv=TUXCODER）", "TUXCODER", id="parameter-in-brackets"),
        pytest.param("邀请码 6 6 8 8 9 9", "668899", id="digit-by-digit"),
        pytest.param("合作平台码 GX0099（返 45%）", "GX0099", id="before-a-remark"),
        pytest.param("第④步 推荐人一栏 QM77W", "QM77W", id="column-of-a-form"),
        pytest.param("use KXN-2026-CN when you register", "KXN-2026-CN", id="english-use"),
        pytest.param("注册记得用 邀请 LN0417X，减两成", "LN0417X", id="invited-by"),
        pytest.param("上级UID：12345678", "12345678", id="upline"),
        pytest.param("链接带推广 ID（aff=20771）", "20771", id="parameter-alone"),
    ],
)
def test_announced_codes(text: str, code: str) -> None:
    assert ("invite_code", code) in found(text)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        pytest.param("https://exchange.test.com/zh-CN/join?ref=MIFPQEOD", "MIFPQEOD", id="ref"),
        pytest.param("https://exchange.test.com/register?inviteCode=a1b2c3", "a1b2c3", id="invite-code"),
        pytest.param("https://exchange.test.com/signup?vipCode=8888", "8888", id="vip-code"),
        pytest.param("https://exchange.test.com/ucenter/signup?rcode=1wxJ2fQ&lang=zh", "1wxJ2fQ", id="rcode"),
        pytest.param("https://exchange.test.com/r?clacCode=XY12", "XY12", id="clac-code"),
        pytest.param("https://exchange.test.com/join/92380411", "92380411", id="join-path"),
        pytest.param("https://exchange.test.com/register/AB12CD", "AB12CD", id="register-path"),
        pytest.param("http://cloud.test.com/#/register?code=WfCPS7zk", "WfCPS7zk", id="fragment"),
        pytest.param("https://t.me/coin_bot?start=i_732gCUit", "i_732gCUit", id="bot-start"),
        pytest.param(
            "https://exchange.test.com/invite?r=2218580\\&language=zh\\_CN", "2218580", id="markdown"
        ),
        pytest.param("https://go.test.com/?target=https://x.test.com/join?ref=AB12", "AB12", id="wrapped"),
        pytest.param(
            "https://go.test.com/?url=https%3A%2F%2Fx.test.com%2Fjoin%3Fref%3DAB12", "AB12", id="encoded"
        ),
        pytest.param("exchange-test.com/register?ref=AB12", "AB12", id="bare"),
    ],
)
def test_links_give_the_link_and_its_code(url: str, code: str) -> None:
    pairs = found(f"点击 {url} 注册")
    assert ("invite_code", code) in pairs
    assert any(platform == "referral" for platform, _ in pairs)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("error code: 404，状态码 500", id="error-codes"),
        pytest.param("代码 MIT 协议", id="licence"),
        pytest.param("https://github.com/owner/name?ref=master", id="branch"),
        pytest.param("https://docs.site.com/join/overview", id="join-in-docs"),
        pytest.param("邀请码在哪里填？没有邀请码怎么注册", id="question"),
        pytest.param("请使用 GitHub 登录，输入 JSON", id="ordinary-words"),
        pytest.param("网盘 最高 邀请码 2026 最新 免费", id="search-words"),
        pytest.param("错误码：4031，状态码 5000", id="error-numbers"),
        pytest.param("截图举报：12377，虚拟货币通报 2026 年", id="hotline-and-year"),
        pytest.param("收盘时报7965·04点，节点一直报 POLICY_FAILURE", id="index-and-error"),
        pytest.param("用 iphone15 注册，填 2026 下单，用 USB 下单", id="products-and-years"),
        pytest.param("平台,邀请码,备注\n币安,无,暂停", id="column-without-codes"),
        pytest.param('{"inviteCode": "", "code": 200}', id="json"),
    ],
)
def test_no_code(text: str) -> None:
    assert found(text) == set()


def test_a_password_is_quoted_with_the_signs_around_it() -> None:
    (contact,) = find_referrals(0, normalise("复制 口令 ¥ANT88¥ 打开"))
    assert (contact.handle, contact.raw) == ("ANT88", "¥ANT88¥")
