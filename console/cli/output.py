"""Where results go: a file or standard output, and progress on a terminal's standard error."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar

import click
import msgspec

from console.i18n import t

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.table import Table

    from evidence.verify import Verification
    from workers.pipeline import Totals

T = TypeVar("T")


@contextlib.contextmanager
def sink(out: str | None, *, append: bool = False) -> Iterator[BinaryIO]:
    """The file ``out``, or standard output, as a binary stream."""
    if out is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    Path(out).parent.mkdir(parents=True, exist_ok=True)
    with Path(out).open("ab" if append else "wb") as stream:
        yield stream


def keep_lines(out: Path, most: int | None = None) -> int:
    """Cut a verdict file back to its first ``most`` whole lines (all of them by default); answers how many.

    What came after was not finished: a torn last line, or verdicts whose hits were not kept.
    """
    if not out.exists():
        return 0
    lines, size = 0, 0
    with out.open("rb+") as stream:
        while (most is None or lines < most) and (line := stream.readline()).endswith(b"\n"):
            lines += 1
            size += len(line)
        stream.truncate(size)
    return lines


def write_json_line(stream: BinaryIO, value: object) -> None:
    """One JSON object and a newline."""
    stream.write(msgspec.json.encode(value) + b"\n")


def print_json(value: object) -> None:
    """Indented JSON on standard output."""
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n")
    sys.stdout.buffer.flush()


def progress(items: Iterable[T], label: str, *, total: int | None = None) -> Iterator[T]:
    """``items``, counted by a bar on standard error where that is a terminal."""
    if not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    columns = (SpinnerColumn(), TextColumn(label), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total)
        for item in items:
            yield item
            bar.advance(task)


def table(*columns: str) -> Table:
    """An empty table with translated headings ``table.<column>``."""
    from rich.table import Table

    made = Table(show_edge=False, pad_edge=False, header_style="bold", expand=False)
    for column in columns:
        made.add_column(t(f"table.{column}"), overflow="fold", no_wrap=column in {"score", "id", "state"})
    return made


def show(made: Table) -> None:
    """Print a table on standard output; a pipe gets a fixed width, so lines do not depend on the terminal."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else 140
    Console(width=width, highlight=False).print(made)


def plain(words: str, limit: int = 60) -> str:
    """Words from evidence made safe for a terminal: no control characters or markup, cut to ``limit``."""
    kept = "".join(char if char.isprintable() else " " for char in words)
    kept = " ".join(kept.split())
    return (kept if len(kept) <= limit else kept[: limit - 1] + "…").replace("[", "\\[")


def say(message: str) -> None:
    """A line on standard error."""
    sys.stdout.flush()
    print(message, file=sys.stderr)


def show_verification(found: Verification, target: str) -> None:
    """Whether proof verifies, and every problem with the file it is in."""
    click.echo(t("verify.good" if found.ok else "verify.bad", target=plain(target, 100), count=found.checked))
    for problem in found.problems:
        click.echo(f"  {plain(problem.file, 100)}: {plain(problem.reason, 200)}")


def say_totals(totals: Totals, *, saved: bool) -> None:
    """The closing line: fetched = indexed + rejected + failed, and why things failed."""
    say(
        t(
            "total.saved" if saved else "total.scan",
            fetched=totals.fetched,
            indexed=totals.indexed,
            leads=totals.leads,
            rejected=totals.rejected,
            failed=totals.failed,
            review=totals.review,
        )
    )
    if totals.reasons:
        say(t("total.failures", reasons=", ".join(f"{name} {count}" for name, count in totals.reasons)))


def joined(words: Sequence[str], limit: int = 3) -> str:
    """The first distinct words, quoted for a table cell."""
    distinct = list(dict.fromkeys(plain(word, 40) for word in words if word.strip()))
    return " · ".join(distinct[:limit])
