"""Settings of detection."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class DeepSettings(BaseModel):
    """Section ``[detection.deep]``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tier: Literal["off", "onnx", "endpoint"] = Field(
        "off",
        description="Second look at scores in the uncertain band: `off`, `onnx` (an embedding model; needs "
        "xiansuo[deep]) or `endpoint` (a chat endpoint that you run).",
    )
    model: str = Field("", description="`onnx`: folder of the embedding model (ONNX), or its hub id.")
    url: str = Field(
        "", description="`endpoint`: base address of the OpenAI-compatible API, as http://127.0.0.1:8000/v1."
    )
    name: str = Field("", description="`endpoint`: name of the model there.")
    key: SecretStr = Field(SecretStr(""), description="`endpoint`: key sent as bearer token; empty: none.")
    timeout_s: float = Field(20, gt=0, le=600, description="`endpoint`: most seconds of one call.")
    attempts: int = Field(2, ge=1, le=5, description="`endpoint`: calls for one text until it answers.")
    max_calls: int = Field(
        500, ge=0, description="`endpoint`: most calls of one run or one worker, repeated ones too."
    )


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
    deep: DeepSettings = DeepSettings()
