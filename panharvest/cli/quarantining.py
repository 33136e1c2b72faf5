"""``panharvest quarantine``: what could not be used of what was harvested.

Nobody has judged yet whether a piece is public, so that nothing of its content is
shown, nor what a catalogue calls it. The bytes go to a file, for whoever is to mend it.
"""

from __future__ import annotations

import hashlib
import json as jsons
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from panharvest.cli.frame import REFUSED, Failure, State, opened, store_option
from panharvest.cli.harvesting import manners_options
from panharvest.cli.output import cut, number, plain, table
from panharvest.cli.private import private_option, save_json, save_private

if TYPE_CHECKING:
    from panharvest.harvested import Held
    from panharvest.protocols import Store


@click.group()
def quarantine() -> None:
    """Look at what could not be used of a harvest, or try it again."""


@quarantine.command("list")
@store_option
@click.option("--json", is_flag=True, help="Write JSON, a line for each piece.")
@private_option("the list, with what catalogues call the pieces,")
def list_(store: str, json: bool, private: Path | None) -> None:
    """List what is in quarantine, with the reasons.

    Nothing of their content is shown; records of a catalogue are not named either, for
    they may not be public.
    """
    with closing(opened(store)) as place:
        pieces = list(place.harvests().quarantined())
    if private is not None:
        save_json(private, [_facts(held, named=True) for held in pieces])
    if json:
        for held in pieces:
            click.echo(jsons.dumps(_facts(held), ensure_ascii=False))
        return
    if not pieces:
        click.echo("nothing is in quarantine")
        return
    table(
        [
            ("number", "when", "endpoint", "what", "code", "reason"),
            *(
                (
                    *(held.num, _when(held), cut(held.url, 50), cut(_what(held), 50)),
                    *(held.piece.code, cut(held.piece.reason, 80)),
                )
                for held in pieces
            ),
        ]
    )


@quarantine.command()
@click.argument("num", metavar="NUMBER", type=int)
@store_option
@click.option(
    "--raw",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the bytes, as they came, to this new file, readable by you alone.",
)
def show(num: int, store: str, raw: Path | None) -> None:
    """Show what is known of a piece: where it is from, what is wrong with it, its size.

    Its content may not be public and is never shown; --raw writes it to a file, to be
    looked at or mended.
    """
    with closing(opened(store)) as place:
        held = _find(place, num)
    facts = _facts(held) | {
        "media type": _media_type(held.piece.raw),
        "sha256": hashlib.sha256(held.piece.raw).hexdigest(),
    }
    for name, value in facts.items():
        click.echo(f"{name}: {'-' if value is None else plain(value)}")
    if raw is not None:
        save_private(raw, held.piece.raw, "--raw")
        click.echo(f"written for you alone: {plain(raw)}", err=True)


@quarantine.command()
@click.argument("nums", metavar="[NUMBER]...", nargs=-1, type=int)
@store_option
@manners_options
@click.pass_obj
def retry(
    state: State, nums: tuple[int, ...], store: str, pace: float, contact: str | None
) -> None:
    """Try what is in quarantine again; without numbers, all of it.

    Records of repositories are asked for by their names; pieces of catalogues are read
    and mapped again as they came. Leaves with 1 when some are still of no use.
    """
    from itertools import chain

    from panharvest.cataloguing.retrying import retry_catalogues
    from panharvest.harvester import HarvestSettings
    from panharvest.harvester.retrying import retry as again
    from panharvest.transport import Manners

    settings = HarvestSettings(manners=Manners(contact=contact, pace=pace))
    freed = left = 0
    with closing(opened(store)) as place:
        for num in nums:
            _find(place, num)
        pieces = chain(
            again(place, nums=nums, settings=settings, clock=state.clock),
            retry_catalogues(place, state.context(), state.clock, nums=nums),
        )
        for one in pieces:
            freed += one.freed
            left += not one.freed
            said = "came in good order" if one.freed else f"no use: {one.reason}"
            click.echo(f"{one.held.num} {plain(_what(one.held))}: {plain(said)}")
    click.echo(f"{number(freed, 'piece')} freed, {left:,} left")
    if left:
        raise click.exceptions.Exit(REFUSED)


def _find(place: Store, num: int) -> Held:
    for held in place.harvests().quarantined():
        if held.num == num:
            return held
    raise Failure(f"nothing in quarantine has the number {num}")


def _is_catalogued(held: Held) -> bool:
    from panharvest.catalogued import CATALOGUE

    return held.prefix.startswith(CATALOGUE)


def _what(held: Held) -> str:
    """Name a piece: only a repository names its records to everybody."""
    if _is_catalogued(held):
        return "a document"
    if held.piece.identifier:
        return held.piece.identifier
    if held.piece.position:
        return f"record {held.piece.position} of a page"
    return "a page"


def _when(held: Held) -> str:
    return datetime.fromtimestamp(held.at, UTC).strftime("%Y-%m-%d %H:%M")


def _media_type(raw: bytes) -> str:
    """Tell by its beginning what a piece is."""
    start = raw.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"<":
        return "application/xml"
    if start in (b"{", b"["):
        return "application/json"
    return "application/octet-stream" if b"\0" in raw else "text/plain"


def _facts(held: Held, *, named: bool = False) -> dict[str, object]:
    named = named or not _is_catalogued(held)
    return {
        "number": held.num,
        "endpoint": held.url,
        "prefix": held.prefix,
        "identifier": held.piece.identifier if named else None,
        "position": held.piece.position,
        "code": held.piece.code,
        "reason": held.piece.reason,
        "when": _when(held),
        "asked": held.asked,
        "tries": held.tries,
        "bytes": len(held.piece.raw),
    }
