"""What the NeXus tests ask for: the fields of a usual mapping."""

from __future__ import annotations

import pytest

from panharvest.tree import Wanted

ENTRY = (
    "title experiment_identifier experiment_description start_time end_time duration "
    "definition entry_identifier collection_identifier program_name run_cycle "
    "scan_command identifier*"
)
FIELDS = {
    "NXentry": ENTRY,
    "NXsubentry": ENTRY,
    "NXinstrument": "name",
    "NXsource": "name type probe energy current frequency power",
    "NXbeam": "incident_energy incident_wavelength extent",
    "NXmonochromator": "energy wavelength",
    "NXdetector": "description type local_name distance data",
    "NXsample": "name chemical_formula description temperature pressure type situation",
    "NXuser": "name role affiliation ORCID email address facility_user_id identifier*",
    "NXcite": "doi url",
}
CHILDREN = {
    "NXentry": "NXinstrument NXsample NXuser NXsource NXsubentry NXcite",
    "NXsubentry": "NXinstrument NXsample NXuser NXsource NXcite",
    "NXinstrument": "NXsource NXbeam NXmonochromator NXdetector NXcite",
}
ATTRIBUTES = "file_name file_time creator NeXus_version default owner_email owner"


@pytest.fixture(scope="session")
def wanted() -> Wanted:
    return Wanted(
        fields={name: frozenset(fields.split()) for name, fields in FIELDS.items()},
        children={name: frozenset(below.split()) for name, below in CHILDREN.items()},
        root_attributes=frozenset(ATTRIBUTES.split()),
        digest="of-tests",
        group_attributes=frozenset({"default"}),
        field_attributes=frozenset({"type", "version"}),
    )
