"""Where results go: a file or standard output, and progress on a terminal's standard error."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar

import click
import msgspec

from console.i18n import language, reason, t
from crawler.errors import Stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from io import RawIOBase

    from rich.table import Table

    from evidence.verify import Verification
    from workers.pipeline import Tally, Totals

T = TypeVar("T")
STDOUT = "-"


class Sink:
    """Where results go, written at once. An OSError names the place; what was half written is taken back."""

    def __init__(self, stream: RawIOBase | BinaryIO, name: str) -> None:
        self._stream, self._name = stream, name

    def write(self, data: bytes) -> None:
        """Write all of ``data``."""
        written = 0
        try:
            while written < len(data):
                written += self._stream.write(data[written:]) or 0
        except BrokenPipeError:
            raise
        except OSError as error:
            if self._name != STDOUT and written:
                self._stream.truncate(self._stream.tell() - written)
            raise OSError(error.errno, error.strerror, self._name) from error


@contextlib.contextmanager
def sink(out: str | None, *, append: bool = False) -> Iterator[Sink]:
    """The file ``out``, or standard output."""
    if out is None:
        sys.stdout.flush()
        yield Sink(getattr(sys.stdout.buffer, "raw", sys.stdout.buffer), STDOUT)
        return
    Path(out).parent.mkdir(parents=True, exist_ok=True)
    with Path(out).open("ab" if append else "wb", buffering=0) as stream:
        yield Sink(stream, out)


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


def json_line(value: object) -> bytes:
    """One JSON object and a newline."""
    return msgspec.json.encode(value) + b"\n"


def print_json(value: object) -> None:
    """Indented JSON on standard output."""
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n")
    sys.stdout.buffer.flush()


def progress(items: Iterable[T], label: str, *, weigh: Callable[[T], int] = lambda _: 1) -> Iterator[T]:
    """``items``, counted (each as ``weigh`` says) by a bar on standard error where that is a terminal."""
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
        task = bar.add_task(label, total=None)
        for item in items:
            yield item
            bar.advance(task, weigh(item))


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
    try:
        Console(width=width, highlight=False).print(made)
    except SystemExit:  # how rich ends a program whose reader went away, as if that were a fault
        sys.exit(0)


def plain(words: str, limit: int = 60) -> str:
    """Words from evidence made safe for a terminal: no control characters or markup, cut to ``limit``."""
    kept = "".join(char if char.isprintable() else " " for char in words)
    kept = " ".join(kept.split())
    return (kept if len(kept) <= limit else kept[: limit - 1] + "…").replace("[", "\\[")


def say(message: str) -> None:
    """A line on standard error, after what is on its way to standard output."""
    with contextlib.suppress(OSError):  # told where it was written
        sys.stdout.flush()
    print(message, file=sys.stderr)


def show_verification(found: Verification, target: str) -> None:
    """Whether proof verifies, and every problem with the file it is in."""
    from console.shown import problem_name

    click.echo(t("verify.good" if found.ok else "verify.bad", target=plain(target, 100), count=found.checked))
    for problem in found.problems:
        click.echo(f"  {plain(problem.file, 100)}: {plain(problem_name(problem.reason, language()), 200)}")
    if found.timestamps:
        kinds = ", ".join(f"{kind} ({t(f'web.timestamp_{kind}')})" for kind in found.timestamps)
        click.echo(f"  {t('verify.timestamp', kinds=kinds)}")
    for note in found.notes:
        click.echo(f"  {t('verify.note', note=plain(note, 500))}")


@contextlib.contextmanager
def closing_counts(tally: Tally, *, resumable: str = "") -> Iterator[None]:
    """Whatever ends the work of this block, the counts so far are said. An interruption exits with 130.

    ``resumable`` is the name of the sentence that says how to go on after one.
    """
    try:
        yield
    except (KeyboardInterrupt, Stopped):
        say(t(f"total.{resumable or 'interrupted'}"))
        say_totals(tally)
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)  # whoever reads the results has seen enough
    except Exception:
        say_totals(tally)
        raise
    else:
        say_totals(tally)


def say_totals(tally: Tally) -> None:
    """The closing line: fetched = indexed + rejected + failed, and why things failed or have no verdict."""
    totals = tally.totals
    say(_counts("total.saved" if tally.saving else "total.scan", totals))
    if totals.unread:
        say(t("total.unread", reasons=_reasons(totals.unread)))
    if totals.reasons:
        say(t("total.failures", reasons=_reasons(totals.reasons)))


def say_whole(before: Totals, tally: Tally) -> None:
    """The counts of a resumed run together with those of its earlier parts, where there were any."""
    if before.fetched:
        say(t("total.whole", counts=_counts("total.saved", before.plus(tally.totals))))


def _counts(key: str, totals: Totals) -> str:
    return t(
        key,
        fetched=totals.fetched,
        indexed=totals.indexed,
        leads=totals.leads,
        rejected=totals.rejected,
        failed=totals.failed,
        review=totals.review,
    )


def _reasons(counted: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{reason(word)} {count}" for word, count in counted)


def joined(words: Sequence[str], limit: int = 3) -> str:
    """The first distinct words, quoted for a table cell."""
    distinct = list(dict.fromkeys(plain(word, 40) for word in words if word.strip()))
    return " · ".join(distinct[:limit])
