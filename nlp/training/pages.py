"""Parts of a README that commands write: what stands between two marks."""

from __future__ import annotations

from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def marks(name: str) -> tuple[str, str]:
    """The marks before and behind a part."""
    return f"<!-- {name}: begin -->", f"<!-- {name}: end -->"


def part_of(page: str, name: str) -> str:
    """What stands between the marks of a part."""
    begin, end = marks(name)
    return page.split(begin, 1)[1].split(end, 1)[0].strip("\n")


def fill(page: str, name: str, section: str) -> str:
    """The page with another section between the marks of a part."""
    begin, end = marks(name)
    head, rest = page.split(begin, 1)
    return f"{head}{begin}\n{section}\n{end}{rest.split(end, 1)[1]}"


def write_part(path: Path, name: str, section: str) -> None:
    """Put a section into a file."""
    path.write_text(fill(path.read_text("utf-8"), name, section), "utf-8")
