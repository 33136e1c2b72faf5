"""``panharvest harvest``, ``quarantine`` and ``replay``, as a person uses them."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from panharvest.cli import app
from panharvest.cli.frame import State
from panharvest.cli.harvest_progress import _Board, drawing
from panharvest.endpoints import load_endpoints
from panharvest.harvester import (
    EndpointDone,
    EndpointStarted,
    Noted,
    PageDone,
    RecordQuarantined,
    Waiting,
)
from panharvest.stores import open_store
from panharvest.testing import FaultyProvider, faulty
from panharvest.testing.clock import FrozenClock
from panharvest.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Iterator

STORE = "sqlite:///store.db"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Transport, "_sleep", lambda self, _: self._heed())
    return tmp_path


def run(*arguments: str, clock: FrozenClock | None = None) -> Result:
    state = State(clock=clock) if clock else State()
    return CliRunner().invoke(app, arguments, obj=state)


def harvest(*arguments: str, clock: FrozenClock | None = None) -> Result:
    options = ("--store", STORE, "--pace", "0")
    return run("harvest", *arguments, *options, clock=clock or FrozenClock())


def test_a_harvest_tells_what_came_of_it() -> None:
    with FaultyProvider(35) as provider:
        done = harvest(provider.url, "--prefix", "oai_datacite")
    assert done.exit_code == 0, done.output
    assert "complete" in done.output
    assert "35 records read" in done.output
    (row,) = [line for line in done.output.splitlines() if provider.url in line]
    assert row.split()[:5] == [provider.url, "complete", "4", "35", "35"]
    with closing(open_store(STORE)) as store:
        assert len([*store.harvests().records(1)]) == 35


def test_h78_exit_codes_and_the_report_as_json() -> None:
    with (
        FaultyProvider(30, faults=[faulty.broken_tag().at(page=2)]) as good,
        FaultyProvider(30, faults=[faulty.repeated_token()]) as loops,
        FaultyProvider(30, faults=[faulty.status(404)]) as gone,
    ):
        for urls, code in (
            ([good.url], 0),
            ([good.url, loops.url], 3),
            ([good.url, loops.url, gone.url], 1),
        ):
            done = harvest(*urls, "--full", "--report", "report.json")
            assert done.exit_code == code, done.output
    report = json.loads(Path("report.json").read_text())
    assert [e["status"] for e in report["endpoints"]] == [
        *("complete", "incomplete", "failed")
    ]
    first, second, third = report["endpoints"]
    wanted = {"url", "status", "pages", "records", "deleted", "repaired"}
    assert wanted | {"quarantined", "reason"} <= set(first)
    assert first["url"] == good.url
    assert first["quarantined"] == 1
    assert "circles" in second["reason"]
    assert "404" in third["reason"]
    assert second["reason"] in done.output
    assert "panharvest quarantine list" in done.output


def test_a_dry_run_asks_nobody() -> None:
    clock = FrozenClock()
    with FaultyProvider(30) as provider:
        done = harvest(provider.url, "--dry-run", "--set", "even", clock=clock)
        assert done.exit_code == 0
        assert "set even: everything" in done.output
        assert provider.asked() == 0
        assert not Path("store.db").exists()
        harvest(provider.url, clock=clock)
        asked = provider.asked()
        done = harvest(provider.url, "--dry-run", clock=clock)
        assert "what changed since 2023-11-13T22:13:20Z" in done.output
        assert "30 records known" in done.output
        assert "last harvest: complete" in done.output
        done = harvest(provider.url, "--dry-run", "--full")
        assert "oai_dc: everything" in done.output
        done = harvest(provider.url, "--dry-run", "--from", "2020-01-01")
        assert "once, from 2020-01-01 until now" in done.output
        assert provider.asked() == asked


def test_a_dry_run_knows_where_it_was_interrupted() -> None:
    with FaultyProvider(30) as provider:
        provider.use(faulty.status(404).at(page=3), faulty.identify_fails().at(after=1))
        assert harvest(provider.url).exit_code == 1
        assert "go on after page 2" in harvest(provider.url, "--dry-run").output


def test_all_known_endpoints_and_none_by_itself() -> None:
    done = harvest("--all", "--dry-run")
    assert done.exit_code == 0
    known = load_endpoints()
    assert all(one.url in done.output for one in known.values())
    name = next(iter(known))
    done = harvest(name, "--dry-run")
    assert known[name].url in done.output
    assert f"{known[name].prefix}" in done.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name an endpoint, give its base URL, or say --all"),
        (["made-up"], "no endpoint 'made-up'; known are: "),
        (["--all", "ess"], "--all takes no names"),
        (["ftp://x.example.org/oai"], "not the address of a repository"),
        (["https://x.example.org/oai", "--from", "yesterday"], "--from yesterday"),
        (["https://x.example.org/oai", "--until", "2024-02-30"], "--until 2024-02-30"),
        (
            ["https://x.example.org/oai", "--from", "2025-02-01", "--until", "2025-01"],
            "--until 2025-01",
        ),
        (
            ["https://x.example.org/oai", "--from", "2025-02", "--until", "2025-01-01"],
            "--from 2025-02",
        ),
        (
            ["https://x.example.org/", "--from", "2025-01-02", "--until", "2025-01-01"],
            "--from 2025-01-02 is later than --until 2025-01-01",
        ),
        (["https://x.example.org/oai", "--set", ""], "the name of a set is empty"),
        (
            ["https://me:pw@x.example.org/oai?page=1&verb=Identify"],
            "'https://x.example.org/oai?page=1&verb=Identify' is a request; "
            "give the base URL, https://x.example.org/oai",
        ),
        (
            ["https://x.example.org/oai", "--report", "no/such/r.json"],
            "there is no folder",
        ),
    ],
)
def test_what_cannot_be_done_is_said(arguments: list[str], said: str) -> None:
    done = harvest(*arguments)
    assert done.exit_code == 2
    assert said in done.output
    assert "Traceback" not in done.output


def test_endpoints_and_settings_of_ones_own(folder: Path) -> None:
    with FaultyProvider(12) as provider:
        folder.joinpath("mine.toml").write_text(
            '[[source]]\nid = "us"\nname = "us"\nurl = "https://example.org"\n'
            f'[[endpoint]]\nname = "mine"\nurl = "{provider.url}"\n'
            'prefix = "oai_datacite"\nsets = ["even"]\n'
            'seen = [{ source = "us", when = "2026" }]\n'
        )
        folder.joinpath("panharvest.toml").write_text(
            'store = "sqlite:///store.db"\n[harvest]\nendpoints = "mine.toml"\n'
            'pace = 0\ncontact = "ops@example.org"\npublish = false\n'
        )
        done = run("harvest", "mine")
        assert done.exit_code == 0, done.output
        assert "records read" not in done.output  # kept, not published
        assert "ops@example.org" in provider.calls[0].headers["user-agent"]
        assert {c.arguments.get("set") for c in provider.calls} == {None, "even"}
    with closing(open_store(STORE)) as store:
        assert len([*store.harvests().records(1)]) == 6
        assert list(store.datasets()) == []
    done = run("replay")
    assert "6 records read" in done.output


OWN = """
[[source]]
id = "us"
name = "us"
url = "https://example.org"

