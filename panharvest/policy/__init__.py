"""Who may see a record, and from when: a pure decision, written down as phases.

What decides, in this order: a withdrawal; proprietary work and data marked as not
public (hidden), by the operator or by the catalogue; the operator's release date; the
catalogue's date and the facility's policy (the later of the two, unless the policy says
otherwise); a catalogue that plainly says public and gives no date. Whatever is missing,
unreadable or contradictory keeps a record hidden, with a code and a sentence that says
what would open it. A facility whose policy is not known to us has the default: three
years after the end of the experiment, hidden until then.

Reasons never contain anything of the record but dates and its facility's name.
"""

from __future__ import annotations

from panharvest.policy.claims import Claims, Says
from panharvest.policy.deciding import decide
from panharvest.policy.timeline import Phase, Timeline, Visibility

__all__ = [
    "Claims",
    "Phase",
    "Says",
    "Timeline",
    "Visibility",
    "decide",
]
