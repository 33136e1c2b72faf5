"""Settings of the documentation: Sphinx with MyST and the pydata theme."""

from __future__ import annotations

import sys
from pathlib import Path

import panharvest

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "panharvest"
author = "The panharvest developers"
copyright = f"2026, {author}"
version = release = panharvest.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "generated"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
nitpicky = False

autodoc_member_order = "bysource"
autodoc_typehints = "description"
napoleon_google_docstring = False

html_theme = "pydata_sphinx_theme"
html_title = "panharvest"
html_theme_options = {
    "show_prev_next": False,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
}
html_show_sourcelink = False
