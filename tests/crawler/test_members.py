"""The members of a gzip file, wherever chunks, tears and damage fall."""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.members import members
from tests.growth import assert_linear

if TYPE_CHECKING:
    from collections.abc import Callable

BODIES = st.lists(st.binary(max_size=300), max_size=6)


@settings(deadline=None)
@given(bodies=BODIES, cut=st.integers(0, 200))
def test_whole_members_are_found_and_a_torn_one_ends_the_walk(bodies: list[bytes], cut: int) -> None:
    packed = [gzip.compress(body, mtime=0) for body in bodies]
    data = b"".join(packed)
    kept = data[: max(0, len(data) - cut)]
    found = list(members(io.BytesIO(kept), keep=1 << 10))
    ends = [sum(map(len, packed[: number + 1])) for number in range(len(packed))]
    assert [one.end for one in found] == [end for end in ends if end <= len(kept)]
    assert [one.content for one in found] == bodies[: len(found)]
    assert all(kept[one.start : one.end] == part for one, part in zip(found, packed, strict=False))


@pytest.mark.parametrize("size", [0, 1 << 16, 1 << 20, (1 << 20) + 1, 3 << 20], ids=str)
def test_a_member_of_any_size_is_measured_and_only_its_beginning_kept(size: int) -> None:
    data = gzip.compress(bytes(size)) + gzip.compress(b"next")
    first, second = members(io.BytesIO(data), keep=10)
    assert (first.size, first.content) == (size, bytes(min(size, 10)))
    assert second.content == b"next"


def test_the_walk_begins_where_it_is_told() -> None:
    first, second = gzip.compress(b"one"), gzip.compress(b"two")
    (found,) = members(io.BytesIO(first + second), start=len(first), keep=9)
    assert (found.start, found.content) == (len(first), b"two")


@pytest.mark.parametrize("tail", [b"\0", b"not gzip", gzip.compress(b"x")[:-1]], ids=["zero", "text", "torn"])
def test_what_is_no_member_ends_the_walk(tail: bytes) -> None:
    whole = gzip.compress(b"whole")
    assert [one.end for one in members(io.BytesIO(whole + tail))] == [len(whole)]


def test_many_small_members_take_linear_time() -> None:
    one = gzip.compress(b"x" * 200)

    def work(times: int) -> Callable[[], object]:
        data = io.BytesIO(one * times)
        return lambda: [*members(data)]

    assert_linear(work, small=1_000)
