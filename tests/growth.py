"""Is work linear? Asked by processor time, so that a busy machine does not answer for the code."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

TIMES = 8
"""How much larger the large input is. Quadratic work takes 64 times as long, linear work 8 times."""
ALLOWED = 32
TRIES = 5
"""A try can only be slowed down by others, so one good try is enough."""
GRACE_S = 0.1


def assert_linear(work: Callable[[int], Callable[[], object]], *, small: int) -> None:
    """Fail unless work on a large input takes time in proportion.

    ``work(size)`` prepares an input and returns what is measured.
    """
    work(small)()
    seen = []
    for _ in range(TRIES):
        base, large = _seconds(work(small)), _seconds(work(TIMES * small))
        seen.append((base, large))
        if large <= ALLOWED * base + GRACE_S:
            return
    raise AssertionError(f"{TIMES} times the input, and in seconds of the processor: {seen}")


def _seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun
