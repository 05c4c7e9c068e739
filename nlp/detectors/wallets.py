"""Wallet addresses of many chains, each proved by its checksum. Platform ``wallet:<chain>``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nlp.analysis import Contact, Span
from nlp.detectors import checksums
from nlp.normalise import written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nlp.normalise import Normalised

TOKEN = re.compile(r"(?<![a-z0-9])(?:bitcoincash:)?[a-z0-9]{25,128}(?![a-z0-9])")
TON = re.compile(r"(?<![a-z0-9_/+-])[eukq0][qfg][a-z0-9_/+-]{46}(?![a-z0-9_/+=-])")
TOKEN_KINDS = re.compile(b"[ld]{25}")
TON_KINDS = re.compile(b"[ldms]{48}")
HEX = re.compile("0x[0-9a-fA-F]{40}")
EMPTY_HEX = re.compile(
    "0x(?:0{20}[0-9a-fA-F]*|0{30,}|[fF]{40}|[eE]{40}|0{4,}[dD][eE][aA][dD]|[dD]ead.*|(.)\\1{20,}).*"
)
CHECKED, WEAK, UNPROVED = 0.98, 0.6, 0.35

BASE58 = (
    ("btc", re.compile("[13][1-9A-HJ-NP-Za-km-z]{25,34}"), (b"\x00", b"\x05"), False),
    ("ltc", re.compile("[LM][1-9A-HJ-NP-Za-km-z]{26,33}"), (b"\x30", b"\x32"), False),
    ("doge", re.compile("[DA9][1-9A-HJ-NP-Za-km-z]{25,34}"), (b"\x1e", b"\x16"), False),
    ("tron", re.compile("T[1-9A-HJ-NP-Za-km-z]{33}"), (b"\x41",), False),
    ("xrp", re.compile("r[1-9A-HJ-NP-Za-km-z]{24,34}"), (b"\x00",), True),
    ("dash", re.compile("X[1-9A-HJ-NP-Za-km-z]{33}"), (b"\x4c",), False),
    ("zec", re.compile("t[13][1-9A-HJ-NP-Za-km-z]{33}"), (b"\x1c\xb8", b"\x1c\xbd"), False),
    (
        "tezos",
        re.compile("tz[123][1-9A-HJ-NP-Za-km-z]{33}"),
        (b"\x06\xa1\x9f", b"\x06\xa1\xa1", b"\x06\xa1\xa4"),
        False,
    ),
)
"""Chain, shape, version bytes, whether XRP's alphabet is used."""
BECH32 = {
    "bc": ("btc", (20, 32)),
    "ltc": ("ltc", (20, 32)),
    "bnb": ("bnb", (20,)),
    "cosmos": ("cosmos", (20, 32)),
    "osmo": ("cosmos", (20, 32)),
    "celestia": ("cosmos", (20, 32)),
    "inj": ("cosmos", (20,)),
    "sei": ("cosmos", (20, 32)),
    "terra": ("terra", (20, 32)),
    "addr": ("ada", (29, 57)),
    "stake": ("ada", (29,)),
    "zil": ("zil", (20,)),
    "one": ("one", (20,)),
    "erd": ("egld", (32,)),
    "kava": ("cosmos", (20,)),
    "thor": ("thor", (20,)),
}
"""Chain and payload sizes in bytes, by human-readable prefix."""
SUBSTRATE = {0: "dot", 2: "ksm"}


def _base58_chain(token: str) -> tuple[str, float] | None:
    for chain, shape, versions, xrp in BASE58:
        if shape.fullmatch(token) and checksums.base58check(token, versions, xrp=xrp):
            return chain, CHECKED
    return None


def _bech32_chain(token: str) -> tuple[str, float] | None:
    if token not in (token.lower(), token.upper()):
        return None
    prefix = token.lower().rpartition("1")[0]
    known = BECH32.get(prefix)
    return (known[0], CHECKED) if known and checksums.bech32(token, prefix, known[1]) else None


def _cash_chain(token: str) -> tuple[str, float] | None:
    return ("bch", CHECKED) if len(token) in {42, 54} and checksums.cashaddr(token) else None


def _ethereum_chain(token: str) -> tuple[str, float] | None:
    if not HEX.fullmatch(token) or EMPTY_HEX.fullmatch(token) or not checksums.eip55(token):
        return None
    return "eth", WEAK if token[2:] in (token[2:].lower(), token[2:].upper()) else CHECKED


def _base32_chain(token: str) -> tuple[str, float] | None:
    if len(token) == 56 and token[0] == "G" and checksums.stellar(token):
        return "xlm", CHECKED
    if len(token) == 58 and token.isupper() and checksums.algorand(token):
        return "algo", CHECKED
    if token[:2] in {"f1", "f3"} and len(token) in {41, 86} and token.islower() and checksums.filecoin(token):
        return "fil", CHECKED
    return None


def _key_chain(token: str) -> tuple[str, float] | None:
    """SS58 proves itself; Solana has no checksum: length, mixture of characters and the curve decide."""
    if not re.fullmatch("[1-9A-HJ-NP-Za-km-z]{32,49}", token):
        return None
    network = checksums.ss58(token) if len(token) >= 46 else None
    if network is not None:
        return SUBSTRATE.get(network, "substrate"), CHECKED
    mixed = (
        any(c.isdigit() for c in token)
        and any(c.isupper() for c in token)
        and any(c.islower() for c in token)
    )
    if not mixed or len(token) < 40 or len(token) > 44:
        return None
    on_curve = checksums.solana(token)
    return None if on_curve is None else ("sol", WEAK if on_curve else UNPROVED)


CHECKS: tuple[Callable[[str], tuple[str, float] | None], ...] = (
    _ethereum_chain,
    _base58_chain,
    _bech32_chain,
    _cash_chain,
    _base32_chain,
    _key_chain,
)
"""Tried in order; the first that accepts decides."""


def find_wallets(block: int, text: Normalised) -> tuple[Contact, ...]:
    """Wallet addresses in order. Handles keep their case, which carries the checksum."""
    kinds = text.channel.kinds
    if not TOKEN_KINDS.search(kinds) and not TON_KINDS.search(kinds):
        return ()
    return tuple(sorted(_find(block, text), key=lambda contact: contact.span.start))


def _find(block: int, text: Normalised) -> Iterator[Contact]:
    for found in TOKEN.finditer(text.text):
        first, last = text.source(*found.span())
        raw = text.raw[first:last]
        token = written(raw)
        for check in CHECKS:
            answer = check(token)
            if answer is not None:
                yield Contact(f"wallet:{answer[0]}", token, Span(block, first, last), raw, answer[1])
                break
    for found in TON.finditer(text.text):
        first, last = text.source(*found.span())
        raw = text.raw[first:last]
        token = written(raw)
        if token[:2] in {"EQ", "UQ", "kQ", "0Q", "Ef", "Uf", "kf", "0f"} and checksums.ton(token):
            yield Contact("wallet:ton", token, Span(block, first, last), raw, CHECKED)
