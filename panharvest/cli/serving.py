"""``panharvest serve``: OAI-PMH and landing pages over HTTP."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from panharvest.cli.frame import State, opened, store_option

if TYPE_CHECKING:
    from panharvest.config import Settings
    from panharvest.provider import Repository


@click.command()
@store_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Listen here.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="0: any that is free.",
)
@click.option("--base-url", metavar="URL", help="The address the world knows us by.")
@click.option("--demo", is_flag=True, help="Serve invented data, to look around.")
@click.option(
    "--demo-folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the files of the demo here.",
)
@click.pass_obj
def serve(
    state: State,
    store: str,
    host: str,
    port: int,
    base_url: str | None,
    demo: bool,
    demo_folder: Path | None,
) -> None:
    """Serve the store to harvesters (OAI-PMH at /oai) and visitors.

    Ctrl-C ends it. Behind a proxy, give the public address with --base-url.
    """
    from panharvest.building import build_repository
    from panharvest.server.settings import web_settings
    from panharvest.serving import address, listen, serve_app

    settings = state.configured
    if demo:
        from panharvest.demo import run_demo

        run_demo(
            settings,
            state.clock,
            host,
            port,
            base_url=base_url,
            folder=demo_folder,
            echo=click.echo,
        )
        return
    context = state.context()
    with closing(opened(store)) as place, closing(listen(host, port)) as socket:
        public = base_url or address(socket)
        repository = build_repository(settings, place, context, public, state.clock)
        _warn(settings, repository, given=base_url is not None)
        click.echo(f"OAI-PMH:  {repository.oai_url}?verb=Identify")
        click.echo(f"visitors: {repository.base_url}/")
        serve_app(
            place,
            repository,
            state.clock,
            socket,
            web=web_settings(settings.serve),
            verbose=state.verbose,
        )


def _warn(settings: Settings, repository: Repository, *, given: bool) -> None:
    """Say what is to be configured before others may harvest."""
    missing = [
        *([] if given else ["serve.base-url (or --base-url)"]),
        *([] if settings.repository.identifier else ["repository.identifier"]),
        *([] if settings.repository.admin_email else ["repository.admin-email"]),
    ]
    if missing:
        click.echo(
            f"Not configured: {', '.join(missing)}. For a trial this will do: records "
            f"are called oai:{repository.identifier}:..., mail goes to "
            f"{repository.admin_emails[0]}. Set them before others harvest.",
            err=True,
        )
