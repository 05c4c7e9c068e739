"""Settings of the index, the blob store and proof."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from evidence.lead import Role
from evidence.names import LONGEST_NAME, same_name


class StoreSettings(BaseModel):
    """Section ``[store]``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(
        "sqlite:///xiansuo-data/index.sqlite",
        description="Index: `sqlite:///PATH`, or `http(s)://HOST:PORT` of Elasticsearch (several: comma).",
    )
    blobs: str = Field("xiansuo-data/blobs", description="Blob store: a folder or an fsspec URL.")
    index_prefix: str = Field(
        "xiansuo",
        pattern=r"^[a-z][a-z0-9_-]*$",
        description="What the names of Elasticsearch's indices begin with.",
    )
    username: str = Field("", description="User of Elasticsearch.")
    password: SecretStr = Field(SecretStr(""), description="Password of Elasticsearch.")
    api_key: SecretStr = Field(
        SecretStr(""), description="API key of Elasticsearch, instead of user and password."
    )
    ca_certs: Path | None = Field(
        None,
        description="File of the CA that Elasticsearch's certificate must come from; unset: the usual.",
    )
    timeout_s: float = Field(
        30.0, gt=0, description="Most seconds to wait: for one answer of Elasticsearch, or for SQLite's lock."
    )
    bulk: int = Field(500, ge=1, description="Hits proven and written at once.")


class Reviewer(BaseModel):
    """One ``[[evidence.reviewers]]`` entry: a person who may take review steps once known by a secret."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(
        min_length=1, max_length=LONGEST_NAME, description="Name, as the audit log and reports show it."
    )
    roles: tuple[Role, ...] = Field(
        min_length=1,
        description="`reviewer` triages and confirms; `approver` approves what another confirmed.",
    )
    secret_hash: SecretStr = Field(
        description="What `xiansuo reviewer add` printed for the token or password (scrypt)."
    )


class EvidenceSettings(BaseModel):
    """Section ``[evidence]``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    operator: str = Field(
        "", description="Who captures and reviews, as written in records and the audit log."
    )
    region: str = Field("", description="Where captures are made from, as written in capture records.")
    retention_days: int = Field(
        1095, ge=1, description="Days from last sight after which a hit and its proof may be purged."
    )
    tsa_url: str = Field(
        "",
        pattern=r"^(https?://\S+)?$",
        description="RFC 3161 authority that stamps the time of each capture; empty: our own clock alone.",
    )
    tsa_ca: Path | None = Field(
        None,
        description="PEM file of the authority's CA: sealed along with each stamp, and trusted by `verify`.",
    )
    tsa_timeout_s: float = Field(
        10.0, gt=0, description="Most seconds to wait for a stamp; without one it is our own clock."
    )
    everywhere_from: int = Field(
        60,
        ge=0,
        le=256,
        description="A subject carried by as many sites (registrable domains; jobs where there is no address)"
        " is suppressed: shown last, marked, and it joins no campaign; 0: never.",
    )
    reviewers: tuple[Reviewer, ...] = Field(
        (),
        description="Who may review, each known by a secret; none: any name will do, and every step says so.",
    )

    @field_validator("reviewers")
    @classmethod
    def _named_apart(cls, given: tuple[Reviewer, ...]) -> tuple[Reviewer, ...]:
        """Two spellings of one name would make a second person of the first."""
        if len({same_name(person.name) for person in given}) < len(given):
            raise ValueError("two reviewers have the same name")
        return given
