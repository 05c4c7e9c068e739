"""Open the deep tier that the settings ask for."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from nlp.deep.opinion import Absent
from nlp.errors import NlpError

if TYPE_CHECKING:
    from pathlib import Path

    from nlp.deep.opinion import DeepTier
    from nlp.settings import DeepSettings

logger = logging.getLogger(__name__)


def open_tier(settings: DeepSettings, *, model: Path, digest: str) -> DeepTier | None:
    """The tier of the settings; None where it is off. ``model`` and ``digest`` are those of the base weights.

    One that cannot be used is replaced by one that says why: it is logged once, and each verdict in the band
    carries it as its remark.
    """
    try:
        return make_tier(settings, model=model, digest=digest)
    except NlpError as error:
        reason = f"deep tier {settings.tier}: {error}"
        logger.warning("%s; the base verdicts stand", reason)
        return Absent(reason)


def make_tier(settings: DeepSettings, *, model: Path, digest: str) -> DeepTier | None:
    """The same, but an NlpError where it cannot be used."""
    if settings.tier == "onnx":
        from nlp.deep.onnx import open_onnx

        return open_onnx(settings.model, folder=model, digest=digest)
    if settings.tier == "endpoint":
        from nlp.deep.endpoint import Endpoint

        return Endpoint(settings)
    return None
