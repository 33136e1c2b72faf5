"""Static repositories: all that is visible, nothing else, whole or not at all."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import zoo
from lxml import etree
from xsd import assert_valid, parse
from zoo import BASE, DAY, OAI, SECRET, START, harvest, item, plain, put, repository

from panharvest.errors import ConfigError
from panharvest.export import replacing, write_static
from panharvest.protocols import Stage, Store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from panharvest.protocols import Query, Row
    from panharvest.testing.clock import FrozenClock

SR = "{http://www.openarchives.org/OAI/2.0/static-repository}"
OAI_URL = "https://gateway.example.org/oai/files.example.org/pan.xml"


def export(store: Store, clock: FrozenClock, file: Path) -> etree._Element:
    write_static(store, repository(), OAI_URL, file, clock)
    return parse(file.read_bytes())


Shown = tuple[str, list[bytes]]  # the day, and what follows the header


def shown(records: Sequence[etree._Element]) -> dict[str, Shown]:
    """Give each record by its identifier; deleted ones are left out."""
    found = {}
    for record in records:
        header = record[0]
        if header.get("status") == "deleted":
            continue
        day = str(header.findtext(f"{OAI}datestamp"))[:10]
        rest = [etree.tostring(e[0], method="c14n", exclusive=True) for e in record[1:]]
        found[str(header.findtext(f"{OAI}identifier"))] = (day, rest)
    return found


def test_p49_the_file_has_the_records_of_every_list(
    store: Store, clock: FrozenClock, tmp_path: Path
) -> None:
    root = export(store, clock, tmp_path / "pan.xml")
    lists = {e.get("metadataPrefix"): e for e in root.iter(f"{SR}ListRecords")}
    assert list(lists) == list(zoo.FORMATS)
    for prefix, records in lists.items():
        pages = harvest(
            repository(), store, clock, f"verb=ListRecords&metadataPrefix={prefix}"
        )
        served = [r for page in pages for r in page.iter(f"{OAI}record")]
        assert shown(list(records)) == shown(served)
        assert 8 < len(records) < len(served)  # without the deleted one


def test_it_is_valid_part_by_part(
    store: Store, clock: FrozenClock, tmp_path: Path
) -> None:
    root = export(store, clock, tmp_path / "pan.xml")
    order = [etree.QName(e).localname for e in root]
    assert order == ["Identify", "ListMetadataFormats", *["ListRecords"] * 3]
    for part in root:
        inside = b"".join(etree.tostring(e) for e in part)
        name = etree.QName(part).localname.encode()
        assert_valid(
            b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
            b"<responseDate>2024-01-01T00:00:00Z</responseDate>"
            b"<request>https://x.example.org/</request>"
            b"<%s>%s</%s></OAI-PMH>" % (name, inside, name)
        )


def test_it_keeps_the_restrictions_of_static_repositories(
    store: Store, clock: FrozenClock, tmp_path: Path
) -> None:
    root = export(store, clock, tmp_path / "pan.xml")

    def texts(name: str) -> list[str]:
        return [str(e.text) for e in root.iter(f"{OAI}{name}")]

    assert texts("baseURL") == [OAI_URL]
    assert texts("deletedRecord") == ["no"]
    assert texts("granularity") == ["YYYY-MM-DD"]
    assert texts("earliestDatestamp") == ["2023-11-14"]
    for absent in ("compression", "setSpec", "resumptionToken"):
        assert texts(absent) == []
    assert not [h for h in root.iter(f"{OAI}header") if h.attrib]
    assert all(r.find(f"{OAI}metadata") is not None for r in root.iter(f"{OAI}record"))
    days = texts("datestamp")
    assert {datetime.strptime(d, "%Y-%m-%d").replace(tzinfo=UTC).year for d in days}
    assert min(days) >= texts("earliestDatestamp")[0]


def test_addresses_are_the_public_ones_and_nothing_hidden_is_there(
    store: Store, clock: FrozenClock, tmp_path: Path
) -> None:
    export(store, clock, tmp_path / "pan.xml")
    text = (tmp_path / "pan.xml").read_text()
    assert f"{BASE}/records/10.1234/a0" in text
    assert "panharvest.invalid" not in text
    assert SECRET not in text
    assert "10.1234/a1" not in text  # withdrawn


def test_a_record_is_in_it_once_its_time_has_come(
    store: Store, clock: FrozenClock, tmp_path: Path
) -> None:
    clock.set(START + 1000 * DAY)
    export(store, clock, tmp_path / "pan.xml")
    assert f"10.1234/{SECRET}" in (tmp_path / "pan.xml").read_text()


def test_a_format_without_records_is_left_out(
    empty: Store, clock: FrozenClock, tmp_path: Path
) -> None:
    put(empty, clock, plain("10.1234/a", only=("oai_dc", "_record")))
    clock.advance(2)
    root = export(empty, clock, tmp_path / "pan.xml")
    assert [e.get("metadataPrefix") for e in root.iter(f"{SR}ListRecords")] == [
        "oai_dc"
    ]
    assert [e.text for e in root.iter(f"{OAI}metadataPrefix")] == ["oai_dc"]


def test_nothing_visible_makes_no_file(
    empty: Store, clock: FrozenClock, tmp_path: Path
) -> None:
    put(empty, clock, item("10.1234/a", Stage(0)))
    clock.advance(2)
    with pytest.raises(ConfigError, match="nothing is visible"):
        export(empty, clock, tmp_path / "pan.xml")
    assert not (tmp_path / "pan.xml").exists()


class Interrupting:
    """A store on which something happens before its second page."""

    def __init__(self, store: Store, event: object) -> None:
        self.store, self.event, self.pages = store, event, 0

    def page(self, query: Query, now: int) -> Sequence[Row]:
        self.pages += 1
        if self.pages == 2:
            self.event()
        return self.store.page(query, now)

    def __getattr__(self, name: str) -> object:
        return getattr(self.store, name)


def test_what_is_withdrawn_meanwhile_is_not_written(
    store: Store,
    clock: FrozenClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def withdraw() -> None:
        put(store, clock, item("10.1234/a4", Stage(0)))
        clock.advance(2)

    monkeypatch.setattr("panharvest.export.PAGE", 1)
    both = Interrupting(store, withdraw)
    root = export(both, clock, tmp_path / "pan.xml")
    assert len(list(root.iter(f"{OAI}record"))) > 5
    assert "10.1234/a4" not in (tmp_path / "pan.xml").read_text()


def test_an_error_half_way_leaves_the_old_file(
    store: Store, clock: FrozenClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise KeyboardInterrupt

    file = tmp_path / "out" / "pan.xml"
    file.parent.mkdir()
    file.write_text("the old one")
    monkeypatch.setattr("panharvest.export.PAGE", 1)
    with pytest.raises(KeyboardInterrupt):
        export(Interrupting(store, fail), clock, file)
    assert file.read_text() == "the old one"
    assert list(file.parent.iterdir()) == [file]


def test_a_kill_half_way_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "pan.xml"
    file.write_text("the old one")
    code = (
        "import os, pathlib, signal, sys\n"
        "from panharvest.export import replacing\n"
        "with replacing(pathlib.Path(sys.argv[1])) as out:\n"
        "    out.write(b'x' * 10**6); out.flush()\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, file], check=False)
    assert done.returncode == -9
    assert file.read_text() == "the old one"


def test_the_file_can_be_read_by_a_web_server(tmp_path: Path) -> None:
    with replacing(tmp_path / "a") as out:
        out.write(b"new")
    assert (tmp_path / "a").read_bytes() == b"new"
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o644
