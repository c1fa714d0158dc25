"""What a platform's terms let out of the house, decided in one place for API, exports and pages.

Posts on X: id, address and scores go to programs, not their texts nor who wrote them; a person may take a few hundred a
day home by hand (decisions: X's sharing rules). What its source deleted goes nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.errors import ConfigError
from bot.model import Mention
from bot.store.verbs import HeardStore
from config.settings import Settings

WITHHELD = "twitter"
"""The connector whose texts stay here."""
X_POSTS_A_DAY = 500
"""Posts on X that one account may take home with their texts on one day."""
REMOVED = "removed at its source"
TERMS = "the platform's terms"


class Terms:
    """The terms as they hold for the sources of one configuration."""

    def __init__(self, settings: Settings, store: HeardStore) -> None:
        self._connectors = {source.id: source.connector for source in settings.sources}
        self._zone = ZoneInfo(settings.timezone)
        self._store = store

    def is_withheld(self, mention: Mention) -> bool:
        """Whether programs get no text of it. A source that is no longer configured is told by its items' keys."""
        return self._connectors.get(mention.source) == WITHHELD or mention.item.key.startswith("x:")

    def taken(self, account: str, now: datetime) -> int:
        """How many posts on X this account took home today with their texts."""
        return self._store.take_posts(account, self._today(now), 0, X_POSTS_A_DAY)

    def take_home(self, mentions: Iterable[Mention], account: str, now: datetime) -> int:
        """Counts the posts on X among ``mentions`` as taken home by this account today, with their texts; how many.

        Raises ConfigError when that would be more than a day allows; nothing is counted then.
        """
        wanted = len(
            {mention.item.key for mention in mentions if self.is_withheld(mention) and not mention.item.removed}
        )
        before = self._store.take_posts(account, self._today(now), wanted, X_POSTS_A_DAY)
        if before + wanted > X_POSTS_A_DAY:
            raise ConfigError(
                f"this export holds {wanted:,} posts on X, and {before:,} were taken home with their texts today: X allows "
                f"{X_POSTS_A_DAY} a day to each person. Ask for a shorter time, for another source, or without the texts of X"
            )
        return wanted

    def _today(self, now: datetime) -> date:
        return now.astimezone(self._zone).date()


class Texts:
    """Which texts one export gives: at most ``posts`` different posts on X, none that was removed."""

    def __init__(self, terms: Terms, posts: int = 0) -> None:
        self._terms, self._posts = terms, posts
        self._given: set[str] = set()

    def why_withheld(self, mention: Mention) -> str | None:
        """Why the text stays here; None where it is given."""
        if mention.item.removed:
            return REMOVED
        if not self._terms.is_withheld(mention) or mention.item.key in self._given:
            return None
        if len(self._given) >= self._posts:
            return TERMS
        self._given.add(mention.item.key)
        return None
