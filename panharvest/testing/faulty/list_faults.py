"""Faults of lists: tokens, sizes, pages that repeat, end early or never."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from panharvest.testing.faulty.model import (
    LISTS,
    RECORD_LISTS,
    Best,
    Entry,
    Fault,
    Refusal,
    Token,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from panharvest.testing.faulty.model import Call, Item, Page, Wish

ODD_TOKEN = "/a+b c|d%2B&e=f;ü"  # noqa: S105 - what has to be encoded in an address


def refused_token() -> Fault:
    """Answer a token with badResumptionToken."""

    def wish(wish: Wish, call: Call) -> Wish:
        if "resumptionToken" not in call.arguments:
            return wish
        raise Refusal("badResumptionToken", "The token has expired.")

    return Fault(name="token-refused", meaning="answers badResumptionToken", wish=wish)


def expiring_tokens(seconds: float = 60) -> Fault:
    """Refuse a token that is older, by the provider's clock; says so in it."""

    def wish(wish: Wish, call: Call) -> Wish:
        if call.token_age is not None and call.token_age > seconds:
            raise Refusal("badResumptionToken", "The token has expired.")
        return wish

    def page(page: Page, call: Call) -> Page:
        if page.token is None:
            return page
        return replace(page, token=replace(page.token, expires=call.now + seconds))

    return Fault(
        name="tokens-expire",
        meaning=f"refuses tokens that are older than {seconds:g} s",
        wish=wish,
        page=page,
        verbs=LISTS,
    )


def no_records_in_list() -> Fault:
    """Answer a token with noRecordsMatch."""

    def wish(wish: Wish, call: Call) -> Wish:
        if "resumptionToken" not in call.arguments:
            return wish
        raise Refusal("noRecordsMatch", "No record matches.")

    return Fault(
        name="no-records-in-list", meaning="answers noRecordsMatch mid-list", wish=wish
    )


def empty_page() -> Fault:
    """Give a page without records and a new token for the page that was asked for."""

    def page(page: Page, call: Call) -> Page:
        if page.error is not None:
            return page
        token = Token(page.wish, f"again-{call.number}")
        return replace(page, items=(), token=token)

    return Fault(name="empty-page", meaning="gives a page without records", page=page)


def lost_page() -> Fault:
    """Leave the records of a page out; the list goes on behind it."""
    return _on_page(
        "lost-page",
        "leaves out the records of a page",
        lambda page, _call: replace(page, items=()),
        best="flagged",
    )


def repeated_token() -> Fault:
    """Give the token back that was sent: the same page for ever."""

    def change(page: Page, call: Call) -> Page:
        sent = call.arguments.get("resumptionToken")
        return page if sent is None else replace(page, token=Token(page.wish, sent))

    return _on_page(
        "token-repeats", "gives the same token back", change, best="flagged"
    )


def cyclic_tokens(length: int = 3) -> Fault:
    """Lead from a page back to one so many pages before, itself included."""

    def change(page: Page, _call: Call) -> Page:
        wish = page.wish
        if wish is None:
            return page
        back = max(0, wish.offset - (length - 1) * wish.limit)
        return replace(page, token=Token(replace(wish, offset=back)))

    return _on_page(
        "tokens-cycle", f"goes round {length} pages", change, best="flagged"
    )


def endless_list() -> Fault:
    """Give the same page for ever, each time with a token never seen before."""

    def change(page: Page, call: Call) -> Page:
        return replace(page, token=Token(page.wish, f"t{call.number}"))

    return _on_page(
        "list-endless", "repeats a page with new tokens", change, best="flagged"
    )


def padded_token(padding: str = "\n    ", *, tolerant: bool = True) -> Fault:
    """Write blanks and line ends around tokens.

    A tolerant provider takes them back with the blanks and without; one that is not,
    only without.
    """

    def change(page: Page, _call: Call) -> Page:
        return _on_token(page, padding=padding, tolerant=tolerant)

    return _on_page("token-padded", "writes blanks around tokens", change)


def odd_tokens(text: str = ODD_TOKEN) -> Fault:
    """Give tokens with characters that must be encoded exactly once."""

    def change(page: Page, call: Call) -> Page:
        token = page.token
        if token is None or token.wish is None:
            return page
        return replace(page, token=replace(token, text=f"{call.number}{text}"))

    return _on_page("tokens-odd", f"has tokens like {text}", change)


def early_end(*, element: bool = False) -> Fault:
    """End the list with this page: without a token, or with an empty one."""

    def change(page: Page, _call: Call) -> Page:
        last = replace(page.token, wish=None, text="") if page.token else None
        return replace(page, token=last if element else None)

    return _on_page(
        "early-end-empty-token" if element else "early-end",
        "ends the list before its end",
        change,
    )


def surplus_token(answer: Literal["empty", "noRecordsMatch"] = "empty") -> Fault:
    """Give a token with the last page, and answer it with nothing."""

    def wish(wish: Wish, call: Call) -> Wish:
        if _surplus(call) and answer != "empty":
            raise Refusal("noRecordsMatch", "No record matches.")
        return wish

    def page(page: Page, call: Call) -> Page:
        if _surplus(call):
            return page if answer != "empty" else replace(page, items=(), token=None)
        if page.error is not None or (page.token and page.token.wish):
            return page
        token = page.token or Token(None)
        text = f"surplus-{call.number}"
        return replace(page, token=replace(token, wish=page.wish, text=text))

    return Fault(
        name="surplus-token" if answer == "empty" else "surplus-token-refused",
        meaning="gives a token with the last page",
        wish=wish,
        page=page,
        verbs=RECORD_LISTS,
    )


