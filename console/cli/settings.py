"""Read the settings once, at the edge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.i18n import speak
from workers.settings import Settings, load_settings

if TYPE_CHECKING:
    import click


def settings_of(ctx: click.Context) -> Settings:
    """The settings of this run: ``--config``, else ``xiansuo.toml`` here, and the environment.

    From here on the program speaks their language.
    """
    options = ctx.find_root().obj or {}
    settings = load_settings(options.get("config"))
    speak(settings.lang)
    return settings
