"""What the documents say is so: commands, options, settings, links, pictures and names of files.

``make settings-table`` writes docs/settings.md anew from the fields' own descriptions.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import tomllib
from typing import TYPE_CHECKING, get_args

import click
import pytest
from pydantic import BaseModel, SecretStr

from console.cli import cli
from tests.console.typed import ROOT, xiansuo
from workers.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydantic.fields import FieldInfo

ROOMS = ("crawler", "nlp", "lexicons", "evidence", "workers", "console")
DOCUMENTS = sorted(
    path
    for path in (ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md"))
    if path.is_file()
) + sorted(path for room in (*ROOMS, "tests") for path in (ROOT / room).rglob("README.md"))
SETTINGS = ROOT / "docs" / "settings.md"
MADE_BY_RUNS = {"xiansuo.toml", "sitemaps.json", "pages.jsonl", "progress.json", "capture.json"}
"""Files that documents name and that no checkout has."""
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")

_FENCE = re.compile(r"^```(?:console|sh)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_ANY_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`((?:xiansuo|make) [^`]+)`")
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
_FILE = re.compile(r"`([\w./*-]+(?:\.(?:py|ya?ml|csv|toml|txt|js|css|html|json|jsonl|sh)|/))`")
_SETTING = re.compile(
    r"`((?:crawl|detection|store|evidence|worker|serve)(?:\.deep)?)\.(?!py`|deep`)([a-z_]+)`"
)
_VARIABLE = re.compile(r"\bXIANSUO_([A-Z]+(?:__DEEP)?)__((?!DEEP__)[A-Z_]+)\b")

parametrise_documents = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix()
)


def typed(text: str) -> list[str]:
    """Commands of a document's shell blocks, without prompt and comment; ``…`` stands for output left out."""
    lines = [line for block in _FENCE.findall(text) for line in block.splitlines() if line.startswith("$ ")]
    return [one.strip() for line in lines for one in re.split(r"(?:^|\s{2,})\$ ", line) if one.strip()]


def unknown(words: list[str], command: click.Command = cli) -> str:
    """The first word of a command line that is no subcommand or option of ours, or an empty string."""
    context = click.Context(command)
    while words and isinstance(command, click.Group):
        if words[0].startswith("-"):
            break
        found = command.get_command(context, words[0])
        if found is None and (default := getattr(command, "default", "")):
            command = command.commands[default]
            break
        if found is None:
            return words[0]
        command, words = found, words[1:]
    known = {name for one in command.get_params(context) for name in (*one.opts, *one.secondary_opts)}
    return next((word for word in words if word.startswith("-") and word not in known), "")


@parametrise_documents
def test_commands_exist(document: Path) -> None:
    text = document.read_text("utf-8")
    lines = typed(text) + [line for line in _INLINE.findall(_ANY_FENCE.sub("", text)) if "…" not in line]
    for line in lines:
        program, *words = shlex.split(line, comments=True)
        if program == "xiansuo":
            assert unknown(words) == "", line
        elif program == "make":
            targets = [word for word in words if "=" not in word]
            assert all(re.search(rf"^{target}:", MAKEFILE, re.MULTILINE) for target in targets), line


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("scan a --format jsonl", ""),
        ("scan a --formt jsonl", "--formt"),
        ("leads lst", "lst"),
        ("scna a", "scna"),
    ],
)
def test_a_misspelt_command_is_seen(line: str, word: str) -> None:
    assert unknown(line.split()) == word


def test_the_commands_of_the_readme_run(tmp_path: Path) -> None:
    """Those that need neither network nor servers, in their order; the lead is the one they find."""
    posts = [
        {
            "id": "1",
            "text": "长期收U出U，秒结不冻卡，承兑加 TG @ulaoban_886",
            "url": "https://bbs.example.com/1",
        }
    ]
    (tmp_path / "posts.jsonl").write_text("".join(json.dumps(post) + "\n" for post in posts))
    lead = "b4f1547b"
    ran = 0
    for line in typed((ROOT / "README.md").read_text("utf-8")):
        program, *words = shlex.split(line, comments=True)
        if program != "xiansuo" or not _is_cheap(words):
            continue
        done = xiansuo(*(lead if word == "b4f1547b" else word for word in words), cwd=tmp_path)
        assert done.returncode == 0, (line, done.stderr)
        ran += 1
        if words[:2] == ["leads", "list"]:
            lead = json.loads(xiansuo("leads", "list", "--json", cwd=tmp_path).stdout)[0]["id"]
    assert ran >= 8


def _is_cheap(words: list[str]) -> bool:
    # apps asks a store or compares what it collected; a digest is printed by a browser, and of approved leads
    if words[0] in {"serve", "worker", "schedule"} or (words[0] == "apps" and words[1] != "canary"):
        return False
    return not any(
        "://" in word or word in {"--workers", "--digest", "console/demo/inputs"} for word in words
    )


