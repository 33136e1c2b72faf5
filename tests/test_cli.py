"""The commands: what they print, what they leave with, errors in one line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import h5py
import pytest
import xsd
from click.testing import CliRunner
from lxml import etree

from panharvest import cli
from panharvest.cli import frame, keeping, output
from panharvest.cli.frame import State
from panharvest.cli.reporting import survey
from panharvest.demo_files import write_demo_files, write_demo_manifest
from panharvest.testing.clock import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result

NOW = datetime(2027, 1, 15, 12, tzinfo=UTC)
COMMANDS = {
    "map": ["--as", "--trace", "--from", "--facility", "--manifest", "--per-entry"],
    "ingest nexus": [
        *("--store", "--facility", "--manifest", "--jobs", "--per-entry", "--strict"),
        "--timeout",
    ],
    "publish": ["--store", "--private"],
    "withdraw": ["--store", "--reason"],
    "status": ["--store", "--json", "--private"],
    "serve": [
        *("--store", "--host", "--port", "--base-url", "--demo", "--demo-folder"),
    ],
    "ontology import panet": ["-o, --output"],
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    write_demo_files(folder, NOW)
    write_demo_manifest(folder, NOW)
    return folder


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder, with no setting around."""
    monkeypatch.chdir(tmp_path)
    for name in ("PANHARVEST_CONFIG", "PANHARVEST_SIGNING_KEY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def run(*args: object, now: datetime = NOW, code: int = 0) -> Result:
    """Run a command at an instant; it must leave with a code."""
    state = State(clock=FrozenClock(now.timestamp()))
    words = [str(arg) for arg in args]
    result = CliRunner().invoke(cli.app, words, obj=state, prog_name="panharvest")
    assert result.exit_code == code, result.output
    return result


def ingested(files: Path, now: datetime = NOW) -> Result:
    manifest = files / "manifest.csv"
    words = ("ingest", "nexus", files, "--manifest", manifest, "--jobs", 1)
    return run(*words, now=now)


def nexus(path: Path, **fields: str) -> Path:
    with h5py.File(path, "w") as file:
        entry = file.create_group("entry")
        entry.attrs["NX_class"] = "NXentry"
        for name, value in fields.items():
            entry[name] = value
    return path


@pytest.mark.parametrize("command", COMMANDS)
def test_the_options_are_those_agreed(here: Path, command: str) -> None:
    text = run(*command.split(), "--help").stdout
    for option in COMMANDS[command]:
        assert option in text
    offered = {w for w in text.split() if w.startswith("--") and w.strip("-.,")}
    assert {o.strip(".,:()") for o in offered} - {"--help"} <= {
        *(word for option in COMMANDS[command] for word in option.split(", ")),
        "--verbose",
    }


def test_help_needs_none_of_the_heavy_libraries() -> None:
    heavy = "{'h5py', 'numpy', 'rdflib', 'lxml', 'starlette', 'uvicorn', 'rich'}"
    code = f"import sys, panharvest.cli; print(sorted({heavy} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_version(here: Path) -> None:
    assert run("--version").stdout == "panharvest, version 0.1.0\n"


class TestMap:
    def test_json_by_default(self, here: Path, files: Path) -> None:
        done = run("map", files / "074211.nxs")
        record = json.loads(done.stdout)
        assert record["facility"]["id"] == "ill"
        assert done.stdout.startswith('{\n  "id"')

    def test_several_files_follow_each_other(self, here: Path, files: Path) -> None:
        text = run("map", *sorted(files.glob("*.nxs"))).stdout
        decoder, ids = json.JSONDecoder(), []
        while text := text.strip():
            record, end = decoder.raw_decode(text)
            text = text[end:]
            ids.append(record["id"])
        assert len(ids) == len(list(files.glob("*.nxs"))) == len(set(ids))

    @pytest.mark.parametrize("form", ["oai_dc", "datacite", "oai_datacite"])
    def test_other_documents(self, here: Path, files: Path, form: str) -> None:
        done = run("map", files / "odin_000123.hdf", "--as", form)
        root = etree.fromstring(done.stdout_bytes)
        assert root.tag.endswith(
            {"oai_dc": "}dc", "datacite": "}resource"}.get(form, form)
        )
        assert b"base-url.panharvest.invalid" not in done.stdout_bytes
        assert b"http://127.0.0.1:8000/records/ess/" in done.stdout_bytes

    def test_the_base_url_is_the_configured_one(self, here: Path, files: Path) -> None:
        (here / "panharvest.toml").write_text(
            "[serve]\nbase-url = 'https://x.example.org/y/'\n[map]\nas = 'oai_dc'\n"
        )
        text = run("map", files / "odin_000123.hdf").stdout
        assert "https://x.example.org/y/records/ess/" in text

    def test_trace(self, here: Path, files: Path) -> None:
        text = run("map", files / "074211.nxs", "--trace").stdout
        values, absent, leftovers = (
            part.splitlines()
            for part in text.replace(" looked at in vain", "\0")
            .replace(" that no rule uses", "\0")
            .split("\0")
        )
        assert values[0].startswith(str(files))
        assert "(embargo." in values[1]
        titles = [line.split() for line in values if line.startswith("    titles ")]
        assert titles[0][1:5:2] == ["<-", "<-"]
        assert "=" in titles[0]
        assert any("<-" in line for line in absent)
        assert all(line.startswith("    /") for line in leftovers[1:])

    def test_trace_beside_a_document(self, here: Path, files: Path) -> None:
        done = run("map", files / "074211.nxs", "--trace", "--as", "record")
        json.loads(done.stdout)
        assert "titles" in done.stderr

    def test_the_manifest_is_applied(self, here: Path, files: Path) -> None:
        manifest = files / "manifest.csv"
        done = run("map", *files.glob("FeNi*"), "--manifest", manifest)
        record = json.loads(done.stdout)  # one: they are one dataset
        assert record["pid"]["value"] == "10.5072/panharvest-demo-1"

    def test_per_entry(self, here: Path) -> None:
        path = here / "two.h5"
        with h5py.File(path, "w") as file:
            for name in ("one", "two"):
                file.create_group(name).attrs["NX_class"] = "NXentry"
                file[name]["title"] = name
        text = run("map", path, "--per-entry").stdout
        assert text.count('\n  "id"') == 2

    def test_what_is_refused(self, here: Path, files: Path) -> None:
        (here / "x.nxs").write_text("<html>")
        done = run("map", "x.nxs", "none.h5", files / "074211.nxs", code=1)
        assert json.loads(done.stdout)["facility"]["id"] == "ill"
        lines = [line for line in done.stderr.splitlines() if "refused" in line]
        assert len(lines) == 2
        assert "none.h5: there is no such file" in done.stderr

    def test_a_facility_that_is_not_known(self, here: Path, files: Path) -> None:
        done = run("map", files / "074211.nxs", "--facility", "illl", code=2)
        assert done.stderr.startswith("Error: --facility: no facility 'illl'")

    def test_values_cannot_command_the_terminal(self, here: Path) -> None:
        path = nexus(here / "x.nxs", title="a\x1b[2Jb", zzz="c")
        done = run("map", path, "--trace")
        assert "\x1b" not in done.output


class TestIngest:
    def test_summary(self, here: Path, files: Path) -> None:
        done = ingested(files)
        lines = done.stdout.splitlines()
        assert lines[0] == "10 files: 10 mapped"
        assert lines[1].startswith("9 records: ")
        assert "not open until:" in lines
        assert "2027-01-15" in done.stdout
        assert done.stderr == ""
        assert (here / "panharvest.db").is_file()

    def test_again(self, here: Path, files: Path) -> None:
        ingested(files)
        assert ingested(files).stdout.startswith("10 files: 10 unchanged\n")

    def test_refused_files_and_strict(self, here: Path) -> None:
        (here / "a.nxs").write_text("<html>")
        (here / "b.nxs").write_bytes(b"")
        done = run("ingest", "nexus", here)
        assert done.stdout.splitlines()[:2] == ["2 files: 2 refused", "refused:"]
        assert len(done.stdout.splitlines()) == 4
        run("ingest", "nexus", here, "--strict", code=1)
        (here / "panharvest.toml").write_text("ingest.strict = true\n")
        run("ingest", "nexus", here, code=1)

    def test_rows_without_a_file(self, here: Path) -> None:
        nexus(here / "a.nxs", title="t")
        (here / "m.csv").write_text("file,title\na.nxs,T\nb.nxs,U\n")
        done = run("ingest", "nexus", here, "--manifest", "m.csv")
        assert "rows of the manifest that no file has:\n  line 3: b.nxs" in done.stdout

    def test_a_bad_manifest_stops_with_all_its_problems(self, here: Path) -> None:
        (here / "m.csv").write_text("file,titel,doi\na,x,y\n")
        done = run("ingest", "nexus", here, "--manifest", "m.csv", code=2)
        assert "line 1: unknown column 'titel'" in done.stderr
        assert "line 2: doi: 'y' is not a DOI" in done.stderr
        assert "Traceback" not in done.output

    def test_a_store_that_is_something_else(self, here: Path) -> None:
        (here / "x.db").write_text("no database " * 100)
        done = run("ingest", "nexus", here, "--store", "sqlite:///x.db", code=2)
        assert len(done.stderr.splitlines()) == 1
        assert run("status", "--store", "oracle:///x", code=2).stderr.startswith(
            "Error:"
        )

    @pytest.mark.parametrize("jobs", ["0", "x"])
    def test_jobs(self, here: Path, jobs: str) -> None:
        run("ingest", "nexus", here, "--jobs", jobs, code=2)

    def test_nothing_there(self, here: Path) -> None:
        assert run("ingest", "nexus", here).stdout == "0 files: nothing to do\n"


class TestOperating:
    def test_publish(self, here: Path, files: Path) -> None:
        ingested(files)
        done = run("publish")
        assert done.stdout.startswith("what harvesters see: 9 unchanged\n9 records: ")

    def test_withdraw_stays_so(self, here: Path, files: Path) -> None:
        ingested(files)
        id_ = "10.5072/panharvest-demo-2"
        later = NOW.replace(minute=1)  # somebody may have seen it by now
        done = run("withdraw", id_, "--reason", "wrong sample", now=later)
        assert done.stdout == f"withdrawn: {id_}\n"
        for again in (run("publish", now=later), ingested(files, now=later)):
            assert "1 withdrawn" in again.stdout
        found = json.loads(run("status", "--json", now=later).stdout)
        assert found["access"]["withdrawn"] == 1

    def test_withdraw_by_oai_identifier(self, here: Path, files: Path) -> None:
        ingested(files)
        id_ = "oai:data.example.org:10.5072%2Fpanharvest-demo-1"
        later = NOW.replace(minute=1)
        assert "demo-1" in run("withdraw", id_, "--reason", "x", now=later).stdout

    def test_withdraw_what_nobody_has_seen(self, here: Path, files: Path) -> None:
        ingested(files)
        done = run("withdraw", "10.5072/panharvest-demo-4", "--reason", "x")
        assert done.stdout == "withdrawn: it was never public, and stays hidden\n"

    def test_withdraw_what_is_not_there(self, here: Path, files: Path) -> None:
        ingested(files)
        done = run("withdraw", "nothing", "--reason", "x", code=2)
        assert done.stderr.startswith("Error: there is no record 'nothing'")
        run("withdraw", "nothing", code=2)
        run("withdraw", "nothing", "--reason", " ", code=2)

    @pytest.mark.parametrize("command", ["status", "publish", "serve"])
    def test_without_a_store(self, here: Path, command: str) -> None:
        done = run(command, code=2)
        assert "there is no store here yet" in done.stderr
        assert list(here.iterdir()) == []


class TestStatus:
    def test_json(self, here: Path, files: Path) -> None:
        ingested(files)
        found = json.loads(run("status", "--json").stdout)
        assert found["records"] == 9
        assert sum(found["access"].values()) == sum(found["facilities"].values()) == 9
        assert found["at"] == "2027-01-15T12:00:00Z"
        days = found["releases"]["days"]
        assert days["7"] <= days["30"] <= days["365"]
        soon = found["releases"]["next"][0]
        assert soon == {"at": "2027-01-15T12:02:00Z", "records": 1, "ids": []}
        assert days["7"] == 1
        assert found["outdated"] == 0
        assert found["leftovers"]

    def test_text(self, here: Path, files: Path) -> None:
        ingested(files)
        (here / "bad.nxs").write_text("x")
        nexus(here / "undated.nxs", title="t")
        run("ingest", "nexus", here)
        text = run("status").stdout
        for part in (
            "10 records: ",
            "by facility:",
            "1  esrf",
            "by technique:",
            "opening: 1 in 7 days, 1 in 30 days, ",
            "2027-01-15T12:02:00Z  1 record",
            "hidden, with no date to open:",
            "used by no rule:",
            "1 file refused:",
        ):
            assert part in text

    def test_time_passes(self, here: Path, files: Path) -> None:
        ingested(files)
        before = json.loads(run("status", "--json").stdout)
        later = json.loads(run("status", "--json", now=NOW.replace(minute=2)).stdout)
        assert later["access"]["open"] == before["access"]["open"] + 1
        assert later["releases"]["days"]["7"] == 0

    def test_an_empty_store(self, here: Path) -> None:
        run("ingest", "nexus", here)
        text = run("status").stdout
        assert text.startswith("0 records\nopening: 0 in 7 days")

    def test_many_records(self) -> None:
        facts = {
            "phases": [[0, "hidden"], [10**9, "open"]],
            "facility": "esrf",
            "techniques": [],
            "leftovers": {"NXentry/x": 1},
            "mapping": "old",
            "code": "c",
            "reason": "r",
        }
        gone: dict[str, Any] = {}
        found = survey(
            [*((str(n), facts) for n in range(5000)), ("former", gone)], 5, "v"
        )
        assert found.records == found.outdated == len(found.releases) == 5000
        many = [(str(n), facts | {"phases": []}) for n in range(5000)]
        held = survey(many, 5, "v").held["c"]
        assert (held["count"], held["ids"]) == (5000, [])
        assert len(survey(many, 5, "v", named=True).held["c"]["ids"]) == 5000


class TestOntology:
    def test_panet(self, here: Path, shared: Path) -> None:
        source = shared / "ontologies" / "panet-1.3.0" / "PaNET.owl"
        if not source.is_file():
            [source, *_] = sorted((shared / "ontologies").rglob("PaNET*.owl"))
        text = run("ontology", "import", "panet", source).stdout
        assert text.count("PaNET01188") >= 1
        done = run("ontology", "import", "panet", source, "-o", "panet.tsv")
        assert done.stdout == f"panet.tsv: {len(text.splitlines())} lines\n"
        assert (here / "panet.tsv").read_text("utf-8") == text
        assert sorted(p.name for p in here.iterdir()) == ["panet.tsv"]

    def test_something_else(self, here: Path) -> None:
        (here / "x.owl").write_text("no ontology")
        done = run("ontology", "import", "panet", "x.owl", code=2)
        assert len(done.stderr.splitlines()) == 1
        run("ontology", "import", "panet", "none.owl", code=2)


class TestSettings:
    def test_a_file_of_the_folder_is_used(self, here: Path) -> None:
        (here / "panharvest.toml").write_text("store = 'sqlite:///other.db'\n")
        run("ingest", "nexus", here)
        assert (here / "other.db").is_file()
        run("ingest", "nexus", here, "--store", "sqlite:///mine.db")
        assert (here / "mine.db").is_file()

    def test_a_file_that_is_named(self, here: Path) -> None:
        (here / "conf").mkdir()
        (here / "conf" / "x.toml").write_text("store = 'sqlite:///y.db'\n")
        run("--config", "conf/x.toml", "ingest", "nexus", here)
        assert (here / "conf" / "y.db").is_file()

    def test_an_unknown_key(self, here: Path) -> None:
        (here / "panharvest.toml").write_text("[serve]\nprot = 1\n")
        done = run("status", code=2)
        assert done.stderr == (
            "Error: panharvest.toml: serve.prot: unknown key; did you mean port?\n"
        )

    def test_the_file_must_be_there(self, here: Path) -> None:
        assert "none.toml" in run("--config", "none.toml", "status", code=2).stderr


class TestErrors:
    @pytest.fixture
    def broken(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Exception]]:
        raised: dict[str, Exception] = {}

        def fail(*_: object, **__: object) -> None:
            raise raised["error"]

        monkeypatch.setattr(keeping, "opened", fail)
        yield raised

    def test_a_fault_of_ours(self, here: Path, broken: dict[str, Exception]) -> None:
        broken["error"] = LookupError("oh")
        done = run("publish", code=3)
        assert done.stderr.startswith("Error: LookupError in panharvest/cli/")
        assert "Traceback" not in done.stderr
        done = run("--verbose", "publish", code=3)
        assert "Traceback" in done.stderr
        assert "raise " in done.stderr
        assert "oh" not in done.stderr.split(), "what it says may be of the data"

    def test_the_system(self, here: Path, broken: dict[str, Exception]) -> None:
        broken["error"] = PermissionError(13, "Permission denied", "x.db")
        assert run("publish", code=2).stderr == "Error: x.db: Permission denied\n"

    def test_ctrl_c(self, here: Path, broken: dict[str, Any]) -> None:
        broken["error"] = KeyboardInterrupt()
        done = run("publish", code=130)
        assert done.stderr == "Error: interrupted; what is done stays done\n"

    def test_the_reader_has_gone(self, here: Path, broken: dict[str, Any]) -> None:
        broken["error"] = BrokenPipeError(32, "Broken pipe")
        assert run("publish", code=141).stderr == ""


