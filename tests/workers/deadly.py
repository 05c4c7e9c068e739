"""Documents that kill whatever process analyses them: no input is known to do it, so the fault is planted.

``python -m tests.workers.deadly COMMAND…`` is ``xiansuo COMMAND…`` with the fault in it.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import workers.judge
from crawler.document import Block, make_document
from crawler.feeds.item import FeedItem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crawler.document import Document
    from nlp.analyse import Engine
    from nlp.analysis import Analysis

DEADLY = "deadly"
ONCE = "deadly once: "
"""Followed by the path of a file: the process dies unless the file is there, and makes it first."""

ALL_ONCE = "deadly once to all: "
"""As ``ONCE``, for the whole group of processes."""

_real = workers.judge.analyse_many


def analyse_or_die(documents: Iterable[Document], engine: Engine) -> Iterator[Analysis]:
    """As ``analyse_many``, but some documents end the process."""
    documents = list(documents)
    for document in documents:
        text = document.blocks[0].text
        if text == DEADLY:
            os.kill(os.getpid(), signal.SIGKILL)
        for sign, victim in ((ONCE, os.getpid()), (ALL_ONCE, -os.getpgrp())):
            if text.startswith(sign) and not (mark := Path(text.removeprefix(sign))).exists():
                mark.touch()
                os.kill(victim, signal.SIGKILL)
    return _real(documents, engine)


def item(ref: str, text: str) -> FeedItem:
    """A feed item of one block."""
    return FeedItem(ref, make_document(source="file", blocks=(Block("body", text),), place=ref))


if __name__ == "__main__":
    from console.cli import main

    workers.judge.analyse_many = analyse_or_die
    main()
