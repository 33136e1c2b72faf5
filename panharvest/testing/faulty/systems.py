"""Whole systems: the quirks of a program, together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from panharvest.testing.faulty.list_faults import (
    empty_token,
    expiring_tokens,
    surplus_token,
)
from panharvest.testing.faulty.model import Fault
from panharvest.testing.faulty.quirks import (
    accepts_anything,
    constant_datestamps,
    fractional_datestamps,
    frozen_response_date,
    header_order,
    hides_deleted,
    identifier_attribute,
    ignores_selection,
    invalid_earliest,
    no_paging,
    until_refused,
    unwrapped_get_record,
)
from panharvest.testing.faulty.wire_faults import no_post

if TYPE_CHECKING:
    from panharvest.testing.faulty.model import Call, Page


def scicat(cap: int = 5000) -> tuple[Fault, ...]:
    """Behave like the OAI-PMH service of SciCat: all of it at once."""
    return (
        no_paging(cap),
        ignores_selection(),
        until_refused(),
        frozen_response_date(),
        constant_datestamps(),
        header_order(),
        identifier_attribute(),
        unwrapped_get_record(),
        hides_deleted(),
        invalid_earliest(),
        no_post(),
    )


def icat() -> tuple[Fault, ...]:
    """Behave like icat.oaipmh: no sizes, an empty token, milliseconds, no deletions."""

    def page(page: Page, _call: Call) -> Page:
        if page.token is None:
            return page
        return replace(page, token=replace(page.token, size=None, cursor=None))

    bare = Fault(name="no-sizes", meaning="tells no sizes", page=page)
    return (
        bare,
        empty_token(),
        fractional_datestamps(),
        hides_deleted(),
        accepts_anything(),
    )


def invenio(seconds: float = 60) -> tuple[Fault, ...]:
    """Behave like Invenio: tokens live a minute, a surplus one, no deletions."""
    return (expiring_tokens(seconds), surplus_token(), hides_deleted())