def subcommand(*args: object, **options: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "panharvest", *map(str, args)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    )


class TestProcesses:
    def test_a_pipe_that_closes(self, here: Path, files: Path) -> None:
        with subcommand("map", *sorted(files.glob("*.nxs")) * 20) as process:
            assert process.stdout is not None
            process.stdout.read(10)
            process.stdout.close()
            assert process.stderr is not None
            errors = process.stderr.read()
        assert b"Traceback" not in errors
        assert b"Exception ignored" not in errors
        assert process.returncode in (0, frame.LEFT)  # 0: it was faster

    @pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
    def test_a_terminal_of_another_encoding(self, here: Path, encoding: str) -> None:
        nexus(here / "é.nxs", title="λ Ångström")
        env = {**os.environ, "PYTHONIOENCODING": encoding, "LC_ALL": "C"}
        with subcommand("map", "é.nxs", env=env) as process:
            out, _ = process.communicate(timeout=60)
        assert json.loads(out)["titles"][0]["value"] == "λ Ångström"
        with subcommand("map", "é.nxs", "--trace", env=env) as process:
            out, errors = process.communicate(timeout=60)
        assert b"titles" in out
        assert encoding == "ascii" or b"\\u03bb \xc5ngstr" in out
        assert b"Error" not in errors

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_serve_until_told_to_stop(self, here: Path, number: int) -> None:
        run("ingest", "nexus", here, now=datetime.now(UTC))
        with subcommand("serve", "--port", 0) as process:
            assert process.stdout is not None
            url = process.stdout.readline().split()[-1].decode()
            with opened(url) as answer:
                body = answer.read()
            assert b"<repositoryName>" in body
            xsd.assert_valid(body)
            process.send_signal(number)
            _, errors = process.communicate(timeout=30)
        assert process.returncode == 0
        assert b"Traceback" not in errors
        assert b"Not configured: serve.base-url" in errors

    def test_a_port_that_is_taken(self, here: Path, files: Path) -> None:
        from panharvest.serving import listen

        ingested(files)
        with listen("127.0.0.1", 0) as taken:
            taken.listen()
            port = taken.getsockname()[1]
            done = run("serve", "--port", port, code=2)
        assert f"cannot listen on 127.0.0.1 port {port}" in done.stderr
        assert "name.invalid" in run("serve", "--host", "name.invalid", code=2).stderr


