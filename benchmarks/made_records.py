"""Invented records for benchmarks: DataCite XML of about 4.6 kB, the same every time.

Text is made of some hundred stems and endings with the frequencies of a language (few
words often, most seldom), so that it compresses about as well as written abstracts do.
"""
# ruff: noqa: SIM905  (words are easier to read without quotes)

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

FACILITIES = (
    *("alba", "cern", "desy", "diamond", "elettra", "ess", "esrf", "ill", "isis"),
    *("max-iv", "psi", "soleil", "hzb"),
)
TECHNIQUES = (
    *("x-ray powder diffraction", "small angle scattering", "neutron reflectometry"),
    *("x-ray absorption spectroscopy", "tomography", "ptychography", "neutron imaging"),
    *("inelastic neutron scattering", "serial crystallography", "muon spin rotation"),
)
_GIVEN = "Ada Bo Carla Dag Edda Finn Greta Hugo Ines Jon Kira Lars Mina Nils".split()
_FAMILY = "Alder Birch Cedar Dogwood Elm Fir Ginkgo Hazel Iris Juniper Kapok".split()
_STEMS = (
    "absor activ adsor align alloy ana anis batter beam bind bond bron calib cata cell "
    "ceram charg chem cohe cond corro crys curv cycl decay defect defor densi depos "
    "detec diff diffu dilut dyna elas elec emul energ etch expan expo fati ferri film "
    "flux fract gel grain graph grow heat hydra imag impur inter ion iso lamin lasi "
    "latt liqu magne mech melt mem meso micro miner mix modul mole nano neutr nucle "
    "optic orbit orien oxid parti perov phas phon photo pigm plas poly pore press prob "
    "prot puls quench radi react reflec relax reson satur scat sens shear sinter skyr "
    "solv spec spin stab stack strain stress struc surf temp tens therm time tom trans "
    "vac valen visc volt wave weld yield"
).split()
_ENDINGS = ("", "s", "ed", "ing", "ation", "ity", "ic", "al", "ive", "ance", "ure", "e")
_SMALL = "the of in and a with at to under by for from during as on is was were".split()
_WORDS = [stem + end for stem in _STEMS for end in _ENDINGS]
random.Random(7).shuffle(_WORDS)
_WEIGHTS = list(accumulate(1 / (rank + 10) for rank in range(len(_WORDS))))


@dataclass(frozen=True, slots=True)
class Made:
    """A record: local identifier, sets and DataCite XML."""

    id: str
    sets: tuple[str, ...]
    xml: bytes


def made(number: int) -> Made:
    """Make the record of a number."""
    chance = random.Random(number)
    facility = chance.choice(FACILITIES)
    techniques = chance.sample(range(len(TECHNIQUES)), 1 + chance.randrange(3))
    id_ = f"10.{5000 + FACILITIES.index(facility)}/{facility}-es-{number}"
    sets = (
        "access:open",
        f"facility:{facility}",
        "kind:raw",
        "openaire_data",
        *(f"technique:PaNET{1000 + one:05}" for one in sorted(techniques)),
    )
    return Made(id_, sets, _xml(chance, id_, facility, techniques).encode())


def _text(chance: random.Random, count: int) -> str:
    words = chance.choices(_WORDS, cum_weights=_WEIGHTS, k=count)
    for place in range(0, count, 3):
        words[place] = chance.choice(_SMALL)
    return " ".join(words).capitalize()


def _person(chance: random.Random, facility: str) -> str:
    given, family = chance.choice(_GIVEN), chance.choice(_FAMILY)
    orcid = "-".join(f"{chance.randrange(10_000):04}" for _ in range(4))
    return (
        f'<creator><creatorName nameType="Personal">{family}, {given}</creatorName>'
        f"<givenName>{given}</givenName><familyName>{family}</familyName>"
        '<nameIdentifier nameIdentifierScheme="ORCID" schemeURI="https://orcid.org">'
        f"https://orcid.org/{orcid}</nameIdentifier>"
        '<affiliation affiliationIdentifierScheme="ROR" affiliationIdentifier='
        f'"https://ror.org/0{facility}">Institute of {_text(chance, 2)}</affiliation>'
        "</creator>"
    )


def _xml(
    chance: random.Random, id_: str, facility: str, techniques: Sequence[int]
) -> str:
    day = f"{2012 + chance.randrange(12)}-{chance.randrange(1, 13):02}"
    day += f"-{chance.randrange(1, 29):02}"
    people = "".join(_person(chance, facility) for _ in range(2 + chance.randrange(4)))
    subjects = "".join(
        '<subject subjectScheme="PaNET" schemeURI="http://purl.org/pan-science/PaNET" '
        f'valueURI="http://purl.org/pan-science/PaNET/PaNET{1000 + one:05}">'
        f"{TECHNIQUES[one]}</subject>"
        for one in techniques
    )
    keywords = "".join(f"<subject>{_text(chance, 2)}</subject>" for _ in range(5))
    return (
        '<resource xmlns="http://datacite.org/schema/kernel-4" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xsi:schemaLocation="http://datacite.org/schema/kernel-4 '
        'http://schema.datacite.org/meta/kernel-4.7/metadata.xsd">'
        f'<identifier identifierType="DOI">{id_}</identifier>'
        f"<creators>{people}</creators>"
        f'<titles><title xml:lang="en">{escape(_text(chance, 12))}</title></titles>'
        f"<publisher>{facility.upper()}</publisher>"
        f"<publicationYear>{int(day[:4]) + 3}</publicationYear>"
        f"<subjects>{subjects}{keywords}</subjects>"
        '<contributors><contributor contributorType="HostingInstitution">'
        f'<contributorName nameType="Organizational">{facility.upper()}'
        "</contributorName></contributor></contributors><dates>"
        f'<date dateType="Collected">{day}</date>'
        f'<date dateType="Available">{int(day[:4]) + 3}{day[4:]}</date></dates>'
        "<language>en</language>"
        '<resourceType resourceTypeGeneral="Dataset">raw data</resourceType>'
        '<alternateIdentifiers><alternateIdentifier alternateIdentifierType="Proposal">'
        f"MX-{chance.randrange(10_000)}</alternateIdentifier></alternateIdentifiers>"
        '<relatedIdentifiers><relatedIdentifier relatedIdentifierType="DOI" '
        f'relationType="IsPartOf">{id_.rpartition("-")[0]}-p{chance.randrange(9_999)}'
        "</relatedIdentifier></relatedIdentifiers>"
        f"<sizes><size>{chance.randrange(10**12)} bytes</size></sizes>"
        "<formats><format>application/x-hdf5</format></formats>"
        '<rightsList><rights rightsIdentifier="CC-BY-4.0" '
        'rightsURI="https://creativecommons.org/licenses/by/4.0/legalcode">'
        "Creative Commons Attribution 4.0 International</rights>"
        '<rights rightsURI="info:eu-repo/semantics/openAccess"/></rightsList>'
        '<descriptions><description descriptionType="Abstract" xml:lang="en">'
        f"{escape(_text(chance, 120))}.</description>"
        '<description descriptionType="Methods">Instrument '
        f"ID{chance.randrange(40):02}, {_text(chance, 14)}.</description>"
        "</descriptions></resource>"
    )
