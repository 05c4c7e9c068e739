"""What a worker process does, called as Celery calls it, without a broker."""

from __future__ import annotations

import os
import subprocess
import sys
from shutil import copytree
from typing import TYPE_CHECKING

from nlp.lexicon import default_folder
from tests.console.typed import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """
import os, pathlib, sys
import msgspec
from crawler.document import Block, make_document
from crawler.feeds.item import FeedItem
from evidence.blobs import open_blobs
from workers import tasks
from workers.app import settings

blobs = open_blobs(settings().store.blobs)
text = "蓝鹦鹉通道,收U出U,秒结不冻卡,微信 ulaoban_886"
document = make_document(source="post", blocks=(Block("body", text),))
batch = blobs.put(msgspec.msgpack.encode((FeedItem("1", document),)))

def found():
    judged = blobs.get(tasks.scan_batch.run(batch, "2026-11-24"))
    return "payment/蓝鹦鹉通道".encode() in judged

assert not found()
path = pathlib.Path(sys.argv[1])
entry = "- {term: 蓝鹦鹉通道, hit: 蓝鹦鹉通道, miss: 蓝鹦鹉, source: a}"
path.write_text(path.read_text("utf-8") + entry, "utf-8")
os.utime(path, (0, 0))
while not found():
    pass
print("followed")
"""


def test_a_worker_follows_edits_of_its_lexicons(tmp_path: Path) -> None:
    lexicons = tmp_path / "lexicons"
    copytree(default_folder(), lexicons)
    environment = {
        "PYTHONPATH": str(ROOT),
        "XIANSUO_DETECTION__LEXICONS": str(lexicons),
        "XIANSUO_DETECTION__RELOAD_S": "0.001",
        "XIANSUO_STORE__BLOBS": str(tmp_path / "blobs"),
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(lexicons / "payment.yaml")],
        env={**os.environ, **environment}, cwd=tmp_path,
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.stdout.strip() == "followed", done.stderr
