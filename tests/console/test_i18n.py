import re
import tomllib
from pathlib import Path

import pytest

from console.i18n import LANGUAGES, t
from tests.console.typed import xiansuo

ROOT = Path(__file__).parents[2]
SECTIONS = tomllib.loads((ROOT / "console" / "messages.toml").read_text("utf-8"))
KEYS = {f"{section}.{key}" for section, entries in SECTIONS.items() for key in entries}
USED = re.compile(r"""\bt\(\s*f?["']([a-z_]+\.[a-z_]+)["']""")


def _sources() -> list[Path]:
    return [*ROOT.glob("console/**/*.py"), *ROOT.glob("console/web/templates/*.html")]


def test_every_key_that_is_used_is_written() -> None:
    used = {key for path in _sources() for key in USED.findall(path.read_text("utf-8"))}
    assert used
    # a key that ends with _ is completed by a value: some key has to begin with it
    missing = {key for key in used - KEYS if not (key.endswith("_") and any(k.startswith(key) for k in KEYS))}
    assert missing == set()


@pytest.mark.parametrize("key", sorted(KEYS))
def test_every_message_has_both_languages_and_the_same_fields(key: str) -> None:
    section, _, name = key.partition(".")
    words = SECTIONS[section][name]
    assert len(words) == len(LANGUAGES)
    fields = [set(re.findall(r"{(\w+)}", each)) for each in words]
    assert fields[0] == fields[1]


def test_language_is_chosen() -> None:
    assert t("state.new", "zh") == "新线索"
    assert t("state.new", "en") == "new"


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["scan", "--help"], "用法"),
        (["scan"], "缺少参数"),
        (["leads", "--help"], "命令"),
        (["nope"], "没有命令"),
    ],
    ids=["help", "argument", "group", "command"],
)
def test_the_command_line_speaks_chinese_throughout(arguments: list[str], word: str, tmp_path: Path) -> None:
    done = xiansuo(*arguments, cwd=tmp_path, XIANSUO_LANG="zh")
    said = done.stdout + done.stderr
    assert word in said
    assert not re.search(r"Usage|Options:|Commands:|Show this|Error|Missing|Try |default", said)
