"""The list of endpoints is in order, and a slip in it is found before it misleads."""

from __future__ import annotations

import csv
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from panharvest.cli.harvest_choice import quirks_of
from panharvest.endpoints import endpoint_at, load_endpoints
from panharvest.errors import ConfigError
from panharvest.facilities import load_facilities
from panharvest.tables import resource
from panharvest.testing import faulty

if TYPE_CHECKING:
    from pathlib import Path

GOOD = {
    "name": '"mine"',
    "url": '"https://oai.example.org/oai"',
    "prefix": '"oai_dc"',
    "seen": '[{ source = "b2find", when = "2026" }]',
}


def write(folder: Path, more: str = "", **changes: str | None) -> Path:
    """Write a file with one endpoint; None leaves a key out."""
    file = folder / "own.toml"
    keys = {**GOOD, **changes}
    lines = [f"{key} = {text}" for key, text in keys.items() if text is not None]
    file.write_text("\n".join(["[[endpoint]]", *lines, more]), encoding="utf-8")
    return file


def test_the_facilities_of_the_field_are_there() -> None:
    names = set(load_endpoints())
    assert names >= {
        *("alba", "ceric", "desy", "elettra", "esrf", "ess", "euxfel", "hzb"),
        *("hzdr", "ill", "isis", "maxiv", "psi"),
    }


def test_each_is_of_a_facility_and_was_seen_not_in_the_future() -> None:
    today = datetime.now(UTC).date().isoformat()
    facilities = {facility.id for facility in load_facilities()}
    for endpoint in load_endpoints().values():
        assert endpoint.facility in facilities
        assert endpoint.seen
        assert all(seen.when <= today for seen in endpoint.seen)
        assert urlsplit(endpoint.url).scheme == "https"


def test_facts_of_programs_hold_for_their_endpoints() -> None:
    known = load_endpoints()
    assert known["ess"].software == "SciCat oai-provider-service"
    assert (known["ess"].cap, known["ess"].incremental) == (5000, False)
    assert "no-paging" in {quirk.id for quirk in known["ess"].quirks}
    assert (known["esrf"].cap, known["esrf"].incremental) == (None, True)
    assert known["hzb"].sets == ("pub", "raw_inv")
    assert known["ceric"].software is None


def test_every_quirk_is_used_and_can_be_tried() -> None:
    text = resource("endpoints.toml").read_text(encoding="utf-8")
    listed = set(re.findall(r'^\[\[quirk\]\]\nid = "(.*)"', text, re.MULTILINE))
    quirks = {q.id: q for e in load_endpoints().values() for q in e.quirks}
    assert set(quirks) == listed
    for quirk in quirks.values():
        if quirk.fault is not None:
            assert quirk.fault in faulty.__all__


def test_b2find_names_the_same_endpoints(shared: Path) -> None:
    """Its list of repositories is newer or older in places, but about the same."""
    file = shared / "oai" / "b2find" / "b2flist.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        listed = {row["Identifier"]: row["URL"] for row in csv.DictReader(lines)}
    known = load_endpoints()
    for ours, theirs in {
        **{name: name for name in ("ceric", "esrf", "ess", "ill", "isis", "psi")},
        "hzb": "hzb_pub",
        "hzdr": "rodare",
    }.items():
        endpoint = known[ours]
        assert listed[theirs].strip() in {endpoint.url, *endpoint.formerly}


def test_an_address_leads_to_what_is_known_of_it() -> None:
    known = load_endpoints()
    for url in (
        "https://icat.isis.stfc.ac.uk/oaipmh/request",
        "https://icat.isis.stfc.ac.uk/oaipmh/request/",
        "https://icatisis.esc.rl.ac.uk/oaipmh/request",
    ):
        found = endpoint_at(url, known)
        assert found is not None
        assert found.name == "isis"
    assert endpoint_at("https://icat.isis.stfc.ac.uk/", known) is None


def test_what_appears_late_is_looked_for_more_often() -> None:
    """Repositories whose datestamps stay when an embargo ends."""
    known = load_endpoints()
    late = [one for one in known.values() if "late" in {q.id for q in one.quirks}]
    assert late
    assert {one.sweep_every for one in late} == {7}
    quirks = quirks_of(late[0])
    assert quirks.sweep_every == 7 * 86_400
    assert {one.sweep_every for one in known.values() if one not in late} == {None}


