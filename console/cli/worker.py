"""``xiansuo worker`` and ``xiansuo schedule``: Celery's worker and beat with our settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from console.cli.settings import settings_of
from console.i18n import t

if TYPE_CHECKING:
    from workers.settings import Settings


def _ready(ctx: click.Context, /) -> Settings:
    """Settings for Celery's processes; says clearly when the broker does not answer."""
    from workers.client import broker_reachable, shown_broker

    settings = settings_of(ctx)
    if reason := broker_reachable(settings):
        raise click.ClickException(
            t("worker.no_broker", url=shown_broker(settings.worker.broker_url), reason=reason)
        )
    return settings


@click.command(help=t("help.worker"))
@click.option("--concurrency", type=click.IntRange(min=0), help=t("worker.concurrency"))
@click.pass_context
def worker(ctx: click.Context, /, concurrency: int | None) -> int:
    """Work on the scan and crawl queues until told to stop."""
    settings = _ready(ctx)
    from workers.app import CRAWL_QUEUE, SCAN_QUEUE, app
    from workers.judge import cores

    processes = concurrency or settings.worker.concurrency or cores()
    queues = f"{SCAN_QUEUE},{CRAWL_QUEUE}"
    app.worker_main(
        ["worker", "--pool=prefork", f"--concurrency={processes}", "-Q", queues, "--loglevel=info"]
    )
    return 0


@click.command(help=t("help.schedule"))
@click.option("--now", is_flag=True, help=t("worker.now"))
@click.pass_context
def schedule(ctx: click.Context, /, now: bool) -> int:
    """Queue the configured crawl jobs when they are due."""
    settings = _ready(ctx)
    if not settings.schedule:
        raise click.UsageError(t("worker.no_jobs"))
    from workers.app import app
    from workers.schedule import beat_entries
    from workers.tasks import crawl_job

    if now:
        for job in settings.schedule:
            click.echo(f"{job.name} {crawl_job.delay(job.name).id}")
        return 0
    app.conf.beat_schedule = beat_entries(settings.schedule)
    settings.data.mkdir(parents=True, exist_ok=True)
    app.Beat(schedule=str(settings.data / "beat"), loglevel="info").run()
    return 0
