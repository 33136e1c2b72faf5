"""Writes to a store, round after round, until done or killed: the tests run it.

    python writing_in_a_loop.py PATH NAME ROUNDS

After each commit it prints the number of the round.
"""

from __future__ import annotations

import random
import sys
import time

from panharvest.protocols import Item, Stage
from panharvest.stores import open_store, tallying


def main(path: str, name: str, rounds: int) -> None:
    tallying.DUE = 1  # nothing is too little: killed at this too
    store = open_store(f"sqlite:///{path}", patience=30)
    start = int(store.meta(f"round {name}") or -1) + 1
    chance = random.Random(start)
    for number in range(start, start + rounds):
        with store.write(time.time) as writer:
            writer.put_meta(f"round {name}", str(number))
            for n in range(7):
                body = b"%d" % number + b"x" * chance.randrange(3000)
                shown = chance.random() < 0.8 or number == start
                bodies = {"oai_dc": body, "_record": body} if shown else {}
                stage = Stage(0, bodies, ("a:b", f"n:{n % 3}"))
                id_ = f"{name}/{n}"
                writer.put_item(Item(id_, id_, (stage,), {"round": number}))
        print(number, flush=True)
        if rounds < 1000:
            time.sleep(chance.uniform(0, 0.05))
    store.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
