"""How the service behaves on the web: frozen, checked settings."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TYPE_CHECKING

from panharvest.errors import ConfigError

if TYPE_CHECKING:
    from panharvest.config import ServeSettings

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """How the service behaves on the web.

    Parameters
    ----------
    rate
        Requests a second that one client may make in the long run; None: any number.
    burst
        Requests that a client which was quiet may make at once.
    trusted
        Networks of proxies whose ``X-Forwarded-For`` is believed. It only tells clients
        apart: our public address is always the configured one.
    metrics
        Whether ``/metrics`` is served. It counts what was public when it was asked for.
    """

    rate: float | None = None
    burst: int = 30
    trusted: tuple[Network, ...] = ()
    metrics: bool = True

    def __post_init__(self) -> None:
        if self.rate is not None and self.rate <= 0:
            raise ConfigError(f"serve.rate-limit: {self.rate} is not above zero")
        if self.burst < 1:
            raise ConfigError(f"serve.burst: {self.burst} is not one or more")


def web_settings(settings: ServeSettings) -> WebSettings:
    """Read the settings of the web out of the configuration.

    Raises
    ------
    ConfigError
        When a trusted proxy is neither an address nor a network.
    """
    given = WebSettings()
    try:
        trusted = tuple(map(ip_network, settings.trusted_proxies))
    except ValueError as error:
        raise ConfigError(f"serve.trusted-proxies: {error}") from None
    return WebSettings(
        rate=settings.rate_limit,
        burst=given.burst if settings.burst is None else settings.burst,
        trusted=trusted,
        metrics=given.metrics if settings.metrics is None else settings.metrics,
    )
