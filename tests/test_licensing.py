"""Licences by whatever names them; what is not certain stays what it is."""

from __future__ import annotations

import pytest

from panharvest.licensing import licence_of


@pytest.mark.parametrize(
    ("name", "spdx"),
    [
        ("CC BY 4.0", "CC-BY-4.0"),
        ("cc_by_4.0", "CC-BY-4.0"),
        ("CC BY 4.0 International", "CC-BY-4.0"),
        ("Creative Commons Attribution 4.0", "CC-BY-4.0"),
        ("Creative Commons Attribution 4.0 International License", "CC-BY-4.0"),
        ("Attribution 4.0 International (CC BY 4.0)", "CC-BY-4.0"),
        (
            "Creative Commons Attribution-NonCommercial-ShareAlike 4.0 International",
            "CC-BY-NC-SA-4.0",
        ),
        ("Creative Commons Attribution NoDerivatives 4.0", "CC-BY-ND-4.0"),
        ("CC-BY-NC-ND 4.0", "CC-BY-NC-ND-4.0"),
        ("CC0", "CC0-1.0"),
        ("CC0 1.0 Universal", "CC0-1.0"),
        ("Creative Commons Zero v1.0 Universal", "CC0-1.0"),
        ("MIT", "MIT"),
        ("Apache 2.0", "Apache-2.0"),
        ("CC BY", None),  # of which version?
        ("Public Domain", None),
        ("CC BY 4.0 or CC BY-NC 4.0", None),
        ("see the licence", None),
        ("x" * 10_000, None),
    ],
)
def test_names(name: str, spdx: str | None) -> None:
    found = licence_of(None, None, name)
    assert (found and found.spdx) == spdx


@pytest.mark.parametrize(
    ("url", "spdx"),
    [
        ("https://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0"),
        ("http://creativecommons.org/licenses/by/4.0", "CC-BY-4.0"),
        ("https://creativecommons.org/licenses/by/4.0/legalcode.de", "CC-BY-4.0"),
        ("https://creativecommons.org/licenses/by/4.0/?ref=chooser-v1", "CC-BY-4.0"),
        ("www.creativecommons.org/licenses/by/4.0/", "CC-BY-4.0"),
        ("https://creativecommons.org/licenses/by/3.0/de/", "CC-BY-3.0-DE"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("https://spdx.org/licenses/GPL-3.0-only.html", "GPL-3.0-only"),
        ("https://opensource.org/licenses/MIT", "MIT"),
        (
            "http://publications.europa.eu/resource/authority/licence/CC_BY_4_0",
            "CC-BY-4.0",
        ),
        ("http://publications.europa.eu/resource/authority/licence/CC0", None),
        ("https://example.org/licenses/MIT", None),
        ("https://example.org/" + "x" * 10_000, None),
    ],
)
def test_addresses(url: str, spdx: str | None) -> None:
    found = licence_of(None, url)
    assert (found and found.spdx) == spdx
