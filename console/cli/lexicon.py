"""``xiansuo lexicon``: check and show what the program knows, and preview an edit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.cli.output import plain, print_json, progress, say
from console.cli.settings import settings_of
from console.i18n import t

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crawler.document import Document
    from nlp.analyse import Engine
    from nlp.errors import LexiconError
    from nlp.lexicon import Lexicon
    from nlp.lexicon_preview import Change, Example, LeadChange, Preview
    from nlp.settings import DetectionSettings
    from workers.settings import Settings


@click.group(help=t("help.lexicon"))
def lexicon() -> None:
    """The group of lexicon commands."""


@lexicon.command("check", help=t("lexicon.check"))
@click.argument("target", metavar="[FOLDER|FILE]", type=click.Path(exists=True), required=False)
@click.pass_context
def check(ctx: click.Context, /, target: str | None) -> int:
    """Every problem with file and line; exit code 3 where there are some.

    A file is checked in its place among the files in use.
    """
    from nlp.lexicon_check import check_lexicons

    chosen, edited = settings_of(ctx).detection.lexicons, None
    if target is not None and Path(target).is_dir():
        chosen = Path(target)
    elif target is not None:
        edited = Path(target)
    found = check_lexicons(chosen, edited=edited)
    if found.problems:
        return _tell(found.problems)
    click.echo(t("lexicon.good", counts=", ".join(f"{name} {count}" for name, count in found.counts.items())))
    return 0


def _tell(problems: Iterable[LexiconError]) -> int:
    for problem in problems:
        click.echo(str(problem), err=True)
    return 3


@lexicon.command("preview", help=t("lexicon.preview"))
@click.argument("edited", metavar="FOLDER|FILE", type=click.Path(exists=True, path_type=Path))
@click.option("--archive", "archives", multiple=True, metavar="INPUT", help=t("lexicon.archive"))
@click.option("--leads", is_flag=True, help=t("lexicon.leads"))
@click.option("--most", type=click.IntRange(0), default=3, show_default=True, help=t("lexicon.most"))
@click.option("--json", "as_json", is_flag=True, help=t("help.json"))
@click.pass_context
def preview(ctx: click.Context, /, edited: Path, archives: tuple[str, ...], **options: int) -> int:
    """What an edit would gain and lose; exit code 3 where it has mistakes or an input cannot be read."""
    from nlp.lexicon import Lexicon, load_lexicon
    from nlp.lexicon_preview import preview as compare
    from nlp.lexicon_preview import read_edited

    settings = settings_of(ctx)
    files = read_edited(edited, settings.detection.lexicons)
    if files.errors:
        return _tell(files.errors)
    after = Lexicon(files)
    before = load_lexicon(settings.detection.lexicons)
    engines = _engines(settings.detection, after) if options["leads"] else None
    failed: list[str] = []
    archive = _archived(archives, settings, failed) if archives else _indexed(settings)
    read = progress(archive, t("lexicon.reading"))
    found = compare(read, before, after, most=options["most"], engines=engines)
    if options["as_json"]:
        print_json(found)
    else:
        _show(found)
    for reason in failed:
        say(plain(reason, 200))
    return 3 if failed else 0


def _engines(settings: DetectionSettings, after: Lexicon) -> tuple[Engine, Engine]:
    from nlp.analyse import load_engine, with_lexicon

    before = load_engine(settings)
    return before, with_lexicon(before, after)


def _archived(
    archives: Iterable[str], settings: Settings, failed: list[str]
) -> Iterator[tuple[str, Document]]:
    """Documents of inputs as ``scan`` reads them; what cannot be read is noted and left out."""
    from crawler.feeds.read import read_inputs

    for item in read_inputs(archives, settings=settings.crawl):
        if item.document is None:
            failed.append(f"{item.ref}: {item.error}")
        else:
            yield item.ref, item.document


def _indexed(settings: Settings) -> Iterator[tuple[str, Document]]:
    """Documents of all hits in the evidence index."""
    from evidence.store.open import open_store
    from evidence.store.protocol import Query

    store = open_store(settings.store)
    try:
        for result in store.scan(Query(sort="newest")):
            yield result.hit.ref or result.hit.id, result.hit.document
    finally:
        store.close()


def _show(found: Preview) -> None:
    key = "lexicon.same" if found.old == found.new else "lexicon.changed"
    counts: dict[str, object] = {
        name: getattr(found, name) for name in ("texts", "changed", "gained", "lost")
    }
    click.echo(t(key, "", old=found.old, new=found.new, **counts))
    for rule in found.rules:
        _show_rule(rule)
    if found.leads is not None:
        gained = [lead for lead in found.leads if lead.side == "gained"]
        click.echo(t("lexicon.lead_changes", gained=len(gained), lost=len(found.leads) - len(gained)))
        for lead in found.leads:
            _show_lead(lead)


def _show_rule(rule: Change) -> None:
    click.echo(f"{rule.rule}  +{rule.gained} -{rule.lost}  {t('lexicon.texts', count=rule.texts)}")
    for example in rule.examples:
        click.echo(f"  {_sign(example)} {plain(example.ref, 30)}  {_quoted(example)}")


def _sign(shown: Example | LeadChange) -> str:
    return click.style("+", fg="green") if shown.side == "gained" else click.style("-", fg="red")


def _quoted(example: Example) -> str:
    """The words in brackets, so that they stand out without colours too."""
    word = click.style(f"【{_line(example.matched)}】", bold=True)
    return f"…{_line(example.before)}{word}{_line(example.after)}…"


def _line(words: str) -> str:
    return "".join(char if char.isprintable() else " " for char in words)


def _show_lead(lead: LeadChange) -> None:
    scores = f"{lead.old_score:.3f} → {lead.new_score:.3f}"
    click.echo(f"  {_sign(lead)} {plain(lead.ref, 30)}  {scores}  {plain(lead.title or lead.url, 60)}")


@lexicon.command("show", help=t("lexicon.show"))
@click.argument("term", required=False)
@click.option("--json", "as_json", is_flag=True, help=t("help.json"))
@click.pass_context
def show(ctx: click.Context, /, term: str | None, as_json: bool) -> int:
    """Entries that are or contain the term; counts by group without one."""
    from nlp.lexicon_check import describe_entries

    entries = describe_entries(settings_of(ctx).detection.lexicons, term or "")
    if as_json:
        print_json(entries)
        return 0
    if not entries:
        click.echo(t("lexicon.unknown", term=plain(term or "")), err=True)
        return 3
    for entry in entries:
        click.echo("\n".join(f"{name}: {value}" for name, value in entry.items() if value) + "\n")
    return 0
