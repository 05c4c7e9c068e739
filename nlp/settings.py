"""Settings of detection."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class DetectionSettings(BaseModel):
    """Section ``[detection]``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lexicons: Path | None = Field(None, description="Folder of lexicons; unset: the ones in the package.")
    reload_s: float = Field(
        15,
        ge=0,
        le=60,
        description="Seconds after which workers and console look for edited lexicons; 0: never.",
    )
    model: str = Field(
        "xiansuo_zh", description="Folder of a model, or the name of one that comes with the program."
    )
    threshold: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Probability (0 to 1) from which a text is a lead; unset: the model's own.",
    )
