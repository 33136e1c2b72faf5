"""What the tables cover, and what records leave over."""

from __future__ import annotations

from dataclasses import replace

from panharvest.coverage import MAPPED, MISSING, NO_TERM, coverage
from panharvest.knowledge import load_knowledge
from panharvest.mapping import load_tables

FOUND = coverage(load_tables())


def test_every_definition_and_every_esrfet_technique_is_settled() -> None:
    for name, total in (("definitions", 45), ("contributed", 40), ("esrfet", 130)):
        subject = FOUND.subject(name)
        assert (subject.total, subject.settled) == (total, total)
        assert subject.missing == ()
    assert FOUND.subject("definitions").mapped == 42
    assert FOUND.subject("contributed").mapped == 11
    assert FOUND.subject("esrfet").mapped == 130


def test_techniques_are_reached_by_rules_rows_and_refinement() -> None:
    subject = FOUND.subject("panet")
    items = {item.name: item for item in subject.items}
    assert subject.total == 372
    assert "nxmonopd-x-ray" in items["panet:PaNET01101"].rules
    assert "esrfet:XRPD" in items["panet:PaNET01101"].rules
    # NXmpes with x-rays: no rule names it, refinement gives it
    assert "nxmpes-any" in items["panet:PaNET01204"].rules
    assert items["panet:PaNET01304"].status == MISSING
    assert subject.mapped + len(subject.missing) == subject.total


def test_fields_of_nexus_have_their_rules() -> None:
    items = {item.name: item for item in FOUND.subject("nexus").items}
    assert items["NXsample/name"].status == MAPPED
    assert items["NXsample/name"].rules == ("nx-nxsample-name",)
    assert items["NXinstrument/name@short_name"].status == MAPPED
    assert items["NXsample/mass"].status == MISSING
    assert "NXsample/name@units" not in items
    assert not any(name.startswith("NXmirror") for name in items)


def test_what_is_taken_away_is_missing() -> None:
    known = load_knowledge()
    rules = {key: rule for key, rule in known.rules.items() if key != "nxtomo"}
    esrfet = {k: v for k, v in known.esrfet.items() if not k.endswith("#XAS")}
    less = replace(known, rules=rules, esrfet=esrfet)
    found = coverage(replace(load_tables(), knowledge=less))
    missing = [one.name for one in found.subject("definitions").missing]
    assert missing == ["NXtomo"]
    assert [o.name for o in found.subject("esrfet").missing] == ["esrfet:XAS"]
    silent = {i.name for i in found.subject("definitions").items if i.status == NO_TERM}
    assert silent == {"NXapm", "NXarchive", "NXscan"}


def test_leftovers_are_counted_by_facility() -> None:
    def facts(facility: str | None, *techniques: str, **left: int) -> dict[str, object]:
        return {
            "phases": [[0, "open"]],
            "facility": facility,
            "techniques": techniques,
            "leftovers": left,
        }

    found = coverage(
        load_tables(),
        [
            ("a", facts("esrf", "x", mass=2, comment=1)),
            ("b", facts("esrf", mass=1)),
            ("c", facts(None, notes=1)),
            ("former", {"phases": None}),
        ],
    )
    esrf, unknown = found.facilities
    assert (esrf.facility, esrf.records, esrf.unknown) == ("esrf", 2, 1)
    assert esrf.fields == (("mass", 3), ("comment", 1))
    assert (unknown.facility, unknown.fields) == ("unknown", (("notes", 1),))
