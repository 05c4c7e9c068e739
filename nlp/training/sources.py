"""Texts of public repositories, cut out of checked-out copies by the manifest.

The manifest names repository, commit, path and character offsets, never words; ``sha256`` is that of the
text, so that another commit or a changed file is noticed.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from nlp.errors import LabelError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def cut_out(entry: Mapping[str, Any], clones: Path) -> dict[str, Any]:
    """The labelled text of a manifest entry, from ``clones/OWNER/NAME``, checked out at the entry's commit.

    Raises LabelError where the file is missing or its text is not the one that was labelled.
    """
    place = f"{entry['repo']}/{entry['path']}"
    root = (clones / entry["repo"]).resolve()
    path = (root / entry["path"]).resolve()
    if not (path.is_relative_to(root) and path.is_file()):
        raise LabelError(f"{place}: no such file under {clones}; check out commit {entry['commit']}")
    text = path.read_bytes().decode("utf-8", "replace")[entry["start"] : entry["end"]]
    if hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() != entry["sha256"]:
        raise LabelError(f"{place}: not the text that was labelled; check out commit {entry['commit']}")
    return {**entry, "text": text}
