"""Errors of detection.

NlpError
├── LabelError        a file of labelled texts that lacks a field or is no JSON lines
├── LexiconError      a lexicon file that breaks its rules; carries path, line and field
├── ModelError        a model that is missing, corrupt or of another version
├── ExtraError        an optional part that was asked for and is not installed
├── DeepError         a deep tier that cannot be used or did not answer
└── AttackError       a package or table that measuring under attack needs and that is missing
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class NlpError(Exception):
    """Base of this package's errors."""


class LabelError(NlpError):
    """A file of labelled texts that lacks a field or is no JSON lines. Shown as ``file:line: message``."""


class LexiconError(NlpError):
    """A lexicon file that breaks its rules. Shown as ``file:line: field: message``."""

    def __init__(self, message: str, *, path: Path | str, line: int = 0, field: str = "") -> None:
        self.path, self.line, self.field = path, line, field
        place = f"{path}:{line}" if line else f"{path}"
        super().__init__(": ".join(part for part in (place, field, message) if part))


class ModelError(NlpError):
    """A model that is missing, corrupt or of another version."""


class ExtraError(NlpError):
    """An optional part that was asked for and is not installed; says what to install."""


class DeepError(NlpError):
    """A deep tier that cannot be used or did not answer."""


class AttackError(NlpError):
    """A package or table that measuring under attack needs and that is missing."""
