"""The schema.org description as RDF/XML: the metadata prefix ``rdf``.

Harvesters of training and of datasets that read RDF (TeSS among them) ask for this
prefix. It is written directly from the same node as the JSON-LD; a graph of rdflib
would cost a hundred times as much for each record of a list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from panharvest.formats.schemaorg.reading import read_graph
from panharvest.formats.schemaorg.terms import CONTEXT, Node
from panharvest.formats.schemaorg.writing import node
from panharvest.xmltext import clean, escape

if TYPE_CHECKING:
    from panharvest.protocols import Reading
    from panharvest.record import Record

NAMESPACE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
SCHEMA = "http://www.openarchives.org/OAI/2.0/rdf.xsd"

_XSD = "http://www.w3.org/2001/XMLSchema#"
_HEAD = f'<rdf:RDF xmlns:rdf="{NAMESPACE}"' + "".join(
    f' xmlns:{"schema" if prefix == "@vocab" else prefix}="{iri}"'
    for prefix, iri in CONTEXT.items()
)


class RdfXml:
    """A record in the words of schema.org, as RDF/XML."""

    prefix = "rdf"
    namespace = NAMESPACE
    schema = SCHEMA

    def write(self, record: Record) -> bytes | None:
        """Write a record; None when nothing says where it is or how it is called."""
        tree = node(record)
        if "name" not in tree or "url" not in tree:
            return None
        out = [_HEAD, ">"]
        _node(tree, out)
        out.append("</rdf:RDF>")
        return "".join(out).encode()

    def read(self, document: bytes, *, id: str | None = None) -> Reading:  # noqa: A002 (the word of the record)
        """Read a dataset of schema.org from RDF/XML, Turtle or JSON-LD."""
        return read_graph(document, id=id)


def _name(word: str) -> str:
    return word if ":" in word else f"schema:{word}"


def _iri(word: str) -> str:
    prefix, colon, local = word.partition(":")
    if not colon:
        return CONTEXT["@vocab"] + word
    return CONTEXT[prefix] + local if prefix in CONTEXT else word


def _node(tree: Node, out: list[str]) -> None:
    about = f' rdf:about="{_escaped(tree["@id"])}"' if tree.get("@id") else ""
    out.append(f"<rdf:Description{about}>")
    kinds = tree.get("@type", ())
    out.extend(
        f'<rdf:type rdf:resource="{escape(_iri(kind))}"/>'
        for kind in (kinds if isinstance(kinds, list | tuple) else [kinds])
    )
    for word, value in tree.items():
        if word[0] != "@":
            for one in value if isinstance(value, list) else [value]:
                _property(_name(word), one, out)
    out.append("</rdf:Description>")


def _property(name: str, value: Any, out: list[str]) -> None:  # noqa: ANN401 (JSON)
    if not isinstance(value, dict):
        text, kind = _literal(value)
        out.append(f"<{name}{kind}>{text}</{name}>")
    elif "@list" in value:
        out.append(f'<{name} rdf:parseType="Collection">')
        for member in value["@list"]:
            _node(member, out)
        out.append(f"</{name}>")
    elif "@value" in value:
        lang = value.get("@language")
        tag = f' xml:lang="{lang}"' if lang else ""
        out.append(f"<{name}{tag}>{escape(value['@value'])}</{name}>")
    elif len(value) == 1 and "@id" in value:
        out.append(f'<{name} rdf:resource="{_escaped(value["@id"])}"/>')
    else:
        out.append(f"<{name}>")
        _node(value, out)
        out.append(f"</{name}>")


def _literal(value: object) -> tuple[str, str]:
    """Give the text of a literal, and its datatype as an attribute."""
    if isinstance(value, bool):
        return str(value).lower(), f' rdf:datatype="{_XSD}boolean"'
    if isinstance(value, int):
        return str(value), f' rdf:datatype="{_XSD}integer"'
    if isinstance(value, float):
        return str(value), f' rdf:datatype="{_XSD}double"'
    return _escaped(str(value)), ""


def _escaped(text: str) -> str:
    """Escape a text; nearly none has anything to escape."""
    if text.isprintable() and not _MARKS.intersection(text):
        return text
    return escape(clean(text))


_MARKS = frozenset('&<>"')
