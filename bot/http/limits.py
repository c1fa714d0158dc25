"""What a request may use at most, and the errors that say which limit was met."""

from __future__ import annotations

from dataclasses import dataclass

from requests.exceptions import RequestException, Timeout

from bot.waits import AddressRefused

__all__ = ["AddressRefused", "BodyTooLarge", "HttpLimits", "TooSlow"]


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """Limits of one request; times in seconds.

    ``total_timeout`` bounds one request from connecting to the last byte, its redirects included. ``max_body`` counts
    decoded bytes (miniflux's cap is the same 15 MiB). ``allow_networks`` are CIDRs of networks that may be reached
    although they are not public; ``allow_ports`` are the ports that may be reached on public addresses.
    """

    connect_timeout: float = 5.0
    read_timeout: float = 30.0
    total_timeout: float = 60.0
    max_body: int = 15 * 2**20
    max_redirects: int = 5
    user_agent: str = "Heard/0.1 (+self-hosted mention tracker)"
    allow_networks: tuple[str, ...] = ()
    allow_ports: tuple[int, ...] = (80, 443)


class BodyTooLarge(RequestException):
    """The decoded body passed the cap; reading stopped there."""


class TooSlow(Timeout):
    """The exchange took longer than the total time allowed, although bytes kept coming."""
