"""Who a reviewer is: configured persons, each known by a secret of which only a hash is kept."""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evidence.errors import IdentityError
from evidence.names import same_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evidence.settings import Reviewer

# RFC 7914; about 50 ms and 16 MB a try, which a person does not notice and a guesser does
_COST, _BLOCK, _PARALLEL = 1 << 14, 8, 1
_SALT_BYTES, _HASH_BYTES = 16, 32


@dataclass(frozen=True, slots=True)
class Identity:
    """A configured person who has proven it. Made by :func:`identify`, or by a session that began so."""

    name: str


def secret_hash(secret: str, *, salt: bytes = b"") -> str:
    """What is kept of a secret: ``scrypt:cost:block:parallel:salt:hash``, the last two in hex."""
    salt = salt or os.urandom(_SALT_BYTES)
    return f"scrypt:{_COST}:{_BLOCK}:{_PARALLEL}:{salt.hex()}:{_scrypt(secret, salt).hex()}"


def fits(secret: str, kept: str) -> bool:
    """Whether a secret is the one of which ``kept`` is the hash; a hash that cannot be read fits nothing."""
    prefix = f"scrypt:{_COST}:{_BLOCK}:{_PARALLEL}:"
    salt, _, digest = kept.removeprefix(prefix).partition(":")
    try:
        wanted, seasoning = bytes.fromhex(digest), bytes.fromhex(salt)
    except ValueError:
        return False
    same = hmac.compare_digest(_scrypt(secret, seasoning), wanted)
    return same and kept.startswith(prefix) and bool(seasoning)


def identify(people: Sequence[Reviewer], name: str, secret: str) -> Identity:
    """The configured person of that name and secret.

    Raises IdentityError, the same for an unknown name as for a wrong secret, and after the same work.
    """
    person = person_called(people, name)
    kept = person.secret_hash.get_secret_value() if person else secret_hash("nobody", salt=b"0")
    if not fits(secret, kept) or person is None:
        raise IdentityError("the reviewer's name or token is wrong", rule="token")
    return Identity(person.name)


def person_called(people: Sequence[Reviewer], name: str) -> Reviewer | None:
    """The configured person of that name, however it is spelled; None where there is none."""
    return next((person for person in people if same_name(person.name) == same_name(name)), None)


def _scrypt(secret: str, salt: bytes) -> bytes:
    data = secret.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(data, salt=salt, n=_COST, r=_BLOCK, p=_PARALLEL, dklen=_HASH_BYTES)
