"""Build the index of training cases: ``python -m nlp.training.cases``.

Input: the word vectors of the model, the made-up texts of the corpus and, where they are at hand, the public
ones (``build/training/real.jsonl``). Output: ``cases.npz`` beside the weights, which ``nlp.similar`` reads.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nlp.analyse import MODELS
from nlp.similar import INDEX, LEVELS, PUBLIC, read_words, unit
from nlp.training.texts import read_corpus, read_labelled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from nlp.similar import WordVectors
    from nlp.training.texts import Labelled

SIZE = 128
"""Numbers kept of each vector."""
REAL = Path("build/training/real.jsonl")


def build_cases(
    words: WordVectors, made_up: Sequence[Labelled], public: Sequence[Labelled]
) -> dict[str, NDArray[Any]]:
    """The arrays of the index; texts without a known word are left out."""
    names = [f"{text.origin}/{text.id}" for text in made_up] + [f"{PUBLIC}/{text.id}" for text in public]
    means = np.array([words.mean(text.text) for text in (*made_up, *public)], np.float32)
    known = np.flatnonzero(means.any(axis=1))
    centre = means[known].mean(axis=0)
    vectors = np.array([unit(mean - centre, SIZE) for mean in means[known]])
    return {
        "names": np.array([names[row] for row in known]),
        "vectors": np.rint(vectors * LEVELS).astype(np.int8),
        "centre": centre,
        "digest": np.array(words.digest),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Build the index of training cases that --explain shows.")
    parser.add_argument("--model", type=Path, default=MODELS / "xiansuo_zh", help="folder of the model")
    parser.add_argument("--real", type=Path, default=REAL, help="labelled public texts")
    options = parser.parse_args(arguments)
    public = read_labelled(options.real) if options.real.is_file() else []
    arrays = build_cases(read_words(options.model), read_corpus(), public)
    path: Path = options.model / INDEX
    np.savez_compressed(path, allow_pickle=False, **arrays)
    print(f"cases: {len(arrays['names'])} texts, {len(public)} of them public, in {path}", file=sys.stderr)


if __name__ == "__main__":
    main()