def opened(url: str) -> Any:
    """Open an address, which may take a moment to be there."""
    for _ in range(100):
        try:
            return urllib.request.urlopen(url, timeout=10)
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"{url} does not answer")


class TestOutput:
    def test_dates_are_put_together_when_there_are_many(self) -> None:
        days = {
            f"2027-{month:02}-{day:02}": 1 for month in (1, 2) for day in range(1, 9)
        }
        assert output.by_date(days) == [("2027-01", 8), ("2027-02", 8)]
        assert output.by_date({"2027-01-01": 3}) == [("2027-01-01", 3)]
        years = {f"{year}-01-01": 1 for year in range(2027, 2057)}
        assert len(output.by_date(years)) == 30

    def test_words(self) -> None:
        assert output.number(1, "file") == "1 file"
        assert output.number(1000, "file") == "1,000 files"
        assert output.cut("x" * 200) == "x" * 99 + "…"
        assert output.plain("a\x1b[1mb\nc\u202e") == "a [1mb c"

    def test_the_bar_is_for_terminals(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with output.progress("reading") as advance:
            advance(0, 3)
            advance(1, None)
        assert capsys.readouterr() == ("", "")
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
        monkeypatch.setenv("TERM", "xterm")  # a dumb terminal cannot draw one
        with output.progress("reading") as advance:
            advance(0, 3)
            advance(1, None)
        out, errors = capsys.readouterr()
        assert out == ""
        assert "reading" in errors

    def test_exit_codes_are_told(self) -> None:
        text = cli.__doc__ or ""
        codes = (
            frame.REFUSED,
            frame.UNUSABLE,
            frame.FAULT,
            frame.INTERRUPTED,
            frame.LEFT,
        )
        for code in codes:
            assert f"{code} " in text