def test_an_operator_adds_and_replaces(tmp_path: Path) -> None:
    own = write(
        tmp_path,
        '\n[[endpoint]]\nname = "ess"\nurl = "https://new.example.org/oai"\n'
        'prefix = "oai_dc"\nseen = [{ source = "us", when = "2026-02" }]\n'
        'incremental = true\nquirks = ["odd"]\nsoftware = "scicat"\ncap = 100\n'
        'hosts = ["other.example.org"]\ngranularity = "day"\ntrust_size = false\n'
        "sweep_every = 7\n"
        '[[source]]\nid = "us"\nname = "our site"\nurl = "https://example.org"\n'
        '[[quirk]]\nid = "odd"\nmeaning = "does something odd"\n',
        software='"icat"',
    )
    found = load_endpoints(own)
    assert set(found) == {*load_endpoints(), "mine"}
    assert found["mine"].software == "icat.oaipmh"
    ess = found["ess"]
    assert (ess.url, ess.cap, ess.incremental) == (
        "https://new.example.org/oai",
        100,
        True,
    )
    assert (ess.granularity, ess.trust_size) == ("day", False)
    assert (ess.sweep_every, load_endpoints()["ess"].sweep_every) == (7, None)
    assert ess.hosts == ("other.example.org",)
    assert ess.quirks[-1].meaning == "does something odd"
    assert ess.seen[0].source == "our site"
    assert load_endpoints()["ess"].cap == 5000


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sweep_every": "-1"}, "sweep_every: -1 is not a number of days"),
        ({"sweep_every": "nan"}, "sweep_every: nan is not a number of days"),
        ({"sweep_every": '"7d"'}, "sweep_every"),
        ({"name": '"Mine"'}, "endpoint 'Mine': is not small letters"),
        ({"url": '"oai.example.org/oai"'}, "url: .* is not a web address"),
        ({"url": '"ftp://oai.example.org/"'}, "url: .* is not a web address"),
        ({"url": '"https://me:pw@oai.example.org/"'}, "is not a web address"),
        ({"url": '"https://x.org/oai?verb=Identify"'}, "give the base URL only"),
        ({"formerly": '["nowhere"]'}, "formerly: 'nowhere' is not a web address"),
        ({"prefix": '"oai dc"'}, "prefix: 'oai dc' is not a metadataPrefix"),
        ({"prefix": None}, "missing required field `prefix`"),
        ({"sets": '["a b"]'}, "sets: 'a b' is not a setSpec"),
        ({"sets": '["a", "a"]'}, "sets: has a set twice"),
        ({"facility": '"atlantis"'}, "facility: there is no 'atlantis'"),
        ({"software": '"vista"'}, r"software: there is no \[\[software\]\] 'vista'"),
        ({"quirks": '["shy"]'}, r"quirks: there is no \[\[quirk\]\] 'shy'"),
        ({"seen": "[]"}, "seen: say where"),
        ({"seen": '[{ source = "x", when = "2026" }]'}, r"\[\[source\]\] 'x'"),
        ({"seen": '[{ source = "b2find", when = "May" }]'}, "'May' is not like"),
        ({"seen": '[{ source = "b2find", when = "2026-13" }]'}, "is not like"),
        (
            {
                "seen": '[{ source = "b2find", when = "2026" },'
                ' { source = "b2find", when = "2021-01-01" }]'
            },
            "the newest goes last",
        ),
        ({"cap": "0"}, "cap: 0 is not a number of records"),
        ({"hosts": '["https://x.org"]'}, "hosts: .* is not a host name"),
        ({"granularity": '"hour"'}, "Invalid enum value 'hour'"),
        ({"colour": '"blue"'}, "unknown field `colour`"),
        ({"name": '"a"\n["'}, "own.toml: "),
    ],
)
def test_slips_are_named(
    tmp_path: Path, changes: dict[str, str | None], message: str
) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        load_endpoints(write(tmp_path, **changes))
    assert str(caught.value).startswith("own.toml: ")


def test_names_and_addresses_are_there_once(tmp_path: Path) -> None:
    again = "\n[[endpoint]]\n" + "\n".join(f"{k} = {v}" for k, v in GOOD.items())
    with pytest.raises(ConfigError, match="endpoint 'mine': is there twice"):
        load_endpoints(write(tmp_path, again))
    other = again.replace('"mine"', '"other"')
    with pytest.raises(ConfigError, match="'other': url: is that of 'mine'"):
        load_endpoints(write(tmp_path, other))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: No such file"):
        load_endpoints(tmp_path / "none.toml")