@parametrise_documents
def test_links_and_pictures_are_there(document: Path) -> None:
    links = _LINK.findall(_ANY_FENCE.sub("", document.read_text("utf-8")))
    missing = [link for link in links if "://" not in link and not (document.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("room", ROOMS)
def test_the_map_of_a_room_names_real_files(room: str) -> None:
    """A name may be short (``terms.py``) where a file of that name stands somewhere in the rooms."""
    text = _ANY_FENCE.sub("", (ROOT / room / "README.md").read_text("utf-8"))
    names = {name.strip("/") for name in _FILE.findall(text)} - MADE_BY_RUNS
    places = [ROOT / place for place in (*ROOMS, "tests")]
    missing = [
        name
        for name in names
        if not any(ROOT.glob(name)) and not any(any(place.rglob(name)) for place in places)
    ]
    assert missing == []


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_is_on_the_map(room: str) -> None:
    assert f"[`{room}/`]({room}/README.md)" in (ROOT / "README.md").read_text("utf-8")


@parametrise_documents
def test_settings_that_are_named_exist(document: Path) -> None:
    text = document.read_text("utf-8")
    named = set(_SETTING.findall(text)) | {
        (a.lower().replace("__", "."), b.lower()) for a, b in _VARIABLE.findall(text)
    }
    known = {(section, name) for section, fields in sections() for name in fields}
    assert named - known == set()


def test_the_example_of_the_readme_is_valid_settings() -> None:
    (example,) = re.findall(r"^```toml\n(.*?)^```", (ROOT / "README.md").read_text("utf-8"), re.M | re.S)
    assert Settings.model_validate(tomllib.loads(example)).schedule


def test_the_settings_page_is_what_the_code_says() -> None:
    if os.environ.get("XIANSUO_WRITE_TABLE"):
        SETTINGS.write_text(settings_page(), "utf-8")
    assert SETTINGS.read_text("utf-8") == settings_page(), "run make settings-table"


def test_every_setting_explains_itself() -> None:
    silent = [
        (place, name) for place, fields in sections() for name, one in fields.items() if not one.description
    ]
    assert silent == []


def sections() -> Iterator[tuple[str, dict[str, FieldInfo]]]:
    """Each section's name and fields; those of the top level come first, under an empty name."""
    yield "", {name: one for name, one in Settings.model_fields.items() if _group(one) is None}
    for name, one in Settings.model_fields.items():
        if (group := _group(one)) is not None:
            fields = group.model_fields.items()
            # a group inside has a heading of its own, and no default of its own to show
            yield name, {key: field for key, field in fields if not isinstance(field.default, BaseModel)}
            for entry, inner in group.model_fields.items():
                if (kind := _group(inner)) is not None:
                    yield f"{name}.{entry}", kind.model_fields


def _group(one: FieldInfo) -> type[BaseModel] | None:
    return next((kind for kind in (one.annotation, *get_args(one.annotation)) if _is_group(kind)), None)


def _is_group(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def settings_page() -> str:
    """docs/settings.md, from the fields' names, defaults and descriptions."""
    parts = [PAGE_HEAD]
    for section, fields in sections():
        title = f"`[[{section}]]`" if section in ENTRIES else f"`[{section}]`" if section else "Top level"
        rows = "".join(
            f"| `{name}` | {_default(one)} | {one.description} |\n" for name, one in fields.items()
        )
        parts.append(f"\n## {title}\n\n| setting | default | what |\n|---|---|---|\n{rows}")
    return "".join(parts)


def _default(one: FieldInfo) -> str:
    """A default as the configuration file would have it; a dash where there is none or it is unset."""
    value = one.get_default(call_default_factory=True)
    if one.is_required() or value is None:
        return "needed" if one.is_required() else "unset"
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, bool | tuple | dict):
        return f"`{json.dumps(value)}`"
    if isinstance(value, int | float):
        return f"`{value:_}`" if value >= 10_000 else f"`{value}`"
    return f'`"{value}"`'


ENTRIES = ("schedule", "evidence.reviewers")
PAGE_HEAD = """\
# Settings

Every setting, its default, and what it does; `make settings-table` writes this from the code that reads them.
They come from `xiansuo.toml` in the working folder (or `--config FILE`), then from the environment, which
wins: `XIANSUO_CRAWL__DELAY_S=2` is `delay_s` of `[crawl]`, `XIANSUO_LANG=en` is `lang`. Options of a command
win over both. A name that is not below is refused. `_s` means seconds, `_bytes` bytes, `_days` days.
"""
