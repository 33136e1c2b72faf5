"""What all pages share: plain HTML with a style of its own; nothing that runs.

Every text goes through :func:`escape` and every address through :func:`link`, which
knows no scheme but http and https.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from html import escape

__all__ = ["FORMAT_NAMES", "STYLE_HASH", "escape", "link", "page"]

_STYLE = """
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--line:#d8dee4;
--link:#0b57a4;--paper:#fff;--tint:#f4f6f8;--ok:#1a6b32;--wait:#8a4b00}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ec;--soft:#a3acb5;--line:#3a424b;
--link:#7fbdf5;--paper:#15191d;--tint:#1e2429;--ok:#7bd396;--wait:#f0b36a}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
font:1rem/1.55 system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
header,main,footer{max-width:52rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:1rem;padding-bottom:1rem}
header a{color:var(--soft);text-decoration:none;font-weight:600}
footer{margin-top:3rem;padding-top:1rem;padding-bottom:2rem;color:var(--soft);
font-size:.875rem;border-top:1px solid var(--line)}
h1{font-size:1.75rem;line-height:1.25;margin:.25rem 0 .75rem;overflow-wrap:anywhere}
h2{font-size:1.125rem;margin:2rem 0 .5rem}
a{color:var(--link)}
a:focus-visible{outline:3px solid var(--link);outline-offset:2px}
p{margin:.5rem 0}
.over{color:var(--soft);margin:1rem 0 0}
.state{display:inline-block;padding:0 .6em;border:1px solid currentColor;
border-radius:1em;font-size:.875rem;font-weight:600}
.open{color:var(--ok)}.held{color:var(--wait)}
.soft{color:var(--soft)}
dl{display:grid;grid-template-columns:minmax(8rem,11rem) 1fr;
gap:.4rem 1rem;margin:1rem 0}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
ul{padding-left:1.25rem;margin:.5rem 0}li{margin:.2rem 0;overflow-wrap:anywhere}
ul.plain{list-style:none;padding:0}
ul.line{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.2rem 1.25rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.35rem .75rem .35rem 0;
border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--soft);font-weight:600}
th.number,td.number{text-align:right;white-space:nowrap}
dd ul{margin:0}dd li{margin:0 0 .2rem}
nav{border-bottom:1px solid var(--line);margin-bottom:1.5rem}
.depth1{display:block;padding-left:1.25rem}.depth2{display:block;padding-left:2.5rem}
.depth3{display:block;padding-left:3.75rem}
td:first-child{overflow-wrap:anywhere}td time{white-space:nowrap}
.next{margin-top:1.25rem;font-weight:600}
pre{overflow-x:auto;white-space:pre-wrap}
blockquote,pre{margin:.5rem 0;padding:.75rem 1rem;background:var(--tint);
border-left:3px solid var(--line);overflow-wrap:anywhere}
code{font:0.9em ui-monospace,SFMono-Regular,Consolas,monospace;overflow-wrap:anywhere}
@media(max-width:36rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}}
"""

STYLE_HASH = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

FORMAT_NAMES = {
    "oai_dc": "Dublin Core",
    "oai_datacite": "DataCite for OAI-PMH",
    "datacite": "DataCite",
    "rdf": "RDF/XML",
    "pan": "Record as XML",
    "schemaorg": "schema.org",
    "dcat": "DCAT-AP (Turtle)",
    "dcat-json": "DCAT-AP (JSON-LD)",
    "datacite-json": "DataCite JSON",
}


def page(
    title: str, base_url: str, name: str, body: str, *, foot: str = "", data: str = ""
) -> str:
    """Put a page around its body; ``data`` is JSON-LD for search engines."""
    # no < in it: nothing in the data can end the element
    safe = data.replace("<", "\\u003c")
    about = f'<script type="application/ld+json">{safe}</script>' if data else ""
    heading = title if title == name else f"{title} – {name}"
    footer = f"{foot} " if foot else ""
    way_home = "" if title == name else link(f"{base_url}/", name)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(heading)}</title><style>{_STYLE}</style>{about}</head><body>"
        f"<header>{way_home}</header><main>{body}</main>"
        f"<footer>{footer}Served by panharvest.</footer></body></html>\n"
    )


def link(url: str | None, text: str) -> str:
    """Link a text to an http or https address; give the text alone for any other."""
    if url is None or not url.startswith(("https://", "http://")):
        return escape(text)
    return f'<a href="{escape(url)}">{escape(text)}</a>'
