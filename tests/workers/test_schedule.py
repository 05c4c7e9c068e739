"""Schedules: what the configuration may say, and what Celery beat is told."""

from __future__ import annotations

import pytest
from celery.schedules import crontab, schedule
from pydantic import ValidationError

from workers.schedule import beat_entries
from workers.settings import JobSettings


def test_cron_and_interval_become_beat_entries() -> None:
    jobs = (
        JobSettings(name="daily", seeds=("https://a.example/",), cron="30 4 * * 1"),
        JobSettings(name="often", seeds=("https://b.example/",), every_s=60),
    )
    entries = beat_entries(jobs)
    assert entries["daily"]["schedule"] == crontab("30", "4", day_of_week="1")
    assert entries["often"]["schedule"] == schedule(60)
    assert [entry["args"] for entry in entries.values()] == [("daily",), ("often",)]


@pytest.mark.parametrize(
    "when",
    [
        pytest.param({}, id="neither"),
        pytest.param({"cron": "* * * * *", "every_s": 5}, id="both"),
        pytest.param({"cron": "* * *"}, id="three fields"),
    ],
)
def test_a_job_says_once_when_it_runs(when: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        JobSettings.model_validate({"name": "x", "seeds": ["https://a.example/"], **when})
