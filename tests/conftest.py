"""Shared fixtures: the loaded engine, settings on a folder of the test's own, the real servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import hypothesis
import pytest

from tests import servers
from tests.servers import missing

if TYPE_CHECKING:
    from pathlib import Path

    from nlp.analyse import Engine
    from workers.settings import Settings

# no example fails because the machine is busy; all else is as the profile in use has it (CI's is repeatable)
hypothesis.settings.register_profile(
    "patient",
    parent=hypothesis.settings(),
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("patient")


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The shipped lexicons and model, loaded once a test process."""
    from nlp.analyse import load_engine
    from nlp.settings import DetectionSettings

    return load_engine(DetectionSettings())


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings whose index, blobs and jobs lie in the test's folder and that may request loopback."""
    return settings_in(tmp_path)


def settings_in(folder: Path) -> Settings:
    """Settings as of :func:`settings`, in any folder."""
    from crawler.settings import CrawlSettings
    from evidence.settings import EvidenceSettings, StoreSettings
    from workers.settings import Settings

    return Settings(
        data=folder / "data",
        crawl=CrawlSettings(allow_networks=("127.0.0.0/8",), delay_s=0.0, user_agent="xiansuo-test"),
        store=StoreSettings(url=f"sqlite:///{folder}/index.sqlite", blobs=str(folder / "blobs")),
        evidence=EvidenceSettings(operator="tester", region="loopback"),
    )


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium."""
    import shutil

    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        missing("no chromium: run make system")
    return str(found)


@pytest.fixture(scope="session")
def redis_url() -> str:
    """Address of a real Redis."""
    return servers.redis_url()
