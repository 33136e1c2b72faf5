"""The examples of the documentation run, and give what the documentation shows.

How an example is marked:

* A block fenced as ``console`` is run: lines that begin with ``$ `` are commands of a
  POSIX shell, the lines below a command are its output. ``...`` stands for any text, on
  a line of its own for any lines. A command without output shown must only succeed. A
  command that ends in `` &`` goes on in the background, until the page ends; the lines
  below are waited for, and an answer on its ``--port``.
* A block fenced as ``python`` with ``>>>`` prompts is run as a doctest.
* A ``{code-block}`` with a ``:caption:`` that is a file name is written to that file.
* ``<!-- not run: why -->`` on the line before a block leaves it out.

The blocks of one page run in their order in one empty folder. Port 8765 stands for any
that is free.
"""

from __future__ import annotations

import contextlib
import doctest
import logging
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import xsd

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
PAGES = (
    ROOT / "README.md",
    *sorted((ROOT / "docs" / "tutorials").glob("*.md")),
    *sorted((ROOT / "docs" / "how-to").glob("*.md")),
    *sorted((ROOT / "docs" / "reference").glob("*.md")),
)
SECONDS = 120

BLOCK = re.compile(
    r"^(?P<before>[^\n]*)\n(?P<fence>```|:::)(?P<kind>\{?[\w-]+\}?)[^\n]*\n"
    r"(?P<body>.*?)^(?P=fence)[ ]*$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A fenced block that is run or written."""

    kind: str
    body: str
    caption: str | None = None


def with_free_port(text: str) -> str:
    """Put a port that nobody listens on in the place of the one that is shown."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return text.replace("8765", str(listening.getsockname()[1]))


def blocks(text: str) -> Iterator[Block]:
    """Give the blocks of a page that are not left out."""
    for match in BLOCK.finditer("\n" + text):
        if match["before"].startswith("<!-- not run: "):
            continue
        body, caption = match["body"], None
        if match["kind"] == "{code-block}":
            found = re.match(r":caption: (\S+)\n\n?", body)
            if found is None:
                continue
            body, caption = body[found.end() :], found[1]
            yield Block("file", body, caption)
        elif match["kind"] in {"console", "python"}:
            yield Block(match["kind"], body)


def commands(body: str) -> Iterator[tuple[str, str]]:
    """Give each command of a console block with the output shown below it."""
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        lines = part.splitlines()
        count = 1
        while lines[count - 1].endswith("\\"):
            count += 1
        yield "\n".join(lines[:count]), "\n".join(lines[count:]).strip("\n")


def agrees(shown: str, found: str) -> bool:
    """Tell whether output is as shown, where ``...`` stands for anything."""
    pattern = "".join(
        ".*" if part == "..." else re.escape(part)
        for part in re.split(r"(\.\.\.)", shown)
    )
    return re.fullmatch(pattern, found.rstrip(), re.DOTALL) is not None


def answers(port: int) -> bool:
    """Tell whether somebody listens on a port of this machine."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


class Folder:
    """An empty folder with a shell in it, and what runs there in the background."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.running: list[subprocess.Popen[bytes]] = []
        self.environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "COLUMNS": "88",
            "NO_COLOR": "1",
            "PYTHONUNBUFFERED": "1",
            "HOME": str(place),
        }

    def run(self, command: str) -> str:
        """Run a command to its end; it must succeed."""
        done = subprocess.run(
            command,
            shell=True,
            cwd=self.place,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=SECONDS,
            check=False,
        )
        output = done.stdout.decode()
        assert done.returncode == 0, f"$ {command}\n{output}"
        return output

    def start(self, command: str, shown: str) -> str:
        """Start a command in the background and wait for its first output."""
        log = self.place / f".background-{len(self.running)}"
        with log.open("wb") as file:
            process = subprocess.Popen(
                f"exec {command}",
                shell=True,
                cwd=self.place,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        self.running.append(process)
        port = re.search(r"--port (\d+)", command)
        for _ in range(SECONDS * 10):
            output = log.read_text()
            if agrees(shown, output) and (port is None or answers(int(port[1]))):
                return output
            assert process.poll() is None, f"$ {command} ended\n{output}"
            time.sleep(0.1)
        return log.read_text()

    def end(self) -> None:
        """Interrupt what is running, as Ctrl-C does."""
        for process in self.running:
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    made = Folder(tmp_path)
    yield made
    made.end()


def run_console(block: Block, folder: Folder) -> None:
    for command, shown in commands(block.body):
        if command.startswith("curl ") and shutil.which("curl") is None:
            pytest.skip("curl is not installed")
        if command.endswith(" &"):
            found = folder.start(command.removesuffix(" &"), shown)
        else:
            found = folder.run(command)
        if found.startswith("<?xml") and found.endswith("</OAI-PMH>\n"):
            xsd.assert_valid(found.encode())
        if shown:
            assert agrees(shown, found), f"$ {command}\n{found}\n--- shown:\n{shown}"


def run_python(block: Block, names: dict[str, object]) -> None:
    test = doctest.DocTestParser().get_doctest(block.body, names, "page", None, 0)
    report: list[str] = []
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    runner = doctest.DocTestRunner(optionflags=flags, verbose=False)
    runner.run(test, out=report.append, clear_globs=False)
    names.update(test.globs)
    assert runner.failures == 0, "".join(report)


@pytest.fixture(autouse=True)
def loud() -> Iterator[None]:
    """What an example says to loggers ends with it."""
    yield
    logging.disable(logging.NOTSET)
    logging.getLogger("panharvest.sickle").setLevel(logging.NOTSET)


@pytest.mark.parametrize(
    "page", PAGES, ids=lambda page: str(Path(page).relative_to(ROOT))
)
def test_examples_run_and_give_what_is_shown(
    page: Path, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.place)
    names: dict[str, object] = {}
    for block in blocks(with_free_port(page.read_text(encoding="utf-8"))):
        if block.caption is not None:
            file = folder.place / block.caption
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.body, encoding="utf-8")
        elif block.kind == "console":
            run_console(block, folder)
        else:
            run_python(block, names)


def test_blocks_are_found_as_described() -> None:
    text = (
        "```console\n$ one\nout\n$ two \\\n  more\n```\n\n<!-- not run: no -->\n"
        "```console\n$ never\n```\n\n"
        "```{code-block} toml\n:caption: a.toml\n\nx = 1\n```\n"
    )
    console, file = blocks(text)
    assert list(commands(console.body)) == [("one", "out"), ("two \\\n  more", "")]
    assert (file.caption, file.body) == ("a.toml", "x = 1\n")


@pytest.mark.parametrize(
    ("shown", "found", "same"),
    [
        ("3 mapped", "3 mapped\n", True),
        ("3 mapped", "4 mapped\n", False),
        ("a\n...\nb", "a\nx\ny\nb", True),
        ("took ... s", "took 0.3 s", True),
        ("a.b", "axb", False),
    ],
)
def test_output_is_compared(shown: str, found: str, same: bool) -> None:
    assert agrees(shown, found) is same
