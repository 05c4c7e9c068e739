"""The connection to Elasticsearch, and its errors as ours."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from elastic_transport import (
    ConnectionError as TransportConnectionError,
)
from elastic_transport import (
    ConnectionTimeout,
    SerializationError,
    TlsError,
    TransportError,
)
from elasticsearch import (
    ApiError,
    AuthenticationException,
    AuthorizationException,
    Elasticsearch,
    UnsupportedProductError,
)

from evidence.addresses import shown
from evidence.errors import StoreError, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evidence.settings import StoreSettings

OLDEST = (8, 0)
"""Major and minor version of the oldest server whose answers this client reads."""
_BUSY = frozenset({429, 502, 503, 504})


def connect(settings: StoreSettings) -> Elasticsearch:
    """A client for the settings' addresses, checked to reach a server that it can talk to.

    Raises :class:`StoreUnavailable` with one sentence on a refused connection, credentials or version.
    """
    client = _client(settings)
    try:
        with clear_errors(settings.url):
            client.cluster.health()
            _check_version(client, shown(settings.url))
    except BaseException:
        client.close()
        raise
    return client


@contextmanager
def clear_errors(url: str) -> Iterator[None]:
    """Turn the client's errors into ours, with the address (without its password) and what to do."""
    url = shown(url)
    try:
        yield
    except AuthenticationException as error:
        raise StoreUnavailable(
            f"Elasticsearch at {url} refused the credentials: set store.username and store.password, "
            "or store.api_key"
        ) from error
    except AuthorizationException as error:
        raise StoreUnavailable(
            f"Elasticsearch at {url} allows this user too little ({_reason(error)}): ask for a role that may "
            "monitor the cluster and manage the index prefix"
        ) from error
    except UnsupportedProductError as error:
        raise StoreUnavailable(
            f"the server at {url} is not Elasticsearch: give the address of one"
        ) from error
    except ApiError as error:
        if error.status_code in _BUSY:
            raise StoreUnavailable(
                f"Elasticsearch at {url} is busy or not ready (HTTP {error.status_code}): try again later"
            ) from error
        raise StoreError(f"Elasticsearch at {url} refused a request: {_reason(error)}") from error
    except TlsError as error:
        raise StoreUnavailable(
            f"the certificate of Elasticsearch at {url} is not trusted: set store.ca_certs"
        ) from error
    except ConnectionTimeout as error:
        raise StoreUnavailable(
            f"Elasticsearch at {url} did not answer in time: look at the server, or raise store.timeout_s"
        ) from error
    except (TransportConnectionError, SerializationError, TransportError) as error:
        raise StoreUnavailable(
            f"no Elasticsearch can be reached at {url}: start it, or set store.url"
        ) from error


def _client(settings: StoreSettings) -> Elasticsearch:
    options: dict[str, Any] = {}
    if api_key := settings.api_key.get_secret_value():
        options["api_key"] = api_key
    elif settings.username:
        options["basic_auth"] = (settings.username, settings.password.get_secret_value())
    if settings.ca_certs:
        if not settings.ca_certs.is_file():
            raise StoreError(f"store.ca_certs {settings.ca_certs} is no file")
        options["ca_certs"] = str(settings.ca_certs)
    hosts = [host.strip() for host in settings.url.split(",") if host.strip()]
    try:
        return Elasticsearch(
            [_with_port(host) for host in hosts],
            request_timeout=settings.timeout_s,
            max_retries=2,
            retry_on_timeout=True,
            **options,
        )
    except ValueError as error:
        raise StoreError(f"the store address {shown(settings.url)!r} cannot be read") from error


def _with_port(host: str) -> str:
    """The client wants every port spelled out."""
    scheme, _, rest = host.partition("://")
    place = rest.partition("/")[0].rpartition("@")[2]
    if ":" in place.rpartition("]")[2]:
        return host
    return f"{scheme}://{rest.rstrip('/')}:{443 if scheme == 'https' else 9200}"


def _check_version(client: Elasticsearch, url: str) -> None:
    try:
        nodes = client.nodes.info(filter_path="nodes.*.version")
    except AuthorizationException:
        # A role without the monitor privilege may still read and write the indices.
        return
    for node in nodes.get("nodes", {}).values():
        version = tuple(int(part) for part in node["version"].split("-")[0].split(".")[:2])
        if version < OLDEST:
            raise StoreUnavailable(
                f"Elasticsearch at {url} is version {node['version']}: version 8.19 is needed"
            )


def _reason(error: ApiError) -> str:
    body = error.body
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        causes = body["error"].get("root_cause") or [body["error"]]
        return str(causes[0].get("reason") or causes[0].get("type"))
    return str(error.message)
