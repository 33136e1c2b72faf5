"""Sources by configuration, the commands of catalogues, and what they never tell."""

from __future__ import annotations

import json
import logging
from contextlib import closing
from typing import TYPE_CHECKING, Any

import catalogue_content as content
import pytest
from click.testing import CliRunner

from panharvest.cli import app
from panharvest.cli.frame import State
from panharvest.config import read_settings, seconds_of
from panharvest.errors import ConfigError
from panharvest.stores import open_store
from panharvest.testing.catalogues import Answer, IcatServer, SciCatServer
from panharvest.testing.clock import FrozenClock
from panharvest.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result

SECRETS = ("the-password", "the-token")


class Shell:
    """Commands in a folder, with a clock that stands still; every word is kept."""

    def __init__(self, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
        self.folder = folder
        self.clock = FrozenClock(1_800_000_000.0)
        self.said: list[str] = []
        self.caplog = caplog

    def run(self, *words: str, code: int | None = 0) -> Result:
        result = CliRunner().invoke(app, list(words), obj=State(clock=self.clock))
        self.said.append(result.output)
        self.said.append(self.caplog.text)
        if code is not None:
            assert result.exit_code == code, result.output
        self.clock.advance(60)
        return result

    def configure(self, text: str) -> None:
        (self.folder / "panharvest.toml").write_text(text)


@pytest.fixture
def shell(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> Shell:
    monkeypatch.chdir(tmp_path)
    for name in ("PANHARVEST_TOKEN", "PANHARVEST_USER", "PANHARVEST_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    caplog.set_level(logging.DEBUG)
    return Shell(tmp_path, caplog)


@pytest.fixture
def scicat() -> Iterator[SciCatServer]:
    datasets = [content.scicat_dataset(n) for n in (1, 2)]
    datasets.append(content.scicat_dataset(3, public=False))
    with SciCatServer(datasets=datasets, token="the-token") as server:
        yield server


def test_a_sources_time_has_to_pass(shell: Shell, scicat: SciCatServer) -> None:
    shell.configure(
        f"""
        [[sources]]
        name = "ours"
        kind = "scicat"
        url = "{scicat.api}"
        every = "6h"
        pace = 0
        """
    )
    assert "due; never read" in shell.run("sync").output
    asked = len(scicat.log)
    assert asked
    assert "not due; complete" in shell.run("sync").output
    assert len(scicat.log) == asked
    shell.clock.advance(6 * 3600)
    assert "ours (scicat): due" in shell.run("sync").output
    assert len(scicat.log) > asked
    assert "due" in shell.run("sync", "ours").output, "by name it is always read"


def test_one_that_fails_does_not_stop_the_others(
    shell: Shell, scicat: SciCatServer
) -> None:
    shell.configure(
        f"""
        [[sources]]
        name = "broken"
        kind = "icat"
        url = "{scicat.url}"
        pace = 0

        [[sources]]
        name = "unknown-kind"
        kind = "nothing"
        url = "{scicat.url}"

        [[sources]]
        name = "ours"
        kind = "scicat"
        url = "{scicat.api}"
        pace = 0
        """
    )
    result = shell.run("sync", code=1)
    assert "2 records: 2 open" in result.output
    assert "no source 'nothing'" in result.output
    assert "due; failed" in shell.run("sync", "--dry-run").output


def test_everything_is_read_now_and_then(shell: Shell, scicat: SciCatServer) -> None:
    """What a dataset takes from others changes without a sign of it."""
    scicat.samples = [{**content.SAMPLES[0], "description": "Early"}]
    shell.configure(
        f'[[sources]]\nname = "ours"\nkind = "scicat"\nurl = "{scicat.url}"\n'
        'pace = 0.0\nfull-every = "10d"\n'
    )
    for number, one in enumerate(scicat.datasets):
        one["updatedAt"] = f"2022-05-{number + 1:02}T00:00:00.000Z"

    def shown() -> str:
        shell.run("export", "records", "all.jsonl", "--base-url", "https://x.org")
        return (shell.folder / "all.jsonl").read_text()

    shell.run("sync")
    assert "Early" in shown()
    scicat.samples[0]["description"] = "Late"
    shell.clock.advance(9 * 86_400)
    shell.run("sync")
    assert "Early" in shown(), "only the newest is read again"
    shell.clock.advance(2 * 86_400)
    scicat.faults = [Answer(403, {"message": "not now"})]
    shell.run("sync", code=1)
    shell.run("sync")
    assert "Early" not in shown()
    assert shell.run("sync", "--all").output.count("1 document") == 1


def test_two_at_once(shell: Shell, scicat: SciCatServer) -> None:
    """The second leaves alone what the first reads, and notes nothing of it."""
    shell.configure(
        f'[[sources]]\nname = "ours"\nkind = "scicat"\nurl = "{scicat.url}"\n'
        "pace = 0.0\n"
    )
    shell.run("sync")
    with closing(open_store("sqlite:///panharvest.db")) as store:
        harvests = store.harvests()
        feed = harvests.feed(scicat.api, "catalogue+scicat")
        with harvests.lock(feed.num):
            said = shell.run("sync", "--all", code=3).output
    assert "ours: another run is reading it" in said
    assert "not due; complete" in shell.run("sync").output


def test_files_and_nexus_are_sources_too(shell: Shell) -> None:
    (shell.folder / "one.json").write_text(json.dumps([content.scicat_dataset(1)]))
    (shell.folder / "data").mkdir()
    shell.configure(
        """
        [[sources]]
        name = "dump"
        kind = "scicat"
        paths = ["one.json"]

        [[sources]]
        name = "files"
        kind = "nexus"
        paths = ["data"]
        """
    )
    output = shell.run("sync").output
    assert "1 record: 1 open" in output
    assert "0 files" in output


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('name = "x"\nkind = "scicat"', "give url, or paths"),
        (
            'name = "x"\nkind = "scicat"\nurl = "https://e:p@a.example.org"',
            "leave name and",
        ),
        (
            'name = "x"\nkind = "scicat"\nurl = "https://x.org"\nevery = "often"',
            "every",
        ),
        ('name = ""\nkind = "scicat"\nurl = "https://x.org"', "empty"),
        ('name = "x"\nkind = "scicat"\nurl = "https://x.org"\nsecret = "y"', "secret"),
        ('name = "x"\nkind = "nexus"\nurl = "https://x.org"', "paths"),
        ('name = "x"\nkind = "oaipmh"\npaths = ["y"]', "address"),
    ],
)
def test_slips_in_the_configuration(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "panharvest.toml"
    file.write_text(f"[[sources]]\n{text}\n")
    with pytest.raises(ConfigError, match=said):
        read_settings(file)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30min", 1800), ("30m", 1800), ("6h", 21_600), ("1d", 86_400), ("2w", 1_209_600)],
)
def test_periods(text: str, seconds: int) -> None:
    assert seconds_of(text) == seconds
    for wrong in ("", "0h", "-1d", "1y", "1.5h", "d"):
        with pytest.raises(ValueError, match="period"):
            seconds_of(wrong)


def test_credentials_are_in_no_output_no_log_and_no_store(
    shell: Shell, scicat: SciCatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = shell.folder / "token.txt"
    token.write_text("the-token\n")
    password = shell.folder / "password.txt"
    password.write_text("the-password")
    base = ("--verbose", "ingest")
    shell.run(*base, "scicat", scicat.api, "--pace", "0", "--token-file", str(token))
    assert scicat.log[0].headers["authorization"] == "Bearer the-token"
    monkeypatch.setenv("PANHARVEST_TOKEN", "the-token")
    monkeypatch.setattr(Transport, "_wait", lambda *_: 0.0)  # patience takes a minute
    scicat.faults = [Answer(500, {"message": "down"})] * 40
    shell.run(*base, "scicat", scicat.api, "--pace", "0", "--full", code=None)
    with IcatServer(users={"reader": "the-password"}) as icat:
        for user in ("reader", "nobody"):
            shell.run(
                *base,
                *("icat", icat.url, "--pace", "0", "--user", user),
                *("--password-file", str(password)),
                code=None,
            )
    shell.run("quarantine", "list")
    kept = b"".join(
        path.read_bytes() for path in shell.folder.iterdir() if ".db" in path.name
    )
    for secret in SECRETS:
        assert secret not in "".join(shell.said)
        assert secret.encode() not in kept


def test_hidden_records_are_in_no_output(shell: Shell, scicat: SciCatServer) -> None:
    """Of a catalogue that gives everything, by whatever command and however often."""
    hidden: list[dict[str, Any]] = [
        content.scicat_dataset(number, public=False, description=content.SECRET)
        for number in range(5, 9)
    ]
    file = shell.folder / "all.json"
    broken = {"strange": content.SECRET}
    file.write_text(json.dumps([*hidden, content.scicat_dataset(1), broken]))
    shell.run("--verbose", "ingest", "scicat", str(file), "--report", "report.json")
    for words in (
        ("status",),
        ("status", "--json"),
        ("embargo",),
        ("embargo", "--json"),
        ("publish",),
        ("quarantine", "list"),
        ("quarantine", "list", "--json"),
        ("export", "records", "dump.jsonl", "--base-url", "https://x.org"),
        ("ingest", "scicat", str(file), "--full"),
        ("sync",),
    ):
        shell.run(*words, code=None)
    said = "".join(shell.said) + (shell.folder / "report.json").read_text()
    for path in shell.folder.rglob("*"):
        if path.is_file() and ".db" not in path.name and path != file:
            said += path.read_text(errors="replace")
    assert "Scan 1" in said, "what is public is told"
    assert content.SECRET not in said


def test_options_that_are_none(shell: Shell, scicat: SciCatServer) -> None:
    result = shell.run("ingest", "scicat", scicat.api, "--option", "x", code=2)
    assert "is not KEY=VALUE" in result.output
    result = shell.run("ingest", "nothing", "x", code=2)
    assert "No such command" in result.output
    (shell.folder / "empty").write_text("")
    result = shell.run("ingest", "icat", scicat.url, "--token-file", "empty", code=2)
    assert "it is empty" in result.output
    result = shell.run("ingest", "scicat", "nowhere.json", code=1)
    assert "No such file" in result.output


def test_strict_and_report(shell: Shell) -> None:
    (shell.folder / "odd.json").write_text('[{"strange": 1}]')
    shell.run("ingest", "scicat", "odd.json")
    shell.run("ingest", "scicat", "odd.json", "--strict", "--report", "r.json", code=1)
    report = json.loads((shell.folder / "r.json").read_text())
    assert (report["status"], report["refused"]) == ("complete", 1)
