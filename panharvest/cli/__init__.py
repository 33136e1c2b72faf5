"""The command line: ``panharvest COMMAND``, a module for each kind of command.

Exit codes: 0 done, also when some files were refused; 1 some files were refused, where
that matters (``map``, ``ingest --strict``); 2 a wrong command line, setting, manifest
or store; 3 a fault of panharvest itself, or (``harvest``) not complete yet;
130 interrupted; 141 the reader of the output went away.
"""

from __future__ import annotations

import sys
from io import TextIOWrapper

from panharvest.cli.asking import coverage, techniques
from panharvest.cli.checking import check
from panharvest.cli.converting import convert, validate
from panharvest.cli.embargo import embargo
from panharvest.cli.explaining import map_command
from panharvest.cli.exporting import export
from panharvest.cli.frame import app
from panharvest.cli.harvesting import harvest, replay
from panharvest.cli.keeping import ingest, publish, withdraw
from panharvest.cli.ontology import ontology
from panharvest.cli.quarantining import quarantine
from panharvest.cli.reporting import status
from panharvest.cli.serving import serve
from panharvest.cli.syncing import sync
from panharvest.cli.why import explain

__all__ = ["app", "main"]

for command in (
    map_command,
    ingest,
    publish,
    withdraw,
    status,
    embargo,
    sync,
    serve,
    export,
    ontology,
    harvest,
    quarantine,
    replay,
    check,
    explain,
    coverage,
    techniques,
    convert,
    validate,
):
    app.add_command(command)


def main() -> None:
    """Run the command line and leave with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="panharvest")
