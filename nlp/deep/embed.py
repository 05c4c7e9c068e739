"""Sentence vectors by an ONNX embedding model from a folder or a hub id (``xiansuo[deep]``)."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nlp.errors import DeepError, ExtraError
from nlp.normalise import normalise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

WEIGHTS = ("onnx/model_quantized.onnx", "onnx/model.onnx", "model_quantized.onnx", "model.onnx", "*.onnx")
"""Where the weights lie in a folder, the first that is there."""
TOKENIZERS = ("tokenizer.json", "*tokenizer.json")
WINDOW, STEP, LONGEST = 300, 240, 2400
"""Characters of a window, from one to the next, and of a text at most."""
WHOLE = 360
"""Characters up to which a text is one window."""
MOST_TOKENS = 512


class Embedder:
    """An open embedding model. ``fingerprint`` is the start of the SHA-256 of its weights."""

    def __init__(self, folder: Path) -> None:
        weights, tokens = _first(folder, WEIGHTS), _first(folder, TOKENIZERS)
        try:
            import onnxruntime
            from tokenizers import Tokenizer
        except ImportError as error:
            raise ExtraError(f"{error.name} is missing: pip install 'xiansuo[deep]'") from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # others work beside this process
        try:
            self._tokenizer: Any = Tokenizer.from_file(str(tokens))
            self._session: Any = onnxruntime.InferenceSession(str(weights), options)
        except Exception as error:  # both raise what their native part pleases
            raise DeepError(f"cannot read the embedding model in {folder}: {error}") from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MOST_TOKENS)
        self._inputs = {entry.name for entry in self._session.get_inputs()}
        self.fingerprint = hashlib.sha256(weights.read_bytes()).hexdigest()[:16]

    def embed(self, text: str) -> Floats:
        """Unit vector of a text: the mean over its windows of the first token's vector at unit length."""
        encoded = [entry.ids for entry in self._tokenizer.encode_batch(windows_of(text))]
        width = max(1, *map(len, encoded))
        ids, mask = np.zeros((len(encoded), width), np.int64), np.zeros((len(encoded), width), np.int64)
        for row, tokens in enumerate(encoded):
            ids[row, : len(tokens)], mask[row, : len(tokens)] = tokens, 1
        every = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        given = {name: value for name, value in every.items() if name in self._inputs}
        first = np.asarray(self._session.run(None, given)[0][:, 0], np.float32)
        mean: Floats = _unit(_unit(first).mean(axis=0, keepdims=True))[0]
        return mean


def windows_of(text: str) -> list[str]:
    """Overlapping windows of the normalised text."""
    normal = normalise(text[: 2 * LONGEST]).text[:LONGEST]
    if len(normal) <= WHOLE:
        return [normal]
    return [normal[start : start + WINDOW] for start in range(0, len(normal), STEP)]


def find_model(name: str) -> Path:
    """Folder of an embedding model: ``name`` itself, or what the hub has under that id."""
    if not name:
        raise DeepError("detection.deep.model names no embedding model: give a folder or a hub id")
    folder = Path(name)
    if folder.is_dir():
        return folder
    if folder.is_absolute() or name.startswith((".", "~")) or name.count("/") != 1:
        raise DeepError(f"there is no folder {name} with an embedding model")
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise ExtraError(f"{error.name} is missing: pip install 'xiansuo[deep]'") from error
    try:
        return Path(snapshot_download(name, allow_patterns=["*.onnx", "*tokenizer.json"]))
    except Exception as error:  # no network, no such model, no right to it
        raise DeepError(
            f"cannot fetch the embedding model {name}: {type(error).__name__}: {error}"
        ) from error


def _first(folder: Path, patterns: Sequence[str]) -> Path:
    for pattern in patterns:
        if found := sorted(folder.glob(pattern)):
            return found[0]
    raise DeepError(f"{folder} has no {patterns[-1]}")


def _unit(rows: Floats) -> Floats:
    norms = np.sqrt(np.square(rows).sum(axis=1, keepdims=True))
    return np.asarray(rows / np.maximum(norms, 1e-6), np.float32)
