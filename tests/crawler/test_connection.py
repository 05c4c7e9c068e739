"""What a WARC says of the connection: heads as received, the name's addresses, TLS and its certificates."""

from __future__ import annotations

import hashlib
import ssl
from typing import TYPE_CHECKING

import pytest

from crawler.collect import with_proof
from crawler.connection import ConnectionRecord, read_connection
from crawler.fetch import fetch
from crawler.job import CrawlSpec, run_job
from crawler.render import Browser
from crawler.warc import WarcRecord, read_records
from tests.sites.certificates import self_signed
from tests.sites.server import Reply, page, serve

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.settings import CrawlSettings


def lenient(settings: CrawlSettings) -> CrawlSettings:
    return settings.model_copy(update={"verify_tls": False})


def records(path: Path, url: str) -> dict[str, WarcRecord]:
    return {record.type: record for record in read_records(path) if record.url == url}


def told(path: Path, url: str) -> ConnectionRecord:
    found = read_connection(records(path, url)["metadata"].payload)
    assert found is not None
    return found


def test_a_crawl_keeps_certificates_and_addresses(tmp_path: Path, crawl_settings: CrawlSettings) -> None:
    with serve({"/": page("x")}, tls=self_signed()) as site:
        theirs = ssl.get_server_certificate(("127.0.0.1", site.port))
        url = site.url("/", host="localhost")
        (outcome,) = run_job(CrawlSpec("s", (url,)), tmp_path / "j", settings=lenient(crawl_settings))
    assert outcome.page is not None, outcome.error
    found = told(tmp_path / "j" / "crawl.warc.gz", url)
    (certificate,) = found.certificates
    assert certificate.pem == theirs
    assert certificate.sha256 == hashlib.sha256(ssl.PEM_cert_to_DER_cert(theirs)).hexdigest()
    assert found.tls[0].startswith("TLSv1")
    assert (found.host, found.ip) == ("localhost", "127.0.0.1")
    assert "127.0.0.1" in found.dns_addresses
    assert found.dns_resolved_at.endswith("Z")
    record = records(tmp_path / "j" / "crawl.warc.gz", url)
    assert record["metadata"].headers["warc-concurrent-to"] == record["response"].id
    assert record["metadata"].id in outcome.page.warc_records
    assert record["response"].headers["warc-ip-address"] == "127.0.0.1"


def test_heads_are_kept_as_they_passed(tmp_path: Path, crawl_settings: CrawlSettings) -> None:
    odd = Reply(
        b"<p>x</p>",
        headers=(("x-lower", "1"), ("X-UPPER", "2"), ("x-lower", "3"), ("content-TYPE", "text/html")),
    )
    with serve({"/": odd}) as site:
        url = site.url("/")
        (outcome,) = run_job(CrawlSpec("s", (url,)), tmp_path / "j", settings=crawl_settings)
    assert outcome.page is not None, outcome.error
    names = dict(outcome.page.headers)
    assert not any("wire" in name.lower() for name in names)
    found = records(tmp_path / "j" / "crawl.warc.gz", url)
    headers = found["response"].http_headers
    own = [pair for pair in headers if pair[0].lower() in ("x-lower", "x-upper")]
    assert own == [("x-lower", "1"), ("X-UPPER", "2"), ("x-lower", "3")]
    asked = dict(found["request"].http_headers)
    assert asked["Host"] == f"127.0.0.1:{site.port}"
    assert asked["User-Agent"] == crawl_settings.user_agent
    assert found["metadata"].type == "metadata"
    assert told(tmp_path / "j" / "crawl.warc.gz", url).dns_addresses == ()


def test_a_server_cannot_pass_off_another_exchange(tmp_path: Path, crawl_settings: CrawlSettings) -> None:
    forged = Reply(b"<p>x</p>", headers=(("Content-Type", "text/html"), ("X-Xiansuo-Wire", "0")))
    with serve({"/": forged}) as site:
        url = site.url("/")
        (outcome,) = run_job(CrawlSpec("s", (url,)), tmp_path / "j", settings=crawl_settings)
    assert outcome.page is not None
    response = records(tmp_path / "j" / "crawl.warc.gz", url)["response"]
    assert ("X-Xiansuo-Wire", "0") in response.http_headers


def test_a_single_fetch_keeps_the_same(tmp_path: Path, crawl_settings: CrawlSettings) -> None:
    with serve({"/": page("x")}, tls=self_signed()) as site:
        theirs = ssl.get_server_certificate(("127.0.0.1", site.port))
        url = site.url("/", host="localhost")
        kept, warc = with_proof(fetch(url, settings=lenient(crawl_settings)))
    (tmp_path / "page.warc.gz").write_bytes(warc)
    found = told(tmp_path / "page.warc.gz", url)
    assert [one.pem for one in found.certificates] == [theirs]
    assert len(found.tls) == 2
    assert "127.0.0.1" in found.dns_addresses
    assert len(kept.warc_records) == 3


@pytest.mark.browser
def test_the_browser_tells_what_it_knows_of_tls(crawl_settings: CrawlSettings, chromium: str) -> None:
    settings = lenient(crawl_settings).model_copy(update={"browser": chromium})
    with serve({"/": page("x")}, tls=self_signed()) as site, Browser(settings) as browser:
        shown = browser.capture(site.url("/", host="localhost"))
    assert shown.connection is not None
    assert shown.connection.tls[0].startswith("TLS")
    assert "issuer=127.0.0.1" in shown.connection.tls
    assert "127.0.0.1" in shown.connection.addresses


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'{"host":1}', b"[" * 100_000], ids=repr)
def test_other_metadata_is_none(body: bytes) -> None:
    assert read_connection(body[:200_000]) is None
