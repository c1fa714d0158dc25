"""What a ``[[source]]`` with ``connector = "twitter"`` may say."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from bot.options import Options

Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]


class TwitterOptions(Options):
    """Options of a twitter source; prices are X's list of August 2026 (US dollars)."""

    mode: Literal["search"] = "search"
    bearer_token_env: str | None = None
    bearer_token_file: str | None = None
    base_url: str = "https://api.x.com"
    authors: bool = True
    """Whether authors are read too: they are billed, and without them followers stay unknown."""
    languages: tuple[Language, ...] = ()
    """ISO 639-1 codes; empty: every language, also posts whose language X does not know."""
    page_size: int = Field(default=100, ge=10, le=100)
    overlap: float = Field(default=10, ge=0, le=24 * 60)
    """Minutes that are read again at every poll, because X finds some posts late."""
    look_back_hours: float = Field(default=48, ge=1, le=7 * 24)
    """How far back the first poll of a query reads; X keeps 7 days."""
    query_length: int = Field(default=512, ge=128, le=4096)
    """The longest query that the account's plan takes."""
    usd_per_post: float = Field(default=0.005, ge=0)
    usd_per_user: float = Field(default=0.010, ge=0)
    usd_per_count: float = Field(default=0.005, ge=0)
    """What a request for counts costs, whatever it counts."""
    follow_deletions: Literal["compliance", "reread", "off"] = "compliance"
    """How posts deleted on X are noticed: by X's compliance jobs, which cost nothing, or by reading them again."""

    @field_validator("base_url")
    @classmethod
    def _safe_for_a_token(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme == "https" and parts.hostname:
            return value.rstrip("/")
        if parts.scheme == "http" and _is_loopback(parts.hostname or ""):
            return value.rstrip("/")
        raise ValueError("must be an https:// address (http:// only on this machine): a secret token is sent to it")

    @property
    def reread(self) -> timedelta:
        """``overlap`` as a span of time."""
        return timedelta(minutes=self.overlap)

    @property
    def look_back(self) -> timedelta:
        """``look_back_hours`` as a span of time."""
        return timedelta(hours=self.look_back_hours)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
