"""Processes die: the items they had are judged again, an item that kills is isolated, the order stays."""

from __future__ import annotations

import multiprocessing
from typing import TYPE_CHECKING

import pytest

import workers.judge
from nlp.errors import NlpError
from nlp.settings import DetectionSettings
from tests.workers.deadly import DEADLY, ONCE, analyse_or_die, item
from workers.judge import ProcessDied, failed, isolate, judge, runs
from workers.pipeline import today
from workers.processes import judge_in_processes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from crawler.feeds.item import FeedItem
    from nlp.analyse import Engine
    from workers.judge import Judged, Run

TEXT = "长期收U出U，秒结不冻卡，加微信 ulaoban_{n}，备注出U"


def _judged(items: Iterable[FeedItem], settings: DetectionSettings | None = None) -> list[Judged]:
    stream = judge_in_processes(items, settings or DetectionSettings(), jobs=2, today=today())
    return [judged for run in stream for judged in run]


def test_one_that_kills_is_isolated_and_one_that_killed_once_is_judged(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(workers.judge, "analyse_many", analyse_or_die)
    texts = {2: DEADLY, 300: f"{ONCE}{tmp_path / 'died'}"}
    items = [item(str(n), texts.get(n, TEXT.format(n=n))) for n in range(600)]
    found = _judged(items)
    assert [judged.item.ref for judged in found] == [each.ref for each in items]
    assert [(judged.item.ref, judged.item.reason) for judged in found if judged.analysis is None] == [
        ("2", "process-died")
    ]


def test_killed_from_outside_every_item_has_the_verdict_it_would_have_had(engine: Engine) -> None:
    items = [item(str(n), TEXT.format(n=n)) for n in range(1400)]

    def with_a_kill() -> Iterator[FeedItem]:
        for n, each in enumerate(items):
            if n == 1200:  # by then runs are under way in both
                for process in multiprocessing.active_children():
                    process.kill()
            yield each

    assert _judged(with_a_kill()) == list(judge(items, engine, today=today()))


def test_an_error_of_the_start_is_told_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("terms: [", "utf-8")
    with pytest.raises(NlpError, match="broken"):
        _judged([item("1", "x")], DetectionSettings(lexicons=tmp_path))


@pytest.mark.parametrize("size", [1, 2, 7, 64])
@pytest.mark.parametrize("killer", [0, 1, 5, 63])
def test_isolation_loses_the_killer_alone_in_a_bounded_number_of_tries(size: int, killer: int) -> None:
    tried: list[int] = []

    def attempt(run: Run) -> tuple[Judged, ...]:
        tried.append(len(run))
        if any(each.ref == str(killer) for each in run):
            raise ProcessDied("died", reason="process-died")
        return tuple(failed(each, "fine", "fine") for each in run)

    items = tuple(item(str(n), "x") for n in range(size))
    reasons = {judged.item.ref: judged.item.reason for judged in isolate(items, attempt)}
    assert reasons == {each.ref: "process-died" if each.ref == str(killer) else "fine" for each in items}
    assert list(reasons) == [each.ref for each in items]
    assert len(tried) <= 2 * size.bit_length() + 2


def test_a_pause_of_the_input_ends_a_run() -> None:
    one, two, three = (item(ref, "x") for ref in "123")
    assert list(runs([one, two, None, None, three], size=2)) == [(one, two), (), (), (three,)]
    assert list(runs([one, None, two, three], size=2)) == [(one,), (), (two, three)]
