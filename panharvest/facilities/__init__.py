"""The facilities that are known, and which of them a piece of data comes from.

Facts are files of ``ontologies/facilities``; an operator's folder adds or replaces
files. Nothing here is code for one facility.
"""

from __future__ import annotations

from functools import cache, cached_property
from typing import TYPE_CHECKING

from panharvest.errors import ConfigError
from panharvest.facilities.profile import (
    EmbargoPolicy,
    FacilityProfile,
    Hint,
    Match,
)
from panharvest.facilities.reading import read_profile
from panharvest.facilities.resolving import Index, judge
from panharvest.tables import resource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

__all__ = [
    "EmbargoPolicy",
    "Facilities",
    "FacilityProfile",
    "Hint",
    "Match",
    "load_facilities",
]


class Facilities:
    """The profiles, by id, and the way from hints to one of them."""

    def __init__(self, profiles: Iterable[FacilityProfile]) -> None:
        self._profiles = {profile.id: profile for profile in profiles}
        for profile in self._profiles.values():
            for host in profile.within:
                if host not in self._profiles:
                    raise ConfigError(
                        f"{profile.id}.toml: within: there is no facility '{host}'"
                    )

    def __iter__(self) -> Iterator[FacilityProfile]:
        return iter(self._profiles.values())

    def __len__(self) -> int:
        return len(self._profiles)

    @cached_property
    def _index(self) -> Index:
        return Index(self._profiles)

    def get(self, facility_id: str) -> FacilityProfile | None:
        """Give the profile of an id, or None."""
        return self._profiles.get(facility_id)

    def named(self, facility_id: str, place: str) -> FacilityProfile:
        """Give the profile of an id that somebody wrote.

        Raises
        ------
        ConfigError
            When there is none; the message has the place, and the ids that are known.
        """
        profile = self.get(facility_id)
        if profile is None:
            raise ConfigError(
                f"{place}: no facility '{facility_id}'; known are: "
                f"{', '.join(sorted(self._profiles))}"
            )
        return profile

    def resolve(self, hints: Sequence[Hint]) -> Match | None:
        """Find the facility that hints point to; None rather than a guess."""
        return judge(self._index, hints)[0]

    def unresolved(self, hints: Sequence[Hint]) -> str:
        """Say in one line why hints give no facility; empty when they give one."""
        return judge(self._index, hints)[1]


def load_facilities(root: Path | None = None) -> Facilities:
    """Read the facility files.

    Parameters
    ----------
    root
        An operator's folder of ``*.toml``: a file with the id of a facility that is
        known replaces it whole, others are added.

    Raises
    ------
    ConfigError
        When a file is wrong (the message names file and key), or the folder is not
        there.
    """
    if root is None:
        return _shipped()
    if not root.is_dir():
        raise ConfigError(f"{root}: is not a folder of facility files")
    own = [read_profile(file) for file in sorted(root.glob("*.toml"))]
    return Facilities([*_shipped(), *own])


@cache
def _shipped() -> Facilities:
    folder = resource("facilities").iterdir()
    files = sorted(
        (f for f in folder if f.name.endswith(".toml")), key=lambda f: f.name
    )
    return Facilities(read_profile(file) for file in files)
