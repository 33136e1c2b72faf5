"""Records of invented people at real facilities, for golden files and examples."""

from __future__ import annotations

from dataclasses import fields, replace

from panharvest.protocols import BASE_URL
from panharvest.record import (
    Access,
    AccessStatus,
    Affiliation,
    Agent,
    Box,
    Checksum,
    Contributor,
    DatedEvent,
    Embargo,
    Evidence,
    Facility,
    File,
    Funding,
    Identifier,
    Instrument,
    Interval,
    Kind,
    Licence,
    Location,
    Moment,
    Nature,
    Parameter,
    Probe,
    Provenance,
    RadiationSource,
    Record,
    RelatedItem,
    Relation,
    ResourceType,
    Right,
    Sample,
    Service,
    Subject,
    Technique,
    Text,
    Withdrawal,
)

PANET = "http://purl.org/pan-science/PaNET/PaNET"
ESRF = "European Synchrotron Radiation Facility"
ROR = "https://ror.org/02550n020"
EVIDENCE = (Evidence("nxsource-probe", "/entry/instrument/source/probe", "x-ray"),)

# Every field that a released data set can have.
POWDER = Record(
    id="10.1234/esrf-es-1",
    kind=Kind.RAW,
    pid=Identifier("10.1234/esrf-es-1", "DOI"),
    alternate_identifiers=(
        Identifier("HC-1234", "Proposal"),
        Identifier("21.11151/abc", "Handle"),
    ),
    titles=(
        Text("Powder diffraction of <quartz> & friends", language="en"),
        Text("Pulverbeugung an Quarz", "TranslatedTitle", "de"),
    ),
    descriptions=(Text("Quartz, heated.\nAnd cooled.", "Abstract", "en"),),
    creators=(
        Agent(
            "Carberry, Josiah",
            Nature.PERSONAL,
            "Josiah",
            "Carberry",
            (
                Identifier("0000-0002-1825-0097", "ORCID"),
                Identifier("0000000121032683", "ISNI"),
            ),
            (Affiliation(ESRF, ROR), Affiliation("Brown University")),
        ),
    ),
    contributors=(
        Contributor(
            Agent("Doe, Jane", Nature.PERSONAL, "Jane", "Doe"), "ContactPerson"
        ),
    ),
    publisher=Agent(ESRF, Nature.ORGANISATIONAL, identifiers=(Identifier(ROR, "ROR"),)),
    facility=Facility("esrf", ESRF, ROR),
    probes=(Probe("x-ray probe", f"{PANET}01012", EVIDENCE),),
    sources=(RadiationSource("ESRF", "Synchrotron X-ray Source", "x-ray"),),
    instruments=(
        Instrument(
            "High resolution powder diffraction",
            "ID22",
            (Identifier("10.1234/id22", "DOI"),),
        ),
    ),
    techniques=(Technique(f"{PANET}01101", "x-ray powder diffraction"),),
    samples=(
        Sample(
            "quartz",
            "SiO2",
            "ground, in a capillary",
            "powder",
            identifiers=(Identifier("10.1234/igsn1", "IGSN"),),
        ),
    ),
    parameters=(
        Parameter("photon energy", 31.0, "keV", iri="https://example.org/energy"),
        Parameter("temperature", 5.0, "K", 300.0),
    ),
    measured_variables=("intensity",),
    keywords=("quartz", "phase transition"),
    subjects=(
        Subject(
            "Condensed matter physics",
            "Fields of Science and Technology (FOS)",
            "http://www.oecd.org/science/inno/38235147.pdf",
        ),
    ),
    collected=Interval(Moment("2021-05-29T08:00:00Z"), Moment("2021-05-30T10:00:00Z")),
    created=Moment("2021-05-30"),
    modified=Moment("2021-06-01"),
    issued=Moment("2024-05-31"),
    embargo=Embargo(Moment("2021-05-30"), Moment("2024-05-31")),
    access=Access(AccessStatus.OPEN),
    licence=Licence("CC-BY-4.0"),
    language="en",
    version="1",
    files=(
        File(
            "quartz.h5",
            "raw/quartz.h5",
            size=12_500_000_000,
            media_type="application/x-hdf5",
            checksum=Checksum("md5", "d41d8cd98f00b204e9800998ecf8427e"),
        ),
    ),
    formats=("application/x-hdf5",),
    definitions=("NXxrd",),
    services=(Service("H5Web", "https://example.org/view"),),
    relations=(
        Relation(
            Identifier("21.11151/hc-1234", "Handle"),
            "IsPartOf",
            "HC-1234",
            "experiment",
        ),
        Relation(
            Identifier("10.1234/paper", "DOI"), "IsCitedBy", kind="JournalArticle"
        ),
        Relation(Identifier("10.1234/raw", "DOI"), "IsDerivedFrom"),
    ),
    funding=(
        Funding(
            "European Commission",
            Identifier("10.13039/100010661", "Crossref Funder ID"),
            "823852",
            "https://cordis.europa.eu/project/id/823852",
            "PaNOSC",
        ),
    ),
    location=Location("Grenoble, France", 45.2068, 5.6905),
    landing_page=f"{BASE_URL}/records/10.1234/esrf-es-1",
    provenance=Provenance("nexus", "1"),
)

