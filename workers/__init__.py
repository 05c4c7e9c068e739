"""Run it: the pipeline, its Celery tasks and its schedules."""
