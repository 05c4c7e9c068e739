"""A feed that is written while it is read, and a disk that is full: what a scan shows then."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

ROOT = Path(__file__).parents[2]
PROMO = "长期收U出U，秒结不冻卡，加微信 ulaoban_{n}，备注出U"


def _start(cwd: Path, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "console.cli", "scan", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "XIANSUO_LANG": "en"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def _give(stream: IO[bytes] | None, *numbers: int) -> None:
    assert stream is not None
    for n in numbers:
        line = {"id": str(n), "text": PROMO.format(n=n)}
        stream.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
    stream.flush()


def _take(stream: IO[bytes] | None, *numbers: int) -> None:
    """Wait for the verdicts with these ids, in this order."""
    assert stream is not None
    assert [json.loads(stream.readline())["id"] for _ in numbers] == [str(n) for n in numbers]


@pytest.mark.parametrize(
    "options", [(), ("--jobs", "2"), ("--save",)], ids=["one process", "processes", "saving"]
)
def test_a_verdict_comes_before_the_next_line_does(options: tuple[str, ...], tmp_path: Path) -> None:
    """The input stays open and every line waits for the verdict on the one before: no verdict, no end."""
    with _start(tmp_path, "-", "--format", "jsonl", *options) as process:
        for numbers in ([1], [2, 3], range(4, 304), [304]):
            _give(process.stdin, *numbers)
            _take(process.stdout, *numbers)
        output, errors = process.communicate()
    assert (process.returncode, output) == (0, b"")
    assert b" 304 = " in errors


def test_a_half_line_is_waited_for(tmp_path: Path) -> None:
    with _start(tmp_path, "-", "--format", "jsonl") as process:
        assert process.stdin is not None
        _give(process.stdin, 1)
        process.stdin.write(b'{"id": "2", ')
        process.stdin.flush()
        _take(process.stdout, 1)
        process.stdin.write(b'"text": "x"}\n')
        process.stdin.flush()
        _take(process.stdout, 2)
        process.communicate()
    assert process.returncode == 0


def test_a_named_pipe_is_a_live_feed_too(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "feed.jsonl")
    with _start(tmp_path, "feed.jsonl", "--format", "jsonl") as process:
        with (tmp_path / "feed.jsonl").open("wb") as feed:
            for n in range(3):
                _give(feed, n)
                _take(process.stdout, n)
        process.communicate()
    assert process.returncode == 0


def test_the_table_is_shown_at_each_pause(tmp_path: Path) -> None:
    with _start(tmp_path, "-") as process:
        assert process.stdout is not None
        for n in (111, 222):
            _give(process.stdin, n)
            while f"ulaoban_{n}".encode() not in process.stdout.readline():
                assert process.poll() is None
        process.communicate()
    assert process.returncode == 0


@pytest.mark.parametrize("form", ["jsonl", "table"])
def test_a_reader_that_has_seen_enough_is_no_error(form: str, tmp_path: Path) -> None:
    _feed(tmp_path, 600)
    with _start(tmp_path, "in.jsonl", "--format", form) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        told = process.stderr.read()
    assert process.returncode == 0
    assert b"rror" not in told


def _feed(folder: Path, count: int) -> str:
    with (folder / "in.jsonl").open("wb") as stream:
        _give(stream, *range(count))
    return "in.jsonl"


def _run(command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A shell command in which ``xiansuo`` stands for the program."""
    program = f"'{sys.executable}' -m console.cli"
    return subprocess.run(
        ["/bin/sh", "-c", command.replace("xiansuo", program)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "XIANSUO_LANG": "en"},
        capture_output=True,
        text=True,
        check=False,
    )


def _identity_holds(stderr: str) -> bool:
    """Whether the closing line adds up; the line must be there."""
    closing = next(line for line in stderr.splitlines() if line.startswith(("inputs ", "fetched ")))
    left, _, right = closing.partition(";")[0].partition("=")
    return int(left.split()[1]) == sum(int(part.split()[1]) for part in right.split("+"))


@pytest.mark.parametrize(
    "command",
    [
        "xiansuo scan in.jsonl --format jsonl > /dev/full",
        "xiansuo scan in.jsonl > /dev/full",
        "xiansuo scan in.jsonl --out /dev/full",
        "ulimit -f 400; xiansuo scan in.jsonl --out out.jsonl",
    ],
    ids=["lines", "table", "file", "limit"],
)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_ends_with_a_sentence_and_the_counts(command: str, tmp_path: Path) -> None:
    _feed(tmp_path, 600)
    done = _run(command, tmp_path)
    assert done.returncode == 3
    assert _identity_holds(done.stderr)
    assert "the disk is full" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_what_a_full_disk_cut_off_is_resumed(tmp_path: Path) -> None:
    _feed(tmp_path, 600)
    cut = _run("ulimit -f 400; xiansuo scan in.jsonl --out out.jsonl", tmp_path)
    lines = (tmp_path / "out.jsonl").read_bytes().splitlines()
    assert f"not-written {256}" in cut.stderr
    assert [json.loads(line)["id"] for line in lines] == [str(n) for n in range(len(lines))]
    done = _run("xiansuo scan in.jsonl --out out.jsonl --resume", tmp_path)
    assert done.returncode == 0
    whole = (tmp_path / "out.jsonl").read_bytes().splitlines()
    assert [json.loads(line)["id"] for line in whole] == [str(n) for n in range(600)]


def test_no_room_for_the_index_is_a_sentence_too(tmp_path: Path) -> None:
    _feed(tmp_path, 5)
    done = _run("ulimit -f 40; xiansuo scan in.jsonl --save", tmp_path)
    assert done.returncode == 3
    assert _identity_holds(done.stderr)
    assert "is the disk full?" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
