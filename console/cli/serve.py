"""``xiansuo serve``: the web console and the API."""

from __future__ import annotations

import click

from console.auth import LOOPBACK
from console.cli.output import say
from console.cli.settings import settings_of
from console.i18n import t


@click.command(help=t("help.serve"))
@click.option("--host", help=t("serve.host"))
@click.option("--port", type=click.IntRange(0, 65535), help=t("serve.port"))
@click.pass_context
def serve(ctx: click.Context, /, host: str | None, port: int | None) -> int:
    """Serve until told to stop; anything but loopback needs a token."""
    import uvicorn

    from console.api.app import make_app

    settings = settings_of(ctx)
    host, port = host or settings.serve.host, settings.serve.port if port is None else port
    if host not in LOOPBACK and not settings.serve.token.get_secret_value():
        raise click.UsageError(t("serve.needs_token", host=host))
    say(t("serve.open", url=f"http://{f'[{host}]' if ':' in host else host}:{port}/"))
    uvicorn.run(make_app(settings), host=host, port=port, log_level="warning", server_header=False)
    return 0
