"""What a failed request is called in words: one sentence a reason, whichever library noticed it."""

from __future__ import annotations

_SENTENCES = {
    "timeout": "{host} did not answer in full within the time limit",
    "connect-failed": "no connection to {host}",
    "dns-failed": "the name {host} has no address",
    "tls-error": "no trustworthy TLS connection to {host}",
    "too-large": "what {host} sent is larger than the limit for one page",
    "broken-off": "{host} broke off before the end of its answer",
    "bad-encoding": "what {host} sent is not compressed in the way it says",
    "bad-response": "what {host} sent is not an HTTP answer",
    "scheme-refused": "only http and https are requested",
    "render-failed": "the browser could not open the page of {host}",
    "download-refused": "{host} sent a download and not a page",
    "too-many-redirects": "{host} redirected too often",
}


def sentence(reason: str, *, host: str, detail: str = "") -> str:
    """The sentence for ``reason``; ``detail``: a few words of ours, never a library's or a server's text."""
    said = _SENTENCES.get(reason, "the request to {host} failed").format(host=host or "the host")
    return f"{said}: {detail}" if detail else said
