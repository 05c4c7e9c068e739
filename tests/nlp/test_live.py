"""The engine of a long-running process follows edits of its lexicons. Time is a number the test sets."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from crawler.document import Block, make_document
from nlp.analyse import Engine, analyse, with_lexicon
from nlp.errors import LexiconError
from nlp.lexicon import load_lexicon
from nlp.live import SETTLED_NS, LiveEngine
from nlp.settings import DetectionSettings

HEAD = 'category: payment\nfirst_seen: "2026-11"\nsource: survey\nentries:\n'
CAR = "- {term: 跑分车队, hit: 招跑分车队, miss: 运输车队}\n"
PARROT = "- {term: 蓝鹦鹉通道, hit: 蓝鹦鹉通道开, miss: 蓝鹦鹉}\n"
TEXT = "蓝鹦鹉通道今晚开,收U出U,秒结不冻卡,微信 ulaoban_886"


@dataclass
class Setting:
    """A folder of lexicons, an engine that follows it, and the time."""

    folder: Path
    engine: Engine
    reload_s: float = 15
    time_s: float = 1000.0
    now_ns: int | None = None
    during: Callable[[], object] = lambda: None
    live: LiveEngine = field(init=False)

    def __post_init__(self) -> None:
        self.write(CAR)
        self.live = LiveEngine(
            DetectionSettings(lexicons=self.folder, reload_s=self.reload_s),
            clock=lambda: self.time_s,
            now=self.now,
            engine=with_lexicon(self.engine, load_lexicon(self.folder)),
        )

    def now(self) -> int:
        """Time of day: if not set, long after the newest file was written."""
        self.during()
        if self.now_ns is not None:
            return self.now_ns
        return max(path.stat().st_mtime_ns for path in self.folder.rglob("*.yaml")) + 2 * SETTLED_NS

    def write(self, *entries: str) -> None:
        (self.folder / "payment.yaml").write_text(HEAD + "".join(entries), encoding="utf-8")

    def later(self) -> Engine:
        """The engine in use when the next look is due."""
        self.time_s += self.reload_s
        return self.live.current()


@pytest.fixture
def place(tmp_path: Path, engine: Engine) -> Setting:
    return Setting(tmp_path, engine)


def rules(engine: Engine) -> set[str]:
    document = make_document(source="post", blocks=(Block("body", TEXT),))
    return {finding.rule for finding in analyse(document, engine).findings}


def test_an_edit_is_in_use_at_the_next_look(place: Setting) -> None:
    first = place.live.current()
    place.write(CAR, PARROT)
    place.time_s += place.reload_s - 0.1
    assert place.live.current() is first
    second = place.later()
    assert second.versions.lexicon == load_lexicon(place.folder).version != first.versions.lexicon
    assert "payment/蓝鹦鹉通道" in rules(second) - rules(first)
    assert second.classifier is first.classifier


def test_looks_come_within_a_minute_by_default() -> None:
    assert 0 < DetectionSettings().reload_s <= 60


def test_files_that_come_and_go_are_followed(place: Setting) -> None:
    first = place.live.current()
    (place.folder / "cues").mkdir()
    cue = place.folder / "cues" / "call.yaml"
    cue.write_text(
        'group: call\nfirst_seen: "2026"\nsource: survey\nentries:\n- {term: 今晚, hit: 今晚, miss: 明}\n',
        "utf-8",
    )
    assert "cue/call/今晚" in rules(place.later())
    cue.unlink()
    assert place.later().versions == first.versions


def test_a_broken_edit_changes_nothing_but_the_log(place: Setting, caplog: pytest.LogCaptureFixture) -> None:
    first = place.live.current()
    place.write(CAR, CAR, "- {term: 无例}\n")
    with caplog.at_level(logging.INFO):
        assert [place.later() for _ in range(5)] == [first] * 5
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert f"{place.folder}/payment.yaml:" in record.getMessage()
    assert first.versions.lexicon in record.getMessage()
    assert "more that `xiansuo lexicon check` lists" in record.getMessage()


def test_a_repaired_edit_is_used(place: Setting) -> None:
    first = place.live.current()
    place.write("- [")
    assert place.later() is first
    place.write(CAR, PARROT)
    assert "payment/蓝鹦鹉通道" in rules(place.later())


def test_a_folder_that_is_gone_is_a_broken_edit(place: Setting, caplog: pytest.LogCaptureFixture) -> None:
    first = place.live.current()
    place.now_ns = 0
    (place.folder / "payment.yaml").unlink()
    place.folder.rmdir()
    assert place.later() is first
    assert "holds no lexicon files" in caplog.text


def test_a_file_that_is_being_written_is_left_for_the_next_look(place: Setting) -> None:
    first = place.live.current()
    place.write(CAR, PARROT)
    written = (place.folder / "payment.yaml").stat().st_mtime_ns
    place.now_ns = written + SETTLED_NS - 1
    assert place.later() is first
    place.now_ns = written + SETTLED_NS
    assert place.later() is not first


def test_a_clock_behind_the_files_does_not_stop_it(place: Setting) -> None:
    first = place.live.current()
    place.write(CAR, PARROT)
    place.now_ns = 0
    assert place.later() is not first


def test_a_touched_file_is_no_edit(place: Setting) -> None:
    first = place.live.current()
    place.write(CAR)
    assert place.later() is first


def test_zero_never_looks(tmp_path: Path, engine: Engine) -> None:
    place = Setting(tmp_path, engine, reload_s=0)
    first = place.live.current()
    place.write(CAR, PARROT)
    place.time_s += 10_000
    assert place.live.current() is first


def test_whoever_comes_during_a_look_goes_on_with_the_engine_in_use(place: Setting) -> None:
    first = place.live.current()
    meanwhile: list[Engine] = []
    place.during = lambda: meanwhile.append(place.live.current())  # would wait for ever if it waited
    place.time_s += place.reload_s
    place.write(CAR, PARROT)
    assert place.live.current() is not first
    assert meanwhile == [first]


def test_the_first_engine_is_loaded_when_asked_and_must_load(tmp_path: Path) -> None:
    live = LiveEngine(DetectionSettings(lexicons=tmp_path))
    with pytest.raises(LexiconError, match="holds no lexicon files"):
        live.current()
    (tmp_path / "payment.yaml").write_text(HEAD + CAR, "utf-8")
    assert live.current().versions.lexicon == load_lexicon(tmp_path).version


def test_an_engine_that_does_not_change_is_its_own_newest(engine: Engine) -> None:
    assert engine.current() is engine
