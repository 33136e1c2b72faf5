"""``panharvest.toml`` as frozen settings, checked; what they make is in ``building``.

Each table but ``repository`` is named like a command and holds its options under their
names on the command line. An unknown key is an error with its path. Paths are relative
to the folder of the file. Secrets come from the environment or from files of their own.
"""

from __future__ import annotations

from panharvest.config.checking import IDENTIFIER, check_base_url
from panharvest.config.periods import period_of, seconds_of
from panharvest.config.reading import read_settings
from panharvest.config.settings import (
    HarvestSection,
    IngestSettings,
    MapSettings,
    OntologySettings,
    RepositorySettings,
    ServeSettings,
    SetSettings,
    Settings,
    SourceSettings,
    StatusSettings,
    WithdrawSettings,
    admin_emails,
    table,
)

__all__ = [
    "IDENTIFIER",
    "HarvestSection",
    "IngestSettings",
    "MapSettings",
    "OntologySettings",
    "RepositorySettings",
    "ServeSettings",
    "SetSettings",
    "Settings",
    "SourceSettings",
    "StatusSettings",
    "WithdrawSettings",
    "admin_emails",
    "check_base_url",
    "period_of",
    "read_settings",
    "seconds_of",
    "table",
]
