"""Crawl jobs on a schedule: the configuration's ``[[schedule]]`` entries as Celery beat entries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from celery.schedules import crontab, schedule

from workers.app import CRAWL_QUEUE

if TYPE_CHECKING:
    from workers.settings import JobSettings


def beat_entries(jobs: tuple[JobSettings, ...]) -> dict[str, dict[str, Any]]:
    """One beat entry a job; jobs are told apart by name."""
    return {
        job.name: {
            "task": "xiansuo.crawl",
            "schedule": _when(job),
            "args": (job.name,),
            "options": {"queue": CRAWL_QUEUE},
        }
        for job in jobs
    }


def _when(job: JobSettings) -> Any:
    if job.cron:
        minute, hour, day, month, weekday = job.cron.split()
        return crontab(minute, hour, weekday, day, month)
    return schedule(job.every_s)
