"""Polite HTTP: one connection a host, paced, patient, suspicious of what comes back."""

from __future__ import annotations

from panharvest.transport.addresses import asked
from panharvest.transport.fetching import Transport
from panharvest.transport.manners import Manners, Reply, Sending, Timing, Wait
from panharvest.transport.verdicts import (
    AGAIN,
    NoAnswerError,
    StoppedError,
    UnavailableError,
    judge_status,
    retry_after,
)

__all__ = [
    "AGAIN",
    "Manners",
    "NoAnswerError",
    "Reply",
    "Sending",
    "StoppedError",
    "Timing",
    "Transport",
    "UnavailableError",
    "Wait",
    "asked",
    "judge_status",
    "retry_after",
]
