"""Words of reports, in both languages, from texts.yaml."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

from evidence.report.model import Text

SUREST = 0.99
"""Above it a calibrated probability says no more: the texts it was calibrated on are too few to tell."""


def text(group: str, code: str) -> Text:
    """The text of a code in a group (``categories``, ``states`` …); an unknown code stands for itself."""
    entry = table().get(group, {}).get(code)
    return Text(entry["zh"], entry["en"]) if entry else Text(code, code)


def sentence(name: str) -> Text:
    """One of the sentences at the top of the table."""
    entry = table()[name]
    return Text(entry["zh"], entry["en"])


def confidence(probability: float) -> Text:
    """A probability for people, in percent: scores saturate, so nothing is called surer than 99 %."""
    if probability > SUREST:
        return sentence("surest")
    shown = f"{probability:.1%}".replace("%", " %")
    return Text(shown, shown)


@cache
def table() -> dict[str, Any]:
    """The whole table."""
    import yaml

    data: dict[str, Any] = yaml.safe_load(
        resources.files("evidence.report").joinpath("texts.yaml").read_text("utf-8")
    )
    return data
