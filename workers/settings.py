"""The one Settings: read once at the edge from ``xiansuo.toml`` and ``XIANSUO_*``, passed on in groups."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, TomlConfigSettingsSource

from crawler.settings import CrawlSettings, Revisit
from evidence.settings import EvidenceSettings, StoreSettings
from nlp.settings import DetectionSettings

if TYPE_CHECKING:
    from pydantic_settings import PydanticBaseSettingsSource

CONFIG_FILE = "xiansuo.toml"
CRON_FIELDS = 5


class WorkerSettings(BaseModel):
    """Section ``[worker]``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    broker_url: str = Field("redis://127.0.0.1:6379/0", description="Address of Celery's broker.")
    result_url: str = Field("", description="Address of Celery's result backend; empty: the broker.")
    concurrency: int = Field(0, ge=0, description="Processes of one `xiansuo worker`; 0: one a core.")
    batch: int = Field(200, ge=50, description="Documents in one scan task.")
    task_timeout_s: int = Field(
        600, ge=1, description="Most seconds one scan task may take; crawl tasks have no limit."
    )
    visibility_timeout_s: int = Field(
        6 * 3600,
        ge=60,
        description="Seconds after which Redis gives out again what a lost worker held, such as a crawl; "
        "at least three times `task_timeout_s`. A waiting `scan --workers` does not need it.",
    )

    @model_validator(mode="after")
    def _longer_than_tasks(self) -> WorkerSettings:
        """A task that waits behind another in its worker is held for both their times."""
        if self.visibility_timeout_s < 3 * self.task_timeout_s:
            raise ValueError("visibility_timeout_s has to be at least three times task_timeout_s")
        return self


class ServeSettings(BaseModel):
    """Section ``[serve]``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field("127.0.0.1", description="Address the console listens on.")
    port: int = Field(8421, ge=0, le=65535, description="Port the console listens on; 0: any free one.")
    token: SecretStr = Field(
        SecretStr(""), description="Bearer token; needed to listen on anything but loopback."
    )
    max_body_bytes: int = Field(10_000_000, ge=1, description="Most bytes of one request body.")


class JobSettings(BaseModel):
    """One ``[[schedule]]`` entry: a crawl job that is run again and again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(
        pattern=r"^[A-Za-z0-9_-]{1,64}$", description="Name of the job, which its pages and hits carry."
    )
    seeds: tuple[str, ...] = Field(min_length=1, description="Where the crawl begins.")
    cron: str = Field(
        "", description="When it runs, as five cron fields in Beijing time (minute hour day month weekday)."
    )
    every_s: int = Field(
        0, ge=0, description="Seconds from the start of one run to the next, instead of `cron`; 0: by `cron`."
    )
    pages: int = Field(200, ge=1, description="Most pages let into one run.")

    revisit: Revisit = Field(
        "due",
        description="Which pages of earlier runs are judged anew: `due` those that changed, asked for once "
        "their time has come; `changed` those that changed, asked for in each run; `all`.",
    )

    @model_validator(mode="after")
    def _has_time(self) -> JobSettings:
        """Exactly one of ``cron`` and ``every_s`` says when."""
        if bool(self.cron) == bool(self.every_s):
            raise ValueError("give cron or every_s, and not both")
        if self.cron and len(self.cron.split()) != CRON_FIELDS:
            raise ValueError("cron has five fields: minute hour day month weekday")
        return self


class Settings(BaseSettings):
    """All settings. Order of precedence: arguments, ``XIANSUO_*``, the configuration file, defaults."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix="XIANSUO_",
        env_nested_delimiter="__",
        toml_file=CONFIG_FILE,
    )

    data: Path = Field(
        Path("xiansuo-data"), description="Folder of crawl jobs, dead letters and the schedule's state."
    )
    lang: str = Field("zh", pattern="^(zh|en)$", description="Language of screens and reports.")
    crawl: CrawlSettings = CrawlSettings()
    detection: DetectionSettings = DetectionSettings()
    store: StoreSettings = StoreSettings()
    evidence: EvidenceSettings = EvidenceSettings()
    worker: WorkerSettings = WorkerSettings()
    serve: ServeSettings = ServeSettings()
    schedule: tuple[JobSettings, ...] = Field((), description="Crawl jobs that run again and again.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, the environment over the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(path: Path | str | None = None) -> Settings:
    """Settings from the file at ``path`` (``xiansuo.toml`` in this folder by default) and ``XIANSUO_*``."""
    if path is None:
        return Settings()

    class Chosen(Settings):
        model_config = SettingsConfigDict(toml_file=path)

    return Chosen()