[[endpoint]]
name = "other"
url = "{url}"
prefix = "oai_dc"
seen = [{{ source = "us", when = "2026" }}]
{more}
"""


@pytest.mark.parametrize(
    ("more", "settings", "given", "swept"),
    [
        ("", "", (), [False, False, True]),  # after 30 days
        ("", "", ("--sweep-every", "1d"), [True, True, True]),
        ("", "", ("--sweep-every", "never"), [False, False, False]),
        ("", 'sweep-every = "2w"', (), [False, True, False]),
        ("", 'sweep-every = "2w"', ("--sweep-every", "1d"), [True, True, True]),
        ("sweep_every = 7", "", (), [True, True, True]),
        ("sweep_every = 0", "", ("--sweep-every", "1d"), [False, False, False]),
    ],
)
def test_h68_how_often_identifiers_are_compared(
    folder: Path,
    more: str,
    settings: str,
    given: tuple[str, ...],
    swept: list[bool],
) -> None:
    clock = FrozenClock()
    with FaultyProvider(5, clock=clock) as provider:
        own = folder / "own.toml"
        own.write_text(OWN.format(url=provider.url, more=more))
        Path("panharvest.toml").write_text(
            f'[harvest]\nendpoints = "own.toml"\n{settings}\n'
        )
        assert harvest("other", *given, clock=clock).exit_code == 0
        found = []
        for _ in swept:
            clock.advance(10 * 86_400)
            before = provider.asked("ListIdentifiers")
            assert harvest("other", *given, clock=clock).exit_code == 0
            found.append(provider.asked("ListIdentifiers") > before)
        assert found == swept


def test_a_period_that_is_none_is_refused_wherever_it_stands() -> None:
    done = harvest("https://example.org/oai", "--sweep-every", "often")
    assert done.exit_code != 0
    assert (
        "--sweep-every: 'often' is no period like 30min, 6h, 1d or 1w, nor never"
        in (done.output)
    )
    Path("panharvest.toml").write_text('[harvest]\nsweep-every = "often"\n')
    done = run("status", "--store", STORE)
    assert done.exit_code != 0
    assert "harvest.sweep-every: 'often' is no period" in done.output


def test_h79_replay() -> None:
    with FaultyProvider(5) as provider:
        harvest(provider.url)
    done = run("replay", "--store", STORE)
    assert done.exit_code == 0
    assert "5 records read" in done.output
    assert "see changed: nothing" in done.output


def test_replay_of_nothing() -> None:
    with closing(open_store(STORE)):
        pass
    assert "nothing was harvested" in run("replay", "--store", STORE).output


def test_quarantine_list_show_and_retry() -> None:
    with FaultyProvider(30, faults=[faulty.broken_tag().at(page=2)]) as provider:
        assert harvest(provider.url).exit_code == 0
        done = run("quarantine", "list", "--store", STORE)
        assert "record.ill-formed" in done.output
        assert "oai:faulty.example.org:00001" in done.output
        done = run("quarantine", "list", "--store", STORE, "--json")
        (piece,) = [json.loads(line) for line in done.output.splitlines()]
        number = str(piece["number"])
        assert piece["position"] == 5
        done = run("quarantine", "show", number, "--store", STORE)
        assert "code: record.ill-formed" in done.output
        assert "<identifier>" not in done.output, "its content is not shown"
        file = Path("piece.xml")
        run("quarantine", "show", number, "--store", STORE, "--raw", str(file))
        raw = file.read_bytes()
        assert raw.startswith(b"<record>")
        assert len(raw) == piece["bytes"]
        options = ("--store", STORE, "--pace", "0")
        provider.use(faulty.broken_tag())
        done = run("quarantine", "retry", *options)
        assert done.exit_code == 1
        assert "0 pieces freed, 1 left" in done.output
        provider.use()
        done = run("quarantine", "retry", number, *options)
        assert done.exit_code == 0, done.output
        assert "1 piece freed, 0 left" in done.output
    assert (
        "nothing is in quarantine" in run("quarantine", "list", "--store", STORE).output
    )
    done = run("quarantine", "show", "99", "--store", STORE)
    assert done.exit_code == 2
    assert "nothing in quarantine has the number 99" in done.output


def test_a_bad_page_leaves_quarantine_once_the_list_came_whole() -> None:
    cut = faulty.truncated_at(b"<metadata>").at(page=3, times=6)
    with FaultyProvider(30, faults=[cut]) as provider:
        done = harvest(provider.url)
        assert done.exit_code == 0
        assert "a page" in run("quarantine", "list", "--store", STORE).output
        done = run("quarantine", "retry", "--store", STORE, "--pace", "0")
        assert "freed, 0 left" in done.output


def test_two_at_once_refuse_politely() -> None:
    with FaultyProvider(5) as provider, closing(open_store(STORE)) as store:
        harvests = store.harvests()
        with harvests.lock(harvests.feed(provider.url, "oai_dc").num):
            done = harvest(provider.url)
    assert done.exit_code == 1
    assert "running already" in done.output


def test_what_harvested_texts_hold_cannot_command_a_terminal() -> None:
    with FaultyProvider(5) as provider:
        provider.use(faulty.identify_says("repositoryName", "\N{ESCAPE}[2J evil"))
        done = harvest(provider.url, "--prefix", "none")
    assert done.exit_code == 1
    assert "\N{ESCAPE}" not in done.output


# --- drawing -------------------------------------------------------------------------

EVENTS = (
    EndpointStarted("x", "https://x.example.org", "oai_dc", False, "Repository X"),
    PageDone("x", "", 1, 10, 10, 0, 0, 0, 0, 0, 10, 40),
    Waiting("x", 40.0, 1, "HTTP 503"),
    Noted("x", "list.reopened", "the list is asked for again"),
    RecordQuarantined("x", "", "record.ill-formed", "why", None, 3),
    PageDone("x", "", 2, 10, 10, 0, 0, 0, 0, 0, 20, 40),
    EndpointDone("x", "https://x.example.org", "oai_dc", "complete"),
)


def test_without_a_terminal_only_what_matters_is_written(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with drawing(verbose=False) as draw:
        for event in EVENTS:
            draw(event)
    assert capsys.readouterr().err.splitlines() == [
        "x: waiting 40 s: HTTP 503",
        "x: the list is asked for again",
    ]
    with drawing(verbose=True) as draw:
        for event in EVENTS:
            draw(event)
    assert "quarantined record 3 of a page: why" in capsys.readouterr().err


def test_on_a_terminal_there_is_a_bar_for_each_endpoint(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with drawing(verbose=True) as draw:
        for event in EVENTS:
            draw(event)
    assert "waiting 40 s" in capsys.readouterr().err


def test_h78_bars_tell_pages_records_rate_and_size() -> None:
    class Bars:
        def __init__(self) -> None:
            self.state: dict[str, object] = {}

        def add_task(self, name: str, **fields: object) -> int:
            self.state = {"name": name, **fields}
            return 1

        def update(self, task: int, **fields: object) -> None:
            self.state.update(fields)

        def remove_task(self, task: int) -> None:
            self.state["done"] = True

    bars = Bars()
    board = _Board(bars)
    for event in EVENTS:
        board.draw(event)
    assert bars.state["name"] == "Repository X"
    assert (bars.state["pages"], bars.state["records"]) == ("2", "20")
    assert (bars.state["completed"], bars.state["total"]) == (20, 40)
    assert str(bars.state["rate"]).endswith("/s")
    assert bars.state["done"]
