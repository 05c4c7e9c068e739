"""The Celery application: prefork workers on Redis, messages that carry ids, tasks that may run twice."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from celery import Celery

from workers.settings import Settings, load_settings

if TYPE_CHECKING:
    from workers.settings import WorkerSettings

SCAN_QUEUE = "scan"
CRAWL_QUEUE = "crawl"


def make_app(worker: WorkerSettings) -> Celery:
    """An application on the broker of these settings."""
    app = Celery("xiansuo", broker=worker.broker_url, backend=worker.result_url or worker.broker_url)
    app.conf.update(
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_pool="prefork",
        worker_max_tasks_per_child=500,
        worker_hijack_root_logger=False,
        task_serializer="json",
        accept_content=["json"],
        result_serializer="json",
        result_expires=24 * 3600,
        task_time_limit=worker.task_timeout_s,
        task_soft_time_limit=max(1, worker.task_timeout_s - 10),
        broker_connection_retry_on_startup=True,
        broker_transport_options={
            "visibility_timeout": worker.visibility_timeout_s,
            "socket_connect_timeout": 5,
        },
        task_routes={"xiansuo.scan": {"queue": SCAN_QUEUE}, "xiansuo.crawl": {"queue": CRAWL_QUEUE}},
        task_default_queue=SCAN_QUEUE,
        timezone="Asia/Shanghai",
        enable_utc=True,
    )
    return app


@cache
def settings() -> Settings:
    """The settings of this worker process, read once from its folder and environment."""
    import os

    return load_settings(os.environ.get("XIANSUO_CONFIG"))


app = make_app(settings().worker)
app.conf.include = ["workers.tasks"]
