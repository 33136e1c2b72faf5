"""The faulty provider for harvesters that are not Python, and for people.

python -m panharvest.testing.faulty --list
python -m panharvest.testing.faulty --fault "HTML page, status 200"
"""

from __future__ import annotations

import argparse
import contextlib
import threading
import time

from panharvest.testing.faulty.catalogue import FAULTS, QUIRKS
from panharvest.testing.faulty.entries import make_entries
from panharvest.testing.faulty.provider import FaultyProvider


def main(arguments: list[str] | None = None) -> None:
    """Serve until interrupted."""
    known = {**FAULTS, **QUIRKS}
    parser = argparse.ArgumentParser(
        prog="python -m panharvest.testing.faulty",
        description="Serve an OAI-PMH repository that fails as it is told, on this "
        "machine only, until it is interrupted.",
    )
    parser.add_argument("--list", action="store_true", help="name the faults and end")
    parser.add_argument(
        "--fault", action="append", default=[], metavar="NAME", help="may be repeated"
    )
    parser.add_argument("--records", type=int, default=50, help="(50)")
    parser.add_argument("--page-size", type=int, default=10, help="(10)")
    parser.add_argument("--deleted-every", type=int, default=0, help="(0: none)")
    parser.add_argument("--port", type=int, default=0, help="(any that is free)")
    given = parser.parse_args(arguments)
    if given.list:
        for name, faults in known.items():
            print(f"{name}: {'; '.join(fault.meaning for fault in faults)}")
        return
    if unknown := [name for name in given.fault if name not in known]:
        parser.error(f"there is no fault '{unknown[0]}'; --list names them all")
    provider = FaultyProvider(
        make_entries(given.records, deleted_every=given.deleted_every),
        page_size=given.page_size,
        faults=[fault for name in given.fault for fault in known[name]],
        clock=time.time,
        port=given.port,
    )
    with provider:
        print(provider.url, flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
