"""How entries stand in the files of a lexicon folder: reads them and says what is wrong."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nlp.analysis import CATEGORIES
from nlp.errors import LexiconError
from nlp.lexicon_entries import GAP, Allowed, Context, Entry, LexiconFiles, LookalikeRules
from nlp.lexicon_yaml import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    import yaml

    from nlp.lexicon_entries import Kind

_FIELDS: Mapping[str, Callable[[Reader, yaml.Node, str], Any]] = {
    "term": Reader.text,
    "forms": Reader.texts,
    "ambiguous": Reader.flag,
    "needs": Reader.alternatives,
    "unless": Reader.texts,
    "weight": Reader.number,
    "hit": Reader.texts,
    "miss": Reader.texts,
    "source": Reader.text,
    "first_seen": Reader.date,
    "last_seen": Reader.date,
    "note": Reader.text,
    "domains": Reader.domains,
    "category": Reader.text,
    "kind": Reader.text,
}
_DEFAULTS = ("source", "first_seen", "weight")
_ONLY_BRANDS = ("domains", "category", "kind")


def read_folder(folder: Path) -> LexiconFiles:
    """Read every file of a lexicon folder. Nothing is raised: mistakes are in ``errors``."""
    entries: list[Entry] = []
    contexts: list[Context] = []
    allowed: list[Allowed] = []
    errors: list[LexiconError] = []
    lookalike = LookalikeRules()
    paths = [
        path for path in (*folder.glob("*.yaml"), *folder.glob("cues/*.yaml")) if path.name not in _OTHERS
    ]
    if not paths:
        errors.append(LexiconError("holds no lexicon files", path=folder))
    for path in sorted(paths):
        reader = Reader(path)
        root = reader.compose()
        if root is not None:
            if path.name == "context.yaml":
                contexts += _read_contexts(reader, root)
            elif path.name == "allow.yaml":
                allowed += _read_allowed(reader, root)
            elif path.name == "lookalike.yaml":
                lookalike = _read_lookalike(reader, root)
            else:
                entries += _read_entries(reader, root)
        errors += reader.errors
    errors += _check_whole(entries, contexts)
    version = _digest(folder)
    return LexiconFiles(tuple(entries), tuple(contexts), tuple(allowed), tuple(errors), version, lookalike)


_OTHERS = ("basis.yaml",)
"""Files of the same folder that say nothing about detection."""


def _digest(folder: Path) -> str:
    """Digest of everything detection reads from the folder, the files of other detectors included."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.suffix in (".yaml", ".csv")):
        if path.is_file() and path.name not in _OTHERS:
            data = path.read_bytes()
            digest.update(f"{path.relative_to(folder).as_posix()} {len(data)}\n".encode() + data)
    return digest.hexdigest()[:16]


def _read_entries(reader: Reader, root: yaml.Node) -> Iterator[Entry]:
    top = reader.mapping(root)
    kind, group = _file_kind(reader, top)
    values = {name: _FIELDS[name](reader, *_field(top, name)) for name in _DEFAULTS if name in top}
    for name, (_, line) in top.items():
        if name not in ("category", "group", "kind", "note", "entries", *_DEFAULTS):
            reader.wrong("is not a field of a lexicon file", line, name)
    base = Entry(kind, group, "", path=str(reader.path), category=group if kind == "term" else "", **values)
    if "entries" not in top:
        reader.wrong("is missing", root.start_mark.line + 1, "entries")
        return
    for node in reader.sequence(top["entries"][0], "entries"):
        entry = _read_entry(reader, node, base)
        if entry is not None:
            yield entry


def _file_kind(reader: Reader, top: Mapping[str, tuple[yaml.Node, int]]) -> tuple[Kind, str]:
    if reader.path.name == "brands.yaml":
        return "brand", ""
    cue = reader.path.parent.name == "cues"
    name = "group" if cue else "category"
    if name not in top:
        reader.wrong("is missing", 1, name)
        return ("cue" if cue else "term"), reader.path.stem
    group = reader.text(top[name][0], name)
    if group != reader.path.stem:
        reader.wrong(f"must be the file's name, {reader.path.stem}", top[name][1], name)
    if not cue and group not in CATEGORIES:
        reader.wrong(f"{group!r} is not a category", top[name][1], name)
    return ("cue" if cue else "term"), group


def _field(fields: Mapping[str, tuple[yaml.Node, int]], name: str) -> tuple[yaml.Node, str]:
    return fields[name][0], name


def _read_entry(reader: Reader, node: yaml.Node, base: Entry) -> Entry | None:
    line = node.start_mark.line + 1
    fields = reader.mapping(node)
    values: dict[str, Any] = {}
    for name, (value, at) in fields.items():
        if name not in _FIELDS or (name in _ONLY_BRANDS and base.kind != "brand"):
            reader.wrong("is not a field of an entry", at, name)
        else:
            values[name] = _FIELDS[name](reader, value, name)
    group = values.pop("kind", base.group)
    for name in _required(base.kind):
        if name not in values and not getattr(base, name, ""):
            reader.wrong(f"is missing in {values.get('term', '?')}", line, name)
    if not values.get("term"):
        return None
    entry = replace(base, group=group, line=line, **values)
    for problem, name in _problems(entry):
        reader.wrong(f"{problem} in {entry.term}", line, name)
    return entry


