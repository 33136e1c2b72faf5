"""The checks that need all tables of a run: ids, chains, questions, coverage."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from panharvest.errors import ConfigError, PanharvestError
from panharvest.mapcheck.cases import tables_of
from panharvest.mapcheck.chains import check_chains
from panharvest.mapcheck.findings import Finding
from panharvest.mapcheck.kinds import check_sheet
from panharvest.mapcheck.reading import parse, read_text_of
from panharvest.mapcheck.settings import find_settings
from panharvest.tables import resource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from panharvest.mapcheck.context import Context
    from panharvest.mapcheck.findings import Level
    from panharvest.mapcheck.kinds import Run
    from panharvest.mapcheck.questions import Answer, Question
    from panharvest.mapcheck.settings import Settings
    from panharvest.record import Record


def check_together(run: Run) -> None:
    """Run the checks that need all tables."""
    check_ids(run)
    if run.questions:
        check_questions(run)
    if run.store:
        from panharvest.mapcheck.records import check_records

        checked, findings = check_records(run.store, run.lexicons, run.mapping)
        run.files.append(checked)
        run.findings += findings
    contexts = [*run.contexts, *run.rules]
    before = [len(context.findings) for context in contexts]
    check_chains(contexts)
    for context, count in zip(contexts, before, strict=True):
        run.findings += context.findings[count:]


def check_ids(run: Run) -> None:
    """M001: two sets with one id."""
    seen: dict[str, str] = {}
    for context in run.contexts:
        front = context.sheet.front
        set_id = front.text("mapping_set_id")
        first = seen.setdefault(set_id, context.sheet.name)
        if set_id and first != context.sheet.name:
            context.front(
                front.line("mapping_set_id"),
                f"mapping_set_id '{set_id}' is that of {first}",
                "give every set an id of its own",
            )
            run.findings.append(context.findings[-1])


def check_questions(run: Run) -> None:
    """M050: ask all questions."""
    from panharvest.mapcheck.questions import ask, knowledge_graph, read_question

    graph = None
    for path in run.questions:
        try:
            question = read_question(path)
            if graph is None:
                graph = knowledge_graph(run.lexicons, run.contexts or shipped(run))
                for record in records_in(run):
                    graph += record.to_graph()
            answer = ask(question, graph)
        except ConfigError as problem:
            found: tuple[Level, str, str] = ("error", str(problem), "")
        else:
            found = judged(question, answer)
        level, message, advice = found
        if message:
            run.findings.append(
                Finding(str(path), 1, 1, "M050", level, message, advice)
            )


def records_in(run: Run) -> Iterator[Record]:
    """Give the records of the golden cases, and those of the store."""
    from panharvest.mapcheck.cases import run_case
    from panharvest.mapcheck.records import addressed, records_of

    for folder in run.cases:
        try:
            mapped, _ = run_case(folder)
        except (OSError, ValueError, PanharvestError):
            continue  # the case says why
        yield addressed(mapped.record)
    if run.store:
        yield from records_of(run.store, [], run.mapping)


def judged(question: Question, answer: Answer) -> tuple[Level, str, str]:
    """Say what an answer comes to: level, message, suggestion; no message is right."""
    if answer.right and question.xfail:
        return "warning", "is answered now", f"take out '# xfail: {question.xfail}'"
    if answer.right:
        return "info", "", ""
    said = []
    for what, rows in (("missing", answer.missing), ("not expected", answer.extra)):
        shown = "; ".join(" ".join(row) for row in rows[:5])
        more = f" and {len(rows) - 5} more" if len(rows) > 5 else ""
        said += [f"{what}: {shown}{more}"] if rows else []
    message = f"{question.title} {', '.join(said)}"
    if question.xfail:
        return "info", message, f"known: {question.xfail}"
    return "error", message, ""


def shipped(run: Run) -> list[Context]:
    """Give the mapping sets of the project, for questions that are asked alone."""
    folder = Path(str(resource("mappings")))
    return [
        check_sheet(parse(read_text_of(path), str(path)), run.lexicons)
        for path in sorted(folder.glob("*.sssom.tsv"))
    ]


def check_coverage(run: Run, settings: Mapping[Path, Settings]) -> None:
    """M040: how much the tables of a folder laid out like ``ontologies/`` reach."""
    for context in run.rules:
        path = run.paths[context.sheet.name]
        root = tables_of(path.parent)
        if root is None or path.resolve() != root / "rules" / "technique.tsv":
            continue
        from panharvest.coverage import coverage
        from panharvest.mapping import load_tables

        try:
            run.coverage = coverage(load_tables(root))
        except ConfigError as problem:
            text = f"the coverage cannot be told: {problem}"
            run.findings.append(
                Finding(context.sheet.name, 0, 0, "M040", "error", text)
            )
            continue
        place = find_settings(path)
        wanted = settings[place].coverage if place else {}
        for subject in run.coverage.subjects:
            least = wanted.get(subject.id, 0)
            text = f"{subject.title}: {subject.settled} of {subject.total}"
            short = subject.settled < least
            run.findings.append(
                Finding(
                    context.sheet.name,
                    0,
                    0,
                    "M040",
                    "error" if short else "info",
                    f"{text}, at least {least} are wanted" if short else text,
                    "panharvest coverage names those that are missing" if short else "",
                )
            )
