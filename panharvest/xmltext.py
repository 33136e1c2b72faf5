"""Text for XML that is written by hand: cleaned, folded, escaped.

Documents are put together from strings because a record is rendered a million times:
the same document built with lxml takes six times longer. What makes that safe is that
no value reaches a document but through a function of this module.
"""

from __future__ import annotations

import re
from functools import lru_cache

# What XML 1.0 §2.2 does not allow, not even escaped. Lone surrogates are among them.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SPECIAL = re.compile('[&<>"\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]')
# RFC 3986, absolute, narrowed to what every reader of xs:anyURI takes.
_URI = re.compile(
    r"(?:https?://(?:[A-Za-z0-9._~%!$&'()*+,;=-]+(?::[0-9]{1,5})?)(?:[/?#]|\Z)"
    r"|urn:|info:|doi:|ark:|swh:|mailto:)"
    r"(?:[A-Za-z0-9._~:/?#@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*"
)


def has_illegal(text: str) -> bool:
    """Whether a text has characters that XML does not allow, not even escaped."""
    return _ILLEGAL.search(text) is not None


def clean(text: str) -> str:
    """Remove the characters that XML does not allow; line ends become line feeds."""
    if _SPECIAL.search(text) is None:
        return text
    return _ILLEGAL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def fold(text: str) -> str:
    """Give a text on one line: every run of blank space becomes one blank."""
    return " ".join(clean(text).split())


def escape(text: str) -> str:
    """Escape a clean text for element content and for double-quoted attributes."""
    if not ("&" in text or "<" in text or ">" in text or '"' in text):
        return text  # nearly every one
    return (
        text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&quot;")
    )


def line(text: str) -> str:
    """Give a text folded to one line and escaped."""
    if (  # nearly every text, told at a tenth of the cost of the last line
        text.isprintable()
        and "&" not in text
        and "<" not in text
        and ">" not in text
        and '"' not in text
        and "  " not in text
        and text[:1] != " "
        and text[-1:] != " "
    ):
        return text
    return escape(fold(text))


def prose(text: str) -> str:
    """Give a text escaped, its line ends kept and the blanks at its ends removed."""
    if _SPECIAL.search(text) is not None:
        text = escape(clean(text))
    return text.strip()


def attribute(name: str, value: str | None) -> str:
    """Write an attribute with its leading blank; nothing when there is no value."""
    if not value:
        return ""
    value = line(value)
    return f' {name}="{value}"' if value else ""


def is_uri(text: str) -> bool:
    """Whether a text is an absolute URI of a scheme that is used for metadata."""
    return _URI.fullmatch(text) is not None


@lru_cache(maxsize=4096)
def uri_attribute(name: str, value: str | None) -> str:
    """Write an attribute of type xs:anyURI; nothing when the value is not a URI.

    The addresses in metadata are terms, organisations and licences: few, and the same
    in many records.
    """
    if not value or _URI.fullmatch(value) is None:
        return ""
    return f' {name}="{escape(value)}"'