def _surplus(call: Call) -> bool:
    return call.arguments.get("resumptionToken", "").startswith("surplus-")


def wrong_size(size: int | None) -> Fault:
    """Tell another completeListSize than the right one, or (None) none."""

    def change(page: Page, _call: Call) -> Page:
        return _on_token(page, size=size)

    return _on_page("size-wrong", f"says completeListSize {size}", change)


def cursor_counts_pages() -> Fault:
    """Count pages in ``cursor``, not records."""

    def change(page: Page, call: Call) -> Page:
        return _on_token(page, cursor=call.page)

    return _on_page("cursor-counts-pages", "counts pages in cursor", change)


def empty_token() -> Fault:
    """Write an empty resumptionToken in lists of one page."""

    def change(page: Page, _call: Call) -> Page:
        return replace(page, token=page.token or Token(None))

    return _on_page("empty-token", "has an empty token in a complete list", change)


def no_token_at_end() -> Fault:
    """Write no resumptionToken on the last page."""

    def change(page: Page, _call: Call) -> Page:
        goes_on = page.token is not None and page.token.wish is not None
        return page if goes_on else replace(page, token=None)

    return _on_page("no-token-at-end", "has no token on the last page", change)


def overlapping_pages(count: int = 3) -> Fault:
    """Begin every page with the last records of the page before, in addition."""

    def wish(wish: Wish, _call: Call) -> Wish:
        back = min(count, wish.offset)
        return replace(wish, offset=wish.offset - back, limit=wish.limit + back)

    def page(page: Page, call: Call) -> Page:
        if page.token is None or page.token.wish is None or call.wish is None:
            return page
        onward = replace(page.token.wish, limit=call.wish.limit)
        return replace(page, token=replace(page.token, wish=onward))

    return Fault(
        name="pages-overlap",
        meaning="repeats the last records of the page before",
        wish=wish,
        page=page,
        verbs=RECORD_LISTS,
    )


def unstable_order(by: int = 3) -> Fault:
    """Shift the order between pages: some records come twice, others never."""

    def listed(entries: Sequence[Entry], call: Call) -> Sequence[Entry]:
        shift = by * (call.page - 1)
        return [*entries[-shift:], *entries[:-shift]] if shift else entries

    return Fault(
        name="order-unstable",
        meaning="sorts otherwise for each page: records come twice, others never",
        listed=listed,
        verbs=RECORD_LISTS,
        best="flagged",
    )


def unsorted() -> Fault:
    """List records in no order of time, the same on every page."""

    def listed(entries: Sequence[Entry], _call: Call) -> Sequence[Entry]:
        return sorted(entries, key=lambda e: e.identifier[::-1])

    return Fault(
        name="unsorted",
        meaning="lists in no order of datestamps",
        listed=listed,
        verbs=RECORD_LISTS,
    )


def dropped_filters() -> Fault:
    """Forget from, until and set with the first token."""

    def wish(wish: Wish, call: Call) -> Wish:
        if "resumptionToken" not in call.arguments:
            return wish
        return replace(wish, first=None, last=None, set=None)

    return Fault(
        name="filters-dropped",
        meaning="forgets from, until and set with the first token",
        wish=wish,
        verbs=RECORD_LISTS,
    )


def twice_on_a_page() -> Fault:
    """Give the first record of a page again at its end, a day newer."""

    def change(page: Page, _call: Call) -> Page:
        if not page.items:
            return page
        first = page.items[0]
        newer = replace(first, datestamp="2030-01-01T00:00:00Z")
        return replace(page, items=(*page.items, newer))

    return _on_page("twice-on-a-page", "has a record twice on a page", change)


def empty_identifier(record: int = 4) -> Fault:
    """Write an empty identifier in the header of a record, counted from 0."""
    return on_item(
        "identifier-empty",
        "has a header with an empty identifier",
        lambda item: replace(item, identifier=""),
        record,
        best="flagged",
    )


def padded_identifier(record: int = 4) -> Fault:
    """Write blanks and line ends around the identifier of a record."""
    return on_item(
        "identifier-padded",
        "writes blanks around an identifier",
        lambda item: replace(item, identifier=f"\n  {item.identifier}\t\n"),
        record,
    )


def on_item(
    name: str,
    meaning: str,
    change: Callable[[Item], Item],
    record: int | None = None,
    *,
    best: Best = "complete",
) -> Fault:
    """Change the record of that number on a page, or (None) every record."""

    def page(page: Page, _call: Call) -> Page:
        chosen = None if record is None else min(record, len(page.items) - 1)
        items = (
            change(item) if chosen in (None, number) else item
            for number, item in enumerate(page.items)
        )
        return replace(page, items=tuple(items))

    return Fault(
        name=name,
        meaning=meaning,
        page=page,
        verbs=RECORD_LISTS | {"GetRecord"},
        best=best,
    )


def _on_page(
    name: str,
    meaning: str,
    change: Callable[[Page, Call], Page],
    *,
    best: Best = "complete",
) -> Fault:
    """Change pages of lists that are no errors."""

    def page(page: Page, call: Call) -> Page:
        return page if page.error is not None else change(page, call)

    return Fault(name=name, meaning=meaning, page=page, verbs=LISTS, best=best)


def _on_token(page: Page, **changes: Any) -> Page:  # noqa: ANN401 - fields of Token
    """Change the token of a page that has one."""
    if page.token is None:
        return page
    return replace(page, token=replace(page.token, **changes))
