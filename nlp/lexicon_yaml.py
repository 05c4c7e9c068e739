"""Read YAML nodes strictly: each mistake is named with its path, line and field, none stops the others.

Nodes are composed here rather than by ``yaml.safe_load``, because only nodes know their lines. Anchors,
aliases and tags are no part of the lexicon format; a file that uses an alias is refused before it can grow.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from nlp.errors import LexiconError

MAX_BYTES = 8_000_000
MAX_WEIGHT = 10.0

_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
_DOMAIN = re.compile(r"[a-z0-9*-]+(\.[a-z0-9*-]+)+")
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(slots=True)
class Reader:
    """Turns YAML nodes into values and collects what is wrong with them. ``cue``: the file is one of cues."""

    path: Path
    cue: bool = False
    errors: list[LexiconError] = field(default_factory=list)
    _seen: set[int] = field(default_factory=set)

    def wrong(self, message: str, line: int = 0, name: str = "") -> None:
        self.errors.append(LexiconError(message, path=self.path, line=line, field=name))

    def compose(self) -> yaml.Node | None:
        """The root node of the file, or None where it cannot be read (the reason is recorded)."""
        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            if self.path.stat().st_size > MAX_BYTES:
                self.wrong(f"the file is larger than {MAX_BYTES} bytes")
                return None
            return yaml.compose(self.path.read_bytes().decode("utf-8"), Loader=loader)
        except OSError as error:
            self.wrong(f"cannot be read: {error.strerror}")
        except UnicodeDecodeError as error:
            self.wrong(f"is not UTF-8 at byte {error.start}")
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            self.wrong(f"is not YAML: {getattr(error, 'problem', error)}", mark.line + 1 if mark else 0)
        except RecursionError:
            self.wrong("is nested too deeply")
        return None

    def mapping(self, node: yaml.Node) -> dict[str, tuple[yaml.Node, int]]:
        """Keys with their value nodes and lines; empty (and recorded) where it is no mapping."""
        line = node.start_mark.line + 1
        if not isinstance(node, yaml.MappingNode) or not self._fresh(node):
            self.wrong("must be a mapping without aliases", line)
            return {}
        found: dict[str, tuple[yaml.Node, int]] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.wrong("a key must be a word", key.start_mark.line + 1)
            elif key.value in found:
                self.wrong("stands twice", key.start_mark.line + 1, key.value)
            else:
                found[key.value] = (value, key.start_mark.line + 1)
        return found

    def sequence(self, node: yaml.Node, name: str) -> list[yaml.Node]:
        """Items; empty (and recorded) where it is no list."""
        if not isinstance(node, yaml.SequenceNode) or not self._fresh(node):
            self.wrong("must be a list without aliases", node.start_mark.line + 1, name)
            return []
        return list(node.value)

    def text(self, node: yaml.Node, name: str) -> str:
        if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
            self.wrong("must be a text that is not empty", node.start_mark.line + 1, name)
            return ""
        return str(node.value)

    def texts(self, node: yaml.Node, name: str) -> tuple[str, ...]:
        """One text or a list of them."""
        if isinstance(node, yaml.ScalarNode):
            return (self.text(node, name),)
        return tuple(self.text(item, name) for item in self.sequence(node, name))

    def number(self, node: yaml.Node, name: str) -> float:
        try:
            value = float(self.text(node, name))
        except ValueError:
            value = -1.0
        if not 0 < value <= MAX_WEIGHT:
            self.wrong(f"must be a number above 0 and at most {MAX_WEIGHT:g}", node.start_mark.line + 1, name)
            return 1.0
        return value

    def flag(self, node: yaml.Node, name: str) -> bool:
        value = self.text(node, name)
        if value not in ("true", "false"):
            self.wrong("must be true or false", node.start_mark.line + 1, name)
        return value == "true"

    def date(self, node: yaml.Node, name: str) -> str:
        value = self.text(node, name)
        if not _DATE.fullmatch(value):
            self.wrong("must be a date: 2026, 2026-02 or 2026-02-06", node.start_mark.line + 1, name)
        return value

    def domains(self, node: yaml.Node, name: str) -> tuple[str, ...]:
        found = self.texts(node, name)
        for domain in found:
            if not _DOMAIN.fullmatch(domain):
                self.wrong(f"{domain!r} is not a domain in lower case", node.start_mark.line + 1, name)
        return found

    def alternatives(self, node: yaml.Node, name: str) -> tuple[tuple[str, ...], ...]:
        """``[coin, money+cta]``: coin, or money and cta."""
        found = tuple(tuple(item.split("+")) for item in self.texts(node, name))
        for word in (word for item in found for word in item):
            if not _NAME.fullmatch(word):
                self.wrong(f"{word!r} is not the name of a context group", node.start_mark.line + 1, name)
        return found

    def _fresh(self, node: yaml.Node) -> bool:
        # An alias hands out the node of its anchor again: that is how a small file becomes a huge one.
        fresh = id(node) not in self._seen
        self._seen.add(id(node))
        return fresh
