"""Checksums of wallet addresses. Each function takes a spelling and says whether it is a valid address.

Sources: BIP 173 and 350 (Bech32, Bech32m), the Bitcoin Cash address specification, EIP-55, SEP-23 (Stellar),
the TON and Substrate SS58 address formats, RFC 8032 (Ed25519).
"""

from __future__ import annotations

import base64
import binascii
import hashlib

import base58

BECH32_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
BECH32_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
BECH32_CONSTANTS = frozenset({1, 0x2BC830A3})
CASHADDR_GENERATOR = (0x98F2BC8E61, 0x79B76D99E2, 0xF33E5FB3C4, 0xAE2EABE2A8, 0x1E4F43E470)
ED25519_P = 2**255 - 19
ED25519_D = -121665 * pow(121666, ED25519_P - 2, ED25519_P) % ED25519_P


def base58check(address: str, versions: tuple[bytes, ...], *, size: int = 20, xrp: bool = False) -> bool:
    """Base58Check with one of the version prefixes and a payload of ``size`` bytes."""
    alphabet = base58.XRP_ALPHABET if xrp else base58.BITCOIN_ALPHABET
    try:
        payload = base58.b58decode_check(address, alphabet=alphabet)
    except ValueError:
        return False
    return any(payload.startswith(version) and len(payload) == len(version) + size for version in versions)


def bech32(address: str, prefix: str, sizes: tuple[int, ...]) -> bool:
    """Bech32 or Bech32m with the given prefix and data of one of ``sizes`` bytes (witness version apart)."""
    address = address.lower()
    human, _, data = address.rpartition("1")
    if human != prefix or any(char not in BECH32_ALPHABET for char in data) or len(data) < 7:
        return False
    values = [BECH32_ALPHABET.index(char) for char in data]
    expanded = [ord(char) >> 5 for char in human] + [0] + [ord(char) & 31 for char in human]
    if _polymod(expanded + values, BECH32_GENERATOR, 25) not in BECH32_CONSTANTS:
        return False
    bits = (len(values) - 6) * 5
    return any(bits // 8 == size or (bits - 5) // 8 == size for size in sizes)


def _polymod(values: list[int], generator: tuple[int, ...], shift: int) -> int:
    check = 1
    mask = (1 << shift) - 1
    for value in values:
        top = check >> shift
        check = (check & mask) << 5 ^ value
        for bit, term in enumerate(generator):
            if top >> bit & 1:
                check ^= term
    return check


def cashaddr(address: str) -> bool:
    """A Bitcoin Cash address with or without its prefix."""
    data = address.lower().removeprefix("bitcoincash:")
    if len(data) != 42 or any(char not in BECH32_ALPHABET for char in data):
        return False
    prefix = [ord(char) & 31 for char in "bitcoincash"] + [0]
    values = [BECH32_ALPHABET.index(char) for char in data]
    return _polymod(prefix + values, CASHADDR_GENERATOR, 35) == 1


def eip55(address: str) -> bool:
    """An Ethereum address of one case, or of mixed case with a right checksum."""
    from eth_utils.address import is_checksum_address

    digits = address[2:]
    if digits in (digits.lower(), digits.upper()):
        return True
    return bool(is_checksum_address(address))


def ss58(address: str) -> int | None:
    """Network number of a Substrate address of 32 bytes; None when it is none."""
    try:
        payload = base58.b58decode(address)
    except ValueError:
        return None
    if len(payload) == 35 and payload[0] < 64:
        network, prefix = payload[0], 1
    elif len(payload) == 36 and payload[0] & 0x40:
        network = (payload[0] & 0x3F) << 2 | payload[1] >> 6 | (payload[1] & 0x3F) << 8
        prefix = 2
    else:
        return None
    body, check = payload[:-2], payload[-2:]
    return network if hashlib.blake2b(b"SS58PRE" + body).digest()[:2] == check and prefix else None


def ton(address: str) -> bool:
    """A friendly TON address: 36 bytes in base64 ending with a CRC-16."""
    try:
        payload = base64.urlsafe_b64decode(address.replace("+", "-").replace("/", "_"))
    except (binascii.Error, ValueError):
        return False
    return (
        len(payload) == 36
        and payload[0] & 0x7F in {0x11, 0x51}
        and payload[1] in {0, 0xFF}
        and binascii.crc_hqx(payload[:34], 0) == int.from_bytes(payload[34:], "big")
    )


def stellar(address: str) -> bool:
    """A Stellar account: 35 bytes in base32, version 6 << 3, CRC-16 little endian."""
    try:
        payload = base64.b32decode(address)
    except (binascii.Error, ValueError):
        return False
    return (
        len(payload) == 35
        and payload[0] == 6 << 3
        and binascii.crc_hqx(payload[:33], 0) == int.from_bytes(payload[33:], "little")
    )


def algorand(address: str) -> bool:
    """An Algorand account: 32 bytes and the last four of their SHA-512/256, in base32."""
    try:
        payload = base64.b32decode(address + "=" * (-len(address) % 8))
    except (binascii.Error, ValueError):
        return False
    return len(payload) == 36 and hashlib.new("sha512_256", payload[:32]).digest()[-4:] == payload[32:]


def filecoin(address: str) -> bool:
    """A Filecoin ``f1`` or ``f3`` account: payload and a four-byte BLAKE2b over protocol and payload."""
    body = address[2:].upper()
    try:
        payload = base64.b32decode(body + "=" * (-len(body) % 8))
    except (binascii.Error, ValueError):
        return False
    data, check = payload[:-4], payload[-4:]
    if len(data) != {"1": 20, "3": 48}.get(address[1]):
        return False
    return hashlib.blake2b(bytes([int(address[1])]) + data, digest_size=4).digest() == check


def solana(address: str) -> bool | None:
    """Whether 32 base58 bytes are a point of Ed25519 (a key somebody holds); None: not 32 bytes."""
    try:
        payload = base58.b58decode(address)
    except ValueError:
        return None
    return _on_curve(payload) if len(payload) == 32 else None


def _on_curve(key: bytes) -> bool:
    y = int.from_bytes(key, "little") & (1 << 255) - 1
    if y >= ED25519_P:
        return False
    square = (y * y - 1) * pow(ED25519_D * y * y + 1, ED25519_P - 2, ED25519_P) % ED25519_P
    return square == 0 or pow(square, (ED25519_P - 1) // 2, ED25519_P) == 1
