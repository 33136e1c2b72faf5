"""What is known of a facility: names, place, how its data looks, when data opens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import date

    from panharvest.record import Evidence, Licence, Location

HINT_KINDS = frozenset(
    {
        "explicit",
        "ror",
        "doi",
        "identifier",
        "source_name",
        "affiliation_of_source",
        "instrument_name",
        "file_name",
        "proposal",
        "creator",
    }
)


@dataclass(frozen=True, slots=True)
class EmbargoPolicy:
    """When data opens, as a facility's policy says it.

    Parameters
    ----------
    id
        Stable name, shown in reports (``esrf-2024``).
    period
        ISO 8601 duration of years, months, weeks and days (``P3Y``, ``P18M``).
    valid_from, valid_until
        Days (inclusive) on which an experiment must end for this policy to hold;
        None: no limit.
    anchor
        From when the period counts.
    month_end
        Where the day does not exist (29 February plus three years): the next day that
        does (``roll_forward``, never early) or the last of the month (``clip``).
    opens_at
        On the day reached: when it begins, or when it is over.
    without_end
        When only the start is known: count from the start with seven days more, or
        keep hidden.
    during
        What is shown before: nothing, the core metadata, or all metadata.
    core_fields
        Fields of the record that the core metadata is made of; empty: the usual ones.
    public_flag
        A catalogue that says public: needs also that its date has come, where it has
        one (``require_both``), and the policy's date too (``require_all``), or is
        enough (``flag_wins``); ``date_wins``: it says nothing, dates decide.
    release_source
        Of the catalogue's date and the policy's: the later one, or always the
        catalogue's (``source``: so data may open early), or the ``policy``'s.
    without_source_date
        Where a catalogue should have a date and has none: hidden, or by the policy.
    max_extension
        Days behind the policy's date from which a catalogue's date is reported.
    exclude_types
        Types of experiments (ICAT) that the policy does not open.
    documents
        Kinds of documents (``proposal``, ``report``) and whether they are shown like
        data (``same_as_data``) or never (``hidden``).
    licence_after
        Terms of use after the embargo; None: not known to us.
    exclude
        Patterns of proposal numbers that the policy does not open (proprietary work).
    url
        Where the policy can be read.
    """

    id: str
    period: str
    valid_from: date | None = None
    valid_until: date | None = None
    anchor: Literal["experiment_end", "experiment_start"] = "experiment_end"
    month_end: Literal["roll_forward", "clip"] = "roll_forward"
    opens_at: Literal["start_of_day", "end_of_day"] = "start_of_day"
    without_end: Literal["start_plus_week", "hidden"] = "start_plus_week"
    during: Literal["hidden", "metadata", "all"] = "hidden"
    licence_after: Licence | None = None
    exclude: tuple[str, ...] = ()
    core_fields: tuple[str, ...] = ()
    public_flag: Literal["require_both", "require_all", "flag_wins", "date_wins"] = (
        "require_both"
    )
    release_source: Literal["later", "source", "policy"] = "later"
    without_source_date: Literal["hidden", "policy"] = "hidden"
    max_extension: int | None = None
    exclude_types: tuple[str, ...] = ()
    documents: tuple[tuple[str, str], ...] = ()
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FacilityProfile:
    """A facility as a file of ``ontologies/facilities`` describes it.

    Parameters
    ----------
    aliases
        Other names of the facility; ``sources`` are names of its machines.
    instruments, distinct_instruments
        Names (or patterns, which begin with ``^``) of instruments. A distinct one is
        found at no other facility and may decide alone.
    path_patterns
        What paths of files look like there; groups ``proposal`` and ``instrument``.
    proposal_patterns, distinct_proposal_patterns
        What proposal numbers look like; a distinct form is used nowhere else.
    within
        Facilities that host this one or that it is part of: their names beside its
        own are no contradiction.
    default_probe
        The radiation of a source that has one kind only.
    timezone
        IANA name of the zone in which local times and days are meant.
    """

    id: str
    name: str
    country: str
    timezone: str
    aliases: tuple[str, ...] = ()
    ror: str | None = None
    location: Location | None = None
    doi_prefixes: tuple[str, ...] = ()
    handle_prefixes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()
    distinct_instruments: tuple[str, ...] = ()
    path_patterns: tuple[str, ...] = ()
    proposal_patterns: tuple[str, ...] = ()
    distinct_proposal_patterns: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    default_probe: str | None = None
    policies: tuple[EmbargoPolicy, ...] = ()

    @property
    def policy_known(self) -> bool:
        """Whether the facility's own policy is in its file."""
        return bool(self.policies)

    @property
    def licence(self) -> Licence | None:
        """The terms of use under the newest policy; None when not known to us."""
        return self.policies[-1].licence_after if self.policies else None


@dataclass(frozen=True, slots=True)
class Hint:
    """Something that may tell the facility: its kind, what it says and where.

    ``explicit`` is the operator's word (id or name); ``creator`` is what wrote the
    file, which counts only when it is the name of a facility.
    """

    kind: str
    value: str
    path: str

    def __post_init__(self) -> None:
        if self.kind not in HINT_KINDS:
            raise ValueError(f"'{self.kind}' is not one of {sorted(HINT_KINDS)}")


@dataclass(frozen=True, slots=True)
class Match:
    """The facility found, how sure that is (0 to 1) and why."""

    profile: FacilityProfile
    confidence: float
    evidence: tuple[Evidence, ...]
