"""``xiansuo doctor``: what works on this machine, what stays off, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.cli.output import print_json
from console.cli.settings import settings_of
from console.i18n import t

if TYPE_CHECKING:
    from collections.abc import Callable

    from workers.settings import Settings


@click.command(help=t("help.doctor"))
@click.option("--json", "as_json", is_flag=True, help=t("help.json"))
@click.pass_context
def doctor(ctx: click.Context, /, as_json: bool) -> int:
    """Exit code 0 when what a plain scan needs is ready, 3 when not."""
    settings = settings_of(ctx)
    found = {name: _try(check, settings) for name, check in CHECKS.items()}
    if as_json:
        print_json(
            {name: {"ready": not reason, "detail": detail} for name, (detail, reason) in found.items()}
        )
    else:
        for name, (detail, reason) in found.items():
            click.echo(f"{name:<14}{t('doctor.off') if reason else t('doctor.ok')}  {reason or detail}")
    return 3 if any(found[name][1] for name in NEEDED) else 0


def _try(check: Callable[[Settings], str], settings: Settings) -> tuple[str, str]:
    """(detail, reason it is off). Any error is the answer here, so all are caught."""
    try:
        return check(settings), ""
    except Exception as error:
        return "", f"{error}" or type(error).__name__


def _detection(settings: Settings) -> str:
    from nlp.analyse import load_engine

    engine = load_engine(settings.detection)
    return f"lexicon {engine.versions.lexicon}, model {engine.versions.model}"


def _deep(settings: Settings) -> str:
    """Whether the deep tier that is asked for can be opened; an endpoint is not called."""
    from nlp.analyse import load_engine, model_folder
    from nlp.deep.tier import make_tier
    from nlp.settings import DeepSettings

    deep = settings.detection.deep
    plain = settings.detection.model_copy(update={"deep": DeepSettings()})
    digest = load_engine(plain).versions.model if deep.tier == "onnx" else ""
    make_tier(deep, model=model_folder(settings.detection), digest=digest)
    return t("doctor.not_asked") if deep.tier == "off" else deep.tier


def _index(settings: Settings) -> str:
    from evidence.addresses import shown
    from evidence.store.open import open_store

    store = open_store(settings.store)
    try:
        return f"{shown(settings.store.url)} {store.stats()}"
    finally:
        store.close()


def _blobs(settings: Settings) -> str:
    from evidence.addresses import shown
    from evidence.blobs import open_blobs

    blobs = open_blobs(settings.store.blobs)
    blobs.get(blobs.put(b"doctor"))
    return shown(settings.store.blobs)


def _browser(settings: Settings) -> str:
    from crawler.errors import RenderError

    path = settings.crawl.browser
    if path and not Path(path).exists():
        raise RenderError(f"no browser at {path}: make system, or set crawl.browser")
    return path


def _broker(settings: Settings) -> str:
    from evidence.errors import StoreUnavailable
    from workers.client import broker_reachable, shown_broker

    if reason := broker_reachable(settings):
        raise StoreUnavailable(f"{shown_broker(settings.worker.broker_url)}: {reason}")
    return shown_broker(settings.worker.broker_url)


def _ocr(_: Settings) -> str:
    import rapidocr
    import zxingcpp

    return f"{rapidocr.__name__}, {zxingcpp.__name__}"


CHECKS: dict[str, Callable[[Settings], str]] = {
    "detection": _detection,
    "deep tier": _deep,
    "index": _index,
    "blobs": _blobs,
    "browser": _browser,
    "ocr, qr": _ocr,
    "broker": _broker,
}
NEEDED = ("detection", "index", "blobs")
