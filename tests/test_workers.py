"""Worker processes: whatever happens to one, every item is answered once."""

from __future__ import annotations

import os
import signal
import time
from functools import partial
from typing import Any

import pytest

from panharvest import workers
from panharvest.errors import SkipError, StopError
from panharvest.workers import Death, run


class StrangeError(Exception):
    def __init__(self, one: int, two: int) -> None:
        super().__init__(one)


def work(item: int | str) -> object:
    """Do as told; a number is doubled, with the process that did it."""
    match item:
        case int():
            return 2 * item, os.getpid()
        case "exit":
            os._exit(3)
        case "segfault":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "system exit":
            raise SystemExit(4)
        case "hang":
            time.sleep(600)
        case "skip":
            raise SkipError("file.bad", "bad: throw it away")
        case "strange":
            raise StrangeError(1, 2)
        case "unpicklable":
            return lambda: None
    return None


def answers(items: list[Any], **options: Any) -> list[tuple[Any, Any]]:
    return list(run(work, items, **options))


@pytest.mark.parametrize("jobs", [1, 3])
def test_all_items_are_answered(jobs: int) -> None:
    found = answers(list(range(100)), jobs=jobs)
    assert sorted((item, result[0]) for item, result in found) == [
        (n, 2 * n) for n in range(100)
    ]
    assert 1 <= len({result[1] for _, result in found}) <= jobs
    assert os.getpid() not in {result[1] for _, result in found}


def test_one_worker_keeps_the_order() -> None:
    assert [item for item, _ in answers(list(range(50)))] == list(range(50))


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_death_costs_its_item_alone(jobs: int) -> None:
    bad = ["exit", "segfault", "killed", "system exit"]
    items: list[Any] = list(range(100))
    for place, item in zip((0, 17, 18, 99), bad, strict=True):
        items.insert(place, item)
    found = dict(answers(items, jobs=jobs))
    assert len(found) == len(items)
    assert {k: v[0] for k, v in found.items() if isinstance(k, int)} == {
        n: 2 * n for n in range(100)
    }
    assert {item: found[item] for item in bad} == {
        "exit": Death("crash", "reading ended the process (exit code 3)"),
        "segfault": Death("crash", "reading ended the process (SIGSEGV)"),
        "killed": Death("crash", "reading ended the process (SIGKILL)"),
        "system exit": Death("crash", "reading ended the process (exit code 4)"),
    }


def test_a_hang_is_ended_though_others_are_busy() -> None:
    found = dict(answers(["hang", *range(40)], jobs=2, timeout=0.5))
    assert found.pop("hang") == Death("hang", "reading took more than 0.5 s")
    assert len(found) == 40


def test_a_slow_caller_is_not_a_hang() -> None:
    results = run(work, range(60), timeout=0.3)
    found = [next(results)]
    time.sleep(0.6)
    found += results
    assert [item for item, _ in found] == list(range(60))


def test_what_is_raised_is_given() -> None:
    found = dict(answers(["skip", "strange", "unpicklable", 1]))
    assert isinstance(found["skip"], SkipError)
    assert (found["skip"].code, found["skip"].message) == (
        "file.bad",
        "bad: throw it away",
    )
    assert str(found["strange"]).startswith("StrangeError in panharvest/workers.py")
    assert isinstance(found["unpicklable"], RuntimeError)
    assert found[1][0] == 2


def test_workers_are_replaced() -> None:
    found = answers(list(range(500)), recycle=20)
    assert [item for item, _ in found] == list(range(500))
    assert len({pid for _, (_, pid) in found}) > 1


def test_nothing_to_do_starts_nothing() -> None:
    assert answers([]) == []


def test_items_are_taken_as_they_are_needed() -> None:
    taken = []

    def items() -> Any:
        for n in range(10_000):
            taken.append(n)
            yield n

    results = run(work, items())
    next(results)
    assert len(taken) <= 2 * workers.MOST
    results.close()


def test_a_closed_run_leaves_no_process() -> None:
    results = run(work, [1, *["hang"] * 4], jobs=2)
    _, (_, pid) = next(results)
    results.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


class Unloadable:
    """Cannot be made again on the other side."""

    def __call__(self, item: object) -> None: ...

    def __reduce__(self) -> Any:
        return (os._exit, (7,))


def test_workers_that_cannot_start_stop_the_run() -> None:
    with pytest.raises(StopError, match=r"cannot start \(exit code 7\)"):
        list(run(Unloadable(), [1, 2, 3]))


def test_a_function_with_arguments() -> None:
    assert list(run(partial(pow, 2), [1, 2, 3])) == [(1, 2), (2, 4), (3, 8)]


def test_quick_items_come_in_larger_shares() -> None:
    pool: workers._Pool[int] = workers._Pool(work, iter(range(1000)), 1.0, 1000)
    assert len(pool._share()) == 1  # nothing is known yet: they may be slow
    pool._pace = 1e-5
    assert len(pool._share()) == workers.MOST
    pool._pace = 10.0
    pool._again.extend([7, 8])
    assert pool._share() == [7]
