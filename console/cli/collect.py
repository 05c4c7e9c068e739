"""``xiansuo crawl`` and ``ads``: collect, judge, keep proof. ``apps`` does so too, in ``apps.py``."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click

from console.cli.output import (
    closing_counts,
    json_line,
    keep_lines,
    plain,
    progress,
    say,
    say_whole,
    show,
    sink,
    table,
)
from console.cli.scan import add_row
from console.cli.settings import settings_of
from console.cli.stopping import stoppable
from console.i18n import t
from crawler.errors import Stopped
from evidence.clock import in_beijing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from crawler.job import PageOutcome
    from crawler.settings import CrawlSettings
    from workers.crawl import Seen
    from workers.listings import Changed
    from workers.pipeline import Tally
    from workers.settings import Settings

    class Collector(Protocol):
        """Collects outcomes of targets, leaving their files in a folder."""

        def __call__(
            self, targets: Iterable[str], /, *, settings: CrawlSettings, directory: Path | None = None
        ) -> Iterator[PageOutcome]: ...


@click.command(help=t("help.crawl"))
@click.argument("seeds", metavar="SEED...", nargs=-1, required=True)
@click.option("--pages", type=click.IntRange(min=1), help=t("crawl.pages"))
@click.option("--render", type=click.Choice(["auto", "never", "always"]), help=t("crawl.render"))
@click.option("--job", help=t("crawl.job"))
@click.option(
    "--revisit", type=click.Choice(["all", "changed", "due"]), default="all", help=t("crawl.revisit")
)
@click.option("--resume", is_flag=True, help=t("crawl.resume"))
@click.option("--out", type=click.Path(dir_okay=False), help=t("crawl.out"))
@click.pass_context
def crawl(
    ctx: click.Context, /, seeds: tuple[str, ...], resume: bool, out: str | None, **options: object
) -> int:
    """Crawl from the seeds and save the hits."""
    from crawler.errors import CrawlerError
    from crawler.job import CrawlSpec
    from workers import crawl as jobs
    from workers.pipeline import Tally

    settings = settings_of(ctx)
    job = str(options["job"] or jobs.job_name(seeds))
    try:
        folder = jobs.run_folder(settings, job, resume=resume)
    except CrawlerError as error:
        if error.reason != "unfinished":
            raise
        raise click.UsageError(t("crawl.unfinished", job=job)) from error
    given = {name: options[name] for name in ("pages", "render", "revisit")}
    spec = CrawlSpec(name=job, seeds=seeds, **given)  # type: ignore[arg-type]
    before = jobs.read_progress(folder)
    if out is not None and resume:
        keep_lines(Path(out), before.outcomes)
    from nlp.analyse import load_engine

    engine, warn, tally = load_engine(settings.detection), _warn_once(), Tally(saving=True)
    try:
        with (
            stoppable() as stop,
            closing_counts(tally, resumable="resumable"),
            closing(jobs.crawl(spec, folder, settings, engine=engine, warn=warn, stop=stop)) as seen,
        ):
            _deal(seen, tally, out, append=before.outcomes > 0)
    finally:
        say_whole(before.totals, tally)
        if waiting := jobs.undealt(folder):
            say(t("crawl.waiting", count=waiting))
    return 3 if tally.failed else 0


def _warn_once() -> Callable[[str], None]:
    said: set[str] = set()

    def warn(reason: str) -> None:
        if reason not in said:
            said.add(reason)
            say(t("crawl.no_browser", reason=reason))

    return warn


def _deal(stream: Iterator[Seen], tally: Tally, out: str | None, *, append: bool) -> None:
    """Write every page's verdict, count it, and show the hits at the end, whatever ends it."""
    from contextlib import nullcontext

    from workers.verdict import page_verdict

    rows = table("url", "score", "categories", "stance", "words", "contacts")
    try:
        with sink(out, append=append) if out is not None else nullcontext() as target:
            for seen in progress(stream, t("crawl.progress")):
                if target is not None:
                    target.write(json_line(page_verdict(seen)))
                tally.add(seen.judged)
                add_row(rows, seen.judged, everything=False)
    finally:
        if rows.row_count:
            show(rows)


@click.command(help=t("help.ads"))
@click.argument("urls", metavar="URL...", nargs=-1, required=True)
@click.option("--out", type=click.Path(dir_okay=False), help=t("crawl.out"))
@click.pass_context
def ads(ctx: click.Context, /, urls: tuple[str, ...], out: str | None) -> int:
    """Collect ad slots with their redirect chains and landing pages and save the hits."""
    from crawler.ads import collect_ads

    return collect(settings_of(ctx), collect_ads, urls, out, job="ads")


def collect(
    settings: Settings, collector: Collector, targets: tuple[str, ...], out: str | None, *, job: str
) -> int:
    """Collect the targets, judge, save the hits; versions of app listings are kept. The exit code."""
    from nlp.analyse import load_engine
    from workers.crawl import deal, fresh_folder
    from workers.listings import keep_versions
    from workers.pipeline import Tally

    folder = fresh_folder(settings, job)
    outcomes = collector(targets, settings=settings.crawl, directory=folder)
    engine, tally = load_engine(settings.detection), Tally(saving=True)
    with stoppable() as stop, closing_counts(tally):
        stream = _until(stop, outcomes)
        seen = deal(stream, folder, settings, job=job, engine=engine, warn=_warn_once())
        _deal(keep_versions(seen, folder, settings, changed=_tell_change), tally, out, append=False)
    return 3 if tally.failed else 0


def _tell_change(changed: Changed) -> None:
    before, after = changed
    say(t("apps.changed", app=plain(after.key), store=after.listing.store, at=in_beijing(before.seen_at)))


def _until(stop: Callable[[], bool], outcomes: Iterable[PageOutcome]) -> Iterator[PageOutcome | None]:
    """The outcomes, each to be dealt with at once, for the next may be long in coming."""
    for outcome in outcomes:
        yield outcome
        yield None
        if stop():
            raise Stopped("told to stop")
