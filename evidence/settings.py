"""Settings of the index, the blob store and proof."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class StoreSettings(BaseModel):
    """Section ``[store]``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(
        "sqlite:///xiansuo-data/index.sqlite",
        description="Index: sqlite:///PATH, or http(s)://HOST:PORT of Elasticsearch (several: comma).",
    )
    blobs: str = Field("xiansuo-data/blobs", description="Blob store: a folder or an fsspec URL.")
    index_prefix: str = Field("xiansuo", pattern=r"^[a-z][a-z0-9_-]*$", description="Prefix of index names.")
    username: str = Field("", description="Elasticsearch user.")
    password: SecretStr = Field(SecretStr(""), description="Elasticsearch password.")
    api_key: SecretStr = Field(SecretStr(""), description="Elasticsearch API key.")
    ca_certs: Path | None = Field(None, description="CA certificate file for https.")
    timeout_s: float = Field(30.0, gt=0, description="Most seconds one request to the index may take.")
    bulk: int = Field(500, ge=1, description="Hits written in one request.")


class EvidenceSettings(BaseModel):
    """Section ``[evidence]``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    operator: str = Field("", description="Who runs the capture, as written in capture records.")
    region: str = Field("", description="Where captures are made from, as written in capture records.")
    retention_days: int = Field(1095, ge=1, description="Days after which hits and captures may be purged.")
