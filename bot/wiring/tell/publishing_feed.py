"""The feeds of digests, wired: their secret addresses, and what stands in them."""

from __future__ import annotations

from bot.access.tokens import feed_token, same
from bot.digest.sending.feed import Place, feed_of
from bot.store.verbs import HeardStore
from config.settings import Settings

NEWEST = 30


class PublishingFeed:
    """The paper boy: a feed for each report that somebody asked an address for.

    The address's token is derived from the database's own secret, the report and the turn that its address is in; so it
    can be shown again, nothing that opens a feed is kept in clear, and a new turn ends the old address at once. It does
    not hang on ``[web] secret``: changing that one must not silence every reader's program.
    """

    def __init__(self, settings: Settings, store: HeardStore) -> None:
        self._settings = settings
        self._store = store

    def address(self, report: str, *, renew: bool = False) -> str:
        """The address of a report's feed; ``renew``: a new one, and the old one leads nowhere from now on."""
        turn = self._store.feed_turn(report, anew=renew)
        return self._at(feed_token(self._store.link_secret(), report, turn))

    def report_at(self, token: str) -> str | None:
        """The report whose feed has this token now; None for every other token."""
        secret, found = self._store.link_secret(), None
        for report, turn in self._store.feed_turns().items():
            if same(token, feed_token(secret, report, turn)):
                found = report
        return found if found in {row.id for row in self._settings.reports} else None

    def document(self, report: str, token: str) -> bytes:
        """The feed as it is now."""
        pages = f"{self._settings.public_url}/digests" if self._settings.public_url else None
        return feed_of(report, self._store.digests_of(report, NEWEST), Place(self._at(token), pages))

    def _at(self, token: str) -> str:
        home = self._settings.public_url or f"http://{self._settings.web.listen}"
        return f"{home}/feeds/{token}.xml"
