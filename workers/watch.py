"""Whether worker processes are there at all, and whether one of them still holds a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from celery import Celery

ANSWER_S = 4.0
"""How long workers may take to answer a question; a busy machine answers late."""


def worker_answers(app: Celery) -> bool:
    """Whether a worker answers: at once where one does, else after ``ANSWER_S``."""
    return bool(app.control.ping(timeout=ANSWER_S, limit=1))


def is_held(app: Celery, task: str) -> bool | None:
    """Whether a worker that answers works on a task or will; ``None`` where no worker answers at all.

    A task that still waits in its queue is nobody's: see :func:`waiting`.
    """
    inspect = app.control.inspect(timeout=ANSWER_S)
    # In the order in which a task passes through them, so that none slips by between two questions.
    answers = [inspect.scheduled(), inspect.reserved(), inspect.active()]
    if not any(answers):
        return None
    return any(task in _ids(rows) for answer in answers for rows in (answer or {}).values())


def waiting(app: Celery, queue: str) -> int:
    """How many messages of a queue no worker has taken yet."""
    from amqp.exceptions import ChannelError  # type: ignore[import-untyped]

    with app.connection_for_read() as connection, connection.channel() as channel:
        try:
            return int(channel.queue_declare(queue=queue, passive=True).message_count)
        except ChannelError:  # in Redis an empty queue is none
            return 0


def _ids(rows: Iterable[dict[str, Any]]) -> set[str]:
    """Task ids in a worker's answer; tasks that are to run later are wrapped in what says when."""
    return {str(row.get("request", row).get("id")) for row in rows}
