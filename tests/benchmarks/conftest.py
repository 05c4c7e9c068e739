"""``record`` keeps what a benchmark measured; the run ends with a table, for the README too."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- benchmarks -->\n", "<!-- /benchmarks -->"
HEAD = "| what | against | demanded | measured | |\n|---|---|---|---|---|\n"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. ``demanded`` and ``measured`` are as people read them (``≥ 20×``, ``38×``)."""

    what: str
    against: str
    demanded: str
    measured: str
    note: str = ""


ROWS: list[Row] = []


def read_everyday() -> list[str]:
    """Paragraphs of everyday web text, written for the benchmarks; no model learns from them."""
    return (Path(__file__).parent / "everyday.txt").read_text("utf-8").splitlines()


@pytest.fixture(scope="session")
def record() -> Callable[[Row], None]:
    """Keep a row for the table."""
    return ROWS.append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the table; with XIANSUO_WRITE_TABLE set, put it between the README's marks."""
    import os

    if not ROWS:
        return
    table = HEAD + "".join(
        f"| {row.what} | {row.against} | {row.demanded} | **{row.measured}** | {row.note} |\n" for row in ROWS
    )
    terminalreporter.write_line("\n" + table)
    text = README.read_text("utf-8")
    if os.environ.get("XIANSUO_WRITE_TABLE") and BEGIN in text:
        before, _, rest = text.partition(BEGIN)
        _, _, after = rest.partition(END)
        README.write_text(before + BEGIN + table + END + after, "utf-8")
