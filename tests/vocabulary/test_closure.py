"""The reasoner: each rule by hand, all of them against an oracle made differently."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panharvest.vocabulary.closure import (
    Axioms,
    Both,
    Expression,
    Some,
    read_expression,
    saturate,
    write_expression,
)


def pairs(axioms: Axioms, names: str) -> set[str]:
    """Give every implied sub-class pair among one-letter classes, as ``AB``."""
    closure = saturate(axioms)
    return {a + b for a in names for b in names if a != b and b in closure.ancestors(a)}


def test_subclasses_are_transitive_also_in_a_circle() -> None:
    axioms = Axioms(parents=[("A", "B"), ("B", "C"), ("D", "E"), ("E", "D")])
    assert pairs(axioms, "ABCDE") == {"AB", "BC", "AC", "DE", "ED"}


def test_an_intersection_is_below_its_parts_and_above_what_is_in_all() -> None:
    axioms = Axioms(
        parents=[("D", "B"), ("D", "C"), ("E", "B")],
        equivalents=[("A", Both(("B", "C")))],
    )
    assert pairs(axioms, "ABCDE") == {"AB", "AC", "DA", "DB", "DC", "EB"}


def test_restrictions_follow_their_fillers() -> None:
    axioms = Axioms(
        parents=[("X", "Y")],
        equivalents=[("A", Some("r", "X")), ("B", Some("r", "Y"))],
    )
    assert pairs(axioms, "ABXY") == {"XY", "AB"}


def test_restrictions_follow_their_properties() -> None:
    axioms = Axioms(
        super_properties=[("r", "s"), ("s", "t")],
        equivalents=[("A", Some("r", "X")), ("B", Some("t", "X"))],
    )
    assert pairs(axioms, "AB") == {"AB"}


def test_the_domain_of_a_property_holds_whatever_has_it() -> None:
    axioms = Axioms(
        super_properties=[("r", "s")],
        domains=[("s", "D")],
        parents=[("A", Some("r", "X"))],
    )
    assert pairs(axioms, "ADX") == {"AD"}


def test_the_range_of_a_property_narrows_its_filler() -> None:
    axioms = Axioms(
        super_properties=[("r", "s")],
        ranges=[("s", "Z")],
        equivalents=[("A", Some("r", "X")), ("B", Some("r", Both(("X", "Z"))))],
        parents=[("C", Some("s", "X"))],
    )
    # X itself is not in the range: only what is at the other end of r is
    assert pairs(axioms, "ABCXZ") == {"AB", "BA"}


def test_restrictions_nest() -> None:
    axioms = Axioms(
        parents=[("A", Some("r", Both(("X", Some("s", "Y"))))), ("X", "W")],
        equivalents=[("B", Some("r", Both(("W", Some("s", "Y")))))],
    )
    assert pairs(axioms, "AB") == {"AB"}


def test_circles_through_restrictions_end() -> None:
    axioms = Axioms(
        parents=[("A", Some("r", "A"))], equivalents=[("B", Some("r", "A"))]
    )
    assert pairs(axioms, "AB") == {"AB"}


def test_a_conjunction_is_more_than_its_parts() -> None:
    axioms = Axioms(
        parents=[("C", "E"), ("F", "G")],
        equivalents=[("C", Both(("A", "B"))), ("F", Both(("E", "D")))],
    )
    closure = saturate(axioms)
    assert closure.conjunction(["A", "B"]) == {"A", "B", "C", "E"}
    assert closure.conjunction(["A", "B", "D"]) == set("ABCDEFG")
    assert closure.conjunction(["A"]) == {"A"}
    assert closure.conjunction(["unknown"]) == {"unknown"}
    assert closure.conjunction([]) == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        "A",
        "r some B",
        "A and B",
        "A and (r some (B and (s some C)))",
        "r some (s some A)",
    ],
)
def test_expressions_are_written_as_they_are_read(text: str) -> None:
    assert write_expression(read_expression(text)) == text


def test_labels_stand_for_ids() -> None:
    names = {"has probe": "r", "x-ray": "X", "A": "A1"}
    found = read_expression("('has probe' some 'x-ray') and A", names)
    assert found == Both((Some("r", "X"), "A1"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a name is missing"),
        ("A and", "a name is missing"),
        ("(A", "a bracket is not closed"),
        ("A B", "'B' is not expected"),
        ("A)", "'\\)' is not expected"),
        ("r some", "a name is missing"),
        ("'A", "a quotation mark is not closed"),
    ],
)
def test_what_is_no_expression_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_expression(text)


def test_an_unknown_label_is_refused() -> None:
    with pytest.raises(ValueError, match="'x ray' is not the label of any term"):
        read_expression("'x ray'", {"x-ray": "X"})


# The oracle: the canonical model. One element for each class and for each filler; the
# axioms are read as they stand and made true until nothing changes. A is a B when the
# element of A is in B.
Element = tuple[str, Expression, str]


class Model:
    def __init__(self, axioms: Axioms, names: str) -> None:
        self.axioms = axioms
        self.kinds: dict[Element, set[str]] = {}
        self.links: set[tuple[Element, str, Element]] = set()
        for name in names:
            self.make_true(self.element("class", name), name)
        while self.grow():
            pass

    def element(self, purpose: str, what: Expression, role: str = "") -> Element:
        key = (purpose, what, role)
        self.kinds.setdefault(key, set())
        return key

    def size(self) -> int:
        return len(self.links) + sum(map(len, self.kinds.values())) + len(self.kinds)

    def roles(self, role: str) -> set[str]:
        found = {role}
        for _ in self.axioms.super_properties:
            found |= {b for a, b in self.axioms.super_properties if a in found}
        return found

    def holds(self, element: Element, expression: Expression) -> bool:
        if isinstance(expression, str):
            return expression in self.kinds[element]
        if isinstance(expression, Both):
            return all(self.holds(element, part) for part in expression.parts)
        return any(
            start == element and role == expression.role
            for start, role, end in self.links
            if self.holds(end, expression.filler)
        )

    def make_true(self, element: Element, expression: Expression) -> None:
        if isinstance(expression, str):
            self.kinds[element].add(expression)
        elif isinstance(expression, Both):
            for part in expression.parts:
                self.make_true(element, part)
        else:
            end = self.element("filler", expression.filler, expression.role)
            for role in self.roles(expression.role):
                self.links.add((element, role, end))
            self.make_true(end, expression.filler)

    def grow(self) -> bool:
        before = self.size()
        for element in list(self.kinds):
            for name, expression in [*self.axioms.parents, *self.axioms.equivalents]:
                if name in self.kinds[element]:
                    self.make_true(element, expression)
            for name, expression in self.axioms.equivalents:
                if self.holds(element, expression):
                    self.make_true(element, name)
        for start, role, end in list(self.links):
            self.kinds[start] |= {c for r, c in self.axioms.domains if r == role}
            self.kinds[end] |= {c for r, c in self.axioms.ranges if r == role}
        return self.size() > before


NAMES = "ABCDE"
ROLES = "rst"
names = st.sampled_from(NAMES)
roles = st.sampled_from(ROLES)
expressions = st.recursive(
    names,
    lambda inner: st.one_of(
        st.builds(Some, roles, inner),
        st.builds(Both, st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=4,
)
ontologies = st.builds(
    Axioms,
    parents=st.lists(st.tuples(names, expressions), max_size=5),
    equivalents=st.lists(st.tuples(names, expressions), max_size=3),
    super_properties=st.lists(st.tuples(roles, roles), max_size=2),
    domains=st.lists(st.tuples(roles, names), max_size=1),
    ranges=st.lists(st.tuples(roles, names), max_size=2),
)


@settings(max_examples=300, deadline=None)
@given(ontologies)
def test_the_closure_is_the_canonical_model(axioms: Axioms) -> None:
    model = Model(axioms, NAMES)
    expected = {
        a + b
        for a, b in product(NAMES, NAMES)
        if a != b and b in model.kinds["class", a, ""]
    }
    assert pairs(axioms, NAMES) == expected


@settings(max_examples=200, deadline=None)
@given(ontologies, st.sets(names, min_size=1, max_size=3))
def test_a_conjunction_is_what_a_new_class_in_all_of_them_would_be(
    axioms: Axioms, chosen: set[str]
) -> None:
    found = saturate(axioms).conjunction(sorted(chosen))
    new = [("Q", name) for name in chosen]
    with_new = Axioms(
        [*axioms.parents, *new],
        axioms.equivalents,
        axioms.super_properties,
        axioms.domains,
        axioms.ranges,
    )
    assert found == saturate(with_new).ancestors("Q")


def as_functional(axioms: Axioms) -> str:
    """Write axioms in OWL functional syntax for a reasoner of others."""

    def iri(name: str) -> str:
        return f"<http://example.org/{name}>"

    def write(expression: Expression) -> str:
        if isinstance(expression, str):
            return iri(expression)
        if isinstance(expression, Some):
            inner = write(expression.filler)
            return f"ObjectSomeValuesFrom({iri(expression.role)} {inner})"
        return f"ObjectIntersectionOf({' '.join(map(write, expression.parts))})"

    lines = [f"Declaration(Class({iri(name)}))" for name in NAMES]
    lines += [f"Declaration(ObjectProperty({iri(role)}))" for role in ROLES]
    lines += [f"SubClassOf({iri(a)} {write(b)})" for a, b in axioms.parents]
    lines += [f"EquivalentClasses({iri(a)} {write(b)})" for a, b in axioms.equivalents]
    lines += [
        f"SubObjectPropertyOf({iri(a)} {iri(b)})" for a, b in axioms.super_properties
    ]
    lines += [f"ObjectPropertyDomain({iri(a)} {iri(b)})" for a, b in axioms.domains]
    lines += [f"ObjectPropertyRange({iri(a)} {iri(b)})" for a, b in axioms.ranges]
    return "Ontology(<http://example.org/>\n" + "\n".join(lines) + "\n)"


@settings(max_examples=100, deadline=None)
@given(ontologies)
def test_another_reasoner_agrees(axioms: Axioms) -> None:
    rustdl = pytest.importorskip("rustdl", reason="rustdl is not installed")
    found = rustdl.classify_bytes(as_functional(axioms).encode(), format="ofn")
    base = "http://example.org/"
    expected = {
        a + b
        for a, b in product(NAMES, NAMES)
        if a != b and found.is_subclass(base + a, base + b)
    }
    assert pairs(axioms, NAMES) == expected