# Every field that a record can have: what round trips are measured with.
RICH = replace(
    POWDER,
    descriptions=(
        *POWDER.descriptions,
        Text("The furnace was ramped by 2 K a minute.", "Methods", "en"),
        Text("Written by the acquisition of ID22.", "TechnicalInfo", "en"),
    ),
    contributors=(
        *POWDER.contributors,
        Contributor(Agent("Roe, Richard", Nature.PERSONAL), "DataCollector"),
    ),
    dates=(DatedEvent("Submitted", Moment("2021-03-01"), None, "proposal"),),
    rights=(
        Right(
            "House terms",
            "https://example.org/terms",
            "H-1",
            "house",
            "https://example.org/schemes",
            "en",
        ),
    ),
    resource_type=ResourceType("Dataset", "Powder diffraction data"),
    size=12_500_000_000,
    file_count=1,
    extents=("200 images",),
    places=(Location("Beamline hall", box=Box(5.68, 5.70, 45.20, 45.21)),),
    related_items=(
        RelatedItem(
            "JournalArticle",
            "IsPublishedIn",
            (Text("Journal of Invented Results"),),
            Identifier("10.1234/journal", "DOI"),
            year="2022",
            volume="7",
            issue="2",
            first_page="20",
            last_page="29",
        ),
    ),
    withdrawal=Withdrawal(Moment("2025-01-01"), "replaced by a corrected version"),
)

# What is known of a file without DOI and people, its metadata public, its data not yet.
MUON = Record(
    id="isis/rb1234567/musr00001.nxs",
    kind=Kind.RAW,
    titles=(Text("Zero-field relaxation"),),
    creators=(Agent("ISIS Neutron and Muon Source", Nature.ORGANISATIONAL),),
    publisher=Agent("ISIS Neutron and Muon Source", Nature.ORGANISATIONAL),
    facility=Facility("isis", "ISIS Neutron and Muon Source"),
    instruments=(Instrument("MUSR"),),
    collected=Interval(Moment("2023-03-01T10:00:00"), Moment("2023-03-02T11:00:00")),
    embargo=Embargo(Moment("2023-03-02"), Moment("2026-03-02")),
    access=Access(AccessStatus.EMBARGOED),
    landing_page=f"{BASE_URL}/records/isis/rb1234567/musr00001.nxs",
)


def differences(found: Record, wanted: Record) -> dict[str, tuple[object, object]]:
    """Give the fields in which two records differ, with what is in either."""
    return {
        f.name: (getattr(found, f.name), getattr(wanted, f.name))
        for f in fields(Record)
        if getattr(found, f.name) != getattr(wanted, f.name)
    }
