"""Addresses of the evidence behind a number, on Heard's own pages; none where no public address is configured. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote, urlencode

from bot.digest.sending.windows import days_in
from bot.model import Interval, Window
from bot.model.impact import Objective


@dataclass(frozen=True, slots=True)
class Links:
    """``public`` is where Heard's pages are; empty: nowhere. ``subject`` is the one own subject; empty: several."""

    public: str = ""
    subject: str = ""

    def mentions(self, window: Window | None, **wanted: str) -> str | None:
        """The mentions of a window (None: of any time) about the own subject that have what is ``wanted``.

        Keys of ``wanted`` are the page's own: tone, message, outcome, story, source, subject, answer.
        """
        asked = {"subject": self.subject} | wanted
        if window is not None:
            first, last = days_in(window)
            asked |= {"since": first.isoformat(), "until": (last + timedelta(days=1)).isoformat()}
        return self._at(f"/mentions?{urlencode({key: value for key, value in asked.items() if value})}")

    def stretch(self, interval: Interval, timezone: str, **wanted: str) -> str | None:
        """The mentions of an interval of whole local days."""
        return self.mentions(Window(interval.start, interval.end, timezone), **wanted)

    def objective(self, objective: Objective) -> str | None:
        """What is known of an objective."""
        return self._at(f"/impact/{quote(objective.id, safe='')}")

    def impact(self) -> str | None:
        """The page of objectives, funnel and providers."""
        return self._at("/impact")

    def alerts(self) -> str | None:
        """The page of what was raised."""
        return self._at("/alerts")

    def offer(self, offer: str) -> str | None:
        """The page of an offer."""
        return self._at(f"/desk/offers/{quote(offer, safe='')}")

    def _at(self, path: str) -> str | None:
        return self.public.rstrip("/") + path if self.public else None
