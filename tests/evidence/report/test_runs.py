"""Runs of a text between the edges of its marks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from evidence.report.model import Mark
from evidence.report.runs import runs, strongest
from tests.growth import assert_linear

if TYPE_CHECKING:
    from collections.abc import Callable

LENGTH = 20
ENDS = st.integers(-2, LENGTH + 2)
MARKS = st.lists(
    st.builds(Mark, ENDS, ENDS, st.sampled_from(["finding", "counter", "contact"]), st.text(), st.text())
)


@given(MARKS)
def test_runs_join_to_the_text_and_each_has_the_marks_that_cover_it(marks: list[Mark]) -> None:
    usable = [mark for mark in marks if 0 <= mark.start < mark.end <= LENGTH]
    found = list(runs(marks, LENGTH))
    assert [place for start, end, _ in found for place in range(start, end)] == list(range(LENGTH))
    for start, end, over in found:
        assert over == [mark for mark in usable if mark.start <= start and end <= mark.end]


def test_the_strongest_kind_is_shown() -> None:
    marks = [Mark(0, 1, kind, "", "") for kind in ("counter", "finding", "contact")]
    assert [strongest(marks[:count]) for count in range(4)] == ["", "counter", "finding", "contact"]


def test_thousands_of_marks_take_time_in_proportion() -> None:
    def work(size: int) -> Callable[[], object]:
        marks = [Mark(3 * place, 3 * place + 2, "contact", "wechat", "a") for place in range(size)]
        return lambda: list(runs(marks, 3 * size))

    assert_linear(work, small=1_000)
