"""How entries stand in the files of a lexicon folder: reads them and says what is wrong."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from nlp.analysis import CATEGORIES
from nlp.errors import LexiconError
from nlp.lexicon_entries import GAP, Allowed, Context, Entry, LexiconFiles, LookalikeRules
from nlp.lexicon_lint import check_whole
from nlp.lexicon_yaml import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
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


def read_folder(folder: Path, *, edited: Path | None = None) -> LexiconFiles:
    """Read every file of a lexicon folder. Nothing is raised: mistakes are in ``errors``.

    ``edited`` is read in the place of the folder's file of its name, or besides them where there is none.
    """
    entries: list[Entry] = []
    contexts: list[Context] = []
    allowed: list[Allowed] = []
    errors: list[LexiconError] = []
    lookalike = LookalikeRules()
    standing = _standing(folder, edited)
    places = [place for place in standing if place.match("*.yaml") and place.parts[:-1] in _READ]
    if not places:
        errors.append(LexiconError("holds no lexicon files", path=folder))
    for place in places:
        reader = Reader(standing[place], cue=place.parent.name == "cues")
        root = reader.compose()
        if root is not None:
            if place.name == "context.yaml":
                contexts += _read_contexts(reader, root)
            elif place.name == "allow.yaml":
                allowed += _read_allowed(reader, root)
            elif place.name == "lookalike.yaml":
                lookalike = _read_lookalike(reader, root)
            else:
                entries += _read_entries(reader, root)
        errors += reader.errors
    errors += check_whole(entries, contexts, allowed)
    version = _digest(standing)
    return LexiconFiles(tuple(entries), tuple(contexts), tuple(allowed), tuple(errors), version, lookalike)


_READ = ((), ("cues",))
"""Folders whose files hold entries; others belong to other detectors."""

_OTHERS = ("basis.yaml",)
"""Files of the same folder that say nothing about detection."""


def _standing(folder: Path, edited: Path | None) -> dict[PurePath, Path]:
    """Everything detection reads from the folder, by its place there, in order."""
    found = {
        PurePath(path.relative_to(folder)): path
        for path in folder.rglob("*")
        if path.suffix in (".yaml", ".csv") and path.name not in _OTHERS and path.is_file()
    }
    if edited is not None:
        place, cue = PurePath(edited.name), PurePath("cues", edited.name)
        found[cue if edited.parent.name == "cues" or (cue in found and place not in found) else place] = (
            edited
        )
    return dict(sorted(found.items()))


def stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Name, size and time of change of all that detection reads: another once something was edited."""
    stamps = []
    for place, path in _standing(folder, None).items():
        with contextlib.suppress(OSError):  # taken away meanwhile: so it is for the next look
            status = path.stat()
            stamps.append((place.as_posix(), status.st_size, status.st_mtime_ns))
    return tuple(stamps)


def _digest(standing: Mapping[PurePath, Path]) -> str:
    """Digest of all files; one that cannot be read counts by its name (reading it says why)."""
    digest = hashlib.sha256()
    for place, path in standing.items():
        try:
            data = path.read_bytes()
        except OSError:
            data = b""
        digest.update(f"{place.as_posix()} {len(data)}\n".encode() + data)
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
    cue = reader.cue
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
    for name in top.keys() - {"distance", "folds", "note", "weight", *words}:
        reader.wrong("is not a field of this file", top[name][1], name)
    distance = {}
    for length, (node, line) in (reader.mapping(top["distance"][0]) if "distance" in top else {}).items():
        if length.isdigit():
            distance[int(length)] = int(reader.number(node, "distance"))
        else:
            reader.wrong(f"{length!r} is not a length", line, "distance")
    folds = reader.mapping(top["folds"][0]) if "folds" in top else {}
    weight = reader.number(top["weight"][0], "weight") if "weight" in top else 1.0
    read = {k: reader.text(v, "folds") for k, (v, _) in folds.items()}
    return LookalikeRules(distance, read, weight=weight, **words)