def _required(kind: Kind) -> tuple[str, ...]:
    if kind == "brand":
        return ("term", "category", "source", "first_seen")
    return ("term", "hit", "miss", "source", "first_seen")


def _problems(entry: Entry) -> Iterator[tuple[str, str]]:
    if entry.ambiguous and not entry.needs:
        yield "says ambiguous but not what it needs", "needs"
    if entry.needs and not entry.ambiguous:
        yield "needs context but does not say ambiguous: true", "ambiguous"
    if entry.kind == "cue" and (entry.needs or entry.unless):
        yield "is a cue, and cues take no context", "needs"
    if entry.kind == "brand" and not entry.group:
        yield "is missing", "kind"
    if entry.kind == "brand" and entry.category not in CATEGORIES:
        yield f"{entry.category!r} is not a category", "category"
    for form in entry.written:
        if len(form.strip(GAP)) < 1 or form != form.strip():
            yield f"the form {form!r} is empty or has spaces around it", "forms"
    if len(set(entry.written)) != len(entry.written):
        yield "a written form stands twice", "forms"


def _read_contexts(reader: Reader, root: yaml.Node) -> Iterator[Context]:
    top = reader.mapping(root)
    for name in top.keys() - {"groups", "note"}:
        reader.wrong("is not a field of this file", top[name][1], name)
    if "groups" not in top:
        reader.wrong("is missing", 1, "groups")
        return
    for name, (node, line) in reader.mapping(top["groups"][0]).items():
        fields = reader.mapping(node)
        for other in fields.keys() - {"words", "categories", "cues"}:
            reader.wrong("is not a field of a context group", fields[other][1], other)
        lists = {
            key: reader.texts(fields[key][0], key) for key in ("words", "categories", "cues") if key in fields
        }
        yield Context(name, **lists, path=str(reader.path), line=line)


def _read_allowed(reader: Reader, root: yaml.Node) -> Iterator[Allowed]:
    top = reader.mapping(root)
    for name, (node, line) in top.items():
        if name != "phrases":
            reader.wrong("is not a field of this file", line, name)
            continue
        for item in reader.sequence(node, name):
            yield Allowed(reader.text(item, name), str(reader.path), item.start_mark.line + 1)


def _read_lookalike(reader: Reader, root: yaml.Node) -> LookalikeRules:
    top = reader.mapping(root)
    words = {
        name: frozenset(reader.texts(top[name][0], name))
        for name in ("lures", "innocent", "words", "suffixes")
        if name in top
    }
    for name in top.keys() - {"distance", "folds", "note", *words}:
        reader.wrong("is not a field of this file", top[name][1], name)
    distance = {}
    for length, (node, line) in (reader.mapping(top["distance"][0]) if "distance" in top else {}).items():
        if length.isdigit():
            distance[int(length)] = int(reader.number(node, "distance"))
        else:
            reader.wrong(f"{length!r} is not a length", line, "distance")
    folds = reader.mapping(top["folds"][0]) if "folds" in top else {}
    return LookalikeRules(distance, {k: reader.text(v, "folds") for k, (v, _) in folds.items()}, **words)


def _check_whole(entries: list[Entry], contexts: list[Context]) -> Iterator[LexiconError]:
    """What no single file can know: names that must exist elsewhere, rules that stand twice."""
    words = {context.name: set(context.words) for context in contexts}
    groups = {entry.group for entry in entries if entry.kind == "cue"}
    seen: dict[str, int] = {}
    for entry in entries:
        for problem, field in (*_unknown_groups(entry, words), *_settles_itself(entry, words)):
            yield LexiconError(f"{problem} in {entry.term}", path=entry.path, line=entry.line, field=field)
        if entry.rule in seen:
            message = f"{entry.term} stands already at line {seen[entry.rule]}"
            yield LexiconError(message, path=entry.path, line=entry.line, field="term")
        seen.setdefault(entry.rule, entry.line)
    yield from _twice(entries)
    for context in contexts:
        for bad in sorted((set(context.categories) - set(CATEGORIES)) | (set(context.cues) - groups)):
            message = f"{bad!r} is neither category nor cue group"
            yield LexiconError(message, path=context.path, line=context.line)


def _twice(entries: Iterable[Entry]) -> Iterator[LexiconError]:
    """A form that two entries of one group write: which of them is found would be chance."""
    seen: dict[tuple[str, str, str], Entry] = {}
    for entry in entries:
        for form in entry.written:
            key = (entry.kind, "" if entry.kind == "brand" else entry.group, form.casefold())
            first = seen.setdefault(key, entry)
            if first.rule != entry.rule:
                message = f"{form} of {entry.term} is a form of {first.term} at line {first.line} already"
                yield LexiconError(message, path=entry.path, line=entry.line, field="forms")


def _unknown_groups(entry: Entry, words: Mapping[str, set[str]]) -> Iterator[tuple[str, str]]:
    for name in sorted({name for item in entry.needs for name in item} | set(entry.unless)):
        if name not in words:
            yield f"{name!r} is not in context.yaml", "needs"


def _settles_itself(entry: Entry, words: Mapping[str, set[str]]) -> Iterator[tuple[str, str]]:
    """A word said twice must not be its own context."""
    for item in entry.needs:
        for form in entry.written:
            if len(item) == 1 and form in words.get(item[0], ()):
                yield f"{form} is a word of {item[0]}, which it needs,", "needs"
