"""What all commands share: settings, errors in one line, exit codes, options."""

from __future__ import annotations

import logging
import os
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from panharvest import __version__
from panharvest.errors import PanharvestError
from panharvest.faults import WITHOUT_WORDS, fault, stack

if TYPE_CHECKING:
    from collections.abc import Callable

    from panharvest.config import Settings
    from panharvest.protocols import Clock, Store
    from panharvest.publish import Context

REFUSED = 1
UNUSABLE = 2
FAULT = 3
INTERRUPTED = 130
LEFT = 141

FILE = "panharvest.toml"  # used when it lies in the current folder


@dataclass(slots=True)
class State:
    """What the options before the command say, and the clock."""

    clock: Clock = field(default=time.time)
    settings: Settings | None = None
    verbose: bool = False

    def context(self) -> Context:
        """Load tables, facilities and formats."""
        from panharvest.building import build_context

        return build_context(self.configured)

    @property
    def configured(self) -> Settings:
        """The settings, as the file has them."""
        from panharvest.config import Settings

        return self.settings or Settings()


class Failure(click.ClickException):
    """An error for the user: what is wrong and what to do, in one line."""

    exit_code = UNUSABLE


class Interrupted(Failure):
    """Ctrl-C."""

    exit_code = INTERRUPTED


class Fault(Failure):
    """An error that is ours."""

    exit_code = FAULT


class Frame(click.Group):
    """A group whose commands never end in a traceback, unless asked for."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; what it raises becomes one line and an exit code."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt:
            raise Interrupted("interrupted; what is done stays done") from None
        except BrokenPipeError:
            # What is still buffered would be written at exit, and fail again.
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise click.exceptions.Exit(LEFT) from None
        except PanharvestError as error:
            raise _told(ctx, Failure(str(error)), error) from error
        except OSError as error:
            place = f"{error.filename}: " if error.filename else ""
            reason = f"{place}{error.strerror or fault(error)}"
            raise _told(ctx, Failure(reason), error) from error
        except Exception as error:
            advice = "a fault of panharvest; --verbose shows more"
            raise _told(ctx, Fault(f"{fault(error)} ({advice})"), error) from error


def _told(ctx: click.Context, failure: Failure, error: Exception) -> Failure:
    state = ctx.find_object(State)
    if (state and state.verbose) or ctx.params.get("verbose"):
        click.echo(
            f"Traceback (without what errors of others say):\n{stack(error)}", err=True
        )
    return failure


@click.group(cls=Frame, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="PANHARVEST_CONFIG",
    help=f"Settings; without it {FILE} of the current folder, if it is there.",
)
@click.option("--verbose", is_flag=True, help="Log more; show where an error arose.")
@click.version_option(__version__, prog_name="panharvest")
@click.pass_context
def app(ctx: click.Context, config: Path | None, verbose: bool) -> None:
    """Map metadata of photon and neutron experiments, publish it when its embargo ends,
    and serve it to harvesters (OAI-PMH).
    """  # noqa: D205 - click shows the paragraph
    from panharvest.config import read_settings

    state = ctx.ensure_object(State)
    if config is None and Path(FILE).is_file():
        config = Path(FILE)
    state.settings = read_settings(config)
    state.verbose = verbose or bool(state.settings.verbose)
    ctx.default_map = _defaults(state.settings)
    level = logging.INFO if state.verbose else logging.WARNING
    handler = logging.StreamHandler()
    handler.addFilter(WITHOUT_WORDS)
    form = "%(levelname)s %(name)s: %(message)s"
    logging.basicConfig(level=level, format=form, handlers=[handler])


def _defaults(settings: Settings) -> dict[str, Any]:
    """Give the settings as defaults of the commands' options."""
    from panharvest.config import table

    def options(section: str) -> dict[str, Any]:
        given = table(getattr(settings, section))
        named = {k.replace("-", "_"): v for k, v in given.items() if v is not None}
        return {"store": settings.store, **named}

    def renamed(given: dict[str, Any], **names: str) -> dict[str, Any]:
        return {names.get(name, name): value for name, value in given.items()}

    return {
        "map": {**options("map"), "form": settings.map.as_},
        "ingest": {
            "nexus": options("ingest"),
            **{
                kind: {"store": settings.store}
                for kind in ("scicat", "icat", "icatplus", "panosc")
            },
        },
        "sync": {"store": settings.store},
        "embargo": {"store": settings.store},
        "publish": {"store": settings.store},
        "withdraw": options("withdraw"),
        "status": options("status"),
        "serve": options("serve"),
        "export": {
            "oai-static": {"store": settings.store},
            "records": {"store": settings.store},
        },
        "harvest": renamed(options("harvest"), endpoints="own"),
        "quarantine": {
            "list": {"store": settings.store},
            "show": {"store": settings.store},
            "retry": options("harvest"),
        },
        "replay": {"store": settings.store},
        "ontology": {"import": options("ontology")},
    }


def store_option(function: Callable[..., None]) -> Callable[..., None]:
    """Add ``--store``."""
    return click.option(
        "--store",
        metavar="URL",
        default="sqlite:///panharvest.db",
        show_default=True,
        help="The store: sqlite:///relative.db or sqlite:////absolute.db.",
    )(function)


def source_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add what tells how files are read."""
    for option in (
        click.option(
            "--per-entry",
            is_flag=True,
            help="Make a record of every NXentry instead of every file.",
        ),
        click.option(
            "--manifest",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="CSV or TOML file with what files do not say (DOI, creators...).",
        ),
        click.option(
            "--facility",
            metavar="ID",
            help="The facility of files that do not say it, e.g. esrf.",
        ),
    ):
        function = option(function)
    return function


def opened(url: str, *, create: bool = False) -> Store:
    """Open a store."""
    from panharvest.stores import open_store

    return open_store(url, create=create)
