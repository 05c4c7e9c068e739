"""How errors end the program: one clear line and a code. 2: usage, 3: the work was not done."""

from __future__ import annotations

import errno
from tomllib import TOMLDecodeError

import click
from pydantic import ValidationError

from console.i18n import t
from crawler.errors import CrawlerError
from evidence.errors import EvidenceError, QueryError, ReviewError
from nlp.errors import NlpError

OUR_ERRORS = (CrawlerError, NlpError, EvidenceError, OSError)
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def exit_code(error: Exception) -> int:
    """Print ``error`` as one line and return its exit code. An error that is not ours is a bug: raise it."""
    if isinstance(error, ValidationError):
        for problem in error.errors():
            place = ".".join(str(part) for part in problem["loc"])
            click.echo(f"{t('error.prefix')}: {place}: {problem['msg']}", err=True)
        return 2
    if isinstance(error, TOMLDecodeError):
        click.echo(f"{t('error.prefix')}: {t('error.config', reason=error)}", err=True)
        return 2
    if isinstance(error, BrokenPipeError):
        return 0
    if (full := _full_disk(error)) is not None:
        click.echo(f"{t('error.prefix')}: {t('error.disk_full', where=full)}", err=True)
        return 3
    if isinstance(error, ReviewError):
        click.echo(f"{t('error.prefix')}: {t(f'refusal.{error.rule}')} ({error})", err=True)
        return 3
    if isinstance(error, OUR_ERRORS):
        click.echo(f"{t('error.prefix')}: {error}", err=True)
        return 2 if isinstance(error, QueryError) else 3
    raise error


def _full_disk(error: BaseException | None) -> str | None:
    """What could not be written where ``error`` comes from a full disk; ``None`` for any other error."""
    said = str(error)
    while error is not None:
        if isinstance(error, OSError) and error.errno in FULL:
            return str(error.filename) if error.filename else said
        if type(error).__module__ == "sqlite3" and "disk is full" in str(error):
            return said
        error = error.__cause__
    return None
