"""Where records live: one contract, several databases, chosen by URL."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from panharvest.errors import ConfigError

if TYPE_CHECKING:
    from panharvest.protocols import Store

# Scheme of the URL -> "module:function" that opens such a store.
STORES = {"sqlite": "panharvest.stores.sqlite:open_url"}


def open_store(url: str, *, create: bool = True, patience: float = 10.0) -> Store:
    """Open the store that a URL names.

    Parameters
    ----------
    url
        ``sqlite:///relative.db`` or ``sqlite:////absolute.db``.
    create
        Whether to make the store when there is none yet.
    patience
        Seconds to wait for another writer to finish.

    Raises
    ------
    ConfigError
        When the URL is of no kind that is supported.
    StoreError
        When there is no such store, or the file is something else.
    """
    scheme, colon, rest = url.partition("://")
    place = STORES.get(scheme)
    if not colon or place is None:
        # the URL itself may hold a password: it is not repeated
        kind = f"{scheme!r} is not supported" if colon else "it has no scheme"
        known = ", ".join(sorted(STORES))
        raise ConfigError(
            f"store URL: {kind}; write for example sqlite:///panharvest.db "
            f"(supported: {known})"
        )
    module, _, function = place.partition(":")
    opener = getattr(import_module(module), function)
    store: Store = opener(rest, create=create, patience=patience)
    return store
