"""Reference pages that cannot go stale: parts of them are written from the code.

``<!-- generated: NAME -->`` on a line of its own is replaced by the Markdown that
``tables.PAGES[NAME]()`` gives.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tables import PAGES

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def fill(source: str) -> str:
    """Put the generated parts into the source of a page."""
    return re.sub(
        r"^<!-- generated: (\w+) -->$",
        lambda found: PAGES[found[1]](),
        source,
        flags=re.MULTILINE,
    )


def read(_app: Sphinx, _page: str, source: list[str]) -> None:
    """Fill a page as Sphinx reads it."""
    source[0] = fill(source[0])


def setup(app: Sphinx) -> dict[str, bool]:
    """Ask to see every page as it is read."""
    app.connect("source-read", read)
    return {"parallel_read_safe": True}
