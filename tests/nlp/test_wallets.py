"""Wallet addresses: published examples pass, one changed character fails."""

from __future__ import annotations

import pytest

from nlp.detectors.wallets import find_wallets
from nlp.normalise import normalise

ADDRESSES = [
    ("btc", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
    ("btc", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"),
    ("btc", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
    ("btc", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"),
    ("bch", "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a"),
    ("eth", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"),
    ("eth", "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"),
    ("tron", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"),
    ("xrp", "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"),
    ("dot", "15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5"),
    ("sol", "4fYNw3dojWmQ4dXtSGE9epjRGy9pFSx62YypT7avPYvA"),
    ("xlm", "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ"),
    ("ltc", "LSsdjXLXfBqRrhBeXf8fnY8u7w1qBaiYt9"),
    ("ltc", "ltc1q9ffc42qfympfrrjp85wywu58j06p7kegzgqnl4"),
    ("doge", "DT8LX19gx8W6mchMrYHsnZwMvYtx6puauj"),
    ("ksm", "GDEN4BLfoBPipfRCwCYYBsK3xdLgYhQH85KVABDqg6z3tWa"),
    ("bnb", "bnb1mdwg0dddqxdnn5k3g0scg7fj3cya3xqstdyfts"),
    ("cosmos", "cosmos1p29x7ac7ac8nretw52lqj6fqgwsg088pmdz0fj"),
    ("dash", "XuFMgMe8ztEZY2H8dBWvkLCHstdvXAWjB2"),
    ("zec", "t1Y21SrbG5tatD5cpCyshqspGnXvGFRbioV"),
    ("tezos", "tz1hfDsvQtCRCcMXnxSsFbHAPRRa7ms3zgWV"),
    ("algo", "OJ63RMFL5AZKLBPNM2WN24LFVWUZUEO3W4BZWOPHFZLVGIA5N47NEZ2LNM"),
    ("fil", "f1re4eccnd7bchfhrgt3f6csih34cqcu5dqrnnuha"),
    ("egld", "erd19gf3u2mrel4vha5pjdefrha69nna8dxv4u5q5rnrelwcg27q75ms4jxett"),
    (
        "ada",
        "addr1qyfqtmg3fex06z9ydn4lhntazgt4uetzvgvnuefxlt9c4haj6fy29vkxkj2zl2krz6m7j475c46xj9mvv4mrqld7e39sshyz4r",
    ),
    ("ton", "EQCD39VS5jcptHL8vMjEXrzGaRcCVYto7HUn4bpAOg8xqB2N"),
]


@pytest.mark.parametrize(("chain", "address"), ADDRESSES, ids=[f"{c}-{a[:8]}" for c, a in ADDRESSES])
def test_known_addresses(chain: str, address: str) -> None:
    (wallet,) = find_wallets(0, normalise(f"打款到：{address}，谢谢"))
    assert (wallet.platform, wallet.handle, wallet.raw) == (f"wallet:{chain}", address, address)


@pytest.mark.parametrize(
    ("chain", "address"),
    [pair for pair in ADDRESSES if pair[0] != "sol" and pair[1] != pair[1].lower()],
    ids=lambda v: v[:8],
)
def test_one_changed_character_is_refused(chain: str, address: str) -> None:
    last = "2" if address[-1] != "2" else "3"
    changed = address[:-1] + last
    if chain == "eth":
        changed = address.replace("A", "a", 1)
    assert find_wallets(0, normalise(f"打款到：{changed}")) == ()


def test_zero_width_characters_do_not_hide_an_address() -> None:
    raw = "TR7NHqjeKQxG\u200bTCi8q8ZY4pL8otSzgjLj6t"
    (wallet,) = find_wallets(0, normalise(raw))
    assert wallet.handle == "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
    assert wallet.raw == raw


@pytest.mark.parametrize(
    "text",
    [
        "0x" + "0" * 40,
        "0x" + "ab" * 32,
        "9fceb02d0ae598e95dc970b74767f19372d61af8",
        "d41d8cd98f00b204e9800998ecf8427e",
        "a" * 5000,
    ],
    ids=["zero-address", "transaction", "commit", "md5", "long-run"],
)
def test_no_wallet(text: str) -> None:
    assert find_wallets(0, normalise(text)) == ()


def test_all_lower_case_is_less_sure() -> None:
    (mixed,) = find_wallets(0, normalise("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"))
    (lower,) = find_wallets(0, normalise("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"))
    assert mixed.confidence > lower.confidence
