"""What is not for a screen: written to a new file that only its owner can read.

What a terminal or a pipe gets ends up in scrollbacks, mails of cron and tickets. What
names records that are not public is therefore written to a file, on demand.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from panharvest.cli.frame import Failure
from panharvest.cli.output import plain

if TYPE_CHECKING:
    from collections.abc import Callable

OWNER = 0o600


def private_option(
    what: str, form: str = "as JSON"
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add the option that takes the file; ``what`` is written to it."""
    return click.option(
        "--private",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help=f"Write {what} to this new file, {form}, readable by you alone.",
    )


def save_private(file: Path, body: bytes, option: str = "--private") -> None:
    """Write a new file that nobody else can read.

    Raises
    ------
    Failure
        When there is something of this name already, be it a terminal or a pipe, or
        the file cannot be written.
    """
    shown = plain(file)
    if str(file) == "-":
        raise Failure(
            f"{option}: name a file; this is not written to a terminal or pipe"
        )
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    try:
        handle = os.open(file, flags, OWNER)
    except FileExistsError:
        raise Failure(
            f"{option}: {shown} is there already and is not written over; name a new "
            "file"
        ) from None
    except OSError as error:
        raise Failure(f"{option}: {shown}: {error.strerror}") from None
    try:
        with os.fdopen(handle, "wb") as opened:
            opened.write(body)
    except OSError as error:
        file.unlink(missing_ok=True)
        raise Failure(f"{option}: {shown}: {error.strerror}") from None


def save_json(file: Path, found: Any) -> None:  # noqa: ANN401 - JSON
    """Write JSON to such a file, and say that it was."""
    text = json.dumps(found, indent=2, ensure_ascii=False)
    save_private(file, f"{text}\n".encode("utf-8", "surrogateescape"))
    click.echo(f"written for you alone: {plain(file)}", err=True)
