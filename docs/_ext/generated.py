"""Reference pages that cannot go stale: a directive that writes them from the code.

``{generated} NAME`` puts the Markdown that ``tables.PAGES[NAME]()`` gives in its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective
from tables import PAGES

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx


class Generated(SphinxDirective):
    """Parse generated Markdown as if it stood in the page."""

    required_arguments = 1
    option_spec: ClassVar[dict[str, object]] = {}

    def run(self) -> list[nodes.Node]:
        """Give the nodes of the page part."""
        text = PAGES[self.arguments[0]]()
        lines = StringList(text.splitlines(), source=f"<{self.arguments[0]}>")
        parent = self.state.parent
        before = len(parent.children)
        self.state.nested_parse(lines, self.content_offset, parent, match_titles=True)
        made = parent.children[before:]
        del parent.children[before:]
        return list(made)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("generated", Generated)
    return {"parallel_read_safe": True}
