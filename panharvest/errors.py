"""Errors, named by what the caller should do: retry, skip or stop."""

from __future__ import annotations


class PanharvestError(Exception):
    """Root of every error raised on purpose."""


class RetryError(PanharvestError):
    """The same call may succeed later (a busy store, a slow server)."""


class SkipError(PanharvestError):
    """One input cannot be used; the run goes on without it.

    Parameters
    ----------
    code
        Stable short name of the reason, e.g. ``"file.hdf4"``.
    message
        One line: what it is and what to do about it.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __reduce__(self) -> tuple[type[SkipError], tuple[str, str]]:
        """Survive the way back from a worker process."""
        return (type(self), (self.code, self.message))


class StopError(PanharvestError):
    """The run cannot go on until a person changes something."""


class ConfigError(StopError):
    """A setting, table or facility file is wrong; the message names file and key."""


class StoreError(StopError):
    """The store cannot be used (not ours, wrong version, damaged)."""


class StoreBusyError(RetryError):
    """Another process holds the store's write lock."""
