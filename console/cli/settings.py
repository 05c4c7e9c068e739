"""Read the settings once, at the edge."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from console.i18n import speak
from workers.settings import Settings, load_settings

if TYPE_CHECKING:
    import click


def settings_of(ctx: click.Context) -> Settings:
    """The settings of this run: ``--config``, else ``xiansuo.toml`` here, and the environment.

    From here on the program speaks their language.
    """
    config = (ctx.find_root().obj or {}).get("config")
    if config:
        os.environ["XIANSUO_CONFIG"] = config  # for Celery's application, which reads them by itself
    settings = load_settings(config)
    speak(settings.lang)
    return settings
