"""What ships for the repositories of others: the GitHub Action and the hooks."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from mapsets import HEAD, mapping_set, row

from panharvest.cli import app

ROOT = Path(__file__).resolve().parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
STEPS = ACTION["runs"]["steps"]
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
OTHER = {**HEAD, "mapping_set_id": "https://w3id.org/example/mappings/other-panet"}
WRONG = mapping_set(
    row("Lab:a"), row("lab:b", "panet:PaNET00408", "mass spectrometry"), head=OTHER
)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Give a repository as the action finds it: checked out, with tables in it."""
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / "good.sssom.tsv").write_text(mapping_set(), encoding="utf-8")
    (tmp_path / "bad.sssom.tsv").write_text(WRONG, encoding="utf-8")
    return tmp_path


def run_step(
    number: int, folder: Path, *, programs: Path | None = None, **given: str
) -> subprocess.CompletedProcess[str]:
    """Run a step as the shell of the runner does, with inputs in its environment."""
    step = STEPS[number]
    values = {f"inputs.{n}": str(o["default"]) for n, o in ACTION["inputs"].items()}
    values |= {f"inputs.{n.replace('_', '-')}": text for n, text in given.items()}
    values["github.action_path"] = "/the/action"
    environment = {
        key: EXPRESSION.sub(lambda found: values[found[1]], text)
        for key, text in step["env"].items()
    }
    place = programs or Path(sys.executable).parent
    summary = {"GITHUB_STEP_SUMMARY": str(folder / "summary.md")}
    path = f"{place}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        # the command line that GitHub documents for shell: bash
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        env={**os.environ, **environment, **summary, "PATH": path},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


# --- the action -------------------------------------------------------------------


def test_the_action_keeps_the_rules_of_composite_actions() -> None:
    assert ACTION["runs"]["using"] == "composite"
    assert {"name", "description", "runs"} <= set(ACTION)
    for step in STEPS:
        assert ("run" in step) != ("uses" in step)
        assert ("shell" in step) == ("run" in step)
        if "uses" in step:
            assert re.fullmatch(r"[\w-]+/[\w-]+@v\d+", step["uses"])
        # what an input holds reaches a shell as a variable, never as text of a script
        assert not EXPRESSION.search(step.get("run", ""))
    used = {
        expression
        for step in STEPS
        for text in step.get("env", {}).values()
        for expression in EXPRESSION.findall(text)
    }
    assert used == {*(f"inputs.{name}" for name in ACTION["inputs"])} | {
        "github.action_path"
    }
    for one in ACTION["inputs"].values():
        assert one["description"]
        assert "default" in one


def test_the_guide_shows_inputs_that_there_are() -> None:
    guide = (ROOT / "docs" / "how-to" / "check-mappings.md").read_text("utf-8")
    said = re.search(r"Inputs: (.*?)\.", guide, re.DOTALL)
    assert said is not None
    assert set(re.findall(r"`([\w-]+)`", said[1])) == set(ACTION["inputs"])


def test_what_the_action_installs(clone: Path) -> None:
    programs = clone / "programs"
    programs.mkdir()
    python = programs / "python"
    python.write_text('#!/bin/sh\nprintf "[%s]" "$@"\n', encoding="utf-8")
    python.chmod(python.stat().st_mode | stat.S_IXUSR)

    def asked(**given: str) -> str:
        return run_step(1, clone, programs=programs, **given).stdout

    assert asked().endswith("[install][--quiet][/the/action]")
    assert asked(version="panharvest==0.1.0").endswith("[panharvest==0.1.0]")
    assert asked(version="a b; touch x").endswith("[a b; touch x]")


def test_the_action_runs_the_check(clone: Path) -> None:
    done = run_step(2, clone)  # the defaults: all of the repository
    assert done.returncode == 1
    assert done.stdout.count("::error file=bad.sssom.tsv,line=") == 2
    assert "good.sssom.tsv" not in done.stdout
    assert "## Mapping check" in (clone / "summary.md").read_text("utf-8")
    assert run_step(2, clone, paths="good.sssom.tsv bad.sssom.tsv").returncode == 1
    good = {"paths": "good.sssom.tsv"}
    assert run_step(2, clone, **good, ontology="panet=1.3.0").returncode == 0
    both = "panet=1.3.0 esrfet=0.1.0"
    assert run_step(2, clone, **good, ontology=both).returncode == 0
    assert run_step(2, clone, **good, ontology="panet=9").returncode == 2
    assert run_step(2, clone, paths="none.tsv").returncode == 2
    assert run_step(2, clone, **good, fail_on="never").returncode == 2


def test_warnings_fail_the_action_when_asked_to(clone: Path) -> None:
    text = mapping_set(row("lab:b"), row("lab:a", "panet:PaNET01100", ""), head=OTHER)
    (clone / "bad.sssom.tsv").write_text(text, encoding="utf-8")
    assert run_step(2, clone).returncode == 0
    assert run_step(2, clone, fail_on="warning").returncode == 1


def test_inputs_are_words_and_no_commands(clone: Path) -> None:
    hostile = "good.sssom.tsv; touch pwned $(touch pwned) `touch pwned` * --fix"
    assert run_step(2, clone, paths=hostile).returncode == 2
    assert run_step(2, clone, ontology="$(touch pwned)").returncode == 2
    assert not (clone / "pwned").exists()
    assert (clone / "bad.sssom.tsv").read_text("utf-8") == WRONG


# --- the hooks --------------------------------------------------------------------


def test_the_hooks_are_what_pre_commit_wants() -> None:
    pytest.importorskip("pre_commit", reason="pre-commit is not installed")
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "validate-manifest"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_pre_commit_runs_the_hooks(clone: Path) -> None:
    """With the panharvest of this environment: nothing is fetched and built."""
    pytest.importorskip("pre_commit", reason="pre-commit is not installed")
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    local = [{**hook, "language": "system"} for hook in hooks]
    config = {"repos": [{"repo": "local", "hooks": local}]}
    (clone / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config), "utf-8")
    subprocess.run(["git", "add", "-A"], cwd=clone, check=True)

    def commit(hook: str) -> subprocess.CompletedProcess[str]:
        place = Path(sys.executable).parent
        return subprocess.run(
            [sys.executable, "-m", "pre_commit", "run", "--all-files", hook],
            cwd=clone,
            env={
                **os.environ,
                "PRE_COMMIT_HOME": str(clone / ".cache"),
                "PATH": f"{place}{os.pathsep}{os.environ['PATH']}",
            },
            capture_output=True,
            text=True,
            check=False,
        )

    done = commit("panharvest-check")
    assert done.returncode == 1
    assert "bad.sssom.tsv:9:1: error M003" in done.stdout
    done = commit("panharvest-fix")
    assert "files were modified by this hook" in done.stdout
    assert "Lab:a" not in (clone / "bad.sssom.tsv").read_text("utf-8")
    (clone / "bad.sssom.tsv").unlink()
    subprocess.run(["git", "add", "-A"], cwd=clone, check=True)
    assert commit("panharvest-check").returncode == 0


def test_the_hooks_name_commands_and_files() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    for hook in hooks:
        words = hook["entry"].split()
        assert words[:2] == ["panharvest", "check"]
        options = {o for p in app.commands["check"].params for o in p.opts}
        assert set(words[2:]) <= options
        assert re.search(hook["files"], "mappings/mapping_WFL.csv")
        assert re.search(hook["files"], "a/lab.sssom.tsv")
        assert not re.search(hook["files"], "data/results.csv")
