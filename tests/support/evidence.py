"""A small installation with things said about a shop, for tests of digests' pages, of evidence and of feedback."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from bot.clock import ManualClock
from bot.model import Audience, Digest, Item, ItemKind, Mention, Page, ScoredMention, Target, Window, mention_id
from bot.model import with_headline as joined
from bot.model.feedback import Judgement
from bot.ports import SentimentEngine
from bot.wiring import App
from bot.wiring.adapters import build_named_engine
from tests.support.web import heard_app

FEED = "https://paper.example/feed.xml"
TUESDAY = datetime(2026, 3, 10, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PUBLIC = "http://127.0.0.1:8080"
TABLES = f"""
[[subject]]
id = "crumb"
name = "Velvet Crumb"
query = '"velvet crumb"'
domains = ["velvetcrumb.example"]
[[subject]]
id = "lantern"
name = "Cocoa Lantern"
own = false
query = '"cocoa lantern"'
[[source]]
id = "papers"
connector = "rss"
feeds = ["{FEED}"]
[[message]]
id = "by-hand"
statement = "Every truffle is rolled by hand each morning."
counter = ["The truffles are made by a machine."]
[[message]]
id = "late"
statement = "We are open until ten at night."
[[digest]]
id = "pr"
audience = "pr"
"""
PRAISE = "Velvet Crumb is lovely, the best shop in town, and every truffle is rolled by hand each morning."
BLAME = "Velvet Crumb was awful, terrible and rude. The truffles are made by a machine."
READER = "rosa@example.org"


@cache
def _engine() -> SentimentEngine:
    """The tone engine of every installation here, loaded once."""
    return build_named_engine("heard", "tests")


class Newsroom:
    """The application over a real database; what is found is put there as a collector would put it."""

    def __init__(self, folder: Path, *, public: bool = True, web: str = "") -> None:
        address = f'public_url = "{PUBLIC}"' if public else ""
        self.app: App = heard_app(folder, heard=address, web=f"{web}\n{TABLES}", now=TUESDAY + 32 * HOUR)
        assert isinstance(self.app.clock, ManualClock)
        self.app.__dict__["engine"] = _engine()
        self.clock = self.app.clock
        self.app.listening.add_targets()
        self._numbers = count()

    def find(self, text: str, *, title: str = "", outlet: str = "paper.example", story: str = "",
             said: datetime = TUESDAY + 12 * HOUR, subject: str = "crumb", **more: Any) -> str:  # fmt: skip
        """Something that was said on Tuesday; the id of its mention."""
        key = f"rss:{next(self._numbers)}"
        headline, whole = joined(title, text)
        address = {"url": f"https://{outlet}/{key}", "language": "en"} | more
        item = Item(key, ItemKind.ARTICLE, title=headline, text=whole, published_at=said, outlet=outlet, **address)
        mention = Mention(mention_id(key, subject), subject, item, (), "papers", said, story or f"s-{key}")
        self.app.store.save_page(Target("papers", FEED), Page(items=(item,)), [mention], said, said)
        self.app.listening.score()
        return mention.id

    def remove(self, mention: str) -> None:
        """Its author takes it away."""
        key = self.scored(mention).mention.item.key
        self.app.store.save_page(Target("papers", FEED), Page(removed=(key,)), [], self.clock.now(), self.clock.now())

    def scored(self, mention: str) -> ScoredMention:
        """The mention as people are shown it."""
        found = self.app.store.mention(mention)
        assert isinstance(found, ScoredMention)
        return self.app.learning.as_labelled([found])[0]

    def told(self, *mentions: str, day: int = 0) -> Digest:
        """A digest of Tuesday, or of some days after, that tells these stories."""
        window = Window(TUESDAY + day * DAY, TUESDAY + (day + 1) * DAY, "UTC")
        stories = [{"lead": name, "headline": f"Story {place}"} for place, name in enumerate(mentions, 1)]
        digest = Digest(f"20260310-{next(self._numbers):012}", f"pr{next(self._numbers)}", Audience.PR, window, "Two stories", {"stories": stories},
                        self.clock.now(), mentions)  # fmt: skip
        return self.app.store.publish(digest, [])

    def token(self, digest: Digest, mention: str, judgement: Judgement, reader: str = READER) -> str:
        """The token of the link that a reader gets under that story."""
        links = self.app.feedback.links(digest.id, reader, mention)
        return next(link.url for link in links if link.judgement is judgement).rpartition("/f/")[2]
