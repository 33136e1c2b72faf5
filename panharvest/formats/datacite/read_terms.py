"""Subjects and descriptions of a DataCite document, told apart by what they are of."""

from __future__ import annotations

from dataclasses import replace

from panharvest.derived import sample_text
from panharvest.formats.datacite import read_content as content
from panharvest.formats.datacite.statements import (
    PARAMETERS,
    SAMPLE,
    WITHDRAWN,
    parameters_of,
    sample_of,
)
from panharvest.formats.datacite.values import Values, is_null_code
from panharvest.probes import probe_terms
from panharvest.record import (
    Identifier,
    Instrument,
    Parameter,
    Probe,
    RadiationSource,
    Sample,
    Subject,
    Technique,
    Text,
    Withdrawal,
)
from panharvest.vocabulary import normalise_term, panet


def subject_fields(fields: Values, values: Values) -> Values:
    """Tell techniques, probes, sources, samples and keywords from other subjects."""
    keywords: list[str] = []
    subjects: list[Subject] = []
    techniques: list[Technique] = []
    probes: list[Probe] = []
    sources: list[RadiationSource] = []
    samples = list(fields["samples"])
    instruments = list(fields["instruments"])
    others = list(fields["alternate_identifiers"])
    for one in values.get("subjects", ()):
        subject = _subject(one)
        if subject is None:
            continue
        scheme = (subject.scheme or "").lower()
        term = _panet_term(subject)
        if term is not None and term in probe_terms():
            probes.append(Probe(subject.value, term))
        elif term is not None and panet().is_technique(term):
            techniques.append(Technique(term, subject.value))
        elif scheme == "nexus nxsource":
            sources.append(RadiationSource(type=subject.value))
        elif scheme in ("sample", "chemical formula"):
            _add_sample(samples, subject.value, formula=scheme != "sample")
        elif scheme in ("instrument", "beamline") and subject.iri is None:
            if all(i.name != subject.value for i in instruments):
                instruments.append(Instrument(subject.value))
        elif scheme == "proposal" and subject.iri is None:
            numbers = (n.strip() for n in subject.value.split(","))
            others += [Identifier(n, "Proposal") for n in numbers if n]
        elif len(one) == 1:  # its text
            keywords.append(subject.value)
        else:
            subjects.append(subject)
    return {
        "keywords": tuple(dict.fromkeys(keywords)),
        "subjects": tuple(subjects),
        "techniques": tuple(techniques),
        "probes": tuple(probes),
        "sources": tuple(sources),
        "samples": tuple(samples),
        "instruments": tuple(instruments),
        "alternate_identifiers": tuple(dict.fromkeys(others)),
    }


def _subject(one: Values) -> Subject | None:
    text = one.get("subject")
    if text is None or is_null_code(text):
        return None
    return Subject(
        text,
        one.get("subjectscheme"),
        one.get("schemeuri"),
        one.get("valueuri"),
        one.get("classificationcode"),
        one.get("lang"),
    )


def _panet_term(subject: Subject) -> str | None:
    """Give the term of PaNET that a subject is, by address, code or label."""
    for text in (subject.iri, subject.code):
        if text and "PaNET" in text and (term := normalise_term(text)):
            return term if panet().term(term) else None
    if "panet" in (subject.scheme or "").lower():
        return panet().find(subject.value)
    return None


def _add_sample(samples: list[Sample], text: str, *, formula: bool) -> None:
    """Add a name, or a formula to the sample named just before."""
    if formula:
        if samples and samples[-1].formula is None:
            samples[-1] = replace(samples[-1], formula=text)
        else:
            samples.append(Sample(formula=text))
        return
    for i, sample in enumerate(samples):
        if sample.name == text:
            samples.append(samples.pop(i))
            return
    samples.append(Sample(text))


def description_fields(fields: Values, values: Values, dates: content.Dates) -> Values:
    """Read the descriptions; what we once made of fields becomes those fields again."""
    texts_: list[Text] = []
    samples = list(fields["samples"])
    parameters: list[Parameter] = []
    measured: list[str] = []
    withdrawal: Withdrawal | None = None
    withdrawn = dates.moment("Withdrawn")
    for text in content.descriptions_of(values):
        if text.type == "Other" and text.value.startswith(WITHDRAWN) and withdrawn:
            reason = text.value.removeprefix(WITHDRAWN)
            withdrawal = Withdrawal(withdrawn, reason)
        elif text.type == "Methods" and text.value.startswith(SAMPLE):
            sample = sample_of(text.value)
            if sample is None:
                texts_.append(text)
            else:
                _merge_sample(samples, sample)
        elif text.type == "TechnicalInfo" and text.value.startswith(PARAMETERS):
            found = parameters_of(text.value)
            if found is None:
                texts_.append(text)
            else:
                parameters += found[0]
                measured += found[1]
        else:
            texts_.append(text)
    if withdrawn and withdrawal is None:
        dates.keep("Withdrawn", withdrawn)
    return {
        "descriptions": tuple(texts_),
        "samples": tuple(samples),
        "parameters": tuple(parameters),
        "measured_variables": tuple(measured),
        "withdrawal": withdrawal,
    }


def _merge_sample(samples: list[Sample], found: Sample) -> None:
    """Complete the sample that has the same name and formula, or add one."""
    for i, sample in enumerate(samples):
        if sample_text(Sample(sample.name, sample.formula)) == sample_text(
            Sample(found.name, found.formula)
        ):
            samples[i] = replace(found, identifiers=sample.identifiers)
            return
    samples.append(found)
