"""A tiny embedding model in ONNX, one row of a table a token; written by hand, without a further package."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from tokenizers import Regex, Tokenizer, models, pre_tokenizers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FLOAT, INT64 = 1, 7
SIZE = 16


def _varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes | str) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _value(name: str, kind: int, dims: Sequence[str | int]) -> bytes:
    shape = b"".join(_bytes(1, _bytes(2, dim) if isinstance(dim, str) else _number(1, dim)) for dim in dims)
    return _bytes(1, name) + _bytes(2, _bytes(1, _number(1, kind) + _bytes(2, shape)))


def write_model(folder: Path, words: Sequence[str]) -> Path:
    """A folder with ``model.onnx`` and ``tokenizer.json``; the first token of a text stands for all of it."""
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = {"[UNK]": 0} | {word: number for number, word in enumerate(words, 1)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    tokenizer.save(str(folder / "tokenizer.json"))
    table = np.random.default_rng(1).normal(size=(len(vocabulary), SIZE)).astype("<f4")
    node = _bytes(1, "table") + _bytes(1, "input_ids") + _bytes(2, "hidden") + _bytes(4, "Gather")
    tensor = _number(1, len(vocabulary)) + _number(1, SIZE) + _number(2, FLOAT)
    tensor += _bytes(8, "table") + _bytes(9, table.tobytes())
    graph = _bytes(1, node) + _bytes(2, "tiny") + _bytes(5, tensor)
    graph += _bytes(11, _value("input_ids", INT64, ("texts", "tokens")))
    graph += _bytes(12, _value("hidden", FLOAT, ("texts", "tokens", SIZE)))
    model = _number(1, 8) + _bytes(7, graph) + _bytes(8, _bytes(1, "") + _number(2, 13))
    (folder / "model.onnx").write_bytes(model)
    return folder
