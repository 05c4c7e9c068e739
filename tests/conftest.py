"""Shared fixtures: the loaded engine, settings on a folder of the test's own, the real servers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from nlp.analyse import Engine
    from workers.settings import Settings


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


def required_or_skip(reason: str) -> None:
    """Skip with a printed reason; under CI a missing server or browser is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"required under CI: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium."""
    import shutil

    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        required_or_skip("no chromium (make system)")
    return str(found)


@pytest.fixture(scope="session")
def redis_url() -> str:
    """A real Redis: ``XIANSUO_TEST_REDIS``, else the one ``make redis`` starts."""
    from kombu import Connection

    written = Path(__file__).parents[1] / ".tools" / "redis" / "url"
    started = written.read_text("utf-8").strip() if written.exists() else "redis://127.0.0.1:6390/0"
    url = os.environ.get("XIANSUO_TEST_REDIS", started)
    try:
        with Connection(url, transport_options={"socket_connect_timeout": 2}) as connection:
            connection.ensure_connection(max_retries=1, timeout=2)
    except Exception as error:
        required_or_skip(f"no Redis at {url} (make redis): {error}")
    return url
